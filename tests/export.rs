//! Readers out: what a spreadsheet sees, what comes back in, in both encodings, without growing with the list.
//! Not the pages (export_pages).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

use serde_json::{Value, json};
use support::Site;

/// Values that a spreadsheet would run, or that break careless files.
const ODD: [&str; 9] =
    ["=HYPERLINK(\"http://x\")", "+81", "-1", "@SUM(1)", "'=1", "''-", "a,\"b\"", "'", "普通"];

fn site() -> Site {
    let site = Site::new();
    site.at(support::NOON);
    site.neo(&["list", "add", "news", "--from", "さくら堂 <news@sakurado.example.jp>"]).ok();
    site.neo(&["list", "add", "other", "--from", "さくら堂 <news@sakurado.example.jp>"]).ok();
    site
}

fn add(site: &Site, list: &str, address: &str, name: &str) {
    site.neo(&["subscriber", "add", list, address, &format!("--name={name}"), "--confirmed"]).ok();
}

/// The output of an export, byte for byte.
fn export(site: &Site, more: &[&str]) -> Vec<u8> {
    let output = site.command().args(["export", "news"]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    String::from_utf8(bytes.to_vec())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn no_cell_of_an_export_is_a_formula_and_an_import_gives_every_value_back() {
    let site = site();
    for (number, name) in ODD.iter().enumerate() {
        add(&site, "news", &format!("=r{number}@example.jp"), name);
    }
    let csv = export(&site, &[]);
    let text = String::from_utf8(csv.clone()).unwrap();
    assert!(text.starts_with("\u{FEFF}メールアドレス,"), "{text}");
    for line in text.lines().skip(1) {
        assert!(line.starts_with("'=r"), "{line}");
        for cell in line.split(",\"").chain(line.split(',')) {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{line}");
        }
    }
    let before = lines(&export(&site, &["--format", "jsonl"]));
    let file = site.scratch("out.csv");
    std::fs::write(&file, csv).unwrap();
    let report = site.neo(&["import", "other", file.to_str().unwrap(), "--json"]).json();
    assert_eq!((&report["added"], &report["rejected"]), (&json!(9), &json!(0)));
    let output = site.command().args(["export", "other", "--format", "jsonl"]).output().unwrap();
    let after = lines(&output.stdout);
    let known = |line: &Value| (line["email"].clone(), line["name"].clone());
    let mut names: Vec<_> = before.iter().map(known).collect();
    let mut again: Vec<_> = after.iter().map(known).collect();
    names.sort_by_key(|(email, _)| email.to_string());
    again.sort_by_key(|(email, _)| email.to_string());
    assert_eq!(names, again);
    assert_eq!(names.len(), ODD.len());
}

#[test]
fn fields_tags_states_and_dates_are_in_it_and_come_back_on_another_site() {
    let first = site();
    let text = "email,name,tags,会社\na@example.jp,花子,\"春,A;B\",さくら堂\nb@example.jp,太郎,秋,\n";
    let file = first.scratch("in.csv");
    std::fs::write(&file, text).unwrap();
    first.neo(&["import", "news", file.to_str().unwrap(), "--map", "会社=company"]).ok();
    first.neo(&["subscriber", "add", "news", "pending@example.jp"]).ok();
    let found = lines(&export(&first, &["--format", "jsonl"]));
    let hanako = found.iter().find(|line| line["email"] == "a@example.jp").unwrap();
    assert_eq!(hanako["tags"].as_array().unwrap().len(), 2);
    assert_eq!(hanako["fields"], json!({ "company": "さくら堂" }));
    assert_eq!(
        (&hanako["state"], &hanako["joined_at"]),
        (&json!("confirmed"), &json!("2026-11-24T10:00:00+09:00"))
    );
    assert_eq!(lines(&export(&first, &["--format", "jsonl", "--state", "pending"])).len(), 1);

    let second = site();
    second.neo(&["setting", "set", "language", "ja"]).ok();
    let out = second.scratch("out.csv");
    std::fs::write(&out, export(&first, &[])).unwrap();
    let report =
        second.neo(&["import", "news", out.to_str().unwrap(), "--map", "会社=company", "--json"]).json();
    assert_eq!(
        (&report["added"], &report["rejected"]),
        (&json!(2), &json!(1)),
        "who has not confirmed stays out"
    );
    let back = lines(&export(&second, &["--format", "jsonl"]));
    let again = back.iter().find(|line| line["email"] == "a@example.jp").unwrap();
    assert_eq!((&again["tags"], &again["fields"]), (&hanako["tags"], &hanako["fields"]));
}

#[test]
fn for_old_excel_letters_it_has_are_kept_and_those_it_lacks_are_said() {
    let site = site();
    add(&site, "news", "a@example.jp", "髙橋〜①㈱");
    add(&site, "news", "b@example.jp", "𠮷野😀");
    let output = site.command().args(["export", "news", "--encoding", "cp932"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("2 letters"), "{output:?}");
    let text = encoding(&output.stdout);
    assert!(text.contains("髙橋～①㈱") && text.contains("〓野〓"), "{text}");
    let file = site.scratch("out.csv");
    std::fs::write(&file, &output.stdout).unwrap();
    let report = site.neo(&["import", "other", file.to_str().unwrap(), "--json"]).json();
    assert_eq!((&report["encoding"], &report["added"]), (&json!("cp932"), &json!(2)));
}

fn encoding(bytes: &[u8]) -> String {
    neo::transfer::encoding::Encoding::Cp932.text(bytes).unwrap().into_owned()
}

#[test]
fn a_list_of_many_pages_is_exported_whole_once_and_without_who_was_erased() {
    let site = site();
    let mut text = "email\n".to_string();
    (0..1700).for_each(|number| text.push_str(&format!("reader{number}@example.jp\n")));
    let file = site.scratch("in.csv");
    std::fs::write(&file, text).unwrap();
    for list in ["other", "news"] {
        site.neo(&["import", list, file.to_str().unwrap()]).ok();
    }
    site.neo(&["subscriber", "erase", "news", "reader77@example.jp"]).ok();
    let found = lines(&export(&site, &["--format", "jsonl"]));
    let mut addresses: Vec<&str> = found.iter().map(|line| line["email"].as_str().unwrap()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!((found.len(), addresses.len()), (1699, 1699));
    assert!(!addresses.contains(&"reader77@example.jp") && !addresses.contains(&""));
}

#[test]
fn only_who_matches_a_saved_segment_or_a_condition_in_a_file_is_exported() {
    let site = site();
    site.neo(&["field", "add", "pref", "--label", "都道府県", "--kind", "text"]).ok();
    for (address, pref) in [("a@example.jp", "東京"), ("b@example.jp", "大阪"), ("c@example.jp", "東京")]
    {
        let field = format!("pref={pref}");
        site.neo(&["subscriber", "add", "news", address, "--confirmed", "--field", &field]).ok();
    }
    let json = r#"{"field":{"key":"pref","is":"equals","value":"東京"}}"#;
    let condition = neo::domain::condition::Condition::parse_json(json).unwrap();
    let store = neo::store::Writer::open(&site.data().join("neo.sqlite"), Box::new(|| false)).unwrap();
    store.add_segment("東京の方", &condition, support::NOON).unwrap();
    drop(store);
    let file = site.scratch("tokyo.json");
    std::fs::write(&file, json).unwrap();
    let emails = |more: &[&str]| -> Vec<String> {
        let found = lines(&export(&site, &[&["--format", "jsonl"], more].concat()));
        found.iter().map(|line| line["email"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(emails(&[]).len(), 3);
    for segment in ["東京の方", file.to_str().unwrap()] {
        assert_eq!(emails(&["--segment", segment]), ["a@example.jp", "c@example.jp"], "{segment}");
    }
    assert!(emails(&["--segment", "東京の方", "--state", "left"]).is_empty());
    let unknown = site.neo(&["export", "news", "--segment", "nobody"]);
    assert!(unknown.code != 0 && unknown.err.contains("E2102"), "{}", unknown.err);
    // The same name for a broadcast's audience, and what the segment says by command.
    let text = site.scratch("text");
    std::fs::write(&text, "こんにちは").unwrap();
    let create =
        ["broadcast", "create", "--list", "news", "--subject", "x", "--text", text.to_str().unwrap()];
    let message = site.neo(&[&create[..], &["--segment", "東京の方"]].concat()).ok();
    let counted = site.neo(&["broadcast", "audience", message.trim(), "--json"]).json();
    assert_eq!(counted["matching"], 2);
    assert_eq!(site.neo(&["segment", "list"]).ok().trim(), "東京の方");
    let shown = site.neo(&["segment", "show", "東京の方", "--json"]).json();
    assert_eq!(shown["matching"], json!({ "news": 2, "other": 0 }));
    assert!(site.neo(&["segment", "show", "東京の方"]).ok().contains("都道府県"));
    assert!(site.neo(&["segment", "show", "nobody"]).err.contains("E2102"));
}
