//! The latest moment that is known to have come, kept for the end of the activation key.
//! Not the token (link) and not what its end means (domain/activation).

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::domain::activation::Seen;
use crate::error::Result;
use crate::store::{Reader, Writer};

impl Reader {
    /// What is known since a token was taken in: at least that it was issued.
    pub fn seen(&self, token_issued_at: Instant) -> Result<Seen> {
        let found = self
            .connection
            .prepare_cached(
                "select newest, leap_from, leap_last from activation_seen where token_issued_at = ?1",
            )?
            .query_row([token_issued_at], |row| {
                let leap = row.get::<_, Option<Instant>>(1)?.zip(row.get(2)?);
                Ok(Seen { newest: row.get(0)?, leap })
            });
        Ok(found.optional()?.unwrap_or(Seen { newest: token_issued_at, leap: None }))
    }
}

impl Writer {
    /// Keeps it; `true` if it is the first of this token.
    pub fn keep_seen(&self, token_issued_at: Instant, seen: Seen) -> Result<bool> {
        let known = self
            .connection
            .query_row("select token_issued_at from activation_seen", [], |row| row.get::<_, Instant>(0));
        let is_first = known.optional()? != Some(token_issued_at);
        self.connection.execute(
            "insert into activation_seen (id, token_issued_at, newest, leap_from, leap_last)
             values (1, ?1, ?2, ?3, ?4)
             on conflict do update set token_issued_at = excluded.token_issued_at, newest = excluded.newest,
               leap_from = excluded.leap_from, leap_last = excluded.leap_last",
            (token_issued_at, seen.newest, seen.leap.map(|leap| leap.0), seen.leap.map(|leap| leap.1)),
        )?;
        Ok(is_first)
    }

    /// Lets recurring drafts be looked at now: what is not too late may go out yet.
    pub fn look_at_recurrences(&self, now: Instant) -> Result<()> {
        self.connection
            .execute("update recurrences set next_at = ?1 where is_active = 1 and next_at > ?1", [now])?;
        Ok(())
    }
}
