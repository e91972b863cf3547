//! Counters that slow down guessing; kept in the database, since every request is a new process.
//! Not the rules (portal/login): subjects are keyed hashes, never addresses.

use neo::clock::Instant;
use neo::error::Result;

use super::Store;
use crate::values;

impl Store {
    /// Until when a subject waits; 0 if it does not.
    pub fn blocked_until(&mut self, subject: &str) -> Result<Instant> {
        self.number("select blocked_until from throttles where subject = $1", &values![subject])
    }

    /// Counts one event; a count older than `window` seconds starts again. Returns the new count.
    pub fn count_event(&mut self, subject: &str, window: i64, now: Instant) -> Result<i64> {
        self.number(
            "insert into throttles (subject, count, since, blocked_until) values ($1, 1, $2, 0)
             on conflict (subject) do update set
               count = case when throttles.since < $3 then 1 else throttles.count + 1 end,
               since = case when throttles.since < $3 then $2 else throttles.since end
             returning count",
            &values![subject, now, now - window],
        )
    }

    pub fn block_until(&mut self, subject: &str, until: Instant) -> Result<()> {
        let sql = "update throttles set blocked_until = $2 where subject = $1";
        self.execute(sql, &values![subject, until]).map(|_| ())
    }

    pub fn clear_throttle(&mut self, subject: &str) -> Result<()> {
        self.execute("delete from throttles where subject = $1", &values![subject]).map(|_| ())
    }
}
