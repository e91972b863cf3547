//! The corpus of returned mails: how many are told apart rightly, and that none of them, whole or cut short, does harm.
//! Not what follows from them: feedback.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use neo::domain::bounce::Reason;
use neo::mail::feedback::{parts, read};
use serde_json::Value;
use support::Site;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bounces")
}

/// Each file with its label.
fn labels() -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(folder().join("labels.jsonl")).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let labels: BTreeMap<String, Value> =
        rows.map(|row| (row["file"].as_str().unwrap().to_string(), row)).collect();
    assert!(labels.len() > 390, "the corpus is not there");
    labels
}

fn mail(file: &str) -> Vec<u8> {
    std::fs::read(folder().join(file)).unwrap()
}

/// How one kind of question was answered.
#[derive(Default)]
struct Score {
    right: usize,
    wrong: Vec<String>,
}

impl Score {
    fn add(&mut self, is_right: bool, what: &str) {
        match is_right {
            true => self.right += 1,
            false => self.wrong.push(what.to_string()),
        }
    }

    fn of(&self) -> usize {
        self.right + self.wrong.len()
    }

    fn share(&self) -> f64 {
        self.right as f64 / self.of() as f64
    }
}

#[test]
fn the_corpus_is_told_apart_above_the_gate() {
    let (mut hard, mut not_hard, mut kinds, mut recipients) =
        (Score::default(), Score::default(), Score::default(), Score::default());
    for (file, label) in labels() {
        let reading = read::read(&parts::cut(&mail(&file)));
        let kind = match reading.kind {
            read::Kind::Bounce => "bounce",
            read::Kind::Complaint => "complaint",
            read::Kind::AutoReply => "autoreply",
            read::Kind::Other => "other",
        };
        kinds.add(label["kind"] == kind || label["also_ok"] == kind, &file);
        let is_hard = reading.failures.iter().any(|failure| failure.reason.is_hard());
        match label["hard"].as_bool() {
            Some(true) => hard.add(is_hard, &file),
            Some(false) => not_hard.add(!is_hard, &file),
            None => {
                assert!(label["kind"] == "bounce" || !is_hard, "{file} is no bounce and kills an address")
            }
        }
        if label["kind"] == "bounce" && label["recipients"].is_array() {
            let wanted: Vec<String> = label["recipients"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one.as_str().unwrap().to_lowercase())
                .collect();
            let is_named =
                reading.failures.iter().any(|failure| wanted.contains(&failure.recipient.to_lowercase()));
            recipients.add(is_named, &file);
        }
    }
    for (name, score) in
        [("hard found", &hard), ("not hard kept", &not_hard), ("kind", &kinds), ("recipient", &recipients)]
    {
        eprintln!(
            "{name}: {}/{} ({:.1} %), not: {:?}",
            score.right,
            score.of(),
            100.0 * score.share(),
            score.wrong
        );
    }
    assert!(hard.share() >= 0.9, "dead addresses are missed");
    assert!(not_hard.share() >= 0.99, "living addresses are killed");
    assert!(kinds.share() >= 0.97, "kinds are mixed up");
    assert!(recipients.share() >= 0.9, "recipients are not found");
}

#[test]
fn line_ends_do_not_change_what_a_mail_says() {
    for (file, _) in labels() {
        let Some(name) = file.strip_prefix("s-dos-").or(file.strip_prefix("s-mac-")) else { continue };
        let twin = format!("s-{name}");
        let reading = |file: &str| {
            let reading = read::read(&parts::cut(&mail(file)));
            let failures: Vec<(String, Reason)> =
                reading.failures.into_iter().map(|failure| (failure.recipient, failure.reason)).collect();
            (reading.kind, failures)
        };
        if folder().join(&twin).exists() {
            assert_eq!(reading(&file), reading(&twin), "{file}");
        }
    }
}

#[test]
fn no_mail_of_the_corpus_does_harm_wherever_it_is_cut() {
    for (file, _) in labels() {
        let whole = mail(&file);
        let step = (whole.len() / 8).max(1);
        for end in (0..whole.len()).step_by(step) {
            let pieces = parts::cut(&whole[..end]);
            let reading = read::read(&pieces);
            assert!(reading.failures.len() <= read::MOST_FAILURES, "{file} cut at {end}");
            assert!(reading.failures.iter().all(|failure| failure.said.chars().count() <= 500));
            assert!(pieces.text.len() <= 4 * 64 * 1024 + 16 && pieces.returned.len() <= 4 * 64 * 1024 + 16);
        }
    }
}

#[test]
fn no_mail_of_the_corpus_does_harm_with_a_byte_changed() {
    for (file, _) in labels() {
        let mut mail = mail(&file);
        let step = (mail.len() / 4).max(1);
        for place in (0..mail.len()).step_by(step) {
            let before = mail[place];
            for byte in [b'\n', 0xff] {
                mail[place] = byte;
                let _ = read::read(&parts::cut(&mail));
            }
            mail[place] = before;
        }
    }
}

/// Mails made to be expensive: each must end, in little memory, within the limits of a command.
#[test]
fn mails_made_to_hurt_are_taken_in_quietly() {
    let site = Site::new();
    let nested: String = (0..5000)
        .map(|level| format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\n\n--b{level}\n"))
        .collect();
    let wrapped = "Content-Type: message/rfc822\n\n".repeat(20_000);
    let report = "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\
                  Content-Type: message/delivery-status\n\n"
        .to_string();
    let mails = [
        String::new(),
        "\n".repeat(900_000),
        "a".repeat(3_000_000),
        format!(
            "From: mailer-daemon@example.com\nSubject: failure notice\n\n{}",
            "<a@example.com>: unknown user\n".repeat(60_000)
        ),
        format!(
            "From: mailer-daemon@example.com\nSubject: failure notice\n\n{}",
            "deferred ".repeat(100_000)
        ),
        format!(
            "{report}{}",
            "Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n\n".repeat(20_000)
        ),
        format!(
            "{report}Final-Recipient: rfc822; a@example.com\nDiagnostic-Code: smtp; {}",
            "550 x\n ".repeat(150_000)
        ),
        format!("To: {}\n\nx", "bounce+1-aaaaaaaa@example.jp, ".repeat(30_000)),
        format!("Subject: {}\n\nx", "=?utf-8?B?8J+QiA==?= ".repeat(40_000)),
        nested,
        wrapped,
    ];
    for (number, mail) in mails.iter().enumerate() {
        let ran = site.neo_fed(&["feedback", "--json"], mail);
        let answer = ran.json();
        assert!(answer["kind"].is_string() && answer["delivery"].is_null(), "mail {number}: {answer}");
    }
}

#[test]
fn the_command_reads_the_corpus_as_the_library_does() {
    let site = Site::new();
    for file in
        ["s-lhost-postfix-04.eml", "s-arf-11.eml", "s-rfc3834-01.eml", "c-msg-02.eml", "s-lhost-yahoo-04.eml"]
    {
        let label = &labels()[file];
        let input = String::from_utf8_lossy(&mail(file)).into_owned();
        let answer = site.neo_fed(&["feedback", "--dry-run", "--json"], &input).json();
        assert_eq!(answer["kind"], label["kind"], "{file}: {answer}");
        assert_eq!(answer["hard"], label["hard"], "{file}: {answer}");
        assert!(answer["delivery"].is_null(), "{file}: {answer}");
    }
}
