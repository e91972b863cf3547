//! Whether a reader may be mailed, and what is written down about her consent (特定電子メール法 Art. 3).
//! Not the rows: store/consents.

use crate::domain::subscriber::SubscriptionState;

/// What happened to a consent; each is one row that is never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Asked for by a form, not yet confirmed.
    Asked,
    /// Confirmed by the button behind the link of the confirmation mail, or by a single opt-in form.
    Confirmed,
    /// Added by the owner by hand or by command.
    Added,
    /// Withdrawn by the reader or the owner.
    Withdrawn,
}

impl Event {
    pub fn word(self) -> &'static str {
        match self {
            Event::Asked => "asked",
            Event::Confirmed => "confirmed",
            Event::Added => "added",
            Event::Withdrawn => "withdrawn",
        }
    }
}

/// How somebody acted: kept with the consent, shown to the owner, never logged.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    pub ip: String,
    pub user_agent: String,
    /// `form`, `link`, `one-click`, `admin`, `command`.
    pub way: &'static str,
}

/// Why a mail must not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    NotConfirmed,
    Left,
    Suppressed,
}

impl Hindrance {
    pub fn word(self) -> &'static str {
        match self {
            Hindrance::NotConfirmed => "not confirmed",
            Hindrance::Left => "left",
            Hindrance::Suppressed => "suppressed",
        }
    }
}

/// Asked in the transaction that begins each attempt, so that an unsubscribe stops the very next mail.
///
/// A confirmation request may go to a pending subscription; everything else needs a confirmed one.
pub fn may_send(
    state: SubscriptionState,
    is_suppressed: bool,
    is_confirmation_request: bool,
) -> Result<(), Hindrance> {
    match state {
        _ if is_suppressed => Err(Hindrance::Suppressed),
        SubscriptionState::Confirmed => Ok(()),
        SubscriptionState::Pending if is_confirmation_request => Ok(()),
        SubscriptionState::Pending => Err(Hindrance::NotConfirmed),
        SubscriptionState::Left => Err(Hindrance::Left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_confirmed_and_unsuppressed_reader_gets_newsletters() {
        use SubscriptionState::*;
        assert_eq!(may_send(Confirmed, false, false), Ok(()));
        assert_eq!(may_send(Pending, false, false), Err(Hindrance::NotConfirmed));
        assert_eq!(may_send(Left, false, false), Err(Hindrance::Left));
        assert_eq!(may_send(Confirmed, true, false), Err(Hindrance::Suppressed));
    }

    #[test]
    fn a_confirmation_request_reaches_only_who_has_not_answered_and_is_not_suppressed() {
        use SubscriptionState::*;
        assert_eq!(may_send(Pending, false, true), Ok(()));
        assert_eq!(may_send(Pending, true, true), Err(Hindrance::Suppressed));
        assert_eq!(may_send(Left, false, true), Err(Hindrance::Left));
    }
}
