//! The register of sites: one key, one site, one name for each provider.
//! Not the calls to them.

mod support;

use support::Fleet;

const ONE: &str = "abcdefgh00000001";
const TWO: &str = "abcdefgh00000002";

on_both_engines! {
    fn two_sites_with_one_key_are_refused(engine) {
        let fleet = Fleet::new(engine);
        let key = fleet.key();
        fleet.add_site(ONE, &key).ok();
        fleet.add_site(TWO, &key).refused("F1017");
        let other = fleet.key();
        fleet.add_site(ONE, &other).refused("F1016");
        fleet.add_site("short", &other).refused("F1015");
        let revoked = fleet.key();
        fleet.run(&["key", "revoke", &revoked, "--reason", "returned"]).ok();
        fleet.add_site(TWO, &revoked).refused("F1013");
        assert_eq!(fleet.json(&["key", "show", &key])["used_by"], ONE);
    }

    fn of_many_who_register_with_one_key_at_once_one_does(engine) {
        let fleet = Fleet::new(engine);
        let key = fleet.key();
        let ids: Vec<String> = (0..6).map(|number| format!("abcdefgh1234567{number}")).collect();
        let add = |id: &String| {
            vec!["site".to_string(), "add".into(), id.clone(), "--key".into(), key.clone(), "--tick-url".into(),
                format!("https://{id}.example.jp/neo.cgi/tick"), "--host-plan".into(), "sakura".into()]
        };
        let all: Vec<Vec<String>> = ids.iter().map(add).collect();
        let all: Vec<Vec<&str>> = all.iter().map(|one| one.iter().map(String::as_str).collect()).collect();
        let mut added = 0;
        for ran in fleet.at_once(&all) {
            if ran.code == 0 { added += 1 } else { ran.refused("F1017"); }
        }
        assert_eq!(added, 1);
        assert_eq!(fleet.json(&["site", "list"])["sites"].as_array().unwrap().len(), 1);
    }

    fn a_key_that_is_bound_to_a_site_is_for_that_site_only(engine) {
        let fleet = Fleet::new(engine);
        let customer = fleet.customer();
        let key = fleet.json(&["key", "issue", "--customer", &customer, "--days", "30", "--site", ONE]);
        let key = key["key"].as_str().unwrap();
        fleet.add_site(TWO, key).refused("F1017");
        fleet.add_site(ONE, key).ok();
    }

    fn a_removed_site_frees_its_key_and_may_come_back(engine) {
        let fleet = Fleet::new(engine);
        let key = fleet.key();
        fleet.add_site(ONE, &key).ok();
        fleet.run(&["site", "remove", ONE]).ok();
        fleet.run(&["site", "remove", ONE]).refused("F1014");
        assert_eq!(fleet.json(&["site", "list"])["sites"].as_array().unwrap().len(), 0);
        assert_eq!(fleet.json(&["site", "list", "--gone"])["sites"].as_array().unwrap().len(), 1);
        fleet.add_site(TWO, &key).ok();
        let other = fleet.key();
        fleet.add_site(ONE, &other).ok();
        let back = fleet.json(&["site", "show", ONE]);
        assert_eq!((back["state"].as_str(), back["key"].as_str()), (Some("active"), Some(other.as_str())));
        let audit = fleet.json(&["audit", "--about", ONE]);
        assert_eq!(audit["entries"].as_array().unwrap().len(), 3, "{audit}");
    }

    fn a_provider_has_one_name_and_its_sites_are_found_by_it(engine) {
        let fleet = Fleet::new(engine);
        let keys = [fleet.key(), fleet.key(), fleet.key()];
        fleet.add_site(ONE, &keys[0]).ok();
        let url = "https://two.example.jp/neo.cgi/tick";
        fleet.run(&["site", "add", TWO, "--key", &keys[1], "--tick-url", url, "--ip", "192.0.2.200"]).ok();
        fleet.run(&["site", "add", "abcdefgh00000003", "--key", &keys[2], "--tick-url", url, "--host-plan", "nowhere"])
            .refused("F1020");
        let of = |provider: &str| fleet.json(&["site", "list", "--provider", provider])["sites"].clone();
        assert_eq!(of("sakura")[0]["id"], ONE);
        assert_eq!(of("192.0.2.0/24")[0]["id"], TWO);
        fleet.run(&["site", "move", TWO, "--tick-url", url, "--host-plan", "sakura"]).ok();
        assert_eq!(of("sakura").as_array().unwrap().len(), 2);
        fleet.run(&["site", "move", TWO, "--tick-url", "https://two.example.jp/other"]).refused("F1018");
    }
}
