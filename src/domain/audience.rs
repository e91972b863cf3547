//! Who of a list gets a broadcast (だれに送るか): a condition, whom to leave out, and what another message did not reach.
//! Not the readers themselves: store/audiences turns it into SQL, mail/audience writes them down.
//!
//! As JSON: `{"condition":{"tag":"VIP"},"exclude_lists":["staff"]}`. An empty object is the whole list.

use serde::{Deserialize, Serialize};

use crate::domain::condition::Condition;
use crate::domain::id::MessageId;
use crate::domain::list::ListName;
use crate::error::{Error, Result};
use crate::texts::errors;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audience {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Condition>,
    /// Who is a confirmed reader of one of these as well is left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude_lists: Vec<ListName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// Only who got this message and neither opened it nor clicked in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unopened: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
}

/// Only who did not get a message, by why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    pub message: MessageId,
    pub groups: Vec<Gap>,
}

/// Why a reader did not get a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gap {
    /// The mail server refused it, or the attempts ran out.
    Failed,
    /// It was stopped, or its last moment passed.
    Cancelled,
    /// She had left by then, and is back.
    Suppressed,
    /// It came back.
    Bounced,
    /// She was not among its readers and would be now.
    Joined,
}

impl Gap {
    pub const ALL: [Gap; 5] = [Gap::Failed, Gap::Cancelled, Gap::Suppressed, Gap::Bounced, Gap::Joined];

    pub fn word(self) -> &'static str {
        match self {
            Gap::Failed => "failed",
            Gap::Cancelled => "cancelled",
            Gap::Suppressed => "suppressed",
            Gap::Bounced => "bounced",
            Gap::Joined => "joined",
        }
    }

    pub fn parse(word: &str) -> Option<Gap> {
        Gap::ALL.into_iter().find(|gap| gap.word() == word)
    }
}

/// A part of the readers, of ten thousand, drawn by a keyed hash: the same reader falls into the same place each time, and
/// parts that do not overlap have no reader in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The split test whose draw it is.
    pub of: MessageId,
    pub from: u16,
    pub to: u16,
}

/// Places of the draw.
pub const PLACES: u16 = 10_000;

impl Share {
    /// Whether a reader's place, drawn from `hash`, lies in this part.
    pub fn holds(&self, hash: &[u8; 32]) -> bool {
        let [one, two, three, four, ..] = *hash;
        let place = u32::from_be_bytes([one, two, three, four]) % u32::from(PLACES);
        (u32::from(self.from)..u32::from(self.to)).contains(&place)
    }
}

impl Audience {
    /// Reads the JSON of a file or a form.
    pub fn parse_json(text: &str) -> Result<Audience> {
        let parsed = serde_json::from_str::<Audience>(text);
        let audience = parsed.map_err(|why| {
            Error::invalid(errors::CONDITION_NOT_VALID).with("why", why.to_string()).on("condition")
        })?;
        audience.conditions().try_for_each(Condition::check_size)?;
        Ok(audience)
    }

    /// A stored one; what cannot be read is nobody, so that nobody gets a mail by a slip of ours.
    pub fn stored(text: &str) -> Audience {
        Audience::parse_json(text).unwrap_or_else(|_| Audience {
            condition: Some(Condition::Any(Vec::new())),
            ..Audience::default()
        })
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Every confirmed reader of the list, without a look at each.
    pub fn is_whole_list(&self) -> bool {
        *self == Audience::default()
    }

    /// The conditions that were typed.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.condition.iter().chain(&self.exclude)
    }

    /// What the reader herself has to match.
    pub fn as_condition(&self) -> Condition {
        let left_out = self.exclude_lists.iter().cloned().map(Condition::OnList).chain(self.exclude.clone());
        let left_out = left_out.map(|condition| Condition::Not(Box::new(condition)));
        Condition::All(self.condition.clone().into_iter().chain(left_out).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_reads_back_and_an_empty_one_is_the_whole_list() {
        let text = r#"{"condition":{"tag":"VIP"},"exclude_lists":["staff"],"missing":{"message":3,"groups":["failed","joined"]}}"#;
        assert_eq!(Audience::parse_json(text).unwrap().to_json(), text);
        assert!(Audience::stored("{}").is_whole_list());
        assert_eq!(Audience::default().to_json(), "{}");
    }

    #[test]
    fn what_cannot_be_read_is_nobody() {
        let nobody = Audience::stored("{\"conditions\":1}");
        assert_eq!(nobody.as_condition(), Condition::All(vec![Condition::Any(Vec::new())]));
    }

    #[test]
    fn parts_of_a_draw_share_no_place_and_leave_none_out() {
        let part = |from, to| Share { of: MessageId(1), from, to };
        let parts = [part(0, 1000), part(1000, 2000), part(2000, PLACES)];
        for number in 0..5000_u32 {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
            assert_eq!(parts.iter().filter(|part| part.holds(&hash)).count(), 1);
        }
    }
}
