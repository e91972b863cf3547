-- Fields have an order and may be taken away with their values kept; tags keep their former names; conditions are saved.

alter table fields add column position integer not null default 0;
alter table fields add column removed_at integer;      -- no longer asked for or shown; the values are still there
alter table fields add column erased_to integer;       -- the owner said: erase. The last subscriber that is done

-- A tag that was renamed is still found by what it was called, since conditions and files speak of tags by name.
create table tag_aliases (
  name text not null primary key,
  tag_id integer not null references tags (id) on delete cascade
) strict, without rowid;

-- Conditions with a name (絞り込み); the condition as JSON (domain/condition).
create table segments (
  id integer primary key autoincrement,
  name text not null unique,
  condition text not null,
  created_at integer not null
) strict;
