//! The day board: where a candidate stands, for the command and the portal.
//! Not the judgement: gate.rs.

use neo::error::Result;
use neo::texts::Language;
use serde::Serialize;

use super::day::{self, Day};
use super::gate::{self, Facts};
use super::history::{Recorded, Release};
use super::plan::{PlannedCheck, PlannedDay};
use super::reason::Reason;
use super::{facts, journal::Journal};
use crate::app::Fleet;

/// Everything about one version, as of now.
#[derive(Clone, Debug, Serialize)]
pub struct Board {
    pub version: String,
    /// `open`, `ready`, `published`, `stopped`, `withdrawn`, `changed`.
    pub state: &'static str,
    pub security: bool,
    pub candidate: String,
    pub artefacts: Vec<super::event::Artefact>,
    pub plan: String,
    pub opened_at: i64,
    /// How often its clock was started.
    pub rounds: u32,
    pub restarts: Vec<Restart>,
    /// Not before this, whatever else holds.
    pub earliest: i64,
    pub proven_seconds: i64,
    pub checked_days: i64,
    pub days: Vec<BoardDay>,
    pub signatures: Vec<Signed>,
    pub answers: usize,
    pub published_at: Option<i64>,
    pub rollout_permille: u16,
    pub stopped: Option<String>,
    pub withdrawn: Option<String>,
    pub reasons: Vec<Said>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Restart {
    pub at: i64,
    pub changed: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct BoardDay {
    pub number: i64,
    pub date: String,
    /// `to-come`, `today`, `past`.
    pub when: &'static str,
    pub checks: Vec<BoardCheck>,
}

#[derive(Clone, Debug, Serialize)]
pub struct BoardCheck {
    pub name: String,
    pub manual: Option<String>,
    pub run: Vec<String>,
    /// `missing`, `passed`, `failed`.
    pub state: &'static str,
    pub entry: Option<i64>,
    pub at: Option<i64>,
    pub by: Option<String>,
    pub says: Option<String>,
    /// Entries that failed before.
    pub failures: Vec<i64>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Signed {
    pub name: String,
    pub at: i64,
    pub counts: bool,
    pub why: Option<Said>,
}

/// A reason in both languages.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    pub number: String,
    pub ja: String,
    pub en: String,
}

impl Said {
    pub fn of(reason: &Reason) -> Said {
        let sentence = reason.sentence();
        Said {
            number: format!("{}{}", sentence.series, sentence.number),
            ja: reason.say(Language::Ja),
            en: reason.say(Language::En),
        }
    }
}

/// The board of one version; `None` if there is no candidate of it.
pub fn board(fleet: &mut Fleet, journal: &Journal, version: &str) -> Result<Option<Board>> {
    let facts = facts::facts(fleet, journal, version, None)?;
    Ok(journal.history.releases.get(version).map(|release| of(&facts, release)))
}

fn of(facts: &Facts, release: &Release) -> Board {
    let reasons = gate::reasons(facts);
    let plan = facts.outside.plan.as_ref();
    let days = plan.map(|plan| plan.days.iter().map(|day| board_day(facts, release, day)).collect());
    Board {
        version: release.candidate.version.clone(),
        state: state(release, &reasons),
        security: release.candidate.security,
        candidate: release.candidate.id(),
        artefacts: release.candidate.artefacts.clone(),
        plan: release.candidate.plan.clone(),
        opened_at: release.opened_at,
        rounds: release.rounds,
        restarts: release
            .restarts
            .iter()
            .map(|(at, changed)| Restart { at: *at, changed: changed.clone() })
            .collect(),
        earliest: gate::earliest(release.opened_at, gate::days(plan)),
        proven_seconds: facts.proven,
        checked_days: gate::checked_days(release, facts.now),
        days: days.unwrap_or_default(),
        signatures: release.signatures.iter().map(|each| signed(facts, release, each)).collect(),
        answers: facts.history.answers.iter().filter(|answer| answer.number > release.opened).count(),
        published_at: release.published_at,
        rollout_permille: release.permille(),
        stopped: release.stopped.as_ref().map(|(_, why)| why.clone()),
        withdrawn: release.halted.as_ref().map(|(_, why)| why.clone()),
        // Of what is published nothing is asked any more.
        reasons: match release.published_at {
            Some(_) => Vec::new(),
            None => reasons.iter().map(Said::of).collect(),
        },
    }
}

fn state(release: &Release, reasons: &[Reason]) -> &'static str {
    match release {
        Release { halted: Some(_), .. } => "withdrawn",
        Release { stopped: Some(_), .. } => "stopped",
        Release { published_at: Some(_), .. } => "published",
        Release { changed: Some(_), .. } => "changed",
        _ if reasons.is_empty() => "ready",
        _ => "open",
    }
}

fn signed(facts: &Facts, release: &Release, signature: &super::history::Signature) -> Signed {
    let why = gate::counts(&facts.history, release, signature).err();
    Signed {
        name: signature.name.clone(),
        at: signature.at,
        counts: why.is_none(),
        why: why.as_ref().map(Said::of),
    }
}

fn board_day(facts: &Facts, release: &Release, day: &PlannedDay) -> BoardDay {
    let (date, today) = (Day::of(release.opened_at).plus(day.number), Day::of(facts.now));
    let when = match date.cmp(&today) {
        std::cmp::Ordering::Greater => "to-come",
        std::cmp::Ordering::Equal => "today",
        std::cmp::Ordering::Less => "past",
    };
    let checks = day.checks.iter().map(|check| board_check(release, day.number, check)).collect();
    BoardDay { number: day.number, date: date.to_string(), when, checks }
}

fn board_check(release: &Release, day: i64, check: &PlannedCheck) -> BoardCheck {
    let latest = gate::latest(release, day, &check.name);
    let state =
        latest.map_or("missing", |recorded| if recorded.checked.passed { "passed" } else { "failed" });
    let failed = |recorded: &&Recorded| {
        recorded.checked.day == day && recorded.checked.name == check.name && !recorded.checked.passed
    };
    let word = |pick: fn(&Recorded) -> &String| latest.map(pick).filter(|word| !word.is_empty()).cloned();
    BoardCheck {
        name: check.name.clone(),
        manual: check.manual.clone(),
        run: check.run.clone(),
        state,
        entry: latest.map(|recorded| recorded.number),
        at: latest.map(|recorded| recorded.at),
        by: word(|recorded| &recorded.checked.by),
        says: word(|recorded| &recorded.checked.says),
        failures: release.checks.iter().filter(failed).map(|recorded| recorded.number).collect(),
    }
}

impl Board {
    /// The board as lines: a line per day, then what is missing.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let mut lines = vec![format!(
            "{} {} opened {} (round {}), not before {}",
            self.version,
            self.state,
            day::say(self.opened_at),
            self.rounds,
            day::say(self.earliest)
        )];
        for restart in &self.restarts {
            lines.push(format!("  restarted {}: {}", day::say(restart.at), restart.changed.join(", ")));
        }
        for day in &self.days {
            let mark = |check: &BoardCheck| match check.state {
                "passed" => format!("+{}", check.name),
                "failed" => format!("!{}", check.name),
                _ => format!("-{}", check.name),
            };
            let checks: Vec<String> = day.checks.iter().map(mark).collect();
            lines.push(format!("  day {} {} {:<7} {}", day.number, day.date, day.when, checks.join(" ")));
        }
        for signed in &self.signatures {
            let mark = if signed.counts { '+' } else { '!' };
            lines.push(format!("  signed {} {mark}{}", day::say(signed.at), signed.name));
        }
        if self.published_at.is_some() {
            lines.push(format!("  rollout {} of 1000", self.rollout_permille));
        }
        let why = self.stopped.iter().chain(&self.withdrawn);
        lines.extend(why.map(|why| format!("  {why}")));
        lines.extend(self.reasons.iter().map(|reason| match language {
            Language::Ja => format!("  {}", reason.ja),
            Language::En => format!("  {}", reason.en),
        }));
        lines
    }
}
