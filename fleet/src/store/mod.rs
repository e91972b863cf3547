//! The database of the vendor's server: one small interface, two engines behind it, one file of queries per noun.
//! Nothing outside this folder knows rusqlite or postgres.
//!
//! SQL is written once, in what both engines speak. `transaction` is as if it were alone; where many share the work,
//! `side_by_side` locks the rows that it takes. A row that may exist is written with `on conflict`, and the count of
//! rows says what happened: an error inside a transaction ends it on PostgreSQL.

pub mod audit;
pub(crate) mod breakers;
pub(crate) mod calls;
pub mod customers;
pub mod dialect;
pub mod hurt;
pub mod ids;
pub mod incidents;
pub mod keys;
pub mod meta;
pub mod migrations;
pub mod news;
pub mod notices;
pub mod overview;
pub(crate) mod poll_status;
mod postgres;
pub mod publications;
pub mod releases;
pub mod sites;
mod sqlite;
pub mod tables;
pub mod throttles;
pub mod url;
pub mod users;
mod value;

use neo::error::{Error, Result};

pub use self::dialect::Dialect;
pub use self::url::DatabaseUrl;
pub use self::value::{Row, Value};
use crate::texts::errors;

/// What an engine can do; `$1…$n` are the bound values.
pub trait Engine: Send {
    /// Runs one statement and says how many rows it wrote.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64>;
    /// Runs one statement and gives its rows; also `insert … returning`.
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>>;
    /// Runs several statements without values.
    fn batch(&mut self, sql: &str) -> Result<()>;
    fn dialect(&self) -> Dialect;
}

/// An open database. Nouns add their queries in files of their own.
pub struct Store {
    engine: Box<dyn Engine>,
    is_in_transaction: bool,
}

/// How often a transaction is tried anew when others got in its way.
const TRIES: u32 = 20;

impl Store {
    /// Opens an existing fleet's database and brings it to the newest version.
    pub fn open(url: &DatabaseUrl) -> Result<Store> {
        let mut store = Store::connect(url, false)?;
        match migrations::version(&mut store)? {
            0 => Err(missing(url)),
            _ => migrations::migrate(&mut store).map(|()| store),
        }
    }

    /// Makes the tables of a new fleet where they are missing. Whether the fleet is ours to make is `claim`'s to say.
    pub fn create(url: &DatabaseUrl) -> Result<Store> {
        let mut store = Store::connect(url, true)?;
        migrations::migrate(&mut store).map(|()| store)
    }

    fn connect(url: &DatabaseUrl, may_create: bool) -> Result<Store> {
        let engine: Box<dyn Engine> = match url {
            DatabaseUrl::Sqlite(file) if !may_create && !file.exists() => return Err(missing(url)),
            DatabaseUrl::Sqlite(file) => Box::new(sqlite::Sqlite::open(file, may_create)?),
            DatabaseUrl::Postgres(typed) => Box::new(postgres::Postgres::open(typed)?),
        };
        Ok(Store { engine, is_in_transaction: false })
    }

    pub fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        self.engine.execute(sql, values)
    }

    pub fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        self.engine.query(sql, values)
    }

    /// The first row, if there is one.
    pub fn row(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.engine.query(sql, values)?.into_iter().next())
    }

    /// One whole number: a count, a `max` (0 where there is nothing).
    pub fn number(&mut self, sql: &str, values: &[Value]) -> Result<i64> {
        Ok(self.row(sql, values)?.map(|row| row.optional_integer(0)).transpose()?.flatten().unwrap_or(0))
    }

    pub fn batch(&mut self, sql: &str) -> Result<()> {
        self.engine.batch(sql)
    }

    /// From here on nothing can be written: a page that is only looked at cannot change anything.
    pub fn read_only(&mut self) -> Result<()> {
        let sql = self.dialect().read_only();
        self.engine.batch(sql)
    }

    pub fn dialect(&self) -> Dialect {
        self.engine.dialect()
    }

    /// Runs `work` in one transaction, as if it were alone: all of it, or on an error nothing. When others got in the way
    /// it is done again from the start, so it may change nothing but the database. Inside another it is a part of that.
    pub fn transaction<T>(&mut self, work: impl FnMut(&mut Store) -> Result<T>) -> Result<T> {
        self.repeat(self.dialect().begin(), work)
    }

    /// The same for many workers who each lock what they take ([`Dialect::skip_locked`]): what a statement reads may have
    /// changed by the next one.
    pub fn side_by_side<T>(&mut self, work: impl FnMut(&mut Store) -> Result<T>) -> Result<T> {
        self.repeat(self.dialect().begin_side_by_side(), work)
    }

    fn repeat<T>(&mut self, begin: &str, mut work: impl FnMut(&mut Store) -> Result<T>) -> Result<T> {
        if self.is_in_transaction {
            return work(self);
        }
        let mut tried = 1;
        loop {
            match self.once(begin, &mut work) {
                Err(error) if tried < TRIES && is_contended(&error) => {
                    std::thread::sleep(pause(tried));
                    tried += 1;
                }
                done => return done,
            }
        }
    }

    fn once<T>(&mut self, begin: &str, work: &mut impl FnMut(&mut Store) -> Result<T>) -> Result<T> {
        self.engine.batch(begin)?;
        self.is_in_transaction = true;
        let done = work(self).and_then(|done| self.engine.batch("commit").map(|()| done));
        self.is_in_transaction = false;
        if done.is_err() {
            // The first error counts; a lost connection has rolled back by itself.
            let _ = self.engine.batch("rollback");
        }
        done
    }
}

fn missing(url: &DatabaseUrl) -> Error {
    Error::configuration(errors::FLEET_MISSING).with("place", url.to_string())
}

fn is_contended(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| refusal.sentence == errors::DATABASE_CONTENDED)
}

/// Longer each time and never the same for two processes, or they would meet again.
fn pause(tried: u32) -> std::time::Duration {
    let spread = u64::from(std::process::id() % 13) + u64::from(tried);
    std::time::Duration::from_millis((u64::from(tried) * 3 + spread).min(100))
}
