-- Incidents with what was told of them, news, the company's closures; the outbox of mails to customers.

create table incidents (
    id TEXT PRIMARY KEY,                     -- the day on which it was noticed and a number: 20261228-1
    state TEXT NOT NULL,                     -- draft, open, resolved, reported, dismissed
    source TEXT NOT NULL,                    -- hand, poller
    title_ja TEXT NOT NULL,
    title_en TEXT NOT NULL,
    procedure_ja TEXT NOT NULL,              -- what an owner can do; empty: nothing
    procedure_en TEXT NOT NULL,
    advice TEXT NOT NULL,                    -- use-local-cron, or empty
    began_at BIGINT NOT NULL,                -- the trouble's own times,
    ended_at BIGINT,
    noticed_at BIGINT NOT NULL,              -- when we came to know,
    opening_told_at BIGINT,                  -- and when customers were told
    resolution_told_at BIGINT,
    reported_at BIGINT
) {strict};

-- Whom it concerns: host plans and ranges of addresses, as sites.provider has them; none: everybody.
create table incident_providers (
    incident TEXT NOT NULL REFERENCES incidents (id),
    provider TEXT NOT NULL,
    PRIMARY KEY (incident, provider)
) {strict};

-- The sites of its providers as they were when it was noticed: what was due there, and when each was last heard.
create table incident_sites (
    incident TEXT NOT NULL REFERENCES incidents (id),
    site TEXT NOT NULL REFERENCES sites (id),
    due_at BIGINT,                           -- its next call
    heard_at BIGINT,                         -- its last answer or beat; none: it never worked
    has_own_clock BIGINT NOT NULL,           -- it did not wait for our calls
    PRIMARY KEY (incident, site)
) {strict};

-- What was told, in its order.
create table incident_entries (
    incident TEXT NOT NULL REFERENCES incidents (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,                      -- opened, daily, update, resolved, report
    text_ja TEXT NOT NULL,
    text_en TEXT NOT NULL,
    is_important BIGINT NOT NULL,            -- customers were written to
    who TEXT NOT NULL,
    PRIMARY KEY (incident, number)
) {strict};

create table closures (
    days TEXT PRIMARY KEY                    -- 12-29..01-03 (each year), 2027-08-12..2027-08-16 (once)
) {strict};
insert into closures (days) values ('12-29..01-03');

create table news (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    title_ja TEXT NOT NULL,
    title_en TEXT NOT NULL,
    text_ja TEXT NOT NULL,
    text_en TEXT NOT NULL,
    url TEXT
) {strict};

-- An occasion to write to customers.
create table notices (
    id TEXT PRIMARY KEY,                     -- INCIDENT/opened, INCIDENT/update-4, INCIDENT/extended, staff/2026-12-28
    incident TEXT,
    occasion TEXT NOT NULL,                  -- opened, update, resolved, report, extended, reminder
    subject_ja TEXT NOT NULL,
    subject_en TEXT NOT NULL,
    text_ja TEXT NOT NULL,
    text_en TEXT NOT NULL,
    at BIGINT NOT NULL
) {strict};

create index notices_of_incident on notices (incident, at);

-- The ledger: one row for each notice and customer, with NEO's own states.
create table notice_mails (
    notice TEXT NOT NULL REFERENCES notices (id),
    customer TEXT NOT NULL,                  -- the customer's id; for a reminder the address
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    about TEXT NOT NULL,                     -- what concerns this customer alone, e.g. her keys and their new ends
    state TEXT NOT NULL,                     -- queued, sending, sent, deferred, failed, unsure
    attempts BIGINT NOT NULL,
    unsure BIGINT NOT NULL,                  -- how many times nobody knew whether it arrived
    due_at BIGINT NOT NULL,
    begun_at BIGINT,
    done_at BIGINT,
    reply TEXT NOT NULL,
    message_id TEXT NOT NULL,
    mail BYTEA,                              -- the bytes in hand; gone when it is final
    PRIMARY KEY (notice, customer)
) {strict};
create index notice_mails_by_due on notice_mails (due_at, notice, customer) where done_at is null;
create index notice_mails_by_state on notice_mails (notice, state);

-- Who sends notices now: one process at a time, on however many machines.
create table notice_lease (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
) {strict};
