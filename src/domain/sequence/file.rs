//! A sequence as a file (`neo sequence import|export`).
//! Not its rows: the command reads and writes them.

use serde::{Deserialize, Serialize};

use crate::domain::calendar::TimeOfDay;
use crate::domain::condition::{Condition, Which};
use crate::domain::id::MessageId;
use crate::domain::sequence::{Action, Options, Rejoin, Start, Timing};
use crate::error::{Error, Result};
use crate::texts::errors;

/// A sequence as a file. Of a plain one, only name, list, start and steps are there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceFile {
    pub name: String,
    pub list: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub start: Start,
    #[serde(default, skip_serializing_if = "is_default")]
    pub rejoin: Rejoin,
    #[serde(default, skip_serializing_if = "is_default")]
    pub backfill_days: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub keeps_closed_days: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_occurrences: Option<i64>,
    pub steps: Vec<StepFile>,
}

/// One step of a [`SequenceFile`]: `after_days` and `at`, or `when`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_days: Option<i64>,
    /// `HH:MM` in the site's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<TimeOfDay>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Timing>,
    /// Who gets it; of `opened` and `clicked`, message -2 is the mail of the second step of this file.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// `mail`, `wait` (for the owner) or `lead` (only leads somewhere).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub then: GoFile,
    #[serde(default, rename = "else", skip_serializing_if = "is_default")]
    pub otherwise: GoFile,
    /// Of a step without a mail: what the owner calls it.
    pub subject: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub html: String,
}

/// Where a step leads, in a file: a step by its place in the file (the first is 1), a sequence by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GoFile {
    #[default]
    Next,
    End,
    Step(usize),
    Sequence(String),
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl SequenceFile {
    pub fn options(&self) -> Result<Options> {
        Ok(Options {
            start: self.start.clone().check()?,
            rejoin: self.rejoin,
            backfill_days: self.backfill_days,
            keeps_closed_days: self.keeps_closed_days,
            most_occurrences: self.most_occurrences.unwrap_or(Options::default().most_occurrences),
        })
    }
}

impl StepFile {
    /// Whether it is for everybody and leads on to the next.
    pub fn is_plain(&self) -> bool {
        self.then == GoFile::Next && self.otherwise == GoFile::Next && self.condition.is_none()
    }

    pub fn timing(&self, start: &Start) -> Result<Timing> {
        let timing = match (&self.when, self.after_days, self.at) {
            (Some(when), None, None) => when.clone(),
            (None, Some(days), Some(at)) => Timing::AfterStart { days, at },
            _ => return Err(Error::invalid(errors::STEP_NEEDS_ONE_TIMING).with("name", self.subject.clone())),
        };
        timing.check(start)
    }

    pub fn action(&self) -> Result<Action> {
        let word = if self.action.is_empty() { Action::Mail.word() } else { &self.action };
        Action::parse(word).ok_or_else(|| {
            Error::invalid(errors::JSON_NOT_VALID).with("why", format!("action: {}", self.action))
        })
    }

    /// The timing as the file says it: a day and an hour as ever, all else by `when`.
    pub fn say_timing(timing: &Timing) -> (Option<i64>, Option<TimeOfDay>, Option<Timing>) {
        match timing {
            Timing::AfterStart { days, at } => (Some(*days), Some(*at), None),
            other => (None, None, Some(other.clone())),
        }
    }
}

/// The condition with every mail that it names given to `change`.
pub fn with_messages(
    condition: &Condition,
    change: &impl Fn(MessageId) -> Result<MessageId>,
) -> Result<Condition> {
    let all = |parts: &[Condition]| -> Result<Vec<Condition>> {
        parts.iter().map(|part| with_messages(part, change)).collect()
    };
    Ok(match condition {
        Condition::All(parts) => Condition::All(all(parts)?),
        Condition::Any(parts) => Condition::Any(all(parts)?),
        Condition::Not(part) => Condition::Not(Box::new(with_messages(part, change)?)),
        Condition::Opened(Which::Message(id)) => Condition::Opened(Which::Message(change(*id)?)),
        Condition::Clicked(Which::Message(id)) => Condition::Clicked(Which::Message(change(*id)?)),
        other => other.clone(),
    })
}
