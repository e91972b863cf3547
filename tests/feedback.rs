//! What comes back, from end to end: refusals at the time of sending, bounces, complaints, wishes to leave, and forgeries.
//! Not how well strange mails are told apart (bounces) and not the pages (suppressions).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

#[path = "support/mail_server.rs"]
#[allow(dead_code, reason = "this file uses a part of it")]
mod mail_server;
#[path = "support/reader.rs"]
mod reader;

use mail_server::{Act, MailServer, Script};
use neo::clock::Clock;
use neo::domain::id::{DeliveryId, SubscriptionId};
use neo::domain::token::SiteKey;
use neo::guard::budget::Budget;
use neo::host::paths::DataFolder;
use reader::{record, site_with, state, store};
use serde_json::Value;
use support::{NOON, Site};

const DAY: i64 = 86_400;
const RETURN_PATH: &str = "bounce+{token}@sakurado.example.jp";

/// A list with readers, and a return path that differs for each mail.
fn site(readers: &[&str]) -> Site {
    let site = site_with(&[("news", "double")]);
    site.at(NOON);
    site.set("return_path", RETURN_PATH);
    for address in readers {
        site.neo(&["subscriber", "add", "news", address, "--confirmed"]).ok();
    }
    site
}

/// Sends a broadcast to everybody and gives its number.
fn broadcast(site: &Site) -> String {
    let file = site.scratch("text");
    std::fs::write(&file, "今月の花\n").unwrap();
    let text = file.to_str().unwrap();
    let message =
        site.neo(&["broadcast", "create", "--list", "news", "--subject", "S", "--text", text, "--at", "now"]);
    let message = message.ok();
    site.neo(&["tick"]).ok();
    message.trim().to_string()
}

fn key(site: &Site) -> SiteKey {
    let folder = DataFolder::named(&site.data()).unwrap();
    neo::app::App::open_read_only(folder, Clock::machine(), Budget::unlimited()).unwrap().0.key
}

/// The one number that a query gives.
#[expect(clippy::disallowed_methods, reason = "the test looks at the file, not at the store's word for it")]
fn number(site: &Site, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open(site.data().join("neo.sqlite")).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn ledger(site: &Site, message: &str) -> Value {
    site.neo(&["ledger", message, "--json"]).json()
}

fn reason_of(site: &Site, address: &str) -> Option<String> {
    store(site).suppression(address).unwrap().map(|found| found.reason)
}

/// A delivery report of Postfix's make.
fn report(to: &str, recipient: &str, action: &str, status: &str, said: &str, returned: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.jp\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n\
         Auto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"xx\"\n\n--xx\n\
         Content-Type: text/plain\n\nI'm sorry to have to inform you.\n\n<{recipient}>: host mx said: {said}\n\n--xx\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.jp\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n\n\
         --xx\nContent-Type: text/rfc822-headers\n\n{returned}\n--xx--\n"
    )
}

fn unknown_user(to: &str, recipient: &str, returned: &str) -> String {
    let said = format!(
        "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown (in reply to RCPT TO command)"
    );
    report(to, recipient, "failed", "5.1.1", &said, returned)
}

fn feed(site: &Site, mail: &str) -> Value {
    site.neo_fed(&["feedback", "--json"], mail).json()
}

fn return_address(site: &Site, delivery: i64) -> String {
    RETURN_PATH.replace("{token}", &key(site).return_token(DeliveryId(delivery)))
}

/// The headers of the newest mail to an address, as it left.
fn headers_of(site: &Site, address: &str) -> String {
    let mails = site.mails();
    let mail = mails
        .iter()
        .rev()
        .find(|mail| mail.contains(&format!("To: {address}")) || mail.contains(&format!("<{address}>")));
    mail.unwrap().replace("\r\n", "\n").split("\n\n").next().unwrap().to_string()
}

#[test]
fn a_bounce_to_the_rows_own_address_ends_the_mailing_and_the_ledger_still_adds_up() {
    let site = site(&["gone@example.jp", "hanako@example.jp"]);
    let message = broadcast(&site);
    let answer = feed(&site, &unknown_user(&return_address(&site, 1), "gone@example.jp", ""));
    assert_eq!(
        answer,
        serde_json::json!({"kind": "bounce", "hard": true, "reason": "no-such-address",
            "recipient": "gone@example.jp", "delivery": 1})
    );
    let counts = ledger(&site, &message);
    assert_eq!((&counts["sent"], &counts["bounced"], &counts["audience"]), (&1.into(), &1.into(), &2.into()));
    assert_eq!(reason_of(&site, "gone@example.jp").as_deref(), Some("no-such-address"));
    let message = broadcast(&site);
    let counts = ledger(&site, &message);
    assert_eq!((&counts["sent"], &counts["suppressed"]), (&1.into(), &1.into()), "{counts}");
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let site = site(&["gone@example.jp"]);
    broadcast(&site);
    let mail = unknown_user(&return_address(&site, 1), "gone@example.jp", "");
    let before = reader::traces(&site, "news", "gone@example.jp");
    let dry = site.neo_fed(&["feedback", "--dry-run", "--json"], &mail).json();
    assert_eq!(reader::traces(&site, "news", "gone@example.jp"), before);
    assert_eq!(reason_of(&site, "gone@example.jp"), None);
    assert_eq!(dry, feed(&site, &mail));
}

#[test]
fn the_token_is_found_wherever_a_mail_server_puts_it() {
    for place in ["header", "variable", "option"] {
        let site = site(&["gone@example.jp"]);
        broadcast(&site);
        let address = return_address(&site, 1).to_uppercase();
        let mail = unknown_user("somebody@sakurado.example.jp", "other@example.com", "");
        let mail = if place == "header" { format!("X-Original-To: {address}\n{mail}") } else { mail };
        let answer = match place {
            "option" => site.neo_fed(&["feedback", "--json", "--recipient", &address], &mail).json(),
            "variable" => {
                use std::io::Write;
                let mut command = site.command();
                command.args(["feedback", "--json"]).env("ORIGINAL_RECIPIENT", &address);
                command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
                let mut child = command.spawn().unwrap();
                child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
                serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
            }
            _ => feed(&site, &mail),
        };
        // A forwarded mail bounces at an address that we never wrote to: the row is what counts.
        assert_eq!(
            (&answer["delivery"], &answer["recipient"]),
            (&1.into(), &"gone@example.jp".into()),
            "{place}"
        );
        assert!(reason_of(&site, "gone@example.jp").is_some(), "{place}");
    }
}

#[test]
fn our_own_headers_in_what_came_back_are_a_proof_too() {
    let site = site(&["gone@example.jp"]);
    site.set("return_path", "");
    broadcast(&site);
    let headers = headers_of(&site, "gone@example.jp");
    let answer = feed(&site, &unknown_user("news@sakurado.example.jp", "elsewhere@example.com", &headers));
    assert_eq!((&answer["delivery"], &answer["recipient"]), (&1.into(), &"gone@example.jp".into()));
    assert!(reason_of(&site, "gone@example.jp").is_some());
}

#[test]
fn a_message_id_proves_it_for_the_reader_who_is_named() {
    let site = site(&["gone@example.jp", "hanako@example.jp"]);
    broadcast(&site);
    let headers = headers_of(&site, "gone@example.jp");
    let id = headers.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap();
    let answer = feed(&site, &unknown_user("news@sakurado.example.jp", "gone@example.jp", id));
    assert_eq!(answer["delivery"], 1);
    // The same Message-ID says nothing about another reader.
    let answer = feed(&site, &unknown_user("news@sakurado.example.jp", "hanako@example.jp", id));
    assert!(answer["delivery"].is_null(), "{answer}");
    assert_eq!(reason_of(&site, "hanako@example.jp"), None);
}

#[test]
fn a_forged_bounce_removes_nobody_and_is_kept_for_the_owner() {
    let site = site(&["hanako@example.jp"]);
    let message = broadcast(&site);
    let token = key(&site).return_token(DeliveryId(1));
    let forged = [
        "bounce+1-aaaaaaaa@sakurado.example.jp".to_string(),
        format!("bounce+2-{}@sakurado.example.jp", &token[2..]),
        "news@sakurado.example.jp".to_string(),
        "bounce+1@sakurado.example.jp".to_string(),
    ];
    for address in &forged {
        let mail = unknown_user(address, "hanako@example.jp", "Message-ID: <guess@sakurado.example.jp>\n");
        let answer = feed(&site, &mail);
        assert_eq!((&answer["kind"], &answer["delivery"]), (&"bounce".into(), &Value::Null), "{address}");
    }
    assert_eq!(reason_of(&site, "hanako@example.jp"), None);
    assert_eq!(ledger(&site, &message)["sent"], 1);
    assert_eq!(store(&site).returned_count().unwrap(), 4);
}

#[test]
fn the_same_bounce_twice_counts_once_and_a_delay_never() {
    let site = site(&["full@example.jp"]);
    for turn in 1..=4 {
        site.at(NOON + turn * 3 * DAY);
        broadcast(&site);
        let said = "552 5.2.2 <full@example.jp>: user is over quota";
        let to = return_address(&site, turn);
        feed(&site, &report(&to, "full@example.jp", "delayed", "4.2.2", said, ""));
        let mail = report(&to, "full@example.jp", "failed", "5.2.2", said, "");
        for _ in 0..3 {
            assert_eq!(feed(&site, &mail)["hard"], false);
        }
    }
    assert_eq!(number(&site, "select count(*) from strikes"), 4);
    assert_eq!(reason_of(&site, "full@example.jp"), None);
    site.at(NOON + 15 * DAY);
    broadcast(&site);
    let said = "452 4.2.2 mailbox full";
    feed(&site, &report(&return_address(&site, 5), "full@example.jp", "failed", "4.2.2", said, ""));
    assert_eq!(reason_of(&site, "full@example.jp").as_deref(), Some("mailbox-full"));
}

#[test]
fn what_is_held_against_the_sender_never_strikes_a_reader() {
    let site = site(&["hanako@example.jp"]);
    for turn in 1..=6 {
        site.at(NOON + turn * 5 * DAY);
        let message = broadcast(&site);
        let said =
            "550 5.7.515 Access denied, sending domain does not meet the required authentication level";
        let answer = feed(
            &site,
            &report(&return_address(&site, turn), "hanako@example.jp", "failed", "5.7.515", said, ""),
        );
        assert_eq!((&answer["hard"], &answer["reason"]), (&false.into(), &"policy".into()));
        assert_eq!(ledger(&site, &message)["bounced"], 1);
    }
    assert_eq!(reason_of(&site, "hanako@example.jp"), None);
    assert_eq!(number(&site, "select count(*) from strikes"), 0);
}

#[test]
fn a_carriers_unknown_user_needs_a_second_day_and_after_data_it_is_a_filter() {
    let site = site(&["taro@docomo.ne.jp"]);
    broadcast(&site);
    let rcpt = "550 Unknown user taro@docomo.ne.jp (in reply to RCPT TO command)";
    let data = "550 Unknown user taro@docomo.ne.jp (in reply to end of DATA command)";
    let mail = |row: i64, said: &str| {
        report(&return_address(&site, row), "taro@docomo.ne.jp", "failed", "5.0.0", said, "")
    };
    assert_eq!(feed(&site, &mail(1, data))["reason"], "filtered");
    broadcast(&site);
    assert_eq!(feed(&site, &mail(2, rcpt))["hard"], true);
    broadcast(&site);
    feed(&site, &mail(3, rcpt));
    assert_eq!(reason_of(&site, "taro@docomo.ne.jp"), None, "two on one day");
    site.at(NOON + 2 * DAY);
    broadcast(&site);
    feed(&site, &mail(4, rcpt));
    assert_eq!(reason_of(&site, "taro@docomo.ne.jp").as_deref(), Some("no-such-address"));
}

#[test]
fn a_refusal_at_the_time_of_sending_is_recorded_with_its_reason_and_what_follows() {
    let site = site(&["one@example.jp", "two@example.jp", "three@example.jp"]);
    let server =
        MailServer::start(
            Script::default()
                .on("RCPT", 1, Act::Say("550 5.1.1 <one@example.jp>: User unknown".to_string()))
                .on("RCPT", 2, Act::Say("550 5.7.1 Client host blocked using zen.spamhaus.org".to_string())),
        );
    site.set("transport", &server.transport());
    let message = broadcast(&site);
    let counts = ledger(&site, &message);
    // What is held against the sender is tried again: the owner may mend it, and the reader has done nothing.
    assert_eq!(
        (&counts["failed"], &counts["deferred"], &counts["sent"]),
        (&1.into(), &1.into(), &1.into()),
        "{counts}"
    );
    let failure = |row: i64| store(&site).failure_of(DeliveryId(row)).unwrap().map(|reason| reason.word());
    assert_eq!((failure(1), failure(2), failure(3)), (Some("no-such-address"), None, None));
    assert_eq!(reason_of(&site, "one@example.jp").as_deref(), Some("no-such-address"));
    assert_eq!(reason_of(&site, "two@example.jp"), None);
    let said = store(&site).suppression("one@example.jp").unwrap().unwrap().said;
    assert!(said.contains("User unknown"), "the server's words are kept: {said}");
}

#[test]
fn a_dead_address_ends_its_sequences_and_what_waits_for_it() {
    let site = site(&[]);
    let file = site.scratch("sequence.json");
    let sequence = r#"{"name":"welcome","list":"news","start":{"on":"join"},"steps":[
        {"after_days":0,"at":"00:00","subject":"one","text":"one"},{"after_days":3,"at":"08:30","subject":"two","text":"two"}]}"#;
    std::fs::write(&file, sequence).unwrap();
    site.neo(&["sequence", "import", file.to_str().unwrap()]).ok();
    site.neo(&["subscriber", "add", "news", "gone@example.jp", "--confirmed"]).ok();
    broadcast(&site);
    let row = number(&site, "select min(id) from deliveries where state = 'sent'");
    assert_eq!(number(&site, "select count(*) from enrolments where state = 'active'"), 1);
    feed(&site, &unknown_user(&return_address(&site, row), "gone@example.jp", ""));
    assert_eq!(number(&site, "select count(*) from enrolments where state = 'active'"), 0);
    assert_eq!(number(&site, "select count(*) from deliveries where state in ('queued', 'deferred')"), 0);
    let before = site.mails().len();
    site.at(NOON + 5 * DAY);
    site.neo(&["tick"]).ok();
    assert_eq!(site.mails().len(), before);
}

#[test]
fn a_complaint_ends_everything_without_a_word() {
    let site = site(&["hanako@example.jp"]);
    broadcast(&site);
    let headers = headers_of(&site, "hanako@example.jp");
    let before = site.mails().len();
    let complaint = |kind: &str| {
        format!(
            "From: fbl@provider.example\nTo: news@sakurado.example.jp\nSubject: FW: S\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=feedback-report; boundary=\"xx\"\n\n--xx\nContent-Type: text/plain\n\n\
             This is a report.\n\n--xx\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\n\n--xx\n\
             Content-Type: message/rfc822\n\n{headers}\n\ntext\n--xx--\n"
        )
    };
    for kind in ["not-spam", "auth-failure"] {
        assert_eq!(feed(&site, &complaint(kind))["kind"], "other");
        assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed");
    }
    let answer = feed(&site, &complaint("abuse"));
    assert_eq!((&answer["kind"], &answer["recipient"]), (&"complaint".into(), &"hanako@example.jp".into()));
    assert_eq!(state(&site, "news", "hanako@example.jp"), "left");
    assert_eq!(reason_of(&site, "hanako@example.jp").as_deref(), Some("complaint"));
    let consents = record(&site, "news", "hanako@example.jp")["consents"].clone();
    assert_eq!(consents.as_array().unwrap().last().unwrap()["way"], "complaint");
    site.neo(&["tick"]).ok();
    assert_eq!(site.mails().len(), before);
}

#[test]
fn a_mail_to_the_readers_own_address_takes_her_off_the_list() {
    let site = site(&["hanako@example.jp", "taro@example.jp"]);
    broadcast(&site);
    let headers = headers_of(&site, "hanako@example.jp").replace("\n ", " ");
    let address =
        headers.split("<mailto:").nth(1).expect("a mailto in List-Unsubscribe").split('>').next().unwrap();
    assert_eq!(address, RETURN_PATH.replace("{token}", &key(&site).leave_token(SubscriptionId(1))));
    let mail = format!("From: someone@example.com\nTo: <{address}>\nSubject: \n\n\n");
    let automatic = format!("Auto-Submitted: auto-replied\n{mail}");
    assert_eq!(feed(&site, &automatic)["kind"], "autoreply");
    let forged = mail.replace("bounce+u1-", "bounce+u2-");
    assert_eq!(feed(&site, &forged)["kind"], "other");
    assert_eq!(state(&site, "news", "taro@example.jp"), "confirmed");
    assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed");
    assert_eq!(feed(&site, &mail)["kind"], "unsubscribe");
    assert_eq!(state(&site, "news", "hanako@example.jp"), "left");
    assert_eq!(feed(&site, &mail)["kind"], "unsubscribe", "a second time does no harm");
}

#[test]
fn without_a_token_in_the_return_path_no_mail_address_is_offered_for_leaving() {
    let site = site(&["hanako@example.jp"]);
    site.set("return_path", "");
    broadcast(&site);
    assert!(!headers_of(&site, "hanako@example.jp").contains("mailto:"));
}

#[test]
fn automatic_replies_are_ignored_even_at_the_rows_own_address() {
    let site = site(&["hanako@example.jp"]);
    let message = broadcast(&site);
    let to = return_address(&site, 1);
    for mail in [
        format!(
            "From: hanako@example.jp\nTo: {to}\nSubject: Re: S\nAuto-Submitted: auto-replied (vacation)\n\n休暇中です\n"
        ),
        format!(
            "From: hanako@example.jp\nTo: {to}\nSubject: 自動返信: お問い合わせ\n\nありがとうございます\n"
        ),
        format!(
            "From: hanako@example.jp\nTo: {to}\nSubject: Out of Office\nPrecedence: auto_reply\n\naway\n"
        ),
    ] {
        let answer = feed(&site, &mail);
        assert_eq!((&answer["kind"], &answer["hard"]), (&"autoreply".into(), &Value::Null), "{mail}");
    }
    assert_eq!(ledger(&site, &message)["sent"], 1);
    assert_eq!(store(&site).returned_count().unwrap(), 0);
}

#[test]
fn a_mail_server_is_never_told_anything_but_done_or_try_again() {
    let empty = Site::empty();
    assert_eq!(empty.neo_fed(&["feedback"], "x").code, 75, "not set up: the server keeps the mail");
    assert_eq!(empty.neo_fed(&["feedback", "--no-such-option"], "x").code, 75, "a typing error in .forward");
    let site = site(&[]);
    let ran = site.neo_fed(&["feedback"], "From: a@example.jp\nSubject: hello\n\nquestion\n");
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (0, "", ""),
        "some servers mail the output back"
    );
    std::fs::write(site.data().join("neo.sqlite"), "this is no database at all").unwrap();
    assert_eq!(site.neo_fed(&["feedback"], "x").code, 75);
}

#[test]
fn nothing_that_comes_in_is_ever_answered() {
    let site = site(&["hanako@example.jp"]);
    broadcast(&site);
    let before = site.mails().len();
    let to = return_address(&site, 1);
    for mail in [
        format!("From: {to}\nTo: {to}\nSubject: loop\n\nloop\n"),
        format!("From: hanako@example.jp\nTo: {to}\nReply-To: {to}\nSubject: question\n\n?\n"),
        unknown_user(&to, "hanako@example.jp", ""),
    ] {
        feed(&site, &mail);
        site.neo(&["tick"]).ok();
    }
    assert_eq!(site.mails().len(), before);
}
