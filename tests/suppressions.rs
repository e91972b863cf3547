//! The owner's pages about what came back: suppressed addresses, a reader's strikes, returned mails.
//! Not what fills them: feedback.
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

use neo::clock::Clock;
use neo::domain::id::DeliveryId;
use neo::guard::budget::Budget;
use neo::host::paths::DataFolder;
use neo::texts::feedback;
use reader::{sign_up, site_with, state, store};
use support::{NOON, Site};

const LIST: &str = "/admin/subscribers/suppressed";
const RETURNED: &str = "/admin/subscribers/returned";

fn site() -> Site {
    let site = site_with(&[("news", "double")]);
    site.at(NOON);
    site.set("return_path", "bounce+{token}@sakurado.example.jp");
    site.neo(&["subscriber", "add", "news", "hanako@example.jp", "--confirmed"]).ok();
    site.sign_in();
    site
}

fn broadcast(site: &Site) -> serde_json::Value {
    let file = site.scratch("text");
    std::fs::write(&file, "花\n").unwrap();
    let text = file.to_str().unwrap();
    let message = site
        .neo(&["broadcast", "create", "--list", "news", "--subject", "S", "--text", text, "--at", "now"])
        .ok();
    site.neo(&["tick"]).ok();
    site.neo(&["ledger", message.trim(), "--json"]).json()
}

/// Lets a mail of this row come back.
fn bounce(site: &Site, row: i64, said: &str) {
    let folder = DataFolder::named(&site.data()).unwrap();
    let (app, _) = neo::app::App::open_read_only(folder, Clock::machine(), Budget::unlimited()).unwrap();
    let mail = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@example.jp\nTo: bounce+{}@sakurado.example.jp\nSubject: failure notice\n\n\
         <hanako@example.jp>: {said}\n",
        app.key.return_token(DeliveryId(row))
    );
    site.neo_fed(&["feedback"], &mail).ok();
}

#[test]
fn the_readers_page_tells_why_nothing_is_sent_and_lifting_it_sends_again() {
    let site = site();
    broadcast(&site);
    bounce(&site, 1, "550 5.1.1 no such user here");
    let page = site.get("/admin/subscribers/1");
    for words in [feedback::STOPPED_TITLE, feedback::REASON_NO_SUCH_ADDRESS, feedback::STRIKES] {
        assert!(page.says(words.ja), "{}: {}", words.ja, page.text());
    }
    assert!(
        page.says("no such user here") && page.says("2026-11-24"),
        "the server's words and the day: {}",
        page.text()
    );
    assert_eq!(broadcast(&site)["suppressed"], 1);
    site.get("/admin/subscribers/1");
    let page = site.post(&format!("{LIST}/lift"), &[("address", "hanako@example.jp"), ("reader", "1")]);
    let page = site.follow(&page);
    assert!(
        page.says(feedback::SUPPRESSION_LIFTED.ja) && !page.says(feedback::STOPPED_TITLE.ja),
        "{}",
        page.text()
    );
    assert!(page.says(feedback::STRIKE_FORGIVEN.ja), "what was is still told");
    assert_eq!(broadcast(&site)["sent"], 1);
}

#[test]
fn forgiven_strikes_count_no_more() {
    let site = site();
    for row in 1..=4 {
        broadcast(&site);
        bounce(&site, row, "552 5.2.2 mailbox full");
    }
    store(&site).lift_suppression("hanako@example.jp").unwrap();
    broadcast(&site);
    bounce(&site, 5, "552 5.2.2 mailbox full");
    assert!(store(&site).suppression("hanako@example.jp").unwrap().is_none());
}

#[test]
fn the_owner_adds_finds_and_lifts_an_address() {
    let site = site();
    assert!(site.get(LIST).says(feedback::SUPPRESSIONS_NONE.ja));
    let page = site.follow(&site.post(LIST, &[("email", "Hanako@Example.jp")]));
    assert!(page.says("hanako@example.jp") && page.says(feedback::REASON_OWNER.ja), "{}", page.text());
    assert!(site.get(&format!("{LIST}?q=hana")).says("hanako@example.jp"));
    assert!(!site.get(&format!("{LIST}?q=x")).says("hanako@example.jp"));
    assert_eq!(broadcast(&site)["suppressed"], 1);
    site.get(LIST);
    let page = site.post(&format!("{LIST}/lift"), &[("address", "hanako@example.jp")]);
    assert!(site.follow(&page).says(feedback::SUPPRESSIONS_NONE.ja));
    assert_eq!(broadcast(&site)["sent"], 1);
}

#[test]
fn a_wrong_address_is_refused_with_what_was_typed() {
    let site = site();
    site.get(LIST);
    let page = site.post(LIST, &[("email", "no address")]);
    assert_eq!(page.status, 422);
    assert_eq!(page.value("email"), "no address");
    assert!(page.says("E1002"), "{}", page.text());
}

#[test]
fn a_long_list_is_paged_without_losing_or_repeating_an_address() {
    let site = site();
    let ours = store(&site);
    for number in 0..120 {
        // Many at the same instant: the address decides.
        ours.end_mailing(&format!("reader{number:03}@example.jp"), "owner", "", NOON + number / 60).unwrap();
    }
    let mut seen = Vec::new();
    let mut next = LIST.to_string();
    loop {
        let page = site.get(&next);
        let found = page.body.split("reader").skip(1).filter_map(|rest| rest.get(..3)).map(str::to_string);
        seen.extend(found.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())));
        let Some((_, rest)) = page.body.split_once(&format!("{LIST}?before=")) else { break };
        next = format!("{LIST}?before={}", rest.split('"').next().unwrap());
    }
    seen.dedup();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 120);
}

#[test]
fn a_suppressed_address_gets_no_confirmation_mail_either() {
    let site = site();
    store(&site).end_mailing("gone@example.jp", "no-such-address", "", NOON).unwrap();
    let before = site.mails().len();
    sign_up(&site, "news", &[("email", "gone@example.jp")], "10.1.1.1");
    site.neo(&["tick"]).ok();
    assert_eq!(site.mails().len(), before);
}

#[test]
fn a_mail_that_nobody_understands_waits_for_the_owner_as_text_only() {
    let site = site();
    let mail = "From: Taro <taro@example.jp>\nSubject: =?utf-8?B?6LOq5ZWP?=\nContent-Type: text/html; charset=utf-8\n\n\
                <script>alert(1)</script><b>花は何時まで?</b>\n";
    site.neo_fed(&["feedback"], mail).ok();
    assert!(site.get("/admin/subscribers").says(&format!("{} 1", feedback::RETURNED.ja)));
    let page = site.get(RETURNED);
    assert!(page.says("質問") && page.says("taro@example.jp"), "{}", page.text());
    let page = site.get(&format!("{RETURNED}/1"));
    assert!(page.says("花は何時まで?") && !page.body.contains("<script>alert"), "{}", page.body);
    let page = site.follow(&site.post(&format!("{RETURNED}/1/delete"), &[]));
    assert!(page.says(feedback::RETURNED_DELETED.ja) && page.says(feedback::RETURNED_NONE.ja));
    assert_eq!(site.get(&format!("{RETURNED}/1")).status, 404);
}

#[test]
fn the_owner_tells_by_hand_that_an_address_is_dead() {
    let site = site();
    let mail = "Return-Path: <>\nFrom: mailer-daemon@example.jp\nTo: news@sakurado.example.jp\nSubject: failure notice\n\n\
                <hanako@example.jp>:\nSorry, no mailbox here by that name. (#5.1.1)\n";
    site.neo_fed(&["feedback"], mail).ok();
    assert_eq!(broadcast(&site)["sent"], 1, "a name alone proves nothing");
    let page = site.get(&format!("{RETURNED}/1"));
    assert_eq!(page.value("email"), "hanako@example.jp");
    let page = site.follow(&site.post(&format!("{RETURNED}/1/dead"), &[("email", "hanako@example.jp")]));
    assert!(page.says(feedback::SUPPRESSION_ADDED.ja), "{}", page.text());
    assert_eq!(store(&site).returned_count().unwrap(), 0);
    assert_eq!(broadcast(&site)["suppressed"], 1);
    assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed", "she did not leave");
}

#[test]
fn returned_mails_are_bounded_in_number_and_size() {
    let site = site();
    let ours = store(&site);
    let kept = neo::store::feedback::ReturnedMail {
        id: neo::domain::id::ReturnedMailId(0),
        at: NOON,
        kind: "other".to_string(),
        sender: "a@example.jp".to_string(),
        subject: "S".to_string(),
        recipient: String::new(),
    };
    ours.transaction(|| (0..600).try_for_each(|_| ours.keep_returned_mail(&kept, &vec![b'x'; 200_000])))
        .unwrap();
    assert_eq!(ours.returned_count().unwrap(), 500);
    let newest = ours.returned_mails(neo::domain::id::ReturnedMailId(i64::MAX), 1).unwrap().remove(0);
    let (_, bytes) = ours.returned_mail(newest.id).unwrap().unwrap();
    assert_eq!(bytes.len(), neo::store::feedback::KEPT_BYTES);
}

#[test]
fn erasing_a_reader_takes_the_servers_words_and_her_returned_mails_along() {
    let site = site();
    broadcast(&site);
    bounce(&site, 1, "550 5.1.1 no such user hanako@example.jp");
    let mail = "From: hanako@example.jp\nSubject: q\n\nquestion\n";
    site.neo_fed(&["feedback"], mail).ok();
    site.neo(&["subscriber", "erase", "news", "hanako@example.jp"]).ok();
    assert_eq!(store(&site).returned_count().unwrap(), 0);
    let strikes = store(&site).strikes_of(neo::domain::id::SubscriberId(1), 10).unwrap();
    assert!(strikes.len() == 1 && strikes[0].said.is_empty());
}
