-- Sequences, complete: explicit order, many ways to say when, leads, pauses, histories of edits.

alter table sequences add column start_on text not null default 'join'
  check (start_on in ('join', 'hand', 'date', 'birthday'));
alter table sequences add column start_ways text not null default '';      -- comma-separated; empty: all
alter table sequences add column start_field text not null default '';
alter table sequences add column rejoin text not null default 'restart'
  check (rejoin in ('restart', 'continue', 'ignore'));
alter table sequences add column backfill_days integer not null default 0;
alter table sequences add column keeps_closed_days integer not null default 0;
alter table sequences add column most_occurrences integer not null default 100;
alter table sequences add column paused_at integer;
alter table sequences add column paused_why text not null default '';      -- why the program paused it: 'step:7'
alter table sequences add column shift integer not null default 0;         -- seconds of all pauses whose clock stood still
alter table sequences add column is_dated integer not null default 0;      -- dates in readers' fields matter to it

-- Ordered by position. The day and hour of before become one of several timings.
drop index steps_in_order;
alter table steps add column position integer not null default 0;
alter table steps add column timing text not null default '';              -- JSON, domain/sequence/timing
alter table steps add column condition text not null default '';           -- JSON, domain/condition; empty: always
alter table steps add column action text not null default 'mail' check (action in ('mail', 'wait', 'lead'));
alter table steps add column go_then text not null default 'next';         -- next, end, step:7, sequence:3
alter table steps add column go_otherwise text not null default 'next';
alter table steps add column reaches_past integer not null default 0;
update steps set
  position = 1125899906842624 * (select count(*) from steps other where other.sequence_id = steps.sequence_id
    and (other.after_days, other.at_minute, other.id) <= (steps.after_days, steps.at_minute, steps.id)),
  timing = printf('{"after_start":{"days":%d,"at":"%02d:%02d"}}', after_days, at_minute / 60, at_minute % 60);

-- Every position that a step ever had: a new one must not come to stand before where somebody already is.
create table step_positions (
  sequence_id integer not null references sequences (id),
  position integer not null,
  primary key (sequence_id, position)
) strict, without rowid;
insert into step_positions (sequence_id, position) select sequence_id, position from steps;

-- What is behind a reader, exactly, and the furthest position she passed.
alter table enrolments add column cursor integer not null default -1;
alter table enrolments add column done text not null default '';           -- numbers of steps, a space between them
alter table enrolments add column entered_at integer not null default 0;
alter table enrolments add column last_at integer not null default 0;      -- the moment of the step before
alter table enrolments add column next_step integer not null default 0;    -- 0: none, or not looked at yet
alter table enrolments add column hold text not null default ''
  check (hold in ('', 'paused', 'waiting', 'no-date', 'sequence'));
alter table enrolments add column held_at integer;
alter table enrolments add column shift_base integer not null default 0;   -- the sequence's shift that is in her times
alter table enrolments add column ended_at integer;
alter table enrolments add column why text not null default '';            -- left, finished, moved, limit, reader, owner; of a hold: what is missing
drop trigger enrolments_counted_in;
drop trigger enrolments_counted_over;
update enrolments set
  entered_at = started_at,
  last_at = started_at,
  cursor = coalesce((select max(position) from steps where steps.sequence_id = enrolments.sequence_id
    and (after_days * 1440 + at_minute, steps.id) <= (done_offset, done_step)), -1),
  done = coalesce((select group_concat(steps.id, ' ') from steps where steps.sequence_id = enrolments.sequence_id
    and (after_days * 1440 + at_minute, steps.id) <= (done_offset, done_step)), '');
alter table steps drop column after_days;
alter table steps drop column at_minute;
alter table steps rename column created_at to since;                       -- when it was put where it is
create index steps_in_order on steps (sequence_id, position) where removed_at is null;
alter table enrolments drop column done_offset;
alter table enrolments drop column done_step;
create index enrolments_held on enrolments (sequence_id, hold, id) where state = 'active' and hold <> '';

create trigger enrolments_counted_in after insert on enrolments
  when new.state = 'active' and (new.due_at is not null or new.hold <> '') begin
  insert into enrolment_counts (sequence_id, on_their_way) values (new.sequence_id, 1)
    on conflict do update set on_their_way = on_their_way + 1;
end;
create trigger enrolments_counted_over after update of state, due_at, hold on enrolments
  when (old.state = 'active' and (old.due_at is not null or old.hold <> ''))
    <> (new.state = 'active' and (new.due_at is not null or new.hold <> '')) begin
  update enrolment_counts set on_their_way = on_their_way
      + iif(new.state = 'active' and (new.due_at is not null or new.hold <> ''), 1, -1)
    where sequence_id = new.sequence_id;
end;

-- Before which step how many stand, by what holds them: no page counts them.
create table enrolment_places (
  sequence_id integer not null,
  hold text not null,
  step_id integer not null,
  count integer not null,
  primary key (sequence_id, hold, step_id)
) strict, without rowid;
create trigger enrolments_placed after insert on enrolments
  when new.state = 'active' and (new.next_step <> 0 or new.hold <> '') begin
  insert into enrolment_places (sequence_id, hold, step_id, count) values (new.sequence_id, new.hold, new.next_step, 1)
    on conflict do update set count = count + 1;
end;
create trigger enrolments_moved after update of state, hold, next_step on enrolments
  when (old.state, old.hold, old.next_step) is not (new.state, new.hold, new.next_step) begin
  update enrolment_places set count = count - 1
    where old.state = 'active' and (old.next_step <> 0 or old.hold <> '')
      and sequence_id = old.sequence_id and hold = old.hold and step_id = old.next_step;
  insert into enrolment_places (sequence_id, hold, step_id, count)
    select new.sequence_id, new.hold, new.next_step, 1
    where new.state = 'active' and (new.next_step <> 0 or new.hold <> '')
    on conflict do update set count = count + 1;
end;

-- A changed field may hold the date that somebody's steps hang on, whoever changed it.
create trigger fields_date_enrolments after update of fields on subscribers when old.fields <> new.fields begin
  update enrolments set due_at = 0, hold = '' where state = 'active' and hold in ('', 'no-date')
    and subscription_id in (select id from subscriptions where subscriber_id = new.id)
    and sequence_id in (select id from sequences where is_dated = 1);
end;

-- Every edit of a step, so that it can be undone.
create table step_edits (
  id integer primary key autoincrement,
  sequence_id integer not null references sequences (id),
  step_id integer not null references steps (id),
  at integer not null,
  what text not null check (what in ('added', 'changed', 'removed')),
  before text not null,                     -- the step's row as JSON; empty: it was not there
  undone_at integer
) strict;
create index step_edits_by_sequence on step_edits (sequence_id, id);
create index step_edits_by_step on step_edits (step_id, id);

-- Readers who were there before: brought in by ticks, in pieces.
create table sequence_entries (
  id integer primary key autoincrement,
  sequence_id integer not null references sequences (id),
  counted_from text not null check (counted_from in ('now', 'joined')),
  step_id integer not null,                 -- where they begin; 0: at the first
  at integer not null,
  written_to integer not null default 0,    -- the last subscription that was looked at
  written_until integer not null,
  brought integer not null default 0,
  is_done integer not null default 0
) strict;
create index sequence_entries_open on sequence_entries (id) where is_done = 0;

-- Where everybody stands is worked out by the next ticks.
update sequences set look_after = 0;
