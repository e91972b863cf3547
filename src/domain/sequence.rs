//! A sequence (ステップメール): how a reader comes in, which steps she passes when, and what an edit means for who is inside.
//! Not its readers' rows (store) and not its sending (mail/due).

mod edit;
mod file;
mod graph;
mod progress;
mod start;
mod step;
mod timing;

pub use edit::{GAP, MOST_STEPS, Place, Reach, place_by_day, position_between};
pub use file::{GoFile, SequenceFile, StepFile, with_messages};
pub use graph::{check_jumps, find_loop};
pub use progress::{Done, LATE, Next, Planned, Progress, Standing, World, plan, plan_until};
pub use start::{Birthdays, Rejoin, Start, StartOn, Undated, WAYS, date_in};
pub use step::{Action, Draft, Go, Step};
pub use timing::{FURTHEST_DAY, Timing, Unit, Weekdays};

use crate::clock::Instant;
use crate::domain::id::{ListId, SequenceId};
use crate::error::{Error, Result};
use crate::texts::errors;

/// A stored sequence.
#[derive(Clone, Debug)]
pub struct Sequence {
    pub id: SequenceId,
    pub name: String,
    pub title: String,
    pub list: ListId,
    pub options: Options,
    /// Since when all its readers stand still.
    pub paused_at: Option<Instant>,
    /// Why the program itself paused it; empty when the owner did.
    pub paused_why: String,
    /// Seconds by which all clocks were moved on by pauses.
    pub shift: i64,
}

/// What the owner chooses for a sequence as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub start: Start,
    pub rejoin: Rejoin,
    /// Steps whose day lies at most so many days before she came in still go.
    pub backfill_days: i64,
    /// Whether what falls on a closed day waits for the next open one.
    pub keeps_closed_days: bool,
    /// How often one reader may go through it at most; what would exceed it does not begin.
    pub most_occurrences: i64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            start: Start::join(),
            rejoin: Rejoin::Restart,
            backfill_days: 0,
            keeps_closed_days: false,
            most_occurrences: 100,
        }
    }
}

impl Options {
    /// Refuses what is out of range.
    pub fn check(self) -> Result<Options> {
        if !(0..=WIDEST_BACKFILL).contains(&self.backfill_days) {
            return Err(Error::invalid(errors::BACKFILL_NOT_VALID)
                .with("limit", WIDEST_BACKFILL.to_string())
                .on("backfill_days"));
        }
        if !(1..=MOST_OCCURRENCES).contains(&self.most_occurrences) {
            return Err(Error::invalid(errors::OCCURRENCES_NOT_VALID)
                .with("limit", MOST_OCCURRENCES.to_string())
                .on("most_occurrences"));
        }
        Ok(Options { start: self.start.check()?, ..self })
    }
}

/// The longest title of a sequence, in characters.
pub const LONGEST_TITLE: usize = 100;
/// The widest back-fill window, in days.
pub const WIDEST_BACKFILL: i64 = 366;
/// The most occurrences that can be chosen.
pub const MOST_OCCURRENCES: i64 = 1000;

/// Checks a sequence's title: one line, not empty.
pub fn parse_title(typed: &str) -> Result<String> {
    let title = typed.trim();
    let length = title.chars().count();
    match (1..=LONGEST_TITLE).contains(&length) && !title.chars().any(char::is_control) {
        true => Ok(title.to_string()),
        false => Err(Error::invalid(errors::SEQUENCE_TITLE_NOT_VALID)
            .with("limit", LONGEST_TITLE.to_string())
            .on("title")),
    }
}
