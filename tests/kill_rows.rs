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
#[path = "support/aftermath.rs"]
mod aftermath;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/mail_server.rs"]
mod mail_server;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::Duration;

use aftermath::Aftermath;
use dice::Dice;
use mail_server::{MailServer, Script};
use rustix::process::{Pid, Signal, kill_process};
use site::Site;

/// Kills per site; the waves of readers keep each of them busy to its last kill.
const KILLS_PER_SITE: usize = 40;

/// How often the program is killed in one run of the tests; `NEO_CRASH_KILLS=10000` for the long one.
fn kills_wanted() -> usize {
    dice::wanted("NEO_CRASH_KILLS", 160)
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
    aftermath: Aftermath,
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
            aftermath: Aftermath::default(),
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
        self.aftermath.look(&self.site);
    }

    fn kill_until(&mut self, kills: usize) {
        while self.kills < kills {
            self.keep_busy();
            self.kill_one();
            self.site.ledger("all");
            self.site.check_counters();
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

    /// The end of every trial.
    fn check_all(&self) -> usize {
        self.finish();
        self.site.ledger("all");
        self.site.check_counters();
        self.check_everybody_is_in_the_ledger();
        let duplicates = self.aftermath.check_mails(&self.site, &self.server);
        assert_eq!(self.site.ledger("all")["suppressed"], 0, "nobody left");
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
        let deaths = trial.aftermath.deaths();
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
        trial.aftermath.in_hand.len(),
        "each mail in hand is held, and no other"
    );
    assert!(
        trial.aftermath.in_hand.values().all(|attempts| attempts.len() == 1),
        "a held mail was tried again"
    );
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
            trial.aftermath.look(&trial.site);
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
