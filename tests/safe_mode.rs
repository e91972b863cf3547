//! The guard's fourth ring across runs: half after a trip, more again after clean ticks, and work that trips three times
//! in a row rests until the owner speaks. Not the rings within a run: tests/guard.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/mail_server.rs"]
mod mail_server;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/sink.rs"]
mod sink;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use mail_server::{Act, MailServer, Script};
use serde_json::{Value, json};
use sink::Sink;
use site::Site;

/// 2026-11-23 15:00 in Japan.
const NOON: i64 = 1_795_413_600;

fn counted() -> (Sink, Site) {
    let sink = Sink::start();
    let site = Site::at(&sink.transport(), Some(NOON));
    (sink, site)
}

fn batch(site: &Site) -> Option<i64> {
    site.store().safe_mode().unwrap().batch
}

#[test]
fn after_a_trip_a_tick_does_half_and_each_clean_tick_doubles_it_until_it_is_as_usual() {
    let (sink, mut site) = counted();
    site.add_readers(100);
    site.broadcast("B1");
    assert_eq!(site.tick()["sent"], 100);
    site.broadcast("B2");
    site.note_trip("tick/deliver", 0);
    site.note_trip("tick/deliver", 0);
    let report = site.tick_at(NOON + 60);
    assert_eq!((&report["sent"], &report["stopped_by"]), (&json!(25), &json!("safe-mode")), "{report}");
    let report = site.tick_at(NOON + 120);
    assert_eq!((&report["sent"], &report["stopped_by"]), (&json!(50), &json!("safe-mode")));
    let report = site.tick_at(NOON + 180);
    assert_eq!(
        (&report["sent"], &report["stopped_by"], &report["left"]),
        (&json!(25), &Value::Null, &json!(0))
    );
    assert_eq!((batch(&site), sink.count()), (None, 200));
}

#[test]
fn a_log_is_read_once_and_trips_of_pages_slow_no_tick() {
    let (_sink, mut site) = counted();
    site.add_readers(100);
    site.note_trip("/admin/subscribers", 0);
    site.broadcast("B1");
    assert_eq!(site.tick()["sent"], 100);
    assert_eq!(site.store().trips(10).unwrap().len(), 1, "they are shown all the same");
    site.note_trip("tick/due", 0);
    site.broadcast("B2");
    assert_eq!(site.tick_at(NOON + 60)["sent"], 50);
    site.tick_at(NOON + 120);
    assert_eq!(site.store().trips(10).unwrap().len(), 2);
    // The owner may delete the log.
    std::fs::remove_file(site.data().join("guard.log")).unwrap();
    site.broadcast("B3");
    assert_eq!(site.tick_at(NOON + 180)["sent"], 100);
    // A line that was torn by a full disk counts nothing, and is read when it is whole.
    std::fs::write(site.data().join("guard.log"), format!("{} pid=1 tripped=wall signal=SIGA", NOON))
        .unwrap();
    site.broadcast("B4");
    assert_eq!(site.tick_at(NOON + 240)["sent"], 100);
}

#[test]
fn old_trips_are_history() {
    let (_sink, mut site) = counted();
    site.add_readers(100);
    site.note_trip("tick/deliver", 0);
    site.broadcast("B1");
    assert_eq!(site.tick_at(NOON + 2 * 86_400)["sent"], 100);
    assert_eq!(batch(&site), None);
}

#[test]
fn a_mail_that_trips_three_ticks_in_a_row_is_set_aside_and_the_others_go() {
    let (sink, mut site) = counted();
    site.add_readers(5);
    let message = site.broadcast("B").to_string();
    // The rows are in the ledger, and nothing has gone.
    site.neo(&["setting", "set", "pace", "1/day"]);
    assert_eq!(site.tick()["sent"], 1);
    site.neo(&["setting", "set", "pace", ""]);
    let item = site.number("select id from deliveries where state = 'queued' order by id limit 1");
    for _ in 0..2 {
        site.note_trip("tick/deliver", item);
    }
    site.note_trip("tick/deliver", item);
    let report = site.tick_at(NOON + 60);
    assert_eq!(
        (&report["sent"], &report["failed"], &report["left"]),
        (&json!(3), &json!(0), &json!(1)),
        "{report}"
    );
    let ledger = site.ledger(&message);
    assert_eq!((ledger["queued"], ledger["sent"], ledger["failed"]), (1, 4, 0), "its row says that it waits");
    site.tick_at(NOON + 86_400);
    assert_eq!(sink.count(), 4, "it is never tried again by itself");
    let resting = site.store().all_set_aside().unwrap();
    assert_eq!((resting.len(), resting[0].kind.as_str(), resting[0].item), (1, "delivery", item));
    // The owner lets it go on.
    site.store().take_up_again("delivery", item, site.clock()).unwrap();
    assert_eq!(site.tick()["sent"], 1);
    assert_eq!((sink.count(), site.ledger(&message)["sent"]), (5, 5));
    site.check_counters();
}

#[test]
fn two_trips_with_one_mail_or_three_with_different_ones_set_nothing_aside() {
    let (_sink, mut site) = counted();
    site.add_readers(9);
    site.broadcast("B");
    for item in [1, 1, 2] {
        site.note_trip("tick/deliver", item);
    }
    site.tick();
    assert!(site.store().all_set_aside().unwrap().is_empty());
    // The clean tick ended the row: two more with the last one are no three.
    for item in [2, 2] {
        site.note_trip("tick/deliver", item);
    }
    site.tick_at(NOON + 60);
    assert!(site.store().all_set_aside().unwrap().is_empty());
}

#[test]
fn a_broadcast_whose_audience_trips_three_times_rests_while_others_are_written() {
    let (sink, mut site) = counted();
    site.add_readers(3);
    let first = site.broadcast("first");
    site.store().start_due_broadcasts(NOON).unwrap();
    for _ in 0..3 {
        site.note_trip("tick/audience", first.0);
    }
    let second = site.broadcast("second").to_string();
    let report = site.tick_at(NOON + 60);
    assert_eq!(report["sent"], 3, "{report}");
    assert_eq!((site.ledger(&second)["sent"], site.ledger(&first.to_string())["queued"]), (3, 3));
    assert_ne!(report["next_due"], "2026-11-23T06:01:00Z", "nobody is called for what rests");
    site.store().give_up("audience", first.0, site.clock()).unwrap();
    site.tick_at(NOON + 120);
    let given_up = site.ledger(&first.to_string());
    assert_eq!((sink.count(), given_up["cancelled"], given_up["audience"]), (3, 3, 3));
}

#[test]
fn a_real_trip_leaves_its_line_and_the_next_tick_does_half() {
    let server = MailServer::start(Script::default().on("MAIL", 3, Act::Hang));
    let mut site = Site::at(&server.transport(), Some(NOON));
    site.add_readers(100);
    site.neo(&["setting", "set", "guard_wall_seconds", "10"]);
    let message = site.broadcast("B").to_string();
    let cut_off = site.run(&["tick", "--json"]);
    assert_eq!(cut_off.status.code(), Some(75), "{}", String::from_utf8_lossy(&cut_off.stderr));
    let report = site.tick_at(chrono_now());
    assert_eq!((&report["sent"], &report["stopped_by"]), (&json!(50), &json!("safe-mode")), "{report}");
    let trips = site.store().trips(10).unwrap();
    assert_eq!(
        (trips.len(), trips[0].tripped.as_str(), trips[0].stage.as_str()),
        (1, "wall", "tick/deliver")
    );
    assert!(trips[0].item > 0);
    let ledger = site.ledger(&message);
    assert_eq!((ledger["sent"], ledger["unsure"]), (52, 0), "the mail in hand was unsure and went again");
}

/// The brake knows only the machine's clock.
fn chrono_now() -> i64 {
    neo::clock::Clock::machine().now()
}

#[test]
fn each_days_peaks_are_kept() {
    let (_sink, mut site) = counted();
    site.add_readers(3);
    site.broadcast("B");
    site.tick();
    site.tick_at(NOON + 60);
    site.tick_at(NOON + 86_400);
    let peaks = site.store().daily_peaks("tick", 0).unwrap();
    assert_eq!(peaks.iter().map(|peak| peak.runs).collect::<Vec<i64>>(), [2, 1]);
    assert!(
        peaks.iter().all(
            |peak| peak.peak_rss_kib > 1000 && peak.day == NOON / 86_400 || peak.day == NOON / 86_400 + 1
        )
    );
}

#[test]
fn limits_of_the_settings_hold_up_to_the_ceiling() {
    let (_sink, site) = counted();
    for (key, wrong) in
        [("guard_memory_mib", "4096"), ("guard_cpu_seconds", "1000"), ("guard_wall_seconds", "0")]
    {
        assert_eq!(site.run(&["setting", "set", key, wrong]).status.code(), Some(65), "{key}");
    }
}
