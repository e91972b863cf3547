//! The owner's pages of readers: find, look at, add, take off, erase; also when there are a million.
//! Not what readers do themselves (sign_up, unsubscribe).
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

use neo::texts::{admin, readers};
use reader::{record, site_with, state, store};
use support::{NOON, Page, Site};

fn site() -> Site {
    let site = site_with(&[("news", "double"), ("tea", "double")]);
    site.at(NOON);
    site.sign_in();
    site
}

fn fill(site: &Site, list: &str, count: usize) {
    let store = store(site);
    let list = store.list_named(list).unwrap();
    store
        .transaction(|| {
            for number in 0..count {
                let address = neo::domain::address::Address::parse(&format!("reader{number:03}@example.jp"))?;
                let name = neo::domain::subscriber::Name::parse(&format!("読者{number}"))?;
                store.add_reader(
                    &neo::store::membership::Request {
                        list: list.id,
                        address: &address,
                        name: &name,
                        fields: &Default::default(),
                        how: &Default::default(),
                        form_version: None,
                    },
                    NOON,
                )?;
            }
            Ok(())
        })
        .unwrap();
}

/// The addresses of the table, in its order.
fn addresses(page: &Page) -> Vec<String> {
    let links = page.body.split("<a href=\"/neo.cgi/admin/subscribers/").skip(1);
    let text = links.filter_map(|rest| rest.split_once('>').map(|(_, text)| text.split('<').next().unwrap()));
    text.filter(|text| text.contains('@')).map(str::to_string).collect()
}

fn next_page(page: &Page) -> Option<String> {
    let link = page.body.split("<a ").find(|tag| tag.contains("rel=\"next\""))?;
    let url = link.split("href=\"").nth(1)?.split('"').next()?.replace("&amp;", "&");
    Some(url.strip_prefix("/neo.cgi").unwrap().to_string())
}

fn id_of(site: &Site, list: &str, address: &str) -> i64 {
    record(site, list, address)["id"].as_i64().unwrap()
}

#[test]
fn a_site_without_lists_leads_to_making_one() {
    let site = Site::new();
    site.sign_in();
    for path in ["/admin/subscribers", "/admin/subscribers/new"] {
        assert!(site.get(path).body.contains("href=\"/neo.cgi/admin/forms/new\""), "{path}");
    }
}

#[test]
fn the_pages_of_a_list_show_every_reader_once_newest_first() {
    let site = site();
    fill(&site, "news", 120);
    let mut seen = Vec::new();
    let mut path = Some("/admin/subscribers?list=1".to_string());
    let mut pages = 0;
    while let Some(here) = path {
        let page = site.get(&here);
        assert_eq!(page.status, 200);
        seen.extend(addresses(&page));
        path = next_page(&page);
        pages += 1;
    }
    assert_eq!(pages, 3);
    let expected: Vec<String> =
        (0..120).rev().map(|number| format!("reader{number:03}@example.jp")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn the_tabs_count_and_show_each_state_of_each_list() {
    let site = site();
    fill(&site, "news", 3);
    site.neo(&["subscriber", "add", "news", "asked@example.jp"]).ok();
    site.neo(&["subscriber", "add", "tea", "tea@example.jp", "--confirmed"]).ok();
    site.post(&format!("/admin/subscribers/{}/leave", id_of(&site, "news", "reader001@example.jp")), &[]);
    let page = site.get("/admin/subscribers?list=1");
    for (word, count) in [(readers::CONFIRMED, 2), (readers::PENDING, 1), (readers::LEFT, 1)] {
        assert!(page.says(&format!("{} {count}", word.ja)), "{}", page.text());
    }
    for (query, expected) in [
        ("list=1&state=pending", vec!["asked@example.jp"]),
        ("list=1&state=left", vec!["reader001@example.jp"]),
        ("list=2", vec!["tea@example.jp"]),
        ("list=1&state=nonsense&before=x", vec!["reader002@example.jp", "reader000@example.jp"]),
    ] {
        assert_eq!(addresses(&site.get(&format!("/admin/subscribers?{query}"))), expected, "{query}");
    }
}

#[test]
fn a_search_finds_by_the_beginning_of_the_address_on_this_list_only() {
    let site = site();
    fill(&site, "news", 60);
    site.neo(&["subscriber", "add", "tea", "reader_tea@example.jp", "--confirmed"]).ok();
    site.neo(&["subscriber", "add", "news", "o'neill_k@example.jp", "--confirmed"]).ok();
    for (sought, expected) in [
        ("READER05", 10),
        ("reader059@example.jp", 1),
        ("%20reader059", 1),
        ("reader_", 0),
        ("eader", 0),
        ("%25", 0),
        ("o%27neill%25", 0),
        ("o%27neill_", 1),
        ("o%27neill-", 0),
        ("%27%20or%201%3D1--", 0),
        ("%F0%9F%92%A9", 0),
        ("reader", 50),
    ] {
        let page = site.get(&format!("/admin/subscribers?list=1&q={sought}"));
        assert_eq!(addresses(&page).len(), expected, "{sought}: {}", page.text());
        assert_eq!(page.says(readers::NOT_FOUND.ja), expected == 0, "{sought}");
        assert_eq!(page.says(readers::MORE_FOUND.ja), expected == 50, "{sought}");
    }
    assert_eq!(site.get("/admin/subscribers?list=1&q=ReAdEr05").value("q"), "reader05");
}

#[test]
fn the_owner_adds_a_reader_on_her_word_and_the_record_says_so() {
    let site = site();
    let fields = [("list", "1"), ("email", "hanako@example.jp"), ("name", "花子"), ("agreed", "1")];
    let page = site.post("/admin/subscribers/new", &fields);
    let page = site.follow(&page);
    assert!(page.says(admin::DONE_ADDED.ja) && page.says("花子") && page.says(readers::EVENT_ADDED.ja));
    assert!(page.says(readers::WAY_ADMIN.ja), "{}", page.text());
    assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed");
    assert!(site.mails().is_empty(), "nobody is asked again");
    // The same again is the same reader.
    assert_eq!(site.post("/admin/subscribers/new", &fields).status, 303);
    assert_eq!(record(&site, "news", "hanako@example.jp")["consents"].as_array().unwrap().len(), 1);
}

#[test]
fn adding_needs_an_address_and_the_statement_of_consent_and_keeps_what_was_typed() {
    let site = site();
    store(&site).suppress("blocked@example.jp", "complaint", NOON).unwrap();
    let long = "長".repeat(101);
    for (email, name, agreed, number, field) in [
        ("", "花子", true, "E1001", "email"),
        ("hanako@", "花子", true, "E1002", "email"),
        ("hanako@example.jp", &*long, true, "E1003", "name"),
        ("hanako@example.jp", "花子\r\nBcc: x", true, "E1004", "name"),
        ("hanako@example.jp", "花子", false, "E1009", "agreed"),
        ("Blocked@example.jp", "花子", true, "E1060", "email"),
    ] {
        let mut fields = vec![("list", "2"), ("email", email), ("name", name)];
        if agreed {
            fields.push(("agreed", "1"));
        }
        let page = site.post("/admin/subscribers/new", &fields);
        assert_eq!(page.status, 422, "{number}: {}", page.text());
        assert!(page.says(&format!("({number})")), "{number}: {}", page.text());
        assert!(page.body.contains(&format!("href=\"#field-{field}\"")), "{number}");
        assert_eq!(page.value("email"), email);
        assert_eq!(page.value("name"), name.replace("\r\n", "\n"));
        assert_eq!(page.value("list"), "2");
        assert_eq!(page.is_ticked("agreed", "1"), agreed, "{number}");
    }
    assert_eq!(store(&site).list_counts(neo::domain::id::ListId(2)).unwrap(), Default::default());
}

#[test]
fn a_reader_is_shown_with_her_consent_its_wording_and_her_mails() {
    let site = site();
    let fields = [("email", "hanako@example.jp"), ("name", "<b>花子</b>")];
    reader::sign_up(&site, "news", &fields, "198.51.100.7");
    site.post(&reader::link(&site, "hanako@example.jp", "confirm"), &[]);
    let page = site.get(&format!("/admin/subscribers/{}", id_of(&site, "news", "hanako@example.jp")));
    let wording = neo::texts::public::CONSENT_DEFAULT.ja;
    let expected = [
        "<b>花子</b>",
        readers::EVENT_ASKED.ja,
        readers::EVENT_CONFIRMED.ja,
        readers::WAY_FORM.ja,
        readers::WAY_LINK.ja,
        "198.51.100.7",
        "Mozilla/5.0 (test)",
        wording,
        "newsだより",
    ];
    for words in expected {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    assert!(page.says(neo::texts::admin::LEDGER_SENT.ja) && !page.says("{{"), "{}", page.text());
    assert!(!page.body.contains("<b>"));
}

#[test]
fn the_owner_takes_a_reader_off_the_list_at_once() {
    let site = site();
    fill(&site, "news", 2);
    let id = id_of(&site, "news", "reader000@example.jp");
    let page = site.post(&format!("/admin/subscribers/{id}/leave"), &[]);
    let page = site.follow(&page);
    assert!(page.says(readers::TAKEN_OFF.ja) && page.says(readers::LEFT_AT.ja), "{}", page.text());
    assert_eq!(state(&site, "news", "reader000@example.jp"), "left");
    assert_eq!(state(&site, "news", "reader001@example.jp"), "confirmed");
    let last =
        record(&site, "news", "reader000@example.jp")["consents"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["event"].as_str(), last["way"].as_str()), (Some("withdrawn"), Some("admin")));
    // Twice is once.
    assert_eq!(site.post(&format!("/admin/subscribers/{id}/leave"), &[]).status, 303);
    assert_eq!(record(&site, "news", "reader000@example.jp")["consents"].as_array().unwrap().len(), 2);
}

#[test]
fn erasing_removes_her_everywhere_and_the_ledger_still_adds_up() {
    let site = site();
    let fields = [("email", "hanako@example.jp"), ("name", "花子")];
    reader::sign_up(&site, "news", &fields, "198.51.100.7");
    site.neo(&["subscriber", "add", "tea", "hanako@example.jp", "--confirmed"]).ok();
    let id = id_of(&site, "news", "hanako@example.jp");
    let tea = id_of(&site, "tea", "hanako@example.jp");
    let ledger = site.neo(&["ledger", "all", "--json"]).ok();
    let page = site.post(&format!("/admin/subscribers/{id}/erase"), &[]);
    assert!(site.follow(&page).says(readers::ERASED.ja));
    for id in [id, tea] {
        let page = site.get(&format!("/admin/subscribers/{id}"));
        assert!(page.says(readers::ERASED_READER.ja), "{}", page.text());
        for trace in ["hanako", "花子", "198.51.100.7", "Mozilla"] {
            assert!(!page.says(trace), "{trace}: {}", page.text());
        }
        assert!(!page.body.contains("/erase\""), "there is nothing left to erase");
    }
    assert_eq!(site.neo(&["ledger", "all", "--json"]).ok(), ledger);
    assert_ne!(site.neo(&["subscriber", "show", "news", "hanako@example.jp"]).code, 0);
    assert!(site.get("/admin/subscribers?list=1&state=left").says(readers::ERASED_READER.ja));
    // She may come back, as somebody new.
    reader::sign_up(&site, "news", &fields, "198.51.100.7");
    assert_eq!(state(&site, "news", "hanako@example.jp"), "pending");
}

#[test]
fn strangers_and_forgers_get_nowhere() {
    let site = site();
    fill(&site, "news", 1);
    let id = id_of(&site, "news", "reader000@example.jp");
    for path in [format!("/admin/subscribers/{id}/leave"), format!("/admin/subscribers/{id}/erase")] {
        assert_eq!(site.post_exactly(&path, &[]).status, 403, "{path}");
        assert_eq!(site.get(&path).status, 405, "{path}");
    }
    for id in ["0", "x", "99999999999999999999"] {
        assert_eq!(site.get(&format!("/admin/subscribers/{id}")).status, 404, "{id}");
    }
    site.forget_cookies();
    for path in ["/admin/subscribers", &format!("/admin/subscribers/{id}"), "/admin/subscribers?q=reader"] {
        assert_eq!(site.get(path).leads_to(), "/admin/login", "{path}");
    }
    assert_eq!(state(&site, "news", "reader000@example.jp"), "confirmed");
}
