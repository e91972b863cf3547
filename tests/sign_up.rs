//! The sign-up form under everything that people and programs type into it, and the way from it onto the list.
//! Not the look of the pages (public_pages) and not leaving (unsubscribe).
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

use neo::texts::{Language, public};
use reader::{link, mails_to, record, sign_up, sign_up_in, site_with, state, store, traces, visitor};
use serde_json::Value;
use support::{NOON, Page, Site, encoded};

const DAY: i64 = 86_400;

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn naughty_strings() -> Vec<String> {
    let json: Value = serde_json::from_str(&fixture("naughty/blns.json")).unwrap();
    json.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_string()).collect()
}

fn is_whole(page: &Page) -> bool {
    page.body.starts_with("<!DOCTYPE html>") && page.body.ends_with("</html>")
}

/// Forms turn the line ends of a browser into plain ones.
fn as_kept(typed: &str) -> String {
    typed.replace("\r\n", "\n").replace('\r', "\n")
}

/// The page of a mistake: whole, in the reader's language, numbered, pointing at its field, which holds what was typed.
fn assert_refused(page: &Page, field: &str, typed: &str, numbers: &[&str], language: &str) {
    let is_kept = page.value(field) == as_kept(typed);
    let typed: String = typed.chars().take(80).collect();
    assert!(is_kept, "{typed:?} became {:?}", page.value(field));
    assert_eq!(page.status, 422, "{typed:?}: {}", page.text());
    assert!(is_whole(page), "{typed:?}");
    assert!(page.body.contains(&format!("<html lang=\"{language}\">")), "{typed:?}");
    assert!(numbers.iter().any(|number| page.says(&format!("({number})"))), "{typed:?}: {}", page.text());
    let marked = format!("id=\"field-{field}\"");
    let input = page.body.split("<input").find(|tag| tag.contains(&marked)).unwrap();
    assert!(input.contains("aria-invalid=\"true\""), "{typed:?}: {input}");
    assert!(page.body.contains(&format!("href=\"#field-{field}\"")), "{typed:?}");
}

#[test]
fn every_address_of_the_corpus_is_accepted_or_refused_with_a_number_and_kept_in_its_field() {
    let site = site_with(&[("news", "double")]);
    let mut seen = [0, 0, 0];
    for (number, line) in fixture("addresses/addresses.jsonl").lines().enumerate() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (address, expected) = (row["address"].as_str().unwrap(), row["expected"].as_str().unwrap());
        let language = if number % 2 == 0 { "ja" } else { "en" };
        let fields = [("email", address), ("name", "花子")];
        let page = sign_up_in(&site, "news", &fields, &visitor(number), language);
        let is_accepted = page.status == 200;
        match expected {
            "accept" => assert!(is_accepted, "{address:?}: {}", page.text()),
            "reject" => assert!(!is_accepted, "{address:?}"),
            _ => {}
        }
        match is_accepted {
            true => {
                let language = Language::parse(language).unwrap();
                assert!(page.says(public::ASKED_TITLE.to(language)) && is_whole(&page), "{address:?}");
            }
            false => assert_refused(&page, "email", address, &["E1001", "E1002"], language),
        }
        seen[["accept", "reject", "either"].iter().position(|kind| *kind == expected).unwrap()] += 1;
    }
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
}

#[test]
fn no_name_breaks_the_page_and_none_reaches_the_confirmation_mail() {
    // Most of them by single opt-in, which sends no mail: that is quicker.
    let site = site_with(&[("news", "single"), ("asking", "double")]);
    let known = naughty_strings();
    assert!(known.len() > 500);
    let mut hostile = vec!["x".repeat(10_000), "あ".repeat(7_000)];
    hostile.extend(
        [
            "花子\r\nBcc: x@example.jp",
            "花子\nSubject: alert(1)",
            "a\0b",
            "\u{202E}abc",
            "<script>alert(1)</script>",
        ]
        .map(String::from),
    );
    let names = known.iter().map(|name| ("news", name)).chain(hostile.iter().map(|name| ("asking", name)));
    for (number, (list, name)) in names.enumerate() {
        let fields = [("email", &*format!("n{number}@example.jp")), ("name", name)];
        let page = sign_up(&site, list, &fields, &visitor(number));
        match page.status {
            200 => assert!(is_whole(&page), "{name:?}"),
            _ => assert_refused(&page, "name", name, &["E1003", "E1004"], "ja"),
        }
        if name.contains('<') {
            assert!(!page.body.contains(name.as_str()), "{name:?} stands in the page as it is");
        }
    }
    let last = format!("n{}@example.jp", known.len() + hostile.len() - 1);
    assert_eq!(mails_to(&site, &last).len(), 1);
    for mail in site.mails() {
        let mail = mail_parser::MessageParser::new().parse(mail.as_bytes()).unwrap();
        let said = format!("{:?} {:?}", mail.headers(), mail.body_text(0));
        assert!(!said.contains("alert") && !said.contains("abc") && !said.contains("Bcc"), "{said}");
    }
}

#[test]
fn a_form_of_more_than_64_kb_is_refused_with_a_number() {
    let site = site_with(&[("news", "double")]);
    let name = "あ".repeat(10_000);
    let page = sign_up(&site, "news", &[("email", "a@example.jp"), ("name", &name)], "10.0.0.1");
    assert_eq!(page.status, 413);
    assert!(is_whole(&page) && page.says("E4003"), "{}", page.text());
}

#[test]
fn a_stranger_cannot_write_to_anybody_through_the_confirmation_mail() {
    let site = site_with(&[("news", "double")]);
    let words = "当選しました https://evil.example/";
    let fields = [("email", "victim@example.jp"), ("name", words), ("subject", words), ("city", words)];
    sign_up(&site, "news", &fields, "10.0.0.1");
    let (subject, text) = mails_to(&site, "victim@example.jp").remove(0);
    for part in [&subject, &text] {
        assert!(!part.contains("当選") && !part.contains("evil"), "{part}");
    }
    let raw = site.mails().remove(0);
    assert!(!raw.contains("5b2T6YG4"), "the name stands in a header: {raw}");
}

#[test]
fn hostile_bodies_get_whole_replies_with_a_number() {
    let site = site_with(&[("news", "double")]);
    let form = "application/x-www-form-urlencoded";
    for (content_type, body, status, number) in [
        (form, "email=%FF%FE", 422, "E1010"),
        (form, "email=%8A%D4@example.jp", 422, "E1010"),
        (form, "", 422, "E1001"),
        (form, "&&&===&%", 422, "E1001"),
        (form, "email=a%40example.jp&email=b%40example.jp", 200, ""),
        ("text/plain", "email=a@example.jp", 422, "E1001"),
        ("application/json", "{\"email\":\"a@example.jp\"}", 422, "E1001"),
        ("multipart/form-data", "email=a@example.jp", 422, "E4005"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=email",
            422,
            "E4005",
        ),
    ] {
        let page = site.request(
            "POST",
            "/f/news",
            Some(body),
            &[("CONTENT_TYPE", content_type), ("REMOTE_ADDR", "10.1.1.1")],
        );
        assert_eq!(page.status, status, "{content_type} {body:?}: {}", page.text());
        assert!(is_whole(&page) && page.says(number), "{body:?}: {}", page.text());
    }
}

#[test]
fn the_reply_does_not_tell_whether_an_address_is_known() {
    for opt_in in ["double", "single"] {
        let site = site_with(&[("news", opt_in)]);
        site.at(NOON);
        site.neo(&["subscriber", "add", "news", "reader@example.jp", "--confirmed"]).ok();
        site.neo(&["subscriber", "add", "news", "gone@example.jp", "--confirmed"]).ok();
        let reader =
            store(&site).find_subscriptions(neo::domain::id::ListId(1), "gone@", 1).unwrap().remove(0);
        store(&site).leave(reader.id, &Default::default(), NOON).unwrap();
        store(&site).suppress("blocked@example.jp", "complaint", NOON).unwrap();
        site.neo(&["subscriber", "add", "news", "asked@example.jp"]).ok();
        let replies = [
            "new@example.jp",
            "reader@example.jp",
            "gone@example.jp",
            "blocked@example.jp",
            "asked@example.jp",
        ]
        .map(|address| sign_up(&site, "news", &[("email", address), ("name", "花子")], "10.0.0.1"));
        let trap =
            sign_up(&site, "news", &[("email", "bot@example.jp"), ("website", "http://x")], "10.0.0.1");
        for reply in replies.iter().chain([&trap]) {
            assert_eq!(reply.status, 200);
            assert_eq!(reply.headers, replies[0].headers);
            assert_eq!(reply.body, replies[0].body);
        }
        assert_eq!(mails_to(&site, "blocked@example.jp"), []);
        assert_eq!(mails_to(&site, "bot@example.jp"), []);
        for nobody in ["bot@example.jp", "blocked@example.jp"] {
            assert_ne!(site.neo(&["subscriber", "show", "news", nobody]).code, 0, "{nobody} is written down");
        }
        let stands = if opt_in == "single" { "confirmed" } else { "pending" };
        assert_eq!(state(&site, "news", "new@example.jp"), stands);
        assert_eq!(state(&site, "news", "gone@example.jp"), stands);
    }
}

#[test]
fn an_address_is_asked_once_a_day_and_three_times_at_most() {
    let site = site_with(&[("news", "double")]);
    let ask = |hours: i64, spelling: &str| {
        site.at(NOON + hours * 3600);
        sign_up(&site, "news", &[("email", spelling)], "10.0.0.1");
        mails_to(&site, "hanako@example.jp").len()
    };
    let asked = [
        (0, "hanako@example.jp", 1),
        (0, "hanako@example.jp", 1),
        (1, "HANAKO@Example.JP", 1),
        (23, "hanako@example.jp", 1),
        (24, " hanako@example.jp ", 2),
        (47, "hanako@example.jp", 2),
        (48, "hanako@example.jp", 3),
        (72, "hanako@example.jp", 3),
        (24 * 100, "hanako@example.jp", 3),
    ];
    for (hours, spelling, mails) in asked {
        assert_eq!(ask(hours, spelling), mails, "after {hours} h");
    }
}

#[test]
fn many_lists_do_not_make_a_bomb() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let site = site_with(&names.map(|name| (name, "double")));
    for (hours, expected) in [(0, 3), (23, 3), (25, 6)] {
        site.at(NOON + hours * 3600);
        for name in names {
            sign_up(&site, name, &[("email", "hanako@example.jp")], "10.0.0.1");
        }
        assert_eq!(mails_to(&site, "hanako@example.jp").len(), expected, "after {hours} h");
    }
}

#[test]
fn a_double_click_asks_once() {
    let site = site_with(&[("news", "double")]);
    let body = encoded(&[("email", "hanako@example.jp")]);
    let file = site.scratch("body");
    std::fs::write(&file, &body).unwrap();
    let clicks: Vec<_> = (0..8)
        .map(|_| {
            let mut command = site.command();
            command.envs([
                ("GATEWAY_INTERFACE", "CGI/1.1"),
                ("REQUEST_METHOD", "POST"),
                ("SCRIPT_NAME", "/neo.cgi"),
                ("PATH_INFO", "/f/news"),
                ("HTTP_HOST", "shop.example.jp"),
                ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
                ("REMOTE_ADDR", "10.0.0.1"),
            ]);
            command.env("CONTENT_LENGTH", body.len().to_string());
            command.stdin(std::fs::File::open(&file).unwrap()).stdout(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for click in clicks {
        let reply = String::from_utf8(click.wait_with_output().unwrap().stdout).unwrap();
        assert!(reply.contains(public::ASKED_TITLE.ja), "{reply}");
    }
    assert_eq!(mails_to(&site, "hanako@example.jp").len(), 1);
    let consents = record(&site, "news", "hanako@example.jp")["consents"].as_array().unwrap().len();
    assert_eq!(consents, 1);
}

#[test]
fn a_flood_from_one_range_is_turned_away_with_a_number_and_others_get_through() {
    let site = site_with(&[("news", "double")]);
    site.at(NOON);
    for number in 0..200 {
        let page = sign_up(&site, "news", &[("email", &format!("f{number}@example.jp"))], "10.0.0.1");
        assert_eq!(page.status, 200, "{number}");
    }
    let page = sign_up(&site, "news", &[("email", "last@example.jp")], "10.0.0.200");
    assert_eq!(page.status, 503);
    assert!(page.says("E2016") && page.header("retry-after").is_some(), "{}", page.text());
    let page = sign_up(&site, "news", &[("email", "other@example.jp")], "10.0.1.1");
    assert_eq!(page.status, 200);
    site.at(NOON + 3601);
    assert_eq!(sign_up(&site, "news", &[("email", "last@example.jp")], "10.0.0.200").status, 200);
}

#[test]
fn looking_at_the_confirmation_link_ten_times_changes_nothing_and_the_button_confirms_once() {
    let site = site_with(&[("news", "double")]);
    sign_up(&site, "news", &[("email", "hanako@example.jp"), ("name", "花子")], "10.0.0.1");
    let path = link(&site, "hanako@example.jp", "confirm");
    let before = traces(&site, "news", "hanako@example.jp");
    for method in ["GET", "HEAD"].iter().cycle().take(10) {
        let page = site.request(method, &path, None, &[]);
        assert_eq!(page.status, 200);
        assert!(page.body.is_empty() == (*method == "HEAD"));
    }
    assert_eq!(traces(&site, "news", "hanako@example.jp"), before);

    for _ in 0..3 {
        let page = site.post(&path, &[]);
        assert_eq!(page.status, 200);
        assert!(page.says(public::JOINED_TITLE.ja), "{}", page.text());
    }
    let record = record(&site, "news", "hanako@example.jp");
    assert_eq!(record["state"], "confirmed");
    let events: Vec<&str> =
        record["consents"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["asked", "confirmed"]);
    // The link of an old mail, opened again, says that all is well.
    assert!(site.get(&path).says(public::JOINED_TITLE.ja));
}

#[test]
fn a_confirmation_link_that_is_wrong_bent_or_for_something_else_does_nothing() {
    let site = site_with(&[("news", "double")]);
    sign_up(&site, "news", &[("email", "hanako@example.jp")], "10.0.0.1");
    let path = link(&site, "hanako@example.jp", "confirm");
    let token = path.strip_prefix("/confirm/").unwrap();
    let before = traces(&site, "news", "hanako@example.jp");
    let longer = format!("{token}A");
    let shorter = &token[..token.len() - 1];
    let bent = token.replacen(&token[..1], if token.starts_with('A') { "B" } else { "A" }, 1);
    for wrong in ["x", "%00", "あ", &longer, shorter, &bent, &"A".repeat(2000)] {
        for kind in ["confirm", "u", "p"] {
            for method in ["GET", "POST"] {
                let body = (method == "POST").then_some("List-Unsubscribe=One-Click");
                let page = site.request(method, &format!("/{kind}/{wrong}"), body, &[]);
                assert!(matches!(page.status, 400 | 404), "{kind} {wrong}: {}", page.status);
                assert!(is_whole(&page), "{kind} {wrong}");
            }
        }
    }
    for other in ["u", "p"] {
        let page = site.request("POST", &format!("/{other}/{token}"), Some(""), &[]);
        assert_eq!(page.status, 404);
        assert!(page.says("E2003"));
    }
    assert_eq!(traces(&site, "news", "hanako@example.jp"), before);
}

#[test]
fn a_confirmation_link_ends_after_some_days_and_leads_back_to_the_form() {
    let site = site_with(&[("news", "double")]);
    site.at(NOON);
    sign_up(&site, "news", &[("email", "hanako@example.jp")], "10.0.0.1");
    let path = link(&site, "hanako@example.jp", "confirm");
    site.at(NOON + 7 * DAY);
    assert!(site.get(&path).says(public::CONFIRM_BUTTON.ja));
    site.at(NOON + 7 * DAY + 1);
    for page in [site.get(&path), site.post_exactly(&path, &[])] {
        assert_eq!(page.status, 404);
        assert!(page.says("E2004") && page.body.contains("href=\"/neo.cgi/f/news\""), "{}", page.text());
    }
    assert_eq!(state(&site, "news", "hanako@example.jp"), "pending");
    // Who asks again gets a new link that works.
    sign_up(&site, "news", &[("email", "hanako@example.jp")], "10.0.0.1");
    site.post(&link(&site, "hanako@example.jp", "confirm"), &[]);
    assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed");
}

#[test]
fn who_left_can_join_again_but_no_old_link_puts_her_back() {
    let site = site_with(&[("news", "double")]);
    site.at(NOON);
    sign_up(&site, "news", &[("email", "hanako@example.jp")], "10.0.0.1");
    let first = link(&site, "hanako@example.jp", "confirm");
    site.post(&first, &[]);
    leave(&site);
    assert_eq!(site.post_exactly(&first, &[]).status, 404);
    assert_eq!(state(&site, "news", "hanako@example.jp"), "left");

    site.at(NOON + 60);
    sign_up(&site, "news", &[("email", "hanako@example.jp")], "10.0.0.1");
    assert_eq!(mails_to(&site, "hanako@example.jp").len(), 2, "leaving is an answer: she may be asked again");
    assert_eq!(site.post_exactly(&first, &[]).status, 404, "the old link is not the new request's");
    assert_eq!(state(&site, "news", "hanako@example.jp"), "pending");
    site.post(&link(&site, "hanako@example.jp", "confirm"), &[]);
    assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed");
}

fn leave(site: &Site) {
    let reader = store(site).find_subscriptions(neo::domain::id::ListId(1), "hanako@", 1).unwrap().remove(0);
    store(site).leave(reader.id, &Default::default(), NOON + 30).unwrap();
}

#[test]
fn the_record_keeps_the_wording_that_was_on_the_form_she_used() {
    let site = site_with(&[("news", "double")]);
    let old = site.get("/f/news").value("form");
    site.sign_in();
    let changed = [
        ("title", "newsだより"),
        ("consent_text", "新しい文章に同意します。"),
        ("from_address", "news@sakurado.example.jp"),
    ];
    assert_eq!(site.post("/admin/forms/1", &changed).status, 303);
    let new = site.get("/f/news").value("form");
    assert_ne!(old, new);
    let others = "999999";
    for (address, form, kept) in
        [("old", &*old, &old), ("new", &*new, &new), ("none", "", &new), ("other", others, &new)]
    {
        let address = format!("{address}@example.jp");
        sign_up(&site, "news", &[("email", &address), ("form", form)], "10.0.0.1");
        assert_eq!(record(&site, "news", &address)["consents"][0]["form"].to_string(), *kept, "{address}");
    }
    assert_eq!(record(&site, "news", "old@example.jp")["consents"][0]["ip"], "10.0.0.1");
}
