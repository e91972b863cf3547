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

#[test]
fn a_real_fleet_never_takes_its_time_from_outside() {
    let fleet = Fleet::new(support::On::Sqlite);
    let plain = |arguments: &[&str], moved: bool| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_neo-fleet"));
        command.env_clear().env("NEO_FLEET_DATA", fleet.scratch("real")).args(arguments);
        if moved {
            command.env("NEO_FLEET_NOW", "1");
        }
        let output = command.output().map(|output| (output.status.code(), output.stderr));
        output.map(|(code, said)| (code, String::from_utf8_lossy(&said).into_owned())).unwrap_or_default()
    };
    assert!(plain(&["init"], true).1.contains("(F1008)"));
    assert_eq!(plain(&["init"], false).0, Some(0));
    assert!(plain(&["--rehearsal", "audit"], true).1.contains("(F1009)"));
    assert!(plain(&["audit"], true).1.contains("(F1008)"));
    assert_eq!(plain(&["audit"], false).0, Some(0));
    // And a rehearsal does not pass for a real one.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_neo-fleet"));
    command.env_clear().env("NEO_FLEET_DATA", fleet.data()).arg("audit");
    let said = command.output().map(|output| output.stderr).unwrap_or_default();
    assert!(String::from_utf8_lossy(&said).contains("(F1010)"));
}
