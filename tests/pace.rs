//! The pace: limits that are kept across ticks, what is learnt from refusals, messages that wait for the owner, and
//! several ways out. Not the arithmetic (domain/pace has its own tests).
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
#[path = "support/site.rs"]
mod site;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mail_server::{Act, MailServer, Script};
use neo::domain::consent::Circumstances;
use neo::domain::delivery::Urgency;
use neo::domain::id::{ListId, SubscriptionId};
use neo::mail::letter;
use neo::texts::Language;
use serde_json::{Value, json};
use site::Site;

/// 2026-11-23 15:00 in Japan.
const NOON: i64 = 1_795_413_600;

fn scripted(script: Script) -> (MailServer, Site) {
    let server = MailServer::start(script);
    let site = Site::at(&server.transport(), Some(NOON));
    (server, site)
}

fn set(site: &Site, key: &str, value: &str) {
    site.neo(&["setting", "set", key, value]);
}

fn next_due(report: &Value) -> i64 {
    chrono::DateTime::parse_from_rfc3339(report["next_due"].as_str().unwrap()).unwrap().timestamp()
}

/// How many copies each reader got.
fn copies(server: &MailServer) -> BTreeMap<String, usize> {
    let mut copies = BTreeMap::new();
    for mail in server.log().mails {
        for to in mail.to {
            *copies.entry(to).or_insert(0) += 1;
        }
    }
    copies
}

/// Ticks whenever the report says until nothing is left; how often, and when it was done.
fn run_to_the_end(site: &mut Site, mut before: impl FnMut(i64)) -> (usize, i64) {
    let mut now = site.clock();
    for count in 1..2000 {
        before(now);
        let report = site.tick_at(now);
        if report["left"] == 0 {
            return (count, now);
        }
        let next = next_due(&report);
        assert!(next > now, "asked to come again at once: {report}");
        now = next;
    }
    panic!("it does not end");
}

#[test]
fn a_limit_by_the_hour_holds_across_ticks_and_the_report_says_when_there_is_room() {
    let (server, mut site) = scripted(Script::default());
    set(&site, "pace", "20/hour");
    site.add_readers(50);
    let message = site.broadcast("B").to_string();
    let report = site.tick();
    // One of twenty is kept for confirmations.
    assert_eq!(
        (&report["sent"], &report["stopped_by"], &report["left"]),
        (&json!(19), &json!("pace"), &json!(31))
    );
    // Over an hour it counts by the minute.
    assert_eq!(next_due(&report), NOON + 3659);
    assert_eq!(site.tick_at(NOON + 3658)["sent"], 0, "the window slides, and is kept between processes");
    assert_eq!(site.tick_at(NOON + 3659)["sent"], 19);
    let report = site.tick_at(NOON + 7500);
    assert_eq!((&report["sent"], &report["stopped_by"]), (&json!(12), &Value::Null));
    assert_eq!((server.count(), site.ledger(&message)["sent"]), (50, 50));
}

#[test]
fn a_plan_of_the_host_is_kept_and_the_stricter_of_plan_and_own_limit_holds() {
    let (_server, site) = scripted(Script::default());
    set(&site, "host_plan", "wesh");
    site.add_readers(30);
    site.broadcast("B");
    assert_eq!(site.tick()["sent"], 19);
    let (_server, site) = scripted(Script::default());
    set(&site, "host_plan", "wesh");
    set(&site, "pace", "4/minute 100/hour");
    site.add_readers(30);
    site.broadcast("B");
    assert_eq!(site.tick()["sent"], 4);
    let refused = site.run(&["setting", "set", "host_plan", "nowhere"]);
    assert_eq!(refused.status.code(), Some(65), "a plan that is not known is refused");
    assert_eq!(site.run(&["setting", "set", "pace", "many/hour"]).status.code(), Some(65));
}

#[test]
fn a_confirmation_goes_out_of_the_reserve_when_newsletters_have_used_their_part() {
    let (server, site) = scripted(Script::default());
    set(&site, "pace", "100/hour");
    site.add_readers(120);
    site.broadcast("B");
    assert_eq!(site.tick()["sent"], 95);
    let store = site.store();
    let address = neo::domain::address::Address::parse("new@example.jp").unwrap();
    let request = neo::store::membership::Request {
        list: ListId(1),
        address: &address,
        name: &neo::domain::subscriber::Name::parse("").unwrap(),
        fields: &neo::domain::subscriber::Fields::default(),
        how: &Circumstances::default(),
        form_version: None,
    };
    store.ask_to_join(&request, &letter::confirmation(Language::Ja), NOON).unwrap();
    assert_eq!(store.due_deliveries(Urgency::AtOnce, NOON, 10).unwrap().len(), 1);
    let report = site.tick();
    assert_eq!((&report["sent"], &report["stopped_by"]), (&json!(1), &json!("pace")));
    assert_eq!(server.log().mails.last().unwrap().to, ["new@example.jp"]);
}

#[test]
fn a_provider_has_its_own_limit_and_the_others_do_not_wait_for_it() {
    let (server, mut site) = scripted(Script::default());
    set(&site, "pace_domains", "gmail.com=10/hour");
    let readers: Vec<String> = (0..40)
        .map(|number| match number % 2 {
            0 => format!("r{number}@{}", if number % 4 == 0 { "gmail.com" } else { "googlemail.com" }),
            _ => format!("r{number}@example.jp"),
        })
        .collect();
    site.add(&readers);
    let message = site.broadcast("B").to_string();
    let report = site.tick();
    assert_eq!(
        (&report["sent"], &report["left"], &report["stopped_by"]),
        (&json!(29), &json!(11), &Value::Null)
    );
    let ledger = site.ledger(&message);
    assert_eq!((ledger["queued"], ledger["deferred"]), (11, 0), "nothing was tried, so nothing is deferred");
    assert!(next_due(&report) >= NOON + 3600, "{report}");
    run_to_the_end(&mut site, |_| ());
    assert_eq!(copies(&server).values().filter(|count| **count == 1).count(), 40);
    assert_eq!(site.number("select max(attempts) from deliveries"), 1);
}

#[test]
fn a_server_that_counts_by_the_minute_is_learnt_and_everybody_gets_one_copy() {
    let room = Arc::new(AtomicI64::new(0));
    let words = "450 4.7.1 Error: too many recipients from 192.0.2.1";
    let script = Script { room: Some((Arc::clone(&room), words)), pipelining: true, ..Script::default() };
    let (server, mut site) = scripted(script);
    site.add_readers(400);
    let message = site.broadcast("B").to_string();
    let mut minute = 0;
    let (ticks, _) = run_to_the_end(&mut site, |now| {
        if now / 60 != minute {
            minute = now / 60;
            room.store(60, Ordering::SeqCst);
        }
    });
    assert_eq!(copies(&server).len(), 400);
    assert!(copies(&server).values().all(|count| *count == 1));
    assert_eq!(site.ledger(&message)["sent"], 400);
    let refused = server.log().refused.len();
    assert!((1..=6).contains(&refused), "after a few refusals it waits: {refused}");
    assert!(ticks < 30, "{ticks}");
    assert_eq!(
        site.number("select max(attempts) from deliveries"),
        1,
        "being too fast is no reader's failure"
    );
    let learnt = site.store().learnt("1").unwrap().unwrap();
    assert_eq!((learnt.span.word(), learnt.ceiling, learnt.reply.as_str()), ("minute", 60, words));
    assert!((30..60).contains(&learnt.most), "{learnt:?}");
}

#[test]
fn a_refusal_that_names_a_provider_slows_that_provider_alone() {
    let words = "421 4.7.28 gmail.com: unusual rate of mail from your address";
    let script = Script { refused_domains: vec![("gmail.com", words)], ..Script::default() };
    let (server, site) = scripted(script);
    let readers: Vec<String> = (0..20)
        .map(|number| format!("r{number}@{}", if number % 2 == 0 { "gmail.com" } else { "example.jp" }))
        .collect();
    site.add(&readers);
    site.broadcast("B");
    let report = site.tick();
    assert_eq!((&report["sent"], &report["stopped_by"]), (&json!(10), &Value::Null), "{report}");
    assert_eq!(server.log().refused.len(), 1, "one refusal is enough");
    assert!(site.store().learnt("@gmail.com").unwrap().is_some());
    assert_eq!(site.store().learnt("1").unwrap(), None);
}

#[test]
fn a_server_that_refuses_everybody_for_now_is_not_asked_about_every_reader() {
    let script = Script::default().on_all("RCPT", Act::Say("451 4.3.0 temporary failure".to_string()));
    let (server, mut site) = scripted(script);
    site.add_readers(100);
    let message = site.broadcast("B").to_string();
    let report = site.tick();
    let asked =
        |server: &MailServer| server.log().commands.iter().filter(|line| line.starts_with("RCPT")).count();
    assert_eq!(asked(&server), 5);
    assert!(report["trouble"].as_str().unwrap().contains("451 4.3.0"), "{report}");
    let first = next_due(&report) - NOON;
    let report = site.tick_at(NOON + first);
    assert_eq!(asked(&server), 10, "others than the first five get their turn");
    assert!(next_due(&report) - NOON - first > first, "each time it waits longer");
    let ledger = site.ledger(&message);
    assert_eq!((ledger["queued"], ledger["deferred"], ledger["failed"]), (90, 10, 0));
}

#[test]
fn refusals_for_the_senders_sake_hold_the_message_strike_nobody_and_wait_for_the_owner() {
    let words = "550 5.7.515 Access denied, sending domain does not meet the required authentication level";
    let script = Script { refused_domains: vec![("outlook.com", words)], ..Script::default() };
    let (server, mut site) = scripted(script);
    let readers: Vec<String> = (0..30)
        .map(|number| format!("r{number}@{}", if number < 20 { "outlook.com" } else { "example.jp" }))
        .collect();
    site.add(&readers);
    let held = site.broadcast("held").to_string();
    let report = site.tick();
    assert_eq!((&report["sent"], &report["failed"], &report["left"]), (&json!(0), &json!(0), &json!(30)));
    assert_eq!(server.log().refused.len(), 3);
    assert_eq!(site.number("select count(*) from message_holds where state = 'held'"), 1);
    let ledger = site.ledger(&held);
    assert_eq!((ledger["failed"], ledger["queued"] + ledger["deferred"]), (0, 30));
    let told = || server.log().mails.iter().filter(|mail| mail.to == ["owner@example.jp"]).count();
    site.tick_at(NOON + 60);
    assert_eq!((told(), server.log().refused.len()), (1, 3), "the owner hears of it, once");
    // Another message goes its way, and the held one is not tried again.
    let other = site.broadcast("other").to_string();
    let day_later = NOON + 86_400;
    site.tick_at(day_later);
    assert_eq!(site.ledger(&held)["sent"], 0);
    assert!(site.ledger(&other)["sent"] <= 10);
    assert!(site.store().release_message(neo::domain::id::MessageId(held.parse().unwrap())).unwrap());
    let report = site.tick_at(day_later + 60);
    assert!(report["failed"] == 0 && server.log().refused.len() > 3, "it is tried again: {report}");
    site.check_counters();
}

#[test]
fn after_two_refused_logins_nothing_is_tried_until_the_owner_acts() {
    let script = Script { auth: Some("PLAIN"), ..Script::default() };
    let script = script.on("AUTH", 1, Act::Say("535 5.7.8 wrong".to_string())).on(
        "AUTH",
        2,
        Act::Say("535 5.7.8 wrong".to_string()),
    );
    let server = MailServer::start(script);
    let mut site = Site::at(&format!("smtp://hanako@127.0.0.1:{}?tls=none", server.port), Some(NOON));
    set(&site, "transport_password", "first");
    site.add_readers(3);
    site.broadcast("B");
    for hour in 0..60 {
        site.tick_at(NOON + hour * 3600);
    }
    assert_eq!(server.log().logins.len(), 2, "hosts ban addresses after a few failed logins");
    set(&site, "transport_password", "second");
    let report = site.tick();
    assert_eq!((&report["sent"], server.log().logins.len()), (&json!(3), 3));
    assert_eq!(site.number("select count(*) from throttles"), 0);
}

#[test]
fn two_ways_share_the_mails_by_weight_each_with_its_own_limit() {
    let (first, site) = scripted(Script::default());
    let second = MailServer::start(Script::default());
    set(&site, "transport_2", &second.transport());
    set(&site, "transport_weight", "3");
    site.add_readers(40);
    let message = site.broadcast("B").to_string();
    assert_eq!(site.tick()["sent"], 40);
    assert_eq!((first.count(), second.count()), (30, 10));
    set(&site, "pace", "31/hour");
    site.broadcast("B2");
    assert_eq!(site.tick()["sent"], 40);
    assert_eq!(first.count(), 30, "the first has had its hour's mails");
    assert_eq!((second.count(), site.ledger(&message)["sent"]), (50, 40));
}

#[test]
fn where_one_way_cannot_be_reached_the_other_takes_all_and_nobody_waits() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let site = Site::at(&format!("smtp://127.0.0.1:{port}?tls=none"), Some(NOON));
    let second = MailServer::start(Script::default());
    set(&site, "transport_2", &second.transport());
    set(&site, "transport_2_weight", "0");
    site.add_readers(5);
    let message = site.broadcast("B").to_string();
    let report = site.tick();
    assert_eq!((&report["sent"], &report["left"]), (&json!(5), &json!(0)), "{report}");
    assert!(report["trouble"].as_str().is_some(), "the owner still hears of it");
    assert_eq!((second.count(), site.ledger(&message)["sent"]), (5, 5));
}

#[test]
fn a_warm_up_begins_small_and_grows_by_the_day() {
    let (_server, mut site) = scripted(Script::default());
    set(&site, "warm_up_from", "2026-11-23");
    set(&site, "warm_up_first", "30");
    site.add_readers(100);
    site.broadcast("B");
    assert_eq!(site.tick()["sent"], 29);
    assert_eq!(site.tick_at(NOON + 86_460)["sent"], 38, "a third more on the second day, less its reserve");
    site.broadcast("B2");
    assert_eq!(site.tick_at(NOON + 60 * 86_400)["sent"], 133, "after that it is over");
}

#[test]
fn counts_are_folded_and_forgotten_so_that_the_table_stays_small() {
    let (_server, mut site) = scripted(Script::default());
    site.add_readers(10);
    for minute in 0..20 {
        site.broadcast(&format!("B{minute}"));
        site.tick_at(NOON + minute * 7);
    }
    assert_eq!(site.number("select count(*) from pace_counts where subject = '1'"), 20);
    site.tick_at(NOON + 7200);
    assert_eq!(site.number("select count(*) from pace_counts where subject = '1'"), 3);
    assert_eq!(site.number("select sum(handed) from pace_counts where subject = '1'"), 200);
    site.tick_at(NOON + 2 * 86_400);
    assert_eq!(site.number("select count(*) from pace_counts"), 0);
}

#[test]
fn a_reader_who_leaves_while_her_row_waits_for_room_gets_nothing() {
    let (server, mut site) = scripted(Script::default());
    set(&site, "pace", "2/hour");
    site.add_readers(3);
    let message = site.broadcast("B").to_string();
    assert_eq!(site.tick()["sent"], 2);
    assert!(site.store().leave(SubscriptionId(3), &Circumstances::default(), NOON).unwrap());
    site.tick_at(NOON + 3660);
    let ledger = site.ledger(&message);
    assert_eq!((server.count(), ledger["sent"], ledger["suppressed"]), (2, 2, 1));
}
