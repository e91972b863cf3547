//! What a signer signs: one candidate, byte for byte, and the log up to here. Not who may sign: gate.rs.
//!
//! It is a text of one line, so that a person can carry it to a machine of her own, read it there and sign it there.

use serde::{Deserialize, Serialize};

use super::entry::Head;
use super::event::{Artefact, Candidate};
use super::history::Release;

/// Keeps this signature from being one of anything else.
pub const PURPOSE: &str = "neo-release-statement";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub version: String,
    /// [`Candidate::id`].
    pub candidate: String,
    pub security: bool,
    pub artefacts: Vec<StatedArtefact>,
    pub plan: String,
    pub opened: i64,
    pub opened_at: i64,
    /// When it was made, by the vendor's clock: the signer's own machine looks whether hers agrees.
    pub at: i64,
    /// The log's end: all checks up to it are signed for with it.
    pub log: Head,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedArtefact {
    pub target: String,
    pub length: u64,
    pub sha256: String,
}

impl Statement {
    pub fn of(release: &Release, at: i64, log: Head) -> Statement {
        let Candidate { version, security, artefacts, plan, .. } = release.candidate.clone();
        let stated = |Artefact { target, length, sha256, .. }| StatedArtefact { target, length, sha256 };
        Statement {
            version,
            candidate: release.candidate.id(),
            security,
            artefacts: artefacts.into_iter().map(stated).collect(),
            plan,
            opened: release.opened,
            opened_at: release.opened_at,
            at,
            log,
        }
    }

    pub fn read(text: &str) -> Option<Statement> {
        serde_json::from_str(text).ok()
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether it speaks of this round of this candidate.
    pub fn is_about(&self, release: &Release) -> bool {
        *self == Statement::of(release, self.at, self.log.clone())
    }
}
