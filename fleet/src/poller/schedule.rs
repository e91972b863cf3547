//! When a site is called next, and when a server may be called again. Pure.
//! Not what a failure does to it: backoff. Not who takes the call: store/calls.

use neo::clock::Instant;
use ring::digest::{SHA256, digest};

use super::outcome::Outcome;

/// Two calls of one site are at least so far apart.
pub(crate) const LEAST_GAP: i64 = 5 * 60;
/// No site waits longer than this, however idle.
pub(crate) const DAY: i64 = 86_400;
/// What a site has to do at a moment is fetched within this of it, other things being equal.
const JITTER: i64 = 60;
/// A wait that is so near to a day is no moment of work: nothing is due at that site.
const IDLE_FROM: i64 = DAY - 10 * 60;
/// An idle site comes nearer to its own second of the day by at most this a day.
const STEP: i64 = 3600;
/// A server's gap doubles with each failure there in a row, so many times at most.
const MOST_DOUBLINGS: i64 = 6;
/// A server's other sites do not wait longer for one of them.
const LONGEST_REST: i64 = 3600;

/// What a site wants of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Its ticks: called when something is due there.
    Ticks,
    /// It has a clock of its own: called once a day, so that news and keys arrive.
    Daily,
}

/// When to call a site that has answered: at what it asked for, but neither too soon nor later than in a day.
pub(crate) fn next_call(site: &str, asked_for: Instant, wish: Wish, now: Instant) -> Instant {
    if wish == Wish::Daily || asked_for.saturating_sub(now) >= IDLE_FROM {
        return idle_call(site, now);
    }
    asked_for.max(now + LEAST_GAP) + spread(site, "jitter", JITTER)
}

/// An idle site is called once a day, at a second of the day of its own: a fleet that started at one moment spreads out.
fn idle_call(site: &str, now: Instant) -> Instant {
    let latest = now + DAY;
    let back = (latest - spread(site, "slot", DAY)).rem_euclid(DAY);
    if back <= STEP { latest - back } else { latest - spread(site, "step", STEP) }
}

/// When the next call at a server may begin. One that says "too many" means us, not the site: it is left alone as a whole.
pub(crate) fn server_free_at(
    outcome: Outcome,
    retry_after: Option<i64>,
    failures: i64,
    gap: i64,
    ended_at: Instant,
) -> Instant {
    let asked = retry_after.filter(|_| outcome == Outcome::TooMany).unwrap_or(0);
    ended_at + (gap << failures.clamp(0, MOST_DOUBLINGS)).max(asked.clamp(0, LONGEST_REST))
}

/// A number below `most` that is always the same for this site.
pub(crate) fn spread(site: &str, what: &str, most: i64) -> i64 {
    let hash = digest(&SHA256, format!("{what}:{site}").as_bytes());
    let number = hash.as_ref().iter().take(7).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    number % most.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 1_795_482_000;

    fn sites() -> impl Iterator<Item = String> {
        (0..2000).map(|number| format!("site{number}"))
    }

    #[test]
    fn a_site_is_called_at_the_moment_it_asked_for_within_a_minute() {
        for site in sites() {
            let wait = next_call(&site, NOW + 7200, Wish::Ticks, NOW) - NOW;
            assert!((7200..7260).contains(&wait), "{wait}");
        }
    }

    #[test]
    fn sites_that_are_due_at_one_moment_are_not_all_called_in_one_second() {
        let mut calls: Vec<i64> =
            sites().map(|site| next_call(&site, NOW + 7200, Wish::Ticks, NOW)).collect();
        calls.sort_unstable();
        calls.dedup();
        assert!(calls.len() > 50, "{} different seconds", calls.len());
    }

    #[test]
    fn no_site_is_called_twice_within_five_minutes_whatever_it_asks_for() {
        for asked_for in [i64::MIN, 0, NOW - 5, NOW, NOW + 60, NOW + 299] {
            for site in sites() {
                assert!(next_call(&site, asked_for, Wish::Ticks, NOW) >= NOW + 300);
            }
        }
    }

    #[test]
    fn no_site_waits_longer_than_a_day_whatever_it_asks_for() {
        for asked_for in [NOW + DAY - 601, NOW + DAY, NOW + 30 * DAY, i64::MAX] {
            for site in sites() {
                let wait = next_call(&site, asked_for, Wish::Ticks, NOW) - NOW;
                assert!((DAY - STEP..=DAY).contains(&wait), "{wait} for {asked_for}");
            }
        }
    }

    #[test]
    fn a_site_with_a_clock_of_its_own_is_called_once_a_day_though_it_has_work() {
        for site in sites() {
            assert!(next_call(&site, NOW + 60, Wish::Daily, NOW) >= NOW + DAY - STEP);
        }
    }

    #[test]
    fn an_idle_site_is_called_about_once_a_day() {
        for site in sites().take(200) {
            let (mut at, mut calls) = (NOW, 0);
            while at < NOW + 100 * DAY {
                at = next_call(&site, at + DAY, Wish::Ticks, at);
                calls += 1;
            }
            assert!((100..=103).contains(&calls), "{calls} calls in 100 days");
        }
    }

    #[test]
    fn idle_sites_that_were_all_called_at_one_moment_spread_over_the_day() {
        let mut hours = [0; 24];
        for site in sites() {
            let mut at = NOW;
            for _ in 0..60 {
                at = next_call(&site, at + DAY, Wish::Ticks, at);
            }
            hours[usize::try_from(at.rem_euclid(DAY) / 3600).unwrap()] += 1;
        }
        assert!(hours.iter().all(|calls| (40..140).contains(calls)), "{hours:?}");
    }

    #[test]
    fn a_server_that_fails_again_and_again_is_called_more_and_more_seldom() {
        let gaps: Vec<i64> =
            (0..9).map(|failures| server_free_at(Outcome::TimedOut, None, failures, 10, NOW) - NOW).collect();
        assert_eq!(gaps, [10, 20, 40, 80, 160, 320, 640, 640, 640]);
    }

    #[test]
    fn a_server_that_says_too_many_is_left_alone_for_as_long_as_it_asks() {
        let rest = |outcome, asked| server_free_at(outcome, Some(asked), 1, 10, NOW) - NOW;
        assert_eq!(rest(Outcome::TooMany, 600), 600);
        assert_eq!(rest(Outcome::TooMany, 1), 20);
        assert_eq!(rest(Outcome::TooMany, 999_999), 3600, "not for days: it holds other sites too");
        assert_eq!(rest(Outcome::Unavailable, 600), 20, "one site's maintenance is not its neighbours'");
    }
}
