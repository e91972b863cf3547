//! When refusals end the mailing of an address: at once, or after several over some days.
//! Not why a mail was refused (domain/bounce) and not the rows (store/feedback).
//!
//! Whose servers say "unknown user" for a filter as well (carriers) get a second day; full and disabled boxes often come
//! back to life. What is the sender's fault, or the mail's, never counts.

use crate::clock::Instant;
use crate::domain::bounce::Reason;

const DAY: i64 = 86_400;

/// One refusal that was counted against a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    pub reason: Reason,
    pub at: Instant,
}

/// Whether a refusal is written down as a strike.
pub fn counts(reason: Reason) -> bool {
    reason.is_hard() || matches!(reason, Reason::MailboxFull | Reason::Disabled | Reason::Filtered)
}

/// The reason for which the address gets nothing more, if `strikes` (in any order, the newest included) are enough.
///
/// A day is 24 hours here: two refusals of one evening's mails are not two days. `arrived` is when a mail to her was last
/// taken: a filter that lets others pass is about those mails, not about her.
pub fn verdict(
    strikes: &[Strike],
    is_carrier: bool,
    arrived: Option<Instant>,
    now: Instant,
) -> Option<Reason> {
    let newest = strikes.iter().max_by_key(|strike| strike.at)?;
    let alike = strikes.iter().filter(|strike| same_kind(strike.reason, newest.reason) && strike.at <= now);
    let times: Vec<Instant> = alike.map(|strike| strike.at).collect();
    let first = times.iter().min().copied().unwrap_or(now);
    let is_enough = match newest.reason {
        reason if reason.is_hard() && is_carrier => newest.at - first >= DAY,
        reason if reason.is_hard() => true,
        Reason::MailboxFull => times.iter().filter(|at| **at > newest.at - 30 * DAY).count() >= 5,
        Reason::Disabled => times.len() >= 3 && newest.at - first >= 7 * DAY,
        Reason::Filtered => {
            let since: Vec<Instant> =
                times.iter().copied().filter(|at| arrived.is_none_or(|arrived| *at > arrived)).collect();
            since.len() >= 5 && since.iter().min().is_some_and(|first| newest.at - first >= 30 * DAY)
        }
        _ => false,
    };
    is_enough.then_some(newest.reason)
}

fn same_kind(one: Reason, other: Reason) -> bool {
    one == other || (one.is_hard() && other.is_hard())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(reason: Reason, days: &[i64]) -> Vec<Strike> {
        days.iter().map(|day| Strike { reason, at: 1_000_000_000 + day * DAY }).collect()
    }

    fn verdict_on(reason: Reason, days: &[i64], is_carrier: bool) -> Option<Reason> {
        verdict(&strikes(reason, days), is_carrier, None, 1_000_000_000 + 1000 * DAY)
    }

    #[test]
    fn a_dead_address_ends_at_once_but_at_a_carrier_only_on_a_second_day() {
        assert_eq!(verdict_on(Reason::NoSuchAddress, &[0], false), Some(Reason::NoSuchAddress));
        assert_eq!(verdict_on(Reason::NoSuchAddress, &[0], true), None);
        assert_eq!(verdict_on(Reason::NoSuchAddress, &[0, 0], true), None);
        assert_eq!(verdict_on(Reason::NoSuchAddress, &[0, 1], true), Some(Reason::NoSuchAddress));
    }

    #[test]
    fn a_full_box_ends_after_five_in_thirty_days() {
        assert_eq!(verdict_on(Reason::MailboxFull, &[0, 7, 14, 21], false), None);
        assert_eq!(verdict_on(Reason::MailboxFull, &[0, 7, 14, 21, 28], false), Some(Reason::MailboxFull));
        assert_eq!(verdict_on(Reason::MailboxFull, &[0, 30, 60, 90, 120, 150], false), None);
    }

    #[test]
    fn a_disabled_box_ends_after_three_over_a_week() {
        assert_eq!(verdict_on(Reason::Disabled, &[0, 1, 2], false), None);
        assert_eq!(verdict_on(Reason::Disabled, &[0, 3], false), None);
        assert_eq!(verdict_on(Reason::Disabled, &[0, 3, 7], false), Some(Reason::Disabled));
    }

    #[test]
    fn a_filter_ends_a_reader_only_when_it_refused_five_in_a_row_over_a_month() {
        assert_eq!(verdict_on(Reason::Filtered, &[0, 7, 14, 21], false), None);
        assert_eq!(verdict_on(Reason::Filtered, &[0, 1, 2, 3, 4, 5], false), None);
        let days = [0, 7, 14, 21, 30];
        assert_eq!(verdict_on(Reason::Filtered, &days, false), Some(Reason::Filtered));
        let arrived = Some(1_000_000_000 + 10 * DAY);
        let verdict = verdict(&strikes(Reason::Filtered, &days), false, arrived, 1_000_000_000 + 30 * DAY);
        assert_eq!(verdict, None, "one got through in between");
    }

    #[test]
    fn nothing_else_ever_ends_a_reader() {
        for reason in Reason::ALL.into_iter().filter(|reason| !counts(*reason)) {
            assert_eq!(verdict_on(reason, &[0, 10, 20, 30, 40, 50, 60], false), None, "{}", reason.word());
        }
    }
}
