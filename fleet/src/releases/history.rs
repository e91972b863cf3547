//! What the release log tells, put together: candidates, their checks and signatures, signers, rollouts.
//! Not a judgement: gate.rs and rollout.rs judge. Not where the log is kept: store/releases.rs.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::Entry;
use super::event::{Canary, Candidate, Checked, Event};
use super::judge::Group;

/// All that was ever recorded, by what it is about.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub releases: BTreeMap<String, Release>,
    pub signers: Vec<Signer>,
    pub own_sites: BTreeSet<String>,
    pub answers: Vec<Answer>,
    pub is_rehearsal: bool,
    /// The hash of each entry.
    pub hashes: BTreeMap<i64, String>,
    /// The versions that were published, oldest first.
    pub published: Vec<String>,
    /// When, and with which entry, what the manifest says changed last.
    pub manifest_changed: Option<(i64, i64)>,
}

/// One version: the present round of its candidate, and what became of it.
#[derive(Clone, Debug)]
pub struct Release {
    pub candidate: Candidate,
    pub plan_path: String,
    /// The entry with which this round began.
    pub opened: i64,
    pub opened_at: i64,
    /// How often its clock was started.
    pub rounds: u32,
    /// Each time that it began again: when, and what had changed.
    pub restarts: Vec<(i64, Vec<String>)>,
    /// A byte changed and no new round has begun since.
    pub changed: Option<Vec<String>>,
    pub checks: Vec<Recorded>,
    /// Entries of failed checks that somebody explained.
    pub explained: BTreeMap<i64, (String, String)>,
    pub signatures: Vec<Signature>,
    pub published_at: Option<i64>,
    pub halted: Option<(i64, String)>,
    pub steps: Vec<Step>,
    /// The rollout stopped itself: when and why.
    pub stopped: Option<(i64, String)>,
    /// Since when the rollout may count its figures anew, after somebody let it go on.
    pub resumed_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub number: i64,
    pub at: i64,
    pub checked: Checked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub number: i64,
    pub at: i64,
    pub name: String,
    pub statement: String,
    pub signature: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub name: String,
    pub key: String,
    /// The entry with which she was registered.
    pub number: i64,
    pub at: i64,
    pub revoked_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub number: i64,
    pub at: i64,
    pub canary: Canary,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: i64,
    pub permille: u16,
    pub automatic: bool,
    /// The sites that were not offered it before this step.
    pub others: Group,
}

impl History {
    /// Reads a log from its beginning. Entries that say nothing readable are left out: the gate sees them as flaws.
    pub fn of(entries: &[Entry]) -> History {
        let mut history = History::default();
        for entry in entries {
            history.hashes.insert(entry.number, entry.hash.clone());
            if let Some(event) = entry.event() {
                history.take(entry, event);
            }
        }
        history
    }

    /// Whoever has this name and may sign now.
    pub fn signer(&self, name: &str) -> Option<&Signer> {
        self.signers.iter().find(|signer| same_name(&signer.name, name) && signer.revoked_at.is_none())
    }

    fn take(&mut self, entry: &Entry, event: Event) {
        let (number, at) = (entry.number, entry.moment.at);
        if changes_manifest(&event) {
            self.manifest_changed = Some((number, at));
        }
        match event {
            Event::Rehearsal => self.is_rehearsal = true,
            Event::Opened { candidate, plan_path, changed } => {
                self.open(number, at, candidate, plan_path, changed);
            }
            Event::SignerAdded { name, key } => {
                self.signers.push(Signer { name, key, number, at, revoked_at: None });
            }
            Event::SignerRevoked { name, .. } => {
                for signer in self.signers.iter_mut().filter(|signer| same_name(&signer.name, &name)) {
                    signer.revoked_at.get_or_insert(at);
                }
            }
            Event::OwnSiteAdded { site } => {
                self.own_sites.insert(site);
            }
            Event::OwnSiteRemoved { site } => {
                self.own_sites.remove(&site);
            }
            // What a site answered before it was named as one's own does not count.
            Event::Canary(canary) => {
                if self.own_sites.contains(&canary.site) {
                    self.answers.push(Answer { number, at, canary });
                }
            }
            Event::Beat | Event::Asked { .. } | Event::Refused { .. } => {}
            other => {
                if let Event::Published { version } = &other {
                    self.published.push(version.clone());
                }
                let release = other.version().and_then(|version| self.releases.get_mut(version));
                if let Some(release) = release {
                    release.take(number, at, other);
                }
            }
        }
    }

    fn open(&mut self, number: i64, at: i64, candidate: Candidate, plan_path: String, changed: Vec<String>) {
        let before = self.releases.remove(&candidate.version);
        let (mut restarts, rounds) =
            before.map_or((Vec::new(), 0), |release| (release.restarts, release.rounds));
        if rounds > 0 {
            restarts.push((at, changed));
        }
        let version = candidate.version.clone();
        let release = Release {
            candidate,
            plan_path,
            opened: number,
            opened_at: at,
            rounds: rounds + 1,
            restarts,
            changed: None,
            checks: Vec::new(),
            explained: BTreeMap::new(),
            signatures: Vec::new(),
            published_at: None,
            halted: None,
            steps: Vec::new(),
            stopped: None,
            resumed_at: None,
        };
        self.releases.insert(version, release);
    }
}

impl Release {
    /// What the manifest offers: the share of sites, in thousandths.
    pub fn permille(&self) -> u16 {
        self.steps.last().map_or(0, |step| step.permille)
    }

    fn take(&mut self, number: i64, at: i64, event: Event) {
        match event {
            Event::Changed { what, .. } => self.changed = Some(what),
            Event::Checked(checked) => self.checks.push(Recorded { number, at, checked }),
            Event::Explained { entry, by, says, .. } => {
                self.explained.insert(entry, (by, says));
            }
            Event::Signed { name, statement, signature, .. } => {
                self.signatures.push(Signature { number, at, name, statement, signature });
            }
            Event::Published { .. } => self.published_at = Some(at),
            Event::Halted { why, .. } => self.halted = Some((at, why)),
            Event::Rollout { permille, automatic, others, .. } => {
                self.steps.push(Step { at, permille, automatic, others });
            }
            Event::Stopped { why, .. } => self.stopped = Some((at, why)),
            Event::Resumed { .. } => {
                self.stopped = None;
                self.resumed_at = Some(at);
            }
            _ => {}
        }
    }
}

/// Names are the same however they are spaced and whether they are in capitals.
pub fn same_name(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

fn fold(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn changes_manifest(event: &Event) -> bool {
    matches!(
        event,
        Event::Published { .. }
            | Event::Halted { .. }
            | Event::Rollout { .. }
            | Event::Stopped { .. }
            | Event::Resumed { .. }
    )
}
