-- The line to the vendor: what was heard and verified, and which calls came already.

create table link_documents (
  kind text primary key check (kind in ('neo-keys', 'neo-feed', 'neo-manifest', 'neo-index', 'neo-token')),
  number integer not null,                  -- only rises; of a token, when it was issued
  expires integer not null,
  heard_at integer not null,                -- when these words were heard last
  text text not null                        -- as it came: it was verified then
) strict, without rowid;

create table link_nonces (
  nonce text primary key,
  at integer not null
) strict, without rowid;

create table link_notes (
  name text primary key check (name in ('advice', 'fetched', 'tried')),
  at integer not null,
  text text not null
) strict, without rowid;

-- The site's name on the line: 16 letters of base32.
insert into settings (key, value, updated_at)
  with recursive letters (place, name) as (
    select 0, ''
    union all
    select place + 1, name || substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1)
    from letters where place < 16
  )
  select 'site_id', name, unixepoch() from letters where place = 16;
