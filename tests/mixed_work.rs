//! A site at all its work at once, ended again and again by the kernel or by its own guard: broadcasts that are stopped
//! and resumed, a sequence that is edited, imports, readers who come and go, a mail server that refuses now and then.
//! Not one kind of work alone: tests/kill_rows.rs, tests/import_pages.rs, tests/sequence_property.rs.
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
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/mail_server.rs"]
mod mail_server;
#[path = "support/mixed.rs"]
mod mixed;
#[path = "support/mixed_end.rs"]
mod mixed_end;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::{Duration, Instant};

use aftermath::Aftermath;
use dice::{Dice, wanted};
use mixed::Work;
use neo::guard::history;
use rustix::process::{Pid, Signal, kill_process};

/// Kills and trips of one site at most, so that its ledger stays small enough to be read after each.
const ENDS_PER_SITE: usize = 125;
const DAY: i64 = 86_400;

/// How many ends there were, by the kernel and by the guard.
#[derive(Default)]
struct Ends {
    kills: usize,
    trips: usize,
}

/// A site under fire.
struct Trial {
    work: Work,
    aftermath: Aftermath,
    ends: Ends,
    taken_up: usize,
}

impl Trial {
    fn new(journal: &str, number: usize) -> Trial {
        let work = Work::new(Dice::of_test(&format!("mixed work, journal {journal}, site {number}")));
        work.site.sqlite().pragma_update_and_check(None, "journal_mode", journal, |_| Ok(())).unwrap();
        Trial { work, aftermath: Aftermath::default(), ends: Ends::default(), taken_up: 0 }
    }

    fn run(&mut self, kills: usize, trips: usize) {
        while self.ends.kills < kills || self.ends.trips < trips {
            self.work.next();
            let kills_left = kills.saturating_sub(self.ends.kills) as u64;
            let trips_left = trips.saturating_sub(self.ends.trips) as u64;
            let is_trip = self.work.dice.below(kills_left + trips_left) >= kills_left;
            if !is_trip && self.work.dice.below(6) == 0 {
                self.kill_import();
            } else {
                self.end_tick(is_trip);
            }
            self.look();
        }
    }

    /// What holds after every end.
    fn look(&mut self) {
        self.work.server.wait_for_quiet();
        self.aftermath.look(&self.work.site);
        self.work.site.ledger("all");
        self.work.site.check_counters();
        self.take_up();
    }

    /// What tripped three times in a row rests; the owner lets it go on.
    fn take_up(&mut self) {
        let (store, now) = (self.work.site.store(), self.work.site.clock());
        for resting in store.all_set_aside().unwrap() {
            store.take_up_again(&resting.kind, resting.item, now).unwrap();
            self.taken_up += 1;
        }
    }

    /// Starts a tick and ends it: somewhere in its first 60 ms, or somewhere in its sending.
    fn end_tick(&mut self, is_trip: bool) {
        let before = self.work.server.count();
        let mut tick = self.work.site.start(&["tick"]);
        if self.work.dice.below(2) == 0 {
            std::thread::sleep(Duration::from_micros(self.work.dice.below(60_000)));
        } else {
            let end = Instant::now() + Duration::from_secs(5);
            while self.work.server.count() == before
                && tick.try_wait().unwrap().is_none()
                && Instant::now() < end
            {
                std::thread::sleep(Duration::from_micros(200));
            }
            std::thread::sleep(Duration::from_micros(self.work.dice.below(8_000)));
        }
        const GUARDS: [Signal; 4] = [Signal::XCPU, Signal::ALARM, Signal::SEGV, Signal::ABORT];
        let signal = if is_trip { *self.work.dice.choose(&GUARDS) } else { Signal::KILL };
        let was_sending = self.work.server.count() > before;
        let (lines, trips) = (self.guard_lines(), self.ends.trips);
        self.end(tick, signal);
        let (is_trip, is_told) = (self.ends.trips > trips, self.guard_lines() > lines);
        // In its first moments the guard does not know yet where its log is.
        assert!(is_told || !(is_trip && was_sending), "a trip without a line in guard.log");
        assert!(is_trip || !is_told, "a line in guard.log without a trip");
    }

    /// The lines of guard.log, each of them whole.
    fn guard_lines(&self) -> usize {
        let log = std::fs::read_to_string(self.work.site.data().join("guard.log")).unwrap_or_default();
        log.lines().map(|line| history::parse(line).expect("a whole line")).collect::<Vec<_>>().len()
    }

    /// `neo import` dies somewhere; its owner gives the same file again until it is through.
    fn kill_import(&mut self) {
        let file = self.work.import_file();
        let arguments = ["import", "news", file.to_str().unwrap(), "--json"];
        let import = self.work.site.start(&arguments);
        std::thread::sleep(Duration::from_micros(self.work.dice.below(60_000)));
        self.end(import, Signal::KILL);
        let counts = self.work.site.json(&arguments);
        let settled = counts["added"].as_i64().unwrap() + counts["updated"].as_i64().unwrap();
        assert_eq!((&counts["rows"], settled), (&mixed::ROWS.into(), mixed::ROWS), "{counts}");
    }

    /// Ends a program by a signal and counts it, unless it came to its end before.
    fn end(&mut self, mut child: Child, signal: Signal) {
        // One that has ended is no longer there.
        let _ = kill_process(Pid::from_child(&child), signal);
        let status = child.wait().unwrap();
        match (status.code(), status.signal()) {
            (Some(0), _) => {}
            (Some(75), _) if signal != Signal::KILL => self.ends.trips += 1,
            // Before the guard stands, its signals kill.
            (None, Some(number)) if number == signal.as_raw() => self.ends.kills += 1,
            _ => panic!("ended by {signal:?} as {status}"),
        }
    }

    /// Lets the site finish in peace: until nothing is left that any time would bring.
    fn finish(&mut self) {
        self.work.resume_all();
        for _ in 0..200 {
            let report = self.work.site.tick();
            assert_eq!(report["trouble"], serde_json::Value::Null);
            self.take_up();
            let is_done =
                report["stopped_by"].is_null() && self.work.site.store().next_due().unwrap().is_none();
            if is_done && self.work.site.store().import_at_work().unwrap().is_none() {
                return;
            }
            let step = if report["stopped_by"].is_null() { DAY / 2 } else { 60 };
            self.work.pass(step);
        }
        panic!("the site does not come to an end: {}", self.work.site.tick());
    }

    fn check_all(&mut self) -> usize {
        self.finish();
        // One more night: what a copy that was cut off has left goes.
        self.work.pass(2 * DAY);
        self.work.site.tick();
        let site = &self.work.site;
        site.ledger("all");
        site.check_counters();
        self.work.server.wait_for_quiet();
        let duplicates = self.aftermath.check_mails(site, &self.work.server);
        self.work.check();
        site.check_integrity();
        site.check_no_leftovers();
        duplicates
    }
}

fn endure(journal: &str) {
    let mut kills = wanted("NEO_CRASH_KILLS", 60).div_ceil(2);
    let mut trips = wanted("NEO_CRASH_TRIPS", 20).div_ceil(2);
    let sites = (kills + trips).div_ceil(ENDS_PER_SITE);
    for left in (1..=sites).rev() {
        let mut trial = Trial::new(journal, left);
        trial.run(kills.div_ceil(left), trips.div_ceil(left));
        let duplicates = trial.check_all();
        kills = kills.saturating_sub(trial.ends.kills);
        trips = trips.saturating_sub(trial.ends.trips);
        println!(
            "{journal}: {} mails, {} kills, {} trips, {} with a mail in hand, {duplicates} duplicates, {} taken up again, {}",
            trial.work.server.count(),
            trial.ends.kills,
            trial.ends.trips,
            trial.aftermath.deaths(),
            trial.taken_up,
            trial.work.story(),
        );
        assert!(duplicates <= trial.ends.kills + trial.ends.trips);
    }
}

#[test]
fn whatever_it_was_at_when_it_ended_nobody_is_lost_and_each_duplicate_was_in_hand_with_a_write_ahead_log() {
    endure("wal");
}

#[test]
fn whatever_it_was_at_when_it_ended_nobody_is_lost_and_each_duplicate_was_in_hand_with_a_truncated_journal() {
    endure("truncate");
}
