//! How guesses at passwords and codes are slowed down: who is counted, and how long each failure makes her wait.
//! Not the counting: each store keeps its own counters. Nobody is locked out for good.

use data_encoding::HEXLOWER;

use crate::domain::token::SiteKey;

/// Failures are forgotten after a day.
pub const WINDOW: i64 = 86_400;
/// Failures of one account from everywhere before all of them wait: a guesser with many addresses.
pub const MOST_BY_ACCOUNT: i64 = 50;
/// For so many seconds.
pub const ACCOUNT_WAITS: i64 = 30;
const LONGEST_WAIT: i64 = 900;

/// Seconds to wait after the failures of one account from one place: none for two slips of the finger, then one, doubled
/// up to a quarter of an hour.
pub fn wait(failures: i64) -> Option<i64> {
    let doubled = |times: i64| 1_i64 << u32::try_from(times.min(10)).unwrap_or(10);
    (failures > 2).then(|| doubled(failures - 3).min(LONGEST_WAIT))
}

/// Whose failures are counted: this account from this range of addresses, and this account from everywhere. Keyed hashes:
/// a counter tells nobody whose it is.
pub struct Subjects {
    pub here: String,
    pub account: String,
}

impl Subjects {
    /// `what` is guessed at, e.g. `login`.
    pub fn new(key: &SiteKey, what: &str, account: &str, range: &str) -> Subjects {
        let subject = |parts: &[&[u8]]| {
            let mac = key.mac("throttle", parts);
            format!("{what}:{}", HEXLOWER.encode(mac.get(..12).unwrap_or_default()))
        };
        Subjects {
            here: subject(&[b"here", account.as_bytes(), range.as_bytes()]),
            account: subject(&[b"account", account.as_bytes()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn two_slips_cost_nothing_and_then_the_wait_doubles_to_a_quarter_of_an_hour() {
        let waits: Vec<Option<i64>> = (1..=5).map(wait).collect();
        assert_eq!(waits, [None, None, Some(1), Some(2), Some(4)]);
        assert_eq!((wait(13), wait(1_000_000)), (Some(900), Some(900)));
    }
}
