-- The pace, and safe mode: what went out in the last day, what was learnt from refusals, which messages wait for the
-- owner, what the guard cut off.

-- A subject is a way out ('1', '2', '3') or a provider that receives ('@gmail.com').
create table pace_counts (
  subject text not null,
  at integer not null,                      -- a second, or the beginning of a minute once it is a quarter of an hour old
  handed integer not null default 0,
  refused integer not null default 0,       -- of these, refused as too fast
  primary key (subject, at)
) strict, without rowid;

create table pace_learnt (
  subject text not null primary key,
  span text not null check (span in ('minute', '15min', 'hour', 'day')),
  most integer not null,
  ceiling integer not null,
  learnt_at integer not null,
  raised_at integer not null,
  wait_until integer not null,
  reply text not null
) strict, without rowid;

-- Messages that servers refuse for the sender's sake. While held, their waiting rows stay as they are, far ahead.
create table message_holds (
  message_id integer primary key references messages (id),
  state text not null check (state in ('watched', 'held', 'released')),
  refusals integer not null,
  sent_before integer not null,             -- of this message, when the first was refused
  reply text not null,
  at integer not null
) strict;

-- What the owner is told by mail, once.
create table notices (
  kind text not null,
  subject text not null,
  at integer not null,
  mailed_at integer,
  primary key (kind, subject)
) strict, without rowid;

create table trips (
  id integer primary key autoincrement,
  at integer not null,
  tripped text not null,
  signal text not null,
  flow text not null,
  stage text not null,
  item integer not null,
  peak_rss_kib integer not null,
  cpu_ms integer not null,
  elapsed_ms integer not null
) strict;

create table safe_mode (
  id integer primary key check (id = 1),
  log_read_to integer not null,             -- bytes of guard.log
  batch integer,                            -- mails in one tick; null: as the settings say
  usual integer not null,                   -- where the batch may grow to
  clean_trip integer not null               -- the last trip before the last clean tick
) strict;

-- Work that was in hand at three trips in a row. Its own row says the truth; this says why it rests.
create table set_aside (
  kind text not null check (kind in ('delivery', 'audience', 'import')),
  item integer not null,
  at integer not null,
  tripped text not null,
  primary key (kind, item)
) strict, without rowid;

create table daily_peaks (
  day integer not null,                     -- days since 1970-01-01, UTC
  flow text not null check (flow in ('tick', 'web')),
  runs integer not null,
  peak_rss_kib integer not null,
  cpu_ms integer not null,
  elapsed_ms integer not null,
  primary key (day, flow)
) strict, without rowid;
