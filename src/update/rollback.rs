//! The way back: the former program in the place of the present one, by itself after it failed or by the owner's word.
//! Not the renaming after a failure: guard/watch does that before anything of the failed program runs.
//!
//! The data stay as they are where the former program can work on them. Only where it cannot (a migration took something
//! away, or the file is damaged) the backup from before the update comes back, by the rules of every restore: nothing
//! that may have been sent since is sent again, who left stays away, and nothing goes out before the owner has looked.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::app::App;
use crate::clock::{Clock, Instant};
use crate::error::{Error, Result};
use crate::guard::trial::{self, Candidate};
use crate::guard::watch::{self, Watch};
use crate::guard::{self, Flow, Limits, history};
use crate::host::paths::DataFolder;
use crate::mail::due;
use crate::store::{Reader, Writer};
use crate::texts::errors;
use crate::transfer::inbox::not_written;
use crate::transfer::restore;
use crate::update::files::{self, Place};
use crate::update::place::lock;
use crate::update::stage;
use crate::update::state::{Entry, Outcome, Previous, State, Step};
use crate::version;

/// What can be put back now.
pub struct WayBack {
    pub previous: Previous,
    /// Whether the data can stay as they are.
    pub keeps_data: bool,
}

/// The former program, if it is still there.
pub fn way_back(place: &Place, state: &State, store: &Reader) -> Result<Option<WayBack>> {
    let previous = state.previous.clone().filter(|previous| previous.version != version::version());
    let Some(previous) = previous.filter(|_| place.previous().is_file()) else { return Ok(None) };
    let (format, readable_from) = store.format()?;
    let keeps_data = format <= previous.format || readable_from <= previous.format;
    Ok(Some(WayBack { previous, keeps_data }))
}

/// Puts the former program back because somebody wants it. The former program does the rest at its next start.
pub fn put_back(app: &App, store: &Reader, place: &Place, why: &str, may_lose_data: bool) -> Result<()> {
    let mut state = State::read(place);
    let Some(way) = way_back(place, &state, store)? else {
        return Err(Error::not_found(errors::NOTHING_TO_PUT_BACK));
    };
    if !way.keeps_data && !may_lose_data {
        return Err(Error::denied(errors::PUT_BACK_LOSES_DATA)
            .with("version", way.previous.version.as_str())
            .with("backup", way.previous.backup.unwrap_or_default()));
    }
    files::refuse_unwritable(place)?;
    let _tick = lock(&app.folder.tick_lock())?;
    let now = app.clock.now();
    if state.work.as_ref().is_none_or(|work| work.step != Step::Watch) {
        state.work = None;
    }
    state.wanted = None;
    state.write(place)?;
    let beside = watch::file_beside(&place.program);
    let ordered = Watch::new(&place.program, &place.previous(), now)
        .and_then(|watch| watch.write(&beside))
        .and_then(|()| watch::order(&beside, why, now))
        .and_then(|()| std::fs::rename(place.previous(), &place.program))
        .and_then(|()| files::sync_folder_of(&place.program))
        .and_then(|()| files::sync_folder_of(&place.previous()));
    ordered.map_err(not_written)
}

/// Starts the program that lies there now, once, so that it settles what is left.
pub fn wake(place: &Place, folder: &DataFolder) {
    let arguments = vec![OsString::from("version")];
    let variables = vec![(OsString::from("NEO_DATA"), folder.path().as_os_str().to_os_string())];
    let candidate = Candidate { program: &place.program, arguments, variables, folder: &place.folder };
    let _ = trial::run(&candidate, &Limits::ceiling(Flow::Command), Duration::from_secs(300));
}

/// The first thing of the former program after it was put back: mends the data if it must, and remembers what happened.
/// Whatever fails here is tried again at the next start.
pub fn settle_after_start(beside: &Path, flow: Flow) {
    let Some(watch) = Watch::read(beside) else { return };
    let Some(data) = watch.former.parent().and_then(Path::parent) else { return };
    // A database may have to be copied: that takes longer than a page.
    guard::adjust(Limits::ceiling(flow));
    guard::stage("update/settle");
    let settled = DataFolder::named(data).and_then(|folder| {
        settle(&folder, beside, Clock::machine().now()).map_err(|error| note(&folder, error))
    });
    let _ = settled;
}

fn note(folder: &DataFolder, error: Error) -> Error {
    if !matches!(&error, Error::Busy(refusal) if refusal.sentence == errors::UPDATE_BUSY) {
        let line = format!("{} update settle: {}", Clock::machine().now(), super::self_test::words(&error));
        crate::host::fault_log::append(&folder.fault_log(), &line);
    }
    error
}

fn settle(folder: &DataFolder, beside: &Path, now: Instant) -> Result<()> {
    let place = Place::of(folder)?;
    place.make()?;
    let _lock = lock(&place.lock())?;
    settle_locked(folder, &place, beside, now)
}

/// See [`settle_after_start`]; the caller holds the lock of updates.
pub(super) fn settle_locked(folder: &DataFolder, place: &Place, beside: &Path, now: Instant) -> Result<()> {
    let Some(watch) = Watch::read(beside) else { return Ok(()) };
    let tally = watch.tally(now);
    let mut state = State::read(place);
    let data_from = mend(folder, state.previous.as_ref())?;
    let was_failure = tally.put_back.as_deref() == Some("failed");
    let why = match was_failure {
        true => format!("{} {}", tally.failed, last_trips(folder, watch.since)).trim().to_string(),
        false => tally.put_back.unwrap_or_default(),
    };
    let failed = state.work.as_ref().map(|work| work.version.clone());
    let failed = failed.or_else(|| state.history.last().map(|entry| entry.to.clone())).unwrap_or_default();
    state.note(Entry {
        at: now,
        from: failed.clone(),
        to: failed,
        outcome: if was_failure { Outcome::RolledBack } else { Outcome::PutBack },
        why,
        data_from,
    });
    (state.work, state.previous, state.wanted) = (None, None, None);
    state.write(place)?;
    std::fs::remove_file(beside).map_err(not_written)?;
    files::sync_folder_of(beside).map_err(not_written)
}

/// Brings the backup back, if this program cannot work on the data as they are. When the backup was made.
fn mend(folder: &DataFolder, previous: Option<&Previous>) -> Result<Option<Instant>> {
    let Err(error) = Writer::open(&folder.database(), Box::new(|| false)).and_then(|store| store.settings())
    else {
        return Ok(None);
    };
    let unreadable = [errors::DATABASE_NEWER, errors::DATABASE_DAMAGED];
    if !error.refusal().is_some_and(|refusal| unreadable.contains(&refusal.sentence)) {
        return Err(error);
    }
    let noted = previous.and_then(|previous| previous.backup.clone());
    let Some(backup) = noted.or_else(|| stage::newest(folder)) else { return Err(error) };
    let file = folder.backups().join(backup);
    let staged = restore::stage(folder.clone(), Clock::machine(), &file)?;
    while due::bring_due_steps(&staged.app, &staged.store)? {}
    Ok(Some(staged.put_in_place(true)?.made_at))
}

/// What cut runs short since, e.g. `memory tick/deliver`.
fn last_trips(folder: &DataFolder, since: Instant) -> String {
    use std::io::{Read, Seek, SeekFrom};
    let mut text = String::new();
    let _ = std::fs::File::open(folder.guard_log()).and_then(|mut log| {
        let length = log.metadata()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(4096)))?;
        let mut bytes = Vec::new();
        log.take(4096).read_to_end(&mut bytes)?;
        text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(())
    });
    let mut trips = text.lines().rev().filter_map(history::parse).filter(|trip| trip.at >= since);
    trips.next().map(|trip| format!("{} {}", trip.tripped, trip.stage)).unwrap_or_default()
}
