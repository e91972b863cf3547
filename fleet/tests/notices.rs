//! Mails to customers: on movement only, one for each customer and occasion, by a ledger that adds up whatever happens.
//! Not what is told: incidents.rs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken check may stop here"
)]

#[path = "../../tests/support/sink.rs"]
#[allow(dead_code, reason = "shared with NEO's own tests")]
mod sink;
mod support;
#[path = "support/vendor.rs"]
mod vendor;

use std::collections::BTreeMap;
use std::process::Stdio;

use serde_json::Value as Json;
use sink::Sink;
use support::Fleet;
use vendor::{at, customer, mails, open, tell};

/// The counts of one notice.
fn counts(fleet: &Fleet, notice: &str) -> Json {
    fleet.json(&["notice", "status", notice])["notices"][0].clone()
}

#[track_caller]
fn assert_adds_up(counts: &Json, audience: i64) {
    let number = |name: &str| counts[name].as_i64().unwrap();
    let states =
        ["queued", "sending", "sent", "deferred", "failed", "bounced", "suppressed", "cancelled", "unsure"];
    assert_eq!(states.iter().map(|state| number(state)).sum::<i64>(), audience, "{counts}");
    assert_eq!(number("audience"), audience);
}

/// How many mails each recipient got.
fn by_recipient(mails: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for to in mails {
        *found.entry(to).or_default() += 1;
    }
    found
}

on_both_engines! {
    fn customers_are_written_to_when_something_moves_and_not_at_each_report(engine) {
        let mut fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let hit = customer(&fleet, 1, "ja", "sakura");
        let english = customer(&fleet, 2, "en", "sakura");
        customer(&fleet, 3, "ja", "xserver");
        let id = open(&fleet, "sakura");
        fleet.run(&["notice", "send"]).ok();
        let sent = mails(&fleet);
        assert_eq!(sent.len(), 2, "nobody at another host: {sent:?}");
        let to = |email: &str| sent.iter().find(|(to, _)| to == email).unwrap().1.clone();
        for part in ["顧客1 様", "調べています。", "■ 応答なし", "送信の時計", "さくら"] {
            assert!(to(&hit.email).contains(part), "{part}: {}", to(&hit.email));
        }
        assert!(to(&english.email).contains("We are looking."), "{}", to(&english.email));
        assert!(to(&hit.email).contains("Auto-Submitted: auto-generated"));

        fleet.now = at("2026-11-25 10:00");
        tell(&fleet, "update", &id);
        fleet.run(&["notice", "send"]).ok();
        assert_eq!(mails(&fleet).len(), 2, "a daily report is read in the admin pages");
        for round in 1..=2 {
            fleet.run(&["incident", "update", &id, "--important", "--text-ja", "重要", "--text-en", "important"]).ok();
            fleet.run(&["notice", "send"]).ok();
            assert_eq!(mails(&fleet).len(), 2 + 2 * round);
        }
        tell(&fleet, "resolve", &id);
        fleet.run(&["notice", "send"]).ok();
        assert_eq!(mails(&fleet).len(), 8);
        fleet.run(&["notice", "send"]).ok();
        assert_eq!(mails(&fleet).len(), 8, "once");
        let status = fleet.json(&["notice", "status"]);
        let notices = status["notices"].as_array().unwrap();
        assert_eq!(notices.len(), 4, "opened, twice important, resolved");
        for notice in notices {
            assert_adds_up(notice, 2);
            assert_eq!(notice["sent"], 2);
        }
    }

    fn a_customer_with_many_sites_gets_one_mail_and_a_former_one_none(engine) {
        let mut fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let many = customer(&fleet, 1, "ja", "sakura");
        for number in 2..5 {
            vendor::site(&fleet, &many.id, number, "sakura");
        }
        let left = customer(&fleet, 9, "ja", "sakura");
        fleet.run(&["key", "revoke", &left.key, "--reason", "解約"]).ok();
        fleet.now = at("2026-11-24 11:00");
        let id = open(&fleet, "sakura");
        assert_adds_up(&counts(&fleet, &format!("{id}/opened")), 1);
    }

    fn an_incident_that_names_no_provider_is_told_to_every_customer(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        customer(&fleet, 1, "ja", "sakura");
        customer(&fleet, 2, "ja", "xserver");
        let opened = fleet.json(&["incident", "open", "--title-ja", "題", "--title-en", "T", "--text-ja", "文", "--text-en", "t"]);
        assert_adds_up(&counts(&fleet, &format!("{}/opened", opened["id"].as_str().unwrap())), 2);
    }

    fn a_sender_killed_at_the_hand_over_leaves_one_row_unsure_and_the_same_mail_goes_once_more(engine) {
        let mut fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let sink = Sink::start();
        vendor::set_up(&fleet, &sink.transport());
        for number in 1..=6 {
            customer(&fleet, number, "ja", "sakura");
        }
        let notice = format!("{}/opened", open(&fleet, "sakura"));
        for round in 0..2 {
            let before = sink.count();
            fleet.now += 60;
            sink.be_silent(true);
            let mut child = fleet.command(&["notice", "send"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sink.wait_for_more_than(before);
            child.kill().unwrap();
            child.wait().unwrap();
            sink.be_silent(false);
            sink.settle();
            let left = counts(&fleet, &notice);
            assert_adds_up(&left, 6);
            let in_hand = left["sending"].as_i64().unwrap() + left["unsure"].as_i64().unwrap();
            assert!(in_hand <= 2 && left["sending"] == 1, "round {round}: {left}");
        }
        fleet.run(&["notice", "send"]).ok();
        let done = counts(&fleet, &notice);
        assert_adds_up(&done, 6);
        let copies = sink.copies();
        let recipients = by_recipient(copies.iter().map(|copy| copy.to.clone()));
        assert_eq!(recipients.len(), 6, "nobody was forgotten");
        assert!(copies.len() <= 6 + 2, "one copy too many for each kill at most: {}", copies.len());
        let mut bytes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for copy in copies {
            let first = bytes.entry(copy.to).or_insert_with(|| copy.bytes.clone());
            assert_eq!(*first, copy.bytes, "the same bytes and Message-ID");
        }
        assert_eq!(done["sent"].as_i64().unwrap() + done["unsure"].as_i64().unwrap(), 6, "{done}");
    }

    fn a_row_that_was_unsure_twice_rests_until_a_person_decides(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let sink = Sink::start();
        vendor::set_up(&fleet, &sink.transport());
        let one = customer(&fleet, 1, "ja", "sakura");
        let notice = format!("{}/opened", open(&fleet, "sakura"));
        fleet.run(&["notice", "again", &notice, &one.id]).refused("F1213");
        for round in 0..2 {
            sink.be_silent(true);
            let mut child = fleet.command(&["notice", "send"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sink.wait_for_more_than(round);
            child.kill().unwrap();
            child.wait().unwrap();
            sink.be_silent(false);
            sink.settle();
        }
        assert_eq!(fleet.json(&["notice", "send"])["recovered"], 1);
        assert_eq!((sink.count(), &counts(&fleet, &notice)["unsure"]), (2, &1.into()));
        let rows = fleet.json(&["notice", "show", &notice, "--state", "unsure"]);
        assert_eq!(rows["rows"][0]["customer"], one.id.as_str());
        fleet.run(&["notice", "again", &notice, &one.id]).ok();
        assert_eq!(fleet.json(&["notice", "send"])["sent"], 1);
        assert_eq!((sink.count(), &counts(&fleet, &notice)["sent"]), (3, &1.into()));
        fleet.run(&["notice", "arrived", &notice, &one.id]).refused("F1213");
    }

    fn two_senders_at_once_send_nothing_twice(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        for number in 1..=5 {
            customer(&fleet, number, "ja", "sakura");
        }
        let notice = format!("{}/opened", open(&fleet, "sakura"));
        let ran = fleet.at_once(&vec![vec!["notice", "send"]; 4]);
        assert!(ran.iter().all(|ran| ran.code == 0 || ran.code == 75), "{ran:?}");
        fleet.run(&["notice", "send"]).ok();
        assert_eq!(counts(&fleet, &notice)["sent"], 5);
        let recipients = by_recipient(mails(&fleet).into_iter().map(|(to, _)| to));
        assert_eq!(recipients.len(), 5);
        assert!(recipients.values().all(|count| *count == 1), "{recipients:?}");
    }

    fn a_sender_on_another_machine_is_waited_for_until_its_lease_is_over(engine) {
        let mut fleet = vendor::fleet(engine, "2026-11-24 10:00");
        customer(&fleet, 1, "ja", "sakura");
        open(&fleet, "sakura");
        let lease = "insert into notice_lease (name, owner, until) values ('send', 'other:/fleet#x', $1)";
        vendor::store(&fleet).execute(lease, &neo_fleet::values![fleet.now + 180]).unwrap();
        let busy = fleet.run(&["notice", "send"]).refused("F1210");
        assert_eq!(busy.code, 75);
        fleet.now += 181;
        assert_eq!(fleet.json(&["notice", "send"])["sent"], 1);
    }

    fn a_mail_server_that_is_away_costs_no_attempt_and_the_mails_go_later(engine) {
        let mut fleet = vendor::fleet(engine, "2026-11-24 10:00");
        vendor::set_up(&fleet, "smtp://127.0.0.1:9?tls=none");
        customer(&fleet, 1, "ja", "sakura");
        customer(&fleet, 2, "ja", "sakura");
        let notice = format!("{}/opened", open(&fleet, "sakura"));
        let report = fleet.json(&["notice", "send"]);
        assert_eq!((&report["sent"], &report["stopped_by"]), (&0.into(), &"trouble".into()));
        assert_adds_up(&counts(&fleet, &notice), 2);
        let sink = Sink::start();
        vendor::set_up(&fleet, &sink.transport());
        fleet.now += 301;
        assert_eq!(fleet.json(&["notice", "send"])["sent"], 2);
    }

    fn a_budget_ends_a_run_and_the_next_one_goes_on(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        for number in 1..=3 {
            customer(&fleet, number, "ja", "sakura");
        }
        let notice = format!("{}/opened", open(&fleet, "sakura"));
        let report = fleet.json(&["notice", "send", "--budget", "2"]);
        assert_eq!((&report["sent"], &report["stopped_by"]), (&2.into(), &"budget".into()));
        let left = counts(&fleet, &notice);
        assert_adds_up(&left, 3);
        assert_eq!((&left["sent"], &left["queued"]), (&2.into(), &1.into()));
        assert_eq!(fleet.json(&["notice", "send", "--budget", "2"])["sent"], 1);
        assert_eq!(mails(&fleet).len(), 3);
    }

    fn without_a_sender_and_a_way_out_nothing_is_lost(engine) {
        let mut fleet = Fleet::new(engine);
        fleet.now = at("2026-11-24 10:00");
        customer(&fleet, 1, "ja", "sakura");
        let notice = format!("{}/opened", open(&fleet, "sakura"));
        fleet.run(&["notice", "send"]).refused("F1209");
        fleet.run(&["notice", "settings", "--transport", "telnet://x"]).refused("E1022");
        vendor::set_up(&fleet, "folder:outbox");
        assert_eq!(fleet.json(&["notice", "send"])["sent"], 1);
        assert_adds_up(&counts(&fleet, &notice), 1);
        fleet.run(&["notice", "status", "no/such"]).refused("F1215");
    }
}
