//! A tick at its edges: leases and clocks that are not its own, what cannot be sent, mail servers that misbehave for long.
//! Not its usual day: tests/tick.rs. Not what a kill leaves: tests/crash.rs.
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

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use mail_server::{Act, MailServer, Script};
use neo::domain::address::Address;
use neo::domain::calendar::rfc3339_utc;
use neo::domain::consent::Circumstances;
use neo::domain::subscriber::{Fields, Name};
use neo::guard::Budget;
use neo::mail::{letter, outlet, tick};
use neo::settings;
use neo::store::membership::Request;
use serde_json::{Value, json};
use site::Site;

/// 2026-11-24 08:00 in Japan.
const MORNING: i64 = 1_795_474_800;
const DAY: i64 = 86_400;

fn set(site: &Site, key: &str, value: &str) {
    site.neo(&["setting", "set", key, value]);
}

fn say(reply: &str) -> Act {
    Act::Say(reply.to_string())
}

fn slow(milliseconds: u64) -> Script {
    Script { pause: Duration::from_millis(milliseconds), ..Script::default() }
}

/// A site with so many readers whose broadcast is due, and the server that its mails go to.
fn due(script: Script, readers: usize) -> (Site, MailServer, String) {
    let server = MailServer::start(script);
    let site = Site::at(&server.transport(), Some(MORNING));
    site.add_readers(readers);
    let message = site.broadcast("B").to_string();
    (site, server, message)
}

fn receivers(server: &MailServer) -> Vec<String> {
    server.log().mails.into_iter().map(|mail| mail.to.concat()).collect()
}

/// State, attempts and reply of a reader's only row.
fn row(site: &Site, address: &str) -> (String, i64, String) {
    site.sqlite()
        .query_row(
            "select d.state, d.attempts, d.reply from deliveries d join subscriptions s on s.id = d.subscription_id
             join subscribers p on p.id = s.subscriber_id where p.address = ?1",
            [address],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap()
}

/// A sign-up at the form.
fn ask_to_join(site: &Site, address: &str) {
    let (_, store) = site.open();
    let list = store.list_named("news").unwrap();
    let request = Request {
        list: list.id,
        address: &Address::parse(address).unwrap(),
        name: &Name::default(),
        fields: &Fields::new(),
        how: &Circumstances { way: "form", ..Circumstances::default() },
        form_version: None,
    };
    store.ask_to_join(&request, &letter::confirmation(list.language), site.clock()).unwrap();
}

#[test]
fn a_tick_with_nothing_to_do_does_nothing_and_asks_for_the_next_in_a_day() {
    let (mut site, server, _) = due(Script::default(), 3);
    site.tick();
    let connections = server.log().connections;
    let report = site.tick_at(MORNING + 60);
    assert_eq!(
        (&report["sent"], &report["left"], &report["stopped_by"]),
        (&json!(0), &json!(0), &Value::Null)
    );
    assert_eq!(report["next_due"], rfc3339_utc(MORNING + 60 + DAY));
    assert_eq!(server.log().connections, connections, "it spoke to the mail server");
}

// One at a time.

#[test]
fn the_lease_of_a_dead_process_is_taken_over_at_once() {
    let (site, server, _) = due(slow(5), 20);
    let mut dead = site.start(&["tick"]);
    server.wait_for(3);
    dead.kill().unwrap();
    dead.wait().unwrap();
    assert_eq!(site.number("select count(*) from leases"), 1, "it died with its lease");
    let report = site.tick();
    assert_eq!((&report["stopped_by"], &report["left"]), (&Value::Null, &json!(0)));
}

#[test]
fn the_lease_of_another_machine_holds_until_it_expires() {
    let (mut site, server, _) = due(Script::default(), 2);
    let expires = MORNING + 90;
    let taken = "insert into leases (name, owner, expires_at) values ('tick', 'elsewhere:7', ?1)";
    site.sqlite().execute(taken, [expires]).unwrap();
    assert_eq!(site.tick()["stopped_by"], "busy");
    assert_eq!(server.count(), 0);
    assert_eq!(site.tick_at(expires)["sent"], 2);
}

#[test]
fn a_tick_by_url_needs_the_key_and_keeps_a_gap() {
    let (mut site, server, _) = due(Script::default(), 2);
    let (app, _) = site.open();
    let path = format!("/tick/{}", app.secret(&settings::TICK_KEY).unwrap());
    let tick = |site: &Site, path: &str| {
        let (status, reply) = site.request("GET", path, "");
        let body = reply.split_once("\n\n").unwrap().1.to_string();
        (status, body)
    };
    assert_eq!(tick(&site, "/tick/guess").0, 403);
    assert_eq!(server.count(), 0);
    let report = |(status, body): (u16, String)| {
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let first = report(tick(&site, &path));
    assert_eq!((&first["sent"], &first["source"]), (&json!(2), &json!("url")));
    site.broadcast("B");
    site.now = Some(MORNING + 29);
    let soon = report(tick(&site, &path));
    assert_eq!(
        (&soon["stopped_by"], &soon["next_due"]),
        (&json!("too-soon"), &json!(rfc3339_utc(MORNING + 30)))
    );
    assert_eq!(server.count(), 2);
    assert_eq!(site.tick()["sent"], 2, "the gap is for the url alone");
    site.broadcast("B");
    site.now = Some(MORNING + 30);
    assert_eq!(report(tick(&site, &path))["sent"], 2);
    site.broadcast("B");
    site.now = Some(MORNING - DAY);
    assert_eq!(
        report(tick(&site, &path))["stopped_by"],
        Value::Null,
        "a clock that was set back blocks nothing"
    );
}

#[test]
fn a_source_that_the_owner_switched_off_is_refused() {
    let (site, server, _) = due(Script::default(), 2);
    set(&site, "tick_sources", "url");
    let output = site.run(&["tick"]);
    assert_eq!(output.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&output.stderr).contains("(E2017)"));
    assert_eq!(server.count(), 0);
}

// What is due.

#[test]
fn a_tick_whose_time_is_up_before_it_began_says_so() {
    let (site, server, message) = due(Script::default(), 5);
    let (mut app, store) = site.open();
    app.budget = Budget::new(Duration::ZERO, 100, 100);
    let mut transport = outlet::open(&app).unwrap();
    let report = tick::run(&app, &store, tick::Source::Cron, transport.as_mut()).unwrap();
    assert_eq!((report.stopped_by, report.sent), (Some("budget"), 0));
    assert_eq!(server.count(), 0);
    drop((transport, store));
    assert_eq!(site.tick()["sent"], 5);
    assert_eq!(site.ledger(&message)["sent"], 5);
}

#[test]
fn an_audience_is_written_in_chunks_and_a_kill_between_them_loses_nobody() {
    let (site, server, message) = due(slow(1), 1200);
    let mut tick = site.start(&["tick"]);
    server.wait_for(20);
    tick.kill().unwrap();
    tick.wait().unwrap();
    assert_eq!(
        site.number("select all_written from broadcasts"),
        0,
        "the kill came too late to be between chunks"
    );
    assert_eq!(site.ledger(&message)["audience"], 1200);
    assert_eq!(site.ledger("all")["audience"], 1200);
    // One who joins now is too late for it, and one who leaves now gets nothing.
    site.add(&["late@example.jp"]);
    site.leave("reader1199@example.jp");
    while site.tick()["left"] != 0 {}
    assert_eq!(site.ledger(&message)["sent"], 1199);
    assert_eq!(receivers(&server).into_iter().collect::<BTreeSet<String>>().len(), 1199);
    assert!(server.count() <= 1200, "more than one duplicate after one kill");
}

#[test]
fn what_a_reader_waits_for_goes_before_five_thousand_newsletters() {
    let (mut site, server, message) = due(Script::default(), 5000);
    {
        let (_, store) = site.open();
        store.start_due_broadcasts(MORNING).unwrap();
        let message = message.parse().unwrap();
        while store.write_audience(message, 1000, MORNING).unwrap() == 1000 {}
    }
    set(&site, "tick_messages", "3");
    site.now = Some(MORNING + 60);
    site.neo(&["subscriber", "add", "news", "hanako@example.jp"]);
    assert_eq!(site.tick()["sent"], 3);
    let first = server.log().mails.remove(0);
    assert_eq!(first.to, ["hanako@example.jp"]);
    assert!(String::from_utf8_lossy(&first.bytes).contains("Auto-Submitted:"), "a confirmation request");
}

#[test]
fn a_sign_up_during_a_long_tick_waits_for_a_hundred_mails_at_most() {
    let (site, server, _) = due(slow(1), 400);
    let tick = site.start(&["tick"]);
    server.wait_for(5);
    ask_to_join(&site, "hanako@example.jp");
    let sent_before = server.count();
    tick.wait_with_output().unwrap();
    let place = receivers(&server).iter().position(|to| to == "hanako@example.jp").expect("it was sent");
    assert!(place <= sent_before + 101, "after {place} mails instead of {sent_before}");
}

// What must not be sent.

#[test]
fn a_broken_address_fails_with_a_sentence_and_stops_nobody_else() {
    let (site, server, message) = due(Script::default(), 5);
    let broken = [("1", "no address"), ("3", "a@b\r\nBcc: x@example.jp")];
    for (reader, address) in broken {
        let sql = "update subscribers set address = ?2 where address = 'reader' || ?1 || '@example.jp'";
        site.sqlite().execute(sql, [reader, address]).unwrap();
    }
    let report = site.tick();
    assert_eq!((&report["sent"], &report["failed"]), (&json!(3), &json!(2)));
    for (_, address) in broken {
        let (state, attempts, reply) = row(&site, address);
        assert_eq!((state.as_str(), attempts), ("failed", 0));
        assert!(reply.contains("(E1002)"), "{reply}");
    }
    assert_eq!(site.ledger(&message)["failed"], 2);
    assert!(server.log().commands.iter().all(|command| !command.contains("Bcc")));
}

#[test]
fn a_text_that_cannot_be_filled_in_for_one_reader_fails_for_her_alone() {
    let server = MailServer::start(Script::default());
    let site = Site::at(&server.transport(), Some(MORNING));
    site.add_readers(5);
    site.sqlite().execute("update subscribers set name = '五文字の人' where id = 2", []).unwrap();
    site.unchecked_broadcast("{{ 10 // (name|length - 5) }}");
    let report = site.tick();
    assert_eq!((&report["sent"], &report["failed"]), (&json!(4), &json!(1)));
    let (state, _, reply) = row(&site, "reader2@example.jp");
    assert_eq!(state, "failed");
    assert!(reply.contains("(E1015)"), "{reply}");
}

#[test]
fn a_message_that_cannot_be_filled_in_at_all_fails_and_stops_no_other_message() {
    let server = MailServer::start(Script::default());
    let site = Site::at(&server.transport(), Some(MORNING));
    site.add_readers(5);
    let good = site.broadcast("B").to_string();
    // No page and no command takes this; an older version may have.
    let bad = site.unchecked_broadcast("{{ nonsense }}");
    let other = site.broadcast("B").to_string();
    let report = site.tick();
    assert_eq!((&report["sent"], &report["failed"]), (&json!(10), &json!(5)));
    assert_eq!((site.ledger(&good)["sent"], site.ledger(&other)["sent"]), (5, 5));
    let ledger = site.ledger(&bad);
    assert_eq!((ledger["failed"], ledger["unsure"]), (5, 0));
    assert_eq!(server.count(), 10, "no mail twice");
}

// Mail servers that misbehave.

#[test]
fn a_mail_that_is_refused_for_now_is_tried_again_after_growing_gaps() {
    let later = || say("451 4.7.1 greylisted");
    let script = Script::default().on(".", 1, later()).on(".", 2, later()).on("RCPT", 3, later());
    let (mut site, server, message) = due(script, 1);
    let mut now = MORNING;
    for gap in [300, 600, 1200] {
        let report = site.tick_at(now);
        assert_eq!((&report["deferred"], &report["left"]), (&json!(1), &json!(1)));
        assert_eq!(report["next_due"], rfc3339_utc(now + gap));
        assert_eq!(row(&site, "reader1@example.jp").2, "451 4.7.1 greylisted");
        assert_eq!(site.tick_at(now + gap - 1)["deferred"], 0, "too early");
        now += gap;
    }
    assert_eq!(site.tick_at(now)["sent"], 1);
    assert_eq!(site.ledger(&message)["sent"], 1);
    let bytes: BTreeSet<Vec<u8>> = server.log().mails.into_iter().map(|mail| mail.bytes).collect();
    assert_eq!(bytes.len(), 1, "each try had the same bytes");
}

#[test]
fn a_mail_that_is_refused_for_now_for_ever_fails_after_twelve_tries() {
    let (mut site, server, message) = due(Script::default().on_all(".", say("452 4.2.2 mailbox full")), 1);
    let mut now = MORNING;
    let mut failed = 0;
    for _ in 0..40 {
        let report = site.tick_at(now);
        failed += report["failed"].as_i64().unwrap();
        now = chrono::DateTime::parse_from_rfc3339(report["next_due"].as_str().unwrap()).unwrap().timestamp();
    }
    assert_eq!((server.count(), failed), (12, 1));
    assert_eq!(site.ledger(&message)["failed"], 1);
    assert_eq!(row(&site, "reader1@example.jp"), ("failed".into(), 12, "452 4.2.2 mailbox full".into()));
}

#[test]
fn a_mail_server_that_cannot_be_reached_costs_no_attempt_and_is_asked_ever_less_often() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut site = Site::at(&format!("smtp://127.0.0.1:{port}?tls=none"), Some(MORNING));
    site.add_readers(3);
    let message = site.broadcast("B").to_string();
    let (mut now, mut former) = (MORNING, 0);
    for _ in 0..4 {
        let report = site.tick_at(now);
        assert!(report["trouble"].as_str().unwrap().contains("127.0.0.1"), "{report}");
        assert_eq!((&report["sent"], &report["left"]), (&json!(0), &json!(3)));
        let ledger = site.ledger(&message);
        assert_eq!((ledger["queued"] + ledger["deferred"], ledger["unsure"]), (3, 0));
        assert_eq!(site.number("select max(attempts) from deliveries"), 0);
        let next =
            chrono::DateTime::parse_from_rfc3339(report["next_due"].as_str().unwrap()).unwrap().timestamp();
        assert!(next - now > former, "the waits grow: {former}, {}", next - now);
        let held = site.tick_at(next - 1);
        assert_eq!(
            (held.get("trouble"), &held["next_due"]),
            (None, &json!(rfc3339_utc(next))),
            "it keeps the wait"
        );
        (former, now) = (next - now, next);
    }
    let server = MailServer::start(Script::default());
    set(&site, "transport", &format!("smtp://127.0.0.1:{}?tls=none", server.port));
    assert_eq!(site.tick_at(now)["sent"], 3, "back again");
    assert_eq!(site.number("select count(*) from throttles where subject = 'transport'"), 0);
}

#[test]
fn a_refused_password_is_tried_once_and_then_not_for_an_hour() {
    let script = Script { auth: Some("PLAIN"), ..Script::default() };
    let (mut site, server, message) = due(script.on_all("AUTH", say("535 5.7.8 wrong")), 3);
    set(&site, "transport", &format!("smtp://hanako@127.0.0.1:{}?tls=none", server.port));
    let mut set =
        site.command(&["setting", "set", "transport_password", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    set.stdin.take().unwrap().write_all(b"secret\n").unwrap();
    assert!(set.wait().unwrap().success());
    let report = site.tick();
    assert!(report["trouble"].as_str().unwrap().contains("535 5.7.8 wrong"), "{report}");
    assert_eq!(report["next_due"], rfc3339_utc(MORNING + 3600));
    assert_eq!(server.log().logins, [("hanako".to_string(), "secret".to_string())]);
    site.tick_at(MORNING + 3599);
    assert_eq!(server.log().logins.len(), 1, "hosts ban addresses after a few failed logins");
    site.tick_at(MORNING + 3600);
    assert_eq!(server.log().logins.len(), 2);
    let ledger = site.ledger(&message);
    assert_eq!(ledger["queued"] + ledger["deferred"], 3);
    assert_eq!(site.number("select max(attempts) from deliveries"), 0);
}

#[test]
fn a_mail_whose_answer_is_lost_twice_stays_unsure_until_the_owner_decides() {
    let script = Script::default().on(".", 1, Act::Close).on(".", 2, Act::Close);
    let (mut site, server, message) = due(script, 1);
    for hour in 0..5 {
        site.tick_at(MORNING + hour * 3600);
    }
    assert_eq!((server.count(), site.ledger(&message)["unsure"]), (2, 1));
    let (_, store) = site.open();
    let rows = store.unsure_count().unwrap();
    assert_eq!(rows, 1);
    let id = neo::domain::id::DeliveryId(site.number("select id from deliveries"));
    assert!(store.settle_unsure(id, true, site.clock()).unwrap());
    drop(store);
    assert_eq!(site.tick()["sent"], 1);
    assert_eq!(server.count(), 3);
}

#[test]
fn with_hold_a_mail_whose_answer_is_lost_is_not_sent_again() {
    let (mut site, server, message) = due(Script::default().on(".", 1, Act::Close), 3);
    set(&site, "unsure", "hold");
    for hour in 0..3 {
        site.tick_at(MORNING + hour * 3600);
    }
    let ledger = site.ledger(&message);
    assert_eq!((server.count(), ledger["sent"], ledger["unsure"]), (3, 2, 1));
    assert_eq!(
        site.json(&["broadcast", "status", &message, "--json"])["state"],
        "sending",
        "a question is open"
    );
}

#[test]
fn while_an_unsure_mail_waits_for_the_server_the_next_tick_is_not_put_off_for_a_day() {
    // Lost after the dot; the next connection is refused, so the retry has to wait.
    let script = Script::default().on(".", 1, Act::Close).on("connect", 2, Act::Close);
    let (mut site, server, message) = due(script, 1);
    let report = site.tick();
    assert!(report["trouble"].is_string(), "{report}");
    let next =
        chrono::DateTime::parse_from_rfc3339(report["next_due"].as_str().unwrap()).unwrap().timestamp();
    assert!(next <= MORNING + 3600, "{report}");
    assert_eq!(report["left"], 1, "a mail that will be sent again is not done");
    site.tick_at(next);
    let ledger = site.ledger(&message);
    assert_eq!((ledger["sent"], ledger["unsure"], server.count()), (1, 0, 2));
}

#[test]
fn a_server_that_hangs_up_after_each_mail_is_called_again_for_the_next() {
    let (site, server, _) = due(Script { close_after_each_mail: true, ..Script::default() }, 4);
    let report = site.tick();
    assert_eq!((&report["sent"], &report["deferred"]), (&json!(4), &json!(0)), "{report}");
    assert_eq!(server.count(), 4);
}

#[test]
fn a_database_that_is_locked_for_longer_than_a_tick_waits_makes_no_second_copy() {
    let (site, server, message) = due(slow(200), 5);
    let tick = site.start(&["tick"]);
    server.wait_for(2);
    let other = site.sqlite();
    other.execute_batch("begin immediate").unwrap();
    std::thread::sleep(Duration::from_millis(6500));
    other.execute_batch("rollback").unwrap();
    let output = tick.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("(E4001)"));
    let ledger = site.ledger(&message);
    assert_eq!((ledger["sent"], ledger["sending"]), (2, 0), "what the server said was written down");
    assert_eq!(site.tick()["sent"], 3);
    assert_eq!(server.count(), 5);
}

#[test]
fn a_clock_that_once_was_far_ahead_holds_nothing_up_for_ever() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut site = Site::at(&format!("smtp://127.0.0.1:{port}?tls=none"), Some(MORNING));
    site.add_readers(2);
    site.broadcast("B");
    site.tick();
    assert!(site.tick_at(MORNING + 365 * DAY)["trouble"].is_string(), "the server is away, in a year");
    let taken = "insert into leases (name, owner, expires_at) values ('tick', 'elsewhere:7', ?1)";
    site.sqlite().execute(taken, [MORNING + 365 * DAY + 90]).unwrap();
    let server = MailServer::start(Script::default());
    set(&site, "transport", &server.transport());
    let report = site.tick_at(MORNING + 3600);
    assert_eq!((&report["stopped_by"], &report["sent"]), (&Value::Null, &json!(2)), "{report}");
}
