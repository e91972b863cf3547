//! The list of migrations: append-only, each in a transaction that also raises the version.
//! Not a schema file beside them: new and old databases are built by the same list.

use rusqlite::{Connection, OptionalExtension};

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

/// The oldest version whose programs can work on a database of the newest: what was added since, they can leave alone.
/// An update that fails is then put back without putting the data back. Raise it to the number of a migration that takes
/// something away or gives it another meaning.
const READABLE_FROM: i64 = 9;
/// Where that number stands, for programs that are older than the database.
const READABLE_KEY: &str = "format_readable_from";

/// The newest version this program knows.
pub fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The database's version: 0 when new.
pub fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// The oldest version whose programs can work on this database.
pub fn readable_from(connection: &Connection) -> Result<i64> {
    let written = connection.query_row(
        "select cast(value as integer) from settings where key = ?1",
        [READABLE_KEY],
        |row| row.get(0),
    );
    Ok(written.optional()?.unwrap_or(version(connection)?))
}

/// Refuses a newer database, unless it says that this program can work on it.
pub fn refuse_unreadable(connection: &Connection, found: i64) -> Result<()> {
    match found > newest() && readable_from(connection)? <= newest() {
        true => Ok(()),
        false => refuse_newer(found),
    }
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
    connection.execute(
        "insert into settings (key, value, updated_at) values (?1, ?2, 0)
         on conflict (key) do update set value = excluded.value",
        (READABLE_KEY, READABLE_FROM.min(found + 1).to_string()),
    )?;
    Ok(false)
}
