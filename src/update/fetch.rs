//! The file of a new version, fetched over as many ticks as it takes: each goes on where the last one stopped, and no more
//! is taken than the manifest says. Not the checking: place::refuse_changed.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant as Moment};

use url::Url;

use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::transport::fetch;
use crate::settings;
use crate::texts::errors;
use crate::transfer::backup::refuse_full_disk;
use crate::transfer::inbox::not_written;
use crate::update::files::Place;
use crate::update::state::Work;

/// The longest that one process fetches.
const WALL: Duration = Duration::from_secs(300);
/// What a tick keeps for what comes after.
const SPARE: Duration = Duration::from_secs(3);

/// Goes on fetching; `true`: all of it is there. A connection that broke after something had come is no failure.
pub fn go_on(app: &App, place: &Place, work: &Work, ends: Option<Moment>) -> Result<bool> {
    let mut part = OpenOptions::new().append(true).create(true).mode(0o600).open(place.part());
    let part = part.as_mut().map_err(|cause| not_written(std::io::Error::from(cause.kind())))?;
    let had = part.metadata().map_err(not_written)?.len();
    if had > work.length {
        // Never ours: what comes is cut at the length.
        part.set_len(0).map_err(not_written)?;
        return go_on(app, place, work, ends);
    }
    if had == work.length {
        return Ok(true);
    }
    refuse_full_disk(&place.folder, i64::try_from(work.length - had).unwrap_or(i64::MAX))?;
    let mut is_written = true;
    let fetched = fetch_from(app, part, had, work, ends, &mut is_written);
    let synced = part.sync_data().map_err(not_written);
    let has = part.metadata().map_err(not_written)?.len();
    synced?;
    match fetched {
        _ if has == work.length => Ok(true),
        Err(error) if has == had || !is_written || is_of_the_file(&error) => Err(error),
        _ if has == had => Err(Error::busy(errors::VENDOR_UNREACHABLE).with("why", "0 bytes")),
        _ => Ok(false),
    }
}

/// Longer than the manifest says: not a connection that broke.
fn is_of_the_file(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| refusal.sentence == errors::VENDOR_TOO_LARGE)
}

fn fetch_from(
    app: &App,
    part: &mut File,
    had: u64,
    work: &Work,
    ends: Option<Moment>,
    is_written: &mut bool,
) -> Result<()> {
    let folder = app.settings.value(&settings::VENDOR_URL);
    if folder.is_empty() {
        return Err(Error::configuration(errors::VENDOR_URL_MISSING));
    }
    let named = Url::parse(&format!("{folder}/")).and_then(|folder| folder.join(&work.file));
    let url = named.map_err(|cause| Error::fault("naming the file of a new version", cause))?;
    let now = Moment::now();
    let longest = now + WALL;
    let stop = ends.map_or(longest, |ends| ends.checked_sub(SPARE).unwrap_or(now).min(longest));
    let mut at = had;
    let taken = fetch::get_from(&url, had, work.length, stop, None, &mut |begins, piece| {
        // A server without ranges begins anew: what we have is passed over.
        let known = usize::try_from(at.saturating_sub(begins)).unwrap_or(usize::MAX);
        let fresh = piece.get(known.min(piece.len())..).unwrap_or_default();
        let written = part.write_all(fresh);
        *is_written = written.is_ok();
        written.map_err(not_written)?;
        at += fresh.len() as u64;
        Ok(())
    });
    taken.map(|_| ())
}
