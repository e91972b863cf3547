//! The vendor's incidents and news as the owner sees them: a banner on each of her pages, the newest on the front page, a
//! page with everything, a command; from what was heard last, however long ago. Not the hearing (tests/link_calls.rs).
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

use neo::link::envelope::{Kind, seal};
use neo::link::feed::{Advice, Feed, Incident, News, State, Update, UpdateKind, Words};
use support::{NOON, Site};
use vendor::{DAY, Vendor};

const HOUR: i64 = 3600;

fn update(at: i64, kind: UpdateKind, ja: &str, en: &str) -> Update {
    Update { at, kind, text: Words::new(ja, en) }
}

fn incident(id: &str, plans: &[&str]) -> Incident {
    Incident {
        id: id.to_string(),
        title: Words::new(format!("{id}の障害"), format!("Trouble {id}")),
        state: State::Open,
        opened_at: NOON - 2 * DAY,
        resolved_at: None,
        plans: plans.iter().map(|plan| (*plan).to_string()).collect(),
        updates: vec![
            update(NOON - 2 * DAY, UpdateKind::Opened, "はじまりました。", "It began."),
            update(
                NOON - HOUR,
                UpdateKind::Daily,
                "調べています。\n明日また報告します。",
                "We look into it.",
            ),
        ],
        procedure: Some(Words::new("何もなさらなくて大丈夫です。", "Nothing to do.")),
        advice: None,
    }
}

fn feed(number: i64, incidents: Vec<Incident>) -> Feed {
    let news = News {
        id: "n1".to_string(),
        at: NOON - DAY,
        title: Words::new("新しい版", "A new version"),
        text: Words::new("一行目\n<b>二行目</b>", "One\nTwo"),
        url: Some("javascript:alert(1)".to_string()),
    };
    Feed { number, issued_at: NOON, expires: NOON + 7 * DAY, incidents, news: vec![news] }
}

/// A site that believes a vendor and heard this feed.
fn heard(feed: &Feed) -> (Site, Vendor) {
    let (site, vendor) = (Site::new(), Vendor::new());
    site.at(NOON);
    site.neo(&["link", "trust", &vendor.root.public().to_string()]).ok();
    accept(&site, &vendor.keys());
    accept(&site, &seal(Kind::Feed, feed, &vendor.feed).unwrap());
    site.neo(&["list", "add", "news", "--title", "便り", "--from", "news@shop.example.jp"]).ok();
    site.sign_in();
    (site, vendor)
}

fn accept(site: &Site, text: &str) {
    let file = site.scratch("file.json");
    std::fs::write(&file, text).unwrap();
    site.neo(&["link", "accept", file.to_str().unwrap()]).ok();
}

const PAGES: [&str; 6] = [
    "/admin",
    "/admin/broadcasts",
    "/admin/sequences",
    "/admin/subscribers",
    "/admin/forms",
    "/admin/settings/guard",
];

#[test]
fn an_open_incident_stands_on_every_page_of_the_owner_and_on_none_of_the_readers() {
    let (site, _vendor) = heard(&feed(1, vec![incident("甲", &[])]));
    for path in PAGES {
        let page = site.get(path);
        assert!(page.says("障害のお知らせ: 甲の障害 (2026-11-24 09:00 更新)"), "{path}: {}", page.text());
    }
    assert!(site.get("/admin").says("調べています。"), "the front page tells the newest word");
    assert!(!site.get("/admin/forms").says("調べています。"), "the others are brief");
    for path in ["/f/news", "/admin/news"] {
        assert!(!site.get(path).says("障害のお知らせ"), "{path}");
    }
    site.forget_cookies();
    assert!(!site.get("/admin/login").says("甲"), "a stranger is told nothing");
    site.set("language", "en");
    site.sign_in();
    assert!(site.get("/admin/forms").says("Incident: Trouble 甲"));
}

#[test]
fn an_incident_of_other_hosts_is_no_alarm_and_a_resolved_one_is_over() {
    let mut resolved = incident("丙", &[]);
    resolved.state = State::Resolved;
    resolved.resolved_at = Some(NOON);
    let all =
        feed(1, vec![incident("甲", &["lolipop-light"]), incident("乙", &["sakura", "xserver"]), resolved]);
    let (site, vendor) = heard(&all);
    assert!(!site.get("/admin").says("障害のお知らせ"), "the host is not known");
    site.set("host_plan", "xserver");
    let page = site.get("/admin");
    assert!(page.says("乙の障害") && !page.says("甲の障害") && !page.says("ほかに"), "{}", page.text());
    let news = site.neo(&["news", "--json"]).json();
    assert_eq!(news["open_here"], serde_json::json!(["乙"]));
    let page = site.get("/admin/news");
    assert!(page.says("ロリポップ! ライト (お使いのサーバー以外)"), "{}", page.text());
    // The next feed ends it.
    accept(&site, &seal(Kind::Feed, &feed(2, Vec::new()), &vendor.feed).unwrap());
    assert!(!site.get("/admin").says("障害のお知らせ"));
}

#[test]
fn the_page_of_news_tells_the_course_the_procedure_and_the_report_and_runs_nothing_of_what_it_shows() {
    let mut past = incident("乙", &[]);
    past.state = State::Resolved;
    past.resolved_at = Some(NOON - HOUR);
    past.updates.push(update(NOON, UpdateKind::Report, "原因: <script>でした。", "Cause"));
    let (site, _vendor) = heard(&feed(1, vec![incident("甲", &[]), past]));
    let page = site.get("/admin/news");
    for words in [
        "対応中の障害",
        "甲の障害",
        "調べています。",
        "明日また報告します。",
        "何もなさらなくて大丈夫です。",
        "2026-11-22 10:00",
        "復旧した障害",
        "乙の障害",
        "報告書 (2026-11-24 10:00)",
        "原因: <script>でした。",
        "新しい版",
        "すべてのサーバー",
    ] {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    assert!(page.body.contains("&lt;b&gt;二行目") && page.body.contains("&lt;script&gt;"));
    assert!(!page.body.contains("javascript:"), "only web pages are linked");
    let (open, resolved) = (page.text().find("甲の障害").unwrap(), page.text().find("乙の障害").unwrap());
    assert!(open < resolved, "what is open comes first");
}

#[test]
fn an_old_feed_is_shown_as_old_and_its_incidents_fade_from_the_other_pages() {
    let (site, _vendor) = heard(&feed(1, vec![incident("甲", &[])]));
    let at = |now: i64, path: &str| {
        site.at(now);
        site.forget_cookies();
        site.sign_in();
        site.get(path)
    };
    let page = at(NOON + 8 * DAY, "/admin/forms");
    assert!(
        page.says("甲の障害") && page.says("2026-11-24 10:00に受け取った、古いお知らせです"),
        "{}",
        page.text()
    );
    let page = at(NOON + 8 * DAY, "/admin/news");
    assert!(
        page.says("2026-12-01 10:00までのものです。最後に受け取ったのは2026-11-24 10:00"),
        "{}",
        page.text()
    );
    assert!(!at(NOON + 22 * DAY, "/admin/forms").says("甲の障害"), "not for ever");
    assert!(at(NOON + 400 * DAY, "/admin/news").says("甲の障害"), "what was heard is kept");
    let news = site.neo(&["news", "--json"]).json();
    assert_eq!((&news["is_expired"], &news["heard_at"]), (&true.into(), &"2026-11-24T01:00:00Z".into()));
}

#[test]
fn where_nothing_was_heard_the_pages_say_so_and_the_command_is_silent() {
    let site = Site::new();
    site.sign_in();
    assert!(site.get("/admin/news").says("お知らせは、まだ受け取っていません"));
    assert!(!site.get("/admin").says("お知らせ"));
    assert_eq!(site.neo(&["news"]).ok(), "");
    assert_eq!(site.neo(&["news", "--json"]).json()["heard_at"], serde_json::Value::Null);
}

#[test]
fn the_vendors_advice_to_use_cron_is_shown_with_its_reason_until_cron_is_at_work() {
    let mut asking = incident("甲", &["sakura"]);
    asking.advice = Some(Advice::UseLocalCron);
    let (site, _vendor) = heard(&feed(1, vec![asking]));
    site.set("host_plan", "sakura");
    let page = site.get("/admin/settings/tick");
    assert!(
        page.says("サーバーのcronに切り替えてください") && page.says("理由: 甲の障害"),
        "{}",
        page.text()
    );
    assert!(site.get("/admin").says("サーバーのcronに切り替えてください"));
    site.set("wanted_clock", "cron");
    assert!(site.get("/admin/settings/tick").says("切り替えてください"), "chosen, but not heard yet");
    site.neo(&["tick"]).ok();
    for path in ["/admin", "/admin/settings/tick"] {
        assert!(!site.get(path).says("切り替えてください"), "{path}");
    }
    site.set("host_plan", "xserver");
    site.set("wanted_clock", "poller");
    assert!(!site.get("/admin/settings/tick").says("切り替えてください"), "it concerns other hosts");
}
