//! The owner's pages of reader lists and their forms: make one, change it, put it on a site of her own.
//! Not what the form does (sign_up).
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

use neo::texts::{public, readers};
use reader::{record, state, store};
use support::{Page, Site, encoded};

const GOOD: &[(&str, &str)] = &[
    ("name", "tayori"),
    ("title", "さくら堂だより"),
    ("description", "毎月1日に、季節のお菓子のご案内。"),
    ("consent_text", ""),
    ("from_name", "さくら堂"),
    ("from_address", "news@sakurado.example.jp"),
    ("opt_in", "double"),
    ("language", "ja"),
];

/// The good form with one field changed.
fn with<'a>(name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    GOOD.iter().map(|(key, usual)| if *key == name { (*key, value) } else { (*key, *usual) }).collect()
}

fn site() -> Site {
    let site = Site::new();
    site.sign_in();
    site
}

fn made() -> Site {
    let site = site();
    let page = site.post("/admin/forms/new", GOOD);
    assert_eq!(page.leads_to(), "/admin/forms/1?done=added", "{}", page.text());
    site
}

/// The HTML of the box, as the owner copies it.
fn pasted(page: &Page) -> String {
    let boxes = page.body.split("<textarea").filter(|rest| rest.contains("readonly"));
    let found = boxes.map(|rest| rest.split_once('>').unwrap().1).find(|text| text.contains("&lt;form"));
    let text = found.unwrap().split("</textarea").next().unwrap();
    let text = text.strip_prefix('\n').unwrap_or(text);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[test]
fn a_list_is_made_and_its_form_works_at_once() {
    let site = site();
    assert!(site.get("/admin/forms").says(readers::NO_LISTS.ja));
    let page = site.get("/admin/forms/new");
    assert_eq!(page.value("consent_text"), public::CONSENT_DEFAULT.ja);
    assert!(page.is_ticked("opt_in", "double"));

    let page = site.post("/admin/forms/new", GOOD);
    let page = site.follow(&page);
    assert!(page.says("https://shop.example.jp/neo.cgi/f/tayori"), "{}", page.text());
    assert!(site.get("/admin/forms").says("さくら堂だより"));
    let form = site.get("/f/tayori");
    assert!(form.says("毎月1日に、季節のお菓子のご案内。") && form.says(public::CONSENT_DEFAULT.ja));
    assert!(!form.value("form").is_empty(), "the form names its wording");
    reader::sign_up(&site, "tayori", &[("email", "hanako@example.jp")], "10.0.0.1");
    let page = site.get("/admin/forms");
    assert!(page.body.contains(">1</td>"), "the one who waits is counted: {}", page.text());
}

#[test]
fn what_is_wrong_is_said_at_its_field_and_everything_typed_is_kept() {
    let site = site();
    let long = "あ".repeat(2001);
    for (field, value, number) in [
        ("name", "", "E1025"),
        ("name", "お知らせ", "E1025"),
        ("name", "../etc", "E1025"),
        ("title", "", "E1006"),
        ("title", &long[..3 * 101], "E1007"),
        ("title", "a\u{7}b", "E1004"),
        ("description", &long, "E1007"),
        ("consent_text", &long[..3 * 501], "E1007"),
        ("from_name", "a\nBcc: b@example.jp", "E1004"),
        ("from_address", "", "E1001"),
        ("from_address", "news@", "E1002"),
        ("from_address", "a@example.jp\r\nBcc: b@example.jp", "E1002"),
        ("from_address", "sakurado@gmail.com", "E1021"),
        ("from_address", "sakurado@YAHOO.co.jp", "E1021"),
        ("from_address", "sakurado@docomo.ne.jp", "E1021"),
        ("from_address", "sakurado@icloud.com", "E1021"),
        ("from_address", "sakurado@ymobile.ne.jp", "E1021"),
    ] {
        let sent = with(field, value);
        let page = site.post("/admin/forms/new", &sent);
        assert_eq!(page.status, 422, "{field}: {}", page.text());
        assert!(page.says(&format!("({number})")), "{field}: {}", page.text());
        assert!(page.body.contains(&format!("href=\"#field-{field}\"")), "{field}: {}", page.text());
        for key in ["title", "from_name", "from_address", "description", "name"] {
            let typed = sent.iter().find(|(name, _)| *name == key).unwrap().1.replace("\r\n", "\n");
            assert_eq!(page.value(key), typed, "{key} after a mistake in {field}");
        }
        for raw in ["from_addressを", "titleを", "descriptionは", "consent_textは"] {
            assert!(!page.says(raw), "{field} is called by its label: {}", page.text());
        }
    }
    assert!(store(&site).lists().unwrap().is_empty());
}

#[test]
fn a_name_is_given_once() {
    let site = made();
    let page = site.post("/admin/forms/new", GOOD);
    assert_eq!(page.status, 422);
    assert!(page.says("E1011") && page.value("title") == "さくら堂だより");
}

#[test]
fn a_changed_wording_is_kept_beside_the_old_one() {
    let site = made();
    reader::sign_up(&site, "tayori", &[("email", "before@example.jp")], "10.0.0.1");
    let page = site.post("/admin/forms/1", &with("consent_text", "新しい文章に同意します。"));
    assert_eq!(page.leads_to(), "/admin/forms/1?done=saved");
    assert!(site.get("/f/tayori").says("新しい文章に同意します。"));
    reader::sign_up(&site, "tayori", &[("email", "after@example.jp")], "10.0.0.1");
    let wording = |address: &str| {
        let form = record(&site, "tayori", address)["consents"][0]["form"].as_i64().unwrap();
        store(&site).form_wording(neo::domain::id::FormVersionId(form)).unwrap()
    };
    assert!(wording("before@example.jp").contains(public::CONSENT_DEFAULT.ja));
    assert!(wording("after@example.jp").contains("新しい文章に同意します。"));
    // Saved again without a change, it is the same wording.
    site.post("/admin/forms/1", &with("consent_text", "新しい文章に同意します。"));
    reader::sign_up(&site, "tayori", &[("email", "later@example.jp")], "10.0.0.1");
    let form = |address: &str| record(&site, "tayori", address)["consents"][0]["form"].clone();
    assert_eq!(form("after@example.jp"), form("later@example.jp"));
}

#[test]
fn the_usual_consent_follows_the_language_of_the_list() {
    let site = site();
    let mut sent = with("language", "en");
    sent.iter_mut().find(|(name, _)| *name == "consent_text").unwrap().1 = public::CONSENT_DEFAULT.ja;
    assert_eq!(site.post("/admin/forms/new", &sent).status, 303);
    assert!(site.get("/f/tayori").says(public::CONSENT_DEFAULT.en));
}

#[test]
fn the_pasted_form_signs_up_from_another_site_with_the_wording_it_shows() {
    let site = made();
    let html = pasted(&site.get("/admin/forms/1"));
    assert!(html.contains("action=\"https://shop.example.jp/neo.cgi/f/tayori\""), "{html}");
    assert!(
        html.contains("accept-charset=\"UTF-8\"") && !html.contains("class=") && !html.contains("<script")
    );
    assert!(
        html.contains("さくら堂だより")
            && html.contains("毎月1日に")
            && html.contains(public::CONSENT_DEFAULT.ja)
    );
    assert!(html.lines().count() > 8, "it is laid out to be read");
    let hidden = support::hidden_fields(&html, None);
    let (_, form) = hidden.iter().find(|(name, _)| name == "form").unwrap();

    let body = encoded(&[("form", form), ("email", "hanako@example.jp"), ("name", "花子"), ("website", "")]);
    let more = [
        ("HTTP_ORIGIN", "https://sakurado.example.jp"),
        ("HTTP_SEC_FETCH_SITE", "cross-site"),
        ("HTTP_COOKIE", ""),
    ];
    let page = site.request("POST", "/f/tayori", Some(&body), &more);
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(record(&site, "tayori", "hanako@example.jp")["consents"][0]["form"].to_string(), *form);

    // What is in the preview is what is in the box.
    let preview = site.get("/admin/forms/1/html");
    assert!(preview.body.contains(&html), "{}", preview.body);
    assert!(preview.header("content-security-policy").unwrap().contains("frame-ancestors 'self'"));
}

#[test]
fn what_the_owner_types_cannot_become_html_in_the_pasted_form() {
    let site = site();
    let evil = "</textarea><script>alert(1)</script>\" onfocus=\"x";
    let mut sent = with("title", evil);
    for (name, value) in &mut sent {
        if matches!(*name, "description" | "consent_text" | "from_name") {
            *value = evil;
        }
    }
    assert_eq!(site.post("/admin/forms/new", &sent).status, 303);
    for path in ["/admin/forms", "/admin/forms/1", "/admin/forms/1/html", "/f/tayori", "/"] {
        let page = site.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<script"), "{path}");
    }
    assert!(!pasted(&site.get("/admin/forms/1")).contains("<script"));
}

#[test]
fn single_opt_in_signs_up_by_the_form_alone() {
    let site = site();
    assert_eq!(site.post("/admin/forms/new", &with("opt_in", "single")).status, 303);
    assert!(site.get("/admin/forms/1").is_ticked("opt_in", "single"));
    reader::sign_up(&site, "tayori", &[("email", "hanako@example.jp")], "10.0.0.1");
    assert_eq!(state(&site, "tayori", "hanako@example.jp"), "confirmed");
}

#[test]
fn strangers_and_forgers_get_nowhere() {
    let site = made();
    let forged = site.post_exactly("/admin/forms/1", &with("title", "乗っ取り"));
    assert_eq!(forged.status, 403);
    let body = encoded(&with("title", "乗っ取り"));
    let cross = [("HTTP_ORIGIN", "https://evil.example")];
    assert_eq!(site.request("POST", "/admin/forms/1", Some(&body), &cross).status, 403);
    site.forget_cookies();
    for path in ["/admin/forms", "/admin/forms/new", "/admin/forms/1", "/admin/forms/1/html"] {
        assert_eq!(site.get(path).leads_to(), "/admin/login", "{path}");
    }
    assert!(site.get("/").says("さくら堂だより"));
}

#[test]
fn a_list_that_does_not_exist_is_not_found() {
    let site = site();
    for id in ["1", "0", "-1", "x", "99999999999999999999"] {
        let page = site.get(&format!("/admin/forms/{id}"));
        assert_eq!(page.status, 404, "{id}");
        assert!(page.says("E2009"), "{id}: {}", page.text());
    }
}
