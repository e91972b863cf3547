//! What can be written into the release log, and the shapes of it. Not the chain that holds it: entry.rs.
//!
//! The log is the only record: all that the gate knows of candidates, checks, signers and rollouts is read from it.

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::judge::Group;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// Nothing but a sign of life: the machine counted on (by `release watch` from cron).
    Beat,
    /// This database plays; what it publishes is for installs that trust rehearsal keys.
    Rehearsal,
    /// A candidate, and the start of its clock; `changed` says what differs from the round before.
    Opened {
        candidate: Candidate,
        plan_path: String,
        #[serde(default)]
        changed: Vec<String>,
    },
    /// A byte changed and no new round could begin by itself.
    Changed {
        version: String,
        what: Vec<String>,
    },
    Checked(Checked),
    /// Why a check failed once although it passes now.
    Explained {
        version: String,
        entry: i64,
        by: String,
        says: String,
    },
    SignerAdded {
        name: String,
        key: String,
    },
    SignerRevoked {
        name: String,
        why: String,
    },
    Signed {
        version: String,
        name: String,
        statement: String,
        signature: String,
    },
    /// A site of the vendor's own, whose list is served by candidates.
    OwnSiteAdded {
        site: String,
    },
    OwnSiteRemoved {
        site: String,
    },
    Canary(Canary),
    /// Somebody asked to publish.
    Asked {
        version: String,
    },
    Refused {
        version: String,
        reasons: Vec<u16>,
    },
    Published {
        version: String,
    },
    /// Withdrawn for good.
    Halted {
        version: String,
        why: String,
    },
    /// The next step; with the figures of the sites that were not offered it so far.
    Rollout {
        version: String,
        permille: u16,
        automatic: bool,
        others: Group,
    },
    /// The rollout stopped itself.
    Stopped {
        version: String,
        permille: u16,
        why: String,
    },
    Resumed {
        version: String,
        by: String,
        says: String,
    },
}

/// What is to be released: exactly these bytes, by this plan, with these words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub version: String,
    pub security: bool,
    pub notes_ja: String,
    pub notes_en: String,
    pub artefacts: Vec<Artefact>,
    /// SHA-256 of the plan's bytes.
    pub plan: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    pub target: String,
    /// Where it was opened from; it is looked at again before each step.
    pub path: String,
    pub length: u64,
    pub sha256: String,
}

/// One check that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub version: String,
    /// [`Candidate::id`] of what was looked at.
    pub candidate: String,
    pub day: i64,
    pub name: String,
    pub passed: bool,
    /// The command as it was run; empty for what a person looked at.
    #[serde(default)]
    pub run: Vec<String>,
    #[serde(default)]
    pub artefact: String,
    #[serde(default)]
    pub exit: Option<i32>,
    /// `time` or `output` if it was cut off, `start` if it could not be started, or the signal's number.
    #[serde(default)]
    pub cut_off: Option<String>,
    #[serde(default)]
    pub seconds: i64,
    /// SHA-256 of the kept output.
    #[serde(default)]
    pub output: Option<String>,
    /// How much it wrote in all.
    #[serde(default)]
    pub output_length: u64,
    #[serde(default)]
    pub by: String,
    #[serde(default)]
    pub says: String,
}

/// What one of the vendor's own sites answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    pub site: String,
    /// The version it runs; empty if it did not answer as a site does.
    pub version: String,
    /// SHA-256 of the program that it runs, if it says so.
    #[serde(default)]
    pub program: Option<String>,
    /// The time by the other machine's clock (HTTP `Date`).
    #[serde(default)]
    pub their_time: Option<i64>,
    /// SHA-256 of the kept answer.
    #[serde(default)]
    pub answer: Option<String>,
}

impl Event {
    /// The version it is about.
    pub fn version(&self) -> Option<&str> {
        match self {
            Event::Opened { candidate, .. } => Some(&candidate.version),
            Event::Checked(checked) => Some(&checked.version),
            Event::Changed { version, .. }
            | Event::Explained { version, .. }
            | Event::Signed { version, .. }
            | Event::Asked { version }
            | Event::Refused { version, .. }
            | Event::Published { version }
            | Event::Halted { version, .. }
            | Event::Rollout { version, .. }
            | Event::Stopped { version, .. }
            | Event::Resumed { version, .. } => Some(version),
            Event::Beat
            | Event::Rehearsal
            | Event::SignerAdded { .. }
            | Event::SignerRevoked { .. }
            | Event::OwnSiteAdded { .. }
            | Event::OwnSiteRemoved { .. }
            | Event::Canary(_) => None,
        }
    }
}

impl Candidate {
    /// Stands for every byte of it: version, words, artefacts, plan. Paths are not part of it.
    pub fn id(&self) -> String {
        let security = if self.security { "security" } else { "" };
        let mut parts: Vec<&str> =
            vec!["neo-candidate", &self.version, security, &self.notes_ja, &self.notes_en, &self.plan];
        let lengths: Vec<String> = self.artefacts.iter().map(|each| each.length.to_string()).collect();
        for (artefact, length) in self.artefacts.iter().zip(&lengths) {
            parts.extend([artefact.target.as_str(), artefact.sha256.as_str(), length.as_str()]);
        }
        hash(&parts)
    }

    /// What differs from `other`, by name.
    pub fn differs_from(&self, other: &Candidate) -> Vec<String> {
        let mut changed = Vec::new();
        if self.plan != other.plan {
            changed.push("plan".to_string());
        }
        let words = |one: &Candidate| (one.notes_ja.clone(), one.notes_en.clone(), one.security);
        if words(self) != words(other) {
            changed.push("notes".to_string());
        }
        let bytes = |one: &Candidate, target: &str| {
            one.artefacts
                .iter()
                .find(|each| each.target == target)
                .map(|each| (each.sha256.clone(), each.length))
        };
        let mut targets: Vec<&str> =
            self.artefacts.iter().chain(&other.artefacts).map(|each| each.target.as_str()).collect();
        targets.sort_unstable();
        targets.dedup();
        changed.extend(
            targets
                .into_iter()
                .filter(|target| bytes(self, target) != bytes(other, target))
                .map(str::to_string),
        );
        changed
    }
}

/// SHA-256 in hexadecimal over parts that cannot run into each other: each goes after its length.
pub fn hash(parts: &[&str]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(&(parts.len() as u64).to_le_bytes());
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part.as_bytes());
    }
    data_encoding::HEXLOWER.encode(context.finish().as_ref())
}
