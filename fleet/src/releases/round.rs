//! Beginning a round: what is opened is read, hashed, kept and written into the log. Not the judgement: gate.rs.
//!
//! Before each step the files are looked at again where they were opened. If a byte of an artefact or of the plan has
//! changed, the seven days begin again by themselves, and the log and the board say so.

use std::path::{Path, PathBuf};

use neo::error::{Error, Result};

use super::event::{Artefact, Candidate, Event};
use super::facts;
use super::history::Release;
use super::journal::Journal;
use super::kept;
use super::plan::{LONGEST, Plan, PlanFlaw};
use crate::app::Fleet;
use crate::texts::releases as texts;

/// What somebody wants to open.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub version: String,
    pub security: bool,
    pub notes_ja: String,
    pub notes_en: String,
    /// Targets and files.
    pub artefacts: Vec<(String, PathBuf)>,
    pub plan: PathBuf,
}

/// Reads and keeps all of it.
pub fn candidate(fleet: &mut Fleet, wanted: &Wanted) -> Result<Candidate> {
    let text = plan_text(&wanted.plan)?;
    Plan::parse(&text).map_err(|flaw| Error::invalid(texts::PLAN_REFUSED).with("why", words(&flaw)))?;
    let plan = fleet.store.keep_release_text(text.as_bytes())?;
    let mut artefacts = Vec::new();
    for (target, file) in &wanted.artefacts {
        artefacts.push(kept::keep(fleet.data.path(), target, file)?);
    }
    artefacts.sort_by(|one: &Artefact, other| one.target.cmp(&other.target));
    Ok(Candidate {
        version: wanted.version.clone(),
        security: wanted.security,
        notes_ja: wanted.notes_ja.clone(),
        notes_en: wanted.notes_en.clone(),
        artefacts,
        plan,
    })
}

/// Opens a round, and says what has changed since the round before.
pub fn open(fleet: &mut Fleet, journal: &mut Journal, wanted: &Wanted) -> Result<Vec<String>> {
    let candidate = candidate(fleet, wanted)?;
    let before = journal.history.releases.get(&wanted.version);
    let changed = before.map(|release| candidate.differs_from(&release.candidate)).unwrap_or_default();
    let plan_path = wanted.plan.display().to_string();
    journal.add(fleet, &Event::Opened { candidate, plan_path, changed: changed.clone() })?;
    Ok(changed)
}

/// Begins again if a byte has changed; `Err` then says so, and nothing else is done.
pub fn restart_if_changed(fleet: &mut Fleet, journal: &mut Journal, version: &str) -> Result<()> {
    let Some(release) = journal.history.releases.get(version).cloned() else { return Ok(()) };
    let changed = facts::changed(&release);
    if changed.is_empty() || release.published_at.is_some() || release.halted.is_some() {
        return Ok(());
    }
    let wanted = again(fleet.data.path(), &release);
    // A plan that is none any more, or a file that cannot be read, begins no round; nor can the old one go on.
    if open(fleet, journal, &wanted).is_err() {
        journal.add(fleet, &Event::Changed { version: version.to_string(), what: changed.clone() })?;
    }
    Err(Error::invalid(texts::CANDIDATE_RESTARTED).with("what", changed.join(", ")))
}

/// The same files once more; one that is gone is taken from where it is kept.
fn again(data: &Path, release: &Release) -> Wanted {
    let candidate = &release.candidate;
    let file = |each: &Artefact| {
        let opened = PathBuf::from(&each.path);
        let file = if opened.exists() { opened } else { kept::file(data, &each.sha256) };
        (each.target.clone(), file)
    };
    Wanted {
        version: candidate.version.clone(),
        security: candidate.security,
        notes_ja: candidate.notes_ja.clone(),
        notes_en: candidate.notes_en.clone(),
        artefacts: candidate.artefacts.iter().map(file).collect(),
        plan: PathBuf::from(&release.plan_path),
    }
}

fn plan_text(file: &Path) -> Result<String> {
    let unreadable = |why: String| {
        Error::invalid(texts::FILE_UNREADABLE).with("file", file.display().to_string()).with("why", why)
    };
    let length = std::fs::metadata(file).map_err(|cause| unreadable(cause.to_string()))?.len();
    if length > LONGEST as u64 {
        return Err(Error::invalid(texts::PLAN_REFUSED).with("why", words(&PlanFlaw::TooLong)));
    }
    std::fs::read_to_string(file).map_err(|cause| unreadable(cause.to_string()))
}

/// What is wrong with a plan, in words that fit both languages: the file is English.
fn words(flaw: &PlanFlaw) -> String {
    match flaw {
        PlanFlaw::TooLong => "longer than 64 KiB".to_string(),
        PlanFlaw::NotToml(why) => why.clone(),
        PlanFlaw::TooShort { days } => format!("{days} days; it takes at least 7"),
        PlanFlaw::DayOutOfOrder { day, expected } => format!("day {day} stands where day {expected} belongs"),
        PlanFlaw::DayWithoutCheck { day } => format!("day {day} has no check"),
        PlanFlaw::TooMuch => "more than 60 days or 40 checks a day".to_string(),
        PlanFlaw::Check { day, name, why } => format!("day {day}, check \"{name}\": {why}"),
    }
}
