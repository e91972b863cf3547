-- The ground: settings, people, lists, consent, messages, the ledger, the tick.
-- Times are UTC seconds. Row numbers are never used again (autoincrement), since links and Message-IDs are made of them.

create table settings (
  key text not null primary key,
  value text not null,                      -- sealed when the setting is a secret
  updated_at integer not null
) strict, without rowid;

create table users (
  id integer primary key autoincrement,
  address text not null,
  address_key text not null unique,         -- lower-cased, for comparison
  password_hash text not null,              -- argon2id, PHC string
  language text not null default 'ja',
  created_at integer not null,
  password_changed_at integer not null
) strict;

create table sessions (
  id integer primary key autoincrement,
  token_hash blob not null unique,          -- SHA-256: a stolen database signs nobody in
  user_id integer not null references users (id) on delete cascade,
  created_at integer not null,
  seen_at integer not null,
  user_agent text not null default ''
) strict;

create table throttles (
  subject text not null primary key,        -- a keyed hash: no address, no name
  count integer not null,
  since integer not null,
  blocked_until integer not null default 0
) strict, without rowid;

create table lists (
  id integer primary key autoincrement,
  name text not null unique,
  title text not null,
  description text not null default '',
  consent_text text not null,
  from_name text not null default '',
  from_address text not null,
  opt_in text not null check (opt_in in ('double', 'single')),
  language text not null default 'ja',
  created_at integer not null
) strict;

-- The exact wording that a reader agreed to; kept for ever.
create table form_versions (
  id integer primary key autoincrement,
  list_id integer not null references lists (id),
  wording text not null,
  created_at integer not null,
  unique (list_id, wording)
) strict;

create table subscribers (
  id integer primary key autoincrement,
  address text not null,                    -- as typed
  address_key text not null unique,
  name text not null default '',
  fields text not null default '{}',        -- JSON object of texts
  created_at integer not null,
  erased_at integer
) strict;

create table subscriptions (
  id integer primary key autoincrement,
  list_id integer not null references lists (id),
  subscriber_id integer not null references subscribers (id),
  state text not null check (state in ('pending', 'confirmed', 'left')),
  asked_at integer not null,
  joined_at integer,
  left_at integer,
  unique (list_id, subscriber_id)
) strict;
create index subscriptions_by_state on subscriptions (list_id, state, id);
create index subscriptions_by_subscriber on subscriptions (subscriber_id);

-- Counters, so that no page counts a million rows. Kept by triggers: no code can forget them.
create table subscription_counts (
  list_id integer not null,
  state text not null,
  count integer not null,
  primary key (list_id, state)
) strict, without rowid;
create trigger subscriptions_counted_in after insert on subscriptions begin
  insert into subscription_counts (list_id, state, count) values (new.list_id, new.state, 1)
    on conflict do update set count = count + 1;
end;
create trigger subscriptions_counted_over after update of state on subscriptions when old.state <> new.state begin
  update subscription_counts set count = count - 1 where list_id = old.list_id and state = old.state;
  insert into subscription_counts (list_id, state, count) values (new.list_id, new.state, 1)
    on conflict do update set count = count + 1;
end;

-- Every event of a consent; rows are only added (特定電子メール法, rule Art. 4).
create table consents (
  id integer primary key autoincrement,
  subscription_id integer not null references subscriptions (id),
  event text not null check (event in ('asked', 'confirmed', 'added', 'withdrawn')),
  at integer not null,
  way text not null,
  ip text not null default '',
  user_agent text not null default '',
  form_version_id integer references form_versions (id)
) strict;
create index consents_by_subscription on consents (subscription_id, id);

-- Addresses that get nothing from any list.
create table suppressions (
  address_key text not null primary key,
  reason text not null,
  at integer not null
) strict, without rowid;

create table messages (
  id integer primary key autoincrement,
  kind text not null check (kind in ('broadcast', 'step', 'confirmation')),
  list_id integer not null references lists (id),
  subject text not null,
  text text not null,
  html text not null default '',
  created_at integer not null
) strict;

create table broadcasts (
  message_id integer primary key references messages (id),
  state text not null check (state in ('draft', 'scheduled', 'sending', 'stopped', 'finished')),
  at integer,
  started_at integer,
  finished_at integer,
  audience integer not null default 0,      -- fixed in the transaction that starts it
  written_to integer not null default 0,    -- the last subscription whose row is in the ledger
  written_until integer not null default 0, -- the last subscription that belongs to the audience
  all_written integer not null default 0
) strict;
create index broadcasts_open on broadcasts (at) where state in ('scheduled', 'sending');

create table sequences (
  id integer primary key autoincrement,
  name text not null unique,
  title text not null,
  list_id integer not null references lists (id),
  created_at integer not null,
  look_after integer                        -- after an edit: enrolments of later subscriptions wait for a new look
) strict;

-- Ordered by (after_days, at_minute, id).
create table steps (
  id integer primary key autoincrement,
  sequence_id integer not null references sequences (id),
  after_days integer not null,
  at_minute integer not null,
  message_id integer not null references messages (id),
  created_at integer not null,              -- who is past the step's day by then does not get it
  removed_at integer                        -- the row stays, since the ledger speaks of its message
) strict;
create index steps_in_order on steps (sequence_id, after_days, at_minute, id) where removed_at is null;

-- What a step said before it was edited: who got one of these does not get the step again when it is moved.
create table former_messages (
  step_id integer not null references steps (id),
  message_id integer not null references messages (id),
  primary key (step_id, message_id)
) strict, without rowid;

-- One reader's way through one sequence; each joining is an occurrence of its own.
create table enrolments (
  id integer primary key autoincrement,
  sequence_id integer not null references sequences (id),
  subscription_id integer not null references subscriptions (id),
  occurrence integer not null,
  started_at integer not null,
  done_offset integer not null default -1,  -- day and minute of the last step that is behind her
  done_step integer not null default 0,
  due_at integer,                           -- when to look at it again; 0: at the next tick; null: no step is left
  state text not null check (state in ('active', 'ended')),
  unique (sequence_id, subscription_id, occurrence)
) strict;
create index enrolments_due on enrolments (due_at) where state = 'active' and due_at is not null;
create index enrolments_by_subscription on enrolments (subscription_id);

-- How many readers are on their way, so that no page counts a million enrolments.
create table enrolment_counts (
  sequence_id integer not null primary key,
  on_their_way integer not null
) strict, without rowid;
create trigger enrolments_counted_in after insert on enrolments
  when new.state = 'active' and new.due_at is not null begin
  insert into enrolment_counts (sequence_id, on_their_way) values (new.sequence_id, 1)
    on conflict do update set on_their_way = on_their_way + 1;
end;
create trigger enrolments_counted_over after update of state, due_at on enrolments
  when (old.state = 'active' and old.due_at is not null) <> (new.state = 'active' and new.due_at is not null) begin
  update enrolment_counts set on_their_way = on_their_way
      + iif(new.state = 'active' and new.due_at is not null, 1, -1) where sequence_id = new.sequence_id;
end;

-- The ledger: one row per (message, subscriber, occurrence). The truth about mail.
create table deliveries (
  id integer primary key autoincrement,
  message_id integer not null references messages (id),
  subscription_id integer not null references subscriptions (id),
  occurrence integer not null default 0,
  urgency integer not null,
  state text not null check (state in
    ('queued', 'sending', 'sent', 'deferred', 'failed', 'bounced', 'suppressed', 'cancelled', 'unsure')),
  due_at integer not null,
  attempts integer not null default 0,
  is_retry_of_unsure integer not null default 0,
  created_at integer not null,
  begun_at integer,                         -- the first attempt: the Date of the mail
  done_at integer,
  reply text not null default '',           -- the mail server's words, or why it was not sent
  unique (message_id, subscription_id, occurrence)
) strict;
create index deliveries_due on deliveries (urgency, due_at, id) where state in ('queued', 'deferred');
create index deliveries_in_doubt on deliveries (state, id) where state in ('sending', 'unsure');
create index deliveries_by_subscription on deliveries (subscription_id, id);
create index deliveries_waiting on deliveries (message_id, id) where state in ('queued', 'deferred');
create index deliveries_troubled on deliveries (message_id, state, id)
  where state in ('deferred', 'failed', 'bounced', 'unsure');

create table delivery_counts (
  message_id integer not null,
  state text not null,
  count integer not null,
  primary key (message_id, state)
) strict, without rowid;
create trigger deliveries_counted_in after insert on deliveries begin
  insert into delivery_counts (message_id, state, count) values (new.message_id, new.state, 1)
    on conflict do update set count = count + 1;
end;
create trigger deliveries_counted_over after update of state on deliveries when old.state <> new.state begin
  update delivery_counts set count = count - 1 where message_id = old.message_id and state = old.state;
  insert into delivery_counts (message_id, state, count) values (new.message_id, new.state, 1)
    on conflict do update set count = count + 1;
end;
create trigger deliveries_stay before delete on deliveries begin
  select raise(abort, 'deliveries are never deleted');
end;

-- The bytes of the mails in hand, so that an unsure one can be sent again exactly as it was.
create table hand_overs (
  delivery_id integer primary key references deliveries (id),
  mail blob not null
) strict;

create table leases (
  name text not null primary key,
  owner text not null,
  expires_at integer not null
) strict, without rowid;

create table ticks (
  id integer primary key autoincrement,
  source text not null,
  started_at integer not null,
  elapsed_ms integer not null,
  cpu_ms integer not null,
  peak_rss_kib integer not null,
  sent integer not null,
  deferred integer not null,
  failed integer not null,
  waiting integer not null,
  stopped_by text not null default '',
  trouble text not null default '',
  version text not null
) strict;

create table beats (
  source text not null primary key,
  at integer not null,
  result text not null default ''
) strict, without rowid;
