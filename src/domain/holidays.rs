//! Japan's national holidays (国民の祝日に関する法律), with their substitutes.
//! Not a shop's own closed days: rest.
//!
//! The years of `ANNOUNCED` are as the Cabinet Office lists them (内閣府「国民の祝日について」, syukujitsu.csv); later years are
//! reckoned by the law as it stands, since a sequence of a year needs them before they are announced.

use chrono::{Datelike, Weekday};

use crate::domain::calendar::{Day, add_days};

/// The first year that is known.
pub const FIRST_YEAR: i32 = 2022;
/// The last year of the Cabinet Office's list in this program; later ones are reckoned.
pub const LAST_ANNOUNCED_YEAR: i32 = 2026;
/// The last year for which the equinoxes are reckoned.
pub const LAST_YEAR: i32 = 2099;

/// Month * 100 + day.
#[rustfmt::skip]
const ANNOUNCED: [(i32, &[u16]); 5] = [
    (2022, &[101, 110, 211, 223, 321, 429, 503, 504, 505, 718, 811, 919, 923, 1010, 1103, 1123]),
    (2023, &[101, 102, 109, 211, 223, 321, 429, 503, 504, 505, 717, 811, 918, 923, 1009, 1103, 1123]),
    (2024, &[101, 108, 211, 212, 223, 320, 429, 503, 504, 505, 506, 715, 811, 812, 916, 922, 923, 1014, 1103, 1104, 1123]),
    (2025, &[101, 113, 211, 223, 224, 320, 429, 503, 504, 505, 506, 721, 811, 915, 923, 1013, 1103, 1123, 1124]),
    (2026, &[101, 112, 211, 223, 320, 429, 503, 504, 505, 506, 720, 811, 921, 922, 923, 1012, 1103, 1123]),
];

/// Whether a day is a national holiday or its substitute. Years that are not known have none.
pub fn is_holiday(day: Day) -> bool {
    let announced = ANNOUNCED.iter().find(|(year, _)| *year == day.year());
    match announced {
        Some((_, days)) => days.iter().any(|other| u32::from(*other) == day.month() * 100 + day.day()),
        None => (FIRST_YEAR..=LAST_YEAR).contains(&day.year()) && is_reckoned(day),
    }
}

fn is_reckoned(day: Day) -> bool {
    is_named(day) || is_substitute(day) || is_between(day)
}

/// Art. 2: the days with a name.
fn is_named(day: Day) -> bool {
    let monday = |count: u32| day.weekday() == Weekday::Mon && (day.day() - 1) / 7 + 1 == count;
    match (day.month(), day.day()) {
        (1, 1) | (2, 11 | 23) | (4, 29) | (5, 3..=5) | (8, 11) | (11, 3 | 23) => true,
        (1 | 10, _) => monday(2),
        (7 | 9, _) if monday(3) => true,
        (3, date) => date == equinox(day.year(), 20.8431),
        (9, date) => date == equinox(day.year(), 23.2488),
        _ => false,
    }
}

/// Art. 3(2): the next day that is none, after one that fell on a Sunday.
fn is_substitute(day: Day) -> bool {
    let before = |count: i64| add_days(day, -count);
    !is_named(day)
        && (1..=7)
            .take_while(|count| is_named(before(*count)))
            .any(|count| before(count).weekday() == Weekday::Sun)
}

/// Art. 3(3): a day between two of them.
fn is_between(day: Day) -> bool {
    is_named(add_days(day, -1)) && is_named(add_days(day, 1))
}

/// The day of an equinox in Japan, 1980 to 2099, by the usual formula.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day of the month")]
fn equinox(year: i32, base: f64) -> u32 {
    let years = year - 1980;
    (base + 0.242_194 * f64::from(years)).floor() as u32 - u32::try_from(years / 4).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_as_reckoned_gives_every_day_that_the_cabinet_office_announced_and_no_other() {
        for (year, announced) in ANNOUNCED {
            let first = Day::from_ymd_opt(year, 1, 1).unwrap();
            let reckoned: Vec<u16> = first
                .iter_days()
                .take_while(|day| day.year() == year)
                .filter(|day| is_reckoned(*day))
                .map(|day| u16::try_from(day.month() * 100 + day.day()).unwrap())
                .collect();
            assert_eq!(reckoned, announced, "{year}");
        }
    }

    #[test]
    fn a_year_that_is_not_announced_yet_has_its_holidays_and_an_unknown_one_has_none() {
        let day = |text: &str| crate::domain::civil::parse_day(text).unwrap();
        // 2027-03-21 is a Sunday; 2032-09-21 lies between two.
        for holiday in ["2027-01-01", "2027-03-21", "2027-03-22", "2032-09-21", "2099-11-23"] {
            assert!(is_holiday(day(holiday)), "{holiday}");
        }
        for other in ["2027-03-23", "2027-12-25", "2021-01-01", "2100-01-01"] {
            assert!(!is_holiday(day(other)), "{other}");
        }
    }
}
