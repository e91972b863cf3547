-- The release log: a chain of entries that are only ever added (releases/entry.rs), and texts kept by their hash: plans,
-- outputs of checks, answers. All that is known of candidates is read from the log, so there is nothing else to disagree.
create table release_log (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    boot TEXT NOT NULL,
    uptime BIGINT NOT NULL,
    host TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    seal TEXT NOT NULL
) {strict};

create table release_texts (
    sha256 TEXT PRIMARY KEY,
    content BYTEA NOT NULL
) {strict};
