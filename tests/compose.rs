//! The bytes of a mail: read back by two other programs, they say what was written, and nothing else.
//! Not the way out: that is tests/transports.rs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use data_encoding::BASE64;
use mail_parser::{Message, MessageParser};
use neo::domain::address::Address;
use neo::domain::calendar::Zone;
use neo::error::Error;
use neo::mail::compose::template::{Fields, Template, USUAL_FUEL};
use neo::mail::compose::{Letter, LetterKind, compose};
use serde::Deserialize;

const NAUGHTY: &str = include_str!("fixtures/naughty/blns.json");
const DATE: i64 = 1_795_390_200; // 2026-11-23 08:30 in Tokyo

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

struct Desk {
    from: Address,
    to: Address,
}

impl Desk {
    fn new() -> Desk {
        Desk { from: address("shop@example.jp"), to: address("hanako@example.com") }
    }

    fn letter(&self) -> Letter<'_> {
        Letter {
            from_name: "花屋",
            from_address: &self.from,
            reply_to: None,
            to: &self.to,
            to_name: Some("山田 花子"),
            subject: "冬のお知らせ",
            text: "こんにちは。\n",
            html: None,
            message_id: "abc123@example.jp",
            date: DATE,
            zone: Zone::default(),
            kind: LetterKind::Test,
        }
    }
}

fn bulk<'a>() -> LetterKind<'a> {
    LetterKind::Bulk {
        list_id: "winter.example.jp",
        list_title: "冬の便り, \"特別\" <号>",
        unsubscribe_url: "https://example.jp/neo.cgi/u/0123456789abcdef",
        unsubscribe_mailto: Some("unsub+0123@example.jp?subject=unsubscribe"),
        feedback_id: "b12:l3:bulk:neo12345",
    }
}

/// What Python's `email` read.
#[derive(Deserialize, Debug)]
struct Seen {
    defects: Vec<String>,
    subject: String,
    from_name: String,
    from_address: Option<String>,
    to_name: String,
    list_id: Option<String>,
    names: Vec<String>,
    text: Option<String>,
    html: Option<String>,
    kinds: Vec<String>,
}

fn python_reads(mails: &[Vec<u8>]) -> Vec<Seen> {
    let python = if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/read_mails.py");
    let mut child = Command::new(python)
        .arg(script)
        .env("PYTHONIOENCODING", "utf-8:surrogatepass")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for this test");
    let lines: String = mails.iter().map(|mail| BASE64.encode(mail) + "\n").collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let seen: Vec<Seen> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(seen.len(), mails.len());
    seen
}

fn parsed(mail: &[u8]) -> Message<'_> {
    MessageParser::default().parse(mail).unwrap()
}

/// Line ends as LF and none at the end: what survives every mail system.
fn gist(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end_matches('\n').to_string()
}

fn assert_well_formed(mail: &[u8]) {
    assert!(mail.is_ascii(), "8-bit bytes");
    assert!(mail.ends_with(b"\r\n"));
    for line in mail.strip_suffix(b"\r\n").unwrap().split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(!line.contains(&b'\r') && !line.contains(&0), "a bare CR or NUL");
        assert!(line.len() <= 998, "a line of {}", line.len());
    }
    assert_eq!(
        mail.iter().filter(|byte| **byte == b'\n').count(),
        mail.windows(2).filter(|w| w == b"\r\n").count()
    );
}

fn naughty() -> Vec<String> {
    let mut strings: Vec<String> = serde_json::from_str(NAUGHTY).unwrap();
    assert!(strings.len() > 500);
    for own in [
        "a\r\nBcc: everybody@example.jp",
        "=?utf-8?b?44GC?=",
        "=?iso-2022-jp?B?GyRCJCIbKEI=?= x",
        "  two  spaces  ",
        ".",
        "..\n.\n..",
        "From here\nFrom there",
        "tab\there\t",
        "\"quoted\" \\back\\ (comment), <x@y.jp>; group:",
        "①髙㈱ｱｲｳ〜―𠮷野家👨‍👩‍👧‍👦",
    ] {
        strings.push(own.to_string());
    }
    strings
}

#[test]
fn every_naughty_subject_name_and_body_comes_back_equal_or_is_refused_with_a_sentence() {
    let desk = Desk::new();
    let (mut mails, mut written, mut refused) = (Vec::new(), Vec::new(), 0);
    for text in naughty() {
        for letter in [
            Letter { subject: &text, ..desk.letter() },
            Letter { from_name: &text, ..desk.letter() },
            Letter { to_name: Some(&text), ..desk.letter() },
            Letter { text: &text, ..desk.letter() },
            Letter { text: "text", html: Some(&text), ..desk.letter() },
        ] {
            match compose(&letter) {
                Ok(mail) => {
                    assert_well_formed(&mail);
                    mails.push(mail);
                    let own = |part: &str| part.to_string();
                    written.push((
                        own(letter.subject),
                        own(letter.from_name),
                        own(letter.to_name.unwrap()),
                        gist(letter.text),
                        letter.html.map(gist),
                    ));
                }
                Err(Error::Invalid(refusal)) => {
                    assert!(text.chars().any(char::is_control), "{text:?}");
                    assert_eq!(refusal.sentence.number, 1004);
                    assert!(refusal.field.is_some());
                    refused += 1;
                }
                Err(other) => panic!("{text:?}: {other:?}"),
            }
        }
    }
    assert!(mails.len() > 2000 && refused > 2, "{} {refused}", mails.len());
    for ((mail, seen), (subject, from_name, to_name, text, html)) in
        mails.iter().zip(python_reads(&mails)).zip(written)
    {
        let say = String::from_utf8_lossy(mail);
        assert_eq!(seen.defects, Vec::<String>::new(), "{say}");
        assert_eq!(seen.subject, subject, "{say}");
        assert_eq!(seen.from_name, shown(&from_name), "{say}");
        assert_eq!(seen.from_address.unwrap(), "shop@example.jp", "{say}");
        assert_eq!(seen.to_name, shown(&to_name), "{say}");
        assert_eq!(gist(&seen.text.unwrap()), text, "{say}");
        assert_eq!(seen.html.as_deref().map(gist), html, "{say}");

        let read = parsed(mail);
        assert_eq!(read.subject().unwrap_or(""), subject, "{say}");
        let name = |list: Option<&mail_parser::Address<'_>>| {
            list.and_then(|list| list.first()).and_then(|one| one.name()).unwrap_or("").to_string()
        };
        assert_eq!(name(read.from()), shown(&from_name), "{say}");
        assert_eq!(name(read.to()), shown(&to_name), "{say}");
        assert_eq!(gist(&read.body_text(0).unwrap()), text, "{say}");
    }
}

/// A name of white space alone is not shown.
fn shown(name: &str) -> String {
    if name.trim().is_empty() { String::new() } else { name.to_string() }
}

#[test]
fn japanese_names_with_emoji_fold_at_every_length_and_read_back_equal() {
    let desk = Desk::new();
    let source: Vec<char> = "山田👨‍👩‍👧‍👦花子𠮷髙が①ab c".chars().collect();
    let mut mails = Vec::new();
    let mut names = Vec::new();
    for length in 1..=300 {
        let name: String = source.iter().cycle().take(length).collect();
        let name = name.trim().to_string();
        let mail = compose(&Letter { subject: &name, from_name: &name, ..desk.letter() }).unwrap();
        assert_well_formed(&mail);
        for line in mail.split(|byte| *byte == b'\n') {
            assert!(line.len() <= 77, "{}", String::from_utf8_lossy(line));
            let line = String::from_utf8_lossy(line);
            for word in line.split(' ').filter(|word| word.starts_with("=?")) {
                let inner = word.trim().strip_prefix("=?utf-8?b?").unwrap().strip_suffix("?=").unwrap();
                String::from_utf8(BASE64.decode(inner.as_bytes()).unwrap())
                    .expect("whole characters in each word");
                assert!(word.trim().len() <= 75);
            }
        }
        names.push(name);
        mails.push(mail);
    }
    for ((mail, seen), name) in mails.iter().zip(python_reads(&mails)).zip(names) {
        assert_eq!(seen.defects, Vec::<String>::new());
        assert_eq!(seen.subject, name);
        assert_eq!(seen.from_name, name);
        assert_eq!(parsed(mail).subject().unwrap(), name);
    }
}

#[test]
fn the_same_letter_gives_the_same_bytes_and_another_message_id_another_boundary() {
    let desk = Desk::new();
    let letter = Letter { html: Some("<p>こんにちは</p>"), kind: bulk(), ..desk.letter() };
    assert_eq!(compose(&letter).unwrap(), compose(&letter).unwrap());
    let boundary = |mail: Vec<u8>| {
        let mail = String::from_utf8(mail).unwrap();
        mail.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap().to_string()
    };
    let other = Letter { message_id: "other@example.jp", ..letter };
    assert_ne!(boundary(compose(&letter).unwrap()), boundary(compose(&other).unwrap()));
}

#[test]
fn a_broadcast_carries_the_headers_that_let_a_reader_leave_with_one_click() {
    let desk = Desk::new();
    let mail = compose(&Letter { html: Some("<p>x</p>"), kind: bulk(), ..desk.letter() }).unwrap();
    let text = String::from_utf8(mail.clone()).unwrap();
    for line in [
        "\r\nList-Unsubscribe: <https://example.jp/neo.cgi/u/0123456789abcdef>,\r\n <mailto:unsub+0123@example.jp?subject=unsubscribe>\r\n",
        "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "\r\nPrecedence: bulk\r\n",
        "\r\nFeedback-ID: b12:l3:bulk:neo12345\r\n",
        "\r\nDate: Mon, 23 Nov 2026 08:30:00 +0900\r\n",
        "\r\nMessage-ID: <abc123@example.jp>\r\n",
        "\r\nMIME-Version: 1.0\r\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("Auto-Submitted"));
    let seen = &python_reads(&[mail])[0];
    assert_eq!(seen.list_id.as_deref(), Some("冬の便り, \"特別\" <号> <winter.example.jp>"));
    assert_eq!(seen.kinds, ["multipart/alternative", "text/plain", "text/html"]);
    let mut names = seen.names.clone();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), seen.names.len(), "a header stands twice: {:?}", seen.names);
}

#[test]
fn a_notice_says_that_a_program_wrote_it_and_asks_for_no_answer() {
    let desk = Desk::new();
    let reply_to = address("help@example.jp");
    let letter = Letter { kind: LetterKind::Automatic, reply_to: Some(&reply_to), ..desk.letter() };
    let text = String::from_utf8(compose(&letter).unwrap()).unwrap();
    assert!(text.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(text.contains("\r\nX-Auto-Response-Suppress: All\r\n"));
    assert!(text.contains("\r\nReply-To: help@example.jp\r\n"));
    assert!(!text.contains("List-") && !text.contains("Precedence"));
    assert!(text.contains("\r\nMIME-Version: 1.0\r\n"));
}

#[test]
fn a_mail_to_a_carriers_odd_address_is_composed_with_it_unchanged() {
    let desk = Desk::new();
    let to = address(".a..b.@docomo.ne.jp");
    let mail = compose(&Letter { to: &to, ..desk.letter() }).unwrap();
    assert!(String::from_utf8(mail).unwrap().contains(" <.a..b.@docomo.ne.jp>\r\n"));
}

#[test]
fn nothing_is_left_that_a_server_on_the_way_would_change() {
    let desk = Desk::new();
    let text = "two spaces at the end  \nFrom here\nand on\n";
    let mail = compose(&Letter { text, html: Some(text), ..desk.letter() }).unwrap();
    let mail = String::from_utf8(mail).unwrap();
    for line in mail.split("\r\n") {
        assert!(!line.ends_with([' ', '\t']), "{line:?}");
    }
    let seen = &python_reads(&[mail.into_bytes()])[0];
    assert_eq!(gist(seen.text.as_ref().unwrap()), gist(text));
    let from = compose(&Letter { text: "From here\n", ..desk.letter() }).unwrap();
    assert!(!String::from_utf8(from).unwrap().contains("\r\nFrom here"));
}

#[test]
fn a_line_break_in_any_header_value_is_refused() {
    let desk = Desk::new();
    for evil in ["a\r\nBcc: b@example.jp", "a\nb", "a\rb", "a\0b"] {
        let letters = [
            Letter { subject: evil, ..desk.letter() },
            Letter { from_name: evil, ..desk.letter() },
            Letter { to_name: Some(evil), ..desk.letter() },
            Letter { message_id: evil, ..desk.letter() },
        ];
        let kind = |list_id, list_title, unsubscribe_url, unsubscribe_mailto, feedback_id| LetterKind::Bulk {
            list_id,
            list_title,
            unsubscribe_url,
            unsubscribe_mailto: Some(unsubscribe_mailto),
            feedback_id,
        };
        let kinds = [
            kind(evil, "t", "https://x/", "a@b.jp", "f"),
            kind("l", evil, "https://x/", "a@b.jp", "f"),
            kind("l", "t", evil, "a@b.jp", "f"),
            kind("l", "t", "https://x/", evil, "f"),
            kind("l", "t", "https://x/", "a@b.jp", evil),
        ];
        let of_kinds = kinds.map(|kind| Letter { kind, ..desk.letter() });
        for letter in letters.iter().chain(&of_kinds) {
            assert!(matches!(compose(letter), Err(Error::Invalid(_))), "{letter:?}");
        }
    }
}

fn filled(source: &str, is_html: bool, name: &str) -> String {
    let field = BTreeMap::from([("shop".to_string(), "本店 & <支店>".to_string())]);
    let fields = Fields {
        name,
        email: "a@example.jp",
        field: &field,
        list_title: "便り",
        unsubscribe_url: "https://example.jp/u/1?a=b&c=\"d\"",
        preferences_url: "https://example.jp/p/1",
        sequence_unsubscribe_url: "https://example.jp/s/1",
        confirm_url: "c",
    };
    Template::parse(source, is_html).unwrap().render(&fields, USUAL_FUEL).unwrap()
}

fn refusal(source: &str, fuel: u64) -> (u16, String) {
    let field = BTreeMap::new();
    let fields = Fields {
        name: "x",
        email: "a@example.jp",
        field: &field,
        list_title: "t",
        unsubscribe_url: "u",
        preferences_url: "p",
        sequence_unsubscribe_url: "https://example.jp/s/1",
        confirm_url: "c",
    };
    match Template::parse(source, false).and_then(|template| template.render(&fields, fuel)) {
        Err(Error::Invalid(refusal)) => (refusal.sentence.number, refusal.say(neo::texts::Language::En)),
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn words_are_filled_in_and_an_empty_name_falls_back() {
    assert_eq!(filled("{{ name or \"お客様\" }}、{{ list_title }}", false, "花子"), "花子、便り");
    assert_eq!(filled("{{ name or \"お客様\" }}", false, ""), "お客様");
    assert_eq!(filled("{{ name | default(\"お客様\", true) }}", false, ""), "お客様");
    assert_eq!(
        filled("{{ field.shop }} [{{ field.none }}] {{ email }}\n", false, ""),
        "本店 & <支店> [] a@example.jp\n"
    );
    assert_eq!(filled("a\n{% if name %}\nb\n{% endif %}\nc\n", false, "x"), "a\nb\nc\n");
    assert_eq!(filled("{{ preferences_url }}", false, "x"), "https://example.jp/p/1");
}

#[test]
fn html_escapes_what_a_reader_typed_and_keeps_urls_whole() {
    assert_eq!(filled("<b>{{ name }}</b>", true, "<script>&"), "<b>&lt;script&gt;&amp;</b>");
    assert_eq!(
        filled("<a href=\"{{ unsubscribe_url }}\">", true, ""),
        "<a href=\"https://example.jp/u/1?a=b&amp;c=&quot;d&quot;\">"
    );
    assert!(Template::parse("{{ name|safe }}", true).is_err());
}

#[test]
fn a_text_without_tags_stays_as_it_is_even_with_a_style_sheet_in_it() {
    let css = "<style>@media screen{#a{b:c}} 100% { }</style>";
    assert_eq!(filled(css, true, "x"), css);
    assert_eq!(filled(&format!("{css}{{{{ name }}}}"), true, "x"), format!("{css}x"));
    let long = "あ".repeat(100_000);
    let template = Template::parse(&long, false).unwrap();
    assert!(template.fields().is_empty());
    assert_eq!(filled(&long, false, ""), long);
}

#[test]
fn an_unknown_word_is_named_with_its_line_before_anything_is_sent() {
    let (number, text) = refusal("こんにちは\n{{ nmae }}様", USUAL_FUEL);
    assert_eq!(number, 1035);
    assert!(text.contains("Line 2") && text.contains("\"nmae\""), "{text}");
    for source in ["{{ range(3) }}", "{{ name.x }}", "{% include 'a' %}", "{{ lipsum() }}", "{{ debug() }}"] {
        assert!(Template::parse(source, false).is_err(), "{source}");
    }
    let (number, text) = refusal("a\nb {{ name", USUAL_FUEL);
    assert_eq!(number, 1015);
    assert!(text.contains("L2"), "{text}");
}

#[test]
fn the_fields_that_a_text_uses_are_known_before_it_is_sent() {
    let template =
        Template::parse("{{ field.shop }} {% if field.town %}{{ field.town }}{% endif %}", false).unwrap();
    assert_eq!(template.fields(), ["shop", "town"]);
}

#[test]
fn a_template_that_would_run_or_grow_without_end_is_stopped() {
    let start = Instant::now();
    for source in [
        "{% for a in 'x' * 1000000 %}{% for b in 'x' * 1000000 %}.{% endfor %}{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{{ (['x' * 1000] * 1000000) | join }}",
        "{% set a = name * 100000 %}{% for i in a|list %}{% for j in a|list %}{% endfor %}{% endfor %}",
        "{{ '%999999999d' | format(1) }}",
        "{{ name | indent(999999999) }}{{ ('a\n' * 1000) | indent(999999) }}",
        "{{ name | replace('', 'y' * 100000000) }}",
        "{{ [1, 2, 3] | batch(900000000, 0) }}",
    ] {
        let (number, _) = refusal(source, USUAL_FUEL);
        assert!([1015, 1036].contains(&number), "{source}: {number}");
    }
    // Within its fuel, but past the limit of a mail.
    let (number, _) = refusal("{% for a in ('x' * 200)|list %}{{ 'y' * 10000 }}{% endfor %}", 100_000_000);
    assert_eq!(number, 1036);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
