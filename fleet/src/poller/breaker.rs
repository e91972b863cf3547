//! When a whole provider is left alone: many of its sites stopped answering. Pure.
//! Not the single site's waits: backoff. Not where it is kept: store/breakers.
//!
//! closed -> open: calls stop, an incident is drafted, the sites are told to use their own cron.
//! open -> half-open: a few probes. half-open -> closed: most of them answered; else open again, for longer.

use neo::clock::Instant;

use super::schedule::DAY;
use crate::store::breakers::{Heard, Round};

/// The figures of the rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// What was heard in so many seconds counts …
    pub(crate) window: i64,
    /// … and where that is little, the latest of so many sites within a day: idle sites are called once a day.
    pub(crate) least_sites: usize,
    /// So many sites have to have stopped, at least,
    pub(crate) least_stopped: usize,
    /// and this share of those that were called.
    pub(crate) percent: usize,
}

impl Default for Rule {
    fn default() -> Rule {
        Rule { window: 3600, least_sites: 10, least_stopped: 5, percent: 50 }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) called: usize,
    pub(crate) stopped: usize,
}

impl Count {
    fn of(heard: &[Heard]) -> Count {
        Count { called: heard.len(), stopped: heard.iter().filter(|heard| heard.has_stopped).count() }
    }

    fn is_too_many(self, rule: Rule) -> bool {
        self.stopped >= rule.least_stopped && self.stopped * 100 >= self.called * rule.percent
    }
}

/// Whether the breaker opens; `heard` holds one entry per site, newest first. Returns what was counted if so.
pub(crate) fn opens(heard: &[Heard], rule: Rule, now: Instant) -> Option<Count> {
    let within = |seconds| heard.iter().take_while(|heard| heard.at > now - seconds).count();
    let take = within(rule.window).max(rule.least_sites.min(within(DAY)));
    let count = Count::of(heard.get(..take)?);
    count.is_too_many(rule).then_some(count)
}

/// How many sites are asked whether the provider lets us in again.
pub(crate) const PROBES: usize = 3;
/// The first pause; each failed round of probes doubles it.
const FIRST_PAUSE: i64 = 30 * 60;
const LONGEST_PAUSE: i64 = 6 * 3600;
/// Probes that nobody reported about for so long were lost with their poller.
pub(crate) const PROBES_LOST: i64 = 10 * 60;

/// Until when an open breaker stays open; `rounds` of probes failed before.
pub(crate) fn open_until(rounds: u32, now: Instant) -> Instant {
    now + (FIRST_PAUSE << rounds.min(8)).min(LONGEST_PAUSE)
}

/// What a round of probes says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wait,
    Close,
    OpenAgain,
}

/// Probes that were lost say nothing: when the round's time is over, others are sent.
pub(crate) fn judge(round: Round) -> Verdict {
    if round.answered * 2 > round.sent {
        Verdict::Close
    } else if round.failed * 2 >= round.sent {
        Verdict::OpenAgain
    } else {
        Verdict::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 1_231_000_000;

    /// Sites one minute apart, newest first: `x` has stopped, `.` answered.
    fn heard(signs: &str, apart: i64) -> Vec<Heard> {
        let at = |number: usize| NOW - i64::try_from(number).unwrap() * apart;
        signs
            .chars()
            .enumerate()
            .map(|(number, sign)| Heard { at: at(number), has_stopped: sign == 'x' })
            .collect()
    }

    fn opens_with(signs: &str, apart: i64) -> bool {
        opens(&heard(signs, apart), Rule::default(), NOW).is_some()
    }

    #[test]
    fn it_opens_when_half_of_the_sites_called_in_the_hour_have_stopped() {
        assert!(opens_with("x.x.x.x.x.x.", 60));
        assert!(!opens_with("x..x..x..x..x..x..x..", 60), "a third is no block");
    }

    #[test]
    fn it_does_not_open_for_a_few_sites_even_if_they_are_all_there_is() {
        assert!(!opens_with("xxxx", 60));
        assert!(opens_with("xxxxx", 60));
    }

    #[test]
    fn nobody_called_says_nothing() {
        assert!(!opens_with("", 60));
    }

    #[test]
    fn where_sites_are_called_seldom_the_latest_ten_of_the_day_are_asked() {
        let apart = 30 * 60;
        assert!(opens_with("xxxxx......", apart), "five of the latest ten");
        assert!(!opens_with("xxx.....xx", 3 * 3600), "what was before yesterday is forgotten");
        assert!(!opens_with("xxxx.......", apart));
    }

    #[test]
    fn what_stopped_hours_ago_does_not_open_it_while_the_present_hour_is_well() {
        assert!(!opens_with(&format!("{}{}", ".".repeat(40), "x".repeat(100)), 90));
    }

    #[test]
    fn it_says_what_it_counted() {
        let count = opens(&heard("xxxxxxxx..", 60), Rule::default(), NOW);
        assert_eq!(count, Some(Count { called: 10, stopped: 8 }));
    }

    #[test]
    fn each_failed_round_of_probes_doubles_the_pause_up_to_six_hours() {
        let pauses: Vec<i64> = (0..7).map(|rounds| (open_until(rounds, NOW) - NOW) / 60).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 360, 360, 360]);
    }

    #[test]
    fn most_probes_decide() {
        let round = |sent, answered, failed| Round { since: NOW, sent, answered, failed };
        assert_eq!(judge(round(3, 0, 0)), Verdict::Wait);
        assert_eq!(judge(round(3, 1, 0)), Verdict::Wait);
        assert_eq!(judge(round(3, 1, 1)), Verdict::Wait);
        assert_eq!(judge(round(3, 2, 0)), Verdict::Close);
        assert_eq!(judge(round(3, 1, 2)), Verdict::OpenAgain);
        assert_eq!(judge(round(1, 0, 1)), Verdict::OpenAgain);
        assert_eq!(judge(round(1, 1, 0)), Verdict::Close);
        assert_eq!(
            judge(round(0, 0, 0)),
            Verdict::OpenAgain,
            "a provider without sites to ask stays as it is"
        );
    }
}
