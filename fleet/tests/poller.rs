//! The poller keeps its word: signed calls when something is due, never too often, whatever the other side does.
//! Not its rules in detail: those are with the code (poller/schedule, backoff, breaker).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/rows.rs"]
mod rows;
mod support;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hostile::{Hostile, Say, idle, tick};
use neo::link::activation;
use neo::link::key::{KeyList, PublicKey, Role, Trust, TrustedKey};
use neo::link::tick_call::{TickCall, verify_call};
use rows::{add_site, execute, rows};
use serde_json::Value as Json;
use support::{Fleet, NOON, On};

/// A fleet that can sign calls.
fn fleet(engine: On) -> Fleet {
    let fleet = Fleet::new(engine);
    fleet.run(&["signing", "new"]).ok();
    fleet
}

/// The ceremony of the root, and a first publication.
fn publish(fleet: &Fleet) {
    let path = |name: &str| fleet.scratch(name).to_str().unwrap().to_string();
    let (root, request, list) = (path("root/root.seed"), path("request.json"), path("keys.json"));
    let public = fleet.json(&["root", "new", &root])["public"].as_str().unwrap().to_string();
    fleet.run(&["signing", "request", &request]).ok();
    fleet.run(&["root", "sign", &request, "--root", &root, "--out", &list]).ok();
    fleet.run(&["signing", "take", &list, "--root", &public]).ok();
    fleet.run(&["publish", &path("published")]).ok();
}

/// Calls what is due now, on this machine.
#[track_caller]
fn poll(fleet: &Fleet) -> Json {
    fleet.json(&["poll", "--once", "--allow-loopback", "--deadline", "3"])
}

/// The outcome of each site's last call.
fn outcomes(fleet: &Fleet) -> BTreeMap<String, String> {
    rows(fleet, "select site, coalesce(outcome, '-') from polls order by site")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect()
}

fn public_key(fleet: &Fleet, role: &str) -> PublicKey {
    let shown = fleet.json(&["signing", "show"]);
    let keys = shown["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["role"] == role && key["place"] == "present").unwrap();
    PublicKey::parse(key["public"].as_str().unwrap()).unwrap()
}

on_both_engines! {
    fn a_due_site_is_called_once_with_a_signature_that_holds_and_what_it_says_is_kept(engine) {
        let mut fleet = fleet(engine);
        let server = Hostile::start(|heard| Say::Tick(tick(heard.site(), NOON + 7200)));
        add_site(&fleet, "site000000000001", &server.url("127.1.0.1", "/neo.cgi/tick?x=1"), None);
        assert_eq!(poll(&fleet)["answered"], 1);
        assert_eq!(poll(&fleet)["calls"], 0, "nothing is due any more");

        let heard = server.heard();
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].line, "POST /neo.cgi/tick?x=1 HTTP/1.1");
        assert!(heard[0].header("user-agent").starts_with("neo-fleet/"), "{:?}", heard[0].headers);
        assert!(heard[0].header("user-agent").contains("(+https://"), "somebody can be asked");
        let call = TickCall::read(|name| Some(heard[0].header(&name.to_ascii_lowercase()))).unwrap();
        assert_eq!((call.site.as_str(), call.at), ("site000000000001", NOON));
        let public = public_key(&fleet, "tick");
        let keys = vec![TrustedKey::new(public, &[Role::Tick])];
        let list = KeyList { number: 1, issued_at: 0, expires: i64::MAX, keys, revoked: vec![] };
        verify_call(&call, &heard[0].body, &Trust { roots: vec![public], list: Some(list) }, NOON).unwrap();

        let site = fleet.json(&["site", "show", "site000000000001"]);
        assert_eq!(site["version"], "0.9.0");
        assert_eq!((&site["trips"], &site["last_beat"]), (&1.into(), &1_795_481_500.into()));
        assert_eq!((&site["last_ok"], &site["ip"]), (&NOON.into(), &"127.1.0.1".into()));
        let next = site["next_due"].as_i64().unwrap();
        assert!((NOON + 7200..NOON + 7260).contains(&next), "{next}");

        fleet.now = next - 1;
        assert_eq!(poll(&fleet)["calls"], 0);
        fleet.now = next;
        assert_eq!(poll(&fleet)["calls"], 1);
    }

    fn what_a_site_has_not_seen_is_brought_along_and_no_more(engine) {
        let mut fleet = fleet(engine);
        publish(&fleet);
        let knows_feed = Arc::new(AtomicBool::new(false));
        let knows = Arc::clone(&knows_feed);
        let server = Hostile::start(move |heard| {
            let mut said = idle(heard.site(), heard.header("x-neo-time").parse().unwrap());
            let brought = heard.json();
            if knows.load(Ordering::SeqCst) || brought["feed"].is_string() {
                said["feed_number"] = 1.into();
            }
            let token = brought["token"].as_str().and_then(activation::read_kept);
            said["key_valid_until"] = token.map_or(Json::Null, |token| token.valid_until.into());
            Say::Tick(said)
        });
        let customer = fleet.json(&["customer", "add", "--name", "青木", "--email", "aoki@example.jp"]);
        let key = fleet.json(&["key", "issue", "--customer", customer["id"].as_str().unwrap(), "--days", "365"]);
        let (key, ends) = (key["key"].as_str().unwrap(), key["valid_until"].as_i64().unwrap());
        let url = server.url("127.1.0.1", "/tick");
        fleet.run(&["site", "add", "site000000000001", "--key", key, "--tick-url", &url]).ok();
        assert_eq!(poll(&fleet)["answered"], 1);
        let first = server.heard()[0].json();
        let names = |brought: &Json| brought.as_object().map_or(0, serde_json::Map::len);
        assert!(first["keys"].is_string() && first["feed"].is_string(), "{first}");
        assert_eq!(activation::read_kept(first["token"].as_str().unwrap()).unwrap().valid_until, ends);
        assert_eq!(names(&first), 3, "no manifest was published: {first}");

        fleet.now += 86_400;
        assert_eq!(poll(&fleet)["answered"], 1);
        assert_eq!(server.heard()[1].body, b"", "it knows everything");
        knows_feed.store(true, Ordering::SeqCst);
        fleet.run(&["key", "extend", key, "--days", "30"]).ok();
        fleet.now += 86_400;
        poll(&fleet);
        let third = server.heard()[2].json();
        assert_eq!(activation::read_kept(third["token"].as_str().unwrap()).unwrap().valid_until, ends + 30 * 86_400);
        assert_eq!(names(&third), 1, "only what is new: {third}");
    }

    fn a_site_with_a_clock_of_its_own_is_called_once_a_day(engine) {
        let mut fleet = fleet(engine);
        let server = Hostile::start(|heard| {
            let mut said = tick(heard.site(), NOON + 60);
            said["wanted_clock"] = "cron".into();
            Say::Tick(said)
        });
        add_site(&fleet, "site000000000001", &server.url("127.1.0.1", "/tick"), None);
        poll(&fleet);
        fleet.now = NOON + 22 * 3600;
        assert_eq!(poll(&fleet)["calls"], 0);
        fleet.now = NOON + 24 * 3600;
        assert_eq!(poll(&fleet)["calls"], 1);
        assert_eq!(fleet.json(&["site", "show", "site000000000001"])["wanted_clock"], "cron");
    }

    fn whatever_a_site_answers_the_call_ends_in_time_and_its_end_has_a_name(engine) {
        let fleet = fleet(engine);
        let server = Hostile::start(|heard| match heard.path() {
            "/forbidden" => Say::Page(403, "", "<h1>Forbidden</h1>"),
            "/too-many" => Say::Page(429, "Retry-After: 7200\r\n", ""),
            "/unavailable" => Say::Page(503, "", "busy"),
            "/limit-reached" => Say::Page(508, "", ""),
            "/bad-status" => Say::Page(500, "", ""),
            "/redirected" => Say::Page(302, "Location: /followed\r\n", ""),
            "/declined" => Say::Page(403, "", r#"{"error":1253,"says":"No."}"#),
            "/garbage" => Say::Page(200, "", "<html>It works!</html>"),
            "/no-http" => Say::Bytes(b"220 mail.example.jp ESMTP\r\n"),
            "/wrong-site" => Say::Tick(idle("somebodyelse", NOON)),
            "/endless" => Say::Endless,
            "/endless-head" => Say::EndlessHead,
            "/drip" => Say::Drip,
            "/silent" => Say::Silence(Duration::from_secs(20)),
            "/broken" => Say::Bytes(b""),
            "/truncated" => Say::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"run\":"),
            _ => Say::Tick(idle(heard.site(), NOON)),
        });
        let expected = [
            ("/forbidden", "forbidden"), ("/too-many", "too-many"), ("/unavailable", "unavailable"),
            ("/limit-reached", "limit-reached"), ("/bad-status", "bad-status"), ("/redirected", "redirected"),
            ("/declined", "declined"), ("/garbage", "garbage"), ("/no-http", "garbage"),
            ("/wrong-site", "wrong-site"), ("/endless", "too-large"), ("/endless-head", "too-large"),
            ("/drip", "timed-out"), ("/silent", "timed-out"), ("/broken", "broken"), ("/truncated", "broken"),
            ("/good", "answered"),
        ];
        // Each at a provider of its own: no breaker has a say here.
        let mut wanted = BTreeMap::new();
        for (number, (path, outcome)) in expected.iter().enumerate() {
            let id = format!("site{number:012}");
            add_site(&fleet, &id, &server.url(&format!("127.{}.0.1", number + 1), path), None);
            wanted.insert(id, (*outcome).to_string());
        }
        for (id, url, outcome) in [
            ("elsewhere0000001", format!("https://127.50.0.1:{}/", server.port), "tls-failed"),
            ("elsewhere0000002", "http://127.51.0.1:1/".to_string(), "not-connected"),
            ("elsewhere0000003", "http://10.0.0.1/".to_string(), "private-address"),
            ("elsewhere0000004", "http://[::ffff:192.168.0.1]/".to_string(), "private-address"),
            ("elsewhere0000005", "http://169.254.169.254/latest/meta-data/".to_string(), "private-address"),
            ("elsewhere0000006", "ftp://127.52.0.1/".to_string(), "bad-address"),
            ("elsewhere0000007", "http://user:word@127.53.0.1/".to_string(), "bad-address"),
            ("elsewhere0000008", "http://nobody.invalid/".to_string(), "no-such-host"),
        ] {
            add_site(&fleet, id, &url, None);
            wanted.insert(id.to_string(), outcome.to_string());
        }
        let report = poll(&fleet);
        assert_eq!(outcomes(&fleet), wanted);
        assert_eq!((&report["answered"], &report["failed"]), (&1.into(), &24.into()));
        assert!(server.heard().iter().all(|heard| heard.path() != "/followed"), "nothing is followed");
        assert!(server.endless_bytes() < 32 << 20, "{} bytes were taken", server.endless_bytes());
        let status = fleet.json(&["poll", "status"]);
        assert_eq!(status["backing_off"].as_array().unwrap().len(), 24, "{status}");
        assert_eq!(status["breakers"].as_array().unwrap().len(), 0);
        let asked = status["backing_off"].as_array().unwrap().iter().find(|site| site["outcome"] == "too-many");
        assert!(asked.unwrap()["next_call"].as_i64().unwrap() >= NOON + 7200, "Retry-After is heeded");
    }

    fn a_site_that_fails_is_called_later_each_time_and_at_once_as_before_when_it_answers(engine) {
        let mut fleet = fleet(engine);
        let is_well = Arc::new(AtomicBool::new(false));
        let well = Arc::clone(&is_well);
        let server = Hostile::start(move |heard| match well.load(Ordering::SeqCst) {
            true => Say::Tick(tick(heard.site(), 0)),
            false => Say::Page(503, "", ""),
        });
        add_site(&fleet, "site000000000001", &server.url("127.1.0.1", "/tick"), None);
        let mut waits = Vec::new();
        for _ in 0..4 {
            assert_eq!(poll(&fleet)["failed"], 1);
            let next = fleet.json(&["site", "show", "site000000000001"])["next_due"].as_i64().unwrap();
            waits.push(next - fleet.now);
            fleet.now = next - 1;
            assert_eq!(poll(&fleet)["calls"], 0, "not before {next}");
            fleet.now = next;
        }
        assert!(waits[0] >= 900 && waits.windows(2).all(|pair| pair[1] > pair[0] * 3 / 2), "{waits:?}");
        is_well.store(true, Ordering::SeqCst);
        assert_eq!(poll(&fleet)["answered"], 1);
        let next = fleet.json(&["site", "show", "site000000000001"])["next_due"].as_i64().unwrap();
        assert!((fleet.now + 300..fleet.now + 360).contains(&next), "five minutes apart, not less");
    }

    fn a_private_address_is_not_called_without_leave(engine) {
        let fleet = fleet(engine);
        let server = Hostile::start(|heard| Say::Tick(idle(heard.site(), NOON)));
        add_site(&fleet, "site000000000001", &server.url("127.1.0.1", "/tick"), None);
        add_site(&fleet, "site000000000002", &server.url("localhost", "/tick"), None);
        fleet.json(&["poll", "--once"]);
        assert!(outcomes(&fleet).values().all(|outcome| outcome == "private-address"), "{:?}", outcomes(&fleet));
        assert_eq!(server.heard().len(), 0);
    }

    fn a_server_never_has_two_calls_at_a_time_and_rests_between_them(engine) {
        let fleet = fleet(engine);
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
        let server = Hostile::start(move |heard| Say::Tick(idle(heard.site(), now)));
        for number in 0..4 {
            add_site(&fleet, &format!("site{number:012}"), &server.url("127.1.0.1", "/tick"), None);
        }
        // By the machine's clock, two at once: the gap and the lease hold across pollers.
        let started: Vec<_> = (0..2)
            .map(|_| {
                let mut command = fleet.command(&["--json", "poll", "--once", "--allow-loopback", "--gap", "1"]);
                command.env_remove("NEO_FLEET_NOW").stdin(Stdio::null());
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for poller in started {
            let output = poller.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let heard = server.heard();
        assert_eq!(heard.len(), 4, "each once");
        assert_eq!(server.most_at_once(), 1);
        let gaps: Vec<u128> = heard.windows(2).map(|two| (two[1].at - two[0].at).as_millis()).collect();
        assert!(gaps.iter().all(|gap| *gap >= 1000), "{gaps:?}");
    }

    fn pollers_share_the_work_and_no_site_is_called_twice(engine) {
        let fleet = fleet(engine);
        let server = Hostile::start(|heard| Say::Tick(idle(heard.site(), NOON)));
        for number in 0..120 {
            add_site(&fleet, &format!("site{number:012}"), &server.url(&format!("127.2.{number}.1"), "/t"), None);
        }
        let poll = vec!["--json", "poll", "--once", "--allow-loopback"];
        let ran = fleet.at_once(&[poll.clone(), poll.clone(), poll.clone(), poll]);
        let calls: i64 = ran.into_iter().map(|ran| ran.json()["calls"].as_i64().unwrap()).sum();
        assert_eq!(calls, 120);
        let mut sites = server.take_sites();
        assert_eq!(sites.len(), 120);
        sites.dedup();
        assert_eq!(sites.len(), 120, "some were called twice");
    }

    fn what_a_dead_poller_held_falls_due_again(engine) {
        let mut fleet = fleet(engine);
        let is_well = Arc::new(AtomicBool::new(false));
        let well = Arc::clone(&is_well);
        let server = Hostile::start(move |heard| match well.load(Ordering::SeqCst) {
            true => Say::Tick(idle(heard.site(), NOON)),
            false => Say::Silence(Duration::from_secs(20)),
        });
        add_site(&fleet, "site000000000001", &server.url("127.1.0.1", "/tick"), None);
        let mut poller = fleet.command(&["poll", "--allow-loopback", "--deadline", "20"]).spawn().unwrap();
        server.wait_for(1);
        poller.kill().unwrap();
        poller.wait().unwrap();
        is_well.store(true, Ordering::SeqCst);
        fleet.now = NOON + 40;
        assert_eq!(poll(&fleet)["calls"], 0, "the call may still be open there");
        fleet.now = NOON + 51;
        assert_eq!(poll(&fleet)["answered"], 1);
    }

    fn told_to_end_it_lets_open_calls_finish_and_gives_back_what_it_holds(engine) {
        let fleet = fleet(engine);
        let server = Hostile::start(|heard| {
            std::thread::sleep(Duration::from_secs(if heard.path() == "/slow" { 2 } else { 25 }));
            Say::Tick(idle(heard.site(), NOON))
        });
        add_site(&fleet, "site000000000001", &server.url("127.1.0.1", "/slow"), None);
        add_site(&fleet, "site000000000002", &server.url("127.2.0.1", "/never"), None);
        let mut command = fleet.command(&["--json", "poll", "--allow-loopback"]);
        let poller = command.stdout(Stdio::piped()).spawn().unwrap();
        server.wait_for(2);
        let id = rustix::process::Pid::from_raw(i32::try_from(poller.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let output = poller.wait_with_output().unwrap();
        assert!(output.status.success());
        let report: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["answered"], &report["cut_off"]), (&1.into(), &1.into()), "{report}");
        assert_eq!(rows(&fleet, "select count(*) from call_servers where owner <> ''")[0][0], "0");
        assert_eq!(rows(&fleet, "select count(*) from pollers")[0][0], "0");
        let status = fleet.json(&["poll", "status"]);
        assert_eq!(status["queue"]["due"], 1, "the one that was cut off is due again: {status}");
    }

    fn january_a_provider_keeps_us_out_calls_stop_and_it_comes_back_when_it_lets_us_in(engine) {
        let mut fleet = fleet(engine);
        let is_blocked = Arc::new(AtomicBool::new(false));
        let blocked = Arc::clone(&is_blocked);
        let server = Hostile::start(move |heard| {
            match heard.site().starts_with("sakura") && blocked.load(Ordering::SeqCst) {
                true => Say::Page(403, "", "<h1>Forbidden</h1>The server refuse to browse the page."),
                false => Say::Tick(idle(heard.site(), heard.header("x-neo-time").parse().unwrap())),
            }
        });
        for number in 0..12 {
            let url = |net| server.url(&format!("127.{net}.{number}.1"), "/tick");
            add_site(&fleet, &format!("sakura{number:010}"), &url(3), Some("sakura"));
            add_site(&fleet, &format!("lolipop{number:09}"), &url(4), Some("lolipop"));
        }
        assert_eq!(poll(&fleet)["answered"], 24);
        server.take_sites();

        is_blocked.store(true, Ordering::SeqCst);
        fleet.now += 86_400;
        let report = poll(&fleet);
        assert_eq!(report["opened"], serde_json::json!(["sakura"]), "{report}");
        assert_eq!(report["answered"], 12, "the other provider's sites go on");
        server.take_sites();
        let status = fleet.json(&["poll", "status"]);
        let breaker = &status["breakers"][0];
        assert_eq!((&breaker["provider"], &breaker["state"]), (&"sakura".into(), &"open".into()));
        let sakura = status["providers"].as_array().unwrap().iter().find(|one| one["provider"] == "sakura").unwrap();
        assert_eq!((&sakura["sites"], &sakura["held"]), (&12.into(), &12.into()), "{status}");
        let advised = "select count(*) from polls where advice = 'use-local-cron' and provider = ";
        assert_eq!(rows(&fleet, &format!("{advised}'sakura'"))[0][0], "12");
        assert_eq!(rows(&fleet, &format!("{advised}'lolipop'"))[0][0], "0");

        let draft = fleet.json(&["incident", "show", breaker["incident"].as_str().unwrap()]);
        assert_eq!((&draft["state"], &draft["source"]), (&"draft".into(), &"poller".into()), "{draft}");
        assert_eq!(draft["providers"], serde_json::json!(["sakura"]));

        let opened_at = fleet.now;
        fleet.now = opened_at + 29 * 60;
        poll(&fleet);
        assert_eq!(server.take_sites(), Vec::<String>::new(), "calls have stopped");

        fleet.now = opened_at + 31 * 60;
        poll(&fleet);
        let probes = server.heard();
        assert_eq!(server.take_sites().len(), 3, "a few are asked");
        assert!(probes.iter().all(|heard| heard.json()["advice"] == "use-local-cron"), "{:?}", probes[0].json());
        let status = fleet.json(&["poll", "status"]);
        assert_eq!((&status["breakers"][0]["state"], &status["breakers"][0]["rounds"]), (&"open".into(), &1.into()));

        fleet.now = opened_at + 80 * 60;
        poll(&fleet);
        assert_eq!(server.take_sites(), Vec::<String>::new(), "the pause has doubled");

        is_blocked.store(false, Ordering::SeqCst);
        fleet.now = opened_at + 92 * 60;
        let report = poll(&fleet);
        assert_eq!(report["closed"], serde_json::json!(["sakura"]), "{report}");
        server.take_sites();
        fleet.now += 31 * 60;
        assert_eq!(poll(&fleet)["failed"], 0);
        assert!(server.take_sites().len() >= 9, "all are asked that were not probes");
        assert!(outcomes(&fleet).values().all(|outcome| outcome == "answered"), "{:?}", outcomes(&fleet));
        let status = fleet.json(&["poll", "status"]);
        assert_eq!(status["breakers"][0]["state"], "closed");
        assert_eq!(rows(&fleet, &format!("{advised}'sakura'"))[0][0], "12", "until staff have resolved it");
        fleet.run(&["incident", "dismiss", status["breakers"][0]["incident"].as_str().unwrap()]).ok();
        poll(&fleet);
        assert_eq!(rows(&fleet, &format!("{advised}'sakura'"))[0][0], "0");
        let audit = fleet.json(&["audit", "--about", "sakura"]);
        let done: Vec<&Json> = audit["entries"].as_array().unwrap().iter().map(|entry| &entry["what"]).collect();
        assert_eq!(done, ["breaker closed", "breaker opened again", "breaker opened"]);
    }

    fn one_customers_broken_server_is_no_providers_block(engine) {
        let mut fleet = fleet(engine);
        let server = Hostile::start(|heard| match heard.ip.as_str() {
            "127.3.3.1" if heard.header("x-neo-time").parse::<i64>().unwrap() > NOON + 100 => Say::Page(503, "", ""),
            _ => Say::Tick(idle(heard.site(), heard.header("x-neo-time").parse().unwrap())),
        });
        for number in 0..12 {
            let url = server.url(&format!("127.3.{number}.1"), "/tick");
            add_site(&fleet, &format!("sakura{number:010}"), &url, Some("sakura"));
        }
        poll(&fleet);
        fleet.now += 86_400;
        let report = poll(&fleet);
        assert_eq!((&report["answered"], &report["failed"]), (&11.into(), &1.into()));
        assert_eq!(fleet.json(&["poll", "status"])["breakers"].as_array().unwrap().len(), 0);
    }

    fn a_site_that_was_removed_or_paused_is_not_called(engine) {
        let fleet = fleet(engine);
        let server = Hostile::start(|heard| Say::Tick(idle(heard.site(), NOON)));
        for number in 1..=3 {
            add_site(&fleet, &format!("site{number:012}"), &server.url(&format!("127.1.0.{number}"), "/"), None);
        }
        execute(&fleet, "update sites set state = 'paused' where id = 'site000000000002'");
        fleet.run(&["site", "remove", "site000000000003"]).ok();
        poll(&fleet);
        assert_eq!(server.take_sites(), ["site000000000001"]);
        execute(&fleet, "update sites set state = 'active' where id = 'site000000000002'");
        poll(&fleet);
        assert_eq!(server.take_sites(), ["site000000000002"]);
    }
}

#[test]
fn a_site_is_called_over_tls_if_its_certificate_is_good_for_its_name() {
    let fleet = fleet(On::Sqlite);
    let (port, certificate) = hostile::over_tls("localhost", NOON);
    let file = fleet.scratch("ca.pem");
    std::fs::write(&file, certificate).unwrap();
    add_site(&fleet, "site000000000001", &format!("https://localhost:{port}/tick"), None);
    add_site(&fleet, "site000000000002", &format!("https://127.9.0.1:{port}/tick"), None);
    let report = fleet.json(&["poll", "--once", "--allow-loopback", "--trust", file.to_str().unwrap()]);
    assert_eq!((&report["answered"], &report["failed"]), (&1.into(), &1.into()), "{report}");
    assert_eq!(outcomes(&fleet)["site000000000001"], "answered");
    assert_eq!(outcomes(&fleet)["site000000000002"], "tls-failed", "the certificate is another name's");
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n").unwrap();
    fleet.run(&["poll", "--once", "--trust", file.to_str().unwrap()]).refused("F1103");
}

#[test]
fn a_real_fleet_does_not_poll_before_it_says_whom_to_ask() {
    let fleet = Fleet::empty(On::Sqlite);
    let real = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_neo-fleet"));
        command.env("NEO_FLEET_DATA", fleet.data()).args(arguments).output().unwrap()
    };
    assert!(real(&["init"]).status.success() && real(&["signing", "new"]).status.success());
    let refused = real(&["poll", "--once"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("(F1101)"), "{refused:?}");
    let refused = real(&["poll", "--once", "--contact", "http://vendor.example/poller"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("(F1102)"), "{refused:?}");
    assert!(real(&["poll", "--once", "--contact", "https://vendor.example/poller"]).status.success());
    assert!(real(&["poll", "--once"]).status.success(), "it is remembered");
    let refused = real(&["poll", "--once", "--speed", "60"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("(F1104)"), "{refused:?}");
}
