//! The list of migrations: append-only, the same for both engines, each in a transaction that also writes its number.
//! Not a schema file beside them: new and old databases are built by the same list.

use neo::error::{Error, Result};
use neo::texts::errors as neo_errors;

use super::{Dialect, Store};
use crate::values;

/// SQL by number. Never change one that has been released; a later one may be listed before an earlier one has landed.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("migrations/0001_base.sql")),
    (2, include_str!("migrations/0002_calls.sql")),
    (3, include_str!("migrations/0003_incidents.sql")),
    (4, include_str!("migrations/0004_releases.sql")),
    (5, include_str!("migrations/0005_portal.sql")),
];

/// The newest version this program knows.
pub fn newest() -> i64 {
    MIGRATIONS.iter().map(|(number, _)| *number).max().unwrap_or(0)
}

/// The database's version: 0 when there is no fleet in it.
pub fn version(store: &mut Store) -> Result<i64> {
    Ok(done(store)?.into_iter().max().unwrap_or(0))
}

/// The numbers of the migrations that were done.
fn done(store: &mut Store) -> Result<Vec<i64>> {
    let is_there = match store.dialect() {
        Dialect::Sqlite => "select count(*) from sqlite_schema where name = 'schema_versions'",
        Dialect::Postgres => "select cast(count(to_regclass('schema_versions')) as bigint)",
    };
    if store.number(is_there, &[])? == 0 {
        return Ok(Vec::new());
    }
    let rows = store.query("select version from schema_versions", &[])?;
    rows.iter().map(|row| row.integer(0)).collect()
}

/// Brings the database to the newest version, one transaction per step; several processes may try at once.
pub fn migrate(store: &mut Store) -> Result<()> {
    let found = done(store)?;
    refuse_newer(found.iter().copied().max().unwrap_or(0))?;
    if found.is_empty() {
        make_list(store)?;
    }
    for (number, migration) in MIGRATIONS.iter().filter(|(number, _)| !found.contains(number)) {
        let sql = store.dialect().translate(migration);
        store.transaction(|store| {
            // Who writes the number does the step; the others wait here until it is done.
            let mine = "insert into schema_versions (version) values ($1) on conflict (version) do nothing";
            match store.execute(mine, &values![*number])? {
                0 => Ok(()),
                _ => store.batch(&sql),
            }
        })?;
    }
    Ok(())
}

/// Two processes may make the list at once: whoever comes second finds it there.
fn make_list(store: &mut Store) -> Result<()> {
    let sql = "create table if not exists schema_versions (version BIGINT PRIMARY KEY) {strict}";
    match store.batch(&store.dialect().translate(sql)) {
        Err(_) if store.number("select count(*) from schema_versions", &[]).is_ok() => Ok(()),
        made => made,
    }
}

/// What the tables of the newest version are, in an order in which none points to a later one.
pub fn translated(dialect: Dialect) -> Vec<String> {
    MIGRATIONS.iter().map(|(_, migration)| dialect.translate(migration)).collect()
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
