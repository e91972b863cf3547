//! When the steps of a sequence go out, and that a rehearsal shows exactly that.
//! Not the pages of sequences: tests/sequences.rs.
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

use std::collections::BTreeSet;
use std::path::Path;

use neo::domain::calendar::rfc3339_local;
use neo::domain::consent::Circumstances;
use neo::domain::id::SubscriptionId;
use sink::Sink;
use site::Site;

/// 2026-11-23 15:00 in Japan.
const NOON: i64 = 1_795_413_600;
/// 08:30 of the next day in Japan.
const MORNING: i64 = NOON + 63_000;
const DAY: i64 = 86_400;

/// One step that is past already at noon, and one on the next morning.
fn scene() -> (Sink, Site) {
    let sink = Sink::start();
    let site = Site::at(&sink.transport(), Some(NOON));
    site.sequence(&[(0, "09:00", "S0"), (1, "08:30", "S1")]);
    (sink, site)
}

/// What arrived: (subject, address), oldest first.
fn arrived(sink: &Sink) -> Vec<(String, String)> {
    sink.copies().into_iter().map(|copy| (copy.header("Subject"), copy.to)).collect()
}

fn pair(subject: &str, number: usize) -> (String, String) {
    (subject.to_string(), format!("reader{number}@example.jp"))
}

fn leave(site: &Site) {
    assert!(site.store().leave(SubscriptionId(1), &Circumstances::default(), site.clock()).unwrap());
}

#[test]
fn a_step_of_day_0_whose_hour_has_passed_goes_at_once_and_day_1_on_the_next_morning() {
    let (sink, mut site) = scene();
    site.add_readers(2);
    let report = site.tick();
    assert_eq!(arrived(&sink), [pair("S0", 1), pair("S0", 2)]);
    assert_eq!(report["next_due"], "2026-11-23T23:30:00Z");
    site.now = Some(MORNING - 1);
    site.tick();
    assert_eq!(sink.count(), 2);
    site.now = Some(MORNING);
    site.tick();
    assert_eq!(arrived(&sink)[2..], [pair("S1", 1), pair("S1", 2)]);
    site.now = Some(MORNING + 3 * DAY);
    site.tick();
    assert_eq!(sink.count(), 4, "nothing goes twice");
}

#[test]
fn who_leaves_gets_no_further_step_and_who_joins_again_starts_anew() {
    let (sink, mut site) = scene();
    site.add_readers(1);
    site.tick();
    leave(&site);
    site.now = Some(MORNING);
    site.tick();
    assert_eq!(arrived(&sink), [pair("S0", 1)]);
    site.now = Some(NOON + 5 * DAY);
    site.add_readers(1);
    site.tick();
    site.now = Some(MORNING + 5 * DAY);
    site.tick();
    assert_eq!(arrived(&sink), [pair("S0", 1), pair("S0", 1), pair("S1", 1)]);
    let identities: BTreeSet<String> = sink.copies().iter().map(|copy| copy.header("Message-ID")).collect();
    assert_eq!(identities.len(), 3, "the second way through is another mail");
    let mut rows = site.store().deliveries_of_subscription(SubscriptionId(1), 10).unwrap();
    rows.reverse();
    assert_eq!(rows.len(), 3);
    assert!(rows[0].occurrence < rows[1].occurrence && rows[1].occurrence == rows[2].occurrence);
}

#[test]
fn a_rehearsal_shows_what_the_ticks_of_the_coming_days_really_send_and_leaves_nothing_behind() {
    let (sink, mut site) = scene();
    site.add_readers(3);
    let text = site.path("text");
    std::fs::write(&text, "こんにちは\n").unwrap();
    let (text, at) = (text.to_str().unwrap(), "2026-11-24 20:00");
    site.neo(&["broadcast", "create", "--list", "news", "--subject", "B1", "--text", text, "--at", at]);
    let (files, ledger) = (names(&site.data()), site.neo(&["ledger", "all", "--json"]));

    let out = site.path("out");
    let report = site.json(&["rehearse", "--until", "2026-11-25", "--out", out.to_str().unwrap(), "--json"]);
    assert_eq!(report["mails"], 9);
    assert_eq!(names(&out), BTreeSet::from(["schedule.jsonl".to_string()]));
    assert_eq!((names(&site.data()), site.neo(&["ledger", "all", "--json"])), (files, ledger));
    assert_eq!(sink.count(), 0, "nothing left the machine");

    let mut really = BTreeSet::new();
    for half_hour in 0..=3 * 48 {
        site.now = Some(NOON + half_hour * 1800);
        let before = sink.count();
        site.tick();
        let at = rfc3339_local(site.clock(), neo::domain::calendar::Zone::default());
        really.extend(arrived(&sink).into_iter().skip(before).map(|(subject, to)| (at.clone(), to, subject)));
    }
    let word = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap().to_string();
    let schedule = std::fs::read_to_string(out.join("schedule.jsonl")).unwrap();
    let lines = schedule.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let rehearsed: BTreeSet<_> =
        lines.map(|line| (word(&line, "at"), word(&line, "to"), word(&line, "subject"))).collect();
    assert_eq!(rehearsed, really);
    assert_eq!((rehearsed.len(), sink.count()), (9, 9));
}

fn names(folder: &Path) -> BTreeSet<String> {
    // The journals of the database come and go.
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !["-wal", "-shm", "-journal"].iter().any(|end| name.ends_with(end))).collect()
}
