-- Readers in and out: imports with their place in the file, what an undo needs, backups, and the hold after a restore.

create table imports (
  id integer primary key autoincrement,
  list_id integer not null references lists (id),
  way text not null check (way in ('web', 'command')),
  file_name text not null,
  state text not null check (state in
    ('uploading', 'ready', 'running', 'stopped', 'finished', 'undoing', 'undone')),
  size integer not null,                    -- bytes of the file, as announced or as read
  received integer not null default 0,      -- bytes of it that are here
  plan text not null default '',            -- JSON: encoding, separator, columns, duplicates
  at_byte integer not null default 0,       -- where the next row begins; written with the rows before it
  errors_bytes integer not null default 0,  -- so long is the file of errors; what lies behind is cut off
  rows integer not null default 0,
  added integer not null default 0,
  updated integer not null default 0,
  skipped integer not null default 0,
  rejected integer not null default 0,
  values_refused integer not null default 0,
  undone integer not null default 0,        -- readers that the undo is through with
  created_at integer not null,
  moved_at integer not null,
  finished_at integer
) strict;
create index imports_at_work on imports (id) where state in ('running', 'undoing');

-- Whom an import added: all numbers of one transaction lie side by side. The undo shortens a range from its end.
create table import_ranges (
  id integer primary key autoincrement,
  import_id integer not null references imports (id),
  first_subscription integer not null,
  last_subscription integer not null,
  first_subscriber integer not null,        -- people who were not known at all; an empty range ends before it begins
  last_subscriber integer not null
) strict;
create index import_ranges_by_import on import_ranges (import_id, id);

-- What an import changed of readers who were known: JSON of what was and what came.
create table import_changes (
  id integer primary key autoincrement,
  import_id integer not null references imports (id),
  subscription_id integer not null references subscriptions (id),
  change text not null
) strict;
create index import_changes_by_import on import_changes (import_id, id);

create table backups (
  id integer primary key autoincrement,
  at integer not null,
  file_name text not null,                  -- empty: none was made
  size integer not null default 0,
  trouble text not null default ''
) strict;

-- While a row is here, nothing but confirmation requests is sent: the owner has to look first.
create table holds (
  reason text not null primary key,
  at integer not null,
  detail text not null default ''
) strict, without rowid;
