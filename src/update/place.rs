//! The one moment: the new program's name is given to the new file, and what must lie on the disk before and after it.
//! Not the trying out (stage) and not the way back (rollback).
//!
//! The order is what keeps a site alive, whenever the process dies or the power fails: the new file is whole and on the
//! disk; the present one has a second name; it is written down what is being done; the watch lies beside the program;
//! then one rename, which is there or not there. A start in between runs the old program or the new one, never neither.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::guard::watch::{self, Watch};
use crate::host::paths::DataFolder;
use crate::store::migrations;
use crate::texts::errors;
use crate::transfer::inbox::not_written;
use crate::update::files::{self, Place};
use crate::update::state::{Entry, Outcome, Previous, State, Step, Work};
use crate::version;

/// Puts the new program in the place of this one.
pub fn put_in_place(app: &App, place: &Place, state: &mut State) -> Result<()> {
    let Some(work) = state.work.clone() else { return Ok(()) };
    files::refuse_unwritable(place)?;
    // No tick of the old program is to run on data that the new one has brought to its format.
    let _tick = lock(&app.folder.tick_lock())?;
    refuse_changed(&place.new_program(), &work)?;
    let now = app.clock.now();
    let placed = files::take_permissions(&place.program, &place.new_program())
        .and_then(|()| files::keep_aside(&place.program, &place.previous()));
    placed.map_err(not_written)?;
    state.previous = Some(Previous {
        version: version::version().to_string(),
        format: migrations::newest(),
        replaced_at: now,
        backup: work.backup.clone(),
    });
    state.write(place)?;
    let watch = Watch::new(&place.new_program(), &place.previous(), now);
    let beside = watch::file_beside(&place.program);
    let renamed = watch
        .and_then(|watch| watch.write(&beside))
        .and_then(|()| std::fs::rename(place.new_program(), &place.program))
        .and_then(|()| files::sync_folder_of(&place.program))
        .and_then(|()| files::sync_folder_of(&place.new_program()));
    renamed.map_err(not_written)?;
    is_in_place(place, state, now)
}

/// Notes that the new program is in place; also for one that was put there by a process that then died.
pub fn is_in_place(place: &Place, state: &mut State, now: Instant) -> Result<()> {
    let Some(work) = &mut state.work else { return Ok(()) };
    work.step = Step::Watch;
    let to = work.version.clone();
    let from = state.previous.as_ref().map(|previous| previous.version.clone()).unwrap_or_default();
    state.wanted = None;
    state.note(Entry { at: now, from, to, outcome: Outcome::Installed, why: String::new(), data_from: None });
    state.write(place)
}

/// Whether the program's file is the one that this work puts there.
pub fn is_new(place: &Place, work: &Work) -> Result<bool> {
    let found = files::hash(&place.program).map_err(|cause| Error::fault("reading the program", cause))?;
    Ok(found == (work.length, work.sha256.clone()))
}

/// Refuses a file that is not, byte for byte, what the manifest speaks of.
pub fn refuse_changed(file: &Path, work: &Work) -> Result<()> {
    let refuse =
        |why: String| Err(Error::invalid(errors::UPDATE_FILE_WRONG).with("file", file).with("why", why));
    match files::hash(file) {
        Ok((length, _)) if length != work.length => refuse(format!("{length} != {}", work.length)),
        Ok((_, sha256)) if sha256 != work.sha256 => refuse("SHA-256".to_string()),
        Ok(_) => Ok(()),
        Err(cause) => refuse(cause.to_string()),
    }
}

/// Held as long as the file is.
pub fn lock(file: &Path) -> Result<File> {
    let lock = File::options().create(true).truncate(false).write(true).open(file).map_err(not_written)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(_) => Err(Error::busy(errors::UPDATE_BUSY)),
    }
}

/// Removes a watch that nobody asks for any more: of a program that is trusted by now, or that is not there any more.
pub fn forget_watch(place: &Place, now: Instant) {
    let beside = watch::file_beside(&place.program);
    let Ok(found) = std::fs::metadata(&beside) else { return };
    let is_needed = Watch::read(&beside).is_some_and(|watch| {
        let tally = watch.tally(now);
        tally.put_back.is_some() || (watch.is_of(&place.program) && !tally.is_over(now))
    });
    if !is_needed && found.is_file() {
        let _ = std::fs::remove_file(&beside);
    }
}

/// Looks how the new program is doing. `true`: nothing is left to do.
pub fn look(folder: &DataFolder, place: &Place, state: &mut State, now: Instant) -> Result<bool> {
    let Some(work) = &state.work else { return Ok(true) };
    let beside = watch::file_beside(&place.program);
    let watch = Watch::read(&beside);
    let outcome = match &watch {
        Some(watch) if watch.is_of(&place.program) => match watch.tally(now) {
            tally if tally.put_back.is_some() => return Ok(false),
            tally if tally.is_over(now) => Outcome::Kept,
            _ => return Ok(false),
        },
        // Put back, and not yet settled.
        Some(watch) if watch.tally(now).put_back.is_some() => {
            return super::rollback::settle_locked(folder, place, &beside, now).map(|()| {
                *state = State::read(place);
                true
            });
        }
        // Somebody removed the watch; what runs is what was wanted.
        None if is_new(place, work)? => Outcome::Kept,
        _ => Outcome::Replaced,
    };
    let (to, from) = (work.version.clone(), state.previous.as_ref().map(|previous| previous.version.clone()));
    let entry =
        Entry { at: now, from: from.unwrap_or_default(), to, outcome, why: String::new(), data_from: None };
    state.note(entry);
    state.work = None;
    state.write(place)?;
    if watch.is_some() {
        let _ = std::fs::remove_file(&beside);
    }
    Ok(true)
}
