//! What a tick promises: its report, one at a time, and what becomes of a mail that was refused, stopped or left.
//! Not kills (tests/crash.rs) and not the conversation with a mail server (tests/transports.rs).
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

use std::collections::BTreeSet;

use mail_server::{Act, MailServer, Script};
use neo::domain::consent::Circumstances;
use neo::domain::id::SubscriptionId;
use sink::Sink;
use site::Site;

/// 2026-11-23 15:00 in Japan.
const NOON: i64 = 1_795_413_600;

fn scripted(script: Script) -> (MailServer, Site) {
    let server = MailServer::start(script);
    let site = Site::at(&format!("smtp://127.0.0.1:{}?tls=none", server.port), Some(NOON));
    (server, site)
}

fn counted() -> (Sink, Site) {
    let sink = Sink::start();
    let site = Site::at(&sink.transport(), Some(NOON));
    (sink, site)
}

fn recipients(sink: &Sink) -> Vec<String> {
    sink.copies().into_iter().map(|copy| copy.to).collect()
}

#[test]
fn the_report_has_exactly_the_keys_of_the_contract() {
    let (_sink, site) = counted();
    site.add_readers(1);
    site.broadcast("B1");
    let report = site.tick();
    let keys: BTreeSet<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let contract = "run source sent deferred failed left next_due stopped_by elapsed_ms peak_rss_kib version";
    assert_eq!(keys, contract.split(' ').collect());
    assert_eq!((&report["source"], &report["sent"], &report["left"]), (&"cron".into(), &1.into(), &0.into()));
    assert_eq!((&report["run"], &report["stopped_by"]), (&1.into(), &serde_json::Value::Null));
    assert_eq!(report["next_due"], "2026-11-24T06:00:00Z", "an idle site is called once a day");
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert!(report["peak_rss_kib"].as_u64().unwrap() > 0);
}

#[test]
fn a_successful_tick_says_nothing_and_no_argument_is_a_tick() {
    let (sink, site) = counted();
    site.add_readers(1);
    site.broadcast("B1");
    let output = site.run(&[]);
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
    assert_eq!(sink.count(), 1);
}

#[test]
fn of_two_ticks_at_once_one_works_and_the_other_says_busy() {
    let (sink, site) = counted();
    site.add_readers(3);
    for round in 1..=20 {
        site.broadcast(&format!("B{round}"));
        let before = sink.count();
        sink.be_silent(true);
        let working = site.command(&["tick", "--json"]).spawn().unwrap();
        sink.wait_for_more_than(before);
        let other = site.tick();
        sink.be_silent(false);
        assert_eq!((&other["stopped_by"], &other["sent"]), (&"busy".into(), &0.into()), "{other}");
        let output = working.wait_with_output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["sent"], &report["stopped_by"]), (&3.into(), &serde_json::Value::Null));
        assert_eq!(sink.count(), before + 3);
    }
}

#[test]
fn a_stop_takes_effect_with_the_next_message() {
    let (sink, site) = counted();
    site.add_readers(20);
    let message = site.broadcast("B1").0.to_string();
    sink.be_silent(true);
    let tick = site.command(&["tick"]).spawn().unwrap();
    sink.wait_for_more_than(0);
    site.neo(&["broadcast", "stop", &message]);
    sink.be_silent(false);
    assert!(tick.wait_with_output().unwrap().status.success());
    let ledger = site.json(&["ledger", &message, "--json"]);
    let counts = (&ledger["audience"], &ledger["sent"], &ledger["cancelled"]);
    assert_eq!(counts, (&20.into(), &1.into(), &19.into()), "{ledger}");
    site.tick();
    assert_eq!(sink.count(), 1);
}

#[test]
fn who_leaves_between_queueing_and_sending_gets_nothing() {
    let (sink, site) = counted();
    site.add_readers(3);
    let message = site.broadcast("B1").0.to_string();
    sink.be_silent(true);
    let tick = site.command(&["tick"]).spawn().unwrap();
    sink.wait_for_more_than(0);
    assert!(site.store().leave(SubscriptionId(2), &Circumstances::default(), NOON).unwrap());
    sink.be_silent(false);
    assert!(tick.wait_with_output().unwrap().status.success());
    assert_eq!(recipients(&sink), ["reader1@example.jp", "reader3@example.jp"]);
    let ledger = site.json(&["ledger", &message, "--json"]);
    assert_eq!((&ledger["sent"], &ledger["suppressed"]), (&2.into(), &1.into()), "{ledger}");
}

#[test]
fn a_mail_that_the_server_cannot_take_now_goes_later() {
    let busy = Act::Say("450 4.2.1 busy".to_string());
    let (server, mut site) = scripted(Script::default().on("RCPT", 1, busy));
    site.add_readers(2);
    site.broadcast("B1");
    let report = site.tick();
    assert_eq!((&report["sent"], &report["deferred"], &report["left"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!(report["next_due"], "2026-11-23T06:05:00Z");
    site.now = Some(NOON + 299);
    assert_eq!(site.tick()["sent"], 0);
    site.now = Some(NOON + 300);
    assert_eq!(site.tick()["sent"], 1);
    let to: Vec<String> = server.log().mails.into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to, ["reader2@example.jp", "reader1@example.jp"]);
}

#[test]
fn a_mail_that_the_server_refuses_for_good_fails_with_its_reply() {
    let unknown = Act::Say("550 5.1.1 nobody here".to_string());
    let (_server, site) = scripted(Script::default().on("RCPT", 1, unknown));
    site.add_readers(2);
    let message = site.broadcast("B1");
    let report = site.tick();
    assert_eq!((&report["sent"], &report["failed"], &report["left"]), (&1.into(), &1.into(), &0.into()));
    let rows = site.store().troubled_deliveries(message, neo::domain::delivery::State::Failed, 10).unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].reply.contains("550 5.1.1 nobody here"), "{}", rows[0].reply);
    assert_eq!(site.tick()["sent"], 0);
}

#[test]
fn when_the_mail_server_is_away_nothing_is_counted_and_the_report_says_why() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut site = Site::at(&format!("smtp://127.0.0.1:{port}?tls=none"), Some(NOON));
    site.add_readers(3);
    let message = site.broadcast("B1").0.to_string();
    let report = site.tick();
    assert_eq!((&report["sent"], &report["deferred"], &report["failed"]), (&0.into(), &0.into(), &0.into()));
    assert_eq!((&report["left"], &report["next_due"]), (&3.into(), &"2026-11-23T06:01:00Z".into()));
    assert!(report["trouble"].as_str().is_some_and(|words| !words.is_empty()), "{report}");
    assert_eq!(site.json(&["ledger", &message, "--json"])["queued"], 3);
    let sink = Sink::start();
    site.neo(&["setting", "set", "transport", &sink.transport()]);
    site.now = Some(NOON + 60);
    let report = site.tick();
    assert_eq!((&report["sent"], report.get("trouble")), (&3.into(), None));
}

#[test]
fn a_mail_whose_answer_is_lost_is_unsure_and_sent_once_more_with_the_same_bytes() {
    let script = Script::default().on(".", 1, Act::Close);
    let (server, mut site) = scripted(script);
    site.add_readers(1);
    let message = site.broadcast("B1").0.to_string();
    site.tick();
    site.now = Some(NOON + 3600);
    site.tick();
    site.tick();
    let mails = server.log().mails;
    assert_eq!(mails.len(), 2);
    assert!(mails[0].bytes == mails[1].bytes && mails[0].to == mails[1].to);
    assert_eq!(site.json(&["ledger", &message, "--json"])["sent"], 1);
}

#[test]
fn a_mail_whose_answer_is_lost_twice_stays_unsure() {
    let (server, mut site) = scripted(Script::default().on_all(".", Act::Close));
    site.add_readers(1);
    let message = site.broadcast("B1").0.to_string();
    for hour in 0..4 {
        site.now = Some(NOON + hour * 3600);
        site.tick();
    }
    assert_eq!(server.log().mails.len(), 2);
    assert_eq!(site.json(&["ledger", &message, "--json"])["unsure"], 1);
}

#[test]
fn a_broadcast_waits_for_its_time() {
    let (sink, mut site) = counted();
    site.add_readers(2);
    let text = site.path("text");
    std::fs::write(&text, "こんにちは\n").unwrap();
    let (text, at) = (text.to_str().unwrap(), "2026-11-23 15:30");
    let create = ["broadcast", "create", "--list", "news", "--subject", "B1", "--text", text, "--at", at];
    site.neo(&create);
    assert_eq!(site.tick()["next_due"], "2026-11-23T06:30:00Z");
    site.now = Some(NOON + 1799);
    site.tick();
    assert_eq!(sink.count(), 0);
    site.now = Some(NOON + 1800);
    assert_eq!(site.tick()["sent"], 2);
}

#[test]
fn an_old_address_of_a_japanese_carrier_gets_its_mail() {
    let (sink, site) = counted();
    site.neo(&["subscriber", "add", "news", "a..b@docomo.ne.jp", "--confirmed"]);
    site.broadcast("B1");
    assert_eq!(site.tick()["sent"], 1);
    assert_eq!(recipients(&sink).len(), 1);
    assert_eq!(recipients(&sink)[0].replace('"', ""), "a..b@docomo.ne.jp");
}

#[test]
fn the_message_budget_stops_a_tick_cleanly_and_the_next_goes_on() {
    let (sink, site) = counted();
    site.neo(&["setting", "set", "tick_messages", "2"]);
    site.add_readers(5);
    site.broadcast("B1");
    let counts = |report: &serde_json::Value| {
        (report["sent"].as_i64().unwrap(), report["left"].as_i64().unwrap(), report["stopped_by"].to_string())
    };
    assert_eq!(counts(&site.tick()), (2, 3, "\"budget\"".to_string()));
    assert_eq!(counts(&site.tick()), (2, 1, "\"budget\"".to_string()));
    assert_eq!(counts(&site.tick()), (1, 0, "null".to_string()));
    let all: BTreeSet<String> = recipients(&sink).into_iter().collect();
    assert_eq!((all.len(), sink.count()), (5, 5));
}
