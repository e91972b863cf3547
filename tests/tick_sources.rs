//! What may start a tick: a visit while the clocks are silent, the owner's button, many clocks at once; and what is said
//! when none beats. Not the tick itself: tests/tick.rs.
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
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/owner.rs"]
mod owner;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/sink.rs"]
mod sink;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use mail_server::{MailServer, Script};
use owner::Owner;
use serde_json::Value;
use sink::Sink;
use site::Site;

/// 2026-11-23 15:00 in Japan.
const NOON: i64 = 1_795_413_600;
const HOUR: i64 = 3600;

fn counted() -> (Sink, Site) {
    let sink = Sink::start();
    let site = Site::at(&sink.transport(), Some(NOON));
    (sink, site)
}

fn visit(site: &mut Site, now: i64, method: &str) {
    site.now = Some(now);
    let (status, page) = site.request(method, "/f/news", "");
    assert_eq!(status, 200, "{page}");
}

fn beats(site: &Site, source: &str) -> i64 {
    site.number(&format!("select count(*) from ticks where source = '{source}'"))
}

#[test]
fn a_visit_ticks_only_when_something_is_due_and_the_clocks_are_silent() {
    let (sink, mut site) = counted();
    site.add_readers(3);
    site.tick();
    site.broadcast("B");
    visit(&mut site, NOON + HOUR, "GET");
    assert_eq!((sink.count(), beats(&site, "visit")), (0, 0), "cron may come once an hour");
    visit(&mut site, NOON + 2 * HOUR, "HEAD");
    assert_eq!(sink.count(), 0, "a link checker starts nothing");
    visit(&mut site, NOON + 2 * HOUR, "GET");
    assert_eq!((sink.count(), beats(&site, "visit")), (3, 1));
    visit(&mut site, NOON + 3 * HOUR, "GET");
    assert_eq!(beats(&site, "visit"), 1, "nothing is due");
}

#[test]
fn a_visit_does_a_small_piece_and_not_more_often_than_every_five_minutes() {
    let (sink, mut site) = counted();
    site.add_readers(100);
    site.broadcast("B");
    visit(&mut site, NOON, "GET");
    assert_eq!(sink.count(), 0, "a site that was just set up has no clock yet");
    visit(&mut site, NOON + 2 * HOUR, "GET");
    assert_eq!(sink.count(), 30);
    visit(&mut site, NOON + 2 * HOUR + 200, "GET");
    assert_eq!(sink.count(), 30);
    visit(&mut site, NOON + 2 * HOUR + 301, "GET");
    assert_eq!(sink.count(), 60);
    site.tick_at(NOON + 2 * HOUR + 400);
    assert_eq!(sink.count(), 100, "the clock is back");
    site.neo(&["setting", "set", "tick_sources", "cron,url"]);
    site.broadcast("B2");
    visit(&mut site, NOON + 9 * HOUR, "GET");
    assert_eq!(sink.count(), 100, "the owner does not want visits");
}

#[test]
fn of_fifty_ticks_started_at_once_one_works_and_the_rest_say_busy() {
    let (sink, site) = counted();
    site.add_readers(2);
    for round in 1..=20 {
        site.broadcast(&format!("B{round}"));
        sink.be_silent(true);
        let ticks: Vec<_> = (0..50).map(|_| site.start(&["tick", "--json"])).collect();
        // The one that works waits for its mail server; the others have to end without it.
        sink.wait_for_more_than((round - 1) * 2);
        let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let mut running = ticks;
        let mut said = Vec::new();
        while running.len() > 1 && std::time::Instant::now() < end {
            let (done, still): (Vec<_>, Vec<_>) = running
                .into_iter()
                .map(|mut tick| (tick.try_wait().unwrap().is_some(), tick))
                .partition(|(is, _)| *is);
            said.extend(done.into_iter().map(|(_, tick)| tick));
            running = still.into_iter().map(|(_, tick)| tick).collect();
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        sink.be_silent(false);
        said.append(&mut running);
        let reports: Vec<Value> = said
            .into_iter()
            .map(|tick| serde_json::from_slice(&tick.wait_with_output().unwrap().stdout).unwrap())
            .collect();
        let busy = reports.iter().filter(|report| report["stopped_by"] == "busy").count();
        let worked: Vec<&Value> = reports.iter().filter(|report| report["stopped_by"].is_null()).collect();
        assert_eq!((busy, worked.len()), (49, 1), "round {round}");
        assert_eq!(worked[0]["sent"], 2);
    }
    assert_eq!(sink.count(), 40);
}

#[test]
fn when_the_clocks_slept_for_more_than_a_day_the_owner_is_mailed_once() {
    let server = MailServer::start(Script::default());
    let mut site = Site::at(&server.transport(), Some(NOON));
    site.add_readers(1);
    let told = |server: &MailServer| {
        server.log().mails.iter().filter(|mail| mail.to == ["owner@example.jp"]).count()
    };
    site.tick();
    site.tick_at(NOON + HOUR);
    assert_eq!(told(&server), 0);
    site.broadcast("B");
    visit(&mut site, NOON + 30 * HOUR, "GET");
    assert_eq!(told(&server), 1, "a visit wakes the site, and it says so");
    site.tick_at(NOON + 31 * HOUR);
    site.tick_at(NOON + 32 * HOUR);
    assert_eq!(told(&server), 1);
    site.tick_at(NOON + 90 * HOUR);
    assert_eq!(told(&server), 1, "a sleep that made nothing late is nobody's trouble");
    site.broadcast("B2");
    site.tick_at(NOON + 150 * HOUR);
    assert_eq!(told(&server), 2, "the clock that is back tells of the next sleep");
    assert_eq!(server.count(), 4, "the reader got her two mails");
}

#[test]
fn the_owners_button_keeps_the_pace_and_says_so() {
    let server = MailServer::start(Script::default());
    let owner = Owner::new().complete().with_readers(3);
    owner.neo(&["setting", "set", "transport", &server.transport()]);
    owner.neo(&["setting", "set", "pace", "2/hour"]);
    std::fs::write(owner.data().join("text.txt"), "こんにちは").unwrap();
    let text = owner.data().join("text.txt").display().to_string();
    owner.neo(&["broadcast", "create", "--list", "news", "--subject", "S", "--text", &text, "--at", "now"]);
    let page = owner.post("/admin/settings/tick/run", &[]);
    assert_eq!((page.leads_to(), server.count()), ("/admin/settings/tick?done=pace", 2));
    assert!(owner.get("/admin/settings/tick?done=pace").words().contains("上限まで送りました"));
    let page = owner.post("/admin/settings/tick", &[("cron", "1"), ("tick_gap", "30")]);
    assert_eq!(page.status, 303);
    assert_eq!(owner.neo(&["setting", "get", "tick_sources"]), "cron");
    assert_eq!(owner.post("/admin/settings/tick/run", &[]).status, 403, "it is switched off");
}

#[test]
fn the_dashboard_warns_of_silent_clocks_by_what_is_planned() {
    let owner = Owner::new().complete().with_readers(1);
    owner.neo(&["tick"]);
    owner.move_to(owner::NOON + 3 * HOUR);
    assert!(!owner.get("/admin").words().contains("時計が動いていません"), "nothing is planned");
    std::fs::write(owner.data().join("text.txt"), "こんにちは").unwrap();
    let text = owner.data().join("text.txt").display().to_string();
    owner.neo(&["broadcast", "create", "--list", "news", "--subject", "S", "--text", &text, "--at", "now"]);
    assert!(owner.get("/admin").words().contains("時計が動いていません"));
    owner.neo(&["tick"]);
    owner.move_to(owner::NOON + 40 * HOUR);
    assert!(owner.get("/admin").words().contains("時計が動いていません"), "a day is long for any clock");
}
