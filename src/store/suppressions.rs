//! Addresses that get nothing from any list.
//! Not readers who left one list: subscribers.rs.

use crate::clock::Instant;
use crate::error::Result;
use crate::store::{Reader, Writer};

impl Reader {
    pub fn is_suppressed(&self, address_key: &str) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("select exists (select 1 from suppressions where address_key = ?1)")?;
        Ok(statement.query_row([address_key], |row| row.get(0))?)
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
}
