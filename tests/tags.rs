//! Tags: put on and taken off by page and command, renamed without being lost, counted by their counter.
//! Not conditions that ask for them: tests/conditions.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

#[path = "support/reader.rs"]
mod reader;

use neo::domain::tag::TagName;
use neo::texts::fields;
use reader::{record, site_with, store};
use support::{NOON, Site};

fn site() -> Site {
    let site = site_with(&[("news", "double")]);
    site.at(NOON);
    for (address, tags) in [
        ("a@example.jp", &["--tag", "VIP", "--tag", "春"][..]),
        ("b@example.jp", &["--tag", "VIP"]),
        ("c@example.jp", &[]),
    ] {
        let mut arguments = vec!["subscriber", "add", "news", address, "--confirmed"];
        arguments.extend_from_slice(tags);
        site.neo(&arguments).ok();
    }
    site.sign_in();
    site
}

/// The counters as the page's command tells them, which must be what a scan tells.
fn counts(site: &Site) -> Vec<(String, i64)> {
    let listed = site.neo(&["tag", "list", "--json"]).json();
    let listed = listed.as_array().unwrap().iter();
    listed.map(|tag| (tag["tag"].as_str().unwrap().to_string(), tag["readers"].as_i64().unwrap())).collect()
}

fn tags(site: &Site, address: &str) -> serde_json::Value {
    record(site, "news", address)["tags"].clone()
}

#[test]
fn tags_are_put_on_by_command_and_counted() {
    let site = site();
    assert_eq!(counts(&site), [("VIP".to_string(), 2), ("春".to_string(), 1)]);
    assert_eq!(tags(&site, "a@example.jp"), serde_json::json!(["VIP", "春"]));
    // Once more is once; without --tag nothing is taken off.
    site.neo(&["subscriber", "add", "news", "b@example.jp", "--confirmed", "--tag", " VIP "]).ok();
    site.neo(&["subscriber", "add", "news", "a@example.jp", "--confirmed"]).ok();
    assert_eq!(counts(&site), [("VIP".to_string(), 2), ("春".to_string(), 1)]);
    let refused = site.neo(&["subscriber", "add", "news", "new@example.jp", "--confirmed", "--tag", "a,b"]);
    assert!(refused.code == 65 && refused.err.contains("E1111"), "{}", refused.err);
    assert_eq!(site.neo(&["subscriber", "show", "news", "new@example.jp"]).code, 65, "nothing by halves");
}

#[test]
fn the_page_lists_makes_renames_and_removes_tags() {
    let site = site();
    let page = site.get("/admin/tags");
    assert!(page.says("VIP") && page.says("春"), "{}", page.text());
    assert_eq!(site.post("/admin/tags", &[("tag", "夏")]).leads_to(), "/admin/tags?done=added");
    for bad in ["", "a、b", &"あ".repeat(51)] {
        let page = site.post("/admin/tags", &[("tag", bad)]);
        assert!(
            page.status == 422 && page.says("E1111") && page.value("tag") == bad,
            "{bad}: {}",
            page.text()
        );
    }
    assert_eq!(counts(&site).len(), 3);

    site.get("/admin/tags/1");
    let taken = site.post("/admin/tags/1", &[("tag", "春")]);
    assert!(taken.status == 422 && taken.says("E1011") && taken.value("tag") == "春", "{}", taken.text());
    assert_eq!(site.post("/admin/tags/1", &[("tag", "常連")]).leads_to(), "/admin/tags?done=saved");
    assert_eq!(tags(&site, "b@example.jp"), serde_json::json!(["常連"]));

    let page = site.get("/admin/tags/1");
    assert!(page.says(&fields::REMOVE_TAG_TEXT.ja.replace("{count}", "2")), "{}", page.text());
    assert_eq!(site.post("/admin/tags/1/remove", &[]).leads_to(), "/admin/tags?done=removed");
    assert_eq!(tags(&site, "a@example.jp"), serde_json::json!(["春"]));
    assert_eq!(site.get("/admin/tags/1").status, 404);
    assert_eq!(counts(&site), [("夏".to_string(), 0), ("春".to_string(), 1)]);
}

#[test]
fn a_former_name_still_finds_its_tag_until_another_takes_it() {
    let site = site();
    site.neo(&["tag", "rename", "VIP", "常連"]).ok();
    // A script that still says the former name.
    site.neo(&["subscriber", "add", "news", "c@example.jp", "--confirmed", "--tag", "VIP"]).ok();
    assert_eq!(counts(&site), [("常連".to_string(), 3), ("春".to_string(), 1)]);
    // Back and forth.
    site.neo(&["tag", "rename", "VIP", "VIP"]).ok();
    assert_eq!(counts(&site)[0].0, "VIP");
    let taken = site.neo(&["tag", "rename", "春", "常連"]);
    assert!(taken.code == 65 && taken.err.contains("E1011"), "{}", taken.err);
    site.neo(&["tag", "remove", "常連"]).ok();
    assert_eq!(counts(&site), [("春".to_string(), 1)]);
    site.neo(&["tag", "rename", "春", "VIP"]).ok();
}

#[test]
fn many_readers_lose_a_tag_in_pieces_and_the_counter_goes_along() {
    let site = site();
    let store = store(&site);
    let id = store.tag_named(&TagName::parse("VIP").unwrap()).unwrap().unwrap();
    assert!(!store.remove_tag(id, 1).unwrap());
    assert_eq!(store.tag(id).unwrap().count, 1);
    assert!(!store.remove_tag(id, 1).unwrap());
    assert!(store.remove_tag(id, 1).unwrap(), "nobody carries it any more");
    assert!(store.tag(id).is_err());
}

#[test]
fn strangers_and_forgers_get_nowhere() {
    let site = site();
    assert_eq!(site.post_exactly("/admin/tags/1/remove", &[]).status, 403);
    site.forget_cookies();
    for path in ["/admin/tags", "/admin/tags/1"] {
        assert_eq!(site.get(path).leads_to(), "/admin/login", "{path}");
    }
    assert_eq!(counts(&site).len(), 2);
}

#[test]
fn the_page_of_readers_shows_who_carries_a_tag() {
    let site = site();
    let shown = |path: &str| {
        let page = site.get(path);
        let of = |address: &str| page.says(address);
        (of("a@example.jp"), of("b@example.jp"), of("c@example.jp"))
    };
    assert_eq!(shown("/admin/subscribers"), (true, true, true));
    assert!(site.get("/admin/subscribers").body.contains("VIP (2)"), "the tags can be chosen");
    let id = |name: &str| store(&site).tag_named(&TagName::parse(name).unwrap()).unwrap().unwrap();
    assert_eq!(shown(&format!("/admin/subscribers?list=1&tag={}", id("VIP"))), (true, true, false));
    assert_eq!(shown(&format!("/admin/subscribers?list=1&tag={}", id("春"))), (true, false, false));
    assert_eq!(
        shown(&format!("/admin/subscribers?list=1&tag={}&state=left", id("春"))),
        (false, false, false)
    );
    // A tag that is gone filters nothing.
    assert_eq!(shown("/admin/subscribers?list=1&tag=99"), (true, true, true));
}

#[test]
fn the_readers_with_a_tag_come_page_by_page_and_each_once() {
    let site = site();
    let file = site.scratch("many.csv");
    let rows: String = (0..120).map(|number| format!("many{number}@example.jp,VIP\n")).collect();
    std::fs::write(&file, format!("メールアドレス,タグ\n{rows}")).unwrap();
    site.neo(&["import", "news", file.to_str().unwrap()]).ok();
    let tag = store(&site).tag_named(&TagName::parse("VIP").unwrap()).unwrap().unwrap();
    let (mut seen, mut path) = (Vec::new(), format!("/admin/subscribers?list=1&tag={tag}"));
    loop {
        let page = site.get(&path);
        let addresses = page.body.split('>').filter_map(|piece| piece.split_once("@example.jp<"));
        seen.extend(addresses.map(|(name, _)| name.to_string()));
        let Some((before, _)) = page.body.split_once("\" rel=\"next\"") else { break };
        path = before.rsplit_once("href=\"/neo.cgi").unwrap().1.replace("&amp;", "&");
        assert!(seen.len() <= 122, "it never ends");
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (122, 122), "the 120 and a and b");
}
