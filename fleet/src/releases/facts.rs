//! From the log and the disk to what the gate looks at.
//! Not the judgement: gate.rs.

use std::path::Path;

use neo::error::Result;
use neo::link::envelope::Kind;
use neo::link::index::sha256_hex;

use super::entry::Entry;
use super::event::{Candidate, Event};
use super::evidence;
use super::gate::{Facts, Outside};
use super::history::Release;
use super::journal::{self, Journal};
use super::kept;
use super::plan::Plan;
use crate::app::Fleet;

/// Everything about this version, as it is now.
pub fn facts(fleet: &mut Fleet, journal: &Journal, version: &str, published: Option<&Path>) -> Result<Facts> {
    let release = journal.history.releases.get(version);
    // The present moment belongs to the evidence: also who only looks sees a clock that was moved since.
    let mut entries = release.map_or_else(Vec::new, |release| journal.since(release.opened).to_vec());
    entries.extend(entries.last().and_then(|last| present(fleet, last)));
    Ok(Facts {
        version: version.to_string(),
        now: fleet.now(),
        history: journal.history.clone(),
        flaw: journal.flaw.clone(),
        tricks: evidence::tricks(&entries),
        proven: evidence::proven(&entries),
        outside: match release {
            Some(release) => outside(fleet, release, published)?,
            None => of_fleet(fleet, published)?,
        },
    })
}

/// An entry that is not written.
fn present(fleet: &Fleet, last: &Entry) -> Option<Entry> {
    let unsealed = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[]);
    Entry::after(Some(&last.head()), journal::now(fleet), &Event::Beat, &unsealed)
}

fn of_fleet(fleet: &mut Fleet, published: Option<&Path>) -> Result<Outside> {
    let last = fleet.store.publication(Kind::Manifest)?;
    Ok(Outside {
        published_number: published.and_then(number),
        known_number: last.map_or(0, |last| last.number),
        is_rehearsing: fleet.is_rehearsal,
        has_release_key: fleet.data.keys().join("release.seed").is_file(),
        ..Outside::default()
    })
}

fn outside(fleet: &mut Fleet, release: &Release, published: Option<&Path>) -> Result<Outside> {
    let mut damaged = kept::damaged(fleet.data.path(), &release.candidate);
    let plan = plan(fleet, &release.candidate)?;
    if plan.is_none() {
        damaged.push("plan".to_string());
    }
    damaged.extend(lost_outputs(fleet, release)?);
    Ok(Outside { plan, changed: changed(release), damaged, ..of_fleet(fleet, published)? })
}

/// The plan as it was opened, if it is still that.
pub fn plan(fleet: &mut Fleet, candidate: &Candidate) -> Result<Option<Plan>> {
    let text = fleet.store.release_text(&candidate.plan)?;
    Ok(text.and_then(|text| String::from_utf8(text).ok()).and_then(|text| Plan::parse(&text).ok()))
}

/// What has other bytes now where it was opened from: artefacts and the plan.
pub fn changed(release: &Release) -> Vec<String> {
    let mut changed = kept::changed(&release.candidate);
    if std::fs::read(&release.plan_path).is_ok_and(|plan| sha256_hex(&plan) != release.candidate.plan) {
        changed.push("plan".to_string());
    }
    changed
}

fn lost_outputs(fleet: &mut Fleet, release: &Release) -> Result<Vec<String>> {
    let mut lost = Vec::new();
    for recorded in &release.checks {
        let Some(output) = &recorded.checked.output else { continue };
        if fleet.store.release_text(output)?.is_none() {
            lost.push(format!("output of entry {}", recorded.number));
        }
    }
    Ok(lost)
}

/// The number of what is published in this folder, or of this manifest. A forged one can only refuse more.
pub fn number(published: &Path) -> Option<i64> {
    let file = if published.is_dir() { published.join("manifest.json") } else { published.to_path_buf() };
    let envelope: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let content: serde_json::Value = serde_json::from_str(envelope.get("payload")?.as_str()?).ok()?;
    content.get("number")?.as_i64()
}
