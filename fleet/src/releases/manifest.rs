//! What is published of releases: the manifest's content and the files that it names. Not the signing and writing of it:
//! that is `publish DIR`.

use std::path::PathBuf;

use neo::clock::Instant;
use neo::error::{Error, Result};
use neo::link::feed::Words;
use neo::link::update::{Manifest, Safe, Target};

use super::entry;
use super::event::Artefact;
use super::gate;
use super::history::{History, Release};
use super::kept;
use super::reason::Reason;
use crate::app::Fleet;
use crate::store::Store;
use crate::texts::releases as texts;

const DAY: i64 = 86_400;
/// For how long installs believe a manifest; it is signed anew long before.
const VALID: i64 = 14 * DAY;

/// The manifest as it has to be now; `None` while nothing was ever published. Its number is that of the log's last entry
/// that changed it, so it only rises. The chain and the two signatures are proven again: a row in the database is not
/// enough to publish something.
pub fn manifest_content(store: &mut Store, now: Instant) -> Result<Option<Manifest>> {
    let entries = store.release_log()?;
    let history = History::of(&entries);
    let Some(release) = newest(&history) else { return Ok(None) };
    let flaw = entry::broken_link(&entries, None).map(Reason::Log);
    let reasons = flaw.into_iter().chain(gate::signature_reasons_at_publication(&history, release));
    if let Some(reason) = reasons.into_iter().next() {
        let refused = Error::invalid(texts::sentence(&reason));
        return Err(reason.values().into_iter().fold(refused, |error, (name, value)| error.with(name, value)));
    }
    let version = release.candidate.version.clone();
    let sites = store.sites_well_on(&version)?;
    Ok(Some(content(&history, release, sites, now)))
}

/// The files that the manifest names: their path below the published folder, and where they are kept.
pub fn published_files(fleet: &mut Fleet) -> Result<Vec<(String, PathBuf)>> {
    let history = History::of(&fleet.store.release_log()?);
    let Some(release) = newest(&history) else { return Ok(Vec::new()) };
    let version = &release.candidate.version;
    let file = |each: &Artefact| (path(version, &each.target), kept::file(fleet.data.path(), &each.sha256));
    Ok(release.candidate.artefacts.iter().map(file).collect())
}

fn newest(history: &History) -> Option<&Release> {
    history.published.last().and_then(|version| history.releases.get(version))
}

fn path(version: &str, target: &str) -> String {
    format!("releases/{version}/{target}/neo.cgi")
}

fn content(history: &History, release: &Release, sites: i64, now: Instant) -> Manifest {
    let candidate = &release.candidate;
    let released_at = release.published_at.unwrap_or(now);
    let is_halted = release.halted.is_some() || release.stopped.is_some();
    let target = |each: &Artefact| Target {
        name: each.target.clone(),
        file: path(&candidate.version, &each.target),
        length: each.length,
        sha256: each.sha256.clone(),
    };
    let halted = history.releases.values().filter(|release| release.halted.is_some());
    Manifest {
        number: history.manifest_changed.map_or(0, |(number, _)| number),
        issued_at: now,
        expires: now + VALID,
        version: candidate.version.clone(),
        released_at,
        security: candidate.security,
        notes: Words::new(candidate.notes_ja.clone(), candidate.notes_en.clone()),
        targets: candidate.artefacts.iter().map(target).collect(),
        rollout_permille: release.permille(),
        halted: is_halted,
        withdrawn: halted.map(|release| release.candidate.version.clone()).collect(),
        safe: Safe { days: if is_halted { 0 } else { (now - released_at).max(0) / DAY }, sites },
        test_seconds: released_at - release.opened_at,
    }
}
