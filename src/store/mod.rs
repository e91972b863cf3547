//! The one SQLite file: how it is opened, read and written. Queries are beside this file, one file per noun.
//! Nothing outside this folder knows rusqlite.
//!
//! A `Reader` cannot write (`query_only`); a `Writer` can, in short transactions that are never held while a
//! mail server is spoken to. The file is opened read-write in both cases: after a kill, the next process has to be
//! able to roll a hot journal back.

pub mod activation;
pub mod audiences;
pub mod backups;
pub mod broadcasts;
pub mod conditions;
pub mod consents;
pub mod deliveries;
pub mod engagements;
pub mod enrolments;
pub mod entries;
pub mod exports;
pub mod feedback;
pub mod fields;
pub mod follow_ups;
pub mod holds;
pub mod imports;
pub mod intake;
pub mod ledger_rows;
pub mod link;
pub mod lists;
pub mod membership;
pub mod messages;
pub mod migrations;
pub mod outlook;
pub mod pace;
pub mod probe;
pub mod recurrences;
pub mod safe_mode;
pub mod segments;
pub mod sequences;
pub mod settings;
pub mod splits;
pub mod step_edits;
pub mod subscribers;
pub mod suppressions;
pub mod tags;
pub mod throttles;
pub mod ticks;
pub mod undo;
pub mod users;
pub mod waiting;

use std::ops::Deref;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, Result};
use crate::texts::errors;

/// A handle that cannot write: what a GET gets.
pub struct Reader {
    connection: Connection,
}

/// A handle that can also write: what a checked POST, the tick and the command line get.
pub struct Writer {
    reader: Reader,
}

impl Deref for Writer {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.reader
    }
}

/// Cuts off a query that runs too long: asked every few thousand steps of SQLite, `true` stops it.
pub type Brake = Box<dyn FnMut() -> bool + Send>;

/// Bytes that SQLite may use at most; beyond it says "out of memory" instead of growing.
const HEAP_LIMIT: i64 = 16 * 1024 * 1024;

impl Reader {
    /// Opens the database for reading; an older one is brought to the newest version first.
    pub fn open(file: &Path, brake: Brake) -> Result<Reader> {
        let writer = Writer::open(file, brake)?;
        writer
            .reader
            .connection
            .pragma_update(None, "query_only", true)
            .map_err(|cause| opening(file, cause))?;
        if has_empty_log(file) {
            // The last to close would delete the log and its index, and the next request make both anew: a look at a
            // page should not write into the folder. A log that holds something is still emptied and deleted.
            let kept =
                writer.reader.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            kept.map_err(|cause| opening(file, cause))?;
        }
        Ok(writer.reader)
    }
}

impl Reader {
    /// The journal mode and the synchronous level in force, for the doctor.
    pub fn durability(&self) -> Result<(String, i64)> {
        let journal = self.connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let synchronous = self.connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        Ok((journal, synchronous))
    }

    /// The database's format, and the oldest whose programs can work on it.
    pub fn format(&self) -> Result<(i64, i64)> {
        Ok((migrations::version(&self.connection)?, migrations::readable_from(&self.connection)?))
    }

    /// How many rows the tables have that nothing may be lost of: what a migration has to leave as it is.
    pub fn row_counts(&self) -> Result<std::collections::BTreeMap<String, i64>> {
        const TABLES: [&str; 8] = [
            "lists",
            "subscribers",
            "subscriptions",
            "consents",
            "suppressions",
            "messages",
            "deliveries",
            "sequences",
        ];
        let count = |table: &str| -> Result<(String, i64)> {
            let rows =
                self.connection.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0));
            Ok((table.to_string(), rows?))
        };
        TABLES.into_iter().map(count).collect()
    }

    /// The latest instant that was written down: a clock that is behind it is wrong.
    pub fn newest_instant(&self) -> Result<crate::clock::Instant> {
        Ok(self.connection.query_row(
            "select max(coalesce((select max(at) from beats), 0),
               coalesce((select at from consents order by id desc limit 1), 0))",
            [],
            |row| row.get(0),
        )?)
    }
}

impl Writer {
    /// Opens an existing database.
    pub fn open(file: &Path, brake: Brake) -> Result<Writer> {
        Writer::open_with(file, OpenFlags::SQLITE_OPEN_READ_WRITE, brake)
    }

    /// Makes the database: in WAL where the probe says that it is safe, else with a truncated journal.
    pub fn create(file: &Path, wal_is_safe: bool, brake: Brake) -> Result<Writer> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let writer = Writer::open_with(file, flags, brake)?;
        if wal_is_safe {
            let changed = writer.connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
            changed.map_err(|cause| opening(file, cause))?;
        }
        Ok(writer)
    }

    /// Opens a database whose format may be one that this program does not know: to be copied, or copied over, as it is.
    pub fn open_as_it_is(file: &Path, brake: Brake) -> Result<Writer> {
        let opened = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE, brake);
        Ok(Writer { reader: Reader { connection: opened.map_err(|cause| opening(file, cause))? } })
    }

    fn open_with(file: &Path, flags: OpenFlags, brake: Brake) -> Result<Writer> {
        let writer = Writer {
            reader: Reader { connection: connect(file, flags, brake).map_err(|cause| opening(file, cause))? },
        };
        let found = migrations::version(&writer.connection).map_err(|error| at_file(error, file))?;
        migrations::refuse_unreadable(&writer.connection, found)?;
        if found < migrations::newest() {
            migrations::migrate(&writer.connection).map_err(|error| at_file(error, file))?;
        }
        Ok(writer)
    }

    /// Runs `work` in one transaction (`begin immediate`): all of it, or on an error nothing.
    /// Inside another transaction it is a part of that one.
    pub fn transaction<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.connection.is_autocommit() {
            return work();
        }
        self.connection.execute_batch("begin immediate")?;
        match work().and_then(|done| Ok(self.connection.execute_batch("commit").map(|()| done)?)) {
            Ok(done) => Ok(done),
            Err(error) => {
                if !self.connection.is_autocommit() {
                    self.connection.execute_batch("rollback")?;
                }
                Err(error)
            }
        }
    }

    /// Gives up durability, for a copy that nobody will miss: a rehearsal's. Never for a site's own database. With
    /// `is_alone` nobody else can open it meanwhile.
    pub fn hurry(&self, is_alone: bool) -> Result<()> {
        if is_alone {
            self.connection.pragma_update_and_check(None, "locking_mode", "exclusive", |_| Ok(()))?;
        }
        self.connection.pragma_update_and_check(None, "journal_mode", "memory", |_| Ok(()))?;
        self.connection.pragma_update(None, "synchronous", "off")?;
        Ok(())
    }

    /// Gives pages more room while many rows are written in one piece; below the heap's limit.
    pub fn make_room(&self) -> Result<()> {
        Ok(self.connection.execute_batch("pragma cache_size = -5000")?)
    }

    /// Copies the whole database into a new file (SQLite's online backup; readers and writers may go on).
    pub fn copy_to(&self, file: &Path) -> Result<()> {
        self.connection.backup("main", file, None::<fn(rusqlite::backup::Progress)>)?;
        Ok(())
    }
}

/// Opens with every pragma of ours. They are per connection, so each open sets them all.
#[expect(clippy::disallowed_methods, reason = "this is the one place that opens the database")]
fn connect(file: &Path, flags: OpenFlags, brake: Brake) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(&format!(
        "pragma hard_heap_limit = {HEAP_LIMIT};
         pragma foreign_keys = on;
         pragma trusted_schema = off;
         pragma secure_delete = fast;
         pragma cell_size_check = on;
         pragma mmap_size = 0;
         pragma temp_store = memory;
         pragma cache_size = -2000;
         pragma synchronous = full;"
    ))?;
    // DELETE loses commits at a power cut; TRUNCATE does not (measured, facts on journal modes in ARCHITECTURE.md).
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if journal == "delete" {
        connection.pragma_update_and_check(None, "journal_mode", "truncate", |_| Ok(()))?;
    }
    // Or a cached statement whose plan a value might change is compiled anew for each value, twice a sent mail.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.progress_handler(5000, Some(brake))?;
    Ok(connection)
}

/// Whether the database has a write-ahead log, with nothing in it.
fn has_empty_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(Path::new(&log)).is_ok_and(|found| found.len() == 0)
}

/// A failure of opening, with the file's name in its sentence.
fn opening(file: &Path, cause: rusqlite::Error) -> Error {
    match cause.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) if !file.exists() => Error::configuration(errors::NOT_SET_UP),
        Some(ErrorCode::CannotOpen) => Error::configuration(errors::DATABASE_READ_ONLY).with("file", file),
        _ => at_file(cause.into(), file),
    }
}

fn at_file(error: Error, file: &Path) -> Error {
    error.with("file", file)
}

/// What SQLite says, as who can mend it: converted once, here.
impl From<rusqlite::Error> for Error {
    fn from(cause: rusqlite::Error) -> Error {
        let error = match cause.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::busy(errors::DATABASE_BUSY),
            Some(ErrorCode::DiskFull) => Error::busy(errors::DISK_FULL),
            Some(ErrorCode::SystemIoFailure) if is_unwritable(&cause) => {
                Error::busy(errors::DISK_NOT_WRITABLE)
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Error::configuration(errors::DATABASE_READ_ONLY)
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Error::configuration(errors::DATABASE_DAMAGED)
            }
            Some(ErrorCode::OperationInterrupted) => Error::busy(errors::CUT_OFF),
            _ => Error::fault("using the database", cause),
        };
        error.with("file", "neo.sqlite") // whoever opens it knows the whole path
    }
}

/// Whether a write failed for another reason than a full file system: on rental hosts that is the account's quota, which
/// SQLite does not tell from a broken disk.
fn is_unwritable(cause: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    const WRITES: [i32; 6] = [
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_DIR_FSYNC,
        ffi::SQLITE_IOERR_TRUNCATE,
        ffi::SQLITE_IOERR_SHMSIZE,
        ffi::SQLITE_IOERR_SHMMAP,
    ];
    cause.sqlite_error().is_some_and(|error| WRITES.contains(&error.extended_code))
}

/// Whether a statement failed since a row like it exists.
pub(crate) fn is_duplicate(cause: &rusqlite::Error) -> bool {
    matches!(cause.sqlite_error(), Some(error) if error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// Our row numbers in and out of SQLite.
macro_rules! ids {
    ($($name:ident)*) => {$(
        impl rusqlite::ToSql for crate::domain::id::$name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }
        impl rusqlite::types::FromSql for crate::domain::id::$name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                i64::column_result(value).map(crate::domain::id::$name)
            }
        }
    )*};
}
ids! { UserId ListId SubscriberId SubscriptionId FormVersionId MessageId SequenceId StepId EnrolmentId StepEditId DeliveryId
FieldId TagId SegmentId ImportId LinkId ReturnedMailId }
