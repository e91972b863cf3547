//! A broadcast (配信): one message to confirmed readers of a list.
//! Not who of the list (audience), not its rows and not its sending.

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

    /// Whether its rows may still go out.
    pub fn sends(self) -> bool {
        self != State::Stopped
    }

    pub fn may_be_edited(self) -> bool {
        matches!(self, State::Draft | State::Scheduled)
    }
}

/// Why a broadcast was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The owner may resume it.
    Owner,
    /// Its last moment has passed.
    Deadline,
    /// The owner gave it up.
    ForGood,
}

impl StopReason {
    pub fn word(self) -> &'static str {
        match self {
            StopReason::Owner => "owner",
            StopReason::Deadline => "deadline",
            StopReason::ForGood => "for-good",
        }
    }

    pub fn parse(word: &str) -> Option<StopReason> {
        [StopReason::Owner, StopReason::Deadline, StopReason::ForGood]
            .into_iter()
            .find(|reason| reason.word() == word)
    }
}

/// What a broadcast is to the one that it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It goes to those who did not get the other.
    Missing,
    /// It goes to those who did not open the other.
    Unopened,
    /// One of a recurring broadcast.
    Occurrence,
    /// One of the messages of a split test.
    Variant,
    /// The best of a split test, to all others.
    Rest,
}

impl Follows {
    const ALL: [Follows; 5] =
        [Follows::Missing, Follows::Unopened, Follows::Occurrence, Follows::Variant, Follows::Rest];

    pub fn word(self) -> &'static str {
        match self {
            Follows::Missing => "missing",
            Follows::Unopened => "unopened",
            Follows::Occurrence => "occurrence",
            Follows::Variant => "variant",
            Follows::Rest => "rest",
        }
    }

    pub fn parse(word: &str) -> Option<Follows> {
        Follows::ALL.into_iter().find(|follows| follows.word() == word)
    }
}

/// When its mails may go out, beside the moment at which it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// What waits then is cancelled.
    pub not_later_than: Option<Instant>,
    /// Nothing goes out in the site's quiet hours.
    pub keeps_quiet_hours: bool,
    /// Each reader gets it at the civil time of her own zone.
    pub in_reader_zone: bool,
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
    /// How many readers it was decided to mail, fixed when it started; where only looking at each reader tells, how many
    /// have been written so far.
    pub audience: i64,
    /// Raised by each save.
    pub version: i64,
    pub timing: Timing,
    pub stop_reason: Option<StopReason>,
    /// Its cancelled rows are being put back.
    pub is_turning_back: bool,
    pub parent: Option<(MessageId, Follows)>,
}
