//! How far an update is, in data/update/state.json: a file, since a new program may break the database.
//! Not what is counted while a new program is watched: guard/watch.

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::error::Result;
use crate::transfer::inbox::not_written;
use crate::update::files::{self, Place};

/// Entries of the history that are kept.
const HISTORY: usize = 30;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The owner does not want this version.
    pub held: Option<String>,
    /// She wants this one, now.
    pub wanted: Option<String>,
    /// What is being done.
    pub work: Option<Work>,
    /// What can be put back.
    pub previous: Option<Previous>,
    /// The latest is the last.
    pub history: Vec<Entry>,
}

/// An update on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub version: String,
    /// The manifest's number.
    pub number: i64,
    pub file: String,
    pub length: u64,
    pub sha256: String,
    pub step: Step,
    pub begun_at: Instant,
    /// Tries of this step that failed.
    #[serde(default)]
    pub tries: u32,
    #[serde(default)]
    pub trouble: String,
    /// Not before.
    #[serde(default)]
    pub again_at: Instant,
    /// The backup that was made for it, and when.
    #[serde(default)]
    pub backup: Option<String>,
    #[serde(default)]
    pub backup_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Fetching the file.
    Download,
    /// It is whole and right; the data is copied next, at the chosen hour.
    Copy,
    /// The new program is tried on the copy.
    Test,
    /// It passed; it is put in place next.
    Place,
    /// It runs and is watched.
    Watch,
}

impl Step {
    pub fn word(self) -> &'static str {
        match self {
            Step::Download => "download",
            Step::Copy => "copy",
            Step::Test => "test",
            Step::Place => "place",
            Step::Watch => "watch",
        }
    }
}

/// The program that the present one replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    pub version: String,
    /// The newest format of the database that it knows.
    pub format: i64,
    pub replaced_at: Instant,
    /// The backup of the data as they were then: a name in the folder of backups.
    pub backup: Option<String>,
}

/// What came of an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Instant,
    pub from: String,
    pub to: String,
    pub outcome: Outcome,
    #[serde(default)]
    pub why: String,
    /// The data had to go back as well, to the backup of this moment.
    #[serde(default)]
    pub data_from: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// In place; watched from now on.
    Installed,
    /// It ran well.
    Kept,
    /// It failed while it was watched, and the former one was put back.
    RolledBack,
    /// The owner put the former one back.
    PutBack,
    /// It did not pass its test on the copy.
    Refused,
    /// Nothing was changed: the fetching failed, or it was withdrawn meanwhile.
    GivenUp,
    /// Somebody put another program there.
    Replaced,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Installed => "installed",
            Outcome::Kept => "kept",
            Outcome::RolledBack => "rolled-back",
            Outcome::PutBack => "put-back",
            Outcome::Refused => "refused",
            Outcome::GivenUp => "given-up",
            Outcome::Replaced => "replaced",
        }
    }

    /// Whether this version must not be tried again by itself.
    fn is_failure(self) -> bool {
        matches!(self, Outcome::RolledBack | Outcome::PutBack | Outcome::Refused)
    }
}

impl State {
    /// What is known; nothing, if no update was ever begun. A file that cannot be read is begun anew: what runs is on
    /// the disk, and what was fetched is fetched again.
    pub fn read(place: &Place) -> State {
        let text = std::fs::read_to_string(place.state()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub fn write(&self, place: &Place) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|cause| crate::error::Error::fault("writing the state of the update", cause))?;
        files::write_durably(&place.state(), text.as_bytes()).map_err(not_written)
    }

    pub fn note(&mut self, entry: Entry) {
        self.history.push(entry);
        let over = self.history.len().saturating_sub(HISTORY);
        self.history.drain(..over);
    }

    /// What happened last to a version, if it failed here.
    pub fn failure_of(&self, version: &str) -> Option<&Entry> {
        let latest = self.history.iter().rev().find(|entry| entry.to == version)?;
        latest.outcome.is_failure().then_some(latest)
    }
}
