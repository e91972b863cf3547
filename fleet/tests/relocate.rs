//! `neo-fleet move`: a fleet goes from one engine to the other and back, and nothing is lost on the way.
//! Not the keys on disk, which stay where they are.

mod support;

use serde_json::Value as Json;
use support::{Fleet, Ran};

/// The fleet's commands against another database.
fn at(fleet: &Fleet, database: &str, arguments: &[&str]) -> Ran {
    fleet.run(&[&["--json", "--database", database], arguments].concat())
}

/// What of a move's report can be compared: tables, counts and hashes, without `meta` and `audit`, which note the move.
fn sums(report: &Json) -> Vec<Json> {
    let tables = report.get("tables").and_then(Json::as_array).cloned().unwrap_or_default();
    let notes_the_move = |sum: &Json| matches!(sum["table"].as_str(), Some("meta" | "audit"));
    tables.into_iter().filter(|sum| !notes_the_move(sum)).collect()
}

on_both_engines! {
    fn a_fleet_moves_to_another_database_and_back_and_nothing_is_lost(engine) {
        let fleet = Fleet::new(engine);
        let key = fleet.key();
        fleet.add_site("abcdefgh00000001", &key).ok();
        let old = fleet.key();
        let new = fleet.run(&["key", "reissue", &old]).ok().out;
        fleet.ceremony();
        for _ in 0..3 {
            fleet.customer();
        }
        let token = fleet.json(&["key", "token", &key]);
        let file = format!("sqlite:{}", fleet.scratch("moved.sqlite").display());
        let away = fleet.json(&["move", "--from", &fleet.database(), "--to", &file]);
        let customers = sums(&away).into_iter().find(|sum| sum["table"] == "customers").unwrap();
        assert_eq!(customers["rows"], 5);
        // The old place says where the fleet is; the new one goes on.
        fleet.run(&["key", "list"]).refused("F1036");
        fleet.run(&["init"]).refused("F1002");
        assert_eq!(at(&fleet, &file, &["key", "token", &key]).json(), token);
        assert_eq!(at(&fleet, &file, &["key", "show", &old]).json()["key"]["replaced_by"], new.trim());
        let lines = |database: &str| at(&fleet, database, &["audit", "--limit", "1000"]).json()["entries"].as_array().unwrap().len();
        let before = lines(&file);
        // And back, into an empty database.
        let home = fleet.another_database("home");
        let back = at(&fleet, &file, &["move", "--from", &file, "--to", &home]).json();
        assert_eq!(sums(&back), sums(&away));
        assert_eq!(at(&fleet, &home, &["key", "token", &key]).json(), token);
        // Numbers that the database counts go on behind the old ones.
        assert_eq!(lines(&home), before + 2);
        let ids: Vec<i64> = at(&fleet, &home, &["audit", "--limit", "1000"]).json()["entries"].as_array().unwrap()
            .iter().map(|entry| entry["id"].as_i64().unwrap()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "{ids:?}");
    }

    fn a_target_that_is_not_empty_is_refused_and_left_alone(engine) {
        let fleet = Fleet::new(engine);
        fleet.customer();
        let other = fleet.another_database("other");
        at(&fleet, &other, &["init"]).ok();
        at(&fleet, &other, &["customer", "add", "--name", "太郎", "--email", "taro@example.jp"]).ok();
        fleet.run(&["move", "--from", &fleet.database(), "--to", &other]).refused("F1034");
        fleet.run(&["move", "--from", &fleet.database(), "--to", &fleet.database()]).refused("F1037");
        assert_eq!(at(&fleet, &other, &["customer", "list"]).json()["customers"].as_array().unwrap().len(), 1);
        assert_eq!(fleet.json(&["customer", "list"])["customers"].as_array().unwrap().len(), 1, "the source goes on");
        let nothing = format!("sqlite:{}", fleet.scratch("nothing.sqlite").display());
        fleet.run(&["move", "--from", &nothing, "--to", &fleet.another_database("third")]).refused("F1001");
    }

    fn a_copy_leaves_the_fleet_where_it_is(engine) {
        let fleet = Fleet::new(engine);
        fleet.customer();
        let copy = fleet.another_database("copy");
        fleet.run(&["move", "--from", &fleet.database(), "--to", &copy, "--keep"]).ok();
        assert_eq!(fleet.json(&["customer", "list"]), at(&fleet, &copy, &["customer", "list"]).json());
    }

    fn many_rows_move_in_pieces_whose_sums_agree(engine) {
        let fleet = Fleet::new(engine);
        let mut store = neo_fleet::store::Store::open(&neo_fleet::store::DatabaseUrl::parse(&fleet.database()).unwrap()).unwrap();
        store.transaction(|store| {
            for number in 0..1234_i64 {
                store.audit(number, "花子", "test", &format!("thing {}", number % 7))?;
            }
            Ok(())
        }).unwrap();
        drop(store);
        let copy = fleet.another_database("copy");
        let report = fleet.json(&["move", "--from", &fleet.database(), "--to", &copy]);
        let audit = report["tables"].as_array().unwrap().iter().find(|sum| sum["table"] == "audit").cloned().unwrap();
        assert_eq!(audit["rows"], 1235);
    }
}
