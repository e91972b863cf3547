//! A reader and her place on a list.
//! Not her consent (consent) and not her rows (store/subscribers).

use std::collections::BTreeMap;

use crate::clock::Instant;
use crate::domain::id::{ListId, SubscriberId, SubscriptionId};
use crate::error::{Error, Result};
use crate::texts::errors;

/// Where a reader stands on one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    Pending,
    Confirmed,
    Left,
}

impl SubscriptionState {
    pub const ALL: [SubscriptionState; 3] =
        [SubscriptionState::Pending, SubscriptionState::Confirmed, SubscriptionState::Left];

    pub fn word(self) -> &'static str {
        match self {
            SubscriptionState::Pending => "pending",
            SubscriptionState::Confirmed => "confirmed",
            SubscriptionState::Left => "left",
        }
    }

    pub fn parse(word: &str) -> Option<SubscriptionState> {
        SubscriptionState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One reader, with her place on one list.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub list: ListId,
    pub subscriber: SubscriberId,
    pub address: String,
    pub name: Name,
    pub fields: Fields,
    pub state: SubscriptionState,
    pub asked_at: Instant,
    pub joined_at: Option<Instant>,
    pub left_at: Option<Instant>,
}

/// A reader's own fields, by key.
pub type Fields = BTreeMap<String, String>;

/// A person's name as typed: at most 100 characters, no control characters. May be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name(String);

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 100;

impl Name {
    /// Reads a typed name; white space at the ends is dropped.
    pub fn parse(typed: &str) -> Result<Name> {
        let name = typed.trim();
        if name.chars().any(char::is_control) {
            return Err(Error::invalid(errors::CONTROL_CHARACTER).on("name"));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(Error::invalid(errors::NAME_TOO_LONG)
                .with("limit", LONGEST_NAME.to_string())
                .on("name"));
        }
        Ok(Name(name.to_string()))
    }

    /// A name that was parsed before it was stored.
    pub fn stored(name: String) -> Name {
        Name(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_ten_thousand_characters_or_with_line_breaks_is_refused() {
        assert!(Name::parse(&"あ".repeat(10_000)).is_err());
        assert!(Name::parse("花子\r\nBcc: x@example.jp").is_err());
        assert_eq!(Name::parse(" 山田 花子 ").unwrap().as_str(), "山田 花子");
    }
}
