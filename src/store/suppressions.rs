//! Addresses that get nothing from any list: why, since when, and the owner's lifting of it.
//! Not readers who left one list: subscribers.rs. Not the strikes that lead here: feedback.rs.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::id::SubscriberId;
use crate::error::Result;
use crate::store::{Reader, Writer};

/// Why an address gets nothing: one of these words, or that of a refusal (domain/bounce).
pub const COMPLAINT: &str = "complaint";
pub const BY_OWNER: &str = "owner";

/// One suppressed address.
#[derive(Clone, Debug)]
pub struct Suppression {
    pub address_key: String,
    pub reason: String,
    pub at: Instant,
    /// The mail server's words, if there were any.
    pub said: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Suppression> {
    Ok(Suppression { address_key: row.get(0)?, reason: row.get(1)?, at: row.get(2)?, said: row.get(3)? })
}

impl Reader {
    pub fn is_suppressed(&self, address_key: &str) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("select exists (select 1 from suppressions where address_key = ?1)")?;
        Ok(statement.query_row([address_key], |row| row.get(0))?)
    }

    pub fn suppression(&self, address_key: &str) -> Result<Option<Suppression>> {
        let mut statement = self.connection.prepare_cached(
            "select address_key, reason, at, said from suppressions where address_key = ?1",
        )?;
        Ok(statement.query_row([address_key], read).optional()?)
    }

    /// One page of suppressions, newest first: those before the last one of the page before.
    pub fn suppressions_page(&self, before: (Instant, &str), limit: i64) -> Result<Vec<Suppression>> {
        let mut statement = self.connection.prepare_cached(
            "select address_key, reason, at, said from suppressions where (at, address_key) < (?1, ?2)
             order by at desc, address_key desc limit ?3",
        )?;
        Ok(statement.query_map((before.0, before.1, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Suppressed addresses that begin with these letters.
    pub fn find_suppressions(&self, beginning: &str, limit: i64) -> Result<Vec<Suppression>> {
        let mut statement = self.connection.prepare_cached(
            "select address_key, reason, at, said from suppressions where address_key >= ?1 and address_key < ?2
             order by address_key limit ?3",
        )?;
        let end = format!("{beginning}\u{10FFFF}");
        Ok(statement.query_map((beginning, end, limit), read)?.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    pub fn suppress(&self, address_key: &str, reason: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into suppressions (address_key, reason, at) values (?1, ?2, ?3) on conflict do nothing",
            (address_key, reason, now),
        )?;
        Ok(())
    }

    /// Ends all mailing to an address: it is suppressed, what waits for it is not sent, its sequences end.
    pub fn end_mailing(&self, address_key: &str, reason: &str, said: &str, now: Instant) -> Result<()> {
        self.transaction(|| {
            self.connection.execute(
                "insert into suppressions (address_key, reason, at, said) values (?1, ?2, ?3, ?4) on conflict do nothing",
                (address_key, reason, now, said),
            )?;
            let reader: Option<SubscriberId> = self
                .connection
                .query_row("select id from subscribers where address_key = ?1", [address_key], |row| row.get(0))
                .optional()?;
            let places = reader.map(|reader| self.subscriptions_of(reader)).transpose()?.unwrap_or_default();
            for place in places {
                self.end_enrolments(place.id, now)?;
                self.suppress_waiting(place.id, "suppressed", now)?;
            }
            Ok(())
        })
    }

    /// The owner knows better: mails may go there again, and the strikes of before count no more. Sequences that ended
    /// do not begin again by themselves. `false`: it was not suppressed.
    pub fn lift_suppression(&self, address_key: &str) -> Result<bool> {
        self.transaction(|| {
            let lifted =
                self.connection.execute("delete from suppressions where address_key = ?1", [address_key])?;
            self.connection.execute(
                "update strikes set is_forgiven = 1
                 where subscriber_id = (select id from subscribers where address_key = ?1)",
                [address_key],
            )?;
            Ok(lifted == 1)
        })
    }
}
