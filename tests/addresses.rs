//! Addresses: which are accepted, how they are kept, and that nothing in them can break a line.
//! Not whether a mailbox exists: nobody can tell without sending.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use neo::domain::address::{Address, DisplayName};
use neo::error::Error;
use serde::Deserialize;

const ROWS: &str = include_str!("fixtures/addresses/addresses.jsonl");

#[derive(Deserialize)]
struct Row {
    address: String,
    expected: String,
    stored: Option<String>,
    why: String,
}

#[test]
fn every_row_of_the_policy_is_decided_as_labelled_and_kept_in_the_given_form() {
    let mut wrong = Vec::new();
    let mut seen = [0; 3];
    for line in ROWS.lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        let result = Address::parse(&row.address);
        let kept = result.as_ref().ok().map(|address| address.as_str().to_string());
        let is_right = match (row.expected.as_str(), &kept) {
            ("accept", Some(kept)) => {
                seen[0] += 1;
                kept == row.stored.as_ref().unwrap_or(&row.address)
            }
            ("reject", None) => {
                seen[1] += 1;
                true
            }
            ("either", kept) => {
                seen[2] += 1;
                kept.is_none() || row.stored.is_none() || *kept == row.stored
            }
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{:?} {} -> {kept:?} ({})", row.address, row.expected, row.why));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
}

#[test]
fn an_accepted_address_is_plain_ascii_and_reads_back_as_itself() {
    for line in ROWS.lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        let Ok(address) = Address::parse(&row.address) else { continue };
        assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "{address}");
        assert!(!address.as_str().starts_with('-') || address.is_carrier(), "{address}");
        assert_eq!(Address::parse(address.as_str()).unwrap(), address);
        assert_eq!(format!("{}@{}", address.local(), address.domain()), address.as_str());
    }
}

#[test]
fn no_control_character_anywhere_makes_an_address() {
    for code in (0..0x20).chain(0x7f..0xa0).chain([0x2028, 0x2029, 0x200b, 0xfeff]) {
        let letter = char::from_u32(code).unwrap();
        for text in [
            format!("{letter}taro@example.jp"),
            format!("ta{letter}ro@example.jp"),
            format!("taro@exam{letter}ple.jp"),
            format!("taro@example.jp{letter}"),
            format!("taro@例{letter}え.jp"),
        ] {
            assert!(Address::parse(&text).is_err(), "{text:?}");
        }
    }
}

#[test]
fn two_spellings_of_one_address_have_one_key() {
    let key = |typed| Address::parse(typed).unwrap().key();
    assert_eq!(key("Taro.Yamada@Example.JP"), "taro.yamada@example.jp");
    assert_eq!(key("ＴＡＲＯ＠例え.jp"), key("taro@xn--r8jz45g.JP"));
}

#[test]
fn nothing_typed_and_something_wrong_are_two_sentences_on_the_same_field() {
    let number = |typed| match Address::parse(typed) {
        Err(Error::Invalid(refusal)) => {
            (refusal.sentence.number, refusal.field.as_deref().map(str::to_string))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(number("\u{3000} "), (1001, Some("email".to_string())));
    assert_eq!(number("taro"), (1002, Some("email".to_string())));
}

#[test]
fn mailboxes_of_japanese_phones_are_known_as_such() {
    let is_carrier = |typed| Address::parse(typed).unwrap().is_carrier();
    for phone in
        ["a..b@docomo.ne.jp", "a@i.softbank.jp", "a@t.vodafone.ne.jp", "a@biz.au.com", "a@EZWEB.ne.jp"]
    {
        assert!(is_carrier(phone), "{phone}");
    }
    for other in ["a@gmail.com", "a@xdocomo.ne.jp", "a@docomo.ne.jp.example.com"] {
        assert!(!is_carrier(other), "{other}");
    }
}

#[test]
fn a_name_is_one_line_of_at_most_a_hundred_characters() {
    assert_eq!(DisplayName::parse("　山田 花子 ").unwrap().as_str(), "山田 花子");
    assert!(DisplayName::parse("").unwrap().is_empty());
    assert!(DisplayName::parse(&"髙".repeat(100)).is_ok());
    assert!(DisplayName::parse(&"髙".repeat(101)).is_err());
    for broken in ["a\r\nBcc: b@example.jp", "a\nb", "a\0b", "a\u{85}b", "a\u{2028}b"] {
        assert!(DisplayName::parse(broken).is_err(), "{broken:?}");
    }
}
