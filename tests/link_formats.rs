//! The line between install and vendor, as both sides compute it: whom a signature convinces, and of what.
//! Not the door and not the store of an install: tests/link_calls.rs and tests/link_site.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

use neo::error::{Error, Result};
use neo::link::activation::{self, Activation};
use neo::link::envelope::{Kind, open, refuse_old, seal};
use neo::link::feed::Feed;
use neo::link::index::{File, Index};
use neo::link::key::{KeyList, PublicKey, Role, SigningKey, Trust, TrustedKey};
use neo::link::paseto;
use neo::link::tick_call::{BODY_CAP, CallBody, TickCall, sign_call, verify_call};

const NOW: i64 = 1_795_482_000;
const DAY: i64 = 86_400;
const CAP: usize = 64 * 1024;

struct Vendor {
    root: SigningKey,
    feed: SigningKey,
    release: SigningKey,
    activation: SigningKey,
    tick: SigningKey,
    list: KeyList,
}

fn signing_key(number: u8) -> SigningKey {
    SigningKey::from_seed([number; 32]).unwrap()
}

fn vendor() -> Vendor {
    let [root, feed, release, activation, tick] = [1, 2, 3, 4, 5].map(signing_key);
    let keys = [
        (&feed, Role::Feed),
        (&release, Role::Release),
        (&activation, Role::Activation),
        (&tick, Role::Tick),
    ];
    let keys = keys.iter().map(|(key, role)| TrustedKey::new(key.public(), &[*role])).collect();
    let list = KeyList { number: 1, issued_at: NOW, expires: NOW + 365 * DAY, keys, revoked: Vec::new() };
    Vendor { root, feed, release, activation, tick, list }
}

impl Vendor {
    fn trust(&self) -> Trust {
        Trust { roots: vec![self.root.public()], list: Some(self.list.clone()) }
    }
}

fn feed(number: i64) -> Feed {
    Feed { number, issued_at: NOW, expires: NOW + 14 * DAY, ..Feed::default() }
}

fn number<T>(result: Result<T>) -> u16 {
    let error = result.err().expect("it was taken");
    error.refusal().unwrap_or_else(|| panic!("a fault: {error:?}")).sentence.number
}

#[test]
fn the_official_vectors_of_paseto_come_out_as_the_standard_says() {
    let text = std::fs::read_to_string("tests/fixtures/paseto/v4.json").unwrap();
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
    let mut counts = (0, 0);
    for vector in vectors["tests"].as_array().unwrap() {
        let word = |name: &str| vector[name].as_str().unwrap_or_default();
        let (token, assertion) = (word("token"), word("implicit-assertion").as_bytes());
        if vector["expect-fail"] == true {
            // Also tokens of another version or purpose, which no key makes good.
            let key = match word("public-key") {
                key if key.len() == 64 => {
                    PublicKey::parse(&data_encoding::BASE64URL_NOPAD.encode(&hex(key))).unwrap()
                }
                _ => signing_key(9).public(),
            };
            assert!(
                paseto::take_apart(token).and_then(|token| token.verify(assertion, &key)).is_err(),
                "{vector}"
            );
            counts.1 += 1;
            continue;
        }
        let seed: [u8; 32] = hex(word("secret-key"))[..32].try_into().unwrap();
        let key = SigningKey::from_seed(seed).unwrap();
        assert_eq!(data_encoding::BASE64URL_NOPAD.encode(&hex(word("public-key"))), key.public().to_string());
        let (payload, footer) = (word("payload").as_bytes(), word("footer").as_bytes());
        assert_eq!(paseto::sign(payload, footer, assertion, &key), token, "{}", word("name"));
        let opened = paseto::take_apart(token).unwrap();
        assert_eq!(opened.footer, footer);
        assert_eq!(opened.verify(assertion, &key.public()).unwrap(), payload);
        let other = paseto::take_apart(token).unwrap().verify(b"something else", &key.public());
        assert_eq!(number(other), 1253);
        counts.0 += 1;
    }
    assert_eq!(counts, (3, 5));
}

#[test]
fn a_signed_file_is_believed_as_it_was_signed_and_no_other_way() {
    let vendor = vendor();
    let text = seal(Kind::Feed, &feed(7), &vendor.feed).unwrap();
    let opened: Feed = open(&text, Kind::Feed, &vendor.trust(), CAP).unwrap();
    assert_eq!(opened, feed(7));
    // Each byte bent, and each place at which it may be cut.
    for place in 0..text.len() {
        for bit in [1, 2, 16] {
            let mut bent = text.clone().into_bytes();
            bent[place] ^= bit;
            let Ok(bent) = String::from_utf8(bent) else { continue };
            assert!(open::<Feed>(&bent, Kind::Feed, &vendor.trust(), CAP).is_err(), "{place} {bit}: {bent}");
        }
        assert!(open::<Feed>(&text[..place], Kind::Feed, &vendor.trust(), CAP).is_err(), "cut at {place}");
    }
}

#[test]
fn a_file_of_another_kind_is_refused_even_if_the_key_may_sign_both() {
    let mut vendor = vendor();
    vendor.list.keys[0].roles = vec![Role::Feed, Role::Release];
    let text = seal(Kind::Feed, &feed(7), &vendor.feed).unwrap();
    let trust = vendor.trust();
    assert_eq!(number(open::<Feed>(&text, Kind::Index, &trust, CAP)), 1252);
    // The kind is signed too: it cannot be written over.
    let renamed = text.replace("neo-feed", "neo-index");
    assert_eq!(number(open::<Feed>(&renamed, Kind::Index, &trust, CAP)), 1253);
    assert_eq!(number(open::<Feed>(&renamed.replace("neo-index", "neo-x"), Kind::Feed, &trust, CAP)), 1252);
}

#[test]
fn a_key_signs_what_its_role_says_and_nothing_else() {
    let vendor = vendor();
    let trust = vendor.trust();
    for (key, what) in
        [(&vendor.tick, "tick"), (&vendor.release, "release"), (&vendor.activation, "activation")]
    {
        let text = seal(Kind::Feed, &feed(7), key).unwrap();
        assert_eq!(number(open::<Feed>(&text, Kind::Feed, &trust, CAP)), 1256, "{what}");
    }
    let text = seal(Kind::Manifest, &feed(7), &vendor.feed).unwrap();
    assert_eq!(number(open::<Feed>(&text, Kind::Manifest, &trust, CAP)), 1256);
    // Even the root signs lists of keys only, and no other key signs those.
    let text = seal(Kind::Feed, &feed(7), &vendor.root).unwrap();
    assert_eq!(number(open::<Feed>(&text, Kind::Feed, &trust, CAP)), 1254);
    let text = seal(Kind::Keys, &vendor.list, &vendor.feed).unwrap();
    assert_eq!(number(open::<KeyList>(&text, Kind::Keys, &trust, CAP)), 1254);
    let text = seal(Kind::Keys, &vendor.list, &vendor.root).unwrap();
    assert_eq!(open::<KeyList>(&text, Kind::Keys, &trust, CAP).unwrap(), vendor.list);
}

#[test]
fn strangers_and_revoked_keys_are_not_believed() {
    let mut vendor = vendor();
    let text = seal(Kind::Feed, &feed(7), &signing_key(99)).unwrap();
    assert_eq!(number(open::<Feed>(&text, Kind::Feed, &vendor.trust(), CAP)), 1254);
    // A list that calls a key by another's name does not lend it that name.
    let mut lent = vendor.trust();
    lent.list.as_mut().unwrap().keys[0].public = signing_key(99).public();
    assert_eq!(
        number(open::<Feed>(&seal(Kind::Feed, &feed(7), &vendor.feed).unwrap(), Kind::Feed, &lent, CAP)),
        1254
    );
    let text = seal(Kind::Feed, &feed(7), &vendor.feed).unwrap();
    vendor.list.revoked = vec![vendor.feed.public().id()];
    assert_eq!(number(open::<Feed>(&text, Kind::Feed, &vendor.trust(), CAP)), 1255);
    // A root is revoked by a list that another root signed.
    vendor.list.revoked = vec![vendor.root.public().id()];
    let text = seal(Kind::Keys, &vendor.list, &vendor.root).unwrap();
    assert_eq!(number(open::<KeyList>(&text, Kind::Keys, &vendor.trust(), CAP)), 1255);
}

#[test]
fn without_a_root_nothing_is_believed() {
    let vendor = vendor();
    let trust = Trust { roots: Vec::new(), list: Some(vendor.list.clone()) };
    let text = seal(Kind::Feed, &feed(7), &vendor.feed).unwrap();
    assert_eq!(number(open::<Feed>(&text, Kind::Feed, &trust, CAP)), 3080);
    let text = seal(Kind::Keys, &vendor.list, &vendor.root).unwrap();
    assert_eq!(number(open::<KeyList>(&text, Kind::Keys, &trust, CAP)), 3080);
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let vendor = vendor();
    let text = seal(Kind::Feed, &feed(7), &vendor.feed).unwrap();
    assert!(open::<Feed>(&text, Kind::Feed, &vendor.trust(), text.len()).is_ok());
    assert_eq!(number(open::<Feed>(&text, Kind::Feed, &vendor.trust(), text.len() - 1)), 1250);
    // Not JSON at all: its size is what is said, so it was not parsed.
    assert_eq!(number(open::<Feed>(&"[".repeat(CAP + 1), Kind::Feed, &vendor.trust(), CAP)), 1250);
    for odd in ["", "{}", "null", "[1,2]", "\u{0}", "{\"kind\":\"neo-feed\"}", &"[".repeat(CAP)] {
        assert_eq!(number(open::<Feed>(odd, Kind::Feed, &vendor.trust(), CAP)), 1251, "{odd:.20}");
    }
    // Signed, but not what a feed looks like.
    let text = seal(Kind::Feed, &"a feed", &vendor.feed).unwrap();
    assert_eq!(number(open::<Feed>(&text, Kind::Feed, &vendor.trust(), CAP)), 1251);
}

#[test]
fn what_is_older_than_what_was_seen_or_past_its_time_is_refused() {
    assert!(refuse_old(7, 7, NOW + 1, NOW).is_ok());
    assert_eq!(number(refuse_old(6, 7, NOW + 1, NOW)), 1257);
    assert_eq!(number(refuse_old(7, 7, NOW, NOW)), 1258);
    let vendor = vendor();
    assert!(vendor.trust().refuse_expired(NOW).is_ok());
    assert_eq!(number(vendor.trust().refuse_expired(NOW + 365 * DAY)), 1258);
}

#[test]
fn a_file_that_the_index_does_not_speak_of_is_refused() {
    let file = File::of(7, b"the feed");
    let index = Index {
        number: 1,
        issued_at: NOW,
        expires: NOW + DAY,
        files: [("feed.json".to_string(), file)].into(),
    };
    let file = &index.files["feed.json"];
    assert!(file.check(b"the feed").is_ok());
    for other in [&b"The feed"[..], b"the feed ", b""] {
        assert_eq!(number(file.check(other)), 1259);
    }
}

fn activation() -> Activation {
    Activation {
        key: activation::new_key().unwrap(),
        customer: "c1".to_string(),
        plan: "standard".to_string(),
        site: None,
        valid_until: NOW + 365 * DAY,
        issued_at: NOW,
    }
}

#[test]
fn a_token_is_believed_as_it_was_issued_and_no_other_way() {
    let vendor = vendor();
    let wanted = activation();
    let token = activation::issue(&wanted, &vendor.activation).unwrap();
    assert_eq!(activation::read(&token, &vendor.trust()).unwrap(), wanted);
    for place in 0..token.len() {
        let mut bent = token.clone().into_bytes();
        bent[place] = if bent[place] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bent).unwrap();
        assert!(activation::read(&bent, &vendor.trust()).is_err(), "{place}");
        assert!(activation::read(&token[..place], &vendor.trust()).is_err(), "cut at {place}");
    }
    assert_eq!(number(activation::read(&"v4.public.".repeat(4000), &vendor.trust())), 1260);
    assert_eq!(number(activation::read(&token.replace("v4.public.", "v2.public."), &vendor.trust())), 1260);
    let forged = activation::issue(&wanted, &vendor.tick).unwrap();
    assert_eq!(number(activation::read(&forged, &vendor.trust())), 1256);
    let forged = activation::issue(&wanted, &signing_key(99)).unwrap();
    assert_eq!(number(activation::read(&forged, &vendor.trust())), 1254);
    // The right key, but for another use.
    let footer = serde_json::json!({ "kid": vendor.activation.public().id() }).to_string();
    let message = serde_json::to_vec(&wanted).unwrap();
    let other = paseto::sign(&message, footer.as_bytes(), b"neo-something", &vendor.activation);
    assert_eq!(number(activation::read(&other, &vendor.trust())), 1253);
}

#[test]
fn a_token_s_file_survives_what_mail_programs_and_people_do_to_it() {
    let token = activation::issue(&activation(), &vendor().activation).unwrap();
    let file = activation::to_file(&token);
    assert!(file.lines().count() > 3, "{file}");
    let full_width = |text: &str| -> String {
        let wide = |letter: char| char::from_u32(u32::from(letter) + 0xFEE0).unwrap();
        text.chars().map(|letter| if letter.is_ascii_graphic() { wide(letter) } else { letter }).collect()
    };
    let reversed: Vec<&str> = file.lines().rev().collect();
    for (what, typed) in [
        ("as it is", file.clone()),
        ("no line ends", file.replace('\n', "")),
        ("other line ends", file.replace('\n', "\r\n\r\n\t ")),
        (
            "broken at 40",
            file.chars()
                .collect::<Vec<_>>()
                .chunks(40)
                .map(|part| part.iter().collect::<String>() + "\n")
                .collect(),
        ),
        (
            "quoted and broken",
            file.replace(": ", ":\n> ").lines().map(|line| format!("> {line}\n")).collect(),
        ),
        ("quoted", file.lines().map(|line| format!("> {line}\n")).collect()),
        ("full width", full_width(&file)),
        ("invisible marks", file.replace('=', "\u{200b}=\u{feff}")),
        ("within a mail", format!("さくら堂 御中 #1 です。\n利用キー:\n{file}\nThank you #2/3\n")),
        ("in another order", reversed.join("\n")),
        ("twice", format!("{file}{file}")),
        ("the bare token", format!("  {}\n{}\n", &token[..50], &token[50..])),
    ] {
        assert_eq!(activation::from_typed(&typed).unwrap(), token, "{what}");
    }
}

#[test]
fn a_line_that_is_missing_or_damaged_is_named() {
    let token = activation::issue(&activation(), &vendor().activation).unwrap();
    let file = activation::to_file(&token);
    let lines: Vec<&str> = file.lines().collect();
    for missing in 0..lines.len() {
        let rest: String = lines
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != missing)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        let error = activation::from_typed(&rest).unwrap_err();
        assert_eq!(said(&error), (1261, (missing + 1).to_string()));
        let other = |letter| if letter == 'x' { 'y' } else { 'x' };
        let letters = lines[missing].chars().enumerate();
        let bent: String =
            letters.map(|(place, letter)| if place == 10 { other(letter) } else { letter }).collect();
        let error = activation::from_typed(&file.replace(lines[missing], &bent)).unwrap_err();
        assert_eq!(said(&error), (1262, (missing + 1).to_string()), "{bent}");
        let cut = &lines[missing][..40];
        let error = activation::from_typed(&file.replace(lines[missing], cut)).unwrap_err();
        assert_eq!(said(&error), (1262, (missing + 1).to_string()), "{cut}");
    }
    for odd in
        ["", "NEO-", "#", "#1/0:=", "#1/99999999999999999999:x=abcd", "#0/1:x=abcd", "#1/2", "\u{3000}"]
    {
        assert!([1260, 1261].contains(&number(activation::from_typed(odd))), "{odd}");
    }
    assert_eq!(number(activation::from_typed(&"#1/2:".repeat(10_000))), 1250);
}

fn said(error: &Error) -> (u16, String) {
    let refusal = error.refusal().unwrap();
    (refusal.sentence.number, refusal.value("number", neo::texts::Language::En))
}

#[test]
fn an_activation_key_catches_each_wrong_letter_and_each_two_that_changed_places() {
    const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for _ in 0..20 {
        let key = activation::new_key().unwrap();
        assert_eq!((key.len(), &key[..4]), (23, "NEO-"));
        assert_eq!(activation::check_key(&key).unwrap(), key);
        let plain: Vec<char> = key[4..].chars().filter(|letter| *letter != '-').collect();
        for place in 0..16 {
            for letter in LETTERS.chars().filter(|letter| *letter != plain[place]) {
                let mut bent = plain.clone();
                bent[place] = letter;
                assert_eq!(number(activation::check_key(&typed(&bent))), 1263);
            }
            for other in 0..place {
                let mut swapped = plain.clone();
                swapped.swap(place, other);
                assert_eq!(activation::check_key(&typed(&swapped)).is_ok(), plain[place] == plain[other]);
            }
        }
    }
    fn typed(letters: &[char]) -> String {
        format!("NEO{}", letters.iter().collect::<String>())
    }
}

#[test]
fn an_activation_key_is_read_however_it_is_typed() {
    let key = activation::new_key().unwrap();
    let wide: String =
        key.chars().map(|letter| char::from_u32(u32::from(letter) + 0xFEE0).unwrap()).collect();
    for typed in [
        key.to_lowercase(),
        format!("  {} ", key.replace('-', " ")),
        key.replace('0', "O").replace('1', "l"),
        wide.replace('-', "ー"),
        key.replace('-', ""),
    ] {
        assert_eq!(activation::check_key(&typed).unwrap(), key, "{typed}");
    }
    for odd in ["", "NEO", "NEO-AAAA", &key[..22], &format!("{key}A"), &"N".repeat(1000), "利用キー"] {
        assert_eq!(number(activation::check_key(odd)), 1263, "{odd:.30}");
    }
}

const NONCE: &str = "abcdefghijklmnop";

fn call(headers: &[(&'static str, String)]) -> Result<TickCall> {
    TickCall::read(|name| headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str()))
}

#[test]
fn a_tick_call_is_believed_with_its_site_time_nonce_and_body_and_no_other() {
    let vendor = vendor();
    let headers = sign_call("site1", NOW, NONCE, b"{}", &vendor.tick);
    let read = call(&headers).unwrap();
    for now in [NOW - 300, NOW, NOW + 300] {
        verify_call(&read, b"{}", &vendor.trust(), now).unwrap();
    }
    for now in [NOW - 301, NOW + 301, 0, i64::MAX, i64::MIN] {
        assert_eq!(number(verify_call(&read, b"{}", &vendor.trust(), now)), 2162, "{now}");
    }
    for (what, bent) in [
        ("site", TickCall { site: "site2".to_string(), ..read.clone() }),
        ("time", TickCall { at: NOW + 1, ..read.clone() }),
        ("nonce", TickCall { nonce: NONCE.replace('a', "b"), ..read.clone() }),
        ("signature", TickCall { signature: "A".repeat(86), ..read.clone() }),
        ("no signature", TickCall { signature: String::new(), ..read.clone() }),
    ] {
        assert_eq!(number(verify_call(&bent, b"{}", &vendor.trust(), NOW)), 2161, "{what}");
    }
    assert_eq!(number(verify_call(&read, b"{ }", &vendor.trust(), NOW)), 2161);
    assert_eq!(number(verify_call(&read, &vec![0; BODY_CAP + 1], &vendor.trust(), NOW)), 1250);
    let other = call(&sign_call("site1", NOW, NONCE, b"{}", &vendor.feed)).unwrap();
    assert_eq!(number(verify_call(&other, b"{}", &vendor.trust(), NOW)), 1256);
    let other = call(&sign_call("site1", NOW, NONCE, b"{}", &signing_key(99))).unwrap();
    assert_eq!(number(verify_call(&other, b"{}", &vendor.trust(), NOW)), 1254);
}

#[test]
fn headers_that_are_missing_or_odd_are_refused_before_anything_is_computed() {
    let good = sign_call("site1", NOW, NONCE, b"", &vendor().tick);
    assert!(call(&good).is_ok());
    for place in 0..good.len() {
        let mut missing = good.clone();
        missing.remove(place);
        assert_eq!(number(call(&missing)), 2160);
        for odd in ["", " ", "a b", "あ", "\u{0}", "x\r\ny", &"9".repeat(100_000)] {
            let mut bent = good.clone();
            bent[place].1 = odd.to_string();
            assert_eq!(number(call(&bent)), 2160, "{place} {odd:.20}");
        }
    }
    let mut bent = good.clone();
    bent[1].1 = "99999999999999999999".to_string();
    assert_eq!(number(call(&bent)), 2160);
}

#[test]
fn a_body_is_read_or_refused_and_an_empty_one_brings_nothing() {
    for empty in [&b""[..], b"{}", b" \n"] {
        assert_eq!(CallBody::parse(empty).unwrap(), CallBody::default());
    }
    let body = CallBody::parse(br#"{"feed":"x","advice":"use-local-cron","more":1}"#).unwrap();
    assert_eq!((body.feed.as_deref(), body.advice.is_some()), (Some("x"), true));
    for odd in [&b"["[..], b"\xff\xff", b"{\"feed\":1}", b"{\"feed\":\"a\",\"feed\":\"b\"}", b"null x"] {
        assert_eq!(number(CallBody::parse(odd)), 1268);
    }
    assert_eq!(number(CallBody::parse(&"[".repeat(BODY_CAP).into_bytes())), 1268);
    assert_eq!(number(CallBody::parse(&vec![b' '; BODY_CAP + 1])), 1250);
}
