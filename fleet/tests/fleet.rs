//! A fleet is made once, is real or a rehearsal, and writes down who did what.
//! Not what is in it: keys, sites, publication.

mod support;

use support::Fleet;

on_both_engines! {
    fn a_fleet_is_made_once_and_its_making_is_in_the_audit(engine) {
        let fleet = Fleet::empty(engine);
        fleet.run(&["audit"]).refused("F1001");
        let made = fleet.json(&["init"]);
        assert_eq!(made["rehearsal"], true);
        fleet.run(&["init"]).refused("F1002");
        let audit = fleet.json(&["audit"]);
        let entries = audit["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 1, "{audit}");
        assert_eq!(entries[0]["who"], "hanako");
        assert_eq!(entries[0]["what"], "fleet made");
        assert_eq!(entries[0]["at"], fleet.now);
    }
}
