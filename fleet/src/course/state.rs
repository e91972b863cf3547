//! The states of an incident and which may follow which: draft, open, resolved, reported; or dismissed.
//! Not the rows (store/incidents) and not what is owed meanwhile (duty).

use neo::error::{Error, Result};

use crate::texts::errors;

/// Where an incident stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Noticed, by the poller or by hand; nobody outside has heard of it.
    #[default]
    Draft,
    /// Told to customers; a report is owed each business day.
    Open,
    /// Over, and told; the after-report is owed.
    Resolved,
    /// Cause, prevention and compensation are told. Nothing more is owed.
    Reported,
    /// A draft that was a false alarm.
    Dismissed,
}

/// What may be done to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Confirm,
    Dismiss,
    Update,
    Resolve,
    Report,
    /// Lengthening the keys of those affected.
    Extend,
}

impl State {
    pub const ALL: [State; 5] =
        [State::Draft, State::Open, State::Resolved, State::Reported, State::Dismissed];

    /// The word in the table, in JSON and in the feed.
    pub fn word(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Open => "open",
            State::Resolved => "resolved",
            State::Reported => "reported",
            State::Dismissed => "dismissed",
        }
    }

    pub fn parse(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether customers know of it.
    pub fn is_public(self) -> bool {
        matches!(self, State::Open | State::Resolved | State::Reported)
    }

    /// The state after a deed, or a refusal that names both.
    pub fn after(self, deed: Deed) -> Result<State> {
        match (self, deed) {
            (State::Draft, Deed::Confirm) => Ok(State::Open),
            (State::Draft, Deed::Dismiss) => Ok(State::Dismissed),
            (State::Open, Deed::Resolve) => Ok(State::Resolved),
            (State::Resolved, Deed::Report) => Ok(State::Reported),
            // Also a correction of what was said at the end.
            (state, Deed::Update) if state.is_public() => Ok(state),
            // While it lasts, for those who are affected so far; again later for the rest.
            (state, Deed::Extend) if state.is_public() => Ok(state),
            (state, deed) => Err(Error::invalid(errors::INCIDENT_NOT_NOW)
                .with("act", deed.word())
                .with("state", state.word())),
        }
    }
}

impl Deed {
    /// The verb of the command.
    pub fn word(self) -> &'static str {
        match self {
            Deed::Confirm => "confirm",
            Deed::Dismiss => "dismiss",
            Deed::Update => "update",
            Deed::Resolve => "resolve",
            Deed::Report => "report",
            Deed::Extend => "key extend",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEEDS: [Deed; 6] =
        [Deed::Confirm, Deed::Dismiss, Deed::Update, Deed::Resolve, Deed::Report, Deed::Extend];

    fn allowed(state: State) -> Vec<(&'static str, &'static str)> {
        let after = |deed: Deed| state.after(deed).ok().map(|next| (deed.word(), next.word()));
        DEEDS.into_iter().filter_map(after).collect()
    }

    #[test]
    fn an_incident_goes_from_draft_to_open_to_resolved_to_reported_and_no_other_way() {
        assert_eq!(allowed(State::Draft), [("confirm", "open"), ("dismiss", "dismissed")]);
        assert_eq!(
            allowed(State::Open),
            [("update", "open"), ("resolve", "resolved"), ("key extend", "open")]
        );
        assert_eq!(
            allowed(State::Resolved),
            [("update", "resolved"), ("report", "reported"), ("key extend", "resolved")]
        );
        assert_eq!(allowed(State::Reported), [("update", "reported"), ("key extend", "reported")]);
        assert_eq!(allowed(State::Dismissed), []);
    }

    #[test]
    fn a_draft_and_a_false_alarm_are_not_public() {
        let public: Vec<_> = State::ALL.into_iter().filter(|state| state.is_public()).collect();
        assert_eq!(public, [State::Open, State::Resolved, State::Reported]);
    }

    #[test]
    fn every_state_has_its_own_word_that_reads_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.word()), Some(state));
        }
    }
}
