//! Activation keys: issued, extended, revoked, replaced; what their tokens say, also when many work at once.
//! Not our own signing keys: signing.

mod support;

use neo::link::activation;
use neo::link::key::{KeyList, PublicKey, Trust};
use support::Fleet;

const DAY: i64 = 86_400;

/// Whom an install believes that knows the root and has heard the newest list.
fn trust(fleet: &Fleet, root: &str) -> Option<Trust> {
    let shown = fleet.json(&["signing", "show"]);
    let list: KeyList = serde_json::from_value(shown.get("list")?.clone()).ok()?;
    Some(Trust { roots: vec![PublicKey::parse(root).ok()?], list: Some(list) })
}

on_both_engines! {
    fn a_key_has_a_customer_an_end_and_its_lines_in_the_audit(engine) {
        let fleet = Fleet::new(engine);
        let customer = fleet.customer();
        fleet.run(&["key", "issue", "--customer", "c-nobody", "--days", "30"]).refused("F1011");
        fleet.run(&["key", "issue", "--customer", &customer, "--days", "0"]).refused("F1022");
        fleet.run(&["key", "issue", "--customer", &customer, "--until", "2026-11-23"]).refused("F1021");
        let key = fleet.json(&["key", "issue", "--customer", &customer, "--until", "2027-03-31", "--plan", "light"]);
        // The last second of that day in Japan.
        assert_eq!(key["valid_until"], 1_806_505_199);
        let name = key["key"].as_str().unwrap();
        assert_eq!(activation::check_key(name).unwrap(), name);
        // However it is typed.
        let typed = name.to_lowercase().replace('-', " ");
        let shown = fleet.json(&["key", "show", &typed]);
        assert_eq!(shown["key"]["plan"], "light");
        assert_eq!(shown["key"]["customer"], customer.as_str());
        let wrong = format!("{}{}", &name[..name.len() - 1], if name.ends_with('2') { '3' } else { '2' });
        assert_ne!(fleet.run(&["key", "show", &wrong]).code, 0);
        fleet.run(&["key", "extend", name, "--days", "10"]).ok();
        fleet.run(&["key", "revoke", name, "--reason", "returned"]).ok();
        let audit = fleet.json(&["audit", "--about", name]);
        let said: Vec<&str> = audit["entries"].as_array().unwrap().iter().map(|e| e["what"].as_str().unwrap()).collect();
        assert_eq!(said.len(), 3, "{audit}");
        assert!(said[0].starts_with("key revoked: returned") && said[1].starts_with("key extended") && said[2].starts_with("key issued"));
    }

    fn a_key_is_extended_from_its_end_or_from_now_and_never_shortened(engine) {
        let mut fleet = Fleet::new(engine);
        let key = fleet.key();
        let end = fleet.now + 365 * DAY;
        let extended = fleet.json(&["key", "extend", &key, "--days", "30"]);
        assert_eq!(extended["valid_until"], end + 30 * DAY);
        fleet.run(&["key", "extend", &key, "--until", "2026-12-01"]).refused("F1021");
        fleet.run(&["key", "extend", &key, "--days", "-3"]);
        fleet.run(&["key", "extend", &key, "--days", "40000"]).refused("F1022");
        fleet.run(&["key", "extend", &key]);
        assert_eq!(fleet.json(&["key", "show", &key])["key"]["valid_until"], end + 30 * DAY);
        fleet.now = end + 400 * DAY;
        let late = fleet.json(&["key", "extend", &key, "--days", "30"]);
        assert_eq!(late["valid_until"], fleet.now + 30 * DAY);
        fleet.run(&["key", "revoke", &key, "--reason", "returned"]).ok();
        fleet.run(&["key", "extend", &key, "--days", "30"]).refused("F1013");
        fleet.run(&["key", "revoke", &key, "--reason", "again"]).refused("F1013");
    }

    fn processes_that_extend_a_key_at_once_add_up(engine) {
        let fleet = Fleet::new(engine);
        let key = fleet.key();
        let all: Vec<Vec<&str>> = (0..8).map(|_| vec!["key", "extend", key.as_str(), "--days", "10"]).collect();
        fleet.at_once(&all).into_iter().for_each(|ran| { ran.ok(); });
        let shown = fleet.json(&["key", "show", &key]);
        assert_eq!(shown["key"]["valid_until"], fleet.now + (365 + 80) * DAY);
        assert_eq!(fleet.json(&["audit", "--about", &key])["entries"].as_array().unwrap().len(), 9);
    }

    fn processes_that_issue_at_once_issue_different_keys_and_pages_show_each_once(engine) {
        let fleet = Fleet::new(engine);
        let customer = fleet.customer();
        let all: Vec<Vec<&str>> =
            (0..10).map(|_| vec!["key", "issue", "--customer", customer.as_str(), "--days", "30"]).collect();
        let mut issued: Vec<String> = fleet.at_once(&all).into_iter().map(|ran| ran.ok().out.trim().to_string()).collect();
        issued.sort();
        let mut listed = Vec::new();
        let mut after = String::new();
        loop {
            let page = fleet.json(&["key", "list", "--limit", "3", "--after", &after]);
            listed.extend(page["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap().to_string()));
            match page["next"].as_str() {
                Some(next) => after = next.to_string(),
                None => break,
            }
        }
        assert_eq!(listed, issued);
    }

    fn a_token_says_what_its_key_says_and_the_newest_counts(engine) {
        let mut fleet = Fleet::new(engine);
        let key = fleet.key();
        fleet.run(&["key", "token", &key]).refused("F1024");
        let root = fleet.ceremony();
        let trust = trust(&fleet, &root).unwrap();
        let token = |fleet: &Fleet| {
            let answer = fleet.json(&["key", "token", &key]);
            let file = answer["file"].as_str().unwrap();
            let token = activation::from_typed(file).unwrap();
            assert_eq!(token, answer["token"].as_str().unwrap());
            activation::read(&token, &trust).unwrap()
        };
        let first = token(&fleet);
        assert_eq!((first.key.as_str(), first.valid_until), (key.as_str(), fleet.now + 365 * DAY));
        assert_eq!(token(&fleet), first, "nothing has changed");
        // In the same second.
        fleet.run(&["key", "extend", &key, "--days", "30"]).ok();
        let second = token(&fleet);
        assert!(second.issued_at > first.issued_at && second.valid_until == first.valid_until + 30 * DAY);
        fleet.now += 5 * DAY;
        fleet.run(&["key", "revoke", &key, "--reason", "returned"]).ok();
        let last = token(&fleet);
        assert!(last.issued_at > second.issued_at && last.valid_until == fleet.now, "{last:?}");
    }

    fn after_a_move_to_another_domain_a_new_key_takes_the_place_of_the_old_one(engine) {
        let mut fleet = Fleet::new(engine);
        let (old, site) = (fleet.key(), "abcdefgh12345678");
        fleet.add_site(site, &old).ok();
        fleet.now += 100 * DAY;
        let new = fleet.json(&[
            "key", "reissue", &old, "--tick-url", "https://new.example.jp/neo.cgi/tick", "--host-plan", "xserver",
        ]);
        let shown = fleet.json(&["key", "show", &old]);
        assert_eq!(shown["key"]["state"], "revoked");
        assert_eq!(shown["key"]["replaced_by"], new["key"]);
        assert_eq!(shown["used_by"], serde_json::Value::Null);
        assert_eq!(shown["key"]["valid_until"], new["valid_until"], "the end stays");
        let site = fleet.json(&["site", "show", site]);
        assert_eq!(site["key"], new["key"]);
        assert_eq!(site["tick_url"], "https://new.example.jp/neo.cgi/tick");
        assert_eq!(site["provider"], "xserver");
        fleet.run(&["key", "reissue", &old]).refused("F1013");
    }
}
