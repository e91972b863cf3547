//! Days as conditions name them: a fixed one, or so many days before or after today.
//! Not how days are typed in fields: civil.

use std::fmt;

use chrono::{Datelike, Days};

use crate::clock::Instant;
use crate::domain::calendar::{self, Zone};
use crate::domain::civil::{self, Birthday, Day};
use crate::domain::width::narrow;

/// The furthest that a condition looks: ten years.
const FURTHEST: i64 = 3660;

/// The day on which a condition is asked, in the site's time zone.
#[derive(Clone, Copy, Debug)]
pub struct Today {
    pub day: Day,
    zone: Zone,
}

impl Today {
    pub fn new(now: Instant, zone: Zone) -> Today {
        Today { day: calendar::day_of(now, zone), zone }
    }

    /// When a day begins here.
    pub fn start_of(&self, day: Day) -> Instant {
        calendar::start_of(day, self.zone)
    }
}

/// A day: `2026-03-05`, `today`, `today-7`, `today+30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    Day(Day),
    /// So many days after today.
    Today(i64),
}

impl When {
    pub fn parse(typed: &str) -> Option<When> {
        relative(typed).map(When::Today).or_else(|| civil::parse_day(typed).map(When::Day))
    }

    pub fn on(self, today: &Today) -> Day {
        match self {
            When::Day(day) => day,
            When::Today(days) => later(today.day, days),
        }
    }
}

/// A month and a day: `--03-05`, or that of a day relative to today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anniversary {
    Fixed { month: u32, day: u32 },
    Today(i64),
}

impl Anniversary {
    pub fn parse(typed: &str) -> Option<Anniversary> {
        let fixed = |day: Birthday| Anniversary::Fixed { month: day.month, day: day.day };
        relative(typed).map(Anniversary::Today).or_else(|| Birthday::parse(typed).map(fixed))
    }

    /// `MM-DD`, and perhaps a second: in a year without a 29th of February it is kept on the 28th.
    pub fn on(self, today: &Today) -> (String, Option<&'static str>) {
        match self {
            Anniversary::Fixed { month, day } => (format!("{month:02}-{day:02}"), None),
            Anniversary::Today(days) => {
                let day = later(today.day, days);
                let is_stand_in = day.month() == 2 && day.day() == 28 && !day.leap_year();
                (format!("{:02}-{:02}", day.month(), day.day()), is_stand_in.then_some("02-29"))
            }
        }
    }
}

/// A month: `3`, or `this` or `next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Month {
    Fixed(u32),
    This,
    Next,
}

impl Month {
    pub fn parse(typed: &str) -> Option<Month> {
        let plain = narrow(typed).to_ascii_lowercase();
        match plain.as_str() {
            "this" | "this month" | "今月" => Some(Month::This),
            "next" | "next month" | "来月" => Some(Month::Next),
            typed => typed
                .strip_suffix('月')
                .or_else(|| typed.strip_prefix("month "))
                .unwrap_or(typed)
                .parse()
                .ok()
                .filter(|month| (1..=12).contains(month))
                .map(Month::Fixed),
        }
    }

    pub fn on(self, today: &Today) -> u32 {
        match self {
            Month::Fixed(month) => month,
            Month::This => today.day.month(),
            Month::Next => today.day.month() % 12 + 1,
        }
    }
}

fn later(day: Day, days: i64) -> Day {
    let distance = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(distance) } else { day.checked_add_days(distance) };
    moved.unwrap_or(day)
}

/// A day that is told by its distance from today.
fn relative(typed: &str) -> Option<i64> {
    let plain: String = narrow(typed).to_ascii_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let (days, is_past) = match plain.as_str() {
        "today" | "今日" | "本日" => return Some(0),
        "yesterday" | "昨日" => return Some(-1),
        "tomorrow" | "明日" => return Some(1),
        typed => distance(typed)?,
    };
    let is_digits = (1..=4).contains(&days.len()) && days.bytes().all(|byte| byte.is_ascii_digit());
    let days: i64 = is_digits.then(|| days.parse().ok()).flatten()?;
    Some(if is_past { -days } else { days }).filter(|days| days.abs() <= FURTHEST)
}

/// The number of days in `today-7`, `7日前`, `7 days ago`, `in 7 days`, and whether they are past.
fn distance(plain: &str) -> Option<(&str, bool)> {
    let past = |end: &str| plain.strip_suffix(end).map(|days| (days, true));
    let coming = |end: &str| plain.strip_suffix(end).map(|days| (days, false));
    let inside = plain.strip_prefix("in").and_then(|rest| rest.strip_suffix("days"));
    plain
        .strip_prefix("today-")
        .map(|days| (days, true))
        .or_else(|| plain.strip_prefix("today+").map(|days| (days, false)))
        .or_else(|| past("日前").or_else(|| past("daysago")))
        .or_else(|| coming("日後"))
        .or_else(|| inside.map(|days| (days, false)))
}

fn write_relative(days: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match days {
        0 => formatter.write_str("today"),
        days => write!(formatter, "today{days:+}"),
    }
}

impl fmt::Display for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Day(day) => write!(formatter, "{day}"),
            When::Today(days) => write_relative(*days, formatter),
        }
    }
}

impl fmt::Display for Anniversary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Anniversary::Fixed { month, day } => write!(formatter, "--{month:02}-{day:02}"),
            Anniversary::Today(days) => write_relative(*days, formatter),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Month::Fixed(month) => write!(formatter, "{month}"),
            Month::This => formatter.write_str("this"),
            Month::Next => formatter.write_str("next"),
        }
    }
}

impl TryFrom<String> for When {
    type Error = &'static str;
    fn try_from(typed: String) -> Result<When, Self::Error> {
        When::parse(&typed).ok_or("not a day such as 2026-03-05 or today-7")
    }
}

impl From<When> for String {
    fn from(when: When) -> String {
        when.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today(day: &str) -> Today {
        let zone = calendar::parse_zone("Asia/Tokyo").unwrap();
        Today::new(calendar::parse_moment(&format!("{day} 00:30"), zone).unwrap(), zone)
    }

    #[test]
    fn a_day_is_fixed_or_so_many_days_from_today() {
        for (typed, day) in [
            ("today", "2026-03-01"),
            ("today-1", "2026-02-28"),
            ("today + 30", "2026-03-31"),
            ("７日前", "2026-02-22"),
            ("30日後", "2026-03-31"),
            ("in 3 days", "2026-03-04"),
            ("2 days ago", "2026-02-27"),
            ("明日", "2026-03-02"),
            ("２０２６年１月１日", "2026-01-01"),
        ] {
            assert_eq!(When::parse(typed).unwrap().on(&today("2026-03-01")).to_string(), day);
        }
        for bad in ["", "someday", "日前", "ago", "today7", "today+99999", "today--1", "today+"] {
            assert_eq!(When::parse(bad), None, "{bad}");
        }
        assert_eq!(When::parse("today+030").unwrap().to_string(), "today+30");
    }

    #[test]
    fn the_29th_of_february_is_kept_on_the_28th_where_the_year_has_none() {
        let kept = |day| Anniversary::Today(0).on(&today(day));
        assert_eq!(kept("2027-02-28"), ("02-28".to_string(), Some("02-29")));
        assert_eq!(kept("2028-02-28"), ("02-28".to_string(), None));
        assert_eq!(kept("2028-02-29"), ("02-29".to_string(), None));
    }

    #[test]
    fn after_december_comes_january() {
        assert_eq!(Month::Next.on(&today("2026-12-31")), 1);
        assert_eq!(Month::parse("１２月"), Some(Month::Fixed(12)));
        assert_eq!((Month::parse("0"), Month::parse("13")), (None, None));
    }
}
