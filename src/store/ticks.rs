//! The tick's own records: its lease, its history, and when each clock was last heard.
//! Not the tick: mail/tick.

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::error::Result;
use crate::store::{Reader, Writer};

/// One finished tick.
#[derive(Clone, Debug, Default)]
pub struct Tick {
    pub id: i64,
    pub source: String,
    pub started_at: Instant,
    pub elapsed_ms: i64,
    pub cpu_ms: i64,
    pub peak_rss_kib: i64,
    pub sent: i64,
    pub deferred: i64,
    pub failed: i64,
    pub waiting: i64,
    pub stopped_by: String,
    pub trouble: String,
}

/// When a clock was last heard, and what came of it.
#[derive(Clone, Debug)]
pub struct Beat {
    pub source: String,
    pub at: Instant,
    pub result: String,
}

impl Reader {
    /// The latest ticks, newest first.
    pub fn ticks(&self, limit: i64) -> Result<Vec<Tick>> {
        let mut statement = self.connection.prepare(
            "select id, source, started_at, elapsed_ms, cpu_ms, peak_rss_kib, sent, deferred, failed, waiting,
               stopped_by, trouble from ticks order by id desc limit ?1",
        )?;
        let rows = statement.query_map([limit], |row| {
            Ok(Tick {
                id: row.get(0)?,
                source: row.get(1)?,
                started_at: row.get(2)?,
                elapsed_ms: row.get(3)?,
                cpu_ms: row.get(4)?,
                peak_rss_kib: row.get(5)?,
                sent: row.get(6)?,
                deferred: row.get(7)?,
                failed: row.get(8)?,
                waiting: row.get(9)?,
                stopped_by: row.get(10)?,
                trouble: row.get(11)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Who holds a lease, if anybody does.
    pub fn lease_owner(&self, name: &str) -> Result<Option<String>> {
        let found =
            self.connection.query_row("select owner from leases where name = ?1", [name], |row| row.get(0));
        Ok(found.optional()?)
    }

    pub fn beats(&self) -> Result<Vec<Beat>> {
        let mut statement =
            self.connection.prepare("select source, at, result from beats order by source")?;
        let rows = statement
            .query_map([], |row| Ok(Beat { source: row.get(0)?, at: row.get(1)?, result: row.get(2)? }))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// When a clock was last heard.
    pub fn last_beat(&self, source: &str) -> Result<Option<Instant>> {
        let found =
            self.connection.query_row("select at from beats where source = ?1", [source], |row| row.get(0));
        Ok(found.optional()?)
    }
}

/// A lease that ends so much later than ours would was written by a clock that was wrong.
const CLOCKS_APART: i64 = 3600;

impl Writer {
    /// Takes the lease unless another living owner holds it. `may_take_over`: the caller knows that an owner of
    /// the same machine is dead (it holds the lock file).
    pub fn take_lease(
        &self,
        name: &str,
        owner: &str,
        may_take_over: &str,
        expires_at: Instant,
        now: Instant,
    ) -> Result<bool> {
        let taken = self.connection.execute(
            "insert into leases (name, owner, expires_at) values (?1, ?2, ?3)
             on conflict do update set owner = excluded.owner, expires_at = excluded.expires_at
             where leases.expires_at <= ?4 or leases.expires_at > ?3 + ?6 or leases.owner like ?5 || '%'",
            (name, owner, expires_at, now, may_take_over, CLOCKS_APART),
        )?;
        Ok(taken == 1)
    }

    pub fn release_lease(&self, name: &str, owner: &str) -> Result<()> {
        self.connection.execute("delete from leases where name = ?1 and owner = ?2", (name, owner))?;
        Ok(())
    }

    /// Notes that a clock was heard.
    pub fn beat(&self, source: &str, result: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into beats (source, at, result) values (?1, ?2, ?3)
             on conflict do update set at = excluded.at, result = excluded.result",
            (source, now, result),
        )?;
        Ok(())
    }

    pub fn add_tick(&self, tick: &Tick) -> Result<i64> {
        self.connection.execute(
            "insert into ticks (source, started_at, elapsed_ms, cpu_ms, peak_rss_kib, sent, deferred, failed, waiting,
               stopped_by, trouble, version) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            (
                &tick.source,
                tick.started_at,
                tick.elapsed_ms,
                tick.cpu_ms,
                tick.peak_rss_kib,
                tick.sent,
                tick.deferred,
                tick.failed,
                tick.waiting,
                &tick.stopped_by,
                &tick.trouble,
                crate::version::version(),
            ),
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    /// A chore: keeps the latest ticks only.
    pub fn forget_old_ticks(&self, keep: i64) -> Result<()> {
        self.connection.execute("delete from ticks where id <= (select max(id) from ticks) - ?1", [keep])?;
        Ok(())
    }
}
