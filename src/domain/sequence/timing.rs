//! When a step is due: six ways to say it, each a moment in the site's time zone.
//! Not quiet hours and closed days (domain/rest), which postpone that moment, and not the order of steps (progress).

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::domain::calendar::{self, Day, TimeOfDay, Weekday, Zone};
use crate::domain::sequence::start::{self, Start, Undated};
use crate::domain::subscriber::Fields;
use crate::error::{Error, Result};
use crate::texts::errors;

/// The furthest day of a step from what it is counted from, in either direction.
pub const FURTHEST_DAY: i64 = 3660;

/// When a step is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Timing {
    /// Civil days after the start's day; below 0 before it, where the start is a date.
    AfterStart { days: i64, at: TimeOfDay },
    /// A while after the moment of the step before it; days may name an hour.
    AfterPrevious {
        amount: i64,
        unit: Unit,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<TimeOfDay>,
    },
    /// The first such day of the week, at that hour, after the moment of the step before it.
    Weekday { days: Weekdays, at: TimeOfDay },
    /// One day of the calendar, the same for everybody.
    OnDate {
        #[serde(with = "day_json")]
        date: Day,
        at: TimeOfDay,
    },
    /// Civil days after a date that the reader has in a field; below 0 before it.
    AroundField { field: String, days: i64, at: TimeOfDay },
}

/// A day in JSON: `2026-12-24`.
mod day_json {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::domain::civil::{Day, parse_day};

    pub(super) fn serialize<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let typed = String::deserialize(deserializer)?;
        parse_day(&typed).ok_or_else(|| D::Error::custom("a day is written 2026-12-24"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Minutes,
    Hours,
    Days,
}

impl Unit {
    pub const ALL: [Unit; 3] = [Unit::Minutes, Unit::Hours, Unit::Days];

    pub fn word(self) -> &'static str {
        match self {
            Unit::Minutes => "minutes",
            Unit::Hours => "hours",
            Unit::Days => "days",
        }
    }

    pub fn parse(word: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.word() == word)
    }

    fn seconds(self) -> i64 {
        match self {
            Unit::Minutes => 60,
            Unit::Hours => 3600,
            Unit::Days => 86_400,
        }
    }
}

/// Some days of the week; in JSON `["tue", "thu"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Weekdays(u8);

impl Weekdays {
    /// The words, Monday first.
    pub const WORDS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// From their words; `None` if one is unknown or there are none.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Weekdays> {
        let mut days = 0;
        for word in words {
            days |= 1 << Weekdays::WORDS.iter().position(|known| *known == word)?;
        }
        (days != 0).then_some(Weekdays(days))
    }

    pub fn words(self) -> Vec<&'static str> {
        Weekdays::WORDS
            .iter()
            .enumerate()
            .filter(|(place, _)| self.0 & (1 << place) != 0)
            .map(|(_, word)| *word)
            .collect()
    }

    fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }
}

impl TryFrom<Vec<String>> for Weekdays {
    type Error = &'static str;
    fn try_from(words: Vec<String>) -> std::result::Result<Weekdays, &'static str> {
        Weekdays::parse(words.iter().map(String::as_str)).ok_or("weekdays are mon tue wed thu fri sat sun")
    }
}

impl From<Weekdays> for Vec<String> {
    fn from(days: Weekdays) -> Vec<String> {
        days.words().into_iter().map(str::to_string).collect()
    }
}

impl Timing {
    /// Refuses what is out of range. Before the start there is nothing, unless the start is a date.
    pub fn check(self, start: &Start) -> Result<Timing> {
        let (days, field) = match &self {
            Timing::AfterStart { days, .. } if *days < 0 && !start.on.is_dated() => (i64::MAX, "after_days"),
            Timing::AfterStart { days, .. } => (*days, "after_days"),
            Timing::AroundField { days, .. } => (*days, "field_days"),
            Timing::AfterPrevious { amount, unit, .. } => {
                let is_positive = *amount >= 0;
                (
                    if is_positive { amount.saturating_mul(unit.seconds()) / 86_400 } else { i64::MAX },
                    "amount",
                )
            }
            Timing::Weekday { .. } | Timing::OnDate { .. } => (0, "at"),
        };
        match (-FURTHEST_DAY..=FURTHEST_DAY).contains(&days) {
            true => Ok(self),
            false => Err(Error::invalid(errors::STEP_DAY_NOT_VALID)
                .with("limit", FURTHEST_DAY.to_string())
                .on(field)),
        }
    }

    /// The moment, before it is compared with anything: `start` is what days are counted from, `last` the moment of the
    /// step before. A time that a change of clocks skips is an hour later; one that happens twice is the earlier.
    pub fn moment(
        &self,
        start: Instant,
        last: Instant,
        fields: &Fields,
        zone: Zone,
    ) -> std::result::Result<Instant, Undated> {
        Ok(match self {
            Timing::AfterStart { days, at } => calendar::on_day_after(start, *days, *at, zone),
            Timing::AfterPrevious { amount, unit: Unit::Days, at: Some(at) } => {
                calendar::on_day_after(last, *amount, *at, zone).max(last)
            }
            Timing::AfterPrevious { amount, unit: Unit::Days, at: None } => {
                calendar::days_later(last, *amount, zone)
            }
            Timing::AfterPrevious { amount, unit, .. } => last.saturating_add(amount * unit.seconds()),
            Timing::Weekday { days, at } => next_weekday(*days, *at, last, zone),
            Timing::OnDate { date, at } => calendar::moment(*date, *at, zone),
            Timing::AroundField { field, days, at } => {
                let date = start::date_in(fields, field)?;
                calendar::moment(calendar::add_days(date, *days), *at, zone)
            }
        })
    }

    /// Minutes after the start's midnight, where that is what it is counted by: such steps find their own place.
    pub fn offset(&self) -> Option<i64> {
        match self {
            Timing::AfterStart { days, at } => Some(days * 1440 + at.minutes()),
            _ => None,
        }
    }

    /// The reader's field that it hangs on.
    pub fn field(&self) -> Option<&str> {
        match self {
            Timing::AroundField { field, .. } => Some(field),
            _ => None,
        }
    }
}

fn next_weekday(days: Weekdays, at: TimeOfDay, last: Instant, zone: Zone) -> Instant {
    let first = calendar::day_of(last, zone);
    (0..=7)
        .map(|count| calendar::add_days(first, count))
        .filter(|day| days.has(chrono::Datelike::weekday(day)))
        .map(|day| calendar::moment(day, at, zone))
        .find(|moment| *moment > last)
        .unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::civil;

    fn tokyo() -> Zone {
        Zone::default()
    }

    fn instant(text: &str) -> Instant {
        calendar::parse_moment(text, tokyo()).unwrap()
    }

    fn at(text: &str) -> TimeOfDay {
        TimeOfDay::parse(text).unwrap()
    }

    #[test]
    fn each_way_to_say_when_gives_its_moment() {
        let (start, last) = (instant("2026-11-24 15:00"), instant("2026-11-26 09:00"));
        let tuesdays = Weekdays::parse(["tue", "thu"]).unwrap();
        let fields = Fields::from([("event".to_string(), "2027年3月1日".to_string())]);
        let date = civil::parse_day("2026-12-24").unwrap();
        let after = |amount, unit, at| Timing::AfterPrevious { amount, unit, at };
        for (timing, moment) in [
            (Timing::AfterStart { days: 3, at: at("08:30") }, "2026-11-27 08:30"),
            (Timing::AfterStart { days: -1, at: at("08:30") }, "2026-11-23 08:30"),
            (after(90, Unit::Minutes, None), "2026-11-26 10:30"),
            (after(20, Unit::Hours, None), "2026-11-27 05:00"),
            (after(2, Unit::Days, None), "2026-11-28 09:00"),
            (after(2, Unit::Days, Some(at("18:00"))), "2026-11-28 18:00"),
            // Thursday the 26th: its hour is over at 09:00, that of 10:00 is not.
            (Timing::Weekday { days: tuesdays, at: at("09:00") }, "2026-12-01 09:00"),
            (Timing::Weekday { days: tuesdays, at: at("10:00") }, "2026-11-26 10:00"),
            (Timing::OnDate { date, at: at("12:00") }, "2026-12-24 12:00"),
            (
                Timing::AroundField { field: "event".to_string(), days: -7, at: at("08:30") },
                "2027-02-22 08:30",
            ),
        ] {
            assert_eq!(timing.moment(start, last, &fields, tokyo()), Ok(instant(moment)), "{timing:?}");
        }
    }

    #[test]
    fn a_date_that_is_missing_or_does_not_read_is_told_with_its_field_and_value() {
        let timing = Timing::AroundField { field: "event".to_string(), days: 0, at: at("08:30") };
        let fields = Fields::from([("event".to_string(), "春ごろ".to_string())]);
        let moment = |fields: &Fields| timing.moment(0, 0, fields, tokyo());
        assert_eq!(moment(&fields), Err(Undated { field: "event".to_string(), value: "春ごろ".to_string() }));
        assert_eq!(moment(&Fields::new()), Err(Undated { field: "event".to_string(), value: String::new() }));
    }

    #[test]
    fn a_timing_reads_back_from_its_json() {
        let timing = Timing::Weekday { days: Weekdays::parse(["sun", "mon"]).unwrap(), at: at("07:00") };
        let json = serde_json::to_string(&timing).unwrap();
        assert_eq!(json, r#"{"weekday":{"days":["mon","sun"],"at":"07:00"}}"#);
        assert_eq!(serde_json::from_str::<Timing>(&json).unwrap(), timing);
    }
}
