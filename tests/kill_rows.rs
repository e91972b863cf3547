//! Row by row, what a program that is ended at random leaves in its ledger, in both ways of keeping the journal: each
//! duplicate is a mail that was in hand at an end, byte for byte.
//! Not the sums over many kills: tests/crash.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/mail_server.rs"]
mod mail_server;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::Duration;

use mail_server::{MailServer, Script};
use neo::domain::id::DeliveryId;
use rustix::process::{Pid, Signal, kill_process};
use site::Site;

/// Kills per site; the waves of readers keep each of them busy to its last kill.
const KILLS_PER_SITE: usize = 40;

/// How often the program is killed in one run of the tests; `NEO_CRASH_KILLS=10000` for the long one.
fn kills_wanted() -> usize {
    std::env::var("NEO_CRASH_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(160)
}

/// Numbers that look random and come again with the same seed (xorshift64*).
struct Dice(u64);

impl Dice {
    /// A seed from the environment, else one of this process; printed, so that a failure can be played again.
    fn of_test(name: &str) -> Dice {
        let given = std::env::var("NEO_CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
        println!("{name}: NEO_CRASH_SEED={seed}");
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

/// A site under fire, and what has been seen of it.
struct Trial {
    site: Site,
    server: MailServer,
    dice: Dice,
    readers: usize,
    /// Each broadcast with the number of readers that it must reach.
    broadcasts: Vec<(String, usize)>,
    kills: usize,
    /// The rows that were in hand when the program was ended, each with the numbers of its attempts.
    in_hand: BTreeMap<i64, BTreeSet<i64>>,
}

impl Trial {
    fn new(name: &str, pipelining: bool, journal: &str) -> Trial {
        let server = MailServer::start(Script {
            pipelining,
            // A server that thinks: many kills find a mail in hand. One that does not: more find a transaction.
            pause: Duration::from_micros(if pipelining { 1000 } else { 300 }),
            ..Script::default()
        });
        // By the real clock: a retry must have the Date of the first attempt.
        let site = Site::new(&server.transport());
        site.sqlite().pragma_update_and_check(None, "journal_mode", journal, |_| Ok(())).unwrap();
        let dice = Dice::of_test(&format!("{name}, pipelining {pipelining}, journal {journal}"));
        let mut trial = Trial {
            site,
            server,
            dice,
            readers: 0,
            broadcasts: Vec::new(),
            kills: 0,
            in_hand: BTreeMap::new(),
        };
        trial.site.sequence(&[(0, "00:00", "Welcome"), (1, "08:30", "Tomorrow")]);
        trial.wave(505);
        trial.new_broadcast();
        trial
    }

    /// New readers, each of whom gets the first step at once.
    fn wave(&mut self, count: usize) {
        let numbers = self.readers..self.readers + count;
        let addresses: Vec<String> = numbers.map(|number| format!("reader{number}@example.jp")).collect();
        self.site.add(&addresses);
        self.readers += count;
    }

    fn new_broadcast(&mut self) {
        self.broadcasts.push((self.site.broadcast("News").to_string(), self.readers));
    }

    /// There is always work left while kills go on.
    fn keep_busy(&mut self) {
        let left = self.site.number(
            "select (select count(*) from deliveries where state = 'queued')
               + (select count(*) from enrolments where due_at = 0)
               + (select 1000 * count(*) from broadcasts where state = 'scheduled' or all_written = 0)",
        );
        if left > 60 {
            return;
        }
        match self.dice.below(4) {
            0 if self.broadcasts.is_empty() => self.new_broadcast(),
            _ => self.wave(60),
        }
    }

    /// Starts a tick and ends it at a random instant: somewhere in its first 60 ms, or somewhere in its sending, so that
    /// a slow disk cannot keep all kills in the beginning.
    fn kill_one(&mut self) {
        let before = self.server.count();
        let mut tick = self.site.start(&["tick"]);
        if self.dice.below(2) == 0 {
            std::thread::sleep(Duration::from_micros(self.dice.below(60_000)));
        } else {
            self.server.wait_for(before + 1);
            std::thread::sleep(Duration::from_micros(self.dice.below(8_000)));
        }
        tick.kill().unwrap();
        if tick.wait().unwrap().signal() == Some(9) {
            self.kills += 1;
        }
        self.look_at_rows_in_hand();
    }

    fn kill_until(&mut self, kills: usize) {
        while self.kills < kills {
            self.keep_busy();
            self.kill_one();
            self.site.ledger("all");
            self.site.check_counters();
        }
    }

    /// At most one row is in hand when the program dies; it is noted as a possible duplicate.
    fn look_at_rows_in_hand(&mut self) {
        let connection = self.site.sqlite();
        let mut statement =
            connection.prepare("select id, attempts from deliveries where state = 'sending'").unwrap();
        let rows: Vec<(i64, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert!(rows.len() <= 1, "one connection had {} mails in hand", rows.len());
        for (row, attempt) in rows {
            self.in_hand.entry(row).or_default().insert(attempt);
        }
    }

    /// Lets the site finish in peace.
    fn finish(&self) {
        for _ in 0..20 {
            let report = self.site.tick();
            assert_eq!(report["trouble"], serde_json::Value::Null);
            if report["left"] == 0 && report["stopped_by"].is_null() {
                return;
            }
        }
        panic!("the site does not come to an end: {}", self.site.tick());
    }

    /// Nobody was skipped, whatever happened.
    fn check_everybody_is_in_the_ledger(&self) {
        let steps = self.site.number(
            "select count(*) from deliveries d join messages m on m.id = d.message_id
             where m.kind = 'step' and m.subject = 'Welcome'",
        );
        assert_eq!(usize::try_from(steps).unwrap(), self.readers, "readers without their first step");
        for (message, readers) in &self.broadcasts {
            let reached = self.site.number(&format!(
                "select count(*) from deliveries where message_id = {message} and subscription_id <= {readers}"
            ));
            assert_eq!(usize::try_from(reached).unwrap(), *readers, "readers without broadcast {message}");
        }
    }

    /// Compares the ledger with what the mail server took, mail by mail. Returns the duplicates.
    fn check_mails_against_ledger(&self) -> usize {
        let (app, _) = self.site.open();
        let mut copies = self.copies_by_message_id();
        let connection = self.site.sqlite();
        let mut statement = connection
            .prepare(
                "select d.id, d.state, p.address from deliveries d join subscriptions s on s.id = d.subscription_id
                 join subscribers p on p.id = s.subscriber_id",
            )
            .unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut duplicates = 0;
        while let Some(row) = rows.next().unwrap() {
            let (id, state, address): (i64, String, String) =
                (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
            let reference = app.key.message_reference(DeliveryId(id));
            let mails = copies.remove(&reference).unwrap_or_default();
            match state.as_str() {
                "sent" => assert!(!mails.is_empty(), "row {id} stands as sent, but no mail came"),
                "unsure" => {}
                other => panic!("row {id} ended as {other}"),
            }
            assert!(mails.iter().all(|(to, _)| *to == address), "row {id} went to somebody else");
            let contents: BTreeSet<&[u8]> = mails.iter().map(|(_, bytes)| bytes.as_slice()).collect();
            assert!(contents.len() <= 1, "the copies of row {id} differ");
            let extra = mails.len().saturating_sub(1);
            let deaths = self.in_hand.get(&id).map_or(0, BTreeSet::len);
            assert!(extra <= deaths, "row {id} came {extra} times too often after {deaths} deaths");
            duplicates += extra;
        }
        assert!(copies.is_empty(), "{} mails without a row", copies.len());
        duplicates
    }

    fn copies_by_message_id(&self) -> BTreeMap<String, Vec<(String, Vec<u8>)>> {
        let mut copies: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
        for mail in self.server.log().mails {
            let head = String::from_utf8_lossy(&mail.bytes).into_owned();
            let id = head.split_once("\r\nMessage-ID: <").expect("a Message-ID").1;
            let reference = id.split('@').next().unwrap().to_string();
            copies.entry(reference).or_default().push((mail.to.concat(), mail.bytes));
        }
        copies
    }

    /// The end of every trial.
    fn check_all(&self) -> usize {
        self.finish();
        self.site.ledger("all");
        self.site.check_counters();
        self.check_everybody_is_in_the_ledger();
        let duplicates = self.check_mails_against_ledger();
        self.site.check_integrity();
        self.site.check_no_leftovers();
        duplicates
    }

    /// Ends a tick by `signal` while it is sending.
    fn interrupt(&mut self, signal: Signal) -> Child {
        self.keep_busy();
        let before = self.server.count();
        let tick = self.site.start(&["tick"]);
        self.server.wait_for(before + 1 + usize::try_from(self.dice.below(5)).unwrap());
        std::thread::sleep(Duration::from_micros(self.dice.below(3000)));
        kill_process(Pid::from_child(&tick), signal).unwrap();
        tick
    }
}

fn kill_at_random(journal: &str) {
    let mut left = kills_wanted().div_ceil(2);
    let mut pipelining = true;
    while left > 0 {
        let kills = left.min(KILLS_PER_SITE);
        let mut trial = Trial::new("kill -9", pipelining, journal);
        trial.kill_until(kills);
        let duplicates = trial.check_all();
        let deaths: usize = trial.in_hand.values().map(BTreeSet::len).sum();
        println!(
            "{} mails, {kills} kills, {deaths} with a mail in hand, {duplicates} duplicates",
            trial.server.count()
        );
        assert!(duplicates <= kills);
        left -= kills;
        pipelining = !pipelining;
    }
}

#[test]
fn killed_at_any_instant_it_loses_nobody_and_sends_at_most_one_mail_twice_per_kill_with_a_write_ahead_log() {
    kill_at_random("wal");
}

#[test]
fn killed_at_any_instant_it_loses_nobody_and_sends_at_most_one_mail_twice_per_kill_with_a_truncated_journal()
{
    kill_at_random("truncate");
}

#[test]
fn when_the_owner_wants_to_be_asked_no_kill_makes_a_duplicate_and_the_mail_in_hand_stands_as_unsure() {
    let kills = kills_wanted().div_ceil(6);
    let mut trial = Trial::new("hold", true, "wal");
    trial.site.neo(&["setting", "set", "unsure", "hold"]);
    trial.kill_until(kills);
    assert_eq!(trial.check_all(), 0, "a duplicate in spite of `hold`");
    let held = trial.site.ledger("all")["unsure"];
    assert_eq!(
        usize::try_from(held).unwrap(),
        trial.in_hand.len(),
        "each mail in hand is held, and no other"
    );
    assert!(trial.in_hand.values().all(|attempts| attempts.len() == 1), "a held mail was tried again");
}

#[test]
fn cut_off_by_the_brake_it_says_so_and_loses_nobody() {
    let mut trial = Trial::new("brake", true, "wal");
    let log = trial.site.data().join("guard.log");
    for round in 0..8 {
        for (signal, name) in [
            (Signal::XCPU, "SIGXCPU"),
            (Signal::ALARM, "SIGALRM"),
            (Signal::SEGV, "SIGSEGV"),
            (Signal::ABORT, "SIGABRT"),
        ] {
            let lines = std::fs::read_to_string(&log).unwrap_or_default().lines().count();
            // After so many trips safe mode would do next to nothing: that is tested in safe_mode.rs.
            trial.site.sqlite().execute("update safe_mode set batch = null", []).unwrap();
            let status = trial.interrupt(signal).wait().unwrap();
            assert_eq!(status.code(), Some(75), "{name} in round {round}: {status}");
            trial.look_at_rows_in_hand();
            let text = std::fs::read_to_string(&log).unwrap();
            assert_eq!(text.lines().count(), lines + 1, "one line for {name}: {text}");
            let trip = neo::guard::history::parse(text.lines().last().unwrap()).expect("a whole line");
            assert_eq!((trip.signal.as_str(), trip.flow.as_str()), (name, "cron"));
            assert!(trip.stage.starts_with("tick/"), "{trip:?}");
            trial.site.ledger("all");
            trial.site.check_counters();
        }
    }
    assert!(trial.check_all() <= 32);
}

#[test]
fn told_to_end_it_finishes_the_mail_in_hand_and_leaves_nothing_unsure() {
    let mut trial = Trial::new("SIGTERM", true, "truncate");
    for round in 0..20 {
        let tick = trial.interrupt(Signal::TERM);
        let output = tick.wait_with_output().unwrap();
        assert!(output.status.success(), "round {round}: {}", output.status);
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "a tick is silent: {output:?}");
        let ledger = trial.site.ledger("all");
        assert_eq!((ledger["sending"], ledger["unsure"]), (0, 0), "round {round}");
    }
    assert_eq!(trial.check_all(), 0);
}
