//! Whether a site missed ticks in the time of an incident, from what we heard of it.
//! Not where that is kept (store/hurt) and not what follows from it (incidents/extend).
//!
//! What counts. A site that waits for our calls is due from its first call that failed after its last answer, or from the
//! moment for which its next call was planned when the incident was noticed (calls are held back while a provider's breaker
//! is open), and a day after its last sign of life at the latest, since every site is called once a day. It is silent from
//! then until the next answered call or known beat of any of its clocks, as far as that lies in the incident's time. A site
//! with a clock of its own does not wait for our calls: only a day without any sign counts. A site that never gave a sign
//! did not begin to work, and misses nothing. Affected is who was silent for longer than the hours that are asked for.

use neo::clock::Instant;

/// Every site is called once a day.
const DAY: i64 = 86_400;

/// The time of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Instant,
    pub until: Instant,
}

impl Span {
    pub fn seconds(self) -> i64 {
        self.until - self.from
    }
}

/// What we heard of a site before, in and after that time.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    pub has_own_clock: bool,
    /// When its next call was planned, as of the day on which the incident was noticed.
    pub planned_at: Option<Instant>,
    /// Answered calls and beats.
    pub alive: Vec<Instant>,
    /// Calls that were not answered.
    pub failed: Vec<Instant>,
}

/// The longest silence of a site within the time of an incident.
pub fn longest_silence(signs: &Signs, time: Span) -> Option<Span> {
    let mut alive = signs.alive.clone();
    alive.sort_unstable();
    let mut longest: Option<Span> = None;
    for (place, heard_at) in alive.iter().enumerate() {
        let next = alive.get(place + 1).copied().unwrap_or(Instant::MAX);
        let silence =
            Span { from: due_from(signs, *heard_at, next).max(time.from), until: next.min(time.until) };
        if silence.seconds() > longest.map_or(0, Span::seconds) {
            longest = Some(silence);
        }
    }
    longest
}

/// From when a site was due between two signs of life.
fn due_from(signs: &Signs, heard_at: Instant, next: Instant) -> Instant {
    let latest = heard_at.saturating_add(DAY);
    if signs.has_own_clock {
        return latest;
    }
    let between = |at: &&Instant| **at > heard_at && **at < next;
    let failed = signs.failed.iter().filter(between).min();
    let planned = signs.planned_at.as_ref().filter(between);
    [failed, planned].into_iter().flatten().copied().min().map_or(latest, |at| at.min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    /// From hour 100 to hour 148.
    const TIME: Span = Span { from: 100 * HOUR, until: 148 * HOUR };

    fn site(alive: &[i64], failed: &[i64], planned: Option<i64>) -> Signs {
        let hours = |hours: &[i64]| hours.iter().map(|hour| hour * HOUR).collect();
        Signs {
            has_own_clock: false,
            planned_at: planned.map(|hour| hour * HOUR),
            alive: hours(alive),
            failed: hours(failed),
        }
    }

    fn silence(signs: &Signs) -> Option<(i64, i64)> {
        longest_silence(signs, TIME).map(|span| (span.from / HOUR, span.until / HOUR))
    }

    #[test]
    fn a_site_whose_calls_failed_is_silent_from_the_first_failure_to_the_next_answer() {
        assert_eq!(
            silence(&site(&[99, 120], &[101, 102, 110], Some(100))),
            Some((100, 120)),
            "it was due before that"
        );
        assert_eq!(silence(&site(&[99, 120], &[101, 102, 110], None)), Some((101, 120)));
    }

    #[test]
    fn a_site_that_was_held_back_is_silent_from_the_moment_for_which_its_call_was_planned() {
        assert_eq!(silence(&site(&[99, 150], &[], Some(104))), Some((104, 148)));
    }

    #[test]
    fn an_idle_site_that_was_called_once_a_day_all_the_time_missed_nothing() {
        assert_eq!(silence(&site(&[90, 114, 138, 162], &[], Some(114))), None);
        assert_eq!(silence(&site(&[90, 114, 139, 162], &[], None)), Some((138, 139)), "an hour late");
    }

    #[test]
    fn an_idle_site_that_was_not_called_is_silent_from_the_day_after_its_last_answer() {
        assert_eq!(silence(&site(&[90, 160], &[], None)), Some((114, 148)));
    }

    #[test]
    fn only_the_time_of_the_incident_counts() {
        assert_eq!(silence(&site(&[10, 200], &[50], None)), Some((100, 148)));
        assert_eq!(silence(&site(&[10, 99, 160, 161], &[150], None)), Some((123, 148)));
        assert_eq!(silence(&site(&[99, 120, 147], &[150, 160], Some(147))), Some((144, 147)));
        assert_eq!(silence(&site(&[10, 100], &[50], None)), Some((124, 148)));
        assert_eq!(silence(&site(&[149, 200], &[160], None)), None, "it began after");
    }

    #[test]
    fn a_beat_of_its_own_cron_ends_a_silence() {
        let with_cron = site(&[99, 103, 127, 147], &[101], None);
        assert_eq!(silence(&with_cron), Some((101, 103)));
    }

    #[test]
    fn a_site_with_a_clock_of_its_own_does_not_miss_what_our_calls_would_have_brought() {
        let own = |alive: &[i64]| Signs { has_own_clock: true, ..site(alive, &[101, 105], Some(101)) };
        assert_eq!(silence(&own(&[99, 122, 145])), None);
        assert_eq!(silence(&own(&[99, 160])), Some((123, 148)), "nothing was heard of its cron either");
    }

    #[test]
    fn a_site_that_never_gave_a_sign_missed_nothing() {
        assert_eq!(silence(&site(&[], &[101, 102], Some(101))), None);
    }
}
