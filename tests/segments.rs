//! Segments: conditions made in a form without a script, kept, said in words, counted.
//! Not whether the SQL is right: tests/conditions.rs.
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

use neo::domain::condition::Condition;
use neo::texts::segments;
use reader::{site_with, store};
use support::{NOON, Page, Site};

fn site() -> Site {
    let site = site_with(&[("news", "double"), ("tea", "double")]);
    site.at(NOON);
    for (key, label, kind, more) in [
        ("pref", "都道府県", "choice", &["--choice", "東京", "--choice", "大阪"][..]),
        ("age", "年齢", "number", &[]),
        ("born", "誕生日", "birthday", &[]),
        ("member", "会員", "yes-no", &[]),
        ("note", "ひとこと", "text", &[]),
    ] {
        let mut arguments = vec!["field", "add", key, "--label", label, "--kind", kind];
        arguments.extend_from_slice(more);
        site.neo(&arguments).ok();
    }
    for (address, more) in [
        ("a@example.jp", &["--field", "pref=東京", "--field", "age=30", "--tag", "VIP"][..]),
        ("b@example.jp", &["--field", "pref=東京", "--field", "age=9", "--field", "born=11/24"]),
        ("c@example.jp", &["--field", "pref=大阪", "--field", "age=100", "--tag", "VIP"]),
        ("d@example.jp", &[]),
    ] {
        let mut arguments = vec!["subscriber", "add", "news", address, "--confirmed"];
        arguments.extend_from_slice(more);
        site.neo(&arguments).ok();
    }
    site.sign_in();
    site
}

/// What the form on a page holds, as a browser would send it back.
fn typed(page: &Page) -> Vec<(String, String)> {
    let mut all = vec![("name".to_string(), page.value("name"))];
    if page.body.contains("name=\"condition-join\"") {
        all.push(("condition-join".to_string(), page.value("condition-join")));
    }
    for place in 0.. {
        let what = page.value(&format!("condition-{place}-what"));
        if what.is_empty() {
            break;
        }
        for part in ["what", "how", "value", "to"] {
            let name = format!("condition-{place}-{part}");
            if page.body.contains(&format!("name=\"{name}\"")) {
                let value = page.value(&name);
                // A browser sends the first option of a select in which none is chosen.
                all.push((name.clone(), if value.is_empty() { first_option(page, &name) } else { value }));
            }
        }
    }
    all
}

fn first_option(page: &Page, name: &str) -> String {
    let Some((_, rest)) = page.body.split_once(&format!("<select id=\"field-{name}\"")) else {
        return String::new();
    };
    let (_, rest) = rest.split_once("<option value=\"").unwrap();
    rest.split('"').next().unwrap().to_string()
}

fn post(site: &Site, path: &str, fields: &[(String, String)], more: &[(&str, &str)]) -> Page {
    let mut all: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name))
        .collect();
    all.extend_from_slice(more);
    site.post(path, &all)
}

/// Adds rows by the form's button and fills them in: `(what, how, value)`.
fn fill(site: &Site, path: &str, rows: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    let mut fields = typed(&site.get(path));
    for (what, how, value) in rows {
        let page = post(site, path, &fields, &[("condition-new", what), ("condition-do", "add")]);
        assert_eq!(page.status, 200, "{}", page.text());
        fields = typed(&page);
        let place = fields.iter().filter(|(name, _)| name.ends_with("-what")).count() - 1;
        for (part, typed) in [("how", *how), ("value", *value)] {
            let name = format!("condition-{place}-{part}");
            let field =
                fields.iter_mut().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}"));
            field.1 = typed.to_string();
        }
    }
    fields
}

fn saved(site: &Site) -> Condition {
    store(site).segments().unwrap().pop().unwrap().condition
}

#[test]
fn a_segment_is_made_by_buttons_alone_and_says_what_it_is_and_how_many() {
    let site = site();
    assert!(site.get("/admin/segments").says(segments::NO_SEGMENTS.ja));
    let rows = [("field.pref", "equals", "東京"), ("field.age", "at_least", "１０"), ("tag", "is", "VIP")];
    let mut fields = fill(&site, "/admin/segments/new", &rows);
    fields[0].1 = "東京のVIP".to_string();
    let counted = post(&site, "/admin/segments/new", &fields, &[("count", "1")]);
    assert!(counted.says("都道府県が「東京」、かつ年齢が10以上、かつタグ「VIP」"), "{}", counted.text());
    assert!(counted.says("1人") && counted.says("0人"), "each list: {}", counted.text());
    assert!(store(&site).segments().unwrap().is_empty(), "counting stores nothing");
    assert_eq!(counted.value("name"), "東京のVIP");

    assert_eq!(post(&site, "/admin/segments/new", &fields, &[]).leads_to(), "/admin/segments?done=saved");
    let expected = r#"{"all":[{"field":{"key":"pref","is":"equals","value":"東京"}},{"field":{"key":"age","is":"at_least","value":"10"}},{"tag":"VIP"}]}"#;
    assert_eq!(saved(&site).to_json(), expected);
    assert!(site.get("/admin/segments").says("都道府県が「東京」"));
    // Opened and stored again it is the same.
    let page = site.get("/admin/segments/1");
    assert_eq!(post(&site, "/admin/segments/1", &typed(&page), &[]).status, 303);
    assert_eq!(saved(&site).to_json(), expected);
}

#[test]
fn every_kind_of_row_reads_back_from_the_page_as_it_was_stored() {
    let site = site();
    let text = site.scratch("text");
    std::fs::write(&text, "本文\n").unwrap();
    let file = text.to_str().unwrap();
    site.neo(&["broadcast", "create", "--list", "news", "--subject", "春号", "--text", file, "--at", "now"])
        .ok();
    site.neo(&["tick"]).ok();
    for condition in [
        r#"{"any":[{"field":{"key":"pref","is":"not","value":"大阪"}},{"field":{"key":"note","is":"contains","value":"花"}}]}"#,
        r#"{"all":[{"field":{"key":"born","is":"anniversary","value":"today+7"}},{"field":{"key":"born","is":"month","value":"this"}}]}"#,
        r#"{"all":[{"field":{"key":"born","is":"before","value":"2000-01-01"}},{"field":{"key":"born","is":"anniversary","value":"--03-05"}}]}"#,
        r#"{"all":[{"field":{"key":"member","is":"equals","value":"yes"}},{"field":{"key":"note","is":"empty"}}]}"#,
        r#"{"all":[{"not":{"opened":{"last":10}}},{"clicked":{"message":1}},{"not":{"on_list":"tea"}}]}"#,
        r#"{"all":[{"joined_between":{"from":"2026-01-01","to":"today-7"}},{"not":{"joined_between":{"from":"today-30"}}}]}"#,
        r#"{"all":[{"way":"import"},{"not":{"way":"form"}},{"not":{"tag":"VIP"}}]}"#,
        // Nested: as JSON.
        r#"{"any":[{"all":[{"tag":"VIP"},{"way":"form"}]},{"not":{"any":[{"tag":"VIP"}]}}]}"#,
    ] {
        let condition = Condition::parse_json(condition).unwrap();
        let store = store(&site);
        let id = store.add_segment("x", &condition, NOON).unwrap();
        let path = format!("/admin/segments/{id}");
        let page = site.get(&path);
        assert_eq!(page.status, 200);
        let mut fields = typed(&page);
        if page.body.contains("name=\"condition-json\"") {
            fields.push(("condition-json".to_string(), page.value("condition-json")));
        }
        let page = post(&site, &path, &fields, &[]);
        assert_eq!(page.status, 303, "{}: {}", condition.to_json(), page.text());
        assert_eq!(store.segment(id).unwrap().condition, condition);
        store.remove_segment(id).unwrap();
    }
}

#[test]
fn rows_are_taken_out_and_what_was_typed_stays() {
    let site = site();
    let rows = [("field.note", "contains", "花"), ("field.age", "less", "千"), ("tag", "not", "VIP")];
    let fields = fill(&site, "/admin/segments/new", &rows);
    let page = post(
        &site,
        "/admin/segments/new",
        &fields,
        &[("condition-join", "any"), ("condition-do", "remove-0")],
    );
    assert_eq!(page.status, 200);
    assert_eq!(
        (page.value("condition-0-what"), page.value("condition-0-value")),
        ("field.age".into(), "千".into())
    );
    assert_eq!((page.value("condition-1-how"), page.value("condition-join")), ("not".into(), "any".into()));
    assert!(!page.body.contains("condition-2-what"));
    for odd in ["remove-9", "remove-x", "dance"] {
        let page = post(&site, "/admin/segments/new", &fields, &[("condition-do", odd)]);
        assert!(page.status == 200 && page.body.contains("condition-2-what"), "{odd}");
    }
}

#[test]
fn what_is_wrong_is_said_at_its_row_and_everything_typed_is_kept() {
    let site = site();
    for (what, how, value, number) in [
        ("field.age", "at_least", "千", 1117),
        ("field.age", "equals", "", 1006),
        ("field.age", "equals", "千", 1103),
        ("field.born", "anniversary", "いつか", 1117),
        ("field.born", "month", "13", 1117),
        ("field.note", "contains", " ", 1117),
        ("joined", "is", "いつか", 1117),
        ("joined", "is", "", 1117),
    ] {
        let mut fields = fill(&site, "/admin/segments/new", &[("tag", "is", "VIP"), (what, how, value)]);
        fields[0].1 = "名前".to_string();
        for more in [&[][..], &[("count", "1")]] {
            let page = post(&site, "/admin/segments/new", &fields, more);
            assert_eq!(page.status, 422, "{what} {how} {value}");
            assert!(page.says(&format!("E{number}")), "{what} {how} {value}: {}", page.text());
            assert!(page.body.contains("href=\"#field-condition-1-value\""), "{}", page.text());
            assert_eq!((page.value("name"), page.value("condition-1-how")), ("名前".into(), how.into()));
            assert_eq!(page.value("condition-1-value"), value);
        }
    }
    let fields = fill(&site, "/admin/segments/new", &[("tag", "is", "VIP")]);
    let page = post(&site, "/admin/segments/new", &fields, &[("name", " ")]);
    assert!(page.status == 422 && page.says("E1006") && page.says(segments::NAME.ja), "{}", page.text());
    let page = site.post("/admin/segments/new", &[("name", "みんな")]);
    assert!(page.status == 422 && page.says("E1114"), "{}", page.text());
    // What is not there cannot be asked for, whatever a browser sends.
    for (what, value, number) in [
        ("field.unknown", "x", 2100),
        ("tag", "いない", 1118),
        ("list", "none", 2009),
        ("opened", "99", 2011),
        ("moon", "x", 1117),
    ] {
        let sent = [
            ("name", "x"),
            ("condition-0-what", what),
            ("condition-0-how", "is"),
            ("condition-0-value", value),
        ];
        let page = site.post("/admin/segments/new", &sent);
        assert!(page.status == 422 && page.says(&format!("E{number}")), "{what}: {}", page.text());
    }
    assert!(store(&site).segments().unwrap().is_empty());
}

#[test]
fn a_name_is_given_once_and_a_segment_can_be_removed() {
    let site = site();
    let fields = fill(&site, "/admin/segments/new", &[("tag", "is", "VIP")]);
    assert_eq!(post(&site, "/admin/segments/new", &fields, &[("name", "VIP")]).status, 303);
    let page = post(&site, "/admin/segments/new", &fields, &[("name", "VIP")]);
    assert!(page.status == 422 && page.says("E1011"), "{}", page.text());
    site.get("/admin/segments/1");
    assert_eq!(site.post("/admin/segments/1/remove", &[]).leads_to(), "/admin/segments?done=removed");
    assert_eq!(site.get("/admin/segments/1").status, 404);
}

#[test]
fn the_page_of_a_tag_leads_to_its_readers() {
    let site = site();
    let page = site.get("/admin/segments/new?tag=1");
    assert!(page.says("タグ「VIP」") && page.says("2人"), "{}", page.text());
    assert_eq!(page.value("condition-0-value"), "VIP");
    assert_eq!(site.get("/admin/segments/new?tag=99").status, 200);
}

#[test]
fn a_page_with_very_many_readers_says_at_least_and_can_look_at_all() {
    let site = site();
    let file = site.data().join("neo.sqlite");
    fill_up(&file, 45_000);
    let fields = fill(&site, "/admin/segments/new", &[("field.age", "at_most", "100")]);
    assert_eq!(post(&site, "/admin/segments/new", &fields, &[("name", "x")]).status, 303);
    let page = site.get("/admin/segments/1");
    assert!(page.says("少なくとも") && page.says("20,000人まで調べました"), "{}", page.text());
    let page = site.get("/admin/segments/1?all=1");
    assert!(page.says("45,003人") && !page.says("少なくとも"), "{}", page.text());
}

#[expect(clippy::disallowed_methods, reason = "the test fills the file faster than the store would")]
fn fill_up(file: &std::path::Path, count: i64) {
    rusqlite::Connection::open(file)
        .unwrap()
        .execute_batch(&format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})
             insert into subscribers (address, address_key, fields, created_at)
               select 'm' || i || '@example.jp', 'm' || i || '@example.jp', '{{\"age\":\"5\"}}', 0 from n;
             insert into subscriptions (list_id, subscriber_id, state, asked_at, joined_at)
               select 1, id, 'confirmed', 0, 0 from subscribers where address_key like 'm%' order by id;"
        ))
        .unwrap();
}

#[test]
fn nothing_that_is_typed_becomes_html_or_sql() {
    let site = site();
    let evil = "'); drop table subscribers; --<script>alert(1)</script>";
    let fields = fill(&site, "/admin/segments/new", &[("field.note", "contains", evil)]);
    assert_eq!(post(&site, "/admin/segments/new", &fields, &[("name", evil)]).status, 303);
    for path in ["/admin/segments", "/admin/segments/1"] {
        let page = site.get(path);
        assert!(page.status == 200 && !page.body.contains("<script"), "{path}");
    }
    assert_eq!(site.neo(&["list", "show", "news", "--json"]).json()["counts"]["confirmed"], 4);
}

#[test]
fn strangers_and_forgers_get_nowhere() {
    let site = site();
    assert_eq!(site.post_exactly("/admin/segments/new", &[("name", "x")]).status, 403);
    site.forget_cookies();
    for path in ["/admin/segments", "/admin/segments/new", "/admin/segments/1"] {
        assert_eq!(site.get(path).leads_to(), "/admin/login", "{path}");
    }
}
