//! The ledger row by row: on the owner's pages, by command, as files; what a page costs; and the doctor's proof of it.
//! Not the counters under random walks: tests/ledger_counters.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/owner.rs"]
mod owner;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use neo::domain::delivery::State;
use neo::domain::id::{DeliveryId, MessageId, SubscriptionId};
use neo::store::Writer;
use neo::store::ledger_rows::{Of, Place};
use owner::{NOON, Owner};
use serde_json::Value;

/// A finished broadcast to `count` readers, some of whom did not get it: number 1.
fn finished(count: usize) -> Owner {
    let owner = Owner::new().complete();
    owner.add_readers(count);
    let text = owner.data().join("text.txt");
    std::fs::write(&text, "こんにちは\n").unwrap();
    let file = text.to_str().unwrap();
    owner.neo(&[
        "broadcast",
        "create",
        "--list",
        "news",
        "--subject",
        "お知らせ",
        "--text",
        file,
        "--at",
        "now",
    ]);
    owner.neo(&["tick"]);
    let store = owner.store();
    for (id, state, reply) in [
        (3, State::Failed, "550 5.1.1 no such user"),
        (7, State::Failed, "=cmd|' /C calc'!A0"),
        (9, State::Suppressed, "left"),
        (11, State::Cancelled, "stopped by the owner"),
    ] {
        store.record(DeliveryId(id), state, reply, NOON, NOON).unwrap();
    }
    owner
}

/// The readers' numbers on every page from `first` on.
fn walk(owner: &Owner, first: &str) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut next = first.to_string();
    loop {
        let page = owner.get(&next);
        assert_eq!(page.status, 200, "{next}");
        for rest in page.body.split("href=\"/neo.cgi/admin/subscribers/").skip(1) {
            seen.push(rest.split('"').next().unwrap().parse().unwrap());
        }
        let Some((before, _)) = page.body.split_once("\" rel=\"next\"") else { return seen };
        let url = before.rsplit("href=\"/neo.cgi").next().unwrap();
        next = url.replace("&amp;", "&");
    }
}

#[test]
fn every_row_of_a_message_stands_on_one_page_and_each_state_on_its_own() {
    let owner = finished(130);
    let all = walk(&owner, "/admin/ledger/1");
    assert_eq!(all, (1..=130).collect::<Vec<i64>>());
    assert_eq!(walk(&owner, "/admin/ledger/1?state=failed"), [3, 7]);
    assert_eq!(walk(&owner, "/admin/ledger/1?state=suppressed"), [9]);
    assert_eq!(walk(&owner, "/admin/ledger/1?state=cancelled"), [11]);
    let sent = walk(&owner, "/admin/ledger/1?state=sent");
    assert_eq!(sent.len(), 126);
    assert!(![3, 7, 9, 11].iter().any(|number| sent.contains(number)));
    // The tabs tell the counts, and the counts are those of the ledger.
    let words = owner.get("/admin/ledger/1?state=failed").words();
    for tab in ["すべて 130", "送信済み 126", "送信失敗 2", "送信対象外 1", "取りやめ 1"]
    {
        assert!(words.contains(tab), "{tab}: {words}");
    }
    assert!(words.contains("550 5.1.1 no such user"), "{words}");
    // From the broadcast's page each count leads here.
    assert!(owner.get("/admin/broadcasts/1").has("href=\"/neo.cgi/admin/ledger/1?state=failed\""));
    assert_eq!(owner.get("/admin/ledger/99").status, 404);
    assert_eq!(owner.get("/admin/ledger/1?state=%27&after=x-y").status, 200);
    assert_eq!(owner.stranger("GET", "/admin/ledger/1").leads_to(), "/admin/login");
    assert_eq!(owner.stranger("GET", "/admin/ledger/1/rows").leads_to(), "/admin/login");
}

#[test]
fn a_readers_own_ledger_leads_from_mail_to_mail() {
    let owner = finished(3);
    let page = owner.get("/admin/subscribers/3/ledger");
    let words = page.words();
    assert!(words.contains("お知らせ") && words.contains("550 5.1.1 no such user"), "{words}");
    assert!(page.has("href=\"/neo.cgi/admin/ledger/1\""));
    assert!(owner.get("/admin/subscribers/3").has("/admin/subscribers/3/ledger"));
    assert_eq!(owner.get("/admin/subscribers/99/ledger").status, 404);
}

#[test]
fn the_command_prints_every_row_and_a_spreadsheet_gets_no_formula() {
    let owner = finished(30);
    let csv = owner.neo(&["ledger", "1", "--rows"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 31);
    assert_eq!(
        lines[0],
        "delivery,message,email,state,attempts,decided_at,first_try_at,done_at,due_at,reply"
    );
    assert!(
        lines[3].starts_with("3,1,\"reader3@example.jp\",failed,1,2026-11-23T06:00:00Z,"),
        "{}",
        lines[3]
    );
    assert!(lines[7].ends_with(",\"'=cmd|' /C calc'!A0\""), "{}", lines[7]);
    let json = owner.neo(&["ledger", "1", "--rows", "--state", "failed", "--format", "jsonl"]);
    let rows: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["email"], &rows[0]["attempts"]), (&"reader3@example.jp".into(), &1.into()));
    assert_eq!(rows[0]["reply"], "550 5.1.1 no such user");
    // The rows of each state are as many as the counters say.
    for state in State::ALL {
        let rows = owner.neo(&["ledger", "all", "--rows", "--state", state.word(), "--format", "jsonl"]);
        let rows = i64::try_from(rows.lines().count()).unwrap();
        assert_eq!(rows, owner.ledger("all", state.word()), "{}", state.word());
    }
}

#[test]
fn the_page_saves_what_is_looked_at_as_a_file() {
    let owner = finished(30);
    let page = owner.get("/admin/ledger/1?state=failed");
    assert!(page.has("/admin/ledger/1/rows?format=csv&amp;state=failed"), "{}", page.words());
    let file = owner.get("/admin/ledger/1/rows?format=csv&state=failed");
    assert!(file.head.contains("content-disposition: attachment; filename=\"ledger-1-failed.csv\""));
    assert!(file.body.starts_with("\u{FEFF}delivery,") && file.body.lines().count() == 3, "{}", file.body);
    let whole = owner.get("/admin/ledger/1/rows?format=jsonl");
    assert_eq!(whole.body.lines().count(), 30);
}

/// Many rows at once, past the program: a message whose readers are `first..first + count`.
fn many(owner: &Owner, count: i64) {
    let connection = owner.sqlite();
    connection
        .execute_batch(&format!(
            "begin;
             with recursive n (i) as (select 1 union all select i + 1 from n where i < {count})
             insert into subscribers (address, address_key, created_at)
               select 'm' || i || '@example.jp', 'm' || i || '@example.jp', 1 from n;
             insert into subscriptions (list_id, subscriber_id, state, asked_at)
               select 1, id, 'confirmed', 1 from subscribers where address like 'm%@example.jp';
             insert into messages (kind, list_id, subject, text, created_at) values ('broadcast', 1, 'B', 'B', 1);
             insert into broadcasts (message_id, state, started_at, audience, all_written)
               values (last_insert_rowid(), 'finished', 1, {count}, 1);
             insert into deliveries (message_id, subscription_id, urgency, state, due_at, created_at)
               select (select max(message_id) from broadcasts), s.id, 5, iif(s.id % 1000 = 0, 'failed', 'cancelled'), 1, 1
               from subscriptions s join subscribers p on p.id = s.subscriber_id where p.address like 'm%@example.jp';
             commit;"
        ))
        .unwrap();
}

#[test]
fn a_page_looks_at_a_bounded_number_of_rows_whatever_the_state_and_the_place() {
    let owner = Owner::new();
    many(&owner, 60_000);
    let steps = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&steps);
    // Asked every 5,000 steps of SQLite.
    let brake = Box::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        false
    });
    let store = Writer::open(&owner.data().join("neo.sqlite"), brake).unwrap();
    let middle = Place::parse("30000--1").unwrap();
    let all: Vec<Option<State>> = State::ALL.into_iter().map(Some).chain([None]).collect();
    for state in all {
        for after in [None, Some(middle)] {
            let before = steps.load(Ordering::Relaxed);
            let page = store.ledger_page(Of::Message(MessageId(1)), state, after, 50).unwrap();
            let spent = steps.load(Ordering::Relaxed) - before;
            assert!(
                spent <= 30,
                "{state:?} after {after:?}: {spent} x 5,000 steps, {} rows",
                page.rows.len()
            );
        }
    }
    // No row is sent, so the walk finds nothing, but goes on to the end of the message.
    let mut place = None;
    let mut pages = 0;
    loop {
        let page = store.ledger_page(Of::Message(MessageId(1)), Some(State::Sent), place, 50).unwrap();
        assert!(page.rows.is_empty());
        pages += 1;
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    assert!((10..30).contains(&pages), "{pages}");
    let page = store.ledger_page(Of::Reader(SubscriptionId(500)), None, None, 50).unwrap();
    assert_eq!(page.rows.len(), 1);
}

#[test]
fn a_large_ledger_is_saved_in_parts_that_together_hold_every_row_once() {
    let owner = Owner::new();
    many(&owner, 50_000);
    let page = owner.get("/admin/ledger/1");
    let parts = page.body.matches("&amp;part=").count();
    assert_eq!(parts, 3, "{}", page.words());
    let mut seen = BTreeSet::new();
    for part in 0..parts {
        let file = owner.get(&format!("/admin/ledger/1/rows?format=csv&part={part}"));
        assert!(file.body.lines().count() <= 20_001);
        for line in file.body.lines().skip(1) {
            assert!(seen.insert(line.split(',').next().unwrap().to_string()), "twice: {line}");
        }
    }
    assert_eq!(seen.len(), 50_000);
    let failed = owner.get("/admin/ledger/1/rows?format=csv&state=failed");
    assert_eq!(failed.body.lines().count(), 51);
}

#[test]
fn the_doctor_counts_the_rows_again_and_names_the_message_that_does_not_add_up() {
    let owner = finished(30);
    let ledger = || {
        let report: Value = serde_json::from_str(&owner.doctor()).unwrap();
        let checks = report["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["name"] == "ledger").unwrap()
    };
    assert_eq!(ledger()["state"], "good", "{}", ledger());
    assert!(ledger()["found"].as_str().unwrap().contains("30行"), "{}", ledger());
    let change = |sql: &str| owner.sqlite().execute_batch(sql).unwrap();
    change("update delivery_counts set count = count + 1 where message_id = 1 and state = 'sent'");
    assert_eq!(ledger()["state"], "bad");
    assert!(ledger()["found"].as_str().unwrap().contains("番号1の配信"), "{}", ledger());
    change("update delivery_counts set count = count - 1 where message_id = 1 and state = 'sent'");
    change("update broadcasts set audience = 29 where message_id = 1");
    assert_eq!(ledger()["state"], "bad", "the audience is not what was written");
}
