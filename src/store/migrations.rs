//! The list of migrations: append-only, each in a transaction that also raises the version.
//! Not a schema file beside them: new and old databases are built by the same list.

use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::texts::errors;

/// SQL by version; the first is version 1. Never change one that has been released.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_base.sql"),
    include_str!("migrations/0002_readers.sql"),
    include_str!("migrations/0003_may_have_arrived.sql"),
    include_str!("migrations/0003_fields.sql"),
    include_str!("migrations/0004_pace.sql"),
    include_str!("migrations/0004_transfer.sql"),
    include_str!("migrations/0005_feedback.sql"),
    include_str!("migrations/0007_broadcasts.sql"),
    include_str!("migrations/0006_sequences.sql"),
    include_str!("migrations/0008_link.sql"),
    include_str!("migrations/0009_activation.sql"),
];

/// The newest version this program knows.
pub fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The database's version: 0 when new.
pub fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Refuses a newer database politely.
pub fn refuse_newer(found: i64) -> Result<()> {
    match found > newest() {
        true => Err(Error::configuration(errors::DATABASE_NEWER)
            .with("found", found.to_string())
            .with("known", newest().to_string())),
        false => Ok(()),
    }
}

/// Brings the database to the newest version, one transaction per step.
pub fn migrate(connection: &Connection) -> Result<()> {
    migrate_to(connection, newest())
}

/// Brings the database to `target`: tests stop at old versions, to fill them as old programs did.
pub fn migrate_to(connection: &Connection, target: i64) -> Result<()> {
    loop {
        connection.execute_batch("begin immediate")?;
        let step = next_step(connection, target);
        match &step {
            Ok(_) => connection.execute_batch("commit")?,
            Err(_) => connection.execute_batch("rollback")?,
        }
        if step? {
            return Ok(());
        }
    }
}

/// Runs one migration inside the caller's transaction; `true` when there is nothing left to do.
fn next_step(connection: &Connection, target: i64) -> Result<bool> {
    let found = version(connection)?;
    refuse_newer(found)?;
    if found >= target {
        return Ok(true);
    }
    let step = usize::try_from(found).ok().and_then(|at| MIGRATIONS.get(at));
    let sql = step.ok_or_else(|| Error::fault("looking for a migration", found))?;
    connection.execute_batch(sql)?;
    connection.pragma_update(None, "user_version", found + 1)?;
    Ok(false)
}
