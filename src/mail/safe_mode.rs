//! Safe mode, the guard's fourth ring: after a trip a tick does half, after clean ones more again, and work that was in
//! hand at three trips in a row is set aside. Not the rings that cut a tick off: guard.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::guard::history::{self, Trip};
use crate::settings;
use crate::store::Writer;
use crate::store::safe_mode::{SafeMode, TripRow};

/// Trips in a row with the same work in hand that set it aside.
const TOO_OFTEN: usize = 3;
/// Older trips are history: they slow nothing down.
const RECENT: i64 = 86_400;
/// Bytes of guard.log that one tick reads.
const PIECE: u64 = 64 * 1024;

/// Reads what the guard wrote since the last tick, and narrows this tick's budget if safe mode is on. For the holder
/// of the lease. Returns whether it is on.
pub fn begin(app: &App, store: &Writer) -> Result<bool> {
    let now = app.clock.now();
    let known = store.safe_mode()?;
    let (trips, read_to) = new_trips(&app.folder.guard_log(), known.log_read_to);
    let mut mode = SafeMode { log_read_to: read_to, ..known.clone() };
    if !trips.is_empty() {
        store.transaction(|| {
            trips.iter().try_for_each(|trip| store.add_trip(&row_of(trip)))?;
            let fresh = trips.iter().filter(|trip| is_tick(&trip.stage) && now - trip.at < RECENT).count();
            halve(app, store, &mut mode, fresh)?;
            set_aside(store, &mode, now)
        })?;
    }
    if mode != known {
        store.put_safe_mode(&mode)?;
    }
    if let Some(batch) = mode.batch {
        let batch = u64::try_from(batch).unwrap_or(1);
        app.budget.at_most(batch, batch.saturating_mul(20));
    }
    Ok(mode.batch.is_some())
}

/// A tick came to its end: a step back towards what is usual.
pub fn end_clean(store: &Writer) -> Result<()> {
    let known = store.safe_mode()?;
    let newest = store.newest_trip()?;
    let grown = known.batch.map(|batch| batch.saturating_mul(2)).filter(|batch| *batch < known.usual);
    let mode = SafeMode { batch: grown, clean_trip: newest, ..known.clone() };
    if mode != known { store.put_safe_mode(&mode) } else { Ok(()) }
}

/// Half for each trip, of what ticks have done lately.
fn halve(app: &App, store: &Writer, mode: &mut SafeMode, trips: usize) -> Result<()> {
    if trips == 0 {
        return Ok(());
    }
    let before = match mode.batch {
        Some(batch) => batch,
        None => {
            let most = store.ticks(200)?.into_iter().map(|tick| tick.sent).max().unwrap_or(0);
            mode.usual = app.settings.number(&settings::TICK_MESSAGES).min(most.max(100));
            mode.usual
        }
    };
    mode.batch = Some((before >> trips.min(20)).max(1));
    Ok(())
}

/// The work of the last three trips of ticks, if it was the same each time and no clean tick came between.
fn set_aside(store: &Writer, mode: &SafeMode, now: Instant) -> Result<()> {
    let trips = store.trips(20)?;
    let row: Vec<&TripRow> = trips
        .iter()
        .filter(|trip| is_tick(&trip.stage) && trip.id > mode.clean_trip)
        .take(TOO_OFTEN)
        .collect();
    let Some(last) = row.first().filter(|last| last.item != 0 && row.len() == TOO_OFTEN) else {
        return Ok(());
    };
    let is_same = row.iter().all(|trip| trip.item == last.item && trip.stage == last.stage);
    match kind_of(&last.stage) {
        Some(kind) if is_same => store.set_aside(kind, last.item, &last.tripped, now),
        _ => Ok(()),
    }
}

/// What the item in hand was, by the stage.
fn kind_of(stage: &str) -> Option<&'static str> {
    match stage {
        "tick/deliver" => Some("delivery"),
        "tick/audience" => Some("audience"),
        "tick/import" => Some("import"),
        _ => None,
    }
}

fn is_tick(stage: &str) -> bool {
    stage.starts_with("tick/")
}

/// The whole lines after `read_to`, and how far that is. A log that is shorter than before was begun anew.
fn new_trips(log: &Path, read_to: i64) -> (Vec<Trip>, i64) {
    let read_to_now = || -> std::io::Result<(String, u64)> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        let known = u64::try_from(read_to).unwrap_or(0);
        let from = if known > length { 0 } else { known }.max(length.saturating_sub(PIECE));
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(PIECE).read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        bytes.truncate(whole);
        let end = from + u64::try_from(whole).unwrap_or(0);
        Ok((String::from_utf8_lossy(&bytes).into_owned(), end))
    };
    match read_to_now() {
        Ok((text, end)) => {
            (text.lines().filter_map(history::parse).collect(), i64::try_from(end).unwrap_or(read_to))
        }
        // No log: nothing was ever cut off.
        Err(_) => (Vec::new(), 0),
    }
}

fn row_of(trip: &Trip) -> TripRow {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    TripRow {
        id: 0,
        at: trip.at,
        tripped: trip.tripped.clone(),
        signal: trip.signal.clone(),
        flow: trip.flow.clone(),
        stage: trip.stage.clone(),
        item: trip.item.unwrap_or(0),
        peak_rss_kib: whole(trip.peak_rss_kib),
        cpu_ms: whole(trip.cpu_ms),
        elapsed_ms: whole(trip.elapsed_ms),
    }
}
