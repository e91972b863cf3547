-- What is known of readers beside the address: the site's own fields, tags, and what they opened and clicked.

-- The fields that the owner declares. Values lie in subscribers.fields, by key, in the form that domain/field gives them:
-- numbers as decimals, dates as YYYY-MM-DD, yes and no as these words.
create table fields (
  id integer primary key autoincrement,
  key text not null unique,                 -- as in {{ field.KEY }}
  label text not null,
  kind text not null check (kind in ('text', 'number', 'date', 'birthday', 'choice', 'yes-no')),
  choices text not null default '',         -- one a line
  created_at integer not null
) strict;

-- Which fields the form of a list asks for, in their order.
create table list_fields (
  list_id integer not null references lists (id),
  field_id integer not null references fields (id) on delete cascade,
  position integer not null,
  is_required integer not null default 0,
  primary key (list_id, field_id)
) strict, without rowid;

create table tags (
  id integer primary key autoincrement,
  name text not null unique,
  created_at integer not null
) strict;

create table taggings (
  tag_id integer not null references tags (id) on delete cascade,
  subscriber_id integer not null references subscribers (id),
  at integer not null,
  primary key (tag_id, subscriber_id)
) strict, without rowid;
create index taggings_by_subscriber on taggings (subscriber_id, tag_id);

-- How many readers carry a tag, so that no page counts them.
create table tag_counts (
  tag_id integer not null primary key references tags (id) on delete cascade,
  count integer not null
) strict, without rowid;
create trigger taggings_counted_in after insert on taggings begin
  insert into tag_counts (tag_id, count) values (new.tag_id, 1) on conflict do update set count = count + 1;
end;
create trigger taggings_counted_out after delete on taggings begin
  update tag_counts set count = count - 1 where tag_id = old.tag_id;
end;

-- Who opened or clicked which message: one row, however often. No address of the network is kept.
create table engagements (
  message_id integer not null references messages (id),
  subscription_id integer not null references subscriptions (id),
  kind text not null check (kind in ('open', 'click')),
  first_at integer not null,
  count integer not null default 1,
  primary key (message_id, subscription_id, kind)
) strict, without rowid;
create index engagements_by_subscription on engagements (subscription_id, message_id);

-- The links of a message that are counted, by their place in it.
create table links (
  id integer primary key autoincrement,
  message_id integer not null references messages (id),
  url text not null,
  clicks integer not null default 0,
  unique (message_id, url)
) strict;

create table engagement_counts (
  message_id integer not null references messages (id),
  kind text not null,
  readers integer not null,
  primary key (message_id, kind)
) strict, without rowid;
create trigger engagements_counted_in after insert on engagements begin
  insert into engagement_counts (message_id, kind, readers) values (new.message_id, new.kind, 1)
    on conflict do update set readers = readers + 1;
end;
