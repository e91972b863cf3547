//! The embedded engine: one file beside the keys. The default, and enough for one machine.
//! Not PostgreSQL: postgres.

use std::path::{Path, PathBuf};
use std::time::Duration;

use neo::error::{Error, Result};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, params_from_iter};

use super::dialect::{Dialect, numbered};
use super::{Engine, Row, Value};

/// An open file.
pub(super) struct Sqlite {
    connection: Connection,
    file: PathBuf,
}

impl Sqlite {
    /// Opens the file; `may_create` makes a missing one.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that opens the file")]
    pub(super) fn open(file: &Path, may_create: bool) -> Result<Sqlite> {
        let create = if may_create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
        let opened = Connection::open_with_flags(file, flags);
        let connection = opened.map_err(|cause| Error::from(cause).with("file", file))?;
        let sqlite = Sqlite { connection, file: file.to_path_buf() };
        sqlite.prepare().map_err(|cause| sqlite.failed(cause))?;
        Ok(sqlite)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(Duration::from_secs(30))?;
        self.connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        self.connection.execute_batch(
            "pragma synchronous = full;
             pragma foreign_keys = on;
             pragma trusted_schema = off;
             pragma cell_size_check = on;
             pragma temp_store = memory;",
        )?;
        self.connection.set_prepared_statement_cache_capacity(128);
        Ok(())
    }

    fn failed(&self, cause: rusqlite::Error) -> Error {
        Error::from(cause).with("file", self.file.as_path())
    }

    fn rows(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(&numbered(sql))?;
        let columns = statement.column_count();
        let mut found = statement.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values = (0..columns).map(|column| row.get_ref(column).map(read));
            rows.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
        }
        Ok(rows)
    }
}

impl Engine for Sqlite {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let done = self.connection.prepare_cached(&numbered(sql));
        let done = done.and_then(|mut statement| statement.execute(params_from_iter(values)));
        done.map(|count| count as u64).map_err(|cause| self.failed(cause))
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        self.rows(sql, values).map_err(|cause| self.failed(cause))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|cause| self.failed(cause))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// No column of ours is REAL; one that an expression made is its whole number.
#[expect(clippy::cast_possible_truncation, reason = "see above")]
fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Integer(number as i64),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}
