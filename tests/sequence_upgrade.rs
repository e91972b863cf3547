//! A database from before sequences had positions: whoever was on her way goes on where she was.
//! Not a new site: every other test of sequences.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/engine.rs"]
mod engine;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use engine::Engine;
use neo::store::migrations;
use site::Site;

/// Monday 2026-11-02 08:00 in Japan.
const MORNING: i64 = 1_793_574_000;

/// The rows as the program of that time wrote them: one reader had the first of three steps, one had all, one had none.
const ROWS: &str = "
  insert into lists (id, name, title, consent_text, from_address, opt_in, created_at)
    values (1, 'news', 'News', 'yes', 'news@example.jp', 'double', 0);
  insert into subscribers (id, address, address_key, created_at) values
    (1, 'one@example.jp', 'one@example.jp', 0), (2, 'all@example.jp', 'all@example.jp', 0),
    (3, 'none@example.jp', 'none@example.jp', 0);
  insert into subscriptions (id, list_id, subscriber_id, state, asked_at, joined_at)
    select id, 1, id, 'confirmed', 0, 0 from subscribers;
  insert into messages (id, kind, list_id, subject, text, created_at) values
    (1, 'step', 1, 'S10', 'x', 0), (2, 'step', 1, 'S0', 'x', 0), (3, 'step', 1, 'S3', 'x', 0);
  insert into sequences (id, name, title, list_id, created_at) values (1, 'welcome', 'Welcome', 1, 0);
  insert into steps (id, sequence_id, after_days, at_minute, message_id, created_at) values
    (1, 1, 10, 480, 1, 0), (2, 1, 0, 480, 2, 0), (3, 1, 3, 510, 3, 0);
  insert into enrolments (sequence_id, subscription_id, occurrence, started_at, done_offset, done_step, due_at, state) values
    (1, 1, 0, 1793574000, 480, 2, 1793835000, 'active'), (1, 2, 0, 1793574000, 14880, 1, null, 'active'),
    (1, 3, 0, 1793574000, -1, 0, 0, 'active');
  insert into deliveries (message_id, subscription_id, urgency, state, due_at, created_at)
    select m, s, 5, 'sent', 0, 0 from (select 2 as m, 1 as s union select 2, 2 union select 3, 2 union select 1, 2);";

#[test]
fn who_was_on_her_way_before_the_upgrade_gets_what_is_left_and_nothing_twice() {
    let site = Site::at("folder:outbox", Some(MORNING));
    let settings: Vec<(String, String)> = {
        let connection = site.sqlite();
        let mut statement = connection.prepare("select key, value from settings").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(|row| row.unwrap()).collect()
    };
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(site.data().join(format!("neo.sqlite{ending}")));
    }
    let connection = site.sqlite();
    migrations::migrate_to(&connection, 2).unwrap();
    connection.execute_batch(ROWS).unwrap();
    // What migrations themselves write, they write again.
    let own = ["format_readable_from", "site_id"];
    for (key, value) in settings.into_iter().filter(|(key, _)| !own.contains(&key.as_str())) {
        connection
            .execute("insert into settings (key, value, updated_at) values (?1, ?2, 0)", (key, value))
            .unwrap();
    }
    drop(connection);

    let (app, store) = site.open();
    let mut engine = Engine { site, app, store, sent: Vec::new() };
    let subjects: Vec<String> = engine
        .store
        .steps(neo::domain::id::SequenceId(1))
        .unwrap()
        .iter()
        .map(|step| engine.store.message_subject(step.message).unwrap().0)
        .collect();
    assert_eq!(subjects, ["S0", "S3", "S10"], "in the order of their days");
    engine.move_to(MORNING + 7200);
    engine.live_until("2026-12-01 00:00");
    let of = |address: &str| -> Vec<String> {
        let hers = engine.sent.iter().filter(|(_, to, _)| to == address);
        hers.map(|(at, _, subject)| format!("{at} {subject}")).collect()
    };
    assert_eq!(of("one@example.jp"), ["2026-11-05 08:30 S3", "2026-11-12 08:00 S10"]);
    assert!(of("all@example.jp").is_empty());
    assert_eq!(of("none@example.jp").len(), 3);
    assert!(of("none@example.jp")[0].ends_with(" 10:00 S0"));
}
