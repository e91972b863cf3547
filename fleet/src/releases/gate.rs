//! The gate: from recorded facts to every reason why a candidate cannot be published now. A pure function; not the
//! gathering of the facts: facts.rs.
//!
//! Nothing here asks whether a release is urgent. A security fix passes the same gate: it can only withdraw a release.

use std::collections::BTreeSet;

use neo::link::update::is_newer;

use super::canary;
use super::day::Day;
use super::entry::Flaw;
use super::evidence::Trick;
use super::history::{History, Recorded, Release, Signature, Signer, same_name};
use super::person;
use super::plan::Plan;
use super::reason::Reason;
use super::statement::Statement;

const DAY: i64 = 86_400;
/// How many different people sign.
const SIGNERS: usize = 2;

/// All that the gate looks at.
#[derive(Clone, Debug)]
pub struct Facts {
    pub version: String,
    pub now: i64,
    pub history: History,
    pub flaw: Option<Flaw>,
    /// Clock tricks since this round began.
    pub tricks: Vec<Trick>,
    /// Time that the machines have counted since this round began.
    pub proven: i64,
    pub outside: Outside,
}

/// What is seen outside of the log.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// The plan as it is kept, if it is the recorded one and can be read.
    pub plan: Option<Plan>,
    /// Files that were opened and have other bytes now.
    pub changed: Vec<String>,
    /// Kept artefacts, plans and outputs that are gone or have other bytes.
    pub damaged: Vec<String>,
    /// The number of the manifest that is out, and of the last one that this database made.
    pub published_number: Option<i64>,
    pub known_number: i64,
    /// Somebody asked to play, so what is published is for rehearsal keys only.
    pub is_rehearsing: bool,
    pub has_release_key: bool,
}

/// Every reason why this version cannot be published now; none: it can.
pub fn reasons(facts: &Facts) -> Vec<Reason> {
    let mut reasons = Vec::new();
    reasons.extend(facts.flaw.clone().map(Reason::Log));
    reasons.extend(of_database(facts));
    let Some(release) = facts.history.releases.get(&facts.version) else {
        reasons.push(Reason::NotOpened);
        return reasons;
    };
    reasons.extend(of_state(facts, release));
    reasons.extend(of_bytes(facts, release));
    reasons.extend(of_time(facts, release));
    reasons.extend(of_checks(facts, release));
    reasons.extend(of_signatures(facts, release));
    reasons.extend(canary::reasons(&facts.history, release, facts.now));
    reasons
}

/// The days of the plan, or the seven promised if there is no plan to read.
pub fn days(plan: Option<&Plan>) -> i64 {
    plan.map_or(super::plan::DAYS, Plan::length)
}

/// The first second after the last full day.
pub fn earliest(opened_at: i64, days: i64) -> i64 {
    Day::of(opened_at).plus(days + 1).start().max(opened_at + days * DAY)
}

fn of_database(facts: &Facts) -> Vec<Reason> {
    let known = facts.outside.known_number;
    let mut reasons = Vec::new();
    if facts.history.is_rehearsal && !facts.outside.is_rehearsing {
        reasons.push(Reason::RehearsalDatabase);
    }
    if let Some(published) = facts.outside.published_number.filter(|published| *published > known) {
        reasons.push(Reason::PublicationAhead { published, known });
    }
    if !facts.outside.has_release_key {
        reasons.push(Reason::NoReleaseKey);
    }
    reasons
}

fn of_state(facts: &Facts, release: &Release) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let Some((_, why)) = &release.halted {
        reasons.push(Reason::Withdrawn { why: why.clone() });
    }
    if release.published_at.is_some() {
        reasons.push(Reason::AlreadyPublished);
    }
    let newer = |other: &&String| **other != facts.version && !is_newer(&facts.version, other);
    if let Some(newest) = facts.history.published.iter().rev().find(newer) {
        reasons.push(Reason::NotNewer { newest: newest.clone() });
    }
    reasons
}

fn of_bytes(facts: &Facts, release: &Release) -> Vec<Reason> {
    let outside = &facts.outside;
    let changed = release.changed.iter().flatten().chain(&outside.changed);
    let changed: BTreeSet<&String> = changed.collect();
    let mut reasons: Vec<Reason> =
        changed.into_iter().map(|what| Reason::BytesChanged { what: what.clone() }).collect();
    reasons.extend(outside.damaged.iter().map(|what| Reason::StoreDamaged { what: what.clone() }));
    if outside.plan.is_none() {
        reasons.push(Reason::PlanNotValid);
    }
    reasons
}

/// Full days are counted three ways, and each must hold: seven times 24 hours by the wall clock; seven calendar days in
/// Asia/Tokyo from midnight to midnight, so that a day is one for everybody; and the time that the machine itself has
/// counted, which cannot be set.
fn of_time(facts: &Facts, release: &Release) -> Vec<Reason> {
    let need = days(facts.outside.plan.as_ref());
    let mut reasons: Vec<Reason> = facts.tricks.iter().cloned().map(Reason::Clock).collect();
    let left = release.opened_at + need * DAY - facts.now;
    if left > 0 {
        reasons.push(Reason::FullDays { need, left });
    }
    let until = Day::of(release.opened_at).plus(need + 1).start();
    if facts.now < until {
        reasons.push(Reason::CalendarDays { need, until });
    }
    if facts.proven < need * DAY {
        reasons.push(Reason::ProvenTime { need: need * DAY, proven: facts.proven });
    }
    let have = checked_days(release, facts.now);
    if have < need {
        reasons.push(Reason::CheckedDays { need, have });
    }
    reasons
}

/// On how many full days something of the plan was checked. Checking all on the last day is no week of checks.
pub fn checked_days(release: &Release, now: i64) -> i64 {
    let (first, today) = (Day::of(release.opened_at), Day::of(now));
    let days: BTreeSet<Day> = release.checks.iter().map(|recorded| Day::of(recorded.at)).collect();
    let full = days.into_iter().filter(|day| *day > first && *day < today);
    i64::try_from(full.count()).unwrap_or(0)
}

fn of_checks(facts: &Facts, release: &Release) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let id = release.candidate.id();
    for Recorded { number, at, checked } in &release.checks {
        let (day, name, entry) = (checked.day, checked.name.clone(), *number);
        if checked.candidate != id {
            reasons.push(Reason::CheckOfOtherBytes { entry });
        }
        if *at < Day::of(release.opened_at).plus(day).start() {
            reasons.push(Reason::CheckTooEarly { day, name: name.clone(), entry });
        }
        if !checked.passed && !release.explained.contains_key(number) {
            reasons.push(Reason::FailureUnexplained { day, name, entry });
        }
    }
    let Some(plan) = &facts.outside.plan else { return reasons };
    for day in &plan.days {
        for check in &day.checks {
            match latest(release, day.number, &check.name) {
                None => reasons.push(Reason::CheckMissing { day: day.number, name: check.name.clone() }),
                Some(recorded) if !recorded.checked.passed => reasons.push(Reason::CheckFailed {
                    day: day.number,
                    name: check.name.clone(),
                    entry: recorded.number,
                }),
                Some(_) => {}
            }
        }
    }
    reasons
}

/// The last time that this was checked in this round.
pub fn latest<'r>(release: &'r Release, day: i64, name: &str) -> Option<&'r Recorded> {
    release.checks.iter().rev().find(|recorded| recorded.checked.day == day && recorded.checked.name == name)
}

fn of_signatures(facts: &Facts, release: &Release) -> Vec<Reason> {
    signature_reasons(&facts.history, release)
}

/// What is missing of the two signatures.
pub fn signature_reasons(history: &History, release: &Release) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut signed: BTreeSet<&str> = BTreeSet::new();
    // Of each person the last one counts: who signed too early signs again.
    let mut seen: Vec<&str> = Vec::new();
    for signature in release.signatures.iter().rev() {
        if seen.iter().any(|name| same_name(name, &signature.name)) {
            continue;
        }
        seen.push(&signature.name);
        match counts(history, release, signature) {
            Ok(signer) => {
                signed.insert(signer.key.as_str());
            }
            Err(reason) => reasons.push(reason),
        }
    }
    if signed.len() < SIGNERS {
        reasons.push(Reason::SignaturesMissing { have: i64::try_from(signed.len()).unwrap_or(0) });
    }
    reasons
}

/// Whose signature it is, if it counts.
pub fn counts<'h>(
    history: &'h History,
    release: &Release,
    signature: &Signature,
) -> Result<&'h Signer, Reason> {
    let name = signature.name.clone();
    let Some(signer) = history.signers.iter().rev().find(|signer| same_name(&signer.name, &name)) else {
        return Err(Reason::SignerUnknown { name });
    };
    if signer.revoked_at.is_some() {
        return Err(Reason::SignerRevoked { name });
    }
    // Nobody invents a second person on the day of the release: she has been on the board for the whole week.
    if signer.number > release.opened {
        return Err(Reason::SignerTooNew { name });
    }
    if !person::verify(&signer.key, &signature.statement, &signature.signature) {
        return Err(Reason::SignatureNotValid { name });
    }
    // The log that she signed is the log: who writes another one has to have it signed anew.
    let is_ours = |statement: &Statement| {
        statement.is_about(release) && history.hashes.get(&statement.log.number) == Some(&statement.log.hash)
    };
    let Some(statement) = Statement::read(&signature.statement).filter(is_ours) else {
        return Err(Reason::SignatureOfOtherBytes { name });
    };
    let after = release.checks.iter().find(|recorded| recorded.number > statement.log.number);
    match after {
        Some(recorded) => Err(Reason::SignatureBeforeCheck { name, entry: recorded.number }),
        None => Ok(signer),
    }
}
