//! How long a site is left alone after a call that failed. Pure.
//! Not the rule for a whole provider: breaker. Not the times of sites that answer: schedule.

use neo::clock::Instant;

use super::outcome::Outcome;
use super::schedule::{DAY, LEAST_GAP, spread};
use crate::store::calls::Failures;

/// Calls of one site that may fail on one day; the next comes when the day is over.
pub(crate) const MOST_FAILED_A_DAY: i64 = 8;

impl Failures {
    /// One more, at `now`.
    pub(crate) fn with_one_more(self, now: Instant) -> Failures {
        let day = now.div_euclid(DAY);
        let before = if day == self.day { self.on_that_day } else { 0 };
        Failures { in_a_row: self.in_a_row.saturating_add(1), day, on_that_day: before.saturating_add(1) }
    }

    /// None in a row any more; the day's count stays, so that a site that fails every other time has a cap as well.
    pub(crate) fn after_an_answer(self) -> Failures {
        Failures { in_a_row: 0, ..self }
    }
}

/// When a site whose call failed is called again: later each time, as the server asked, and only so often a day.
pub(crate) fn call_again(
    site: &str,
    outcome: Outcome,
    failures: Failures,
    retry_after: Option<i64>,
    now: Instant,
) -> Instant {
    let doublings = failures.in_a_row.saturating_sub(1).clamp(0, 10);
    let grown = (first_wait(outcome) << doublings).min(DAY);
    // A server that names a time is heeded; one that asks for a week is asked again in a day.
    let asked = retry_after.unwrap_or(0).clamp(0, DAY);
    let wait = grown.max(asked).max(LEAST_GAP);
    let next = now + wait + spread(site, "back-off", wait / 10);
    let is_enough = failures.on_that_day >= MOST_FAILED_A_DAY && failures.day == now.div_euclid(DAY);
    let tomorrow = (now.div_euclid(DAY) + 1) * DAY + spread(site, "tomorrow", DAY / 24);
    if is_enough { next.max(tomorrow) } else { next }
}

/// The wait after a first failure: who says "you are not welcome" is asked most seldom.
fn first_wait(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Forbidden | Outcome::TooMany => 3600,
        Outcome::Unavailable | Outcome::LimitReached => 15 * 60,
        Outcome::TimedOut | Outcome::NotConnected | Outcome::Broken | Outcome::BadStatus => 15 * 60,
        Outcome::Garbage | Outcome::TooLarge | Outcome::TlsFailed | Outcome::Redirected => 30 * 60,
        Outcome::NoSuchHost | Outcome::WrongSite | Outcome::Declined => 3600,
        Outcome::PrivateAddress | Outcome::BadAddress => 6 * 3600,
        Outcome::Answered => LEAST_GAP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 20_000 * DAY;

    fn waits(outcome: Outcome, retry_after: Option<i64>) -> Vec<i64> {
        let (mut now, mut failures) = (NOW, Failures::default());
        let mut waits = Vec::new();
        for _ in 0..20 {
            failures = failures.with_one_more(now);
            let next = call_again("site", outcome, failures, retry_after, now);
            waits.push(next - now);
            now = next;
        }
        waits
    }

    #[test]
    fn every_failure_in_a_row_doubles_the_wait_until_it_is_a_day() {
        let waits = waits(Outcome::TimedOut, None);
        assert!((900..=990).contains(&waits[0]) && (1800..=1980).contains(&waits[1]), "{waits:?}");
        assert!(waits.windows(2).all(|pair| pair[1] >= pair[0] || pair[1] >= DAY), "{waits:?}");
        assert!(waits[10..].iter().all(|wait| (DAY..=DAY + DAY / 10).contains(wait)), "{waits:?}");
    }

    #[test]
    fn a_refusal_is_asked_again_after_an_hour_at_the_soonest() {
        for outcome in [Outcome::Forbidden, Outcome::TooMany] {
            assert!(waits(outcome, None)[0] >= 3600);
        }
    }

    #[test]
    fn retry_after_is_heeded_when_it_is_longer_than_our_own_wait() {
        let failures = Failures::default().with_one_more(NOW);
        let wait = |retry_after| call_again("site", Outcome::Unavailable, failures, retry_after, NOW) - NOW;
        assert!((7200..=7920).contains(&wait(Some(7200))));
        assert_eq!(wait(Some(10)), wait(None), "a shorter one does not make us come sooner");
        assert!(wait(Some(i64::MAX)) <= DAY + DAY / 10, "a week, a year: we ask again in a day");
        assert_eq!(wait(Some(-5)), wait(None));
    }

    #[test]
    fn no_failure_brings_a_site_nearer_than_five_minutes() {
        for outcome in Outcome::ALL {
            assert!(call_again("site", outcome, Failures::default(), None, NOW) >= NOW + LEAST_GAP);
        }
    }

    #[test]
    fn a_site_that_fails_every_other_time_is_called_only_so_often_a_day() {
        let mut failures = Failures::default();
        for minute in 0..MOST_FAILED_A_DAY {
            failures = failures.after_an_answer().with_one_more(NOW + minute);
        }
        let next = call_again("site", Outcome::TimedOut, failures, None, NOW + 3600);
        assert!((NOW + DAY..NOW + DAY + 3600).contains(&next), "only tomorrow");
        let tomorrow = failures.with_one_more(NOW + DAY);
        assert_eq!(tomorrow.on_that_day, 1, "and then it counts anew");
    }
}
