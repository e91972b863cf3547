-- Broadcasts, complete: who exactly, until when, stopped and resumed, again and again, tried on a few first.

-- The rows of a message that were not to be sent after all, for the ledger's pages and for resuming. A mail that is simply
-- sent never comes into it; sent rows are walked by (message, reader), which is there anyway.
create index deliveries_left_out on deliveries (message_id, state, id) where state in ('suppressed', 'cancelled');

alter table broadcasts add column version integer not null default 1;       -- raised by each save: of two windows, the later is told
alter table broadcasts add column rule text not null default '{}';          -- JSON of domain/audience: who of the list
alter table broadcasts add column not_later_than integer;                   -- what waits then is cancelled
alter table broadcasts add column keeps_quiet_hours integer not null default 0;
alter table broadcasts add column in_reader_zone integer not null default 0; -- `at` is a civil time, each reader's own
alter table broadcasts add column lead integer not null default 0;          -- starts so many seconds before `at`: the earliest zone's
alter table broadcasts add column stop_reason text not null default ''      -- 'for-good': not to be resumed
  check (stop_reason in ('', 'owner', 'deadline', 'for-good'));
alter table broadcasts add column turning text not null default ''          -- what ticks still do with its waiting rows
  check (turning in ('', 'cancel', 'requeue'));
alter table broadcasts add column parent integer references messages (id);  -- the message that it follows, and as what:
alter table broadcasts add column follows text not null default ''
  check (follows in ('', 'missing', 'unopened', 'occurrence', 'variant', 'rest'));
create index broadcasts_turning on broadcasts (message_id) where turning <> '';
create index broadcasts_by_parent on broadcasts (parent, message_id) where parent is not null;
-- Owners were told that these cannot be resumed.
update broadcasts set stop_reason = 'for-good' where state = 'stopped';

-- A draft that is sent again and again: each time a copy of it, a message of its own.
create table recurrences (
  message_id integer primary key references messages (id),
  every text not null check (every in ('day', 'week', 'month')),
  on_day integer not null,                  -- 1 (Monday) to 7, or 1 to 31; of a shorter month the last
  at_minute integer not null,
  ends_on text,                             -- the last civil day
  times_left integer,                       -- how many more; null: no end
  is_active integer not null default 1,
  created_at integer not null,              -- no earlier day is made up for
  next_at integer not null                  -- when to look again
) strict;
create index recurrences_due on recurrences (next_at) where is_active = 1;

-- The civil days that are done with: a clock that is set back makes none of them twice.
create table recurrence_slots (
  recurrence_id integer not null references recurrences (message_id),
  day text not null,
  message_id integer references messages (id), -- null: too late by then, left out
  primary key (recurrence_id, day)
) strict, without rowid;

-- A test of several messages on a part of the audience; the best one goes to the others.
create table splits (
  message_id integer primary key references messages (id), -- the first of them; the others follow it as variants
  part text not null check (part in ('subject', 'body')),
  share integer not null,                   -- per cent of the audience for each of them
  measure text not null check (measure in ('open', 'click')),
  wait_seconds integer not null,
  owner_decides integer not null,
  decide_at integer,                        -- set when all of them have gone out
  winner_id integer references messages (id),
  rest_id integer references messages (id)
) strict;
create index splits_open on splits (decide_at) where winner_id is null;
