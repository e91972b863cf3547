//! Who gets a broadcast, and when it is due for each: segments, exclusions, the readers' own time zones, those whom a message
//! did not reach, those who did not open it. Not the conditions themselves: tests/conditions.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::BTreeSet;

use neo::domain::delivery::State;
use neo::domain::id::DeliveryId;
use site::Site;

/// 2026-11-24 10:00 in Japan.
const NOW: i64 = 1_795_482_000;

fn site(readers: usize) -> Site {
    let site = Site::at("folder:outbox", Some(NOW));
    site.add_readers(readers);
    std::fs::write(site.path("text"), "こんにちは").unwrap();
    site
}

/// Writes a broadcast with the command's `flags`.
fn create(site: &Site, flags: &[&str]) -> String {
    let text = site.path("text").display().to_string();
    let mut all = vec!["broadcast", "create", "--list", "news", "--subject", "お知らせ", "--text", &text];
    all.extend_from_slice(flags);
    site.neo(&all)
}

fn segment(site: &Site, name: &str, json: &str) -> String {
    std::fs::write(site.path(name), json).unwrap();
    site.path(name).display().to_string()
}

/// The numbers of `readerN@example.jp` to whom a message was sent.
fn sent_to(site: &Site, message: &str) -> BTreeSet<i64> {
    let rows = site.neo(&["ledger", message, "--rows", "--state", "sent", "--format", "jsonl"]);
    rows.lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let address = row["email"].as_str().unwrap().to_string();
            address["reader".len()..address.find('@').unwrap()].parse().unwrap()
        })
        .collect()
}

fn declare(site: &Site, key: &str) {
    let sql =
        format!("insert into fields (key, label, kind, created_at) values ('{key}', '{key}', 'text', 1)");
    site.sqlite().execute_batch(&sql).unwrap();
}

fn change(site: &Site, sql: &str) {
    site.sqlite().execute_batch(sql).unwrap();
}

#[test]
fn a_segment_gets_who_fits_and_is_not_left_out_and_the_rows_are_the_audience_at_every_tick() {
    let mut site = site(2600);
    declare(&site, "pref");
    change(
        &site,
        "update subscribers set fields = json_object('pref', iif(id % 7 = 0, '東京', '大阪'));
         insert into lists (name, title, consent_text, from_address, opt_in, created_at)
           values ('staff', 'Staff', '', 'a@example.jp', 'single', 1);
         insert into subscriptions (list_id, subscriber_id, state, asked_at, joined_at)
           select 2, id, 'confirmed', 1, 1 from subscribers where id % 21 = 0;
         insert into tags (name, created_at) values ('休止', 1);
         insert into taggings (tag_id, subscriber_id, at) select 1, id, 1 from subscribers where id % 14 = 0;",
    );
    let tokyo = segment(&site, "tokyo", r#"{"field":{"key":"pref","is":"equals","value":"東京"}}"#);
    let resting = segment(&site, "resting", r#"{"tag":"休止"}"#);
    let flags = ["--segment", &tokyo, "--exclude", &resting, "--exclude-list", "staff", "--at", "now"];
    let message = create(&site, &flags);
    let expected: BTreeSet<i64> = (1..=2600).filter(|n| n % 7 == 0 && n % 14 != 0 && n % 21 != 0).collect();
    let counted = site.json(&["broadcast", "audience", &message, "--json"]);
    assert_eq!(counted["matching"], expected.len());
    assert_eq!((&counted["looked_at"], &counted["is_whole"]), (&2600.into(), &true.into()));

    site.neo(&["setting", "set", "tick_messages", "40"]);
    for minute in 0..8 {
        site.tick_at(NOW + minute * 60);
        let ledger = site.ledger(&message);
        let rows = site.number(&format!("select count(*) from deliveries where message_id = {message}"));
        assert_eq!(ledger["audience"], rows, "tick {minute}");
        if minute == 1 {
            // It is stopped in the middle and goes on with the same readers.
            site.neo(&["broadcast", "stop", &message]);
            assert_eq!(site.ledger(&message)["audience"], rows);
            site.neo(&["broadcast", "resume", &message]);
        }
    }
    assert_eq!(sent_to(&site, &message), expected);
    assert_eq!(site.ledger(&message)["sent"], i64::try_from(expected.len()).unwrap());
    assert_eq!(site.json(&["broadcast", "status", &message, "--json"])["state"], "finished");
    site.check_counters();
}

#[test]
fn what_a_segment_names_has_to_be_there_and_what_cannot_be_read_is_refused() {
    let site = site(3);
    for (json, number) in [
        (r#"{"tag":"いない"}"#, "E1118"),
        (r#"{"on_list":"nowhere"}"#, "E2009"),
        ("{\"x\":1}", "E1112"),
        (r#"{"field":{"key":"nothing","is":"set"}}"#, "E2"),
    ] {
        let file = segment(&site, "segment", json);
        let text = site.path("text").display().to_string();
        let refused = site.run(&[
            "broadcast",
            "create",
            "--list",
            "news",
            "--subject",
            "x",
            "--text",
            &text,
            "--segment",
            &file,
        ]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(65), "{json}: {said}");
        assert!(said.contains(number), "{json}: {said}");
    }
    assert_eq!(site.number("select count(*) from broadcasts"), 0);
}

#[test]
fn each_reader_gets_it_at_the_hour_of_her_own_zone_and_the_rest_at_the_sites() {
    let mut site = site(4);
    let zones = [(1, "Pacific/Auckland"), (2, "America/New_York"), (3, "no such zone")];
    for (reader, zone) in zones {
        change(
            &site,
            &format!(
                "update subscribers set fields = json_object('time_zone', '{zone}') where id = {reader}"
            ),
        );
    }
    // 09:00 on the 26th: in Auckland (UTC+13) four hours before Tokyo, in New York (UTC-5) fourteen after.
    let message = create(&site, &["--at", "2026-11-26 09:00", "--reader-time-zone"]);
    let tokyo = NOW + 47 * 3600;
    for (at, expected) in [
        (tokyo - 4 * 3600 - 60, vec![]),
        (tokyo - 4 * 3600, vec![1]),
        (tokyo - 60, vec![1]),
        (tokyo, vec![1, 3, 4]),
        (tokyo + 14 * 3600 - 60, vec![1, 3, 4]),
        (tokyo + 14 * 3600, vec![1, 2, 3, 4]),
    ] {
        site.tick_at(at);
        assert_eq!(sent_to(&site, &message), expected.into_iter().collect(), "at {}", at - tokyo);
        assert!(matches!(site.ledger(&message)["audience"], 0 | 4));
    }
    assert_eq!(site.json(&["broadcast", "status", &message, "--json"])["state"], "finished");
}

#[test]
fn the_missing_get_it_once_by_a_message_of_its_own_and_the_choice_says_who_they_are() {
    let mut site = site(10);
    let message = create(&site, &["--at", "now"]);
    let early = site.run(&["broadcast", "missing", &message]);
    assert!(String::from_utf8_lossy(&early.stderr).contains("E1221"), "it has not started");
    site.neo(&["setting", "set", "tick_messages", "8"]);
    site.tick();
    let store = site.store();
    for (row, state) in [(2, State::Failed), (3, State::Bounced), (4, State::Suppressed)] {
        store.record(DeliveryId(row), state, "reply", NOW, NOW).unwrap();
    }
    site.neo(&["broadcast", "stop", "--for-good", &message]);
    site.add(&["reader11@example.jp"]);
    site.leave("reader9@example.jp");
    site.neo(&["setting", "set", "tick_messages", "100"]);

    let second = site.neo(&["broadcast", "missing", &message, "--groups", "failed,cancelled"]);
    assert_eq!(site.json(&["broadcast", "audience", &second, "--json"])["matching"], 2);
    assert_eq!(site.json(&["broadcast", "status", &second, "--json"])["state"], "draft");
    site.neo(&["broadcast", "schedule", &second, "--at", "now"]);
    site.tick_at(NOW + 60);
    assert_eq!(sent_to(&site, &second), [2, 10].into());
    assert_eq!(site.ledger(&second)["audience"], 2);

    // Another one does not reach anybody who has got it by now.
    let all = "failed,cancelled,suppressed,bounced,joined";
    let third = site.neo(&["broadcast", "missing", &second, "--groups", all]);
    site.neo(&["broadcast", "schedule", &third, "--at", "now"]);
    site.tick_at(NOW + 120);
    assert_eq!(sent_to(&site, &third), [3, 4, 11].into());
    let status = site.json(&["broadcast", "status", &third, "--json"]);
    assert_eq!(status["follows"]["message"], message.parse::<i64>().unwrap());
}

#[test]
fn who_was_not_yet_written_down_when_it_was_stopped_is_among_the_missing() {
    let mut site = site(700);
    site.neo(&["setting", "set", "tick_messages", "2"]);
    let message = create(&site, &["--at", "now"]);
    site.tick();
    site.neo(&["broadcast", "stop", "--for-good", &message]);
    site.neo(&["setting", "set", "tick_messages", "1000"]);
    site.add(&["reader701@example.jp"]);
    let rest = site.neo(&["broadcast", "missing", &message, "--groups", "cancelled"]);
    site.neo(&["broadcast", "schedule", &rest, "--at", "now"]);
    site.tick_at(NOW + 60);
    assert_eq!(sent_to(&site, &rest), (3..=700).collect());
}

#[test]
fn who_did_not_open_it_is_mailed_once_more_and_only_where_opens_are_counted() {
    let mut site = site(5);
    let message = create(&site, &["--at", "now"]);
    site.tick();
    let uncounted = site.run(&["broadcast", "unopened", &message]);
    assert!(String::from_utf8_lossy(&uncounted.stderr).contains("E1224"));
    change(
        &site,
        &format!(
            "insert into engagements (message_id, subscription_id, kind, first_at)
             values ({message}, 1, 'open', 1), ({message}, 1, 'click', 1), ({message}, 4, 'click', 1)"
        ),
    );
    site.leave("reader5@example.jp");
    let again = site.neo(&["broadcast", "unopened", &message]);
    let refused = site.run(&["broadcast", "unopened", &message]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("E1223"), "once");
    site.neo(&["broadcast", "schedule", &again, "--at", "now"]);
    site.tick_at(NOW + 60);
    assert_eq!(sent_to(&site, &again), [2, 3].into());
    let refused = site.run(&["broadcast", "unopened", &again]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("E1223"), "nor by way of the second");
}

#[test]
fn a_copy_is_a_draft_to_the_same_part_of_the_list() {
    let site = site(3);
    let file = segment(&site, "segment", r#"{"way":"command"}"#);
    let message = create(&site, &["--segment", &file]);
    let copy = site.neo(&["broadcast", "copy", &message]);
    let status = site.json(&["broadcast", "status", &copy, "--json"]);
    assert_eq!(
        (&status["state"], &status["audience"]["condition"]["way"]),
        (&"draft".into(), &"command".into())
    );
}
