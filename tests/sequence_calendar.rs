//! The days and hours of steps through the real engine: midnights, leap days, summer time, edits, clocks that jump.
//! Not the arithmetic alone (domain/calendar) and not the usual week of a sequence: tests/sequence_engine.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/sink.rs"]
mod sink;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::BTreeMap;

use neo::domain::calendar::{TimeOfDay, Zone, parse_moment, parse_zone, rfc3339_local};
use neo::domain::id::{SequenceId, StepId};
use neo::domain::message::{Content, Kind};
use neo::domain::sequence::{Draft, Place, Reach, Timing};
use sink::Sink;
use site::Site;

const DAY: i64 = 86_400;

/// A site in `zone` with the sequence `welcome`.
struct Scene {
    sink: Sink,
    site: Site,
    zone: Zone,
}

impl Scene {
    fn new(zone: &str, start: &str, steps: &[(i64, &str, &str)]) -> Scene {
        let zone = parse_zone(zone).unwrap();
        let sink = Sink::start();
        let site = Site::at(&sink.transport(), Some(parse_moment(start, zone).unwrap()));
        site.neo(&["setting", "set", "time_zone", zone.name()]);
        site.sequence(steps);
        Scene { sink, site, zone }
    }

    fn move_to(&mut self, civil: &str) {
        self.site.now = Some(parse_moment(civil, self.zone).unwrap());
    }

    /// Joins at a civil time.
    fn join(&mut self, civil: &str, address: &str) {
        self.move_to(civil);
        self.site.add(&[address]);
    }

    /// Ticks whenever the program asked for it, until `end`; what arrived when, oldest first.
    fn live_until(&mut self, end: &str) -> Vec<(String, String, String)> {
        let end = parse_moment(end, self.zone).unwrap();
        let mut arrived = Vec::new();
        loop {
            let before = self.sink.count();
            let report = self.site.tick();
            let at = rfc3339_local(self.site.clock(), self.zone);
            let new = self.sink.copies().into_iter().skip(before);
            arrived.extend(new.map(|copy| (at.clone(), copy.header("Subject"), copy.to)));
            let next = chrono::DateTime::parse_from_rfc3339(report["next_due"].as_str().unwrap()).unwrap();
            assert!(next.timestamp() > self.site.clock(), "it asks to be called at once for ever: {report}");
            if next.timestamp() > end {
                return arrived;
            }
            self.site.now = Some(next.timestamp());
        }
    }

    /// The same without the address, for a single reader.
    fn hours_until(&mut self, end: &str) -> Vec<(String, String)> {
        self.live_until(end).into_iter().map(|(at, subject, _)| (at, subject)).collect()
    }

    fn add_step(&self, after_days: i64, at: &str, subject: &str) -> StepId {
        let store = self.site.store();
        let sequence = SequenceId(1);
        let list = store.sequence_named("welcome").unwrap().list;
        let content = Content::parse(subject, "こんにちは", "").unwrap();
        let now = self.site.clock();
        let added = store.transaction(|| {
            let message = store.add_message(Kind::Step, list, &content, now)?;
            let timing = Timing::AfterStart { days: after_days, at: TimeOfDay::parse(at)? };
            store.add_step(sequence, &Draft::mail(timing, message), Place::ByDay, Reach::NotThereYet, now)
        });
        added.unwrap()
    }
}

fn entry(at: &str, subject: &str) -> (String, String) {
    (at.to_string(), subject.to_string())
}

#[test]
fn day_one_is_the_next_day_in_japan_for_who_joins_after_midnight_and_before_it() {
    for joined in ["2026-11-23 00:10", "2026-11-23 08:59", "2026-11-23 23:50"] {
        let mut scene = Scene::new("Asia/Tokyo", "2026-11-22 12:00", &[(1, "08:30", "S1")]);
        scene.join(joined, "hanako@example.jp");
        let seen = scene.hours_until("2026-11-30 00:00");
        assert_eq!(seen, [entry("2026-11-24T08:30:00+09:00", "S1")], "joined {joined}");
    }
}

#[test]
fn the_leap_day_is_a_day_like_any_other() {
    let steps = [(1, "08:30", "S1"), (2, "08:30", "S2"), (366, "08:30", "S366")];
    let mut scene = Scene::new("Asia/Tokyo", "2028-02-28 12:00", &steps);
    scene.join("2028-02-28 12:00", "hanako@example.jp");
    let seen = scene.hours_until("2029-03-10 00:00");
    let expected = [
        entry("2028-02-29T08:30:00+09:00", "S1"),
        entry("2028-03-01T08:30:00+09:00", "S2"),
        entry("2029-02-28T08:30:00+09:00", "S366"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn where_clocks_are_set_forward_and_back_each_step_goes_once_at_its_civil_hour() {
    // 2027-03-28: 02:30 does not exist in Berlin. 2027-10-31: it happens twice.
    let mut scene =
        Scene::new("Europe/Berlin", "2027-03-27 12:00", &[(1, "02:30", "Night"), (1, "08:30", "Day")]);
    scene.join("2027-03-27 12:00", "anna@example.jp");
    let spring = scene.hours_until("2027-04-02 00:00");
    assert_eq!(
        spring,
        [entry("2027-03-28T03:30:00+02:00", "Night"), entry("2027-03-28T08:30:00+02:00", "Day")]
    );
    scene.join("2027-10-30 12:00", "berta@example.jp");
    let autumn = scene.hours_until("2027-11-04 00:00");
    assert_eq!(
        autumn,
        [entry("2027-10-31T02:30:00+02:00", "Night"), entry("2027-10-31T08:30:00+01:00", "Day")]
    );
}

#[test]
fn a_step_that_is_added_later_goes_only_to_those_whose_day_for_it_is_still_to_come() {
    let mut scene = Scene::new("Asia/Tokyo", "2026-11-01 07:00", &[(0, "08:00", "S0"), (10, "08:00", "S10")]);
    scene.join("2026-11-01 07:00", "old@example.jp");
    scene.live_until("2026-11-05 23:00");
    scene.join("2026-11-06 07:00", "young@example.jp");
    // Its day was the 4th for the old reader and is the 9th for the young one.
    scene.add_step(3, "08:00", "S3");
    let seen = scene.live_until("2026-11-30 00:00");
    let of = |address: &str| -> Vec<(String, String)> {
        let hers = seen.iter().filter(|(_, _, to)| to == address);
        hers.map(|(at, subject, _)| (at[..10].to_string(), subject.clone())).collect()
    };
    assert_eq!(of("old@example.jp"), [entry("2026-11-11", "S10")]);
    let expected = [entry("2026-11-06", "S0"), entry("2026-11-09", "S3"), entry("2026-11-16", "S10")];
    assert_eq!(of("young@example.jp"), expected);
}

#[test]
fn a_step_after_the_last_also_reaches_who_had_come_to_the_end() {
    let mut scene = Scene::new("Asia/Tokyo", "2026-11-01 07:00", &[(0, "08:00", "S0")]);
    scene.join("2026-11-01 07:00", "hanako@example.jp");
    scene.live_until("2026-11-05 23:00");
    scene.move_to("2026-11-06 07:00");
    scene.add_step(7, "08:00", "S7");
    assert_eq!(scene.hours_until("2026-11-30 00:00"), [entry("2026-11-08T08:00:00+09:00", "S7")]);
}

#[test]
fn a_step_that_was_removed_is_skipped_and_the_next_keeps_its_day() {
    let steps = [(0, "08:00", "S0"), (1, "08:00", "S1"), (2, "08:00", "S2")];
    let mut scene = Scene::new("Asia/Tokyo", "2026-11-01 07:00", &steps);
    scene.join("2026-11-01 07:00", "hanako@example.jp");
    scene.live_until("2026-11-01 12:00");
    scene.move_to("2026-11-01 13:00");
    let second = scene.site.store().steps(SequenceId(1)).unwrap()[1].id;
    scene.site.store().remove_step(SequenceId(1), second, scene.site.clock()).unwrap();
    assert_eq!(scene.hours_until("2026-11-10 00:00"), [entry("2026-11-03T08:00:00+09:00", "S2")]);
}

#[test]
fn a_clock_that_jumps_back_and_forth_for_thirty_days_sends_no_step_twice_and_skips_none() {
    let steps: Vec<(i64, String)> = (0..30).map(|day| (day, format!("S{day}"))).collect();
    let steps: Vec<(i64, &str, &str)> =
        steps.iter().map(|(day, name)| (*day, "08:30", name.as_str())).collect();
    let mut scene = Scene::new("Asia/Tokyo", "2026-11-01 07:00", &steps);
    let start = scene.site.clock();
    scene.join("2026-11-01 07:00", "a@example.jp");
    let mut dice = 20_261_124_u64;
    for day in 0..32 {
        scene.site.now = Some(start + day * DAY + 7200);
        scene.site.tick();
        // Up to two days wrong, in either direction, and twice in the same minute.
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let jump = i64::try_from(dice >> 33).unwrap() % (4 * DAY) - 2 * DAY;
        scene.site.now = Some(start + day * DAY + 7200 + jump);
        scene.site.tick();
        scene.site.tick();
        if day == 15 {
            scene.site.add(&["b@example.jp"]);
        }
    }
    scene.site.tick_at(start + 60 * DAY);
    let mut copies: BTreeMap<(String, String), usize> = BTreeMap::new();
    // The owner hears that clocks stood still, as it looks from here.
    for copy in scene.sink.copies().into_iter().filter(|copy| copy.to != "owner@example.jp") {
        *copies.entry((copy.to.clone(), copy.header("Subject"))).or_default() += 1;
    }
    assert!(copies.values().all(|count| *count == 1), "{copies:?}");
    assert_eq!(copies.len(), 60, "each step once for each reader");
    scene.site.check_counters();
}

#[test]
fn a_rehearsal_changes_not_one_byte_of_the_database_and_leaves_no_copy_of_it() {
    let mut scene = Scene::new("Asia/Tokyo", "2026-11-01 07:00", &[(0, "08:00", "S0"), (3, "08:00", "S3")]);
    scene.join("2026-11-01 07:00", "hanako@example.jp");
    let file = scene.site.database();
    let before = std::fs::read(&file).unwrap();
    let out = scene.site.path("out");
    scene.site.neo(&["rehearse", "--until", "2026-12-01", "--out", out.to_str().unwrap()]);
    assert!(before == std::fs::read(&file).unwrap(), "the database changed");
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["schedule.jsonl"]);
    assert_eq!(scene.sink.count(), 0);
    let rehearsed: Vec<(String, String)> = std::fs::read_to_string(out.join("schedule.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| (line["at"].as_str().unwrap().to_string(), line["subject"].as_str().unwrap().to_string()))
        .collect();
    assert_eq!(rehearsed, scene.hours_until("2026-12-01 23:59"), "what was rehearsed is what happens");
}

/// What `--list` says, per day and subject.
fn foreseen(site: &Site, days: &str) -> (BTreeMap<(String, String), i64>, serde_json::Value) {
    let seen = site.json(&["sequence", "preview", "welcome", "--list", "--days", days, "--json"]);
    let lines = seen["days"].as_array().unwrap().iter().map(|line| {
        let text = |key: &str| line[key].as_str().unwrap().to_string();
        ((text("day"), text("subject")), line["readers"].as_i64().unwrap())
    });
    (lines.collect(), seen)
}

#[test]
fn the_calendar_of_everybody_says_per_day_and_step_how_many_mails_a_rehearsal_sends() {
    let steps = [(0, "08:00", "S0"), (1, "22:30", "S1"), (3, "08:00", "S3"), (60, "09:00", "S60")];
    let mut scene = Scene::new("Asia/Tokyo", "2026-11-01 07:00", &steps);
    scene.site.neo(&["setting", "set", "quiet_hours", "21:00-08:00"]);
    for (day, count) in [("01 07:00", 3), ("02 12:00", 2), ("03 23:00", 4)] {
        scene.move_to(&format!("2026-11-{day}"));
        let addresses: Vec<String> =
            (0..count).map(|number| format!("{}-{number}@example.jp", &day[..2])).collect();
        scene.site.add(&addresses);
        scene.site.tick();
    }
    // One stands still, one left, and one joined just now, whom no tick has seen.
    let store = scene.site.store();
    let still = store.enrolments_page(SequenceId(1), neo::domain::id::SubscriptionId(0), 1).unwrap()[0].id;
    assert!(store.pause_enrolment(still, scene.site.clock()).unwrap());
    scene.site.leave("02-0@example.jp");
    scene.site.add(&["new@example.jp"]);
    let (seen, all) = foreseen(&scene.site, "31");
    assert_eq!((all["whole"].as_bool(), all["standing_still"].as_i64()), (Some(true), Some(1)), "{all}");
    let out = scene.site.path("out");
    scene.site.neo(&["rehearse", "--until", "2026-12-03", "--out", out.to_str().unwrap()]);
    let mut rehearsed: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in std::fs::read_to_string(out.join("schedule.jsonl")).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let (day, subject) = (&line["at"].as_str().unwrap()[..10], line["subject"].as_str().unwrap());
        *rehearsed.entry((day.to_string(), subject.to_string())).or_default() += 1;
    }
    assert_eq!(seen, rehearsed);
    let of = |day: &str, subject: &str| seen.get(&entry(day, subject)).copied();
    // Quiet hours move S1 to the next morning; whoever joined late on the 3rd has S0 on the 4th.
    assert_eq!((of("2026-11-04", "S0"), of("2026-11-05", "S1")), (Some(5), Some(5)), "{seen:?}");
    assert!(!seen.keys().any(|(_, subject)| subject == "S60"), "beyond the 31 days: {seen:?}");
    assert!(foreseen(&scene.site, "92").0.keys().any(|(_, subject)| subject == "S60"));
}
