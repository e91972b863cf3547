//! Counting opens and clicks: only where the list says so on its form, only what may be counted, and no open redirect.
//! Not the conditions that use the counts.
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

use mail_parser::MessageParser;
use neo::texts::feedback;
use reader::{site_with, store};
use serde_json::Value;
use support::{NOON, Page, SCRIPT, Site};

const SHOP: &str = "https://flowers.example.jp/may?a=1&b=%E8%8A%B1";
const HTML: &str = "<html><body><p>{{ name }}さん</p>\
    <a class=\"x\" href=\"https://flowers.example.jp/may?a=1&amp;b=花\">店</a>\
    <a href='https://flowers.example.jp/may?a=1&amp;b=花'>もう一度</a>\
    <a href=\"https://flowers.example.jp/only-you?e={{ email }}\">あなたへ</a>\
    <a href=\"{{ preferences_url }}\">設定</a><a href=\"{{ unsubscribe_url }}\">停止</a>\
    <a href=\"mailto:shop@example.jp\">メール</a>\
    <img src=\"https://flowers.example.jp/a.png\"></body></html>";

/// A site with a list that counts what is given, two readers, and a broadcast of HTML to them.
fn site(track: Option<&str>) -> (Site, String) {
    let site = site_with(&[]);
    site.at(NOON);
    let mut add =
        vec!["list", "add", "news", "--title", "花だより", "--from", "さくら堂 <news@sakurado.example.jp>"];
    if let Some(track) = track {
        add.extend(["--track", track]);
    }
    site.neo(&add).ok();
    for address in ["hanako@example.jp", "taro@example.jp"] {
        site.neo(&["subscriber", "add", "news", address, "--name", "花子", "--confirmed"]).ok();
    }
    let message = broadcast(&site);
    (site, message)
}

fn broadcast(site: &Site) -> String {
    // Mails of one second lie in no order: only the newest broadcast's are looked at.
    let _ = std::fs::remove_dir_all(site.data().join("outbox"));
    let (text, html) = (site.scratch("text"), site.scratch("html"));
    std::fs::write(&text, format!("花の店 {SHOP}\n{{{{ preferences_url }}}}\n")).unwrap();
    std::fs::write(&html, HTML).unwrap();
    let (text, html) = (text.to_str().unwrap(), html.to_str().unwrap());
    let message = site
        .neo(&[
            "broadcast",
            "create",
            "--list",
            "news",
            "--subject",
            "S",
            "--text",
            text,
            "--html",
            html,
            "--at",
            "now",
        ])
        .ok();
    site.neo(&["tick"]).ok();
    message.trim().to_string()
}

/// Text and HTML of the newest mail to an address.
fn parts(site: &Site, address: &str) -> (String, String) {
    let mails = site.mails();
    let found = mails.iter().rev().find_map(|raw| {
        let mail = MessageParser::new().parse(raw.as_bytes()).unwrap();
        let to = mail.to()?.first()?.address()?.to_string();
        (to == address)
            .then(|| (mail.body_text(0).unwrap().into_owned(), mail.body_html(0).unwrap().into_owned()))
    });
    found.unwrap()
}

/// The paths of this kind (`c`, `o`) below the program in a mail.
fn paths(html: &str, kind: &str) -> Vec<String> {
    let mark = format!("{SCRIPT}/{kind}/");
    let rest = html.split(&mark).skip(1);
    rest.map(|rest| format!("/{kind}/{}", rest.split(['"', '\'', ' ', '<', '\r', '\n']).next().unwrap()))
        .collect()
}

fn counts(site: &Site, message: &str) -> (i64, i64) {
    let status = site.neo(&["broadcast", "status", message, "--json"]).json();
    let count = |name: &str| status["engagement"][name].as_i64().unwrap();
    (count("openers"), count("clickers"))
}

/// A visit as a stranger's browser makes it.
fn visit(site: &Site, method: &str, path: &str) -> Page {
    site.request(method, path, None, &[("REMOTE_ADDR", "203.0.113.77"), ("HTTP_USER_AGENT", "Unseen/1.0")])
}

#[test]
fn nothing_is_counted_unless_the_owner_wants_it() {
    let (site, message) = site(None);
    let (_, html) = parts(&site, "hanako@example.jp");
    assert!(paths(&html, "c").is_empty() && paths(&html, "o").is_empty(), "{html}");
    assert_eq!(counts(&site, &message), (0, 0));
    let form = site.get("/f/news");
    assert!(!form.says(feedback::DISCLOSURE_BOTH.ja) && !form.says(feedback::DISCLOSURE_CLICKS.ja));
}

#[test]
fn the_form_says_what_is_counted_and_the_record_of_consent_keeps_it() {
    for (track, sentence) in [
        ("opens", feedback::DISCLOSURE_OPENS),
        ("clicks", feedback::DISCLOSURE_CLICKS),
        ("opens,clicks", feedback::DISCLOSURE_BOTH),
    ] {
        let (site, _) = site(Some(track));
        assert!(site.get("/f/news").says(sentence.ja), "{track}");
        let list = store(&site).list_named("news").unwrap();
        assert!(list.wording().ends_with(sentence.ja));
        assert!(store(&site).form_version_of(list.id, &list.wording()).unwrap().is_some());
    }
}

#[test]
fn only_links_that_the_owner_wrote_out_are_rewritten_and_the_text_part_stays() {
    let (site, _) = site(Some("clicks"));
    let (text, html) = parts(&site, "hanako@example.jp");
    assert_eq!(paths(&html, "c").len(), 2, "{html}");
    assert!(paths(&html, "o").is_empty(), "opens are not counted");
    for kept in ["only-you?e=hanako@example.jp", "mailto:shop@example.jp", "https://flowers.example.jp/a.png"]
    {
        assert!(html.contains(kept), "{kept}: {html}");
    }
    assert_eq!(
        (paths(&html, "p").len(), paths(&html, "u").len()),
        (1, 3),
        "the body's and the footer's: {html}"
    );
    assert!(text.contains(SHOP), "{text}");
    // The same address twice in a mail is one link.
    assert_eq!(paths(&html, "c")[0], paths(&html, "c")[1]);
    let (_, others) = parts(&site, "taro@example.jp");
    assert_ne!(paths(&others, "c")[0], paths(&html, "c")[0]);
}

#[test]
fn a_click_leads_on_and_is_counted_once_a_reader() {
    let (site, message) = site(Some("clicks"));
    let hanako = paths(&parts(&site, "hanako@example.jp").1, "c").remove(0);
    let taro = paths(&parts(&site, "taro@example.jp").1, "c").remove(0);
    for path in [&hanako, &hanako, &taro] {
        let page = visit(&site, "GET", path);
        assert_eq!((page.status, page.header("location")), (302, Some(SHOP)));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    }
    // Scanners that only ask for the head get the way, and are not counted.
    assert_eq!(visit(&site, "HEAD", &hanako).status, 302);
    assert_eq!(counts(&site, &message), (0, 2));
    let links = store(&site).links_of(message.parse().unwrap(), 10).unwrap();
    assert_eq!((links.len(), links[0].url.as_str(), links[0].clicks), (1, SHOP, 3));
    site.sign_in();
    let page = site.get(&format!("/admin/broadcasts/{message}"));
    assert!(page.says(SHOP) || page.text().contains("flowers.example.jp"), "{}", page.text());
    assert!(page.says(feedback::COUNTED_CAVEAT.ja) && page.text().contains("100.0%"), "{}", page.text());
}

#[test]
fn a_tampered_or_unknown_token_leads_nowhere() {
    let (site, message) = site(Some("opens,clicks"));
    let (_, html) = parts(&site, "hanako@example.jp");
    let click = paths(&html, "c").remove(0);
    let open = paths(&html, "o").remove(0);
    let mut tampered = click.clone().into_bytes();
    tampered[20] = if tampered[20] == b'A' { b'B' } else { b'A' };
    let unsubscribe = paths(&html, "u").remove(0).replace("/u/", "/c/");
    for path in [
        String::from_utf8(tampered).unwrap(),
        click[..click.len() - 1].to_string(),
        "/c/https:%2F%2Fevil.example".to_string(),
        "/c/x".to_string(),
        unsubscribe,
        open.replace("/o/", "/c/").replace(".gif", ""),
    ] {
        let page = visit(&site, "GET", &path);
        assert_eq!((page.status, page.header("location")), (404, None), "{path}");
        assert!(page.says("E2130"), "{}", page.text());
    }
    for path in ["/o/x.gif".to_string(), "/o/x".to_string(), click.replace("/c/", "/o/") + ".gif"] {
        let page = visit(&site, "GET", &path);
        assert_eq!((page.status, page.header("content-type")), (200, Some("image/gif")), "{path}");
    }
    assert_eq!(counts(&site, &message), (0, 0));
}

#[test]
fn an_opening_is_a_picture_and_a_count_and_nothing_of_the_visitor_is_kept() {
    let (site, message) = site(Some("opens"));
    let (_, html) = parts(&site, "hanako@example.jp");
    assert!(paths(&html, "c").is_empty());
    let open = paths(&html, "o").remove(0);
    for _ in 0..3 {
        let page = visit(&site, "GET", &open);
        assert_eq!((page.status, page.header("content-type")), (200, Some("image/gif")));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    assert_eq!(counts(&site, &message), (1, 0));
    let file = std::fs::read(site.data().join("neo.sqlite")).unwrap();
    let has = |words: &str| file.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(!has("203.0.113.77") && !has("Unseen/1.0"));
}

#[test]
fn a_click_counts_as_an_opening_where_both_are_counted() {
    let (site, message) = site(Some("opens,clicks"));
    visit(&site, "GET", &paths(&parts(&site, "hanako@example.jp").1, "c").remove(0));
    assert_eq!(counts(&site, &message), (1, 1));
}

#[test]
fn who_refuses_is_not_counted_neither_in_old_mails_nor_in_new_ones() {
    let (site, message) = site(Some("opens,clicks"));
    let (text, html) = parts(&site, "hanako@example.jp");
    let preferences = paths(&text, "p").remove(0);
    let preferences = preferences.trim().to_string();
    let page = site.get(&preferences);
    assert!(page.says(feedback::REFUSE_TRACKING.ja));
    let page = site.post(&preferences, &[("name", "花子"), ("list-1", "1"), ("no_tracking", "1")]);
    assert!(page.is_ticked("no_tracking", "1"), "{}", page.text());
    let click = visit(&site, "GET", &paths(&html, "c").remove(0));
    assert_eq!(click.header("location"), Some(SHOP), "the link still leads on");
    visit(&site, "GET", &paths(&html, "o").remove(0));
    assert_eq!(counts(&site, &message), (0, 0));
    broadcast(&site);
    let (_, html) = parts(&site, "hanako@example.jp");
    assert!(paths(&html, "c").is_empty() && paths(&html, "o").is_empty(), "{html}");
    assert_eq!(paths(&parts(&site, "taro@example.jp").1, "c").len(), 2);
    // She changes her mind.
    site.get(&preferences);
    site.post(&preferences, &[("name", "花子"), ("list-1", "1")]);
    broadcast(&site);
    assert_eq!(paths(&parts(&site, "hanako@example.jp").1, "c").len(), 2);
}

#[test]
fn the_owner_switches_it_on_the_lists_page_and_off_again_also_for_mails_that_are_out() {
    let (site, _) = site(None);
    site.sign_in();
    let page = site.get("/admin/forms/1");
    assert!(!page.is_ticked("track_clicks", "1") && !page.is_ticked("track_opens", "1"));
    let fields = [
        ("title", "花だより"),
        ("description", ""),
        ("consent_text", "同意します。"),
        ("from_name", "さくら堂"),
        ("from_address", "news@sakurado.example.jp"),
        ("opt_in", "double"),
        ("language", "ja"),
    ];
    let mut on = fields.to_vec();
    on.push(("track_clicks", "1"));
    assert!(site.follow(&site.post("/admin/forms/1", &on)).is_ticked("track_clicks", "1"));
    let message = broadcast(&site);
    let click = paths(&parts(&site, "hanako@example.jp").1, "c").remove(0);
    site.get("/admin/forms/1");
    site.post("/admin/forms/1", &fields);
    assert_eq!(visit(&site, "GET", &click).header("location"), Some(SHOP));
    assert_eq!(counts(&site, &message), (0, 0));
}

#[test]
fn a_test_mail_and_a_preview_are_not_counted() {
    let (site, message) = site(Some("opens,clicks"));
    site.sign_in();
    site.get(&format!("/admin/broadcasts/{message}"));
    let html = site.get(&format!("/admin/broadcasts/{message}/html"));
    assert!(paths(&html.body, "c").is_empty() && paths(&html.body, "o").is_empty());
    let status: Value = site.neo(&["broadcast", "status", &message, "--json"]).json();
    assert!(status["ledger"]["sent"] == 2 && status["engagement"]["openers"] == 0);
}
