//! Days on which the vendor works: Monday to Friday, without Japan's national holidays and the company's own closures.
//! Not what falls due on them (incidents/duty) and not where closures are kept (store/incidents).
//!
//! National holidays are neo's (`neo::domain::holidays`, which names its source). Outside of its years nothing is guessed:
//! who asks is told which years are known.

use chrono::Datelike;
use neo::domain::calendar::{Day, Weekday, add_days};
use neo::domain::civil;
use neo::domain::holidays::{self, FIRST_YEAR, LAST_ANNOUNCED_YEAR, LAST_YEAR};
use neo::error::{Error, Result};

use crate::texts::errors;

/// Days looked ahead at most: closures that leave no working day in so many are a mistake.
const LONGEST: usize = 400;

/// The days of a closure, e.g. of every year from 12-29 to 01-03.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure(Span);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Span {
    /// Month and day, perhaps across New Year.
    Yearly((u32, u32), (u32, u32)),
    Once(Day, Day),
}

impl Closure {
    /// Reads `12-29..01-03`, `08-14`, `2027-08-12..2027-08-16` or `2027-08-13`.
    pub fn parse(typed: &str) -> Result<Closure> {
        let typed = typed.trim();
        let (first, last) = typed.split_once("..").unwrap_or((typed, typed));
        let once = civil::parse_day(first).zip(civil::parse_day(last)).filter(|(first, last)| first <= last);
        let span = match (once, month_and_day(first).zip(month_and_day(last))) {
            (Some((first, last)), _) => Some(Span::Once(first, last)),
            (None, Some((first, last))) => Some(Span::Yearly(first, last)),
            (None, None) => None,
        };
        span.map(Closure).ok_or_else(|| Error::invalid(errors::CLOSURE_NOT_VALID).with("typed", typed))
    }

    pub fn contains(&self, day: Day) -> bool {
        let date = (day.month(), day.day());
        match self.0 {
            Span::Yearly(first, last) if first <= last => (first..=last).contains(&date),
            Span::Yearly(first, last) => date >= first || date <= last,
            Span::Once(first, last) => (first..=last).contains(&day),
        }
    }
}

impl std::fmt::Display for Closure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Span::Yearly(first, last) => {
                write!(formatter, "{:02}-{:02}..{:02}-{:02}", first.0, first.1, last.0, last.1)
            }
            Span::Once(first, last) => write!(formatter, "{first}..{last}"),
        }
    }
}

/// `MM-DD`, also the 29th of February.
fn month_and_day(typed: &str) -> Option<(u32, u32)> {
    let (month, day) = typed.trim().split_once('-')?;
    let is_short = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    let (month, day) = (is_short(month).then_some(month)?, is_short(day).then_some(day)?);
    let day = Day::from_ymd_opt(2000, month.parse().ok()?, day.parse().ok()?)?;
    Some((day.month(), day.day()))
}

/// Why nobody works on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Weekend,
    Holiday,
    Closure,
}

impl Rest {
    pub fn word(self) -> &'static str {
        match self {
            Rest::Weekend => "weekend",
            Rest::Holiday => "holiday",
            Rest::Closure => "closure",
        }
    }
}

/// The vendor's calendar.
#[derive(Clone, Debug, Default)]
pub struct BusinessDays {
    closures: Vec<Closure>,
}

impl BusinessDays {
    pub fn new(closures: Vec<Closure>) -> BusinessDays {
        BusinessDays { closures }
    }

    /// Why a day is no business day; `None` if it is one. Refused for a year whose holidays are not known.
    pub fn rest(&self, day: Day) -> Result<Option<Rest>> {
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            return Ok(Some(Rest::Weekend));
        }
        if self.closures.iter().any(|closure| closure.contains(day)) {
            return Ok(Some(Rest::Closure));
        }
        if !(FIRST_YEAR..=LAST_YEAR).contains(&day.year()) {
            return Err(Error::invalid(errors::HOLIDAYS_UNKNOWN)
                .with("day", day.to_string())
                .with("first", FIRST_YEAR.to_string())
                .with("last", LAST_YEAR.to_string()));
        }
        Ok(holidays::is_holiday(day).then_some(Rest::Holiday))
    }

    pub fn is_business_day(&self, day: Day) -> Result<bool> {
        Ok(self.rest(day)?.is_none())
    }

    /// The day itself, or the first business day after it.
    pub fn first_from(&self, day: Day) -> Result<Day> {
        let mut day = day;
        for _ in 0..LONGEST {
            if self.is_business_day(day)? {
                return Ok(day);
            }
            day = add_days(day, 1);
        }
        Err(Error::invalid(errors::NEVER_OPEN).with("day", day.to_string()))
    }

    pub fn next_after(&self, day: Day) -> Result<Day> {
        self.first_from(add_days(day, 1))
    }

    /// The business day that is `count` business days after a day.
    pub fn after(&self, day: Day, count: i64) -> Result<Day> {
        (0..count).try_fold(day, |day, _| self.next_after(day))
    }
}

/// Whether the Cabinet Office has not announced the holidays of this day's year yet, as far as this program knows: they
/// are reckoned by the law as it stands.
pub fn is_reckoned(day: Day) -> bool {
    day.year() > LAST_ANNOUNCED_YEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        civil::parse_day(text).unwrap()
    }

    fn company() -> BusinessDays {
        BusinessDays::new(vec![
            Closure::parse("12-29..01-03").unwrap(),
            Closure::parse("2026-08-13..2026-08-14").unwrap(),
        ])
    }

    #[test]
    fn business_days_are_monday_to_friday_without_national_holidays() {
        let days = BusinessDays::default();
        for open in ["2026-11-24", "2026-12-25", "2026-12-31", "2027-01-04"] {
            assert_eq!(days.rest(day(open)).unwrap(), None, "{open}");
        }
        assert_eq!(days.rest(day("2026-11-21")).unwrap(), Some(Rest::Weekend));
        // A Monday; New Year's Day, a Friday; the day between two holidays; a substitute for a Sunday.
        for closed in ["2026-11-23", "2027-01-01", "2026-09-22", "2026-05-06", "2027-03-22"] {
            assert_eq!(days.rest(day(closed)).unwrap(), Some(Rest::Holiday), "{closed}");
        }
    }

    #[test]
    fn the_company_s_closures_are_no_business_days_each_year_or_once() {
        let days = company();
        for closed in
            ["2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-12-29", "2026-08-13", "2026-08-14"]
        {
            assert_eq!(days.rest(day(closed)).unwrap(), Some(Rest::Closure), "{closed}");
        }
        for open in ["2026-12-28", "2027-01-04", "2027-08-13", "2026-08-12"] {
            assert!(days.is_business_day(day(open)).unwrap(), "{open}");
        }
    }

    #[test]
    fn the_next_business_day_lies_behind_weekend_holidays_and_closure() {
        let days = company();
        assert_eq!(days.next_after(day("2026-12-28")).unwrap(), day("2027-01-04"));
        assert_eq!(days.next_after(day("2027-01-08")).unwrap(), day("2027-01-12"), "Coming of Age Day");
        assert_eq!(days.after(day("2026-12-28"), 5).unwrap(), day("2027-01-08"));
        assert_eq!(days.first_from(day("2026-11-24")).unwrap(), day("2026-11-24"));
    }

    #[test]
    fn a_year_whose_holidays_are_not_known_is_refused_and_not_guessed() {
        for unknown in ["2009-01-05", "2021-12-31", "2100-01-04"] {
            match BusinessDays::default().rest(day(unknown)) {
                Err(Error::Invalid(refusal)) => assert_eq!(refusal.sentence, errors::HOLIDAYS_UNKNOWN),
                other => panic!("{unknown}: {other:?}"),
            }
        }
        assert_eq!(
            BusinessDays::default().rest(day("2009-01-04")).unwrap(),
            Some(Rest::Weekend),
            "that is known"
        );
        assert!(company().next_after(day("2009-01-05")).is_err());
        assert!(is_reckoned(day("2027-01-04")) && !is_reckoned(day("2026-12-28")));
    }

    #[test]
    fn closures_that_leave_no_business_day_are_an_answer_and_no_endless_search() {
        let never = BusinessDays::new(vec![Closure::parse("01-01..12-31").unwrap()]);
        assert!(matches!(never.next_after(day("2026-11-24")), Err(Error::Invalid(_))));
    }

    #[test]
    fn a_closure_reads_back_as_it_is_written_and_nonsense_is_refused() {
        for (typed, shown) in [
            ("12-29..01-03", "12-29..01-03"),
            ("8-14", "08-14..08-14"),
            ("2027-08-12..2027-08-16", "2027-08-12..2027-08-16"),
            ("02-29", "02-29..02-29"),
        ] {
            assert_eq!(Closure::parse(typed).unwrap().to_string(), shown);
        }
        for wrong in
            ["", "13-01", "02-30", "12-29..", "2027-08-16..2027-08-12", "summer", "2027-08-12..08-16"]
        {
            assert!(Closure::parse(wrong).is_err(), "{wrong}");
        }
    }
}
