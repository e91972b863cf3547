//! 設定 > 送信の時計: which clock a site goes by, how to set it up on its host, trying it, and what the vendor sees.
//! Not the ticks that a clock starts (tests/tick_sources.rs) and not the door for calls (tests/link_calls.rs).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/vendor.rs"]
mod vendor;

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;
use support::{NOON, Page, Site};
use vendor::{Vendor, send};

const PAGE: &str = "/admin/settings/tick";

fn signed_in() -> Site {
    let site = Site::new();
    site.at(NOON);
    site.sign_in();
    site
}

/// The text of the box to copy that stands below this label.
fn copied(page: &Page, label: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("{label}</span>")).unwrap_or_else(|| panic!("{label}"));
    let (_, rest) = rest.split_once("<textarea").unwrap();
    let (_, rest) = rest.split_once(">\n").unwrap();
    let text = rest.split("</textarea").next().unwrap();
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn choose(site: &Site, clock: &str, allowed: &[&str]) -> Page {
    let mut fields = vec![("wanted_clock", clock), ("tick_gap", "30")];
    fields.extend(allowed.iter().map(|source| (*source, "1")));
    site.post(PAGE, &fields)
}

#[test]
fn the_owner_chooses_a_clock_and_it_may_call_whatever_else_is_allowed() {
    let site = signed_in();
    assert!(site.get(PAGE).says("主に使う時計がまだ選ばれていません"));
    for clock in ["cron", "poller", "url", "visit"] {
        assert_eq!(choose(&site, clock, &["admin"]).leads_to(), "/admin/settings/tick?done=saved");
        let page = site.get(PAGE);
        assert!(page.is_ticked("wanted_clock", clock) && !page.says("まだ選ばれていません"), "{clock}");
        assert_eq!(site.setting("wanted_clock"), clock);
        assert_eq!(site.setting("tick_sources"), format!("{clock},admin"));
    }
    let page = choose(&site, "sundial", &["cron"]);
    assert_eq!(page.status, 422, "{}", page.text());
    assert_eq!(site.setting("wanted_clock"), "visit");
}

#[test]
fn each_host_is_told_its_own_menu_its_shortest_gap_and_its_kind_of_line() {
    let site = Site::new();
    // By the machine's own clock: the lines are run as cron would run them.
    site.sign_in();
    let page = |plan: &str| {
        site.set("host_plan", plan);
        site.get(PAGE)
    };
    let unknown = page("");
    assert!(copied(&unknown, "登録する行").starts_with("*/5 * * * * "));
    assert!(
        unknown.says("のことは分かっていません") && unknown.says("「送信の速さ」のページでサーバーを選ぶと")
    );
    let xserver = page("xserver");
    assert!(xserver.says("のことは分かっていません") && !xserver.says("「送信の速さ」のページで"));

    let sakura = page("sakura");
    assert!(sakura.says("「CRONの設定」") && sakura.says("5個まで") && sakura.says("shattered-blog.com"));
    let schedule = copied(&sakura, "実行日時(月 日 時 分 曜日)");
    let minute: u32 = schedule.strip_prefix("* * * ").unwrap().strip_suffix(" *").unwrap().parse().unwrap();
    assert!((1..60).contains(&minute) && sakura.says(&format!("1時間に1回(毎時{minute}分)")), "{schedule}");
    let command = copied(&sakura, "実行コマンド");
    let ran = std::process::Command::new("/bin/sh").args(["-c", &command]).env_clear().output().unwrap();
    assert!(ran.status.success() && ran.stdout.is_empty() && ran.stderr.is_empty(), "{command}");

    // The data folder is named by the web server here, so a file's path alone would not do.
    let lolipop = page("lolipop-light");
    assert!(
        lolipop.says("「WEBツール」>「cron設定」")
            && lolipop.says("最短の間隔5分")
            && lolipop.says("5個まで")
    );
    let script = site.scratch("tick.sh");
    std::fs::write(
        &script,
        copied(&lolipop, "tick.sh というファイルをつくって権限を700にし、そのパスを登録してください"),
    )
    .unwrap();
    let ran = std::process::Command::new("/bin/sh").arg(&script).env_clear().output().unwrap();
    assert!(ran.status.success() && ran.stdout.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(page("lolipop-economy").says("1個まで") && page("lolipop-standard").says("最短の間隔1分"));
    assert!(page("cpanel-300").says("最短の間隔30分"));
    let ticks = site.neo(&["tick", "--json"]).json()["run"].as_i64().unwrap();
    assert_eq!(ticks, 3, "both lines ran a tick");
}

#[test]
fn trying_cron_waits_for_its_beat_and_says_what_to_look_at() {
    let site = signed_in();
    site.neo(&["tick"]).ok();
    site.at(NOON + 60);
    let page = site.post(PAGE, &[("try", "cron")]);
    let waiting = page.leads_to();
    let page = site.get(&waiting);
    assert!(page.says("cronの合図を2026-11-24 10:01から待っています"), "{}", page.text());
    assert!(page.says("いまは755") || page.says("いまは775"), "its own permissions: {}", page.text());
    assert!(page.says("いまは受け付けます"));
    site.at(NOON + 120);
    site.neo(&["tick"]).ok();
    assert!(site.get(&waiting).says("cronの合図が2026-11-24 10:02に届きました"));
    site.set("tick_sources", "admin");
    site.at(NOON + 180);
    let waiting = site.post(PAGE, &[("try", "cron")]).leads_to();
    assert!(site.get(&waiting).says("いまは受け付けません"));
    assert_eq!(site.get(&format!("{PAGE}?try=cron&since=abc")).status, 200);
}

/// A web server that gives one answer to whoever asks, and tells what it was asked.
fn answering(answer: &'static str) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut buffer = [0; 2048];
        let length = socket.read(&mut buffer).unwrap();
        socket.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    (port, asked)
}

#[test]
fn trying_the_address_calls_it_by_the_public_url_and_tells_what_came_back() {
    let site = signed_in();
    let attempt = |port: u16| {
        site.set("base_url", &format!("http://127.0.0.1:{port}/neo.cgi"));
        site.post_exactly(PAGE, &[("csrf", &site.get(PAGE).value("csrf")), ("try", "url")])
    };
    for (answer, words) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"run\":1,\"source\":\"url\"}",
            "外からの呼び出しに正しく答えました",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n<html>Hello</html>", "NEOの答えではありませんでした(状態 200)"),
        ("HTTP/1.1 403 Forbidden\r\n\r\nno", "NEOの答えではありませんでした(状態 403)"),
    ] {
        let (port, asked) = answering(answer);
        let page = attempt(port);
        assert!(page.status == 200 && page.says(words), "{words}: {}", page.text());
        let asked = asked.join().unwrap();
        let key = asked.split_once("GET /neo.cgi/tick/").unwrap().1.split(' ').next().unwrap().to_string();
        assert_eq!(key.len(), 32, "{asked}");
        assert!(page.body.contains(&key) && !page.body.contains("<html>Hello"));
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let page = attempt(nobody);
    assert!(page.says("自分のURLを呼び出せませんでした") && page.says("ブラウザーで開く"), "{}", page.text());
}

#[test]
fn trying_the_pollers_clock_says_what_is_missing_and_then_whether_calls_were_heard() {
    let (site, vendor) = (signed_in(), Vendor::new());
    let attempt = || site.post(PAGE, &[("try", "poller")]);
    assert!(attempt().says("提供元の公開鍵が登録されていない"));
    site.neo(&["link", "trust", &vendor.root.public().to_string()]).ok();
    assert!(attempt().says("提供元の鍵の一覧がまだ届いていません"));
    let name = site.setting("site_id");
    let body = serde_json::json!({ "keys": vendor.keys() }).to_string();
    assert_eq!(send(&site, &vendor.call(&name, NOON, "0123456789abcdef", &body), &body).status, 200);
    let page = attempt();
    assert!(page.says("署名を確かめた呼び出しを、2026-11-24 10:00に受け付けました"), "{}", page.text());
    assert!(page.says("呼び出しに応じる準備ができています"));
    site.set("tick_sources", "cron");
    assert!(attempt().says("提供元からの呼び出しを受け付けない設定"));
}

#[test]
fn trying_the_visits_says_what_one_would_do_now() {
    let site = signed_in();
    site.neo(&["list", "add", "news", "--title", "便り", "--from", "news@shop.example.jp"]).ok();
    site.neo(&["subscriber", "add", "news", "hanako@example.jp", "--confirmed"]).ok();
    let attempt = || site.post_exactly(PAGE, &[("csrf", &site.get(PAGE).value("csrf")), ("try", "visit")]);
    assert!(attempt().says("送信はしません"));
    let text = site.scratch("text");
    std::fs::write(&text, "本文\n").unwrap();
    site.neo(&["tick"]).ok();
    let file = text.to_str().unwrap();
    let at = "2026-11-24 12:05";
    site.neo(&["broadcast", "create", "--list", "news", "--subject", "S", "--text", file, "--at", at]).ok();
    site.at(NOON + 2 * 3600);
    site.forget_cookies();
    // The page of the sign-in is a visit, too: nothing is due yet.
    site.sign_in();
    site.at(NOON + 2 * 3600 + 360);
    assert!(attempt().says("いま公開ページが開かれると、送信が進みます"));
    assert!(site.mails().is_empty(), "it only says what would be");
    site.set("tick_sources", "cron");
    assert!(attempt().says("閲覧では送らない設定"));
}

#[test]
fn what_the_vendor_sees_is_the_answer_that_its_call_gets_and_names_no_reader() {
    let (site, vendor) = (signed_in(), Vendor::new());
    site.neo(&["link", "trust", &vendor.root.public().to_string()]).ok();
    site.neo(&["list", "add", "news", "--title", "便り", "--from", "news@shop.example.jp"]).ok();
    site.neo(&["subscriber", "add", "news", "hanako@example.jp", "--name", "花子", "--confirmed"]).ok();
    site.set("wanted_clock", "poller");
    let name = site.setting("site_id");
    let body = serde_json::json!({ "keys": vendor.keys() }).to_string();
    let called = send(&site, &vendor.call(&name, NOON, "0123456789abcdef", &body), &body);
    let shown = copied(&site.get(PAGE), "返す内容(JSON)");
    let (called, seen): (Value, Value) =
        (serde_json::from_str(&called.body).unwrap(), serde_json::from_str(&shown).unwrap());
    for (name, value) in called.as_object().unwrap() {
        // What that one run used.
        if !["run", "elapsed_ms", "peak_rss_kib", "next_due"].contains(&name.as_str()) {
            assert_eq!(&seen[name], value, "{name}");
        }
    }
    assert_eq!(called.as_object().unwrap().len(), seen.as_object().unwrap().len());
    assert_eq!((&seen["wanted_clock"], &seen["site"]), (&"poller".into(), &name.into()));
    assert!(!shown.contains("hanako") && !shown.contains("花子") && !shown.contains("example.jp"), "{shown}");
}
