//! Readers in: every file of the corpus by the real executable, duplicates, what is refused, undo, and kills at any
//! moment. Not the pages (import_pages) and not the speed (benches).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};

use neo::transfer::encoding;
use neo::transfer::plan::Plan;
use serde_json::{Value, json};
use support::Site;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/csv")
}

fn expected() -> Vec<Value> {
    let lines = std::fs::read_to_string(corpus().join("expected.jsonl")).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A site with the list `news`.
fn site() -> Site {
    let site = Site::new();
    site.neo(&["list", "add", "news", "--from", "さくら堂 <news@sakurado.example.jp>"]).ok();
    site
}

/// A file of the test with these bytes.
fn file(site: &Site, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = site.scratch(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_string()
}

/// The report of an import that must succeed.
fn import(site: &Site, file: &str, more: &[&str]) -> Value {
    let mut words = vec!["import", "news", file, "--json"];
    words.extend_from_slice(more);
    let ran = site.neo(&words);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.json()
}

fn counts(report: &Value) -> [i64; 5] {
    ["rows", "added", "updated", "skipped", "rejected"].map(|key| report[key].as_i64().unwrap())
}

fn show(site: &Site, address: &str) -> Value {
    site.neo(&["subscriber", "show", "news", address, "--json"]).json()
}

fn errors_of(site: &Site, name: &str) -> String {
    std::fs::read_to_string(site.scratch(name)).unwrap()
}

#[test]
fn every_file_of_the_corpus_reads_to_its_exact_records_or_says_why_not() {
    for expected in expected() {
        let name = expected["file"].as_str().unwrap();
        let mut opened = File::open(corpus().join(name)).unwrap();
        let Some(records) = expected["records"].as_array() else { continue };
        let plan = Plan::look(&mut opened, &[]).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let encoding = expected["encoding"].as_str().unwrap().replace("ascii", "utf-8");
        assert_eq!(plan.encoding.word(), encoding, "{name}");
        assert_eq!(char::from(plan.separator).to_string(), expected["delimiter"], "{name}");
        let mut found: Vec<Vec<String>> = Vec::new();
        let mut rows = plan.rows(opened).unwrap();
        while let Some(row) = rows.next_row().unwrap() {
            assert!(!row.is_broken, "{name}");
            let text = |cell| plan.encoding.text(cell).map_or_else(lossy(cell), |text| text.into_owned());
            found.push(row.cells().map(text).collect());
        }
        let header: Vec<String> = serde_json::from_value(expected["header"].clone()).unwrap();
        assert_eq!(found.remove(0), header, "{name}");
        let records: Vec<Vec<String>> = serde_json::from_value(json!(records)).unwrap();
        assert_eq!(found, records, "{name}");
    }
}

/// A corpus file holds U+FFFD itself: as a reader's name it is refused, as a record it is what stands there.
fn lossy(cell: &[u8]) -> impl FnOnce() -> String {
    let text = String::from_utf8_lossy(cell).into_owned();
    move || text
}

#[test]
fn every_list_of_readers_of_the_corpus_is_imported_by_its_own_encoding() {
    for expected in expected() {
        let name = expected["file"].as_str().unwrap();
        if !name.starts_with("samples/") || expected["must_read"] == "no" {
            continue;
        }
        let site = site();
        let report = import(&site, corpus().join(name).to_str().unwrap(), &[]);
        let records = expected["records"].as_array().unwrap();
        let reported = expected["must_report"].as_array().unwrap().len() as i64;
        let rows = records.len() as i64;
        assert_eq!(counts(&report), [rows, rows - reported, 0, 0, reported], "{name}");
        assert_eq!(report["separator"], expected["delimiter"], "{name}");
        let refused: Vec<i64> = expected["must_report"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["record"].as_i64().unwrap())
            .collect();
        for (number, record) in (1..).zip(records) {
            if !refused.contains(&number) {
                let reader = show(&site, record[0].as_str().unwrap());
                assert_eq!(reader["state"], "confirmed", "{name}");
                assert_eq!(reader["name"], record[1], "{name}");
                assert_eq!(reader["consents"][0]["event"], "added");
                assert_eq!(reader["consents"][0]["way"], "import");
            }
        }
    }
}

#[test]
fn a_file_without_addresses_is_refused_with_a_plain_sentence() {
    let site = site();
    for entry in std::fs::read_dir(corpus().join("spectrum")).unwrap() {
        let path = entry.unwrap().path();
        let ran = site.neo(&["import", "news", path.to_str().unwrap()]);
        assert_eq!(ran.code, 65, "{}", path.display());
        assert!(ran.err.contains("(E1120)"), "{}", ran.err);
    }
    let empty = file(&site, "empty.csv", "\n\n");
    assert!(site.neo(&["import", "news", &empty]).err.contains("(E1121)"));
}

#[test]
fn a_file_in_two_encodings_is_refused_and_a_cut_off_one_reports_its_last_row() {
    let site = site();
    let ran = site.neo(&["import", "news", corpus().join("samples/mixed-invalid.csv").to_str().unwrap()]);
    assert_eq!(ran.code, 65);
    assert!(ran.err.contains("(E1122)"), "{}", ran.err);
    let cut = corpus().join("samples/truncated-cp932.csv");
    let report = import(&site, cut.to_str().unwrap(), &["--errors", site.scratch("e.csv").to_str().unwrap()]);
    assert_eq!((counts(&report), &report["encoding"]), ([1, 0, 0, 0, 1], &json!("cp932")));
    assert!(errors_of(&site, "e.csv").contains("(E1125)"));
}

#[test]
fn utf16_without_its_mark_and_big_endian_are_found_out() {
    let site = site();
    let text = "メール,名前\r\na@example.jp,髙橋\r\nb@example.jp,花子\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain(big.iter().copied()).collect();
    for (bytes, encoding) in [(little, "utf-16-le"), (big, "utf-16-be"), (marked, "utf-16-be")] {
        let report = import(&site, &file(&site, "wide.csv", bytes), &[]);
        assert_eq!((report["encoding"].as_str(), report["rows"].as_i64()), (Some(encoding), Some(2)));
        assert_eq!(show(&site, "a@example.jp")["name"], "髙橋");
    }
}

#[test]
fn letters_that_come_late_in_a_long_file_still_tell_the_encoding() {
    let site = site();
    let mut bytes = b"email,name\n".to_vec();
    (0..12_000)
        .for_each(|number| bytes.extend(format!("reader{number}@example.jp,Reader {number}\n").bytes()));
    assert!(bytes.len() > 300 * 1024);
    bytes.extend(b"late@example.jp,\x8E\x52\x93\x63\n");
    let report = import(&site, &file(&site, "late.csv", &bytes), &[]);
    assert_eq!((counts(&report), &report["encoding"]), ([12_001, 12_001, 0, 0, 0], &json!("cp932")));
    assert_eq!(show(&site, "late@example.jp")["name"], "山田");
}

#[test]
fn half_width_kana_of_a_bank_are_not_taken_for_euc() {
    let site = site();
    // "ﾔﾏﾀﾞ ﾀﾛｳ" and kanji in CP932.
    let bytes = b"email,name\na@example.jp,\xD4\xCF\xC0\xDE \xC0\xDB\xB3\nb@example.jp,\x8E\x52\x93\x63\x91\xBE\x98\x59\n";
    assert_eq!(import(&site, &file(&site, "bank.csv", bytes), &[])["encoding"], "cp932");
    assert_eq!(show(&site, "a@example.jp")["name"], "ﾔﾏﾀﾞ ﾀﾛｳ");
}

#[test]
fn a_row_in_another_encoding_deep_in_a_file_is_reported_and_not_garbled() {
    let site = site();
    let mut bytes = b"email,name\n".to_vec();
    (0..30_000).for_each(|number| {
        bytes.extend(format!("reader{number}@example.jp,").bytes());
        bytes.extend(b"\x8E\x52\x93\x63\n");
    });
    bytes.extend("utf8@example.jp,山田花子\n".bytes());
    let report = import(
        &site,
        &file(&site, "mixed.csv", &bytes),
        &["--errors", site.scratch("e.csv").to_str().unwrap()],
    );
    assert_eq!(counts(&report), [30_001, 30_000, 0, 0, 1]);
    assert!(errors_of(&site, "e.csv").lines().nth(1).unwrap().contains("utf8@example.jp"));
}

#[test]
fn columns_are_known_by_their_names_in_both_languages_and_map_goes_before() {
    let site = site();
    for (number, header) in
        ["メールアドレス,姓,名", "Ｅ－Ｍａｉｌ,Last Name,First name", "お客様 メールアドレス,苗字,名"]
            .iter()
            .enumerate()
    {
        let text = format!("{header}\nperson{number}@example.jp,山田,花子\n");
        import(&site, &file(&site, "names.csv", text), &[]);
        assert_eq!(show(&site, &format!("person{number}@example.jp"))["name"], "山田 花子", "{header}");
    }
    let text = "宛先の欄;呼び名;会社\nx@example.jp;はなちゃん;さくら堂\n";
    let maps = ["--map", "宛先の欄=email", "--map", "2=name", "--map", "会社=company"];
    let report = import(&site, &file(&site, "other.csv", text), &maps);
    assert_eq!(report["separator"], ";");
    let reader = show(&site, "x@example.jp");
    assert_eq!(
        (&reader["name"], &reader["fields"]),
        (&json!("はなちゃん"), &json!({ "company": "さくら堂" }))
    );
    // Without a word for it, the column full of addresses is the one.
    assert_eq!(counts(&import(&site, &file(&site, "other.csv", text), &["--dry-run"])), [1, 0, 1, 0, 0]);
    let wrong = site.neo(&["import", "news", &file(&site, "other.csv", text), "--map", "会長=name"]);
    assert!(wrong.code == 65 && wrong.err.contains("(E1123)"), "{}", wrong.err);
}

#[test]
fn a_file_without_a_header_row_loses_no_reader() {
    let site = site();
    let text = "花子,hanako@example.jp\n太郎,taro@example.jp\n";
    let report = import(&site, &file(&site, "bare.csv", text), &["--map", "1=name"]);
    assert_eq!(counts(&report), [2, 2, 0, 0, 0]);
    assert_eq!(show(&site, "hanako@example.jp")["name"], "花子");
}

#[test]
fn readers_who_are_there_already_are_updated_skipped_or_replaced() {
    let site = site();
    let first = "email,name,tags,会社\na@example.jp,花子,春;夏,さくら堂\n";
    import(&site, &file(&site, "1.csv", first), &["--map", "会社=company"]);
    let second = file(&site, "2.csv", "email,name,tags,company\nA@Example.jp,,秋,\n");
    let skipped = import(&site, &second, &["--on-duplicate", "skip"]);
    assert_eq!(counts(&skipped), [1, 0, 0, 1, 0]);
    assert_eq!(tags(&site), ["夏", "春"]);
    let updated = import(&site, &second, &[]);
    assert_eq!(counts(&updated), [1, 0, 1, 0, 0]);
    let reader = show(&site, "a@example.jp");
    assert_eq!((&reader["name"], &reader["fields"]["company"]), (&json!("花子"), &json!("さくら堂")));
    assert_eq!(tags(&site), ["夏", "春", "秋"]);
    let replaced = import(&site, &second, &["--on-duplicate", "replace"]);
    assert_eq!(counts(&replaced), [1, 0, 1, 0, 0]);
    let reader = show(&site, "a@example.jp");
    assert_eq!((&reader["name"], &reader["fields"]), (&json!(""), &json!({})));
    assert_eq!(tags(&site), ["秋"]);
}

fn database(site: &Site) -> rusqlite::Connection {
    rusqlite::Connection::open(site.data().join("neo.sqlite")).unwrap()
}

fn number(site: &Site, sql: &str) -> i64 {
    database(site).query_row(sql, [], |row| row.get(0)).unwrap()
}

fn tags(site: &Site) -> Vec<String> {
    let database = database(site);
    let mut statement = database
        .prepare("select t.name from taggings g join tags t on t.id = g.tag_id order by t.name")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn who_comes_twice_in_a_file_is_one_reader_and_a_dry_run_says_the_same_numbers() {
    let site = site();
    let mut text = "email,name\n".to_string();
    for number in 0..5000 {
        text.push_str(&format!("Reader{}@example.jp,読者{number}\n", number % 4000));
    }
    text.push_str("not an address,x\n");
    let path = file(&site, "twice.csv", text);
    for policy in ["update", "skip", "replace"] {
        let foreseen = import(&site, &path, &["--dry-run", "--on-duplicate", policy]);
        assert_eq!(number(&site, "select count(*) from subscribers"), 0);
        let again = if policy == "skip" { [0, 1000] } else { [1000, 0] };
        assert_eq!(counts(&foreseen), [5001, 4000, again[0], again[1], 1], "{policy}");
    }
    assert_eq!(counts(&import(&site, &path, &["--dry-run"])), counts(&import(&site, &path, &[])));
    assert_eq!(number(&site, "select count(*) from subscribers"), 4000);
    assert_eq!(number(&site, "select count(*) from consents"), 4000);
    assert_eq!(show(&site, "reader7@example.jp")["name"], "読者4007");
}

#[test]
fn who_left_stays_away_unless_she_agreed_anew_and_a_suppressed_address_always() {
    let site = site();
    let path = file(&site, "list.csv", "email,name\na@example.jp,花子\nb@example.jp,太郎\n");
    import(&site, &path, &[]);
    let store = neo::store::Writer::open(&site.data().join("neo.sqlite"), Box::new(|| false)).unwrap();
    let how = neo::domain::consent::Circumstances { way: "link", ..Default::default() };
    store.leave(neo::domain::id::SubscriptionId(1), &how, 1_795_482_000).unwrap();
    store.suppress("b@example.jp", "complaint", 1_795_482_000).unwrap();
    drop(store);
    let report = import(&site, &path, &["--errors", site.scratch("e.csv").to_str().unwrap()]);
    assert_eq!(counts(&report), [2, 0, 0, 0, 2]);
    let errors = errors_of(&site, "e.csv");
    assert!(errors.contains("(E1128)") && errors.contains("(E1060)"), "{errors}");
    assert_eq!(show(&site, "a@example.jp")["state"], "left");
    let report = import(&site, &path, &["--rejoin"]);
    assert_eq!(counts(&report), [2, 1, 0, 0, 1]);
    assert_eq!(show(&site, "a@example.jp")["state"], "confirmed");
}

#[test]
fn who_had_left_where_the_file_comes_from_is_not_taken_for_a_reader() {
    let site = site();
    let text = "email,状態\na@example.jp,登録済み\nb@example.jp,停止\nc@example.jp,確認待ち\nd@example.jp,\ne@example.jp,配信拒否\n";
    let report = import(&site, &file(&site, "states.csv", text), &[]);
    assert_eq!(counts(&report), [5, 2, 0, 0, 3]);
}

#[test]
fn a_value_that_does_not_fit_its_field_is_listed_and_its_reader_is_taken() {
    let site = site();
    declare(&site, "birth", "誕生日", "birthday");
    declare(&site, "points", "ポイント", "number");
    let text = "email,生年月日,ポイント\na@example.jp,昭和55年3月5日,\"1,200\"\nb@example.jp,春,7\nc@example.jp,2/30,たくさん\n";
    let path = file(&site, "fields.csv", text);
    let report = import(&site, &path, &["--errors", site.scratch("e.csv").to_str().unwrap()]);
    assert_eq!(counts(&report), [3, 3, 0, 0, 0]);
    assert_eq!(show(&site, "a@example.jp")["fields"], json!({ "birth": "1980-03-05", "points": "1200" }));
    assert_eq!(show(&site, "b@example.jp")["fields"], json!({ "points": "7" }));
    let errors = errors_of(&site, "e.csv");
    assert_eq!(errors.matches("(E1130)").count(), 3, "{errors}");
    // Mended, the same file goes in again.
    let mended = errors.replace("春", "4/1").replace("2/30", "3/30").replace("たくさん", "10");
    let report = import(&site, &file(&site, "mended.csv", mended), &[]);
    assert_eq!(report["rejected"], 0);
    assert_eq!(show(&site, "c@example.jp")["fields"], json!({ "birth": "--03-30", "points": "10" }));
}

fn declare(site: &Site, key: &str, label: &str, kind: &str) {
    use neo::domain::field::{Field, FieldKey, Kind};
    let store = neo::store::Writer::open(&site.data().join("neo.sqlite"), Box::new(|| false)).unwrap();
    let field = Field::parse(FieldKey::parse(key).unwrap(), label, Kind::parse(kind).unwrap(), "").unwrap();
    store.add_field(&field, 1_795_482_000).unwrap();
}

#[test]
fn a_stray_quote_costs_its_own_line_and_no_other() {
    let site = site();
    for (name, text) in [
        ("open", "email,name\na@example.jp,\"花子\nb@example.jp,太郎\nc@example.jp,次郎\n"),
        ("closed later", "email,name\na@example.jp,\"花子\nb@example.jp,\"太郎\"\nc@example.jp,次郎\n"),
    ] {
        let path = file(&site, "quotes.csv", text);
        let report = import(&site, &path, &["--errors", site.scratch("e.csv").to_str().unwrap()]);
        assert_eq!(report["rejected"], 1, "{name}: {report}");
        assert_eq!(report["rows"], 3, "{name}: {report}");
        let errors = errors_of(&site, "e.csv");
        assert!(
            errors.lines().nth(1).unwrap().contains("a@example.jp") && errors.contains("(E1126)"),
            "{errors}"
        );
        assert_eq!(show(&site, "b@example.jp")["name"], "太郎", "{name}");
    }
    // Within a line a quote is a letter like others.
    let text = "email,name\r\nq@example.jp,花子\"はな\"\r\nr@example.jp,\"太\"\"郎\"\r\n";
    import(&site, &file(&site, "inner.csv", text), &[]);
    assert_eq!(show(&site, "q@example.jp")["name"], "花子\"はな\"");
    assert_eq!(show(&site, "r@example.jp")["name"], "太\"郎");
}

#[test]
fn a_quote_that_never_closes_in_a_large_file_costs_one_row() {
    let site = site();
    let mut text = "email,name\nbad@example.jp,\"x\n".to_string();
    (0..20_000).for_each(|number| text.push_str(&format!("reader{number}@example.jp,Reader {number}\n")));
    let report = import(&site, &file(&site, "long.csv", text), &[]);
    assert_eq!(counts(&report), [20_001, 20_000, 0, 0, 1]);
}

#[test]
fn rows_of_uneven_length_and_every_line_end_are_read() {
    let site = site();
    for (end, name) in [("\n", "lf"), ("\r\n", "crlf"), ("\r", "cr")] {
        let text =
            ["email,name,note", "a@example.jp", "b@example.jp,花子", "c@example.jp,次郎,x,y,z", ""].join(end);
        let report = import(&site, &file(&site, "uneven.csv", text), &["--dry-run"]);
        assert_eq!(counts(&report), [3, 3, 0, 0, 0], "{name}");
    }
}

#[test]
fn the_encoding_can_be_said_where_it_is_not_found_out() {
    let site = site();
    let bytes = b"email,name\na@example.jp,\xB1\xB1\n";
    let report = import(&site, &file(&site, "short.csv", bytes), &["--encoding", "euc-jp"]);
    assert_eq!(report["encoding"], "euc-jp");
    assert_eq!(show(&site, "a@example.jp")["name"], "臼");
}

#[test]
fn what_is_found_out_of_random_bytes_is_an_encoding_or_a_refusal() {
    // A small generator: the same bytes each time.
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for length in 0..400 {
        let bytes: Vec<u8> = (0..length).map(|_| (next() >> 32) as u8).collect();
        let mut cursor = std::io::Cursor::new(&bytes);
        if let Ok(plan) = Plan::look(&mut cursor, &[]) {
            let mut rows = plan.rows(cursor).unwrap();
            let mut read = 0;
            while let Some(row) = rows.next_row().unwrap() {
                read += row.raw.len();
            }
            assert!(read <= bytes.len() * 3);
        }
        let _ = encoding::find(&mut std::io::Cursor::new(&bytes));
    }
}
