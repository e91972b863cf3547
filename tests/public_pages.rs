//! Every page that a reader may see: whole, in her language, under the strict policy, labelled, without a trace of others.
//! Not what the pages do (sign_up, unsubscribe) and not the look (view).
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

use neo::texts::{Language, common, public};
use reader::{link, sign_up_in, site_with};
use support::{Page, Site};

struct Links {
    confirm: String,
    confirmed: String,
    leave: String,
    left: String,
    preferences: String,
}

fn site() -> (Site, Links) {
    let site = site_with(&[("news", "double")]);
    let joins = |address: &str| {
        sign_up_in(&site, "news", &[("email", address), ("name", "花子")], "10.0.0.1", "ja");
        link(&site, address, "confirm")
    };
    let confirm = joins("new@example.jp");
    let confirmed = joins("hanako@example.jp");
    site.post(&confirmed, &[]);
    site.neo(&["subscriber", "add", "news", "gone@example.jp", "--confirmed"]).ok();
    let file = site.scratch("text");
    std::fs::write(&file, "{{ preferences_url }}\n").unwrap();
    let file = file.to_str().unwrap();
    site.neo(&["broadcast", "create", "--list", "news", "--subject", "s", "--text", file, "--at", "now"])
        .ok();
    site.neo(&["tick"]).ok();
    let links = Links {
        confirm,
        confirmed,
        leave: link(&site, "hanako@example.jp", "u"),
        left: link(&site, "gone@example.jp", "u"),
        preferences: link(&site, "hanako@example.jp", "p"),
    };
    site.post(&links.left, &[]);
    (site, links)
}

/// Every public page by name, in one language: what was asked, the status expected.
fn pages(site: &Site, links: &Links, language: &str) -> Vec<(&'static str, u16, Page)> {
    let get = |path: &str| site.request("GET", path, None, &[("HTTP_ACCEPT_LANGUAGE", language)]);
    let post = |path: &str, body: &str| {
        site.request("POST", path, Some(body), &[("HTTP_ACCEPT_LANGUAGE", language)])
    };
    let refused = [("email", "はなこ@@"), ("name", "<b>\"花子'&")];
    vec![
        ("home", 200, get("/")),
        ("form", 200, get("/f/news")),
        ("form, filled by a link", 200, get("/f/news?email=%22%3E%3Cscript%3E@example.jp")),
        ("form with a mistake", 422, sign_up_in(site, "news", &refused, "10.0.0.1", language)),
        ("thanks", 200, sign_up_in(site, "news", &[("email", "x@example.jp")], "10.0.0.1", language)),
        ("confirm", 200, get(&links.confirm)),
        ("confirmed", 200, get(&links.confirmed)),
        ("leave", 200, get(&links.leave)),
        ("left", 200, get(&links.left)),
        ("preferences", 200, get(&links.preferences)),
        ("preferences, saved", 200, post(&links.preferences, "shown=1&list-1=1&name=%E8%8A%B1%E5%AD%90")),
        ("preferences with a mistake", 422, post(&links.preferences, "name=a%01b")),
        ("wrong token", 404, get("/confirm/abc")),
        ("no page", 404, get("/no/such/page")),
        ("no list", 404, get("/f/%3Cscript%3E")),
        ("another method", 405, post("/", "")),
        ("too large", 413, post("/f/news", &"x".repeat(70_000))),
        ("sign-in", 200, get("/admin/login")),
    ]
}

#[test]
fn every_page_is_whole_and_in_the_language_of_the_reader() {
    let (site, links) = site();
    for (accepted, language) in [
        ("ja", Language::Ja),
        ("en-GB,en;q=0.9", Language::En),
        ("de,fr;q=0.8", Language::Ja),
        ("en;q=0.3,ja;q=0.4", Language::Ja),
        ("\u{FFFD};;q=x,*", Language::Ja),
    ] {
        for (name, status, page) in pages(&site, &links, accepted) {
            assert_eq!(page.status, status, "{name}: {}", page.text());
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{name}");
            assert!(page.body.starts_with("<!DOCTYPE html>") && page.body.ends_with("</html>"), "{name}");
            assert!(
                page.body.contains(&format!("<html lang=\"{}\">", language.tag())),
                "{name} in {accepted}"
            );
            assert!(page.body.contains("name=\"viewport\""), "{name}");
        }
    }
}

#[test]
fn every_page_says_what_it_is_for_in_both_languages() {
    let (site, links) = site();
    for language in [Language::Ja, Language::En] {
        for (name, _, page) in pages(&site, &links, language.tag()) {
            let words = match name {
                "home" => public::HOME_TITLE,
                "form" | "form, filled by a link" => public::SIGN_UP_BUTTON,
                "form with a mistake" | "preferences with a mistake" => common::CHECK_INPUT,
                "thanks" => public::ASKED_TITLE,
                "confirm" => public::CONFIRM_BUTTON,
                "confirmed" => public::JOINED_TITLE,
                "leave" => public::LEAVE_BUTTON,
                "left" => public::LEFT_TITLE,
                "preferences" => public::YOUR_LISTS,
                "preferences, saved" => public::PREFERENCES_SAVED,
                "wrong token" | "no page" | "no list" | "another method" => common::WENT_WRONG,
                _ => continue,
            };
            assert!(page.says(words.to(language)), "{name}: {}", page.text());
        }
    }
}

#[test]
fn every_page_stands_under_the_strict_policy_and_keeps_to_it() {
    let (site, links) = site();
    for (name, status, page) in pages(&site, &links, "ja") {
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{name}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{name}");
        assert!(page.header("set-cookie").is_none(), "{name}");
        for forbidden in
            ["<script", " style=", "<style", " onclick", " onload", "javascript:", "http://", "//fonts"]
        {
            assert!(!page.body.contains(forbidden), "{name}: {forbidden}");
        }
        // A body that is too large is refused before anything is known; that page holds one sentence.
        if status == 413 {
            continue;
        }
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{name}: {policy}");
        assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{name}");
    }
}

#[test]
fn every_error_has_a_number_and_no_page_with_a_token_is_for_search_engines() {
    let (site, links) = site();
    for (name, status, page) in pages(&site, &links, "ja") {
        if status != 200 {
            assert!(page.text().contains("(E"), "{name}: {}", page.text());
        }
        let is_hidden = page.body.contains("content=\"noindex, nofollow\"") || status == 413;
        let may_be_found = name.starts_with("form");
        assert_eq!(is_hidden, !may_be_found, "{name}");
    }
}

#[test]
fn every_field_has_a_label_and_every_form_one_button() {
    let (site, links) = site();
    for (name, status, page) in pages(&site, &links, "ja") {
        for form in page.body.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
            assert_eq!(form.matches("<button").count(), 1, "{name}");
            for input in form.split("<input").skip(1).filter(|input| !input.contains("type=\"hidden\"")) {
                let tag = input.split('>').next().unwrap();
                let Some((_, rest)) = tag.split_once(" id=\"") else {
                    assert!(tag.contains("name=\"website\""), "{name}: {tag}");
                    continue;
                };
                let id = rest.split('"').next().unwrap();
                let is_labelled = form.contains(&format!("for=\"{id}\"")) || tag.contains("checkbox");
                assert!(is_labelled, "{name}: {tag}");
                for part in tag
                    .split_once("aria-describedby=\"")
                    .map(|(_, ids)| ids.split('"').next().unwrap())
                    .into_iter()
                    .flat_map(str::split_whitespace)
                {
                    assert!(page.body.contains(&format!("id=\"{part}\"")), "{name}: {part}");
                }
            }
        }
        // The page of what is too large is one sentence.
        assert!(status == 413 || page.body.matches("<h1").count() == 1, "{name}");
    }
}

#[test]
fn a_head_is_answered_like_a_get_without_the_page() {
    let (site, links) = site();
    for path in ["/", "/f/news", &links.confirm, &links.leave, &links.preferences, "/nothing"] {
        let get = site.request("GET", path, None, &[]);
        let head = site.request("HEAD", path, None, &[]);
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
    }
}

#[test]
fn links_and_forms_stay_on_this_site_whatever_the_host_header_says() {
    let (site, links) = site();
    for path in ["/", "/f/news", links.confirm.as_str(), &links.left, &links.preferences] {
        let page = site.request("GET", path, None, &[("HTTP_HOST", "evil.example")]);
        assert!(!page.body.contains("evil"), "{path}");
        for target in page.body.split(" action=\"").skip(1).chain(page.body.split(" href=\"").skip(1)) {
            assert!(target.starts_with("/neo.cgi/") || target.starts_with('#'), "{path}: {target:.40}");
        }
    }
    let fields = [("email", "host@example.jp")];
    site.variable("HTTP_HOST", "evil.example");
    reader::sign_up(&site, "news", &fields, "10.0.0.1");
    assert!(
        reader::mails_to(&site, "host@example.jp")[0].1.contains("https://shop.example.jp/neo.cgi/confirm/")
    );
}

#[test]
fn a_site_without_lists_says_so() {
    let site = Site::new();
    assert!(site.get("/").says(public::HOME_EMPTY.ja));
}

/// The sentence of a page that could not be made, which names the file and never where the server keeps it.
fn assert_tells_no_path(site: &Site, page: &Page, number: &str, file: &str) {
    assert!(page.says(number) && page.says(file), "{}", page.text());
    let root = site.data().parent().unwrap().to_string_lossy().into_owned();
    assert!(!page.body.contains(&root), "{}", page.text());
}

#[test]
fn no_error_tells_a_stranger_where_the_server_keeps_its_files() {
    let site = site_with(&[("news", "double")]);
    let whole = |ran: support::Ran, file: &str| {
        let path = site.data().join(file).to_string_lossy().into_owned();
        assert!(ran.code == 78 && ran.err.contains(&path), "{}", ran.err);
    };
    let key = std::fs::read(site.data().join("neo.key")).unwrap();
    std::fs::remove_file(site.data().join("neo.key")).unwrap();
    for path in ["/", "/f/news", "/confirm/x", "/u/x", "/p/x", "/admin/login", "/admin", "/tick/x"] {
        assert_tells_no_path(&site, &site.get(path), "E3010", "neo.key");
    }
    whole(site.neo(&["ledger", "all"]), "neo.key");
    std::fs::write(site.data().join("neo.key"), key).unwrap();
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(site.data().join(format!("neo.sqlite{ending}")));
    }
    std::fs::write(site.data().join("neo.sqlite"), "not a database".repeat(1000)).unwrap();
    for path in ["/", "/f/news", "/u/x", "/admin/login"] {
        assert_tells_no_path(&site, &site.get(path), "E3008", "neo.sqlite");
    }
    whole(site.neo(&["ledger", "all"]), "neo.sqlite");
    let file = site.scratch("no-folder");
    std::fs::write(&file, "").unwrap();
    site.variable("NEO_DATA", file.join("data").to_str().unwrap());
    for path in ["/", "/setup", "/f/news"] {
        assert_tells_no_path(&site, &site.get(path), "E3005", "data");
    }
}

#[test]
fn the_owner_who_is_signed_in_is_told_the_whole_path() {
    let site = site_with(&[]);
    site.sign_in();
    // Another site's key: the session holds, but what the old key sealed cannot be read.
    std::fs::write(site.data().join("neo.key"), "00".repeat(32)).unwrap();
    let page = site.get("/admin/settings/tick");
    let path = site.data().join("neo.key").to_string_lossy().into_owned();
    assert!(page.status == 503 && page.says("E3010") && page.says(&path), "{}", page.text());
    assert_tells_no_path(&site, &site.get("/tick/x"), "E3010", "neo.key");
}
