//! A sequence (ステップメール): steps on days after joining.
//! Not its readers' rows and not its sending.

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::domain::calendar::{self, TimeOfDay};
use crate::domain::id::{ListId, MessageId, SequenceId, StepId};
use crate::error::{Error, Result};
use crate::texts::errors;

/// A stored sequence.
#[derive(Clone, Debug)]
pub struct Sequence {
    pub id: SequenceId,
    pub name: String,
    pub title: String,
    pub list: ListId,
}

/// A stored step: a message some civil days after the start.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: StepId,
    pub after_days: i64,
    pub at: TimeOfDay,
    pub message: MessageId,
    pub created_at: Instant,
}

impl Step {
    /// Its place in the order of steps: minutes after midnight of the first day.
    pub fn offset(&self) -> i64 {
        self.after_days * 1440 + self.at.minutes()
    }
}

/// What comes next for a reader who is past the step at `done_offset` (number `done_step`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This step is due at this instant.
    Step { index: usize, due: Instant },
    /// No step is left (until one is added).
    Nothing,
}

/// Finds the next step: the first after the one behind her whose moment had not passed when the step was added.
pub fn next_step(
    steps: &[Step],
    start: Instant,
    done_offset: i64,
    done_step: i64,
    zone: chrono_tz::Tz,
) -> Next {
    steps
        .iter()
        .enumerate()
        .filter(|(_, step)| (step.offset(), step.id.0) > (done_offset, done_step))
        .map(|(index, step)| (index, due(start, step.after_days, step.at, zone), step.created_at))
        .find(|(_, due, created_at)| due >= created_at)
        .map_or(Next::Nothing, |(index, due, _)| Next::Step { index, due })
}

/// The longest title of a sequence, in characters.
pub const LONGEST_TITLE: usize = 100;

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

/// The furthest day of a step after the start.
pub const FURTHEST_DAY: i64 = 3660;

/// When a step is due: `after_days` civil days after the start's day at `at` in the site's time zone, but never
/// before the start itself: a day-0 step whose hour has passed goes at once.
pub fn due(start: Instant, after_days: i64, at: TimeOfDay, zone: chrono_tz::Tz) -> Instant {
    calendar::on_day_after(start, after_days, at, zone).max(start)
}

/// A sequence as a file (`neo sequence import|export`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceFile {
    pub name: String,
    pub list: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub start: Start,
    pub steps: Vec<StepFile>,
}

/// What starts a reader's way through a sequence.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    pub on: StartOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartOn {
    Join,
}

/// One step of a [`SequenceFile`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    pub after_days: i64,
    /// `HH:MM` in the site's time zone.
    pub at: String,
    pub subject: String,
    pub text: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub html: String,
}

/// Checks a step's day; the hour is checked by [`TimeOfDay::parse`].
pub fn parse_day(after_days: i64) -> Result<i64> {
    if (0..=FURTHEST_DAY).contains(&after_days) {
        Ok(after_days)
    } else {
        Err(Error::invalid(errors::STEP_DAY_NOT_VALID)
            .with("limit", FURTHEST_DAY.to_string())
            .on("after_days"))
    }
}
