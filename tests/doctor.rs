//! The doctor, as command and as page: each break is found, named, and comes with the one thing to do.
//! Not the disk's own faults, which a test cannot make.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

#[path = "support/mail_server.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod mail_server;
mod support;

use std::os::unix::fs::PermissionsExt;

use mail_server::{Act, MailServer, Script};
use support::{NOON, Site};

/// A site in order: sender's details, and a clock that was just heard.
fn healthy() -> Site {
    let site = Site::new();
    site.at(NOON);
    for (key, value) in [
        ("sender_name", "さくら堂"),
        ("sender_address", "東京都千代田区1-1"),
        ("sender_contact", "03-0000-0000"),
    ] {
        site.set(key, value);
    }
    site.neo(&["tick"]).ok();
    site
}

/// State, finding and advice of one check, and the exit code.
fn check(site: &Site, name: &str) -> (String, String, String, i32) {
    let ran = site.neo(&["doctor", "--json"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let report = ran.json();
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{report}"));
    let text = |key: &str| found[key].as_str().unwrap().to_string();
    assert_eq!(report["ok"].as_bool().unwrap(), ran.code == 0, "{report}");
    assert!([0, 78].contains(&ran.code), "{report}");
    assert_eq!(text("state") == "good", text("do").is_empty(), "{found}");
    (text("state"), text("found"), text("do"), ran.code)
}

#[test]
fn a_site_in_order_gets_no_bad_finding_and_exit_code_0() {
    let site = healthy();
    let report = site.neo(&["doctor", "--json"]);
    assert_eq!(report.code, 0, "{}", report.out);
    for check in report.json()["checks"].as_array().unwrap() {
        // Mails go to a folder at first: the owner should know.
        let expected = if check["name"] == "transport" { "warn" } else { "good" };
        assert_eq!(check["state"], expected, "{check}");
    }
    let words = site.neo(&["doctor"]);
    assert_eq!(words.code, 0);
    assert!(words.out.contains("送信方法") && words.out.contains("->"), "{}", words.out);
}

#[test]
fn missing_sender_details_are_bad_and_the_exit_code_says_so() {
    let site = healthy();
    site.set("sender_address", "");
    let (state, found, _, code) = check(&site, "sender");
    assert_eq!((state.as_str(), code), ("bad", 78));
    assert!(found.contains("住所") && !found.contains("名前"), "{found}");
}

#[test]
fn a_file_that_others_could_read_is_named() {
    let site = healthy();
    let file = site.data().join("backups");
    std::fs::create_dir(&file).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    let (state, found, _, _) = check(&site, "permissions");
    assert_eq!((state.as_str(), found.as_str()), ("warn", "backups"));
}

#[test]
fn the_clocks_are_warned_about_when_silent_for_more_than_an_hour() {
    let site = healthy();
    assert_eq!(check(&site, "last_tick").0, "good");
    site.at(NOON + 64 * 60);
    assert_eq!(check(&site, "last_tick").0, "good");
    site.at(NOON + 66 * 60);
    assert_eq!(check(&site, "last_tick").0, "warn");
    let never = Site::new();
    let (state, found, _, _) = check(&never, "last_tick");
    assert_eq!((state.as_str(), found.as_str()), ("warn", "まだありません"));
}

#[test]
fn a_clock_that_went_back_is_found_by_rows_from_the_future() {
    let site = healthy();
    assert_eq!(check(&site, "clock").0, "good");
    site.at(NOON - 86_400);
    assert_eq!(check(&site, "clock").0, "bad");
    site.at(1_000_000_000);
    assert_eq!(check(&site, "clock").0, "bad");
}

#[test]
fn a_mail_server_is_greeted_and_signed_in_to_without_a_mail() {
    let site = healthy();
    let open = Script { auth: Some("PLAIN"), ..Script::default() };
    let server = MailServer::start(open.clone());
    site.set("transport", &format!("smtp://hanako@127.0.0.1:{}?tls=none", server.port));
    site.set("transport_password", "himitsu-no-kotoba");
    assert_eq!(check(&site, "transport").0, "good");
    assert_eq!(server.log().logins, [("hanako".to_string(), "himitsu-no-kotoba".to_string())]);
    assert!(server.log().mails.is_empty());
    let refusing = MailServer::start(open.on_all("AUTH", Act::Say("535 5.7.8 who are you?".to_string())));
    site.set("transport", &format!("smtp://hanako@127.0.0.1:{}?tls=none", refusing.port));
    let (state, found, _, _) = check(&site, "transport");
    assert_eq!(state, "bad");
    assert!(
        found.contains("E3011") && found.contains("who are you?") && !found.contains("himitsu"),
        "{found}"
    );
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    site.set("transport", &format!("smtp://127.0.0.1:{nobody}?tls=none"));
    assert_eq!(check(&site, "transport").0, "bad");
}

#[test]
fn counters_that_do_not_add_up_to_the_rows_are_found() {
    let site = healthy();
    site.neo(&["list", "add", "news", "--from", "news@shop.example.jp"]).ok();
    site.neo(&["subscriber", "add", "news", "hanako@example.jp", "--confirmed"]).ok();
    let text = site.scratch("text");
    std::fs::write(&text, "本文\n").unwrap();
    let file = text.to_str().unwrap();
    site.neo(&["broadcast", "create", "--list", "news", "--subject", "件名", "--text", file, "--at", "now"])
        .ok();
    site.neo(&["tick"]).ok();
    assert_eq!(check(&site, "ledger").0, "good");
    let set = |sent: i64, failed: i64, queued: i64| {
        for (state, count) in [("sent", sent), ("failed", failed), ("queued", queued)] {
            tamper(
                &site,
                &format!(
                    "insert into delivery_counts values (1, '{state}', {count}) on conflict do update set count = {count}"
                ),
            );
        }
        check(&site, "ledger").0
    };
    for (sent, failed, queued) in [(2, 0, 0), (0, 0, 0), (0, 1, 0), (1, 0, 1), (1, 0, -1)] {
        assert_eq!(set(sent, failed, queued), "bad", "{sent} {failed} {queued}");
    }
    assert_eq!(set(1, 0, 0), "good");
}

#[expect(clippy::disallowed_methods, reason = "breaks the database behind the program's back")]
fn tamper(site: &Site, statement: &str) {
    rusqlite::Connection::open(site.data().join("neo.sqlite")).unwrap().execute_batch(statement).unwrap();
}

#[test]
fn a_database_whose_journal_may_lose_data_is_made_safe_again_at_the_next_opening() {
    let site = healthy();
    tamper(&site, "pragma journal_mode = delete");
    let (state, found, _, _) = check(&site, "journal");
    assert_eq!(state, "good");
    assert!(found.contains("TRUNCATE"), "{found}");
}

#[test]
fn a_site_that_cannot_be_opened_still_gets_a_report() {
    let site = healthy();
    let key = site.data().join("neo.key");
    let aside = site.scratch("neo.key");
    std::fs::rename(&key, &aside).unwrap();
    let (state, found, _, code) = check(&site, "opening");
    assert_eq!((state.as_str(), code), ("bad", 78));
    assert!(found.contains("E3010"), "{found}");
    std::fs::rename(&aside, &key).unwrap();
    let database = site.data().join("neo.sqlite");
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(site.data().join(format!("neo.sqlite{ending}")));
    }
    std::fs::write(&database, "not a database".repeat(1000)).unwrap();
    assert!(check(&site, "opening").1.contains("E3008"));
    let empty = Site::empty();
    assert!(check(&empty, "opening").1.contains("E3001"));
}

#[test]
fn the_page_shows_the_same_findings_and_a_data_folder_inside_the_web_root() {
    let site = healthy();
    site.sign_in();
    let page = site.get("/admin/settings/doctor");
    assert_eq!(page.status, 200);
    for check in site.neo(&["doctor", "--json"]).json()["checks"].as_array().unwrap() {
        assert!(page.says(check["do"].as_str().unwrap()), "{check}");
        if check["name"] != "disk" {
            assert!(page.says(check["found"].as_str().unwrap()), "{check}: {}", page.text());
        }
    }
    assert!(page.says("大きな問題はありません"));
    site.variable("DOCUMENT_ROOT", site.scratch("").to_str().unwrap());
    let page = site.get("/admin/settings/doctor");
    assert!(page.says("データフォルダを公開フォルダの外へ移してください"), "{}", page.text());
}

#[test]
fn the_disk_and_the_journal_are_told_in_words_of_a_shop_owner() {
    let site = healthy();
    let (_, journal, _, _) = check(&site, "journal");
    assert!(journal.contains("停電でも失われません") && !journal.contains("synchronous"), "{journal}");
    let (_, disk, _, _) = check(&site, "disk");
    assert!(!disk.contains("inode") && disk.contains("MiB"), "{disk}");
}
