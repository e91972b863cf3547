//! Longer keys for those whom an incident hurt: exactly them, once each, each told once.
//! Not one key by hand: keys.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken check may stop here"
)]

mod support;
#[path = "support/vendor.rs"]
mod vendor;

use std::process::Stdio;

use neo_fleet::values;
use serde_json::Value as Json;
use support::Fleet;
use vendor::{Customer, at, call, customer, mails, open_with, store, tell};

const MONTH: i64 = 30 * 86_400;

fn valid_until(fleet: &Fleet, key: &str) -> i64 {
    fleet.json(&["key", "show", key])["key"]["valid_until"].as_i64().unwrap()
}

fn extend<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["--json", "key", "extend", "--incident", id, "--days", "30"][..], more].concat()
}

fn affected(answer: &Json) -> Vec<String> {
    let sites = answer["affected"].as_array().unwrap();
    let mut sites: Vec<String> =
        sites.iter().map(|site| site["site"].as_str().unwrap().to_string()).collect();
    sites.sort();
    sites
}

/// Customers whose sites fall silent at 12:00; opened at 14:00, resolved at 22:00; ready to be extended.
fn after_an_incident(fleet: &mut Fleet, hurt: &[&Customer]) -> String {
    for each in hurt {
        call(fleet, &each.site, at("2026-12-28 11:50"), true);
        call(fleet, &each.site, at("2026-12-28 12:00"), false);
    }
    fleet.now = at("2026-12-28 14:00");
    let id = open_with(fleet, "sakura", &["--began", "2026-12-28 12:00"]);
    fleet.now = at("2026-12-28 22:00");
    tell(fleet, "resolve", &id);
    fleet.run(&["notice", "send"]).ok();
    std::fs::remove_dir_all(fleet.data().join("outbox")).unwrap();
    id
}

on_both_engines! {
    fn exactly_those_who_missed_ticks_get_thirty_days_and_each_is_told_once(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-20 10:00");
        let hurt = [customer(&fleet, 1, "ja", "sakura"), customer(&fleet, 2, "en", "sakura")];
        let elsewhere = customer(&fleet, 3, "ja", "xserver");
        let answered = customer(&fleet, 4, "ja", "sakura");
        let with_cron = customer(&fleet, 5, "ja", "sakura");
        let revoked = customer(&fleet, 6, "ja", "sakura");
        let short = customer(&fleet, 7, "ja", "sakura");
        let never = customer(&fleet, 8, "ja", "sakura");
        for site in [&elsewhere, &revoked] {
            call(&fleet, &site.site, at("2026-12-28 11:50"), true);
            call(&fleet, &site.site, at("2026-12-28 12:00"), false);
        }
        for hour in 11..24 {
            call(&fleet, &answered.site, at(&format!("2026-12-28 {hour}:30")), true);
        }
        call(&fleet, &short.site, at("2026-12-28 11:50"), true);
        call(&fleet, &short.site, at("2026-12-28 12:10"), false);
        call(&fleet, &short.site, at("2026-12-28 14:10"), true);
        call(&fleet, &never.site, at("2026-12-28 12:10"), false);
        call(&fleet, &with_cron.site, at("2026-12-28 02:00"), true);
        call(&fleet, &with_cron.site, at("2026-12-28 14:30"), false);
        store(&fleet).execute("update sites set wanted_clock = 'cron' where id = $1", &values![&with_cron.site]).unwrap();
        fleet.run(&["key", "revoke", &revoked.key, "--reason", "解約"]).ok();
        let id = after_an_incident(&mut fleet, &[&hurt[0], &hurt[1]]);
        // Until 14:10 the next call was planned for before that: the silence of two hours is no longer one.
        for hour in 15..22 {
            call(&fleet, &short.site, at(&format!("2026-12-28 {hour}:00")), true);
        }

        let before: Vec<i64> = hurt.iter().map(|each| valid_until(&fleet, &each.key)).collect();
        let others = [&elsewhere, &answered, &with_cron, &short, &never];
        let others_before: Vec<i64> = others.iter().map(|each| valid_until(&fleet, &each.key)).collect();
        fleet.now = at("2026-12-29 10:00");
        let mut expected: Vec<String> = hurt.iter().map(|each| each.site.clone()).collect();
        expected.sort();

        let shown = fleet.run(&extend(&id, &["--dry-run"])).json();
        assert_eq!(affected(&shown), expected);
        assert_eq!((&shown["extended"], &shown["dry_run"]), (&0.into(), &true.into()));
        assert_eq!(valid_until(&fleet, &hurt[0].key), before[0], "a dry run changes nothing");

        let done = fleet.run(&extend(&id, &[])).json();
        assert_eq!(affected(&done), expected);
        assert_eq!((&done["extended"], &done["customers"]), (&2.into(), &2.into()));
        for (each, before) in hurt.iter().zip(&before) {
            assert_eq!(valid_until(&fleet, &each.key), before + MONTH);
        }
        for (each, before) in others.iter().zip(&others_before) {
            assert_eq!(valid_until(&fleet, &each.key), *before, "{}", each.email);
        }
        let again = fleet.run(&extend(&id, &[])).json();
        assert_eq!((&again["extended"], &again["extended_before"]), (&0.into(), &2.into()));
        assert_eq!(again["affected"][0]["extended_before"], true);

        fleet.run(&["notice", "send"]).ok();
        let sent = mails(&fleet);
        assert_eq!(sent.len(), 2, "{sent:?}");
        let japanese = &sent.iter().find(|(to, _)| *to == hurt[0].email).unwrap().1;
        assert!(japanese.contains("30日延長") && japanese.contains(" → 変更後 "), "{japanese}");
        assert!(!japanese.contains(&hurt[0].key), "the whole key is a secret");
        assert!(sent.iter().any(|(_, text)| text.contains("extended these keys by 30 days")), "{sent:?}");
        let audit = fleet.json(&["audit", "--about", &hurt[0].key]);
        assert!(audit["entries"][0]["what"].as_str().unwrap().contains(&id), "{audit}");
    }

    fn run_by_many_at_once_each_key_is_extended_once(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-20 10:00");
        let hurt: Vec<Customer> = (1..=6).map(|number| customer(&fleet, number, "ja", "sakura")).collect();
        let id = after_an_incident(&mut fleet, &hurt.iter().collect::<Vec<_>>());
        let before: Vec<i64> = hurt.iter().map(|each| valid_until(&fleet, &each.key)).collect();
        let ran = fleet.at_once(&vec![extend(&id, &[]); 4]);
        let extended: i64 = ran.into_iter().map(|ran| ran.json()["extended"].as_i64().unwrap()).sum();
        assert_eq!(extended, 6);
        for (each, before) in hurt.iter().zip(before) {
            assert_eq!(valid_until(&fleet, &each.key), before + MONTH);
        }
        fleet.run(&["notice", "send"]).ok();
        assert_eq!(mails(&fleet).len(), 6);
    }

    fn killed_half_way_it_is_finished_by_the_next_run(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-20 10:00");
        let hurt: Vec<Customer> = (1..=12).map(|number| customer(&fleet, number, "ja", "sakura")).collect();
        let id = after_an_incident(&mut fleet, &hurt.iter().collect::<Vec<_>>());
        let before: Vec<i64> = hurt.iter().map(|each| valid_until(&fleet, &each.key)).collect();
        let extended = |fleet: &Fleet| store(fleet).number("select count(*) from key_extensions", &[]).unwrap();
        let told = |fleet: &Fleet| {
            store(fleet).number("select count(*) from notice_mails where notice like '%/extended-30'", &[]).unwrap()
        };
        for wanted in [1, 5, 9] {
            let mut child = fleet.command(&extend(&id, &[])).stdout(Stdio::null()).spawn().unwrap();
            let mut look = store(&fleet);
            while look.number("select count(*) from key_extensions", &[]).unwrap() < wanted {
                if child.try_wait().unwrap().is_some() {
                    break;
                }
            }
            let _ = child.kill();
            child.wait().unwrap();
            assert_eq!(extended(&fleet), told(&fleet), "whoever was extended is told");
        }
        let last = fleet.run(&extend(&id, &[])).json();
        assert_eq!(affected(&last).len(), 12);
        assert_eq!((extended(&fleet), told(&fleet)), (12, 12));
        for (each, before) in hurt.iter().zip(before) {
            assert_eq!(valid_until(&fleet, &each.key), before + MONTH);
        }
    }

    fn all_keys_of_a_customer_are_in_one_mail_and_a_key_in_the_place_of_another_is_not_extended_again(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-20 10:00");
        let first = customer(&fleet, 1, "ja", "sakura");
        let (key, second) = vendor::site(&fleet, &first.id, 2, "sakura");
        call(&fleet, &second, at("2026-12-28 11:00"), true);
        call(&fleet, &second, at("2026-12-28 12:30"), false);
        let id = after_an_incident(&mut fleet, &[&first]);
        let done = fleet.run(&extend(&id, &[])).json();
        assert_eq!((&done["extended"], &done["customers"]), (&2.into(), &1.into()));
        fleet.run(&["notice", "send"]).ok();
        let sent = mails(&fleet);
        assert_eq!(sent.len(), 1, "{sent:?}");
        for key in [&first.key, &key] {
            assert!(sent[0].1.contains(key.rsplit('-').next().unwrap()), "{}", sent[0].1);
        }
        let new = fleet.json(&["key", "reissue", &key, "--reason", "moved"]);
        let new = new["key"].as_str().unwrap();
        let until = valid_until(&fleet, new);
        let again = fleet.run(&extend(&id, &[])).json();
        assert_eq!((&again["extended"], &again["extended_before"]), (&0.into(), &2.into()));
        assert_eq!(valid_until(&fleet, new), until);
    }

    fn a_draft_hurts_nobody_yet_and_days_must_be_sensible(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-20 10:00");
        let hurt = customer(&fleet, 1, "ja", "sakura");
        let id = after_an_incident(&mut fleet, &[&hurt]);
        fleet.run(&["key", "extend", "--incident", &id, "--days", "0"]).refused("F1022");
        fleet.run(&["key", "extend", "--incident", &id, "--until", "2027-12-31"]).refused("F1022");
        fleet.run(&["key", "extend", "--incident", "20200101-01", "--days", "30"]).refused("F1205");
        let draft = fleet.json(&["incident", "open", "--draft", "--title-ja", "題", "--title-en", "T", "--provider", "sakura"]);
        fleet.run(&["key", "extend", "--incident", draft["id"].as_str().unwrap(), "--days", "30"]).refused("F1204");
    }
}
