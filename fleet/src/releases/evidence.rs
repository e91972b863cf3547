//! What the log proves about time: clocks that were moved, and how much time the machine itself has counted. Not the
//! calendar: day.rs.
//!
//! A wall clock can be set; the count since the start of the machine cannot. Within one run of a machine both must
//! agree. Over a restart nothing is proven, so a restart (with or without a changed clock) only costs time: what counts
//! is the time that lies between two entries of the same run.

use std::collections::BTreeMap;

use super::entry::{Entry, Moment};

/// Clocks of machines differ by this much and are corrected by as much: no trick.
const SLACK: i64 = 60;
/// And drift by one part in this many.
const DRIFT: i64 = 1_000;

/// A clock that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trick {
    /// The wall clock shows an earlier time than an entry before.
    Backwards { number: i64, seconds: i64 },
    /// The wall clock moved on by more (or less) than the machine counted.
    Jumped { number: i64, seconds: i64 },
    /// The machine's count fell within one run: no machine does this.
    CountFell { number: i64 },
}

/// Every clock trick in these entries; of each run of a machine the first jump.
pub fn tricks(entries: &[Entry]) -> Vec<Trick> {
    let mut found = Vec::new();
    let mut latest = i64::MIN;
    let mut runs: BTreeMap<(&str, &str), Run> = BTreeMap::new();
    for entry in entries {
        let moment = &entry.moment;
        let number = entry.number;
        if moment.at < latest.saturating_sub(SLACK) {
            found.push(Trick::Backwards { number, seconds: latest - moment.at });
        }
        latest = latest.max(moment.at);
        let new = Run { first: moment, count: moment.uptime, has_jumped: false };
        let run = runs.entry((&moment.host, &moment.boot)).or_insert(new);
        found.extend(run.take(moment, number));
    }
    found
}

/// One run of a machine.
struct Run<'e> {
    first: &'e Moment,
    count: i64,
    has_jumped: bool,
}

impl Run<'_> {
    /// Held against the run's beginning, so that many small steps are one large one.
    fn take(&mut self, moment: &Moment, number: i64) -> Option<Trick> {
        if moment.uptime < self.count {
            return Some(Trick::CountFell { number });
        }
        self.count = moment.uptime;
        let counted = moment.uptime - self.first.uptime;
        let seconds = (moment.at - self.first.at) - counted;
        if self.has_jumped || seconds.abs() <= SLACK + counted / DRIFT {
            return None;
        }
        self.has_jumped = true;
        Some(Trick::Jumped { number, seconds })
    }
}

/// How much time lies between entries of one run, over all runs, counted once where machines overlap.
pub fn proven(entries: &[Entry]) -> i64 {
    // Of each run: its first wall time, and the machine's count then and last. A wall clock that jumped proves no time.
    let mut runs: BTreeMap<(&str, &str), (i64, i64, i64)> = BTreeMap::new();
    for Entry { moment, .. } in entries {
        let first = (moment.at, moment.uptime, moment.uptime);
        let run = runs.entry((&moment.host, &moment.boot)).or_insert(first);
        run.2 = run.2.max(moment.uptime);
    }
    let mut spans: Vec<(i64, i64)> =
        runs.into_values().map(|(at, first, last)| (at, at + (last - first))).collect();
    spans.sort_unstable();
    let mut end = i64::MIN;
    let mut sum = 0;
    for (from, to) in spans {
        sum += (to - from.max(end)).max(0);
        end = end.max(to);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::log;
    use super::super::event::Event;
    use super::*;

    const HOUR: i64 = 3600;

    fn entries(moments: &[(i64, &str, i64)]) -> Vec<Entry> {
        log(moments.iter().map(|(at, boot, uptime)| {
            let moment = Moment { at: *at, boot: (*boot).into(), uptime: *uptime, host: "fleet".into() };
            (moment, Event::Beat)
        }))
    }

    #[test]
    fn a_week_with_an_entry_each_hour_is_proven_and_without_tricks() {
        let week: Vec<_> = (0..=168).map(|hour| (hour * HOUR, "a", 50 + hour * HOUR)).collect();
        let week = entries(&week);
        assert_eq!(tricks(&week), []);
        assert_eq!(proven(&week), 168 * HOUR);
    }

    #[test]
    fn a_clock_that_was_corrected_by_seconds_is_no_trick() {
        assert_eq!(tricks(&entries(&[(0, "a", 0), (3640, "a", 3600), (3630, "a", 3660)])), []);
    }

    #[test]
    fn a_clock_set_forward_or_back_within_a_run_is_a_trick_and_proves_nothing() {
        let forward = entries(&[(0, "a", 0), (24 * HOUR, "a", 60)]);
        assert_eq!(tricks(&forward), [Trick::Jumped { number: 2, seconds: 24 * HOUR - 60 }]);
        assert_eq!(proven(&forward), 60);
        let back = entries(&[(24 * HOUR, "a", 0), (HOUR, "a", 60)]);
        assert_eq!(
            tricks(&back),
            [
                Trick::Backwards { number: 2, seconds: 23 * HOUR },
                Trick::Jumped { number: 2, seconds: -(23 * HOUR) - 60 }
            ]
        );
    }

    #[test]
    fn a_clock_set_forward_by_less_than_a_minute_at_a_time_is_a_trick_all_the_same() {
        let creeping: Vec<_> = (0..200).map(|step| (step * 50, "a", step)).collect();
        assert_eq!(tricks(&entries(&creeping)), [Trick::Jumped { number: 3, seconds: 98 }]);
    }

    #[test]
    fn a_restart_with_the_clock_set_forward_proves_no_time() {
        let hops = entries(&[
            (0, "a", 100),
            (24 * HOUR, "b", 100),
            (24 * HOUR + 300, "b", 400),
            (48 * HOUR, "c", 100),
        ]);
        assert_eq!(tricks(&hops), []);
        assert_eq!(proven(&hops), 300);
    }

    #[test]
    fn two_machines_at_the_same_time_count_once() {
        let mut both =
            entries(&[(0, "a", 0), (10, "b", 5000), (HOUR, "a", HOUR), (HOUR + 10, "b", 5000 + HOUR)]);
        assert_eq!(proven(&both), HOUR + 10);
        both[1].moment.host = "second".into();
        both[3].moment.host = "second".into();
        assert_eq!(proven(&both), HOUR + 10);
    }

    #[test]
    fn a_count_that_falls_within_a_run_is_a_trick() {
        assert_eq!(tricks(&entries(&[(0, "a", 500), (10, "a", 5)])), [Trick::CountFell { number: 2 }]);
    }
}
