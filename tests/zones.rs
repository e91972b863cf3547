//! The world's time zones, against a second reading of IANA's database: chrono-tz, a dependency of tests only.
//! Not the days and hours of steps: tests/sequence_calendar.rs.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use neo::domain::calendar::{Zone, local, parse_moment, parse_zone, rfc3339_utc};

const DAY: i64 = 86_400;
const FIRST: i64 = 946_684_800; // 2000-01-01
const LAST: i64 = 2_145_916_800; // 2038-01-01

/// Where the program's tables (2026f) know more than those of chrono-tz (2025b): the zone, and the first instant at
/// which the two differ. Who updates either looks at what is new here.
const NEWER: &[(&str, &str)] = &[
    // Morocco stays at UTC from 2026-09-20 on, without a change around Ramadan.
    ("Africa/Casablanca", "2026-09-20T01:00:00Z"),
    ("Africa/El_Aaiun", "2026-09-20T01:00:00Z"),
    // Alberta, British Columbia, Manitoba and the Northwest Territories do not set their clocks back in 2026, and stay.
    ("America/Edmonton", "2026-11-01T08:00:00Z"),
    ("America/Inuvik", "2026-11-01T08:00:00Z"),
    ("America/Rainy_River", "2026-11-01T07:00:00Z"),
    ("America/Vancouver", "2026-11-01T09:00:00Z"),
    ("America/Winnipeg", "2026-11-01T07:00:00Z"),
    ("America/Yellowknife", "2026-11-01T08:00:00Z"),
    ("Canada/Central", "2026-11-01T07:00:00Z"),
    ("Canada/Mountain", "2026-11-01T08:00:00Z"),
    ("Canada/Pacific", "2026-11-01T09:00:00Z"),
    // Cuba keeps summer time through one winter.
    ("America/Havana", "2026-11-01T05:00:00Z"),
    ("Cuba", "2026-11-01T05:00:00Z"),
    // Moldova has changed its clocks at the European Union's hour since 2022, not two hours earlier.
    ("Europe/Chisinau", "2022-03-27T00:00:00Z"),
    ("Europe/Tiraspol", "2022-03-27T00:00:00Z"),
];

#[test]
fn every_zone_changes_its_clocks_when_a_second_reading_says_so_from_2000_to_2037() {
    let mut different = BTreeMap::new();
    for theirs in TZ_VARIANTS {
        let zone = parse_zone(theirs.name()).unwrap_or_else(|_| panic!("{theirs} is missing"));
        assert_eq!(zone.name(), theirs.name());
        let ours = changes(|at| local(at, zone).offset().local_minus_utc());
        let others = changes(|at| second_opinion(at, theirs));
        let first =
            ours.iter().zip(&others).find(|(our, other)| our != other).map(|(our, other)| our.0.min(other.0));
        let first = first.or_else(|| match ours.len() == others.len() {
            true => None,
            false => ours.get(others.len()).or(others.get(ours.len())).map(|change| change.0),
        });
        if let Some(at) = first {
            different.insert(theirs.name(), rfc3339_utc(at));
        }
    }
    let known: BTreeMap<&str, String> = NEWER.iter().map(|(name, at)| (*name, (*at).to_string())).collect();
    assert_eq!(different, known);
}

#[test]
fn around_every_change_a_civil_time_is_its_earlier_instant_or_moves_on_by_what_was_skipped() {
    let mut asked = 0;
    for theirs in TZ_VARIANTS.into_iter().filter(|zone| NEWER.iter().all(|(name, _)| *name != zone.name())) {
        let zone = parse_zone(theirs.name()).unwrap();
        for (change, _) in changes(|at| second_opinion(at, theirs)) {
            for minutes in [-1440, -90, -60, -30, -1, 0, 1, 29, 30, 59, 60, 90, 1440] {
                let before = TimeDelta::seconds(second_opinion(change - 1, theirs).into());
                let civil = DateTime::from_timestamp(change + minutes * 60, 0).unwrap().naive_utc() + before;
                assert_eq!(ours(civil, zone), expected(civil, theirs, before), "{theirs}: {civil}");
                asked += 1;
            }
        }
    }
    assert!(asked > 100_000, "only {asked}");
}

fn ours(civil: NaiveDateTime, zone: Zone) -> i64 {
    parse_moment(&civil.format("%Y-%m-%d %H:%M:%S").to_string(), zone).unwrap()
}

/// A civil time that never was is read on the clock that was in force before.
fn expected(civil: NaiveDateTime, zone: Tz, before: TimeDelta) -> i64 {
    match zone.from_local_datetime(&civil).earliest() {
        Some(instant) => instant.timestamp(),
        None => (civil - before).and_utc().timestamp(),
    }
}

fn second_opinion(at: i64, zone: Tz) -> i32 {
    zone.offset_from_utc_datetime(&DateTime::from_timestamp(at, 0).unwrap().naive_utc())
        .fix()
        .local_minus_utc()
}

/// Every change of an offset, to the second, and the offset from then on. No zone changes twice within three days.
fn changes(offset: impl Fn(i64) -> i32) -> Vec<(i64, i32)> {
    let mut found = Vec::new();
    let mut before = offset(FIRST);
    for from in (FIRST..LAST).step_by(3 * 86_400) {
        let to = from + 3 * DAY;
        let after = offset(to);
        if after != before {
            found.push((first_with(from, to, |at| offset(at) != before), after));
            before = after;
        }
    }
    found
}

/// The first instant after `from`, up to `to`, of which `is_after` holds.
fn first_with(mut from: i64, mut to: i64, is_after: impl Fn(i64) -> bool) -> i64 {
    while to - from > 1 {
        let middle = from.midpoint(to);
        if is_after(middle) { to = middle } else { from = middle }
    }
    to
}
