//! Updates of the program: offered, fetched, tried on a copy, put in place, watched, put back. The site always works.
//! Not the kills: update_kills.rs.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/updates.rs"]
mod updates;

use updates::{DAY, Manner, NEW, OLD, Rig, next_version, script};

/// A rig to which a new version that fails like this is offered.
fn offered(fault: &str) -> Rig {
    let rig = Rig::new();
    rig.publish(NEW, &next_version(NEW, fault), |_| ());
    rig
}

#[test]
fn a_new_version_is_fetched_tried_on_a_copy_put_in_place_watched_and_kept() {
    let rig = offered("none");
    let before = rig.status();
    assert_eq!((before["running"].as_str(), before["offered"]["version"].as_str()), (Some(OLD), Some(NEW)));
    assert_eq!(before["offered"]["safe"]["sites"], 1200);
    rig.tick();
    assert_eq!(rig.running(), OLD, "the owner has not asked for it");
    rig.ok(&["update", "--apply"]);
    assert_eq!(rig.running(), NEW);
    let status = rig.status();
    assert_eq!(status["work"]["step"], "watch");
    assert_eq!(status["previous"]["version"], OLD);
    assert_eq!(status["previous"]["keeps_data"], true);
    rig.check_works("while it is watched");
    assert!(rig.watch().exists());
    rig.watch_it_through();
    assert!(!rig.watch().exists());
    assert_eq!(rig.outcomes(), ["installed", "kept"]);
    rig.check_no_leftovers("afterwards");
    let report = rig.tick();
    assert_eq!((report["version"].as_str(), report["update"]["outcome"].as_str()), (Some(NEW), Some("kept")));
    assert_eq!(rig.status()["why_not"], "newest");
}

#[test]
fn by_itself_only_if_the_owner_wants_that_and_at_the_chosen_hour() {
    let mut rig = offered("none");
    rig.ok(&["setting", "set", "update_mode", "auto"]);
    rig.ok(&["setting", "set", "update_hour", "4"]);
    // Midnight and four o'clock in Tokyo.
    let midnight = (rig.now + 9 * 3600) / DAY * DAY - 9 * 3600 + DAY;
    rig.now = midnight;
    let report = rig.tick();
    assert_eq!(report["update"]["outcome"], "copy", "fetched, and waiting: {report}");
    assert_eq!(rig.running(), OLD);
    assert_eq!(report["next_due"], neo::domain::calendar::rfc3339_utc(midnight + 4 * 3600));
    rig.now = midnight + 3 * 3600;
    rig.tick();
    assert_eq!(rig.running(), OLD);
    rig.now = midnight + 4 * 3600 + 60;
    rig.tick();
    assert_eq!(rig.running(), NEW);
    rig.check_works("at four");
}

#[test]
fn what_is_halted_withdrawn_held_too_new_or_of_other_sites_is_not_installed_by_itself() {
    let rig = Rig::new();
    rig.update_by_itself();
    let bytes = next_version(NEW, "none");
    let why = |change: &dyn Fn(&mut neo::link::update::Manifest)| {
        rig.publish(NEW, &bytes, change);
        rig.tick();
        assert_eq!(rig.running(), OLD);
        rig.status()["why_not"].as_str().unwrap_or("offered").to_string()
    };
    assert_eq!(why(&|manifest| manifest.halted = true), "halted");
    assert_eq!(rig.refused(&["update", "--apply"]), "E1301");
    assert_eq!(why(&|manifest| manifest.withdrawn.push(NEW.to_string())), "withdrawn");
    assert_eq!(why(&|manifest| manifest.rollout_permille = 0), "not-yet");
    assert_eq!(why(&|manifest| manifest.targets[0].name = "freebsd-x86_64".to_string()), "no-file");
    assert_eq!(why(&|manifest| manifest.released_at = rig.now - DAY), "offered");
    assert!(rig.asked().is_empty(), "nothing was fetched");
    rig.publish(NEW, &bytes, |manifest| manifest.released_at = rig.now - DAY);
    rig.ok(&["update", "--hold"]);
    rig.publish(NEW, &bytes, |_| ());
    rig.tick();
    assert_eq!(rig.status()["held"], NEW);
    assert!(rig.asked().is_empty(), "held: nothing was fetched");
    rig.check_works("at the end");
}

#[test]
fn a_lower_version_is_refused_whoever_brings_it() {
    let rig = Rig::new();
    for version in ["0.0.9", OLD, "0.1.0-rc.1"] {
        let bytes = script(version, "exit 0");
        rig.publish(version, &bytes, |_| ());
        assert_eq!(rig.status()["why_not"], "newest");
        assert_eq!(rig.refused(&["update", "--apply"]), "E1301");
        let file = rig.root.join("older");
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(rig.refused(&["update", "--from", file.to_str().unwrap()]), "E1301");
        assert_eq!(rig.running(), OLD);
    }
}

#[test]
fn a_copied_file_is_installed_if_it_is_the_one_of_the_manifest() {
    let rig = Rig::new();
    let bytes = next_version(NEW, "none");
    let manifest = rig.root.join("manifest.json");
    // Not yet this site's turn: who brings the file need not wait.
    let mut described = rig.manifest(NEW, &bytes);
    described.rollout_permille = 0;
    std::fs::write(&manifest, rig.sealed(&described)).unwrap();
    let file = rig.root.join("new.cgi");
    let with = ["update", "--from", file.to_str().unwrap(), "--manifest", manifest.to_str().unwrap()];
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    assert_ne!(rig.refused(&with), "", "cut short");
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    std::fs::write(&file, &changed).unwrap();
    assert_eq!(rig.refused(&with), "E1300");
    assert_eq!(rig.running(), OLD);
    std::fs::write(&file, &bytes).unwrap();
    rig.ok(&with);
    assert_eq!(rig.running(), NEW);
    assert!(rig.asked().is_empty(), "nothing was fetched");
    rig.check_works("afterwards");
}

#[test]
fn a_file_comes_over_several_ticks_whatever_the_server_does() {
    let rig = offered("none");
    let size = next_version(NEW, "none").len();
    rig.behave(Manner::HangsUpAfter(size / 3 + 1));
    rig.update_by_itself();
    rig.tick();
    assert_eq!(rig.status()["work"]["step"], "download");
    rig.tick();
    rig.tick();
    assert_eq!(rig.running(), NEW);
    let starts: Vec<String> = rig.asked();
    let place = size / 3 + 1;
    assert_eq!(starts[1], format!("/neo/releases/{NEW}/neo {place}"), "{starts:?}");
    rig.check_works("afterwards");

    let rig = offered("none");
    rig.behave(Manner::HangsUpAfter(1000));
    rig.update_by_itself();
    rig.tick();
    rig.behave(Manner::NoRanges);
    rig.tick();
    assert_eq!(rig.running(), NEW, "a server without ranges");
}

#[test]
fn a_file_that_is_wrong_cut_short_too_long_or_of_another_version_is_never_run() {
    let mut rig = Rig::new();
    let bytes = next_version(NEW, "none");
    let other = next_version("0.3.0", "none");
    let mut tries = |publish: &dyn Fn(&Rig), manner: Manner| {
        publish(&rig);
        rig.behave(manner);
        rig.run(&["update", "--apply"]);
        for _ in 0..8 {
            rig.now += 3600;
            rig.tick();
        }
        rig.behave(Manner::Ranges);
        assert_eq!(rig.running(), OLD, "{manner:?}");
        let status = rig.status();
        assert_eq!(status["work"], serde_json::Value::Null, "{manner:?}: given up");
        rig.check_works(&format!("{manner:?}"));
        rig.check_no_leftovers(&format!("{manner:?}"));
        let last = status["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["outcome"], "given-up");
        last["why"].as_str().unwrap().to_string()
    };
    let wrong_hash = |rig: &Rig| {
        rig.publish(NEW, &bytes, |manifest| manifest.targets[0].sha256 = "0".repeat(64));
    };
    assert!(tries(&wrong_hash, Manner::Ranges).contains("SHA-256"));
    let plain = |rig: &Rig| rig.publish(NEW, &bytes, |_| ());
    tries(&plain, Manner::Truncated);
    let too_short = |rig: &Rig| rig.publish(NEW, &bytes, |manifest| manifest.targets[0].length -= 1);
    tries(&too_short, Manner::TooLong);
    tries(&too_short, Manner::Ranges);
    let too_long = |rig: &Rig| rig.publish(NEW, &bytes, |manifest| manifest.targets[0].length += 1);
    tries(&too_long, Manner::Ranges);
    let mislabelled = |rig: &Rig| {
        let real = rig.manifest(NEW, &other);
        rig.publish(NEW, &other, |manifest| manifest.targets = real.targets.clone());
    };
    assert!(tries(&mislabelled, Manner::Ranges).contains("0.3.0"));
}

#[test]
fn a_program_that_fails_its_test_is_not_installed_and_the_reason_is_kept() {
    let rig = Rig::new();
    rig.ok(&["setting", "set", "guard_cpu_seconds", "2"]);
    let cases = [
        ("exit 1", "exit 1"),
        ("kill -SEGV $$", "signal 11"),
        ("echo '{\"ok\":true}'", "exit 0"),
        ("while :; do :; done", "signal"),
        ("x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done", ""),
        ("yes > \"$4/flood\" 2>/dev/null", ""),
        ("printf '\\177ELF'", "exit 0"),
    ];
    for (number, (lines, why)) in cases.iter().enumerate() {
        let version = format!("0.2.{number}");
        rig.publish(&version, &script(&version, lines), |_| ());
        assert_eq!(rig.refused(&["update", "--apply"]), "E1302", "{lines}");
        let status = rig.status();
        let last = status["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (last["outcome"].as_str(), last["to"].as_str()),
            (Some("refused"), Some(version.as_str()))
        );
        assert!(last["why"].as_str().unwrap().contains(why), "{lines}: {last}");
        rig.check_works(lines);
        rig.check_no_leftovers(lines);
    }
    let version = "0.3.0";
    rig.publish(version, &[&b"\x7fELF no program "[..], &script(version, "")].concat(), |_| ());
    assert_eq!(rig.refused(&["update", "--apply"]), "E1302");
    rig.ok(&["setting", "set", "update_mode", "auto"]);
    rig.asked();
    rig.tick();
    assert!(rig.asked().is_empty(), "what failed here is not tried again by itself");
    assert_eq!(rig.running(), OLD);
}

#[test]
fn whoever_runs_away_after_the_update_is_put_back_after_two_failures() {
    for (fault, why) in [
        ("loop", "cpu tick/deliver"),
        ("memory", "memory tick/deliver"),
        ("segfault", "2"),
        ("exit", "2"),
        ("panic", "2"),
    ] {
        let rig = offered(fault);
        rig.ok(&["update", "--apply"]);
        assert_eq!(rig.running(), NEW, "{fault}");
        for _ in 0..2 {
            rig.run(&["tick"]);
        }
        // The next start finds two failures: what was asked is answered by the former program.
        let (status, page) = rig.get("/f/news");
        assert!(status.ends_with("200 OK") && page.contains("</html>"), "{fault}: {status}");
        assert_eq!(rig.running(), OLD, "{fault}");
        let status = rig.status();
        let last = status["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["outcome"], "rolled-back", "{fault}");
        assert!(last["why"].as_str().unwrap().contains(why), "{fault}: {last}");
        rig.check_works(fault);
        rig.check_no_leftovers(fault);
        assert!(!rig.watch().exists());
        let report = rig.tick();
        assert_eq!(report["update"]["outcome"], "rolled-back", "the poller is told");
        rig.ok(&["setting", "set", "update_mode", "auto"]);
        rig.tick();
        assert_eq!(rig.running(), OLD, "not again by itself");
    }
}

#[test]
fn a_request_that_finds_a_failed_program_is_answered_by_the_former_one() {
    let rig = offered("exit");
    rig.ok(&["update", "--apply"]);
    let pages: Vec<String> = (0..3).map(|_| rig.get("/f/news").0).collect();
    assert_eq!(pages[..2], ["", ""], "it fails twice");
    assert!(pages[2].ends_with("200 OK"));
    assert_eq!(rig.outcomes(), ["installed", "rolled-back"]);
}

#[test]
fn data_that_the_former_program_can_work_on_stay_as_they_are() {
    let rig = offered("newer-readable");
    rig.ok(&["update", "--apply"]);
    rig.run(&["tick"]);
    rig.sqlite().execute("update lists set title = 'written by the new one'", []).unwrap();
    rig.run(&["tick"]);
    rig.check_works("put back");
    assert_eq!(rig.running(), OLD);
    let title: String = rig.sqlite().query_row("select title from lists", [], |row| row.get(0)).unwrap();
    assert_eq!(title, "written by the new one");
    let holds: i64 = rig.sqlite().query_row("select count(*) from holds", [], |row| row.get(0)).unwrap();
    assert_eq!(holds, 0);
}

#[test]
fn data_that_it_cannot_read_go_back_and_nothing_of_between_is_sent_again() {
    for fault in ["newer", "damage"] {
        let rig = offered(fault);
        let broadcast = |subject: &str| {
            let text = rig.root.join("text");
            std::fs::write(&text, "{{ name }} 様\n").unwrap();
            rig.ok(&[
                "broadcast",
                "create",
                "--list",
                "news",
                "--subject",
                subject,
                "--text",
                text.to_str().unwrap(),
                "--at",
                "now",
            ])
        };
        broadcast("B1");
        rig.ok(&["update", "--apply"]);
        let mails = || std::fs::read_dir(rig.data().join("outbox")).map_or(0, |mails| mails.count());
        assert_eq!(mails(), 0, "{fault}: the test on the copy sent nothing");
        // Between the update and the failure the mails of B1 go out, and somebody leaves.
        rig.ok(&["broadcast", "status", "1"]);
        let tick = rig.root.join("old-tick");
        std::fs::copy(rig.update().join("previous"), &tick).unwrap();
        let data = rig.data().display().to_string();
        let sent = std::process::Command::new(&tick).args(["--data", &data, "tick"]).status().unwrap();
        assert!(sent.success());
        assert_eq!(mails(), 5);
        rig.run(&["tick"]);
        rig.run(&["tick"]);
        let (status, _) = rig.get("/f/news");
        assert!(status.ends_with("200 OK"), "{fault}: {status}");
        assert_eq!(rig.running(), OLD);
        let status = rig.status();
        let last = status["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["outcome"], "rolled-back");
        assert!(last["data_from"].is_string(), "{fault}: {last}");
        rig.check_readers(fault);
        assert_eq!(rig.tick()["stopped_by"], "safe-mode", "{fault}: the owner has to look");
        rig.ok(&["restore", "--release"]);
        rig.tick();
        assert_eq!(mails(), 5, "{fault}: nothing is sent twice");
        rig.check_works(fault);
    }
}

#[test]
fn the_owner_goes_back_by_one_command_and_forward_again() {
    let rig = offered("none");
    assert_eq!(rig.refused(&["update", "--rollback"]), "E2180");
    rig.ok(&["update", "--apply"]);
    rig.watch_it_through();
    assert_eq!(rig.running(), NEW);
    rig.ok(&["update", "--rollback"]);
    assert_eq!(rig.running(), OLD);
    rig.check_works("back");
    assert_eq!(rig.outcomes(), ["installed", "kept", "put-back"]);
    rig.check_no_leftovers("back");
    rig.ok(&["update", "--apply"]);
    assert_eq!(rig.running(), NEW);
    rig.check_works("forward");
}

#[test]
fn a_version_that_is_withdrawn_after_it_was_installed_goes_by_itself() {
    let rig = offered("none");
    rig.ok(&["update", "--apply"]);
    rig.watch_it_through();
    rig.ok(&["setting", "set", "update_mode", "auto"]);
    rig.publish(NEW, b"", |manifest| manifest.withdrawn.push(NEW.to_string()));
    rig.tick();
    assert_eq!(rig.running(), OLD);
    rig.check_works("withdrawn");
    assert_eq!(rig.outcomes().last().unwrap(), "put-back");
}

#[test]
fn an_upload_by_ftp_ends_whatever_was_under_way() {
    let rig = offered("exit");
    rig.ok(&["update", "--apply"]);
    rig.run(&["tick"]);
    rig.upload(&next_version("0.2.1", "none"));
    rig.check_works("uploaded");
    assert_eq!(rig.running(), "0.2.1");
    assert!(!rig.watch().exists());
    assert_eq!(rig.outcomes(), ["installed", "replaced"]);
}

#[test]
fn a_folder_that_is_closed_to_us_is_said_with_the_way_by_ftp() {
    let rig = offered("none");
    let public = rig.root.join("public_html");
    let close = |mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&public, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    close(0o555);
    if std::fs::write(public.join("probe"), "").is_ok() {
        // Root may write anywhere; nothing is proved by that.
        std::fs::remove_file(public.join("probe")).unwrap();
        close(0o755);
        return;
    }
    assert_eq!(rig.refused(&["update", "--apply"]), "E3090");
    assert_eq!(rig.status()["writable"], false);
    close(0o755);
}
