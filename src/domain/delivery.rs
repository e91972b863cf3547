//! The states of a delivery (one row of the ledger) and which may follow which.
//! Not the rows: store/deliveries. Not the work: mail/deliver.

/// Where a delivery stands; the table of design.md and ARCHITECTURE.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Written in the same transaction as the decision to send.
    Queued,
    /// Attempt counted and committed; handed to the mail server without any lock.
    Sending,
    /// The mail server took it.
    Sent,
    /// Try again at `due_at`.
    Deferred,
    /// The mail server refused it for good, or the attempts ran out.
    Failed,
    /// A bounce came back after it was sent.
    Bounced,
    /// Not sent, since the reader left or is suppressed.
    Suppressed,
    /// Not sent, since the owner stopped the message.
    Cancelled,
    /// The process died between hand-over and record.
    Unsure,
}

impl State {
    pub const ALL: [State; 9] = [
        State::Queued,
        State::Sending,
        State::Sent,
        State::Deferred,
        State::Failed,
        State::Bounced,
        State::Suppressed,
        State::Cancelled,
        State::Unsure,
    ];

    /// The word in the table, in JSON and in the documents.
    pub fn word(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Deferred => "deferred",
            State::Failed => "failed",
            State::Bounced => "bounced",
            State::Suppressed => "suppressed",
            State::Cancelled => "cancelled",
            State::Unsure => "unsure",
        }
    }

    pub fn parse(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Nothing more happens to a final row, except that a sent one may bounce.
    pub fn is_final(self) -> bool {
        matches!(self, State::Sent | State::Failed | State::Bounced | State::Suppressed | State::Cancelled)
    }
}

/// How soon a row goes among those due: a reader waits for a confirmation, not for a newsletter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    AtOnce,
    Normal,
}

impl Urgency {
    pub fn number(self) -> i64 {
        match self {
            Urgency::AtOnce => 0,
            Urgency::Normal => 5,
        }
    }
}

/// How many times a mail is tried before it counts as failed.
pub const MOST_ATTEMPTS: i64 = 12;

/// Seconds until the next try after `attempts` tries: 5 min, doubling, at most 6 h.
pub fn wait_before_retry(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0);
    (300_i64 << doublings).min(6 * 3600)
}

/// The counts of one message by state; they add up to its audience, always.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Ledger {
    pub audience: i64,
    pub queued: i64,
    pub sending: i64,
    pub sent: i64,
    pub deferred: i64,
    pub failed: i64,
    pub bounced: i64,
    pub suppressed: i64,
    pub cancelled: i64,
    pub unsure: i64,
}

impl Ledger {
    /// Adds `count` rows in `state`.
    pub fn add(&mut self, state: State, count: i64) {
        let place = match state {
            State::Queued => &mut self.queued,
            State::Sending => &mut self.sending,
            State::Sent => &mut self.sent,
            State::Deferred => &mut self.deferred,
            State::Failed => &mut self.failed,
            State::Bounced => &mut self.bounced,
            State::Suppressed => &mut self.suppressed,
            State::Cancelled => &mut self.cancelled,
            State::Unsure => &mut self.unsure,
        };
        *place += count;
    }

    /// Adds all counts of another, its audience too.
    pub fn add_all(&mut self, other: &Ledger) {
        self.audience += other.audience;
        for state in State::ALL {
            self.add(state, other.count(state));
        }
    }

    /// The count of one state.
    pub fn count(&self, state: State) -> i64 {
        match state {
            State::Queued => self.queued,
            State::Sending => self.sending,
            State::Sent => self.sent,
            State::Deferred => self.deferred,
            State::Failed => self.failed,
            State::Bounced => self.bounced,
            State::Suppressed => self.suppressed,
            State::Cancelled => self.cancelled,
            State::Unsure => self.unsure,
        }
    }

    /// The sum of all states.
    pub fn rows(&self) -> i64 {
        self.queued
            + self.sending
            + self.sent
            + self.deferred
            + self.failed
            + self.bounced
            + self.suppressed
            + self.cancelled
            + self.unsure
    }

    /// Rows that still wait for a result.
    pub fn open(&self) -> i64 {
        self.queued + self.sending + self.deferred + self.unsure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gaps_between_tries_grow_and_stop_growing_at_six_hours() {
        let gaps: Vec<i64> = (1..=12).map(wait_before_retry).collect();
        assert_eq!(gaps.first(), Some(&300));
        assert!(gaps.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(gaps.last(), Some(&21600));
    }

    #[test]
    fn every_state_has_its_own_word_that_reads_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.word()), Some(state));
        }
    }
}
