//! Broadcasts that are sent again and again, and split tests: whatever the clock does, no day twice, no reader twice.
//! Not who fits a segment: tests/broadcasts_audience.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::{BTreeMap, BTreeSet};

use neo::domain::id::MessageId;
use neo::domain::message::Content;
use neo::domain::split::{Measure, Part, Split};
use serde_json::Value;
use site::Site;

/// 2026-11-24 10:00 in Japan, a Tuesday.
const NOW: i64 = 1_795_482_000;
const DAY: i64 = 86_400;

fn site(readers: usize) -> (Site, String) {
    let site = Site::at("folder:outbox", Some(NOW));
    site.add_readers(readers);
    std::fs::write(site.path("text"), "こんにちは").unwrap();
    let text = site.path("text").display().to_string();
    let draft = site.neo(&["broadcast", "create", "--list", "news", "--subject", "A", "--text", &text]);
    (site, draft)
}

fn status(site: &Site, message: &str) -> Value {
    site.json(&["broadcast", "status", message, "--json"])
}

/// The days on which broadcasts of the draft started, and how many mails went out at all.
fn days(site: &Site) -> (Vec<i64>, i64) {
    let connection = site.sqlite();
    let mut statement = connection
        .prepare("select (at - ?1) / 86400 from broadcasts where follows = 'occurrence' order by message_id")
        .unwrap();
    let days =
        statement.query_map([NOW - 2 * 3600], |row| row.get(0)).unwrap().map(|day| day.unwrap()).collect();
    (days, site.number("select count(*) from deliveries where state = 'sent'"))
}

#[test]
fn a_recurring_draft_is_sent_once_on_each_of_its_days_until_its_end() {
    let (mut site, draft) = site(2);
    let next = site.neo(&["broadcast", "recur", &draft, "--every", "day", "--at", "08:00", "--times", "3"]);
    assert_eq!(next, "2026-11-24T23:00:00Z");
    for hour in 0..120 {
        site.tick_at(NOW + hour * 3600);
    }
    assert_eq!(days(&site), (vec![1, 2, 3], 6));
    let recurs = &status(&site, &draft)["recurs"];
    assert_eq!((&recurs["is_active"], &recurs["times_left"]), (&false.into(), &0.into()));
    assert_eq!(status(&site, &draft)["state"], "draft", "the draft itself is never sent");
}

#[test]
fn days_that_were_missed_are_not_made_up_for_and_a_short_delay_does_no_harm() {
    let (mut site, draft) = site(1);
    site.neo(&["broadcast", "recur", &draft, "--every", "day", "--at", "08:00"]);
    // The clock stands still from the first day until two hours past the fifth day's moment.
    site.tick_at(NOW + 5 * DAY);
    assert_eq!(days(&site).0, [5]);
    // And then until thirteen hours past: too late for that day's letter.
    site.tick_at(NOW + 7 * DAY + 11 * 3600);
    assert_eq!(days(&site).0, [5]);
    site.tick_at(NOW + 8 * DAY);
    assert_eq!(days(&site).0, [5, 8]);
}

#[test]
fn a_clock_that_jumps_a_year_ahead_and_back_makes_no_day_twice_and_loses_no_day_to_come() {
    let (mut site, draft) = site(1);
    site.neo(&["broadcast", "recur", &draft, "--every", "day", "--at", "08:00"]);
    site.tick_at(NOW + DAY);
    site.tick_at(NOW + 366 * DAY);
    assert_eq!(days(&site).0, [1, 366]);
    for hour in 24..75 {
        site.tick_at(NOW + hour * 3600);
    }
    // Back and forth over the same days.
    for hour in (24..75).rev() {
        site.tick_at(NOW + hour * 3600);
    }
    assert_eq!(days(&site).0, [1, 366, 2, 3]);
    assert_eq!(site.number("select count(*) from deliveries"), 4);
}

#[test]
fn what_is_changed_in_the_draft_is_in_the_next_one_and_it_can_be_ended() {
    let (mut site, draft) = site(1);
    site.neo(&["broadcast", "recur", &draft, "--every", "week", "--on", "3", "--at", "08:00"]);
    site.tick_at(NOW + DAY);
    site.store()
        .change_message(MessageId(draft.parse().unwrap()), &Content::parse("B", "b", "").unwrap())
        .unwrap();
    site.tick_at(NOW + 8 * DAY);
    let subjects = |site: &Site| -> Vec<String> {
        let connection = site.sqlite();
        let mut statement = connection
            .prepare("select subject from messages join broadcasts on message_id = id where parent is not null order by id")
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(|one| one.unwrap()).collect()
    };
    assert_eq!(subjects(&site), ["A", "B"]);
    let refused = site.run(&["broadcast", "schedule", &draft, "--at", "now"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("E1228"));
    site.neo(&["broadcast", "recur", &draft, "--stop"]);
    site.tick_at(NOW + 15 * DAY);
    assert_eq!(subjects(&site).len(), 2);
    for flags in [["--on", "8"], ["--on", "0"]] {
        let mut all = vec!["broadcast", "recur", &draft, "--every", "week", "--at", "08:00"];
        all.extend_from_slice(&flags);
        assert_eq!(site.run(&all).status.code(), Some(65));
    }
    let past = ["broadcast", "recur", &draft, "--every", "day", "--at", "08:00", "--until", "2026-11-01"];
    assert!(String::from_utf8_lossy(&site.run(&past).stderr).contains("E1226"));
}

/// A test of three subjects, a tenth each, that is sent now.
fn split(site: &Site, draft: &str, owner_decides: bool) -> Vec<String> {
    let split = Split {
        part: Part::Subject,
        share: 10,
        measure: Measure::Open,
        wait_seconds: 4 * 3600,
        owner_decides,
    };
    let first = MessageId(draft.parse().unwrap());
    let others = ["B", "C"].map(|subject| Content::parse(subject, "other", "").unwrap());
    let variants = site.store().set_split(first, split, &others, NOW).unwrap();
    site.neo(&["broadcast", "schedule", draft, "--at", "now"]);
    std::iter::once(draft.to_string()).chain(variants.iter().map(ToString::to_string)).collect()
}

fn readers_of(site: &Site, message: &str) -> BTreeSet<String> {
    let rows = site.neo(&["ledger", message, "--rows", "--state", "sent", "--format", "jsonl"]);
    rows.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["email"].as_str().unwrap().to_string())
        .collect()
}

#[test]
fn the_best_of_a_split_test_goes_to_everybody_else_and_each_reader_gets_one_mail() {
    let (mut site, draft) = site(600);
    let variants = split(&site, &draft, false);
    site.tick();
    let sizes: Vec<i64> = variants.iter().map(|message| site.ledger(message)["sent"]).collect();
    assert!(sizes.iter().all(|size| (30..=95).contains(size)), "about a tenth each: {sizes:?}");
    // B is opened by the largest part of its readers.
    for (place, opened) in [(0, 3), (1, 9), (2, 5)] {
        let sql = format!(
            "insert into engagements (message_id, subscription_id, kind, first_at)
             select message_id, subscription_id, 'open', 1 from deliveries where message_id = {} limit {opened}",
            variants[place]
        );
        site.sqlite().execute_batch(&sql).unwrap();
    }
    let report = site.tick_at(NOW + 4 * 3600 - 60);
    assert_eq!(report["sent"], 0, "it is not yet time");
    assert_eq!(report["next_due"], "2026-11-24T05:00:00Z");
    site.tick_at(NOW + 4 * 3600);
    let split = status(&site, &draft)["split"].clone();
    assert_eq!(split["winner"].to_string(), variants[1]);
    let rest = split["rest"].to_string();
    assert_eq!(split["outcomes"][1]["readers"], 9);
    let mut seen = BTreeMap::new();
    for message in variants.iter().chain([&rest]) {
        let ledger = site.ledger(message);
        assert_eq!(ledger["audience"], ledger["sent"]);
        for reader in readers_of(&site, message) {
            *seen.entry(reader).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 600);
    assert!(seen.values().all(|count| *count == 1));
    let subject: String = site
        .sqlite()
        .query_row("select subject || text from messages where id = ?1", [&rest], |row| row.get(0))
        .unwrap();
    assert_eq!(subject, "Bこんにちは", "the tested subject, and the text of the first");
    // Nothing is decided twice.
    site.tick_at(NOW + 8 * 3600);
    assert_eq!(site.run(&["broadcast", "decide", &draft, &draft]).status.code(), Some(65));
    site.check_counters();
}

#[test]
fn a_split_test_that_was_stopped_sends_nothing_to_the_others_until_it_is_resumed() {
    let (mut site, draft) = site(300);
    site.neo(&["setting", "set", "tick_messages", "5"]);
    let variants = split(&site, &draft, false);
    site.tick();
    site.neo(&["broadcast", "stop", &draft]);
    for message in &variants {
        assert_eq!(status(&site, message)["state"], "stopped");
    }
    site.tick_at(NOW + 10 * 3600);
    assert_eq!(status(&site, &draft)["split"]["rest"], Value::Null);
    site.neo(&["setting", "set", "tick_messages", "1000"]);
    site.neo(&["broadcast", "resume", &draft]);
    site.tick_at(NOW + 11 * 3600);
    site.tick_at(NOW + 15 * 3600);
    let rest = status(&site, &draft)["split"]["rest"].to_string();
    let sent: i64 = variants.iter().chain([&rest]).map(|message| site.ledger(message)["sent"]).sum();
    assert_eq!(sent, 300);
}

#[test]
fn the_owner_may_decide_and_a_test_that_could_tell_nothing_is_refused() {
    let (mut site, draft) = site(100);
    let uncounted = site.run(&["broadcast", "split", &draft, "--subject", "B"]);
    assert!(String::from_utf8_lossy(&uncounted.stderr).contains("E1235"));
    let variants = split(&site, &draft, true);
    let alone = site.run(&["broadcast", "schedule", &variants[1], "--at", "now"]);
    assert!(String::from_utf8_lossy(&alone.stderr).contains("E1233"));
    site.tick();
    site.tick_at(NOW + 100 * 3600);
    assert_eq!(status(&site, &draft)["split"]["winner"], Value::Null);
    let rest = site.neo(&["broadcast", "decide", &draft, &variants[2]]);
    site.tick_at(NOW + 101 * 3600);
    let sent: i64 = variants.iter().chain([&rest]).map(|message| site.ledger(message)["sent"]).sum();
    assert_eq!(sent, 100);
    assert_eq!(status(&site, &rest)["follows"]["as"], "rest");
}

#[test]
fn a_split_test_can_be_taken_back_before_it_is_sent() {
    let (site, draft) = site(20);
    let first = MessageId(draft.parse().unwrap());
    let split =
        Split { part: Part::Body, share: 45, measure: Measure::Click, wait_seconds: 0, owner_decides: false };
    let other = [Content::parse("B", "other", "").unwrap()];
    site.store().set_split(first, split, &other, NOW).unwrap();
    assert!(site.store().set_split(first, Split { share: 46, ..split }, &other, NOW).is_err());
    site.neo(&["broadcast", "split", &draft, "--drop"]);
    assert_eq!(site.number("select count(*) from broadcasts"), 1);
    site.neo(&["broadcast", "schedule", &draft, "--at", "now"]);
    site.tick();
    assert_eq!(site.ledger(&draft)["sent"], 20);
}
