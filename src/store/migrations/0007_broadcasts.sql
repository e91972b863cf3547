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
