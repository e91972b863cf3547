//! The owner's own fields: declared on a page or by command, asked for by forms, changed by reader and owner, taken away.
//! Not the kinds' rules one by one: domain/field.
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

use neo::texts::fields;
use reader::{link, record, sign_up, site_with, store};
use support::{NOON, Page, Site};

/// A field for each kind; the form of `news` asks for four of them.
fn site() -> Site {
    let site = site_with(&[("news", "double"), ("tea", "double")]);
    site.at(NOON);
    for (key, label, kind, more) in [
        (
            "pref",
            "都道府県",
            "choice",
            &["--choice", "東京", "--choice", "大阪", "--ask", "news", "--required"][..],
        ),
        ("born", "誕生日", "birthday", &["--ask", "news"]),
        ("age", "年齢", "number", &["--ask", "news"]),
        ("shop", "来店日", "date", &["--ask", "news"]),
        ("member", "会員", "yes-no", &["--ask", "tea"]),
        ("note", "ひとこと", "text", &[]),
    ] {
        let mut arguments = vec!["field", "add", key, "--label", label, "--kind", kind];
        arguments.extend_from_slice(more);
        site.neo(&arguments).ok();
    }
    site.sign_in();
    site
}

fn value(site: &Site, address: &str, key: &str) -> String {
    record(site, "news", address)["fields"][key].as_str().unwrap_or_default().to_string()
}

fn id_of(site: &Site, list: &str, address: &str) -> i64 {
    record(site, list, address)["id"].as_i64().unwrap()
}

fn places(page: &Page, words: &[&str]) -> Vec<usize> {
    words
        .iter()
        .map(|word| page.body.find(word).unwrap_or_else(|| panic!("{word}: {}", page.text())))
        .collect()
}

#[test]
fn a_field_is_made_on_its_page_and_what_is_wrong_is_said_with_everything_typed_kept() {
    let site = Site::new();
    site.sign_in();
    assert!(site.get("/admin/fields").says(fields::NO_FIELDS.ja));
    let good = [("label", "誕生日"), ("key", "Birthday"), ("kind", "birthday"), ("choices", "")];
    let page = site.post("/admin/fields/new", &good);
    assert_eq!(page.leads_to(), "/admin/fields?done=added");
    let page = site.get("/admin/fields");
    assert!(page.says("誕生日") && page.says("{{ field.birthday }}") && page.says(fields::KIND_BIRTHDAY.ja));

    for (field, typed, number) in [
        ("key", "誕生日", 1100),
        ("key", "email", 1101),
        ("key", "birthday", 1011),
        ("label", " ", 1006),
        ("choices", "", 1102),
    ] {
        let mut sent = vec![("label", "色"), ("key", "colour"), ("kind", "choice"), ("choices", "赤\n青")];
        sent.iter_mut().find(|(name, _)| *name == field).unwrap().1 = typed;
        let page = site.post("/admin/fields/new", &sent);
        assert_eq!(page.status, 422, "{field}");
        assert!(
            page.says(&format!("E{number}")) && page.body.contains(&format!("href=\"#field-{field}\"")),
            "{}",
            page.text()
        );
        assert!(!page.says("labelを") && !page.says("choicesを"), "{}", page.text());
        for (name, typed) in sent {
            assert_eq!(page.value(name), typed, "{name} after a mistake in {field}");
        }
    }
    assert_eq!(store(&site).fields().unwrap().len(), 1);
}

#[test]
fn label_and_choices_change_and_key_and_kind_stay() {
    let site = site();
    let page = site.get("/admin/fields/1");
    assert_eq!(page.value("choices"), "東京\n大阪");
    let sent = [("label", "お住まい"), ("key", "other"), ("kind", "text"), ("choices", "東京\r\n京都")];
    assert_eq!(site.post("/admin/fields/1", &sent).leads_to(), "/admin/fields?done=saved");
    let field = store(&site).fields().unwrap().remove(0);
    assert_eq!((field.key.as_str(), field.kind.word(), field.label.as_str()), ("pref", "choice", "お住まい"));
    assert_eq!(field.choices, ["東京", "京都"]);
}

#[test]
fn fields_move_up_and_down() {
    let site = site();
    let order = || -> Vec<String> {
        store(&site).fields().unwrap().iter().map(|field| field.key.as_str().to_string()).collect()
    };
    site.get("/admin/fields");
    site.post("/admin/fields/2/up", &[]);
    assert_eq!(order()[..3], ["born", "pref", "age"]);
    site.post("/admin/fields/2/down", &[]);
    site.post("/admin/fields/2/down", &[]);
    assert_eq!(order()[..3], ["pref", "age", "born"]);
    site.post("/admin/fields/1/up", &[]);
    site.post("/admin/fields/6/down", &[]);
    assert_eq!(order(), ["pref", "age", "born", "shop", "member", "note"]);
}

#[test]
fn the_form_asks_for_what_the_owner_chose_in_her_order() {
    let site = site();
    let page = site.get("/f/news");
    let found = places(&page, &["都道府県", "誕生日", "年齢", "来店日"]);
    assert!(found.is_sorted(), "{found:?}");
    assert!(!page.says("会員") && !page.says("ひとこと"));
    assert!(page.body.contains("type=\"date\"") && page.body.contains("type=\"number\""));

    let page = site.get("/admin/forms/1/fields");
    assert_eq!((page.value("ask-1"), page.value("place-1")), ("required".to_string(), "1".to_string()));
    assert_eq!((page.value("ask-5"), page.value("place-5")), (String::new(), String::new()));
    let chosen = [
        ("ask-1", "optional"),
        ("place-1", "9"),
        ("ask-2", ""),
        ("place-2", "1"),
        ("ask-3", ""),
        ("ask-4", ""),
        ("ask-5", "required"),
        ("place-5", "1"),
        ("ask-6", "optional"),
        ("place-6", "2"),
    ];
    assert_eq!(site.post("/admin/forms/1/fields", &chosen).leads_to(), "/admin/forms/1?done=saved");
    let page = site.get("/f/news");
    let found = places(&page, &["会員", "ひとこと", "都道府県"]);
    assert!(found.is_sorted() && !page.says("誕生日"), "{}", page.text());
    let owner = site.get("/admin/forms/1");
    assert!(owner.says("会員必須") || owner.says("会員 必須"), "{}", owner.text());
    assert!(!site.get("/f/tea").says("都道府県"), "the other form asks what it asked");
}

#[test]
fn what_a_reader_types_is_stored_in_its_one_form() {
    let site = site();
    let sent = [
        ("email", "hanako@example.jp"),
        ("pref", "東京"),
        ("born", "昭和55年3月5日"),
        ("age", "４６"),
        ("shop", "２０２６/１/９"),
        ("note", "聞いていません"),
        ("member", "1"),
    ];
    let page = sign_up(&site, "news", &sent, "10.0.0.1");
    assert_eq!(page.status, 200, "{}", page.text());
    for (key, stored) in [
        ("pref", "東京"),
        ("born", "1980-03-05"),
        ("age", "46"),
        ("shop", "2026-01-09"),
        ("note", ""),
        ("member", ""),
    ] {
        assert_eq!(value(&site, "hanako@example.jp", key), stored, "{key}");
    }
    let page = site.get(&format!("/admin/subscribers/{}", id_of(&site, "news", "hanako@example.jp")));
    assert!(page.says("誕生日") && page.says("1980-03-05"), "{}", page.text());
}

#[test]
fn what_a_reader_typed_wrong_is_shown_again_with_what_is_wrong() {
    let site = site();
    let good = [
        ("email", "hanako@example.jp"),
        ("name", "花子"),
        ("pref", "大阪"),
        ("born", "3月5日"),
        ("age", "46"),
        ("shop", ""),
    ];
    for (field, typed, number, label) in [
        ("pref", "", 1006, "都道府県"),
        ("pref", "京都", 1106, "都道府県"),
        ("born", "春", 1105, "誕生日"),
        ("age", "たくさん", 1103, "年齢"),
        ("shop", "来週", 1104, "来店日"),
    ] {
        let mut sent = good.to_vec();
        sent.iter_mut().find(|(name, _)| *name == field).unwrap().1 = typed;
        let page = sign_up(&site, "news", &sent, "10.0.0.1");
        assert_eq!(page.status, 422, "{field}");
        assert!(page.says(&format!("E{number}")) && page.says(label), "{}", page.text());
        assert!(page.body.contains(&format!("href=\"#field-{field}\"")), "{field}");
        for (name, typed) in sent {
            assert_eq!(page.value(name), typed, "{name} after a mistake in {field}");
        }
        assert!(!page.body.contains("type=\"date\""), "a browser would not show {typed}");
    }
    assert_ne!(site.neo(&["subscriber", "show", "news", "hanako@example.jp"]).code, 0);
}

#[test]
fn a_pasted_form_asks_the_same_and_what_was_pasted_before_still_works() {
    let site = site();
    let page = site.get("/admin/forms/1/html");
    let found =
        places(&page, &["name=\"pref\" required", "name=\"born\"", "type=\"number\"", "type=\"date\""]);
    assert!(found.is_sorted() && page.body.contains("value=\"大阪\""), "{}", page.body);
    // A form of before the fields does not know the optional ones; the required one it must tell.
    let page = sign_up(&site, "news", &[("email", "a@example.jp"), ("pref", "東京")], "10.0.0.1");
    assert_eq!(page.status, 200);
    assert_eq!(sign_up(&site, "news", &[("email", "b@example.jp")], "10.0.0.1").status, 422);
}

#[test]
fn a_strangers_form_does_not_change_the_fields_of_a_reader() {
    let site = site();
    site.neo(&["subscriber", "add", "news", "hanako@example.jp", "--confirmed", "--field", "pref=東京"]).ok();
    sign_up(&site, "news", &[("email", "hanako@example.jp"), ("pref", "大阪")], "10.0.0.1");
    sign_up(&site, "tea", &[("email", "hanako@example.jp"), ("member", "yes")], "10.0.0.1");
    let record = record(&site, "news", "hanako@example.jp");
    assert_eq!(record["fields"], serde_json::json!({ "pref": "東京" }));
}

#[test]
fn a_reader_changes_her_own_values_on_her_page() {
    let site = site();
    let add = [
        "subscriber",
        "add",
        "news",
        "hanako@example.jp",
        "--confirmed",
        "--field",
        "pref=東京",
        "--field",
        "age=46",
    ];
    site.neo(&[&add[..], &["--field", "note=内緒"]].concat()).ok();
    let text = site.scratch("text");
    std::fs::write(&text, "{{ preferences_url }} {{ field.pref }}\n").unwrap();
    site.neo(&[
        "broadcast",
        "create",
        "--list",
        "news",
        "--subject",
        "S",
        "--text",
        text.to_str().unwrap(),
        "--at",
        "now",
    ])
    .ok();
    site.neo(&["tick"]).ok();
    let own = link(&site, "hanako@example.jp", "p");
    site.forget_cookies();

    let page = site.get(&own);
    assert_eq!(
        (page.value("pref"), page.value("age"), page.value("born")),
        ("東京".into(), "46".into(), String::new())
    );
    assert!(
        !page.says("ひとこと") && !page.body.contains("内緒"),
        "only what the form asks is hers to see here"
    );
    let shown = [("shown", "1"), ("list-1", "1"), ("name", "花子")];
    let wrong = [&shown[..], &[("pref", "大阪"), ("born", "春"), ("age", ""), ("shop", "")]].concat();
    let page = site.post(&own, &wrong);
    assert_eq!(page.status, 422);
    assert!(page.says("E1105") && page.body.contains("href=\"#field-born\""), "{}", page.text());
    assert_eq!(
        (page.value("pref"), page.value("born"), page.value("name")),
        ("大阪".into(), "春".into(), "花子".into())
    );
    assert_eq!(value(&site, "hanako@example.jp", "pref"), "東京", "nothing is stored by halves");

    let right = [&shown[..], &[("pref", "大阪"), ("born", "3/5"), ("age", ""), ("shop", "")]].concat();
    assert_eq!(site.post(&own, &right).status, 200);
    let stored = record(&site, "news", "hanako@example.jp");
    assert_eq!(stored["fields"], serde_json::json!({ "pref": "大阪", "born": "--03-05", "note": "内緒" }));
    assert_eq!((&stored["name"], &stored["state"]), (&"花子".into(), &"confirmed".into()));
    // What a program does not send stays; what is required cannot be emptied.
    site.post(&own, &[("shown", "1"), ("list-1", "1")]);
    assert_eq!(value(&site, "hanako@example.jp", "pref"), "大阪");
    assert_eq!(site.post(&own, &[&shown[..], &[("pref", "")]].concat()).status, 422);
}

#[test]
fn the_owner_edits_name_fields_and_tags_of_a_reader() {
    let site = site();
    site.neo(&[
        "subscriber",
        "add",
        "news",
        "hanako@example.jp",
        "--confirmed",
        "--field",
        "other=x",
        "--tag",
        "VIP",
    ])
    .ok();
    let own = format!("/admin/subscribers/{}", id_of(&site, "news", "hanako@example.jp"));
    let page = site.get(&format!("{own}/edit"));
    assert_eq!((page.value("tags"), page.value("pref")), ("VIP".to_string(), String::new()));
    let sent = [("name", "山田 花子"), ("pref", ""), ("age", "千"), ("tags", "VIP、春, 春")];
    let page = site.post(&format!("{own}/edit"), &sent);
    assert_eq!(page.status, 422);
    assert!(
        page.says("E1103") && page.value("age") == "千" && page.value("tags") == "VIP、春, 春",
        "{}",
        page.text()
    );

    let sent =
        [("name", "山田 花子"), ("pref", "東京"), ("age", "1,000"), ("member", "no"), ("tags", "春、常連")];
    assert_eq!(site.post(&format!("{own}/edit"), &sent).leads_to(), format!("{own}?done=saved"));
    let stored = record(&site, "news", "hanako@example.jp");
    assert_eq!(
        stored["fields"],
        serde_json::json!({ "pref": "東京", "age": "1000", "member": "no", "other": "x" })
    );
    assert_eq!((&stored["name"], &stored["tags"]), (&"山田 花子".into(), &serde_json::json!(["常連", "春"])));
    let page = site.get(&own);
    assert!(page.says("いいえ") && page.says("春") && page.says("other"), "{}", page.text());
    site.neo(&["subscriber", "erase", "news", "hanako@example.jp"]).ok();
    assert_eq!(site.get(&format!("{own}/edit")).status, 404);
    assert!(
        store(&site).tags().unwrap().iter().all(|tag| tag.count == 0),
        "an erased reader carries nothing"
    );
}

#[test]
fn the_command_checks_declared_fields_and_takes_others_as_text() {
    let site = site();
    let add = |pair: &str| {
        site.neo(&["subscriber", "add", "news", "hanako@example.jp", "--confirmed", "--field", pair])
    };
    add("AGE=１，２００").ok();
    add("Color=あか").ok();
    assert_eq!(value(&site, "hanako@example.jp", "age"), "1200");
    assert_eq!(value(&site, "hanako@example.jp", "Color"), "あか");
    let refused = add("age=たくさん");
    assert_eq!(refused.code, 65);
    assert!(refused.err.contains("E1103") && refused.err.contains("年齢"), "{}", refused.err);
    assert_eq!(add("a-b=1").code, 65);
    let listed = site.neo(&["field", "list", "--json"]).json();
    assert_eq!(listed[0]["choices"], serde_json::json!(["東京", "大阪"]));
    assert_eq!(site.neo(&["field", "add", "pref"]).code, 65);
}

#[test]
fn a_field_that_is_removed_keeps_its_values_until_the_owner_says_otherwise() {
    let site = site();
    for number in 0..5 {
        let address = format!("r{number}@example.jp");
        site.neo(&[
            "subscriber",
            "add",
            "news",
            &address,
            "--confirmed",
            "--field",
            "pref=東京",
            "--field",
            "age=1",
        ])
        .ok();
    }
    let remove = |id: i64| {
        site.get(&format!("/admin/fields/{id}"));
        assert_eq!(
            site.post(&format!("/admin/fields/{id}/remove"), &[]).leads_to(),
            "/admin/fields?done=field-removed"
        );
    };
    remove(1);
    assert!(!site.get("/f/news").says("都道府県"));
    assert_eq!(value(&site, "r1@example.jp", "pref"), "東京");
    let again = site
        .post("/admin/fields/new", &[("label", "県"), ("key", "pref"), ("kind", "text"), ("choices", "")]);
    assert!(again.status == 422 && again.says("E1109"), "{}", again.text());

    // Back again, the form asks for it where it did.
    site.get("/admin/fields");
    assert_eq!(site.post("/admin/fields/1/restore", &[]).leads_to(), "/admin/fields?done=restored");
    assert!(site.get("/f/news").says("都道府県"));

    site.get("/admin/fields");
    site.post("/admin/fields/1/erase", &[]);
    site.neo(&["tick"]).ok();
    assert_eq!(value(&site, "r1@example.jp", "pref"), "東京", "a field in use cannot be erased");
    remove(1);
    site.get("/admin/fields");
    assert_eq!(site.post("/admin/fields/1/erase", &[]).leads_to(), "/admin/fields?done=erasing");
    assert!(site.get("/admin/fields").says(fields::BEING_ERASED.ja));
    site.neo(&["tick"]).ok();
    for number in 0..5 {
        let record = record(&site, "news", &format!("r{number}@example.jp"));
        assert_eq!(record["fields"], serde_json::json!({ "age": "1" }));
    }
    assert!(!site.get("/admin/fields").says("都道府県"));
    site.neo(&["field", "add", "pref"]).ok();
}

#[test]
fn strangers_see_and_change_nothing_of_the_owners_pages() {
    let site = site();
    assert_eq!(site.post_exactly("/admin/fields/1/remove", &[]).status, 403);
    site.forget_cookies();
    for path in [
        "/admin/fields",
        "/admin/fields/new",
        "/admin/fields/1",
        "/admin/forms/1/fields",
        "/admin/subscribers/1/edit",
    ] {
        assert_eq!(site.get(path).leads_to(), "/admin/login", "{path}");
    }
    assert_eq!(store(&site).fields().unwrap().len(), 6);
}

/// A stored broadcast with this text, and its page.
fn draft(site: &Site, text: &str) -> Page {
    let page = site
        .post("/admin/broadcasts/new", &[("list", "1"), ("subject", "春号"), ("text", text), ("html", "")]);
    assert_eq!(page.status, 303, "{}", page.text());
    site.get(page.leads_to().split('?').next().unwrap())
}

#[test]
fn before_sending_the_page_says_who_has_no_value_and_what_they_get() {
    let site = site();
    for (address, more) in [
        ("a@example.jp", &["--field", "pref=東京", "--field", "age=30"][..]),
        ("b@example.jp", &["--field", "age=9"]),
        ("c@example.jp", &[]),
    ] {
        site.neo(&[&["subscriber", "add", "news", address, "--confirmed"][..], more].concat()).ok();
    }
    let page = draft(&site, "こんにちは\n{{ field.pref or \"日本\" }}のみなさま\n{{ field.age }}歳");
    assert!(
        page.says(
            "2人の読者に「都道府県」の値がありません。 その方には次のように届きます:「日本のみなさま」"
        ),
        "{}",
        page.text()
    );
    assert!(
        page.says("1人の読者に「年齢」の値がありません。 その方には次のように届きます:「歳」"),
        "{}",
        page.text()
    );
    let page = draft(&site, "{{ field.prefecture }}のみなさま");
    assert!(
        page.says("「prefecture」という項目は登録されていません") && page.says("3人の読者"),
        "{}",
        page.text()
    );
    // A value that came by command under a key that nobody declared.
    for address in ["a@example.jp", "b@example.jp", "c@example.jp"] {
        site.neo(&["subscriber", "add", "news", address, "--confirmed", "--field", "Color=赤"]).ok();
    }
    let page = draft(&site, "{{ field.Color }}");
    assert!(
        page.says("「Color」という項目は登録されていません") && !page.says("人の読者に"),
        "{}",
        page.text()
    );
    assert!(!draft(&site, "{{ name }}さま").says("値がありません"));
    assert!(site.get("/admin/broadcasts/new").says("{{ field.pref }}"), "the help names the fields");
}

#[test]
fn before_sending_the_page_names_the_field_and_the_readers_for_whom_the_text_breaks() {
    let site = site();
    for (address, note) in
        [("a@example.jp", "12"), ("b@example.jp", "十二"), ("c@example.jp", "十二"), ("d@example.jp", "")]
    {
        site.neo(&["subscriber", "add", "news", address, "--confirmed", "--field", &format!("note={note}")])
            .ok();
    }
    let page = draft(&site, "{% if field.note %}{{ field.note | int + 1 }}点{% endif %}です");
    assert!(page.says("「ひとこと」が「十二」の読者2人には"), "{}", page.text());
    assert!(page.says("b@example.jp") && page.says("E1015"), "{}", page.text());
    assert!(!page.says("「12」"), "{}", page.text());
    assert!(page.says("その方には次のように届きます:「です」"), "{}", page.text());
}
