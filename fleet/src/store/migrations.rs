//! The list of migrations: append-only, the same for both engines, each in a transaction that also writes its number.
//! Not a schema file beside them: new and old databases are built by the same list.

use neo::error::{Error, Result};
use neo::texts::errors as neo_errors;

use super::{Dialect, Store};
use crate::values;

/// SQL by version; the first is version 1. Never change one that has been released.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_base.sql"), include_str!("migrations/0004_releases.sql")];

/// The newest version this program knows.
pub fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The database's version: 0 when there is no fleet in it.
pub fn version(store: &mut Store) -> Result<i64> {
    let is_there = match store.dialect() {
        Dialect::Sqlite => "select count(*) from sqlite_schema where name = 'schema_versions'",
        Dialect::Postgres => "select cast(count(to_regclass('schema_versions')) as bigint)",
    };
    match store.number(is_there, &[])? {
        0 => Ok(0),
        _ => store.number("select max(version) from schema_versions", &[]),
    }
}

/// Brings the database to the newest version, one transaction per step; several processes may try at once.
pub fn migrate(store: &mut Store) -> Result<()> {
    let found = version(store)?;
    refuse_newer(found)?;
    if found == newest() {
        return Ok(());
    }
    if found == 0 {
        make_list(store)?;
    }
    for (number, migration) in (1..).zip(MIGRATIONS) {
        let sql = store.dialect().translate(migration);
        store.transaction(|store| {
            // Who writes the number does the step; the others wait here until it is done.
            let mine = "insert into schema_versions (version) values ($1) on conflict (version) do nothing";
            match store.execute(mine, &values![number])? {
                0 => Ok(()),
                _ => store.batch(&sql),
            }
        })?;
    }
    Ok(())
}

/// Two processes may make the list at once: whoever comes second finds it there.
fn make_list(store: &mut Store) -> Result<()> {
    let sql = store
        .dialect()
        .translate("create table if not exists schema_versions (version BIGINT PRIMARY KEY) {strict}");
    match store.batch(&sql) {
        Err(_) if store.number("select count(*) from schema_versions", &[]).is_ok() => Ok(()),
        made => made,
    }
}

/// Refuses a newer database politely.
fn refuse_newer(found: i64) -> Result<()> {
    match found > newest() {
        true => Err(Error::configuration(neo_errors::DATABASE_NEWER)
            .with("found", found.to_string())
            .with("known", newest().to_string())),
        false => Ok(()),
    }
}
