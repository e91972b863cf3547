//! What is published of releases: the manifest's content and the files that it names. Not the signing and writing of it:
//! that is `publish DIR`.

use std::path::PathBuf;

use neo::clock::Instant;
use neo::error::Result;
use neo::link::feed::Words;
use neo::link::update::{Manifest, Safe, Target};

use super::entry::{self, Entry};
use super::event::{Artefact, Event};
use super::gate;
use super::history::{History, Release};
use super::journal;
use super::kept;
use super::reason::Reason;
use crate::app::Fleet;
use crate::store::Store;

const DAY: i64 = 86_400;
/// For how long installs believe a manifest; it is signed anew long before.
const VALID: i64 = 14 * DAY;

/// The manifest as it has to be now; `None` while nothing was ever published. Its number is that of the log's last entry
/// that changed it, so it only rises. The chain and the two signatures are proven again: a row in the database is not
/// enough to publish something.
pub fn manifest_content(store: &mut Store, now: Instant) -> Result<Option<Manifest>> {
    let entries = journal::read(store.release_log()?);
    let history = History::of(&entries);
    let Some(release) = newest(&history) else { return Ok(None) };
    if let Some(reason) = not_proven(&entries, release) {
        return Err(reason.refusal());
    }
    let sites = store.sites_well_on(&release.candidate.version)?;
    Ok(Some(content(&history, release, sites, now)))
}

/// Why this was not published by the gate. Signers are held against the log as it was then: who is revoked later had
/// signed.
fn not_proven(entries: &[Entry], release: &Release) -> Option<Reason> {
    if let Some(flaw) = entry::broken_link(entries, None) {
        return Some(Reason::Log(flaw));
    }
    let version = &release.candidate.version;
    let is_it = |entry: &Entry| entry.event() == Some(Event::Published { version: version.clone() });
    let end = entries.iter().position(is_it)?;
    let then = History::of(entries.get(..=end).unwrap_or_default());
    match then.releases.get(version) {
        Some(signed) if signed.candidate == release.candidate => {
            gate::signature_reasons(&then, signed).into_iter().next()
        }
        _ => Some(Reason::BytesChanged { what: version.clone() }),
    }
}

/// The files that the manifest names: their path below the published folder, and where they are kept.
pub fn published_files(fleet: &mut Fleet) -> Result<Vec<(String, PathBuf)>> {
    let history = History::of(&journal::read(fleet.store.release_log()?));
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
        safe: Safe {
            days: if is_halted { 0 } else { (now - released_at).max(0) / DAY },
            sites: about(sites),
        },
        test_seconds: released_at - release.opened_at,
    }
}

/// The first two digits: "on more than so many sites", and no new manifest for each site that comes.
fn about(sites: i64) -> i64 {
    let mut unit = 1;
    while sites / unit >= 100 {
        unit *= 10;
    }
    sites / unit * unit
}
