//! Backup and restore: a whole copy while the site runs, what is refused, and that a restore sends nothing twice.
//! Not the page (admin/backups).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/sink.rs"]
mod sink;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use neo::domain::id::{SequenceId, SubscriptionId};
use sink::Sink;
use site::Site;

/// 2026-11-23 15:00 in Japan.
const AFTERNOON: i64 = 1_795_413_600;
const DAY: i64 = 86_400;

fn counted() -> (Sink, Site) {
    let sink = Sink::start();
    let site = Site::at(&sink.transport(), Some(AFTERNOON));
    (sink, site)
}

fn recipients(sink: &Sink) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    // The owner may be told that her clock was silent; that is no mail to a reader.
    for copy in sink.copies().into_iter().filter(|copy| copy.to.starts_with("reader")) {
        *counts.entry(format!("{} {}", copy.to, copy.header("Subject"))).or_default() += 1;
    }
    counts
}

fn backup(site: &Site, name: &str) -> String {
    let file = site.path(name);
    site.neo(&["backup", file.to_str().unwrap()]);
    file.to_str().unwrap().to_string()
}

fn nightly(site: &Site) -> Vec<String> {
    let entries = std::fs::read_dir(site.data().join("backups")).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_is_one_whole_private_file_and_never_overwrites() {
    let (_sink, site) = counted();
    site.add_readers(300);
    let file = backup(&site, "copy.sqlite");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    for ending in ["-wal", "-shm", "-journal"] {
        assert!(!std::path::Path::new(&format!("{file}{ending}")).exists());
    }
    let copy = rusqlite::Connection::open(&file).unwrap();
    let said: String = copy.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    let count: i64 = copy.query_row("select count(*) from subscribers", [], |row| row.get(0)).unwrap();
    assert_eq!((said.as_str(), count), ("ok", 300));
    let again = site.run(&["backup", &file]);
    assert_eq!(again.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&again.stderr).contains("(E1135)"));
    let said = site.neo(&["backup"]);
    assert!(said.contains("/backups/neo-20261123-150000.sqlite"), "{said}");
    assert_eq!(nightly(&site), ["neo-20261123-150000.sqlite"], "and no half-made copy");
}

#[test]
fn a_restore_refuses_what_is_no_whole_backup_of_this_or_an_older_version() {
    let (_sink, site) = counted();
    site.add_readers(50);
    let good = backup(&site, "good.sqlite");
    let text = site.path("text.sqlite");
    std::fs::write(&text, "not a database").unwrap();
    let foreign = site.path("foreign.sqlite");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("create table t (x)").unwrap();
    let newer = site.path("newer.sqlite");
    std::fs::copy(&good, &newer).unwrap();
    rusqlite::Connection::open(&newer).unwrap().execute_batch("pragma user_version = 999").unwrap();
    let damaged = site.path("damaged.sqlite");
    let mut bytes = std::fs::read(&good).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xA5);
    std::fs::write(&damaged, bytes).unwrap();
    for (file, number) in [(text, "E1134"), (foreign, "E1134"), (newer, "E3006"), (damaged, "E1134")] {
        let ran = site.run(&["restore", file.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success() && said.contains(number), "{}: {said}", file.display());
    }
    assert_eq!(site.number("select count(*) from subscribers"), 50);
    assert_eq!(site.number("select count(*) from holds"), 0);
    assert!(nightly(&site).is_empty());
}

#[test]
fn a_restore_brings_back_what_was_and_keeps_the_present_aside() {
    let (_sink, site) = counted();
    site.add_readers(10);
    let file = backup(&site, "copy.sqlite");
    site.add(&["late@example.jp"]);
    let said = site.json(&["restore", &file, "--json"]);
    assert_eq!(site.number("select count(*) from subscribers"), 10);
    let aside = said["aside"].as_str().unwrap();
    let kept = rusqlite::Connection::open(aside).unwrap();
    let count: i64 = kept.query_row("select count(*) from subscribers", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 11);
    drop(kept);
    site.check_integrity();
    site.check_counters();
    assert!(!site.data().join("restore").exists());
}

#[test]
fn after_a_restore_nothing_is_sent_twice_and_nothing_at_all_before_the_owner_looked() {
    let (sink, mut site) = counted();
    site.sequence(&[(0, "15:00", "S0"), (1, "08:30", "S1"), (5, "08:30", "S5")]);
    site.add_readers(20);
    let message = site.broadcast("B1");
    let early = site.broadcast("B2");
    // The backup knows of mails that wait; then they are all sent.
    let file = backup(&site, "copy.sqlite");
    site.tick();
    site.tick_at(AFTERNOON + DAY);
    let before = recipients(&sink);
    assert_eq!(before.len(), 20 * 4, "S0, S1, B1, B2: {before:?}");
    assert!(before.values().all(|count| *count == 1));

    site.now = Some(AFTERNOON + DAY + 60);
    site.json(&["restore", &file, "--json"]);
    let report = site.tick();
    assert_eq!((&report["sent"], &report["stopped_by"]), (&0.into(), &"safe-mode".into()));
    for message in [message, early] {
        let state: String = site
            .sqlite()
            .query_row("select state from broadcasts where message_id = ?1", [message.0], |row| row.get(0))
            .unwrap();
        assert!(state == "draft" || state == "stopped", "{state}");
    }
    site.neo(&["restore", "--release"]);
    site.tick();
    assert_eq!(recipients(&sink), before, "nothing of what was sent is sent again");
    // What comes due later goes out, once.
    site.tick_at(AFTERNOON + 6 * DAY);
    let after = recipients(&sink);
    assert_eq!(after.len(), 20 * 5);
    assert!(after.values().all(|count| *count == 1), "{after:?}");
    site.check_counters();
}

#[test]
fn who_left_or_was_erased_since_the_backup_stays_away() {
    let (_sink, site) = counted();
    site.add_readers(5);
    let file = backup(&site, "copy.sqlite");
    site.leave("reader1@example.jp");
    site.neo(&["subscriber", "erase", "news", "reader2@example.jp"]);
    site.store().suppress("reader3@example.jp", "complaint", AFTERNOON).unwrap();
    let said = site.json(&["restore", &file, "--json"]);
    assert_eq!(said["stayed_away"], 2);
    let show = |address: &str| site.json(&["subscriber", "show", "news", address, "--json"]);
    let gone = show("reader1@example.jp");
    assert_eq!(gone["state"], "left");
    assert_eq!(gone["consents"].as_array().unwrap().last().unwrap()["way"], "restore");
    assert!(!site.run(&["subscriber", "show", "news", "reader2@example.jp"]).status.success());
    assert_eq!(site.number("select count(*) from suppressions"), 1);
    assert_eq!(show("reader4@example.jp")["state"], "confirmed");
}

#[test]
fn a_damaged_database_is_moved_aside_and_the_backup_takes_its_place() {
    let (_sink, site) = counted();
    site.add_readers(10);
    let file = backup(&site, "copy.sqlite");
    std::fs::write(site.database(), "no database at all, ".repeat(1000)).unwrap();
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", site.database().display()));
    }
    let said = site.json(&["restore", &file, "--json"]);
    assert_eq!(site.number("select count(*) from subscribers"), 10);
    assert!(std::fs::read_to_string(said["aside"].as_str().unwrap()).unwrap().starts_with("no database"));
    site.check_integrity();
}

#[test]
fn a_restore_waits_for_no_tick_and_disturbs_none() {
    let (sink, site) = counted();
    site.add_readers(3);
    let file = backup(&site, "copy.sqlite");
    sink.be_silent(true);
    site.broadcast("B1");
    let mut tick = site.start(&["tick"]);
    let busy = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let ran = site.run(&["restore", &file]);
        ran.status.code() == Some(75)
    });
    assert!(busy, "a restore went on beside a tick");
    sink.be_silent(false);
    let _ = tick.kill();
    let _ = tick.wait();
}

#[test]
fn the_night_makes_one_backup_by_cron_and_the_oldest_go() {
    let (_sink, mut site) = counted();
    site.neo(&["setting", "set", "backup_keep", "3"]);
    site.tick();
    assert!(nightly(&site).is_empty(), "a new site only begins to count");
    for day in 0..5 {
        // 03:00, 04:00 and 05:00 in Japan of the days after.
        for hour in [12, 13, 14] {
            site.tick_at(AFTERNOON + day * DAY + hour * 3600);
        }
        assert_eq!(nightly(&site).len(), 3.min(usize::try_from(day).unwrap() + 1), "{:?}", nightly(&site));
    }
    assert!(nightly(&site).last().unwrap().starts_with("neo-20261128-0400"), "{:?}", nightly(&site));
    site.neo(&["setting", "set", "backup_at", ""]);
    site.tick_at(AFTERNOON + 9 * DAY);
    assert_eq!(nightly(&site).len(), 3);
    assert!(!site.run(&["setting", "set", "backup_at", "25:00"]).status.success());
}

#[test]
fn what_a_copy_that_was_cut_off_has_left_goes_with_the_next_nightly_backup() {
    let (_sink, mut site) = counted();
    site.tick();
    let folder = site.data().join("backups");
    std::fs::create_dir_all(&folder).unwrap();
    // It is due at 03:30. The second of these may still be at work, the third is the owner's.
    for name in ["neo-20261123-150000.part", "neo-20261124-033100.part", "mine.part"] {
        std::fs::write(folder.join(name), "half").unwrap();
    }
    let twenty_to_four = AFTERNOON + 12 * 3600 + 40 * 60;
    site.tick_at(twenty_to_four);
    assert_eq!(nightly(&site), ["mine.part", "neo-20261124-033100.part", "neo-20261124-034000.sqlite"]);
}

/// Two readers of a sequence that stood still when the backup was made, and the second of them by herself.
fn standing_still(site: &mut Site) -> String {
    site.sequence(&[(0, "08:00", "S0"), (1, "08:00", "S1")]);
    site.add_readers(2);
    site.tick();
    let store = site.store();
    let second = store.latest_enrolment(SequenceId(1), SubscriptionId(2)).unwrap().unwrap();
    assert!(store.pause_enrolment(second.id, AFTERNOON).unwrap());
    store.pause_sequence(SequenceId(1), "", AFTERNOON).unwrap();
    drop(store);
    backup(site, "paused.sqlite")
}

fn go_on(site: &Site) {
    let store = site.store();
    let second = store.latest_enrolment(SequenceId(1), SubscriptionId(2)).unwrap().unwrap();
    store.resume_enrolment(second.id, false, site.clock()).unwrap();
    store.resume_sequence(SequenceId(1), false, site.clock()).unwrap();
}

#[test]
fn who_stood_still_in_the_backup_and_went_on_since_gets_nothing_twice_by_a_restore() {
    let (sink, mut site) = counted();
    let file = standing_still(&mut site);
    go_on(&site);
    site.tick_at(AFTERNOON + 2 * DAY);
    assert_eq!(recipients(&sink).len(), 4, "all had both: {:?}", recipients(&sink));
    site.neo(&["restore", &file, "--go-on"]);
    go_on(&site);
    for hour in 0..3 {
        site.tick_at(AFTERNOON + 2 * DAY + 60 + hour * 3600);
    }
    assert!(recipients(&sink).values().all(|count| *count == 1), "{:?}", recipients(&sink));
    assert_eq!(
        site.number("select count(*) from deliveries where state = 'cancelled'"),
        2,
        "and it is not hidden"
    );
}

#[test]
fn who_stands_still_ever_since_the_backup_goes_on_after_a_restore_and_loses_nothing() {
    let (sink, mut site) = counted();
    let file = standing_still(&mut site);
    site.tick_at(AFTERNOON + 2 * DAY);
    site.neo(&["restore", &file, "--go-on"]);
    site.tick_at(AFTERNOON + 2 * DAY + 60);
    assert_eq!(recipients(&sink).len(), 2, "they stand still: {:?}", recipients(&sink));
    go_on(&site);
    site.tick_at(AFTERNOON + 2 * DAY + 120);
    assert_eq!(recipients(&sink).len(), 4, "{:?}", recipients(&sink));
    assert!(recipients(&sink).values().all(|count| *count == 1));
}

#[test]
fn a_backup_that_is_cut_off_is_tried_again_in_hours_and_leaves_one_half_copy_and_not_one_a_minute() {
    let (_sink, mut site) = counted();
    site.add_readers(4000);
    site.tick();
    let night = AFTERNOON + DAY;
    site.now = Some(night);
    let part = site.data().join("backups/neo-20261124-150000.part");
    let mut tick = site.start(&["tick"]);
    while !part.exists() && tick.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_micros(100));
    }
    tick.kill().unwrap();
    tick.wait().unwrap();
    let parts = nightly(&site).into_iter().filter(|name| name.ends_with(".part")).count();
    assert_eq!(parts, 1, "it was cut off over the copy: {:?}", nightly(&site));
    for minute in 1..6 {
        site.tick_at(night + minute * 60);
        let whole = nightly(&site).into_iter().filter(|name| name.ends_with(".sqlite")).count();
        assert_eq!(whole, 0, "it is not tried again at once: {:?}", nightly(&site));
    }
    site.tick_at(night + 7 * 3600);
    assert_eq!(
        nightly(&site),
        ["neo-20261124-220000.sqlite"],
        "hours later it is made, and the half copy is gone"
    );
}
