//! Counters that slow down guessing and flooding; kept in the database, since every request is a new process.
//! Not the rules (web/access, web/public): subjects are keyed hashes, never addresses.

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::error::Result;
use crate::store::{Reader, Writer};

/// How often something happened since when, and until when it is blocked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Throttle {
    pub count: i64,
    pub since: Instant,
    pub blocked_until: Instant,
}

impl Reader {
    pub fn throttle(&self, subject: &str) -> Result<Throttle> {
        let found = self.connection.query_row(
            "select count, since, blocked_until from throttles where subject = ?1",
            [subject],
            |row| Ok(Throttle { count: row.get(0)?, since: row.get(1)?, blocked_until: row.get(2)? }),
        );
        Ok(found.optional()?.unwrap_or_default())
    }
}

impl Writer {
    /// Counts one event; a count older than `window` seconds starts again. Returns the new count.
    pub fn count_event(&self, subject: &str, window: i64, now: Instant) -> Result<i64> {
        let mut statement = self.connection.prepare_cached(
            "insert into throttles (subject, count, since) values (?1, 1, ?2)
             on conflict do update set
               count = case when since < ?2 - ?3 then 1 else count + 1 end,
               since = case when since < ?2 - ?3 then ?2 else since end
             returning count",
        )?;
        Ok(statement.query_row((subject, now, window), |row| row.get(0))?)
    }

    pub fn block_until(&self, subject: &str, until: Instant) -> Result<()> {
        self.connection
            .execute("update throttles set blocked_until = ?2 where subject = ?1", (subject, until))?;
        Ok(())
    }

    pub fn clear_throttle(&self, subject: &str) -> Result<()> {
        self.connection.execute("delete from throttles where subject = ?1", [subject])?;
        Ok(())
    }

    /// Forgets what went wrong with mail servers: their settings have changed, or the owner says "try again".
    pub fn forget_transport_trouble(&self) -> Result<()> {
        self.connection.execute(
            "delete from throttles where subject glob 'transport*' or subject glob 'login-[123]'",
            [],
        )?;
        self.connection.execute("delete from notices where kind = 'login'", [])?;
        Ok(())
    }

    /// A chore: forgets counters that nothing asks about any more.
    pub fn forget_old_throttles(&self, before: Instant) -> Result<()> {
        self.connection.execute("delete from throttles where since < ?1 and blocked_until < ?1", [before])?;
        Ok(())
    }
}
