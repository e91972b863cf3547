-- Who is signed in to the portal, and who guesses too fast. Only hashes of tokens; subjects are keyed hashes.
create table sessions (
    token_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- 0: the second factor is still missing.
    is_whole BIGINT NOT NULL CHECK (is_whole IN (0, 1)),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
) {strict};
create index sessions_of_user on sessions (user_id);

create table throttles (
    subject TEXT PRIMARY KEY,
    count BIGINT NOT NULL,
    since BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
) {strict};

-- The last time step whose code was used: a code that was read over a shoulder is worth nothing.
create table totp_steps (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    step BIGINT NOT NULL
) {strict};
