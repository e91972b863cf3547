//! The vendor's folder as a site reads it, and the owner's commands: when it looks, what it takes, what a hostile or broken
//! server can do to it; and that a site without any of it works on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/mail_server.rs"]
mod mail_server;
mod support;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/vendor.rs"]
mod vendor;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use neo::link::activation::{new_key, to_file, token_path};
use neo::link::envelope::{Kind, seal};
use neo::link::index::{File, Index};
use neo::link::key::{Role, TrustedKey};
use neo::link::tick_call::CallBody;
use neo::mail::transport::fetch;
use serde_json::{Value, json};
use support::{NOON, Site};
use vendor::{DAY, Folder, Manner, Vendor, feed, signing_key};

const HOUR: i64 = 3600;

/// A site that believes the vendor and knows its folder.
fn line() -> (Site, Vendor, Folder) {
    let (site, vendor, folder) = (trusting(), Vendor::new(), Folder::start());
    site.set("vendor_url", &folder.url());
    folder.publish(&vendor, 1);
    (site, vendor, folder)
}

fn trusting() -> Site {
    let site = Site::new();
    site.at(NOON);
    site.neo(&["link", "trust", &Vendor::new().root.public().to_string()]).ok();
    site
}

fn status(site: &Site) -> Value {
    site.neo(&["link", "status", "--json"]).json()
}

fn numbers(site: &Site) -> [i64; 4] {
    let heard = status(site)["heard"].clone();
    ["keys", "index", "feed", "manifest"].map(|kind| heard[kind]["number"].as_i64().unwrap_or(-1))
}

/// The number of the sentence by which `neo link fetch` was refused; 0 if it was not.
fn fetch(site: &Site) -> u16 {
    let ran = site.neo(&["link", "fetch", "--json"]);
    match ran.err.split("(E").nth(1) {
        None => {
            assert_eq!(ran.code, 0);
            0
        }
        Some(rest) => {
            assert_ne!(ran.code, 0, "{}", ran.err);
            rest[..4].parse().unwrap()
        }
    }
}

fn tick(site: &Site, now: i64) -> Value {
    site.at(now);
    site.neo(&["tick", "--json"]).json()
}

#[test]
fn a_tick_looks_at_the_vendor_s_folder_and_takes_what_is_new() {
    let (site, vendor, folder) = line();
    assert_eq!(tick(&site, NOON)["stopped_by"], Value::Null);
    assert_eq!(numbers(&site), [1, 1, 1, 1]);
    // The index cannot be believed before the keys are known.
    assert_eq!(
        folder.asked(),
        ["index.json", "keys.json", "feed.json", "manifest.json"].map(|name| format!("/neo/{name}"))
    );
    folder.publish(&vendor, 2);
    tick(&site, NOON + 9 * HOUR);
    assert_eq!(numbers(&site), [1, 2, 2, 2]);
    assert_eq!(
        folder.asked(),
        ["index.json", "feed.json", "manifest.json"].map(|name| format!("/neo/{name}"))
    );
    let status = status(&site);
    assert_eq!((&status["fetched_at"], &status["trouble"]), (&json!(NOON + 9 * HOUR), &json!("")));
}

#[test]
fn it_looks_at_most_four_times_a_day_and_sites_do_not_come_all_at_once() {
    let (site, _vendor, folder) = line();
    let mut moments = Vec::new();
    for minute in (0..48 * 60).step_by(30) {
        tick(&site, NOON + minute * 60);
        if folder.asked().iter().any(|path| path.ends_with("index.json")) {
            moments.push(minute);
        }
    }
    assert!((6..=8).contains(&moments.len()), "{moments:?}");
    assert!(moments.windows(2).all(|two| two[1] - two[0] >= 360), "{moments:?}");
    // Another site's name, another gap.
    let gap = |name: &str| {
        let site = trusting();
        site.set("vendor_url", &folder.url());
        site.set("site_id", name);
        tick(&site, NOON);
        folder.asked();
        let late = (0..=120).step_by(5).find(|minute| {
            tick(&site, NOON + 6 * HOUR + minute * 60);
            !folder.asked().is_empty()
        });
        late.unwrap()
    };
    assert_ne!(gap("aaaaaaaaaaaaaaaa"), gap("bbbbbbbbbbbbbbbb"));
}

#[test]
fn a_clock_that_was_ahead_does_not_keep_it_from_looking() {
    let (site, _vendor, folder) = line();
    tick(&site, NOON + 3000 * DAY);
    folder.asked();
    tick(&site, NOON);
    assert_eq!(numbers(&site), [1, 1, 1, 1]);
}

#[test]
fn a_site_without_a_url_or_without_a_root_asks_nobody_or_believes_nobody_and_works_on() {
    let (site, folder) = (Site::new(), Folder::start());
    assert_eq!(tick(&site, NOON)["stopped_by"], Value::Null);
    assert_eq!(fetch(&site), 3082);
    folder.publish(&Vendor::new(), 1);
    site.set("vendor_url", &folder.url());
    assert_eq!(tick(&site, NOON)["stopped_by"], Value::Null);
    assert_eq!(numbers(&site), [-1; 4]);
    assert!(status(&site)["trouble"].as_str().unwrap().contains("(E3080)"));
}

#[test]
fn what_a_server_sends_without_end_or_without_hurry_does_not_hurt() {
    let (site, vendor, folder) = line();
    fetch(&site);
    folder.publish(&vendor, 2);
    for (what, manner, wanted) in [
        ("10 GB announced", Manner::Announcing(10 * 1024 * 1024 * 1024), 1250),
        (
            "more than a number holds",
            Manner::Raw(
                "index.json",
                b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec(),
            ),
            3081,
        ),
        (
            "10 GB announced and nothing sent",
            Manner::Raw("index.json", b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n".to_vec()),
            1250,
        ),
        ("endless", Manner::Endless, 1250),
        ("an endless head", Manner::Raw("index.json", vec![b'x'; 1_000_000]), 3081),
        ("one byte at a time", Manner::Slow(Duration::from_millis(100)), 3081),
        ("silent", Manner::Silent, 3081),
    ] {
        folder.behave(manner);
        let began = Instant::now();
        assert_eq!(fetch(&site), wanted, "{what}");
        // Not how fast: that there is an end at all.
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        assert_eq!(numbers(&site), [1; 4], "{what}");
    }
    folder.behave(Manner::Plain);
    assert_eq!((fetch(&site), numbers(&site)), (0, [1, 2, 2, 2]));
}

#[test]
fn a_tick_sends_its_mails_whatever_the_vendor_s_server_does() {
    let (site, _vendor, folder) = line();
    site.set("tick_sources", "cron");
    for (place, manner) in [
        Manner::Endless,
        Manner::Announcing(u64::MAX),
        Manner::Slow(Duration::from_millis(500)),
        Manner::Raw("index.json", b"\xff\xfe\x00garbage\r\n\r\n".to_vec()),
        Manner::Raw(
            "index.json",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".to_vec(),
        ),
        Manner::Raw("index.json", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut".to_vec()),
        Manner::Raw("index.json", b"HTTP/1.1 500 No\r\n\r\n".to_vec()),
        Manner::Raw("index.json", b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n".to_vec()),
        Manner::Raw("index.json", Vec::new()),
    ]
    .into_iter()
    .enumerate()
    {
        folder.behave(manner.clone());
        let report = tick(&site, NOON + 9 * HOUR * i64::try_from(place).unwrap());
        assert_eq!(report["stopped_by"], Value::Null, "{manner:?}");
        assert!(report["run"].is_i64(), "{manner:?}");
        let trouble = status(&site)["trouble"].as_str().unwrap().to_string();
        assert!(trouble.contains("(E3081)") || trouble.contains("(E1250)"), "{manner:?}: {trouble}");
        assert!(!folder.asked().is_empty());
    }
    site.set("vendor_url", "http://127.0.0.1:1/nobody");
    assert_eq!(tick(&site, NOON + 200 * HOUR)["stopped_by"], Value::Null);
    assert!(status(&site)["trouble"].as_str().unwrap().contains("(E3081)"));
}

#[test]
fn over_tls_only_a_known_authority_s_server_is_read() {
    let (config, authority) = mail_server::certificate(&["127.0.0.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/neo/x?y=1", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket.unwrap());
            let mut request = [0; 1024];
            // Who does not believe the certificate hangs up here.
            let Ok(length) = stream.read(&mut request) else { continue };
            let is_ours = request[..length].starts_with(b"GET /neo/x?y=1 HTTP/1.0\r\nHost: 127.0.0.1:");
            // Closes without a length and without close_notify, as old servers do.
            write!(stream, "HTTP/1.1 200 OK\r\n\r\n{is_ours}").unwrap();
        }
    });
    let site = Site::new();
    let file = site.scratch("ca.pem");
    std::fs::write(&file, authority).unwrap();
    let get = |private_ca: Option<&Path>| {
        let mut body = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(30);
        let url = url::Url::parse(&url).unwrap();
        let result = fetch::get(&url, 100, deadline, private_ca, &mut |piece| {
            body.extend_from_slice(piece);
            Ok(())
        });
        result.map(|_| String::from_utf8(body).unwrap())
    };
    assert_eq!(get(Some(&file)).unwrap(), "true");
    let error = get(None).unwrap_err();
    assert_eq!(error.refusal().unwrap().sentence.number, 3081);
}

#[test]
fn a_rehearsal_asks_nobody() {
    let (site, _vendor, folder) = line();
    let out = site.scratch("rehearsal");
    site.neo(&["rehearse", "--until", "2026-12-01", "--out", out.to_str().unwrap()]).ok();
    assert_eq!(folder.asked(), Vec::<String>::new());
}

#[test]
fn an_older_folder_is_not_believed() {
    let (site, vendor, folder) = line();
    folder.publish(&vendor, 5);
    assert_eq!(fetch(&site), 0);
    folder.publish(&vendor, 4);
    assert_eq!(fetch(&site), 1257);
    assert_eq!(numbers(&site), [1, 5, 5, 5]);
    assert!(status(&site)["trouble"].as_str().unwrap().contains("(E1257)"));
}

#[test]
fn a_folder_that_was_frozen_is_noticed_when_its_time_is_over() {
    let (site, _vendor, folder) = line();
    assert_eq!(fetch(&site), 0);
    site.at(NOON + 14 * DAY - 1);
    assert_eq!(fetch(&site), 0);
    site.at(NOON + 14 * DAY);
    assert_eq!(fetch(&site), 1258);
    // What was heard stays, as old as it is.
    assert_eq!(numbers(&site), [1; 4]);
    assert_eq!(status(&site)["heard"]["feed"]["is_current"], false);
    assert!(folder.asked().iter().filter(|path| path.ends_with("feed.json")).count() == 1);
}

#[test]
fn files_of_different_days_are_not_mixed() {
    let (site, vendor, folder) = line();
    folder.publish(&vendor, 5);
    // Genuine, signed, and even newer: but not what the index speaks of.
    for other in [4, 6] {
        folder.put("feed.json", &vendor.feed_file(other));
        assert_eq!(fetch(&site), 1259, "{other}");
        assert_eq!(numbers(&site)[2], -1);
    }
    assert_eq!(numbers(&site), [1, 5, -1, 5], "the others were taken");
    folder.put("feed.json", &vendor.feed_file(5));
    assert_eq!((fetch(&site), numbers(&site)), (0, [1, 5, 5, 5]));
}

#[test]
fn an_index_that_the_wrong_key_signed_leads_nowhere() {
    let (site, vendor, folder) = line();
    fetch(&site);
    folder.publish(&vendor, 2);
    let files = [("feed.json".to_string(), File::of(2, vendor.feed_file(2).as_bytes()))];
    let index = Index { number: 2, issued_at: NOON, expires: NOON + DAY, files: files.into() };
    for (what, key, wanted) in [("stranger", signing_key(99), 1254), ("release", signing_key(3), 1256)] {
        folder.put("index.json", &seal(Kind::Index, &index, &key).unwrap());
        assert_eq!(fetch(&site), wanted, "{what}");
    }
    folder.put("index.json", &seal(Kind::Feed, &feed(2), &vendor.feed).unwrap());
    assert_eq!(fetch(&site), 1252);
    assert_eq!(numbers(&site), [1; 4]);
}

#[test]
fn keys_rotate_by_the_folder_and_what_a_revoked_key_signed_is_forgotten() {
    let (site, vendor, folder) = line();
    folder.publish(&vendor, 900);
    fetch(&site);
    let mut next = Vendor { feed: signing_key(12), ..Vendor::new() };
    next.list.number = 2;
    next.list.keys[0] = TrustedKey::new(next.feed.public(), &[Role::Feed]);
    next.list.revoked = vec![vendor.feed.public().id()];
    folder.publish(&next, 901);
    assert_eq!((fetch(&site), numbers(&site)), (0, [2, 901, 901, 901]));
    // The thief of the old key had made the numbers high.
    folder.publish(&vendor, i64::MAX - 1);
    assert_eq!(fetch(&site), 1255);
    assert_eq!(numbers(&site), [2, 901, 901, 901]);
}

#[test]
fn a_token_is_renewed_from_the_folder_and_one_that_is_not_there_is_no_trouble() {
    let (site, vendor, folder) = line();
    let key = new_key().unwrap();
    fetch(&site);
    std::fs::write(site.scratch("token"), to_file(&vendor.token(&key, NOON))).unwrap();
    site.neo(&["link", "accept", site.scratch("token").to_str().unwrap()]).ok();
    assert_eq!(fetch(&site), 0);
    folder.put(&token_path(&key), &vendor.token(&key, NOON + 5));
    assert_eq!(fetch(&site), 0);
    assert_eq!(status(&site)["activation"]["issued_at"], NOON + 5);
    let other = vendor.token(&new_key().unwrap(), NOON + 6);
    folder.put(&token_path(&key), &other);
    assert_eq!(fetch(&site), 1265);
    folder.put(&token_path(&key), &"v4.public.".repeat(10_000));
    assert_eq!(fetch(&site), 1250);
    assert_eq!(status(&site)["activation"]["issued_at"], NOON + 5);
    assert!(!token_path(&key).contains(&key[4..]), "the key is a secret");
}

fn accept(site: &Site, text: &str) -> (i32, String) {
    let ran = site.neo_fed(&["link", "accept", "-"], text);
    (ran.code, ran.out + &ran.err)
}

#[test]
fn everything_can_be_brought_by_copy_and_paste() {
    let (site, vendor) = (trusting(), Vendor::new());
    let key = new_key().unwrap();
    assert!(accept(&site, &vendor.token(&key, NOON)).1.contains("(E1254)"), "first the keys");
    assert_eq!(accept(&site, &vendor.keys()), (0, "accepted: keys\n".to_string()));
    assert_eq!(accept(&site, &format!("\u{feff}\n{}\n", vendor.feed_file(3))).0, 0);
    assert_eq!(accept(&site, &vendor.manifest_file(4)).0, 0);
    assert_eq!(accept(&site, &to_file(&vendor.token(&key, NOON))).0, 0);
    assert_eq!(numbers(&site), [1, -1, 3, 4]);
    // Unlike a call, the owner may change to another key, also to an older token of it.
    let other = new_key().unwrap();
    assert_eq!(accept(&site, &vendor.token(&other, NOON - 5)).0, 0);
    assert_eq!(status(&site)["activation"]["key"], json!(other));
    // Several at once, as a call would bring them.
    let all = CallBody {
        keys: Some(vendor.keys()),
        feed: Some(vendor.feed_file(4)),
        token: Some(vendor.token(&key, NOON + 1)),
        manifest: Some(vendor.manifest_file(5)),
        advice: None,
    };
    let fresh = trusting();
    assert_eq!(accept(&fresh, &serde_json::to_string(&all).unwrap()).0, 0);
    assert_eq!(numbers(&fresh), [1, -1, 4, 5]);
    assert_eq!(status(&fresh)["activation"]["key"], json!(key));
}

#[test]
fn what_is_pasted_wrongly_is_refused_with_its_reason() {
    let (site, vendor) = (trusting(), Vendor::new());
    accept(&site, &vendor.keys());
    let key = new_key().unwrap();
    let file = to_file(&vendor.token(&key, NOON));
    let lines: Vec<&str> = file.lines().collect();
    let index = Index::default();
    for (what, text, number) in [
        ("nothing", String::new(), 1260),
        ("something else", "こんにちは".to_string(), 1260),
        ("a key instead of a token", key, 1260),
        ("half of it", lines[..lines.len() - 1].join("\n"), 1261),
        ("a damaged line", file.replacen("v4.public", "v4.pubIic", 1), 1262),
        ("empty JSON", "{}".to_string(), 1251),
        ("cut JSON", vendor.feed_file(1)[..100].to_string(), 1251),
        ("forged", vendor.feed_file(1).replace("winter", "summer"), 1253),
        ("an index", seal(Kind::Index, &index, &vendor.feed).unwrap(), 1252),
        ("an unknown kind", vendor.feed_file(1).replace("neo-feed", "neo-cake"), 1252),
        ("too much", "x".repeat(1_000_000), 1250),
        ("too much JSON", format!("{{\"x\":\"{}\"}}", "x".repeat(1_000_000)), 1250),
        ("deep JSON", "{\"a\":".repeat(10_000), 1251),
    ] {
        let (code, said) = accept(&site, &text);
        assert!(code == 65 && said.contains(&format!("(E{number})")), "{what}: {code} {said}");
    }
    let ran = site.neo(&["link", "accept", "/nowhere"]);
    assert!(ran.code == 65 && ran.err.contains("E1018"));
}

#[test]
fn settings_of_the_line_are_checked_before_they_are_stored() {
    let site = trusting();
    for (key, value) in [
        ("vendor_url", "ftp://example.jp"),
        ("vendor_url", "https://user@example.jp/"),
        ("vendor_url", "example.jp"),
        ("vendor_root", "x"),
        ("wanted_clock", "sundial"),
        ("tick_sources", "sundial"),
    ] {
        assert_eq!(site.neo(&["setting", "set", key, value]).code, 65, "{key} {value}");
    }
    let [one, other] = [1, 2].map(|number| signing_key(number).public());
    site.set("vendor_root", &format!(" {one} ,{other}"));
    assert_eq!(site.setting("vendor_root"), format!("{one},{other}"));
    site.set("vendor_url", "");
}
