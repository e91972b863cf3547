//! Safe mode's memory: trips read from guard.log, how much a tick may do, work set aside; and each day's peaks.
//! Not the rules: mail/safe_mode. Not the log: guard/history.

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::domain::delivery::State;
use crate::domain::id::{DeliveryId, ImportId, MessageId};
use crate::domain::import;
use crate::error::Result;
use crate::store::holds::WAITS_FOR_OWNER;
use crate::store::{Reader, Writer};

/// Where safe mode stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeMode {
    /// Bytes of guard.log that were read.
    pub log_read_to: i64,
    /// Mails in one tick; `None`: as the settings say.
    pub batch: Option<i64>,
    pub usual: i64,
    /// The last trip before the last clean tick.
    pub clean_trip: i64,
}

/// One trip of the guard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TripRow {
    pub id: i64,
    pub at: Instant,
    pub tripped: String,
    pub signal: String,
    pub flow: String,
    pub stage: String,
    /// 0 for none.
    pub item: i64,
    pub peak_rss_kib: i64,
    pub cpu_ms: i64,
    pub elapsed_ms: i64,
}

/// Work that rests until the owner says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// delivery, audience or import.
    pub kind: String,
    pub item: i64,
    pub at: Instant,
    pub tripped: String,
}

/// The highest figures of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    pub day: i64,
    pub runs: i64,
    pub peak_rss_kib: i64,
    pub cpu_ms: i64,
    pub elapsed_ms: i64,
}

const DAY: i64 = 86_400;
const TRIPS_KEPT: i64 = 500;
const DAYS_KEPT: i64 = 35;

impl Reader {
    pub fn safe_mode(&self) -> Result<SafeMode> {
        let found = self
            .connection
            .prepare_cached("select log_read_to, batch, usual, clean_trip from safe_mode where id = 1")?
            .query_row([], |row| {
                Ok(SafeMode {
                    log_read_to: row.get(0)?,
                    batch: row.get(1)?,
                    usual: row.get(2)?,
                    clean_trip: row.get(3)?,
                })
            });
        Ok(found.optional()?.unwrap_or_default())
    }

    /// The latest trips, newest first.
    pub fn trips(&self, limit: i64) -> Result<Vec<TripRow>> {
        let mut statement = self.connection.prepare(
            "select id, at, tripped, signal, flow, stage, item, peak_rss_kib, cpu_ms, elapsed_ms from trips
             order by id desc limit ?1",
        )?;
        let rows = statement.query_map([limit], |row| {
            Ok(TripRow {
                id: row.get(0)?,
                at: row.get(1)?,
                tripped: row.get(2)?,
                signal: row.get(3)?,
                flow: row.get(4)?,
                stage: row.get(5)?,
                item: row.get(6)?,
                peak_rss_kib: row.get(7)?,
                cpu_ms: row.get(8)?,
                elapsed_ms: row.get(9)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How often the guard cut something off since then.
    pub fn trips_since(&self, at: Instant) -> Result<i64> {
        Ok(self.connection.query_row("select count(*) from trips where at >= ?1", [at], |row| row.get(0))?)
    }

    pub fn newest_trip(&self) -> Result<i64> {
        Ok(self.connection.query_row("select coalesce(max(id), 0) from trips", [], |row| row.get(0))?)
    }

    pub fn all_set_aside(&self) -> Result<Vec<SetAside>> {
        let mut statement =
            self.connection.prepare("select kind, item, at, tripped from set_aside order by at, item")?;
        let rows = statement.query_map([], |row| {
            Ok(SetAside { kind: row.get(0)?, item: row.get(1)?, at: row.get(2)?, tripped: row.get(3)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether work rests; e.g. an import asks before it goes on.
    pub fn is_set_aside(&self, kind: &str, item: i64) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("select exists (select 1 from set_aside where kind = ?1 and item = ?2)")?;
        Ok(statement.query_row((kind, item), |row| row.get(0))?)
    }

    /// The peaks of each day since `from_day`, oldest first. `flow` is tick or web.
    pub fn daily_peaks(&self, flow: &str, from_day: i64) -> Result<Vec<Peak>> {
        let mut statement = self.connection.prepare(
            "select day, runs, peak_rss_kib, cpu_ms, elapsed_ms from daily_peaks
             where flow = ?1 and day >= ?2 order by day",
        )?;
        let rows = statement.query_map((flow, from_day), |row| {
            Ok(Peak {
                day: row.get(0)?,
                runs: row.get(1)?,
                peak_rss_kib: row.get(2)?,
                cpu_ms: row.get(3)?,
                elapsed_ms: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Writer {
    pub fn put_safe_mode(&self, mode: &SafeMode) -> Result<()> {
        self.connection.execute(
            "insert or replace into safe_mode (id, log_read_to, batch, usual, clean_trip)
             values (1, ?1, ?2, ?3, ?4)",
            (mode.log_read_to, mode.batch, mode.usual, mode.clean_trip),
        )?;
        Ok(())
    }

    pub fn add_trip(&self, trip: &TripRow) -> Result<()> {
        self.connection.execute(
            "insert into trips (at, tripped, signal, flow, stage, item, peak_rss_kib, cpu_ms, elapsed_ms)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                trip.at,
                &trip.tripped,
                &trip.signal,
                &trip.flow,
                &trip.stage,
                trip.item,
                trip.peak_rss_kib,
                trip.cpu_ms,
                trip.elapsed_ms,
            ),
        )?;
        Ok(())
    }

    /// Sets work aside. A delivery keeps its state and waits; what waits for an answer (unsure) stays as it is.
    pub fn set_aside(&self, kind: &str, item: i64, tripped: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into set_aside (kind, item, at, tripped) values (?1, ?2, ?3, ?4) on conflict do nothing",
            (kind, item, now, tripped),
        )?;
        if kind == "delivery" {
            self.connection.execute(
                "update deliveries set due_at = ?2, reply = 'set aside: the guard cut off three ticks at it'
                 where id = ?1 and state in ('queued', 'deferred')",
                (item, WAITS_FOR_OWNER),
            )?;
        }
        Ok(())
    }

    /// The owner: try again.
    pub fn take_up_again(&self, kind: &str, item: i64, now: Instant) -> Result<()> {
        self.transaction(|| {
            self.connection.execute("delete from set_aside where kind = ?1 and item = ?2", (kind, item))?;
            if kind == "delivery" {
                self.connection.execute(
                    "update deliveries set due_at = ?2
                     where id = ?1 and state in ('queued', 'deferred') and due_at = ?3",
                    (item, now, WAITS_FOR_OWNER),
                )?;
            }
            Ok(())
        })
    }

    /// The owner: give up. The ledger says so.
    pub fn give_up(&self, kind: &str, item: i64, now: Instant) -> Result<()> {
        self.transaction(|| {
            match kind {
                "delivery" => {
                    let id = DeliveryId(item);
                    let waits = self.delivery(id)?.is_some_and(|delivery| !delivery.state.is_final());
                    if waits {
                        self.record(id, State::Failed, "given up by the owner", now, now)?;
                    }
                }
                "audience" => {
                    self.stop_broadcast(MessageId(item), now)?;
                }
                "import" => {
                    let from = [import::State::Running, import::State::Undoing];
                    self.turn_import(ImportId(item), &from, import::State::Stopped, now)?;
                }
                _ => {}
            }
            self.connection.execute("delete from set_aside where kind = ?1 and item = ?2", (kind, item))?;
            Ok(())
        })
    }

    /// Keeps the highest figures of the day.
    pub fn note_peak(&self, flow: &str, peak: &Peak, now: Instant) -> Result<()> {
        self.connection
            .prepare_cached(
                "insert into daily_peaks (day, flow, runs, peak_rss_kib, cpu_ms, elapsed_ms)
                 values (?1, ?2, 1, ?3, ?4, ?5)
                 on conflict do update set runs = runs + 1, peak_rss_kib = max(peak_rss_kib, excluded.peak_rss_kib),
                   cpu_ms = max(cpu_ms, excluded.cpu_ms), elapsed_ms = max(elapsed_ms, excluded.elapsed_ms)",
            )?
            .execute((now.div_euclid(DAY), flow, peak.peak_rss_kib, peak.cpu_ms, peak.elapsed_ms))?;
        Ok(())
    }

    /// A chore.
    pub fn forget_old_trips_and_peaks(&self, now: Instant) -> Result<()> {
        self.connection
            .execute("delete from daily_peaks where day < ?1", [now.div_euclid(DAY) - DAYS_KEPT])?;
        self.connection
            .execute("delete from trips where id <= (select max(id) from trips) - ?1", [TRIPS_KEPT])?;
        Ok(())
    }
}
