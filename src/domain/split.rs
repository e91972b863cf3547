//! A split test (A/Bテスト): several messages to a part of the audience each, the best one to the others.
//! Not its rows (store/splits) and not the deciding (mail/split).

use crate::domain::audience::{PLACES, Share};
use crate::domain::id::MessageId;
use crate::error::{Error, Result};
use crate::texts::errors;

/// What differs between the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Subject,
    Body,
}

impl Part {
    pub fn word(self) -> &'static str {
        if self == Part::Subject { "subject" } else { "body" }
    }

    pub fn parse(word: &str) -> Option<Part> {
        [Part::Subject, Part::Body].into_iter().find(|part| part.word() == word)
    }
}

/// What tells which is best: the part of its readers who opened it, or who clicked in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Open,
    Click,
}

impl Measure {
    pub fn word(self) -> &'static str {
        if self == Measure::Open { "open" } else { "click" }
    }

    pub fn parse(word: &str) -> Option<Measure> {
        [Measure::Open, Measure::Click].into_iter().find(|measure| measure.word() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    pub part: Part,
    /// Per cent of the audience for each message.
    pub share: i64,
    pub measure: Measure,
    /// From when the last of them has gone out.
    pub wait_seconds: i64,
    pub owner_decides: bool,
}

/// How many messages a test may have.
pub const MOST_VARIANTS: usize = 4;
/// The longest wait, in hours.
pub const LONGEST_WAIT_HOURS: i64 = 7 * 24;

impl Split {
    /// Checks what was typed. Together the messages may take nine tenths, or there is nobody left for the best one.
    pub fn check(self, variants: usize) -> Result<Split> {
        if !(2..=MOST_VARIANTS).contains(&variants) {
            let limit = MOST_VARIANTS.to_string();
            return Err(Error::invalid(errors::SPLIT_VARIANTS).with("limit", limit).on("variants"));
        }
        let count = i64::try_from(variants).unwrap_or(4);
        if !(1..=90 / count).contains(&self.share) {
            let limit = (90 / count).to_string();
            return Err(Error::invalid(errors::SPLIT_SHARE).with("limit", limit).on("share"));
        }
        if !(0..=LONGEST_WAIT_HOURS * 3600).contains(&self.wait_seconds) {
            let limit = LONGEST_WAIT_HOURS.to_string();
            return Err(Error::invalid(errors::SPLIT_WAIT).with("limit", limit).on("wait"));
        }
        Ok(self)
    }

    /// The part of the draw for the message at `place` of `count`; at `count` it is what is left.
    pub fn share_of(&self, test: MessageId, place: usize, count: usize) -> Share {
        let edge = |place: usize| {
            let places = i64::try_from(place).unwrap_or(4) * self.share * i64::from(PLACES) / 100;
            u16::try_from(places).unwrap_or(PLACES).min(PLACES)
        };
        let to = if place == count { PLACES } else { edge(place + 1) };
        Share { of: test, from: edge(place), to }
    }
}

/// How one of the messages did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Outcome {
    pub message: MessageId,
    pub sent: i64,
    /// Readers who opened it, or clicked in it.
    pub readers: i64,
}

/// The best: the highest part of its readers, of equals the first.
pub fn best(outcomes: &[Outcome]) -> Option<MessageId> {
    let mut best = *outcomes.first()?;
    for other in outcomes.iter().skip(1) {
        if other.readers * best.sent.max(1) > best.readers * other.sent.max(1) {
            best = *other;
        }
    }
    Some(best.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_a_test_and_its_rest_make_the_whole() {
        let split = Split {
            part: Part::Subject,
            share: 15,
            measure: Measure::Open,
            wait_seconds: 0,
            owner_decides: false,
        };
        let shares: Vec<(u16, u16)> = (0..=3)
            .map(|place| split.share_of(MessageId(1), place, 3))
            .map(|one| (one.from, one.to))
            .collect();
        assert_eq!(shares, [(0, 1500), (1500, 3000), (3000, 4500), (4500, 10_000)]);
        assert!(split.check(3).is_ok() && split.check(1).is_err() && split.check(5).is_err());
        assert!(
            Split { share: 46, ..split }.check(2).is_err() && Split { share: 45, ..split }.check(2).is_ok()
        );
    }

    #[test]
    fn the_best_is_told_by_the_part_and_of_equals_the_first() {
        let one = |message, sent, readers| Outcome { message: MessageId(message), sent, readers };
        assert_eq!(best(&[one(1, 100, 10), one(2, 50, 6), one(3, 200, 20)]), Some(MessageId(2)));
        assert_eq!(best(&[one(1, 100, 0), one(2, 90, 0)]), Some(MessageId(1)));
        assert_eq!(best(&[one(1, 0, 0), one(2, 9, 1)]), Some(MessageId(2)));
        assert_eq!(best(&[]), None);
    }
}
