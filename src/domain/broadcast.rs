//! A broadcast (配信): one message to all confirmed readers of a list.
//! Not its rows and not its sending.

use crate::clock::Instant;
use crate::domain::id::MessageId;

/// Where a broadcast stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Draft,
    /// Waits for its time.
    Scheduled,
    /// Started: its audience is written down in chunks, and mails go out.
    Sending,
    /// Stopped by the owner; what was not sent is cancelled.
    Stopped,
    /// Every row is final, or unsure and withheld: nothing more is done for it, and nothing is asked.
    Finished,
}

impl State {
    pub const ALL: [State; 5] =
        [State::Draft, State::Scheduled, State::Sending, State::Stopped, State::Finished];

    pub fn word(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Scheduled => "scheduled",
            State::Sending => "sending",
            State::Stopped => "stopped",
            State::Finished => "finished",
        }
    }

    pub fn parse(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }

    pub fn may_be_edited(self) -> bool {
        matches!(self, State::Draft | State::Scheduled)
    }
}

/// A stored broadcast, without its content.
#[derive(Clone, Debug)]
pub struct Broadcast {
    pub message: MessageId,
    pub state: State,
    /// When it is to start; `None` for a draft.
    pub at: Option<Instant>,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    /// How many readers it was decided to mail, fixed when it started.
    pub audience: i64,
}
