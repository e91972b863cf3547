//! Stopping a broadcast, resuming it, giving it up, and its last moment: nobody twice, nobody lost, the counts always add up
//! to the same audience. Not the pages of writing and sending: tests/broadcasts.rs.
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

use std::collections::BTreeMap;

use neo::domain::delivery::Urgency;
use site::Site;

/// 2026-11-24 10:00 in Japan.
const NOW: i64 = 1_795_482_000;

/// To whom mails went, and how many.
fn mails(site: &Site) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(site.data().join("outbox")) else { return found };
    for entry in entries {
        let mail = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let to = mail.lines().find_map(|line| line.strip_prefix("X-Neo-Envelope-To: ")).unwrap();
        *found.entry(to.trim().to_string()).or_default() += 1;
    }
    found
}

fn counts(site: &Site, message: &str) -> (i64, i64, i64, i64) {
    let ledger = site.ledger(message);
    (ledger["audience"], ledger["sent"], ledger["queued"], ledger["cancelled"])
}

/// A broadcast to `readers`, of which the first tick sends two.
fn begun(readers: usize) -> (Site, String) {
    let site = Site::at("folder:outbox", Some(NOW));
    site.add_readers(readers);
    site.neo(&["setting", "set", "tick_messages", "2"]);
    let message = site.broadcast("お知らせ").to_string();
    site.tick();
    (site, message)
}

#[test]
fn a_stopped_broadcast_is_resumed_with_the_same_readers_and_nobody_gets_it_twice() {
    let (mut site, message) = begun(700);
    // Only a part of the audience is written down yet; all of it counts.
    assert_eq!(counts(&site, &message), (700, 2, 698, 0));
    site.neo(&["broadcast", "stop", &message]);
    assert_eq!(counts(&site, &message), (700, 2, 0, 698));
    site.tick();
    assert_eq!(counts(&site, &message), (700, 2, 0, 698), "a stopped broadcast stands still");
    site.check_counters();
    site.add(&["late@example.jp"]);

    site.neo(&["broadcast", "resume", &message]);
    assert_eq!(counts(&site, &message).0, 700);
    site.neo(&["setting", "set", "tick_messages", "10000"]);
    for hour in 1..=3 {
        site.tick_at(NOW + hour * 3600);
    }
    assert_eq!(counts(&site, &message), (700, 700, 0, 0));
    let mails = mails(&site);
    assert_eq!(mails.len(), 700);
    assert!(mails.values().all(|count| *count == 1));
    assert!(!mails.contains_key("late@example.jp"), "she was not among those it was begun for");
    assert_eq!(site.json(&["broadcast", "status", &message, "--json"])["state"], "finished");
    site.check_counters();
}

#[test]
fn it_can_be_stopped_and_resumed_again_and_again() {
    let (mut site, message) = begun(9);
    for round in 0..4 {
        site.neo(&["broadcast", "stop", &message]);
        let ledger = site.ledger(&message);
        assert_eq!((ledger["sent"], ledger["cancelled"]), (2 + 2 * round, 7 - 2 * round));
        site.neo(&["broadcast", "resume", &message]);
        site.tick_at(NOW + 60 * (round + 1));
    }
    assert_eq!(counts(&site, &message), (9, 9, 0, 0));
    assert!(mails(&site).values().all(|count| *count == 1));
}

#[test]
fn who_left_meanwhile_is_left_out_when_it_is_resumed() {
    let (mut site, message) = begun(6);
    site.neo(&["broadcast", "stop", &message]);
    site.leave("reader6@example.jp");
    site.neo(&["broadcast", "resume", &message]);
    site.neo(&["setting", "set", "tick_messages", "100"]);
    site.tick_at(NOW + 60);
    let ledger = site.ledger(&message);
    assert_eq!((ledger["sent"], ledger["suppressed"]), (5, 1));
}

#[test]
fn what_may_have_arrived_before_the_stop_is_not_sent_by_the_resuming() {
    let (mut site, message) = begun(4);
    let store = site.store();
    let row = store.due_deliveries(Urgency::Normal, NOW, 1).unwrap()[0];
    assert!(store.begin_attempt(row, b"From: a\r\n\r\nx", NOW).unwrap());
    site.neo(&["broadcast", "stop", &message]);
    site.tick_at(NOW + 60);
    let ledger = site.ledger(&message);
    assert_eq!((ledger["sent"], ledger["cancelled"], ledger["unsure"]), (2, 1, 1));
    site.neo(&["broadcast", "resume", &message]);
    site.tick_at(NOW + 120);
    let ledger = site.ledger(&message);
    assert_eq!((ledger["sent"], ledger["cancelled"], ledger["unsure"]), (3, 0, 1));
    assert_eq!(mails(&site).len(), 3);
}

#[test]
fn one_that_was_given_up_or_is_not_stopped_is_not_resumed() {
    let (site, message) = begun(4);
    assert_eq!(site.run(&["broadcast", "resume", &message]).status.code(), Some(65), "it runs");
    site.neo(&["broadcast", "stop", "--for-good", &message]);
    let refused = site.run(&["broadcast", "resume", &message]);
    assert_eq!(refused.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("E1220"));
    site.tick();
    assert_eq!(counts(&site, &message), (4, 2, 0, 2));
}

#[test]
fn a_scheduled_broadcast_that_was_stopped_is_scheduled_again() {
    let mut site = Site::at("folder:outbox", Some(NOW));
    site.add_readers(3);
    let message = site.broadcast("お知らせ").to_string();
    site.neo(&["broadcast", "stop", &message]);
    site.tick_at(NOW + 60);
    assert_eq!(counts(&site, &message), (0, 0, 0, 0));
    site.neo(&["broadcast", "resume", &message]);
    site.tick_at(NOW + 120);
    assert_eq!(counts(&site, &message), (3, 3, 0, 0));
}

#[test]
fn what_has_not_gone_out_by_its_last_moment_is_cancelled_and_says_so() {
    let mut site = Site::at("folder:outbox", Some(NOW));
    site.add_readers(700);
    site.neo(&["setting", "set", "tick_messages", "2"]);
    std::fs::write(site.path("text"), "こんにちは").unwrap();
    let text = site.path("text").display().to_string();
    let message = site.neo(&[
        "broadcast",
        "create",
        "--list",
        "news",
        "--subject",
        "セール",
        "--text",
        &text,
        "--at",
        "now",
        "--not-later-than",
        "2026-11-24 11:00",
    ]);
    let report = site.tick();
    assert_eq!(report["sent"], 2);
    site.tick_at(NOW + 3599);
    assert_eq!(counts(&site, &message), (700, 4, 696, 0));
    // At the last moment, whatever waits, and whatever was not even written down.
    site.tick_at(NOW + 3600);
    assert_eq!(counts(&site, &message), (700, 4, 0, 696));
    site.tick_at(NOW + 7200);
    assert_eq!(counts(&site, &message), (700, 4, 0, 696));
    let rows = site.neo(&["ledger", &message, "--rows", "--state", "cancelled"]);
    assert!(rows.contains("not sent by the deadline"), "{rows:.300}");
    assert_eq!(site.run(&["broadcast", "resume", &message]).status.code(), Some(65));
    site.check_counters();
}
