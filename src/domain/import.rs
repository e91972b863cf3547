//! An import of readers: how duplicates are treated, what became of each row, where the whole stands.
//! Not the reading of files (transfer) and not the rows in the database (store/imports).

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::id::{ImportId, ListId};
use crate::domain::subscriber::Name;
use crate::domain::tag::TagName;

/// What happens to a reader who is on the list already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDuplicate {
    /// What the file says is taken over; its empty cells change nothing.
    #[default]
    Update,
    /// She stays as she is.
    Skip,
    /// What the file says stands: its empty cells empty the values of their columns.
    Replace,
}

impl OnDuplicate {
    pub const WORDS: [&'static str; 3] = ["update", "skip", "replace"];

    pub fn parse(word: &str) -> Option<OnDuplicate> {
        match word {
            "update" => Some(OnDuplicate::Update),
            "skip" => Some(OnDuplicate::Skip),
            "replace" => Some(OnDuplicate::Replace),
            _ => None,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            OnDuplicate::Update => "update",
            OnDuplicate::Skip => "skip",
            OnDuplicate::Replace => "replace",
        }
    }
}

/// How an import treats the people of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub list: ListId,
    pub on_duplicate: OnDuplicate,
    /// Who left the list comes back: the owner says that she has agreed anew.
    pub may_rejoin: bool,
    /// Whether the file has a column of tags, so that replacing takes tags away too.
    pub has_tags: bool,
}

/// One row of a file as a person. `None` and a missing key: the file has no such column.
#[derive(Clone, Debug)]
pub struct Newcomer {
    pub address: Address,
    pub key: String,
    pub name: Option<Name>,
    /// By key. A list and not a map: many thousands are held at once.
    pub fields: Vec<(String, String)>,
    pub tags: Vec<TagName>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Added,
    Updated,
    Skipped,
    /// On record as an address that gets no mails.
    Suppressed,
    /// She left the list herself or was taken off.
    Left,
}

/// How many rows met which fate; `rows` is the sum of the next four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: i64,
    pub added: i64,
    pub updated: i64,
    pub skipped: i64,
    pub rejected: i64,
    /// Values that could not be read in rows that were taken.
    pub values_refused: i64,
}

impl Counts {
    pub fn count(&mut self, fate: Fate) {
        self.rows += 1;
        match fate {
            Fate::Added => self.added += 1,
            Fate::Updated => self.updated += 1,
            Fate::Skipped => self.skipped += 1,
            Fate::Suppressed | Fate::Left => self.rejected += 1,
        }
    }

    pub fn reject(&mut self) {
        self.rows += 1;
        self.rejected += 1;
    }
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Pieces of the file are still to come.
    Uploading,
    /// The file is here; the owner looks at the preview.
    Ready,
    Running,
    Stopped,
    Finished,
    Undoing,
    Undone,
}

impl State {
    const ALL: [State; 7] = [
        State::Uploading,
        State::Ready,
        State::Running,
        State::Stopped,
        State::Finished,
        State::Undoing,
        State::Undone,
    ];

    pub fn word(self) -> &'static str {
        match self {
            State::Uploading => "uploading",
            State::Ready => "ready",
            State::Running => "running",
            State::Stopped => "stopped",
            State::Finished => "finished",
            State::Undoing => "undoing",
            State::Undone => "undone",
        }
    }

    pub fn parse(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Who reads the file: the tick out of our own folder, or a command out of the owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Web,
    Command,
}

impl Way {
    pub fn word(self) -> &'static str {
        match self {
            Way::Web => "web",
            Way::Command => "command",
        }
    }
}

/// One import.
#[derive(Clone, Debug)]
pub struct Import {
    pub id: ImportId,
    pub list: ListId,
    pub way: Way,
    pub file_name: String,
    pub state: State,
    pub size: i64,
    pub received: i64,
    /// JSON of transfer/plan; empty before the file was looked at.
    pub plan: String,
    pub at_byte: i64,
    pub errors_bytes: i64,
    pub counts: Counts,
    pub undone: i64,
    pub created_at: Instant,
    pub moved_at: Instant,
    pub finished_at: Option<Instant>,
}

/// What an import changed of a reader who was known: each with what was and what came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The state from which she was brought (back) onto the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub fields: std::collections::BTreeMap<String, (Option<String>, Option<String>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags_added: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags_taken: Vec<i64>,
}

impl Change {
    pub fn is_none(&self) -> bool {
        *self == Change::default()
    }
}
