//! Days as people type them: `2026-03-05`, `2026/3/5`, `2026年3月5日`, `令和8年3月5日`; birthdays also without a year.
//! Not instants and not time zones: calendar.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use crate::domain::width::narrow;

/// A day of the calendar; its `Display` is `YYYY-MM-DD`, which sorts as the days do.
pub type Day = NaiveDate;

/// Years that a day may lie in: four digits, so that texts sort as days do.
const YEARS: std::ops::RangeInclusive<i32> = 1600..=9999;

/// The Japanese eras: name, letter, the year before their first.
const ERAS: [(&str, char, i32); 5] =
    [("令和", 'r', 2018), ("平成", 'h', 1988), ("昭和", 's', 1925), ("大正", 't', 1911), ("明治", 'm', 1867)];

/// Reads a day with its year, perhaps with a time of day behind it, as spreadsheets write it.
pub fn parse_day(typed: &str) -> Option<Day> {
    let plain = narrow(typed).to_ascii_lowercase();
    let (year, month, day) = match eight_digits(&plain) {
        Some(parts) => parts,
        None => year_month_day(&plain)?,
    };
    Some(year).filter(|year| YEARS.contains(year)).and_then(|year| Day::from_ymd_opt(year, month, day))
}

/// A month and a day, perhaps of a known year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birthday {
    pub year: Option<i32>,
    pub month: u32,
    pub day: u32,
}

impl Birthday {
    /// Reads a day, or a month and a day: `--03-05`, `3月5日`, `3/5`.
    pub fn parse(typed: &str) -> Option<Birthday> {
        if let Some(day) = parse_day(typed) {
            return Some(Birthday { year: Some(day.year()), month: day.month(), day: day.day() });
        }
        let plain: String = narrow(typed).chars().filter(|c| !c.is_whitespace()).collect();
        let plain = plain.strip_prefix("--").unwrap_or(&plain);
        let (month, rest) = split_at_sign(plain, &['月', '/', '-', '.'])?;
        let day = rest.strip_suffix('日').unwrap_or(rest);
        let (month, day) = (two_digits(month)?, two_digits(day)?);
        // A leap year, since the 29th of February is somebody's birthday.
        Day::from_ymd_opt(2000, month, day).map(|_| Birthday { year: None, month, day })
    }
}

impl fmt::Display for Birthday {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(formatter, "{year:04}-{:02}-{:02}", self.month, self.day),
            None => write!(formatter, "--{:02}-{:02}", self.month, self.day),
        }
    }
}

fn eight_digits(plain: &str) -> Option<(i32, u32, u32)> {
    if plain.len() != 8 || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = plain.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

fn year_month_day(plain: &str) -> Option<(i32, u32, u32)> {
    let plain: String = without_time(plain).chars().filter(|c| !c.is_whitespace()).collect();
    let (year, rest) = split_at_sign(&plain, &['年', '/', '-', '.'])?;
    let (month, rest) = split_at_sign(rest, &['月', '/', '-', '.'])?;
    let day = rest.strip_suffix('日').unwrap_or(rest);
    Some((parse_year(year)?, two_digits(month)?, two_digits(day)?))
}

/// Drops ` 0:00`, `T00:00:00` and the like.
fn without_time(plain: &str) -> &str {
    let Some((day, time)) = plain.rsplit_once([' ', 't']) else { return plain };
    let is_time = time.contains(':') && time.chars().all(|c| c.is_ascii_digit() || ":.z".contains(c));
    if is_time { day.trim_end() } else { plain }
}

fn parse_year(typed: &str) -> Option<i32> {
    if typed.len() == 4 && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return typed.parse().ok();
    }
    let (rest, before) = ERAS.iter().find_map(|(name, letter, before)| {
        let rest = typed.strip_prefix(name).or_else(|| typed.strip_prefix(*letter));
        rest.map(|rest| (rest, *before))
    })?;
    let count = if rest == "元" { 1 } else { two_digits(rest)? };
    Some(count)
        .filter(|count| *count > 0)
        .and_then(|count| i32::try_from(count).ok())
        .map(|count| before + count)
}

fn two_digits(typed: &str) -> Option<u32> {
    let is_short = matches!(typed.len(), 1 | 2) && typed.bytes().all(|byte| byte.is_ascii_digit());
    is_short.then(|| typed.parse().ok()).flatten()
}

fn split_at_sign<'a>(text: &'a str, signs: &[char]) -> Option<(&'a str, &'a str)> {
    text.split_once(signs)
}
