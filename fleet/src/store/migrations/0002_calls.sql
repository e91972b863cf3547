-- The poller: when each site is called, which servers are in hand, what each call brought, and each provider's breaker.
create table polls (
    site TEXT PRIMARY KEY REFERENCES sites (id),
    server TEXT NOT NULL,                    -- the address where it was last found; site:ID while nobody has looked
    provider TEXT NOT NULL,                  -- as in sites, kept beside last_at for the breaker's index
    call_at BIGINT NOT NULL,                 -- the next call; far away while its provider's breaker is open
    last_at BIGINT,
    outcome TEXT,                            -- of the last call, see poller/outcome
    silent_since BIGINT,                     -- it used to answer, and does not since
    failures BIGINT NOT NULL DEFAULT 0,      -- in a row
    failed_day BIGINT NOT NULL DEFAULT 0,
    failed_on_day BIGINT NOT NULL DEFAULT 0,
    key_valid_until BIGINT,                  -- as the site says
    waiting BIGINT NOT NULL DEFAULT 0,       -- broadcasts
    beats TEXT NOT NULL DEFAULT '{}',        -- JSON: when each of its clocks was last heard
    keys_number BIGINT NOT NULL DEFAULT 0,   -- of the list of keys and the manifest that it was brought last
    manifest_number BIGINT NOT NULL DEFAULT 0,
    advice TEXT NOT NULL DEFAULT '',         -- use-local-cron, or empty
    probe_round BIGINT NOT NULL DEFAULT 0    -- the round of probes that its next call belongs to; 0: none
) {strict};
create index polls_of_server on polls (server, call_at);
create index polls_of_provider on polls (provider, last_at);
create index polls_advised on polls (provider) where advice <> '';

-- Never two calls at a time at one server: who calls there holds this row.
create table call_servers (
    server TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL,                 -- when a call is due here; while somebody holds it, when that lease falls due
    free_at BIGINT NOT NULL DEFAULT 0,       -- the end of the gap after the last call
    failures BIGINT NOT NULL DEFAULT 0,      -- in a row, of any site here
    owner TEXT NOT NULL DEFAULT ''
) {strict};
create index call_servers_due on call_servers (next_at, server);

create table calls (
    id {id},
    site TEXT NOT NULL,
    provider TEXT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    status BIGINT,
    detail TEXT NOT NULL,
    elapsed_ms BIGINT NOT NULL,
    late_ms BIGINT NOT NULL                  -- from the moment it was due
) {strict};
create index calls_of_site on calls (site, id);

create table breakers (
    provider TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('closed', 'open', 'half-open')),
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,                   -- open: when probes go; half-open: when lost ones are sent again
    opened_at BIGINT NOT NULL,
    rounds BIGINT NOT NULL DEFAULT 0,        -- of probes that failed since it opened
    called BIGINT NOT NULL,                  -- what opened it
    stopped BIGINT NOT NULL,
    incident TEXT,
    probes BIGINT NOT NULL DEFAULT 0,
    probes_answered BIGINT NOT NULL DEFAULT 0,
    probes_failed BIGINT NOT NULL DEFAULT 0
) {strict};

-- Who polls, and when it was last heard.
create table pollers (
    owner TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    heard_at BIGINT NOT NULL,
    open_calls BIGINT NOT NULL
) {strict};
