//! The gate: more than forty ways to publish early, each refused with its reason; and the one way that is none.
//! Not the rollout after it: release_rollout.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

use neo_fleet::releases::event::{Candidate, Checked, Event};
use neo_fleet::releases::manifest_content;
use serde_json::Value as Json;
use support::gate::{DAY, Gate, HOUR, SITE, VERSION};
use support::{NOON, On, Ran};

on_both_engines! {
    fn seven_days_of_checks_two_people_and_two_days_on_the_own_list_publish_a_release(engine) {
        let mut gate = Gate::new(engine);
        let opened = gate.open().ok();
        assert!(opened.out.contains("2026-12-02 00:00"), "{}", opened.out);
        gate.check_all_days();
        gate.sign("Hanako").ok();
        gate.sign("Taro").ok();
        assert_eq!(gate.status()["releases"][0]["state"], "ready");
        assert!(manifest_content(&mut gate.store(), gate.fleet.now).unwrap().is_none());
        assert!(gate.publish_files().is_none());
        assert_eq!(gate.publish().json()["published"], true);

        let board = gate.status();
        assert_eq!(board["releases"][0]["state"], "published");
        let manifest = gate.publish_files().unwrap();
        let file = std::fs::read_to_string(gate.fleet.scratch("web").join(&manifest.targets[0].file)).unwrap();
        assert_eq!(file, "the candidate's bytes");
        assert_eq!(manifest.version, VERSION);
        assert_eq!(manifest.rollout_permille, 0);
        assert_eq!(manifest.targets[0].length, 21);
        assert_eq!(manifest.targets[0].name, "linux-x86_64");
        assert_eq!(manifest.test_seconds, 8 * DAY - HOUR);
    }
}

#[test]
fn every_way_to_publish_early_is_refused_with_its_reason() {
    let mut gate = Gate::new(On::Sqlite);
    gate.keep("empty");
    gate.open().ok();
    gate.keep("opened");
    gate.check_all_days();
    gate.keep("checked");
    gate.sign("Hanako").ok();
    gate.sign("Taro").ok();
    gate.keep("ready");

    let mut wrong = Vec::new();
    for (way, from, number, does) in WAYS {
        gate.bring_back(from);
        let ran = does(&mut gate);
        if let Some(why) = not_refused(&ran, number) {
            wrong.push(format!("{way}: {why}"));
        }
        if is_published(&gate) {
            wrong.push(format!("{way}: it is published"));
        }
    }
    assert!(wrong.is_empty(), "of {}:\n{}", WAYS.len(), wrong.join("\n"));
    assert!(WAYS.len() >= 40, "{}", WAYS.len());

    // And what they all started from can be published.
    gate.bring_back("ready");
    assert_eq!(gate.publish().json()["published"], true);
}

#[test]
fn a_check_that_ends_after_the_candidate_was_begun_again_counts_for_neither() {
    let mut gate = Gate::new(On::Sqlite);
    // The first check of day 1 opens the candidate anew while it runs.
    let plan = std::fs::read_to_string(gate.plan()).unwrap();
    let words = [
        env!("CARGO_BIN_EXE_neo-fleet"),
        "--rehearsal",
        "--data",
        &gate.fleet.data().display().to_string(),
        "release",
        "open",
        VERSION,
        "--restart",
        "--artefact",
        &format!("linux-x86_64={}", gate.artefact().display()),
        "--plan",
        &gate.plan().display().to_string(),
    ];
    let plan = plan.replacen("[\"grep\", \"-q\", \"candidate\", \"{artefact}\"]", &format!("{words:?}"), 1);
    std::fs::write(gate.plan(), plan).unwrap();
    gate.open().ok();
    gate.at(1, 10);
    gate.check(1).refused("F1359");
    let board = gate.status();
    assert_eq!(board["releases"][0]["rounds"], 2, "{board}");
    assert_eq!(board["releases"][0]["days"][0]["checks"][0]["state"], "missing", "{board}");
}

/// A way, what it starts from, the number of the reason that refuses it, and what is done.
type Way = (&'static str, &'static str, &'static str, fn(&mut Gate) -> Ran);

const WAYS: &[Way] = &[
    ("a version that nobody opened", "ready", "F1301", |gate| gate.run_json(&["publish", "0.3.0"])),
    ("an empty fleet", "empty", "F1301", |gate| gate.publish()),
    ("at once", "opened", "F1308", |gate| gate.publish()),
    ("at once, because it is a security fix", "empty", "F1308", |gate| {
        gate.open_with(&["--security"]).ok();
        gate.publish()
    }),
    ("a security fix does without the second signature", "empty", "F1317", |gate| {
        gate.open_with(&["--security"]).ok();
        gate.check_all_days();
        gate.sign("Hanako").ok();
        gate.publish()
    }),
    ("a security fix does without the own list", "empty", "F1324", |gate| {
        gate.run(&["own-site", "remove", SITE]).ok();
        gate.open_with(&["--security"]).ok();
        gate.at(8, 10);
        gate.publish()
    }),
    ("after six days of checks", "opened", "F1308", |gate| {
        for day in 1..=6 {
            gate.at(day, 10);
            gate.check(day).ok();
        }
        gate.publish()
    }),
    ("a second before seven times 24 hours", "opened", "F1308", |gate| {
        gate.fleet.now = NOON + 7 * DAY - 1;
        gate.publish()
    }),
    ("after seven times 24 hours, on the seventh day itself", "opened", "F1309", |gate| {
        gate.fleet.now = NOON + 7 * DAY;
        gate.publish()
    }),
    ("a second before the seventh full day is over", "opened", "F1309", |gate| {
        gate.at(8, 0);
        gate.fleet.now -= 1;
        gate.publish()
    }),
    ("all checks on the last day", "opened", "F1311", |gate| {
        gate.at(7, 10);
        for day in 1..=7 {
            gate.check(day).ok();
        }
        gate.look(3).ok();
        gate.at(8, 10);
        gate.publish()
    }),
    ("a day without an entry, its checks made a day later", "opened", "F1311", |gate| {
        gate.check_days([1, 2, 4, 5, 6, 7]);
        gate.check(3).ok();
        gate.look(3).ok();
        gate.publish()
    }),
    ("a check of a day to come", "opened", "F1355", |gate| {
        gate.at(1, 23);
        gate.check(2)
    }),
    ("the check of day one on the day of the opening", "opened", "F1355", |gate| gate.check(1)),
    ("day zero", "opened", "F1356", |gate| gate.check(0)),
    ("a check that was left out", "opened", "F1312", |gate| {
        gate.check_days([1, 2, 3, 4, 5, 6]);
        gate.at(7, 10);
        gate.run(&["check", VERSION, "--day", "7", "--only", "bytes"]).ok();
        gate.at(8, 10);
        gate.publish()
    }),
    ("a manual check that nobody made", "opened", "F1312", |gate| {
        for day in 1..=7 {
            gate.at(day, 10);
            gate.check(day).ok();
        }
        gate.at(8, 10);
        gate.publish()
    }),
    ("a manual check without a name", "checked", "F1357", |gate| {
        gate.run(&["check", VERSION, "--day", "3", "--manual", "look", "--says", "Fine."])
    }),
    ("a manual check without a sentence", "checked", "F1357", |gate| {
        gate.run(&["check", VERSION, "--day", "3", "--manual", "look", "--by", "Hanako", "--says", "  "])
    }),
    ("a command passed off as a manual check", "checked", "F1356", |gate| {
        gate.run(&["check", VERSION, "--day", "3", "--manual", "bytes", "--by", "Hanako", "--says", "Fine."])
    }),
    ("a check that fails", "checked", "F1358", |gate| {
        std::fs::write(gate.fleet.scratch("fail"), "").unwrap();
        gate.check(7)
    }),
    ("a failed check", "checked", "F1313", |gate| {
        std::fs::write(gate.fleet.scratch("fail"), "").unwrap();
        gate.check(7).refused("F1358");
        sign_both(gate);
        gate.publish()
    }),
    ("a manual check that found something", "checked", "F1313", |gate| {
        let failed = [
            "check", VERSION, "--day", "3", "--manual", "look", "--by", "Taro", "--says", "Cut off.",
            "--failed",
        ];
        gate.run(&failed).ok();
        sign_both(gate);
        gate.publish()
    }),
    ("a failed check tried again until it passes", "checked", "F1314", |gate| {
        std::fs::write(gate.fleet.scratch("fail"), "").unwrap();
        gate.check(7).refused("F1358");
        std::fs::remove_file(gate.fleet.scratch("fail")).unwrap();
        gate.check(7).ok();
        sign_both(gate);
        gate.publish()
    }),
    ("an explanation of a check that did not fail", "ready", "F1367", |gate| {
        gate.run(&["explain", VERSION, "--entry", "6", "--by", "Hanako", "--says", "It was the network."])
    }),
    ("no signature", "checked", "F1317", |gate| gate.publish()),
    ("one signature", "checked", "F1317", |gate| {
        gate.sign("Hanako").ok();
        gate.publish()
    }),
    ("one person twice", "checked", "F1317", |gate| {
        gate.sign("Hanako").ok();
        gate.sign("Hanako").ok();
        gate.publish()
    }),
    ("one key under a second name", "checked", "F1360", |gate| {
        let key = public_key(gate, "Hanako");
        gate.run(&["signer", "add", "Jiro", "--key", &key])
    }),
    ("one name, written otherwise, with a second key", "checked", "F1360", |gate| {
        let file = gate.key_file("second").display().to_string();
        let _ = std::fs::remove_file(&file);
        let key = gate.run(&["signer", "new-key", &file]).ok().out;
        gate.run(&["signer", "add", " hanako", "--key", key.trim()])
    }),
    ("a key that nobody registered", "checked", "F1361", |gate| {
        let file = gate.key_file("nobody").display().to_string();
        let _ = std::fs::remove_file(&file);
        gate.run(&["signer", "new-key", &file]).ok();
        gate.sign("nobody")
    }),
    ("a second signer who appears on the last day", "checked", "F1320", |gate| {
        let _ = std::fs::remove_file(gate.key_file("Saburo"));
        gate.add_signer("Saburo");
        gate.sign("Hanako").ok();
        gate.sign("Saburo").ok();
        gate.publish()
    }),
    ("a revoked signer", "ready", "F1321", |gate| {
        gate.run(&["signer", "revoke", "Taro", "--why", "left the company"]).ok();
        gate.publish()
    }),
    ("a revoked signer signs", "checked", "F1361", |gate| {
        gate.run(&["signer", "revoke", "Taro", "--why", "left the company"]).ok();
        gate.sign("Taro")
    }),
    ("a key file that others can read", "checked", "F1363", |gate| {
        use std::os::unix::fs::PermissionsExt;
        let file = gate.key_file("Taro");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let ran = gate.sign("Taro");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        ran
    }),
    ("signatures from before the last check", "checked", "F1323", |gate| {
        sign_both(gate);
        gate.check(7).ok();
        gate.publish()
    }),
    ("signatures of the round before", "ready", "F1317", |gate| {
        gate.open_with(&["--restart"]).ok();
        gate.publish()
    }),
    ("a signature brought back for a candidate that was begun again", "checked", "F1366", |gate| {
        let carried = sign_by_hand(gate, |text| text);
        gate.open_with(&["--restart"]).ok();
        gate.run(&["sign", VERSION, "--signature", &carried])
    }),
    ("a statement changed after it was signed", "checked", "F1365", |gate| {
        let carried = sign_by_hand(gate, |text| text.replace("0.2.0", "0.2.1"));
        gate.run(&["sign", VERSION, "--signature", &carried])
    }),
    ("a byte of the artefact changed before the publication", "ready", "F1305", |gate| {
        std::fs::write(gate.artefact(), "the candidate's bytEs").unwrap();
        gate.publish()
    }),
    ("a byte appended to the artefact before a check", "ready", "F1359", |gate| {
        std::fs::write(gate.artefact(), "the candidate's bytes\n").unwrap();
        gate.check(7)
    }),
    ("a byte changed and changed back", "ready", "F1308", |gate| {
        std::fs::write(gate.artefact(), "the candidate's bytEs").unwrap();
        gate.sign("Hanako").refused("F1359");
        gate.write_files();
        gate.publish()
    }),
    ("a check taken out of the plan", "ready", "F1305", |gate| {
        let plan = std::fs::read_to_string(gate.plan()).unwrap().replace("\"bytes\"", "\"byte\"");
        std::fs::write(gate.plan(), plan).unwrap();
        gate.publish()
    }),
    ("a comment added to the plan", "ready", "F1359", |gate| {
        let plan = std::fs::read_to_string(gate.plan()).unwrap() + "# nothing\n";
        std::fs::write(gate.plan(), plan).unwrap();
        gate.check(7)
    }),
    ("a plan of six days", "empty", "F1351", |gate| {
        let plan = std::fs::read_to_string(gate.plan()).unwrap();
        let (six, _) = plan.split_once("[[day]]\nnumber = 7").unwrap();
        std::fs::write(gate.plan(), six).unwrap();
        gate.open()
    }),
    ("a plan with a day without checks", "empty", "F1351", |gate| {
        let plan = std::fs::read_to_string(gate.plan()).unwrap() + "[[day]]\nnumber = 8\n";
        std::fs::write(gate.plan(), plan).unwrap();
        gate.open()
    }),
    ("the plan made shorter after the opening", "ready", "F1305", |gate| {
        std::fs::write(gate.plan(), "").unwrap();
        gate.check(7).refused("F1359");
        gate.publish()
    }),
    ("the kept artefact exchanged", "ready", "F1306", |gate| {
        let kept = kept_artefact(gate);
        std::fs::remove_file(&kept).unwrap();
        std::fs::write(&kept, "another program").unwrap();
        gate.publish()
    }),
    ("the kept artefact gone", "ready", "F1306", |gate| {
        std::fs::remove_file(kept_artefact(gate)).unwrap();
        gate.publish()
    }),
    ("a kept text exchanged: the plan", "ready", "F1307", |gate| {
        gate.sql("update release_texts set content = CAST('x' AS BLOB)");
        gate.publish()
    }),
    ("the outputs of the checks thrown away", "ready", "F1306", |gate| {
        gate.sql("delete from release_texts where length(content) = 0");
        gate.publish()
    }),
    ("the own list not served by the candidate", "opened", "F1324", |gate| {
        gate.at(8, 10);
        gate.publish()
    }),
    ("the own list served for a day only", "opened", "F1325", |gate| {
        gate.at(7, 10);
        gate.canary().ok();
        gate.at(7, 21);
        gate.canary().ok();
        gate.at(8, 9);
        gate.publish()
    }),
    ("the own list gone back to the old version for an hour", "ready", "F1327", |gate| {
        gate.serve_version("0.1.0");
        gate.canary().ok();
        gate.serve_version(VERSION);
        gate.canary().ok();
        gate.publish()
    }),
    ("the own list silent", "ready", "F1327", |gate| {
        *gate.answer.lock().unwrap() = "<html>busy</html>".to_string();
        gate.canary().ok();
        gate.publish()
    }),
    ("another site's answer", "ready", "F1327", |gate| {
        *gate.answer.lock().unwrap() = format!("{{\"site\":\"other\",\"version\":\"{VERSION}\"}}");
        gate.canary().ok();
        gate.publish()
    }),
    ("the candidate's version, but another program", "ready", "F1328", |gate| {
        let program = "00".repeat(32);
        *gate.answer.lock().unwrap() =
            format!("{{\"site\":\"{SITE}\",\"version\":\"{VERSION}\",\"program\":\"{program}\"}}");
        gate.canary().ok();
        gate.publish()
    }),
    ("answers with a night between them", "opened", "F1326", |gate| {
        for hours in [7 * 24 - 50, 7 * 24 - 30, 7 * 24 - 1] {
            gate.fleet.now = NOON + hours * HOUR;
            gate.canary().ok();
        }
        gate.fleet.now = NOON + 7 * DAY;
        gate.publish()
    }),
    ("the last answer of yesterday", "ready", "F1329", |gate| {
        gate.at(9, 10);
        gate.publish()
    }),
    ("no site of our own", "opened", "F1369", |gate| {
        gate.run(&["own-site", "remove", SITE]).ok();
        gate.canary()
    }),
    ("a customer's site for a site of our own that is none", "opened", "F1368", |gate| {
        gate.run(&["own-site", "add", "nowhere"])
    }),
    ("the clock set forward by eight days", "opened", "F1332", |gate| {
        gate.at(8, 10);
        let uptime = (NOON + 60).to_string();
        gate.run_with(&["--json", "publish", VERSION], &[("NEO_FLEET_UPTIME", &uptime)])
    }),
    ("the clock set forward a day at a time, with a check on each", "opened", "F1310", |gate| {
        for day in 1..=7 {
            gate.at(day, 10);
            let (day, uptime) = (day.to_string(), (NOON + day * 60).to_string());
            gate.run_with(&["check", VERSION, "--day", &day], &[("NEO_FLEET_UPTIME", &uptime)]).ok();
        }
        gate.at(8, 10);
        let uptime = (NOON + 500).to_string();
        gate.run_with(&["--json", "publish", VERSION], &[("NEO_FLEET_UPTIME", &uptime)])
    }),
    ("a restart each day, with the clock set forward", "opened", "F1310", |gate| {
        for day in 1..=7 {
            gate.at(day, 10);
            let (day, boot) = (day.to_string(), format!("boot {day}"));
            let machine = [("NEO_FLEET_UPTIME", "90"), ("NEO_FLEET_BOOT", boot.as_str())];
            gate.run_with(&["check", VERSION, "--day", &day], &machine).ok();
        }
        gate.at(8, 10);
        gate.run_with(
            &["--json", "publish", VERSION],
            &[("NEO_FLEET_UPTIME", "90"), ("NEO_FLEET_BOOT", "boot 8")],
        )
    }),
    ("the clock set back", "ready", "F1331", |gate| {
        gate.fleet.now -= 3 * HOUR;
        gate.publish()
    }),
    ("the machine's count set back", "ready", "F1333", |gate| {
        gate.run_with(&["--json", "publish", VERSION], &[("NEO_FLEET_UPTIME", "5")])
    }),
    ("the opening moved back in the database", "opened", "F1334", |gate| {
        gate.sql("update release_log set at = at - 864000");
        gate.publish()
    }),
    ("a failed check changed to a passed one", "checked", "F1334", |gate| {
        std::fs::write(gate.fleet.scratch("fail"), "").unwrap();
        gate.check(7).refused("F1358");
        gate.sql("update release_log set body = replace(body, '\"passed\":false', '\"passed\":true')");
        gate.publish()
    }),
    ("a failed check removed", "checked", "F1335", |gate| {
        std::fs::write(gate.fleet.scratch("fail"), "").unwrap();
        gate.check(7).refused("F1358");
        gate.canary().ok();
        gate.sql("delete from release_log where body like '%\"passed\":false%'");
        gate.publish()
    }),
    ("the end of the log cut off", "ready", "F1339", |gate| {
        gate.sql("delete from release_log where number > 20");
        gate.publish()
    }),
    ("the end of the log cut off, and the memory of it too", "ready", "F1312", |gate| {
        gate.sql("delete from release_log where number > 20");
        std::fs::remove_file(gate.fleet.data().join("release-log.head")).unwrap();
        gate.publish()
    }),
    ("a row put in by hand", "opened", "F1337", |gate| {
        gate.forge_with(
            &Event::Published { version: VERSION.to_string() },
            gate.fleet.now,
            &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a guess"),
        );
        gate.publish()
    }),
    ("a row that is no event", "ready", "F1334", |gate| {
        gate.sql("update release_log set body = '{}' where number = 3");
        gate.publish()
    }),
    ("the log moved to a fleet with another key", "ready", "F1337", |gate| {
        std::fs::write(gate.keys().join("journal.seed"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            .unwrap();
        gate.publish()
    }),
    ("the journal's key thrown away", "ready", "F1378", |gate| {
        std::fs::remove_file(gate.keys().join("journal.seed")).unwrap();
        gate.publish()
    }),
    ("the database of another day", "ready", "F1339", |gate| {
        let older = gate.fleet.scratch("opened").join("fleet.sqlite");
        std::fs::copy(older, gate.fleet.data().join("fleet.sqlite")).unwrap();
        gate.publish()
    }),
    ("the whole fleet of another day, while a newer manifest is out", "ready", "F1340", |gate| {
        let published = gate.fleet.scratch("published");
        std::fs::create_dir_all(&published).unwrap();
        let manifest = r#"{"kind":"neo-manifest","key":"k","payload":"{\"number\":9000}","signature":"s"}"#;
        std::fs::write(published.join("manifest.json"), manifest).unwrap();
        gate.run_json(&["publish", VERSION, "--published", &published.display().to_string()])
    }),
    ("the same, in the folder where we publish", "ready", "F1340", |gate| {
        gate.publish_files();
        let manifest = r#"{"kind":"neo-manifest","key":"k","payload":"{\"number\":9000}","signature":"s"}"#;
        std::fs::write(gate.fleet.scratch("web").join("manifest.json"), manifest).unwrap();
        let ran = gate.publish();
        std::fs::remove_file(gate.fleet.scratch("web").join("manifest.json")).unwrap();
        ran
    }),
    ("a forged check, with the key of the journal, before its day", "opened", "F1315", |gate| {
        forge_check(gate, |checked| checked.day = 5);
        gate.publish()
    }),
    ("a forged check of other bytes, with the key of the journal", "opened", "F1316", |gate| {
        gate.at(1, 10);
        forge_check(gate, |checked| checked.candidate = "00".repeat(32));
        gate.publish()
    }),
    ("a forged signature, with the key of the journal", "checked", "F1318", |gate| {
        let statement = gate.run(&["statement", VERSION]).ok().out.trim().to_string();
        let (name, signature) = ("Taro".to_string(), "AAAA".to_string());
        let event = Event::Signed { version: VERSION.to_string(), name, statement, signature };
        gate.forge(&event, gate.fleet.now);
        gate.publish()
    }),
    ("a forged signer, with the key of the journal", "checked", "F1319", |gate| {
        let statement = gate.run(&["statement", VERSION]).ok().out.trim().to_string();
        let (name, signature) = ("Nobody".to_string(), "AAAA".to_string());
        let event = Event::Signed { version: VERSION.to_string(), name, statement, signature };
        gate.forge(&event, gate.fleet.now);
        gate.publish()
    }),
    ("a forged opening with other artefacts and the old signatures", "ready", "F1308", |gate| {
        let candidate = candidate(gate);
        let event = Event::Opened {
            candidate: Candidate { notes_en: "others".to_string(), ..candidate },
            plan_path: gate.plan().display().to_string(),
            changed: Vec::new(),
        };
        gate.forge(&event, gate.fleet.now);
        gate.publish()
    }),
    ("no release key", "ready", "F1342", |gate| {
        std::fs::remove_file(gate.keys().join("release.seed")).unwrap();
        gate.publish()
    }),
    ("a version that was withdrawn", "ready", "F1303", |gate| {
        gate.run(&["halt", VERSION, "--why", "it loops"]).ok();
        gate.publish()
    }),
    ("a withdrawn version opened again", "ready", "F1303", |gate| {
        gate.run(&["halt", VERSION, "--why", "it loops"]).ok();
        gate.open()
    }),
    ("no version at all", "empty", "F1352", |gate| {
        let artefact = format!("linux-x86_64={}", gate.artefact().display());
        gate.run(&["open", "newest", "--artefact", &artefact, "--plan", &gate.plan().display().to_string()])
    }),
    ("a rehearsal's database for a real release", "ready", "F1010", |gate| real(gate, &[])),
    ("a rehearsal's database passed off as a real one", "ready", "F1341", |gate| {
        gate.sql("update meta set value = 'real' where name = 'kind'");
        real(gate, &[])
    }),
    ("a real release with a moved clock", "ready", "F1008", |gate| {
        gate.sql("update meta set value = 'real' where name = 'kind'");
        let now = gate.fleet.now.to_string();
        real(gate, &[("NEO_FLEET_NOW", &now)])
    }),
];

/// Runs `publish` as for a real release.
fn real(gate: &Gate, variables: &[(&str, &str)]) -> Ran {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_neo-fleet"));
    command.env_clear().env("NEO_FLEET_DATA", gate.fleet.data()).envs(variables.iter().copied());
    support::ran(command.args(["--json", "release", "publish", VERSION]).output().unwrap())
}

fn sign_both(gate: &Gate) {
    gate.sign("Hanako").ok();
    gate.sign("Taro").ok();
}

fn public_key(gate: &Gate, name: &str) -> String {
    let signers = gate.run_json(&["signer", "list"]).json();
    let found = signers["signers"].as_array().unwrap().iter().find(|signer| signer["name"] == name).cloned();
    found.unwrap()["key"].as_str().unwrap().to_string()
}

/// A signature made by hand of what `change` makes of the statement; the file to bring back.
fn sign_by_hand(gate: &Gate, change: fn(String) -> String) -> String {
    let statement = gate.run(&["statement", VERSION]).ok().out.trim().to_string();
    let key = std::fs::read_to_string(gate.key_file("Taro")).unwrap();
    let key = neo_fleet::releases::person::from_file(&key).unwrap();
    let signature = neo_fleet::releases::person::sign(&key, &statement);
    let public = key.public().to_string();
    let carried =
        serde_json::json!({ "statement": change(statement), "public": public, "signature": signature });
    let file = gate.fleet.scratch("carried.json");
    std::fs::write(&file, carried.to_string()).unwrap();
    file.display().to_string()
}

fn kept_artefact(gate: &Gate) -> std::path::PathBuf {
    let sha256 = gate.status()["releases"][0]["artefacts"][0]["sha256"].as_str().unwrap().to_string();
    gate.fleet.data().join("releases").join(sha256)
}

fn candidate(gate: &Gate) -> Candidate {
    let entries = neo_fleet::releases::journal::read(gate.store().release_log().unwrap());
    let history = neo_fleet::releases::history::History::of(&entries);
    history.releases[VERSION].candidate.clone()
}

fn forge_check(gate: &Gate, change: fn(&mut Checked)) {
    let mut checked = Checked {
        version: VERSION.to_string(),
        candidate: candidate(gate).id(),
        day: 1,
        name: "bytes".to_string(),
        passed: true,
        run: Vec::new(),
        artefact: String::new(),
        exit: Some(0),
        cut_off: None,
        seconds: 1,
        output: None,
        output_length: 0,
        by: String::new(),
        says: String::new(),
    };
    change(&mut checked);
    gate.forge(&Event::Checked(checked), gate.fleet.now);
}

/// `None` if it was refused for this reason among others.
fn not_refused(ran: &Ran, number: &str) -> Option<String> {
    let said = format!("({number})");
    let reasons: Option<Json> = serde_json::from_str(&ran.out).ok();
    let is_among = reasons.as_ref().and_then(|told| told["reasons"].as_array()).is_some_and(|reasons| {
        reasons.iter().any(|reason| {
            reason["number"] == number
                && ["ja", "en"].iter().all(|tag| reason[tag].as_str().unwrap().contains(&said))
        })
    });
    let is_refused = matches!(ran.code, 65 | 78) && !ran.err.contains("(E9001)");
    let is_said = is_among || ran.err.contains(&said);
    (!is_refused || !is_said).then(|| format!("{number} {} {}{}", ran.code, ran.out, ran.err))
}

/// Whether anything would be published now.
fn is_published(gate: &Gate) -> bool {
    matches!(manifest_content(&mut gate.store(), gate.fleet.now), Ok(Some(_)))
}
