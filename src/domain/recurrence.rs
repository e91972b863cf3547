//! A recurring broadcast: on which civil days, at which hour, until when.
//! Not the broadcasts that are made on these days: mail/recur.

use chrono::{Datelike, Days};

use crate::clock::Instant;
use crate::domain::calendar::{TimeOfDay, Zone, day_of, on_day_after, start_of};
use crate::domain::civil::Day;
use crate::error::{Error, Result};
use crate::texts::errors;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    Day,
    /// 1 is Monday.
    Week(u32),
    /// Of a shorter month the last day.
    Month(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    pub every: Every,
    pub at: TimeOfDay,
    /// The last day, included.
    pub ends_on: Option<Day>,
    pub times_left: Option<i64>,
}

/// Days looked at: more than the longest gap between two days of a month.
const LONGEST_GAP: usize = 63;
const HOUR: i64 = 3600;

impl Every {
    /// Reads the word and the day of it.
    pub fn parse(word: &str, on_day: u32) -> Result<Every> {
        match (word, on_day) {
            ("day", _) => Ok(Every::Day),
            ("week", 1..=7) => Ok(Every::Week(on_day)),
            ("month", 1..=31) => Ok(Every::Month(on_day)),
            _ => Err(Error::invalid(errors::RECURRENCE_DAY_NOT_VALID).on("on_day")),
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Every::Day => "day",
            Every::Week(_) => "week",
            Every::Month(_) => "month",
        }
    }

    pub fn on_day(self) -> u32 {
        match self {
            Every::Day => 1,
            Every::Week(day) | Every::Month(day) => day,
        }
    }

    fn has(self, day: Day) -> bool {
        match self {
            Every::Day => true,
            Every::Week(weekday) => day.weekday().number_from_monday() == weekday,
            Every::Month(number) => {
                let is_last = day.succ_opt().is_none_or(|next| next.day() == 1);
                day.day() == number || (is_last && day.day() < number)
            }
        }
    }

    /// How late one may still go out: after that the reader waits for the next.
    pub fn patience(self) -> i64 {
        match self {
            Every::Day => 12 * HOUR,
            Every::Week(_) => 48 * HOUR,
            Every::Month(_) => 96 * HOUR,
        }
    }
}

impl Recurrence {
    /// The latest of its days whose moment has come.
    pub fn latest(&self, now: Instant, zone: Zone) -> Option<(Day, Instant)> {
        let mut day = day_of(now, zone);
        for _ in 0..LONGEST_GAP {
            let moment = self.moment(day, zone);
            if self.every.has(day) && moment <= now {
                return self.ends_on.is_none_or(|last| day <= last).then_some((day, moment));
            }
            day = day.pred_opt()?;
        }
        None
    }

    /// The moment of the next day that is to come; `None` after the last.
    pub fn next(&self, now: Instant, zone: Zone) -> Option<Instant> {
        if self.times_left == Some(0) {
            return None;
        }
        let mut day = day_of(now, zone);
        for _ in 0..LONGEST_GAP {
            if self.ends_on.is_some_and(|last| day > last) {
                return None;
            }
            let moment = self.moment(day, zone);
            if self.every.has(day) && moment > now {
                return Some(moment);
            }
            day = day.checked_add_days(Days::new(1))?;
        }
        None
    }

    fn moment(&self, day: Day, zone: Zone) -> Instant {
        on_day_after(start_of(day, zone), 0, self.at, zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{page_time, parse_moment, parse_zone};

    fn next(every: Every, at: &str, zone: &str, count: usize, from: &str) -> Vec<String> {
        let zone = parse_zone(zone).unwrap();
        let recurrence =
            Recurrence { every, at: TimeOfDay::parse(at).unwrap(), ends_on: None, times_left: None };
        let mut now = parse_moment(from, zone).unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            now = recurrence.next(now, zone).unwrap();
            assert_eq!(recurrence.latest(now, zone).unwrap().1, now);
            found.push(page_time(now, zone));
        }
        found
    }

    #[test]
    fn a_month_that_has_no_such_day_gives_its_last() {
        assert_eq!(
            next(Every::Month(31), "08:30", "Asia/Tokyo", 4, "2027-12-31 09:00"),
            ["2028-01-31 08:30", "2028-02-29 08:30", "2028-03-31 08:30", "2028-04-30 08:30"]
        );
    }

    #[test]
    fn a_week_goes_by_its_day() {
        assert_eq!(
            next(Every::Week(5), "18:00", "Asia/Tokyo", 2, "2026-11-24 10:00"),
            ["2026-11-27 18:00", "2026-12-04 18:00"]
        );
    }

    #[test]
    fn each_day_has_one_moment_also_where_an_hour_is_skipped_or_repeated() {
        assert_eq!(
            next(Every::Day, "02:30", "Europe/Berlin", 3, "2026-03-28 03:00"),
            ["2026-03-29 03:30", "2026-03-30 02:30", "2026-03-31 02:30"]
        );
        assert_eq!(
            next(Every::Day, "02:30", "Europe/Berlin", 2, "2026-10-24 03:00"),
            ["2026-10-25 02:30", "2026-10-26 02:30"]
        );
    }
}
