-- What comes back: why mails did not arrive, strikes against addresses, returned mails that nobody understood; and who
-- does not want to be counted.

-- Why a row failed or bounced: only rows in trouble have one, so that the way of the others stays short.
create table failures (
  delivery_id integer primary key references deliveries (id),
  reason text not null,                     -- a word of domain/bounce
  at integer not null
) strict;

-- Refusals that count against a reader; at most one a mail. The owner's lifting of a suppression forgives those before.
create table strikes (
  id integer primary key autoincrement,
  subscriber_id integer not null references subscribers (id),
  delivery_id integer unique references deliveries (id),
  reason text not null,
  at integer not null,
  said text not null,                       -- the mail server's words
  is_forgiven integer not null default 0
) strict;
create index strikes_by_subscriber on strikes (subscriber_id, id);

alter table suppressions add column said text not null default '';
create index suppressions_by_time on suppressions (at, address_key);

-- Mails that came in and that nobody could act on; kept for the owner, the oldest go.
create table returned_mails (
  id integer primary key autoincrement,
  at integer not null,
  kind text not null,
  sender text not null,
  subject text not null,
  recipient text not null,                  -- the address that it names, if it names one
  mail blob not null                        -- its beginning
) strict;

-- Readers who do not want their opens and clicks counted.
create table tracking_refusals (
  subscriber_id integer primary key references subscribers (id),
  at integer not null
) strict;

-- What is counted of a list's mails; its form tells readers.
alter table lists add column track_opens integer not null default 0;
alter table lists add column track_clicks integer not null default 0;
