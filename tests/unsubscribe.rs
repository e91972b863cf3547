//! Leaving: by the page's button, by a mail program's one click, by the preferences, and what happens to waiting mails.
//! Not joining (sign_up) and not the owner's side (subscribers).
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

use neo::texts::public;
use reader::{link, mails_to, record, site_with, state, traces};
use support::{NOON, Page, Site};

const TEXT: &str = "{{ preferences_url }}\n";

/// Two readers on two lists, each with a mail of both.
fn site() -> Site {
    let site = site_with(&[("news", "double"), ("tea", "double")]);
    site.at(NOON);
    for address in ["hanako@example.jp", "taro@example.jp"] {
        for list in ["news", "tea"] {
            site.neo(&["subscriber", "add", list, address, "--name", "花子", "--confirmed"]).ok();
        }
    }
    broadcast(&site, "tea");
    broadcast(&site, "news");
    site.neo(&["tick"]).ok();
    site
}

fn broadcast(site: &Site, list: &str) -> String {
    let file = site.scratch("text");
    std::fs::write(&file, TEXT).unwrap();
    let file = file.to_str().unwrap();
    let create =
        ["broadcast", "create", "--list", list, "--subject", "お知らせ", "--text", file, "--at", "now"];
    site.neo(&create).ok().trim().to_string()
}

fn one_click(site: &Site, path: &str) -> Page {
    site.request("POST", path, Some("List-Unsubscribe=One-Click"), &[])
}

#[test]
fn looking_ten_times_changes_nothing_and_says_whom_it_is_about() {
    let site = site();
    let path = link(&site, "hanako@example.jp", "u");
    let before = traces(&site, "news", "hanako@example.jp");
    for method in ["GET", "HEAD"].iter().cycle().take(10) {
        let page = site.request(method, &path, None, &[]);
        assert_eq!(page.status, 200);
        assert!(*method == "HEAD" || page.says("hanako@example.jp"));
    }
    assert_eq!(traces(&site, "news", "hanako@example.jp"), before);
}

#[test]
fn the_button_takes_her_off_this_list_only_and_nobody_else() {
    let site = site();
    let path = link(&site, "hanako@example.jp", "u");
    let page = site.post(&path, &[]);
    assert_eq!(page.status, 200);
    assert!(page.says(public::LEFT_TITLE.ja) && page.body.contains("href=\"/neo.cgi/f/news\""));
    assert_eq!(state(&site, "news", "hanako@example.jp"), "left");
    assert_eq!(state(&site, "tea", "hanako@example.jp"), "confirmed");
    assert_eq!(state(&site, "news", "taro@example.jp"), "confirmed");
    let last =
        record(&site, "news", "hanako@example.jp")["consents"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["event"].as_str(), last["way"].as_str()), (Some("withdrawn"), Some("link")));
    assert!(site.get(&path).says(public::LEFT_TITLE.ja));
}

#[test]
fn one_click_works_a_hundred_times_in_both_encodings_without_cookie_or_redirect() {
    let site = site();
    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    for (address, content_type, body) in [
        ("hanako@example.jp", "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("taro@example.jp", "multipart/form-data; boundary=b", multipart),
    ] {
        let path = link(&site, address, "u");
        let mut first = None;
        for round in 0..100 {
            // What a mailbox provider's robot sends: no origin of ours, no cookie, no language.
            let more = [
                ("CONTENT_TYPE", content_type),
                ("HTTP_ORIGIN", "null"),
                ("HTTP_SEC_FETCH_SITE", "cross-site"),
                ("HTTP_ACCEPT_LANGUAGE", ""),
            ];
            let page = site.request("POST", &path, Some(body), &more);
            assert_eq!(page.status, 200, "{round}: {}", page.text());
            assert_eq!((page.header("location"), page.header("set-cookie")), (None, None));
            let first = first.get_or_insert_with(|| page.body.clone());
            assert_eq!(&page.body, first, "{round}");
        }
        let record = record(&site, "news", address);
        assert_eq!(record["state"], "left");
        let ways: Vec<&str> =
            record["consents"].as_array().unwrap().iter().map(|row| row["way"].as_str().unwrap()).collect();
        assert_eq!(ways, ["command", "one-click"], "one row for a hundred presses");
    }
}

#[test]
fn a_link_of_an_erased_reader_still_answers_with_success() {
    let site = site();
    let path = link(&site, "hanako@example.jp", "u");
    site.neo(&["subscriber", "erase", "news", "hanako@example.jp"]).ok();
    for page in [site.get(&path), one_click(&site, &path)] {
        assert_eq!(page.status, 200);
        assert!(page.says(public::LEFT_TITLE.ja) && !page.says("hanako"));
    }
}

#[test]
fn a_mail_that_waits_is_not_sent_to_who_left() {
    let site = site();
    let message = broadcast(&site, "news");
    // One mail goes, the other row is in the ledger; then she leaves, and at once nothing waits for her.
    site.set("tick_messages", "1");
    site.neo(&["tick"]).ok();
    let is_waiting = |address: &str| mails_to(&site, address).len() == 2;
    let (waiting, sent) = match is_waiting("hanako@example.jp") {
        true => ("hanako@example.jp", "taro@example.jp"),
        false => ("taro@example.jp", "hanako@example.jp"),
    };
    assert_eq!(mails_to(&site, sent).len(), 3);
    one_click(&site, &link(&site, waiting, "u"));
    let ledger = site.neo(&["ledger", &message, "--json"]).json();
    assert_eq!((&ledger["suppressed"], &ledger["queued"]), (&1.into(), &0.into()), "{ledger}");
    site.set("tick_messages", "100");
    site.neo(&["tick"]).ok();
    assert_eq!(mails_to(&site, waiting).len(), 2);
    let ledger = site.neo(&["ledger", &message, "--json"]).json();
    let count = |state: &str| ledger[state].as_i64().unwrap();
    assert_eq!(count("sent") + count("suppressed"), count("audience"), "{ledger}");
    assert_eq!(count("sent"), 1);
}

#[test]
fn preferences_leave_what_was_unticked_and_keep_what_was_not_shown() {
    let site = site();
    let path = link(&site, "hanako@example.jp", "p");
    let page = site.get(&path);
    assert!(page.is_ticked("list-1", "1") && page.is_ticked("list-2", "1"));
    // A list that she joins after the page was opened is not lost by saving it.
    site.neo(&["list", "add", "late", "--from", "late@sakurado.example.jp"]).ok();
    site.neo(&["subscriber", "add", "late", "hanako@example.jp", "--confirmed"]).ok();
    let page = site.post(&path, &[("name", "山田 花子"), ("list-2", "1")]);
    assert_eq!(page.status, 200);
    assert!(page.says(public::PREFERENCES_SAVED.ja) && page.value("name") == "山田 花子");
    let states = ["news", "tea", "late"].map(|list| state(&site, list, "hanako@example.jp"));
    assert_eq!(states, ["left", "confirmed", "confirmed"]);
    assert_eq!(state(&site, "news", "taro@example.jp"), "confirmed");
}

#[test]
fn an_empty_post_to_the_preferences_changes_nothing() {
    let site = site();
    let path = link(&site, "hanako@example.jp", "p");
    let before = traces(&site, "news", "hanako@example.jp");
    assert_eq!(site.request("POST", &path, Some(""), &[]).status, 200);
    assert_eq!(traces(&site, "news", "hanako@example.jp"), before);
    assert_eq!(record(&site, "news", "hanako@example.jp")["name"], "花子");
}

#[test]
fn a_mistake_in_the_preferences_keeps_what_was_typed_and_ticked() {
    let site = site();
    let path = link(&site, "hanako@example.jp", "p");
    let name = "長".repeat(101);
    let page = site.post(&path, &[("name", &name), ("list-1", "1")]);
    assert_eq!(page.status, 422);
    assert!(page.says("E1003") && page.value("name") == name);
    assert!(page.is_ticked("list-1", "1") && !page.is_ticked("list-2", "1"));
    assert_eq!(state(&site, "tea", "hanako@example.jp"), "confirmed");
}

#[test]
fn an_erased_reader_gets_no_name_back_through_an_old_link() {
    let site = site();
    let path = link(&site, "hanako@example.jp", "p");
    site.get(&path);
    site.neo(&["subscriber", "erase", "news", "hanako@example.jp"]).ok();
    let page = site.post(&path, &[("name", "花子")]);
    assert_eq!(page.status, 404);
    assert!(page.says("E2003"));
    let reader = reader::store(&site).subscription(neo::domain::id::SubscriptionId(1)).unwrap().unwrap();
    assert!(reader.name.as_str().is_empty() && reader.address.is_empty());
}

#[test]
fn of_an_erased_reader_nothing_is_left_in_the_file() {
    let site = site();
    let store = reader::store(&site);
    let ledger = site.neo(&["ledger", "all", "--json"]).ok();
    for delivery in store.deliveries_of_subscription(neo::domain::id::SubscriptionId(1), 9).unwrap() {
        let reply = "550 5.1.1 <hanako@example.jp>: Recipient address rejected";
        store.record(delivery.id, delivery.state, reply, NOON, NOON).unwrap();
    }
    drop(store);
    let holds = |words: &str| {
        ["neo.sqlite", "neo.sqlite-wal", "neo.sqlite-journal"].iter().any(|file| {
            let bytes = std::fs::read(site.data().join(file)).unwrap_or_default();
            bytes.windows(words.len()).any(|window| window == words.as_bytes())
        })
    };
    assert!(holds("hanako@example.jp") && holds("花子"));
    site.neo(&["subscriber", "erase", "news", "hanako@example.jp"]).ok();
    assert!(!holds("hanako@example.jp"));
    assert!(holds("taro@example.jp"));
    assert_eq!(site.neo(&["ledger", "all", "--json"]).ok(), ledger);
}

/// Hanako and Taro in a sequence of three mails whose first went out, on the list `news`.
fn in_a_sequence() -> Site {
    let site = site_with(&[("news", "double"), ("tea", "double")]);
    site.at(NOON);
    let text = "続きはいりません: {{ sequence_unsubscribe_url }}\n{{ preferences_url }}\n";
    let step = |days: i64| serde_json::json!({ "after_days": days, "at": "08:30", "subject": format!("S{days}"), "text": text });
    let file = serde_json::json!({
        "name": "welcome", "title": "はじめての7日間", "list": "news", "start": { "on": "join" },
        "steps": [step(0), step(1), step(2)],
    });
    let path = site.scratch("sequence.json");
    std::fs::write(&path, file.to_string()).unwrap();
    site.neo(&["sequence", "import", path.to_str().unwrap()]).ok();
    for address in ["hanako@example.jp", "taro@example.jp"] {
        site.neo(&["subscriber", "add", "news", address, "--name", "花子", "--confirmed"]).ok();
    }
    site.neo(&["tick"]).ok();
    site
}

fn steps_got(site: &Site, address: &str) -> usize {
    mails_to(site, address).iter().filter(|(subject, _)| subject.starts_with('S')).count()
}

fn after_a_week(site: &Site) {
    site.at(NOON + 7 * 86_400);
    site.neo(&["tick"]).ok();
    broadcast(site, "news");
    site.neo(&["tick"]).ok();
}

#[test]
fn the_link_of_a_step_leaves_this_sequence_only_by_one_button() {
    let site = in_a_sequence();
    let path = link(&site, "hanako@example.jp", "s");
    let before = traces(&site, "news", "hanako@example.jp");
    for method in ["GET", "HEAD"].iter().cycle().take(6) {
        let page = site.request(method, &path, None, &[]);
        assert_eq!(page.status, 200);
        let asks = page.says("はじめての7日間") && page.says("hanako@example.jp");
        assert!(*method == "HEAD" || (asks && page.body.matches("<form").count() == 1), "{}", page.text());
    }
    assert_eq!(traces(&site, "news", "hanako@example.jp"), before, "looking changes nothing");
    for _ in 0..3 {
        let page = site.post(&path, &[]);
        assert!(page.status == 200 && page.says("「はじめての7日間」を停止しました"), "{}", page.text());
    }
    assert!(site.get(&path).says("停止しました"));
    assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed");
    after_a_week(&site);
    assert_eq!((steps_got(&site, "hanako@example.jp"), steps_got(&site, "taro@example.jp")), (1, 3));
    let broadcasts = mails_to(&site, "hanako@example.jp").iter().filter(|mail| mail.0 == "お知らせ").count();
    assert_eq!(broadcasts, 1, "other mails still come");
    // A token of another purpose opens nothing, and neither does half a one.
    let token = path.trim_start_matches("/s/");
    for wrong in [format!("/u/{token}"), format!("/p/{token}"), format!("/s/{}", &token[..20])] {
        assert_eq!(site.get(&wrong).status, 404, "{wrong}");
    }
}

#[test]
fn on_her_own_page_a_reader_leaves_one_sequence_and_keeps_the_list() {
    let site = in_a_sequence();
    let path = link(&site, "hanako@example.jp", "p");
    let page = site.get(&path);
    let shown =
        page.body.split("name=\"shown_sequence\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(page.says("はじめての7日間"), "{}", page.text());
    // Her list stays ticked, the sequence's box is empty.
    let fields = [("shown", "1"), ("list-1", "1"), ("shown_sequence", shown)];
    let page = site.post(&path, &fields);
    assert!(page.status == 200 && !page.body.contains("shown_sequence"), "{}", page.text());
    assert_eq!(state(&site, "news", "hanako@example.jp"), "confirmed");
    after_a_week(&site);
    assert_eq!((steps_got(&site, "hanako@example.jp"), steps_got(&site, "taro@example.jp")), (1, 3));
}

#[test]
fn a_broadcast_has_no_sequence_to_leave_and_is_told_so_before_it_is_stored() {
    let site = in_a_sequence();
    let file = site.scratch("text");
    std::fs::write(&file, "{{ sequence_unsubscribe_url }}\n").unwrap();
    let create =
        ["broadcast", "create", "--list", "news", "--subject", "x", "--text", file.to_str().unwrap()];
    let refused = site.neo(&create);
    assert_eq!(refused.code, 65, "{}", refused.err);
    assert!(refused.err.contains("E1035"), "{}", refused.err);
}
