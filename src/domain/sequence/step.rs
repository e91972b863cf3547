//! A step: when it is due, under which condition, what it does, and where it leads.
//! Not the content of its mail (message) and not who has passed it (progress).

use crate::clock::Instant;
use crate::domain::condition::Condition;
use crate::domain::id::{MessageId, SequenceId, StepId};
use crate::domain::sequence::timing::Timing;

/// A stored step.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: StepId,
    /// Its place in the order of steps.
    pub position: i64,
    pub timing: Timing,
    /// What must hold at its moment; `None`: it is for everybody.
    pub condition: Option<Condition>,
    /// A mail's content; of other steps the subject is what the owner calls them.
    pub message: MessageId,
    pub action: Action,
    /// Where it leads when it was done.
    pub then: Go,
    /// Where it leads when its condition did not hold.
    pub otherwise: Go,
    /// When it was put where it is: who was past its place or moment by then does not get it …
    pub since: Instant,
    /// … unless it is also for those.
    pub reaches_past: bool,
}

/// What a step is to be, before it has its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub timing: Timing,
    pub condition: Option<Condition>,
    pub message: MessageId,
    pub action: Action,
    pub then: Go,
    pub otherwise: Go,
}

impl Draft {
    /// A mail that leads on to the next step.
    pub fn mail(timing: Timing, message: MessageId) -> Draft {
        Draft { timing, condition: None, message, action: Action::Mail, then: Go::Next, otherwise: Go::Next }
    }
}

/// What a step does at its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Mail,
    /// She waits until the owner says go on.
    Wait,
    /// Only leads somewhere.
    Lead,
}

impl Action {
    pub const ALL: [Action; 3] = [Action::Mail, Action::Wait, Action::Lead];

    pub fn word(self) -> &'static str {
        match self {
            Action::Mail => "mail",
            Action::Wait => "wait",
            Action::Lead => "lead",
        }
    }

    pub fn parse(word: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.word() == word)
    }
}

/// Where a step leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Go {
    /// To the next in order.
    #[default]
    Next,
    /// To a later step; those between are behind her.
    Step(StepId),
    /// Out of this sequence and into the beginning of another of the same list.
    Sequence(SequenceId),
    /// Out.
    End,
}

impl Go {
    /// `next`, `end`, `step:7`, `sequence:3`.
    pub fn word(self) -> String {
        match self {
            Go::Next => "next".to_string(),
            Go::End => "end".to_string(),
            Go::Step(id) => format!("step:{id}"),
            Go::Sequence(id) => format!("sequence:{id}"),
        }
    }

    pub fn parse(word: &str) -> Option<Go> {
        match word.split_once(':') {
            Some(("step", id)) => id.parse().ok().map(Go::Step),
            Some(("sequence", id)) => id.parse().ok().map(Go::Sequence),
            Some(_) => None,
            None if word == "end" => Some(Go::End),
            None => (word == "next").then_some(Go::Next),
        }
    }
}
