//! The pace: how many mails may go in a minute, a quarter of an hour, an hour, a day, and how many have.
//! Not what is learnt from refusals (learn), not what a refusal is about (bounce), not where the counts lie (store/pace).

pub mod domains;
pub mod learn;

use std::fmt;

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::texts::errors;

/// A stretch of time over which hosts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    Minute,
    Quarter,
    Hour,
    Day,
}

impl Span {
    pub const ALL: [Span; 4] = [Span::Minute, Span::Quarter, Span::Hour, Span::Day];

    pub fn seconds(self) -> i64 {
        match self {
            Span::Minute => 60,
            Span::Quarter => 900,
            Span::Hour => 3600,
            Span::Day => 86_400,
        }
    }

    /// The word in settings and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Span::Minute => "minute",
            Span::Quarter => "15min",
            Span::Hour => "hour",
            Span::Day => "day",
        }
    }

    pub fn parse(word: &str) -> Option<Span> {
        Span::ALL.into_iter().find(|span| span.word() == word)
    }

    pub(super) fn longer(self) -> Span {
        match self {
            Span::Minute => Span::Quarter,
            Span::Quarter => Span::Hour,
            Span::Hour | Span::Day => Span::Day,
        }
    }
}

/// The most mails in each span; `None`: not limited, or not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    most: [Option<i64>; 4],
}

/// A limit above this is none.
const HIGHEST: i64 = 10_000_000;

impl Limits {
    pub const NONE: Limits = Limits { most: [None; 4] };

    /// Limits per hour and per day, as hosts publish them.
    pub const fn of(minute: Option<i64>, hour: Option<i64>, day: Option<i64>) -> Limits {
        Limits { most: [minute, None, hour, day] }
    }

    /// Reads e.g. `100/hour 1000/day`; spans are minute, 15min, hour, day.
    pub fn parse(typed: &str) -> Result<Limits> {
        let mut limits = Limits::NONE;
        for word in typed.split([' ', ',', '\u{3000}']).filter(|word| !word.is_empty()) {
            let read = word.split_once('/').and_then(|(most, span)| {
                let most = most.parse::<i64>().ok().filter(|most| (1..=HIGHEST).contains(most))?;
                Some((Span::parse(span)?, most))
            });
            let (span, most) =
                read.ok_or_else(|| Error::invalid(errors::PACE_NOT_VALID).with("word", word))?;
            limits = limits.and(span, most);
        }
        Ok(limits)
    }

    pub fn of_span(&self, span: Span) -> Option<i64> {
        self.most.get(span as usize).copied().flatten()
    }

    /// These limits, and at most `most` in `span`.
    #[must_use]
    pub fn and(mut self, span: Span, most: i64) -> Limits {
        if let Some(place) = self.most.get_mut(span as usize) {
            *place = Some(place.map_or(most, |known| known.min(most)));
        }
        self
    }

    /// The stricter of both, span by span.
    #[must_use]
    pub fn with(self, other: Limits) -> Limits {
        other.iter().fold(self, |limits, (span, most)| limits.and(span, most))
    }

    /// Each span that is limited.
    pub fn iter(self) -> impl Iterator<Item = (Span, i64)> {
        Span::ALL.into_iter().filter_map(move |span| self.of_span(span).map(|most| (span, most)))
    }

    pub fn is_none(&self) -> bool {
        self.most.iter().all(Option::is_none)
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.iter().map(|(span, most)| format!("{most}/{}", span.word())).collect();
        formatter.write_str(&words.join(" "))
    }
}

/// Mails handed over in a few seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    pub at: Instant,
    pub handed: i64,
    /// Of these, refused as too fast.
    pub refused: i64,
}

/// Seconds of an older bucket: the fresh ones, a second each, are folded into these.
pub const COARSE: i64 = 60;
/// Older buckets are coarse.
pub const FINE_FOR: i64 = 900 + COARSE;

/// What went out in the last day, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Window {
    buckets: Vec<Bucket>,
}

/// Whether more may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// So many at once, before it is asked again.
    Free(i64),
    /// Nothing before this instant.
    Full { until: Instant },
}

impl Window {
    /// Buckets may come in any order. Those of the future were counted by a clock that was ahead.
    pub fn new(mut buckets: Vec<Bucket>, now: Instant) -> Window {
        buckets.retain(|bucket| bucket.at <= now);
        buckets.sort_unstable_by_key(|bucket| bucket.at);
        Window { buckets }
    }

    pub fn add(&mut self, handed: i64, refused: i64, now: Instant) {
        match self.buckets.last_mut() {
            Some(last) if last.at >= now => {
                last.handed += handed;
                last.refused += refused;
            }
            _ => self.buckets.push(Bucket { at: now, handed, refused }),
        }
    }

    /// Drops what no span reaches any more.
    pub fn forget_before(&mut self, at: Instant) {
        self.buckets.retain(|bucket| bucket.at >= at);
    }

    /// Mails handed over since `start`, in pieces of `seconds`: for charts.
    pub fn pieces(&self, start: Instant, seconds: i64, count: usize) -> Vec<i64> {
        let mut pieces = vec![0; count];
        for bucket in &self.buckets {
            let place = usize::try_from((bucket.at - start).div_euclid(seconds.max(1)));
            if let Some(piece) = place.ok().and_then(|place| pieces.get_mut(place)) {
                *piece += bucket.handed - bucket.refused;
            }
        }
        pieces
    }

    /// Mails handed over within `span`; a bucket counts until its last second has left the span.
    pub fn handed(&self, span: Span, now: Instant) -> i64 {
        self.within(span, 0, now).map(|bucket| bucket.handed).sum()
    }

    /// Of these, the ones that were not refused as too fast.
    pub fn taken(&self, span: Span, now: Instant) -> i64 {
        self.within(span, 0, now).map(|bucket| bucket.handed - bucket.refused).sum()
    }

    /// Mails that were taken since `start`.
    pub fn taken_since(&self, start: Instant) -> i64 {
        let later = self.buckets.iter().filter(|bucket| bucket.at >= start);
        later.map(|bucket| bucket.handed - bucket.refused).sum()
    }

    /// Mails handed over within `span` and a little before it: what a tick did that ran once a span.
    pub(super) fn was_used(&self, span: Span, now: Instant) -> i64 {
        self.within(span, 60, now).map(|bucket| bucket.handed).sum()
    }

    fn within(&self, span: Span, before: i64, now: Instant) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter().filter(move |bucket| last_second(bucket, span) > now - span.seconds() - before)
    }

    /// How much room `limits` leave, of which `reserve` parts of a hundred are kept for what cannot wait.
    pub fn room(&self, limits: &Limits, reserve: i64, now: Instant) -> Room {
        let mut free = i64::MAX;
        let mut until = now;
        for (span, most) in limits.iter() {
            let most = most - kept_back(most, reserve);
            let handed = self.handed(span, now);
            free = free.min(most - handed);
            if handed >= most {
                until = until.max(self.opens_at(span, handed - most + 1, now));
            }
        }
        if free > 0 { Room::Free(free) } else { Room::Full { until: until.max(now + 1) } }
    }

    /// When `count` of the mails within `span` will have left it.
    fn opens_at(&self, span: Span, count: i64, now: Instant) -> Instant {
        let mut gone = 0;
        for bucket in self.within(span, 0, now) {
            gone += bucket.handed;
            if gone >= count {
                return last_second(bucket, span) + span.seconds();
            }
        }
        now + span.seconds()
    }
}

/// The last second whose mails a bucket holds, or will hold when it matters: after a quarter of an hour buckets become
/// minutes.
fn last_second(bucket: &Bucket, span: Span) -> Instant {
    match span {
        Span::Minute | Span::Quarter => bucket.at,
        Span::Hour | Span::Day => bucket.at - bucket.at.rem_euclid(COARSE) + COARSE - 1,
    }
}

/// What is kept back of a limit: a part of it, but never all, and never more than twenty mails.
fn kept_back(most: i64, parts: i64) -> i64 {
    if parts == 0 || most < 5 { 0 } else { (most * parts / 100).clamp(1, 20) }
}

/// The day's limit of a warm-up: `first` mails on its first day, a third more each day. `None` once it has grown
/// beyond any need, or before it starts.
pub fn warm_up(first: i64, day: i64) -> Option<i64> {
    const LAST_DAY: i64 = 40;
    (0..LAST_DAY).contains(&day).then(|| (0..day).fold(first, |most, _| most + (most / 3).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 1_795_413_600;

    fn limits(typed: &str) -> Limits {
        Limits::parse(typed).unwrap()
    }

    fn window(handed: &[(Instant, i64)]) -> Window {
        let bucket = |(at, handed): &(Instant, i64)| Bucket { at: *at, handed: *handed, refused: 0 };
        Window::new(handed.iter().map(bucket).collect(), NOW)
    }

    #[test]
    fn limits_read_back_as_they_were_typed_and_the_stricter_holds() {
        assert_eq!(limits("100/hour 1000/day").to_string(), "100/hour 1000/day");
        assert_eq!(limits("100/hour").with(limits("60/minute 90/hour")).to_string(), "60/minute 90/hour");
        assert!(limits("").is_none());
        for wrong in ["100", "0/hour", "-1/day", "9/week", "many/hour", "100/hour/day"] {
            assert!(Limits::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_went_out_counts_until_it_has_left_the_span_whole() {
        let went = window(&[(NOW - 59, 10), (NOW - 30, 20)]);
        assert_eq!(went.room(&limits("35/minute"), 0, NOW), Room::Free(5));
        assert_eq!(went.room(&limits("30/minute"), 0, NOW), Room::Full { until: NOW + 1 });
        assert_eq!(went.room(&limits("30/minute"), 0, NOW + 1), Room::Free(10));
        assert_eq!(went.room(&limits("20/minute"), 0, NOW), Room::Full { until: NOW + 30 });
    }

    #[test]
    fn the_longest_wait_of_several_full_spans_counts() {
        let went = window(&[(NOW - 3000, 90), (NOW - 10, 10)]);
        assert_eq!(
            went.room(&limits("10/minute 100/hour"), 0, NOW),
            Room::Full { until: NOW - 3000 + 59 + 3600 }
        );
    }

    #[test]
    fn a_reserve_is_left_for_what_cannot_wait() {
        let went = window(&[(NOW, 95)]);
        assert!(matches!(went.room(&limits("100/hour"), 5, NOW), Room::Full { .. }));
        assert_eq!(went.room(&limits("100/hour"), 0, NOW), Room::Free(5));
        assert_eq!(
            Window::default().room(&limits("3/hour"), 5, NOW),
            Room::Free(3),
            "a small limit is used whole"
        );
    }

    #[test]
    fn without_limits_there_is_always_room() {
        assert_eq!(window(&[(NOW, 1_000_000)]).room(&Limits::NONE, 5, NOW), Room::Free(i64::MAX));
    }

    #[test]
    fn counts_of_a_clock_that_was_ahead_block_nothing() {
        assert_eq!(window(&[(NOW + 86_400, 100)]).room(&limits("100/day"), 0, NOW), Room::Free(100));
    }

    #[test]
    fn a_warm_up_grows_by_a_third_a_day_and_ends() {
        let days: Vec<i64> = (0..5).map(|day| warm_up(200, day).unwrap()).collect();
        assert_eq!(days, [200, 266, 354, 472, 629]);
        assert_eq!((warm_up(200, -1), warm_up(200, 40)), (None, None));
        assert!(warm_up(200, 39).unwrap() > 1_000_000);
    }
}
