//! Finds out whether WAL is safe in a folder, by trying it on a throw-away database.
//! Not the decision where the data folder lies: host/paths.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// Whether a write-ahead log works here: a real write, read back by a second connection. WAL may be granted and
/// fail at the first write, so asking for it is not enough. Network file systems are the caller's to rule out.
pub fn wal_works(folder: &Path) -> bool {
    let file = folder.join(format!("probe-{}.sqlite", std::process::id()));
    let works = try_wal(&file).unwrap_or(false);
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = file.clone().into_os_string();
        name.push(ending);
        let _ = std::fs::remove_file(name);
    }
    works
}

#[expect(clippy::disallowed_methods, reason = "a throw-away database, not the store")]
fn try_wal(file: &Path) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let one = Connection::open_with_flags(file, flags)?;
    let mode: String = one.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    one.execute_batch("create table t (x integer); insert into t values (1);")?;
    let other = Connection::open_with_flags(file, flags)?;
    let seen: i64 = other.query_row("select x from t", [], |row| row.get(0))?;
    other.execute_batch("update t set x = 2")?;
    let changed: i64 = one.query_row("select x from t", [], |row| row.get(0))?;
    Ok(mode == "wal" && seen == 1 && changed == 2)
}
