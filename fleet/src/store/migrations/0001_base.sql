-- Customers, their keys and sites, who may sign in, and who did what. Times are UTC seconds, ids that others see are ours.
create table meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) {strict};

create table customers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('ja', 'en')),
    created_at BIGINT NOT NULL
) {strict};

create table keys (
    key TEXT PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES customers (id),
    plan TEXT NOT NULL,
    valid_until BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,               -- of its newest token: rises with each change, the newest counts
    created_at BIGINT NOT NULL,
    site TEXT,                               -- the one site that may use it
    state TEXT NOT NULL CHECK (state IN ('active', 'revoked')),
    revoked_at BIGINT,
    reason TEXT,
    replaced_by TEXT REFERENCES keys (key) DEFERRABLE INITIALLY DEFERRED
) {strict};
create index keys_of_customer on keys (customer, key);

create table key_extensions (
    key TEXT NOT NULL REFERENCES keys (key),
    incident TEXT NOT NULL,
    days BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (key, incident)
) {strict};

create table sites (
    id TEXT PRIMARY KEY,
    key TEXT UNIQUE REFERENCES keys (key),
    tick_url TEXT NOT NULL,
    provider TEXT NOT NULL,
    host_plan TEXT,
    target TEXT,
    wanted_clock TEXT NOT NULL CHECK (wanted_clock IN ('cron', 'poller', 'url', 'visit')),
    version TEXT,
    next_due BIGINT,
    last_call BIGINT,
    last_ok BIGINT,
    last_beat BIGINT,
    trips BIGINT NOT NULL DEFAULT 0,
    ip TEXT,
    feed_number BIGINT,
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'gone')),
    added_at BIGINT NOT NULL
) {strict};
create index sites_of_provider on sites (provider, id);
create index sites_due on sites (next_due, id);

-- What was last published, one row per signed file: its number, its exact bytes, and a hash of what it says.
create table publications (
    kind TEXT PRIMARY KEY,                   -- keys, feed, manifest, index
    number BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL
) {strict};

create table users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('customer', 'staff', 'admin')),
    customer TEXT REFERENCES customers (id),
    password TEXT NOT NULL,
    totp TEXT,
    language TEXT NOT NULL CHECK (language IN ('ja', 'en')),
    created_at BIGINT NOT NULL
) {strict};

create table audit (
    id {id},
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL
) {strict};
create index audit_about on audit (about, id);
