//! A mail that may have arrived is never called unsent: what hinders it later leaves its row unsure, with the reason.
//! Not the usual second try and not `hold`: tests/tick.rs, tests/tick_edges.rs.
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

use mail_server::{Act, MailServer, Script};
use neo::domain::id::{DeliveryId, SequenceId, SubscriptionId};
use site::Site;

/// 2026-11-24 08:00 in Japan.
const MORNING: i64 = 1_795_474_800;
const READER: &str = "reader0@example.jp";

/// A broadcast to one reader whose mail was handed over without an answer, and kept for the owner.
fn in_doubt(script: Script) -> (Site, MailServer, String) {
    let server = MailServer::start(script.on(".", 1, Act::Close));
    let site = Site::at(&server.transport(), Some(MORNING));
    site.neo(&["setting", "set", "unsure", "hold"]);
    site.add(&[READER]);
    let message = site.broadcast("B").to_string();
    site.tick();
    assert_eq!((server.count(), site.ledger(&message)["unsure"]), (1, 1));
    (site, server, message)
}

/// Ticks that may send unsure rows again.
fn ticks(site: &mut Site, from: i64) {
    site.neo(&["setting", "set", "unsure", "retry"]);
    for hour in 0..4 {
        let report = site.tick_at(from + hour * 3600);
        assert_eq!((&report["sent"], &report["left"]), (&0.into(), &0.into()), "{report}");
    }
}

fn row(site: &Site) -> (String, String) {
    site.sqlite()
        .query_row("select state, reply from deliveries", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

fn state(site: &Site, message: &str) -> String {
    site.json(&["broadcast", "status", message, "--json"])["state"].as_str().unwrap().to_string()
}

fn assert_unsure(site: &Site, message: &str, why: &str) {
    assert_eq!(row(site), ("unsure".to_string(), why.to_string()));
    let ledger = site.ledger(message);
    assert_eq!((ledger["unsure"], ledger["suppressed"], ledger["cancelled"]), (1, 0, 0), "{ledger:?}");
    assert_eq!(site.number("select count(*) from hand_overs"), 0, "the bytes name her and are of no use");
}

#[test]
fn when_its_reader_leaves_it_stays_unsure_is_not_sent_again_and_the_broadcast_ends() {
    let (mut site, server, message) = in_doubt(Script::default());
    assert_eq!(state(&site, &message), "sending", "the owner may still have it sent again");
    site.leave(READER);
    ticks(&mut site, MORNING + 60);
    assert_eq!(server.count(), 1, "no mail after she left");
    assert_unsure(&site, &message, "left");
    assert_eq!(state(&site, &message), "finished");
}

#[test]
fn when_the_owner_stops_the_broadcast_it_stays_unsure_and_the_broadcast_stopped() {
    let (mut site, server, message) = in_doubt(Script::default());
    site.neo(&["broadcast", "stop", &message]);
    ticks(&mut site, MORNING + 60);
    assert_eq!(server.count(), 1);
    assert_unsure(&site, &message, "stopped by the owner");
    assert_eq!(state(&site, &message), "stopped");
}

#[test]
fn a_hindrance_that_only_the_tick_finds_leaves_it_unsure_too() {
    let (mut site, server, message) = in_doubt(Script::default());
    let suppressed = "insert into suppressions (address_key, reason, at) values (?1, 'complaint', 0)";
    site.sqlite().execute(suppressed, [READER]).unwrap();
    ticks(&mut site, MORNING + 60);
    assert_eq!(server.count(), 1);
    assert_unsure(&site, &message, "suppressed");
    assert_eq!(state(&site, &message), "finished");
}

#[test]
fn a_text_that_no_longer_compiles_does_not_make_it_a_failure() {
    let (mut site, server, message) = in_doubt(Script::default());
    site.sqlite().execute("update messages set text = '{{ nobody }}'", []).unwrap();
    ticks(&mut site, MORNING + 60);
    assert_eq!((server.count(), row(&site).0), (1, "unsure".to_string()));
    assert_eq!(site.ledger(&message)["failed"], 0);
}

#[test]
fn when_its_second_try_was_put_off_and_she_leaves_the_first_may_still_have_arrived() {
    let script = Script::default().on(".", 2, Act::Say("451 4.7.1 later".to_string()));
    let (mut site, server, message) = in_doubt(script);
    site.neo(&["setting", "set", "unsure", "retry"]);
    site.tick_at(MORNING + 60);
    assert_eq!((server.count(), row(&site).0), (2, "deferred".to_string()));
    site.leave(READER);
    ticks(&mut site, MORNING + 7200);
    assert_eq!(server.count(), 2);
    assert_unsure(&site, &message, "left");
}

#[test]
fn when_the_owner_sends_it_again_and_stops_the_broadcast_before_it_goes_it_is_not_called_cancelled() {
    let (mut site, server, message) = in_doubt(Script::default());
    let id = DeliveryId(site.number("select id from deliveries"));
    assert!(site.store().settle_unsure(id, true, MORNING).unwrap());
    assert_eq!(row(&site).0, "queued");
    site.neo(&["broadcast", "stop", &message]);
    ticks(&mut site, MORNING + 60);
    assert_eq!(server.count(), 1);
    assert_eq!(row(&site), ("unsure".to_string(), "stopped by the owner".to_string()));
}

#[test]
fn what_never_was_in_hand_is_suppressed_or_cancelled_as_before() {
    let server = MailServer::start(Script::default());
    let site = Site::at(&server.transport(), Some(MORNING));
    site.add(&[READER, "reader1@example.jp"]);
    let message = site.broadcast("B").to_string();
    site.store().start_due_broadcasts(MORNING).unwrap();
    let id = site.store().unwritten_broadcast().unwrap().unwrap();
    site.store().write_audience(id, 10, MORNING).unwrap();
    site.leave(READER);
    site.neo(&["broadcast", "stop", &message]);
    site.tick();
    let ledger = site.ledger(&message);
    assert_eq!((ledger["suppressed"], ledger["cancelled"], server.count()), (1, 1, 0), "{ledger:?}");
}

#[test]
fn a_finished_broadcast_that_sends_again_to_who_came_back_runs_until_it_has() {
    let (mut site, server, message) = in_doubt(Script::default());
    site.leave(READER);
    ticks(&mut site, MORNING + 60);
    site.add(&[READER]);
    let id = DeliveryId(site.number("select id from deliveries"));
    assert!(site.store().settle_unsure(id, true, MORNING).unwrap());
    assert_eq!(state(&site, &message), "sending");
    assert_eq!(site.tick_at(MORNING + DAY)["sent"], 1);
    assert_eq!((server.count(), state(&site, &message)), (2, "finished".to_string()));
}

const DAY: i64 = 86_400;

#[test]
fn when_its_second_try_is_put_off_the_third_still_has_the_same_bytes() {
    let server = MailServer::start(Script::default().on(".", 1, Act::Close).on(
        "RCPT",
        2,
        Act::Say("450 4.2.0 try again later".to_string()),
    ));
    let mut site = Site::at(&server.transport(), Some(MORNING));
    site.add(&[READER]);
    let message = site.broadcast("B").to_string();
    site.tick();
    for hour in 1..=3 {
        // What she is called now must not change a mail that she may have already.
        let names = format!("update subscribers set name = 'name {hour}'");
        site.sqlite().execute_batch(&names).unwrap();
        site.tick_at(MORNING + hour * 3600);
    }
    assert_eq!(site.ledger(&message)["sent"], 1);
    let mails = server.log().mails;
    assert_eq!(mails.len(), 2, "handed over twice: before and after the refusal");
    assert_eq!(mails[0].bytes, mails[1].bytes);
    assert_eq!(site.number("select count(*) from hand_overs"), 0);
}

#[test]
fn when_its_second_try_is_refused_for_good_the_first_may_still_have_arrived() {
    let (mut site, server, message) =
        in_doubt(Script::default().on("RCPT", 2, Act::Say("550 5.1.1 user unknown".to_string())));
    site.neo(&["setting", "set", "unsure", "retry"]);
    let report = site.tick_at(MORNING + 60);
    assert_eq!((server.count(), &report["failed"]), (1, &0.into()), "{report}");
    assert_unsure(&site, &message, "550 5.1.1 user unknown");
    assert_eq!(state(&site, &message), "finished", "nothing more is done");
    // What the server said of her address is heard all the same.
    assert_eq!(site.number("select count(*) from suppressions"), 1);
    ticks(&mut site, MORNING + 3600);
    assert_eq!(server.count(), 1);
}

#[test]
fn when_she_leaves_its_sequence_it_stays_unsure_and_is_not_sent_again() {
    let server = MailServer::start(Script::default().on(".", 1, Act::Close));
    let mut site = Site::at(&server.transport(), Some(MORNING));
    site.neo(&["setting", "set", "unsure", "hold"]);
    site.sequence(&[(0, "08:00", "S0"), (1, "08:00", "S1")]);
    site.add(&[READER]);
    site.tick();
    assert_eq!((server.count(), row(&site).0), (1, "unsure".to_string()));
    let store = site.store();
    let way = store.latest_enrolment(SequenceId(1), SubscriptionId(1)).unwrap().unwrap();
    store.end_enrolment(&way, "reader", MORNING + 1).unwrap();
    ticks(&mut site, MORNING + 86_400);
    assert_eq!((server.count(), row(&site)), (1, ("unsure".to_string(), "left the sequence".to_string())));
    assert_eq!(site.number("select count(*) from hand_overs"), 0);
}
