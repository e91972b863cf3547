//! What a refusal teaches: over which span a server counts, and how much it takes; and how that is slowly forgotten.
//! Not whether a refusal is about the pace: domain/bounce.
//!
//! Halve at a refusal, add a tenth after each clean span (AIMD). The span is found by waiting: if the server still
//! refuses after a minute, it does not count by the minute.

use super::{Span, Window};
use crate::clock::Instant;

/// What is known of a server's patience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    pub span: Span,
    /// The most in `span` for now.
    pub most: i64,
    /// How many it had taken within `span` when it refused.
    pub ceiling: i64,
    pub learnt_at: Instant,
    /// When `most` was last set.
    pub raised_at: Instant,
    /// Nothing goes before this.
    pub wait_until: Instant,
    pub reply: String,
}

/// Fewer taken after a wait than this, and the wait was too short.
const FEW: i64 = 3;
/// After this long without a refusal the ceiling itself is doubted.
const DOUBT_AFTER: i64 = 7 * 86_400;

/// After a refusal at `now`.
pub fn slow_down(known: Option<&Learnt>, window: &Window, reply: &str, now: Instant) -> Learnt {
    let learnt = |span: Span, most: i64, ceiling: i64| Learnt {
        span,
        most: most.max(least(span)),
        ceiling,
        learnt_at: now,
        raised_at: now,
        wait_until: now + wait(span),
        reply: reply.to_string(),
    };
    let Some(known) = known else {
        let taken = window.taken(Span::Minute, now);
        return learnt(Span::Minute, taken / 2, taken);
    };
    // A refusal of the time before the wait, e.g. on a second connection, teaches nothing new.
    if now < known.wait_until {
        return known.clone();
    }
    let waited_too_little =
        window.taken_since(known.wait_until) < FEW && now - known.wait_until < known.span.longer().seconds();
    let longer = known.span.longer();
    // Who has taken nothing for a day does not count by the day: it takes nothing.
    let may_be_longer = longer != Span::Day || window.taken(Span::Day, now) >= FEW;
    let span = if waited_too_little && may_be_longer { longer } else { known.span };
    let taken = window.taken(span, now);
    if span == known.span {
        let ceiling = if taken >= FEW { taken.min(known.ceiling.max(FEW)) } else { known.ceiling };
        return learnt(span, known.most.min(ceiling) / 2, ceiling);
    }
    learnt(span, taken / 2, taken)
}

/// After a time without refusals: a little more, or `None` when nothing is left to be careful about. The same as
/// before when nothing changes.
pub fn recover(known: &Learnt, window: &Window, now: Instant) -> Option<Learnt> {
    // A clock that was ahead wrote this down.
    if known.learnt_at > now + 86_400 {
        return None;
    }
    let is_clean_for = now - known.raised_at.max(known.wait_until);
    let was_used = window.was_used(known.span, now) * 2 >= known.most;
    let ceiling_is_old = now - known.learnt_at > DOUBT_AFTER;
    if is_clean_for < known.span.seconds() || !(was_used || ceiling_is_old) {
        return Some(known.clone());
    }
    // A server that took nothing has told no number.
    if known.ceiling < known.most {
        let most = known.most * 2;
        return (most <= least(known.span) * 64).then(|| Learnt { most, raised_at: now, ..known.clone() });
    }
    let raised = known.most + (known.ceiling / 10).max(1);
    if ceiling_is_old && raised > known.ceiling.max(1) * 3 {
        return None;
    }
    // Just below what was refused: the server's window need not begin when ours does.
    let most = if ceiling_is_old { raised } else { raised.min((known.ceiling * 9 / 10).max(known.most)) };
    Some(Learnt { most, raised_at: now, ..known.clone() })
}

/// Even a server that refused everything is asked this often.
fn least(span: Span) -> i64 {
    match span {
        Span::Minute => 1,
        Span::Quarter => 3,
        Span::Hour => 10,
        Span::Day => 50,
    }
}

/// How long nothing is tried after a refusal.
fn wait(span: Span) -> i64 {
    (span.seconds() / 4).max(60)
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::super::Room;
    use super::*;

    const START: Instant = 1_795_413_600;

    /// A server that takes `most` in each `seconds` (its own windows), and a sender who calls each minute with plenty
    /// to send. Returns how many it took in the last of `days`, and how many refusals there were then.
    fn live(most: i64, seconds: i64, days: i64) -> (i64, i64, Learnt) {
        let mut window = Window::default();
        let mut known: Option<Learnt> = None;
        let (mut taken_by_server, mut server_window) = (0, 0);
        let (mut taken, mut refused) = (0, 0);
        for minute in 0..days * 1440 {
            let now = START + minute * 60;
            known = known.and_then(|known| recover(&known, &window, now));
            if minute == (days - 1) * 1440 {
                (taken, refused) = (0, 0);
            }
            let mut free = 0;
            for _ in 0..400 {
                let is_waiting = known.as_ref().is_some_and(|known| now < known.wait_until);
                if free == 0 && !is_waiting {
                    let limits = known.as_ref().map(|known| Limits::NONE.and(known.span, known.most));
                    if let Room::Free(room) = window.room(&limits.unwrap_or_default(), 0, now) {
                        free = room;
                    }
                }
                if is_waiting || free == 0 {
                    break;
                }
                free -= 1;
                if now / seconds != server_window {
                    (server_window, taken_by_server) = (now / seconds, 0);
                }
                if taken_by_server < most {
                    taken_by_server += 1;
                    taken += 1;
                    window.add(1, 0, now);
                } else {
                    refused += 1;
                    window.add(1, 1, now);
                    known = Some(slow_down(known.as_ref(), &window, "450", now));
                }
            }
            window = Window::new(
                window.buckets.into_iter().filter(|bucket| bucket.at > now - 90_000).collect(),
                now,
            );
        }
        (taken, refused, known.unwrap())
    }

    #[test]
    fn a_limit_by_the_minute_is_found_and_nine_tenths_of_it_are_used() {
        let (taken, refused, learnt) = live(60, 60, 2);
        assert_eq!((learnt.span, learnt.most, learnt.ceiling), (Span::Minute, 54, 60));
        assert_eq!(refused, 0, "on the second day nothing is refused any more");
        assert!(taken > 1440 * 25, "{taken}");
    }

    #[test]
    fn a_limit_by_the_hour_is_told_from_one_by_the_minute() {
        let (taken, refused, learnt) = live(300, 3600, 3);
        assert_eq!(learnt.span, Span::Hour);
        assert!((150..=270).contains(&learnt.most), "{learnt:?}");
        assert!(refused <= 2, "{refused}");
        assert!(taken > 24 * 150, "{taken}");
    }

    #[test]
    fn a_limit_by_the_day_is_found_in_the_end() {
        let (taken, refused, learnt) = live(1000, 86_400, 4);
        assert_eq!(learnt.span, Span::Day);
        assert!(taken > 500 && refused <= 3, "{taken} {refused} {learnt:?}");
    }

    #[test]
    fn a_refusal_halves_and_another_halves_again() {
        let mut window = Window::default();
        window.add(60, 0, START);
        let first = slow_down(None, &window, "450 slow down", START);
        assert_eq!((first.most, first.ceiling, first.wait_until), (30, 60, START + 60));
        window.add(20, 0, START + 120);
        let second = slow_down(Some(&first), &window, "450 slow down", START + 125);
        assert_eq!((second.span, second.most, second.ceiling), (Span::Minute, 10, 20));
    }

    #[test]
    fn a_server_that_refuses_everything_is_asked_less_and_less() {
        let mut known: Option<Learnt> = None;
        let mut now = START;
        let mut spans = Vec::new();
        for _ in 0..5 {
            known = Some(slow_down(known.as_ref(), &Window::default(), "451", now));
            let learnt = known.as_ref().unwrap();
            spans.push(learnt.span);
            now = learnt.wait_until;
        }
        assert_eq!(spans, [Span::Minute, Span::Quarter, Span::Hour, Span::Hour, Span::Hour]);
        assert!(now - START > 45 * 60);
    }

    #[test]
    fn a_server_that_took_nothing_for_an_hour_is_trusted_again_within_a_day() {
        let mut known = None;
        let mut now = START;
        for _ in 0..4 {
            let learnt = slow_down(known.as_ref(), &Window::default(), "451", now);
            now = learnt.wait_until;
            known = Some(learnt);
        }
        let end = now + 86_400;
        while let Some(learnt) = known {
            let mut window = Window::default();
            window.add(learnt.most, 0, now);
            now += 3600;
            assert!(now < end, "{learnt:?}");
            known = recover(&learnt, &window, now);
        }
    }

    #[test]
    fn after_weeks_without_a_refusal_the_limit_is_forgotten() {
        let mut window = Window::default();
        window.add(60, 0, START);
        let mut known = Some(slow_down(None, &window, "450", START));
        for day in 1..60 {
            let now = START + day * 86_400;
            known = known.and_then(|known| recover(&known, &window, now));
        }
        assert_eq!(known, None);
    }
}
