//! Kills the tick at random instants, hundreds of times, and counts what arrived: nobody skipped, nobody mailed twice
//! but the one reader whose mail was in hand. Not a simulation: SIGKILL on the real executable, TCP to a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test says by a panic what failed, also in its helpers, and its figures on standard error"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/sink.rs"]
mod sink;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::Duration;

use neo::domain::delivery::{Ledger, State};
use neo::domain::id::MessageId;
use neo::store::Writer;
use rustix::process::{Pid, Signal, kill_process};
use sink::{Copy, Sink};
use site::Site;

const READERS: usize = 150;
/// Mails per reader that the sequence sends.
const STEPS: usize = 2;

/// A site with readers on their way through a sequence, and a random number generator whose seed a failure names.
struct Scene {
    sink: Sink,
    site: Site,
    store: Writer,
    broadcasts: usize,
    seed: u64,
    random: u64,
}

impl Scene {
    fn new() -> Scene {
        let sink = Sink::start();
        let site = Site::new(&sink.transport());
        site.sequence(&[(0, "00:00", "S1"), (0, "00:00", "S2")]);
        site.add_readers(READERS);
        let store = site.store();
        let given = std::env::var("NEO_CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()) * 7919 + 1);
        Scene { sink, site, store, broadcasts: 0, seed, random: seed }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    /// So many mails wait at least, so that no tick runs out of work.
    fn keep_busy(&mut self, least: i64) {
        // A broadcast that is scheduled but not yet written has no rows: it counts as work all the same.
        if self.store.open_broadcasts().unwrap().iter().any(|one| one.state.word() == "scheduled") {
            return;
        }
        if self.store.whole_ledger().unwrap().queued < least {
            self.broadcasts += 1;
            self.site.broadcast(&format!("B{}", self.broadcasts));
        }
    }

    fn start_tick(&self) -> Child {
        self.site.command(&["tick"]).spawn().unwrap()
    }

    /// The counters say what the rows say, add up to the audience, and at most one mail was in hand.
    fn check(&self, what: &str) -> Ledger {
        let counted = self.store.whole_ledger().unwrap();
        let scanned = self.store.ledger_by_scan().unwrap();
        let seed = self.seed;
        assert_eq!(counted.rows(), counted.audience, "{what}, seed {seed}: {counted:?}");
        let unwritten = self.store.unwritten_broadcast().unwrap().is_some();
        let missing = counted.queued - scanned.queued;
        assert!(missing == 0 || (unwritten && missing > 0), "{what}, seed {seed}: {counted:?} {scanned:?}");
        let rows = Ledger { queued: scanned.queued, audience: scanned.audience, ..counted.clone() };
        assert_eq!(rows, scanned, "{what}, seed {seed}");
        assert!(scanned.sending <= 1, "{what}, seed {seed}: {scanned:?}");
        counted
    }

    /// Ticks until nothing is left to do.
    fn finish(&self) -> Ledger {
        loop {
            let report = self.site.tick();
            assert_eq!(report.get("trouble"), None, "seed {}: {report}", self.seed);
            if report["left"] == 0 && report["sent"] == 0 && report["stopped_by"].is_null() {
                break;
            }
        }
        self.sink.settle();
        let ledger = self.check("at the end");
        let whole = i64::try_from(READERS * (STEPS + self.broadcasts)).unwrap();
        assert_eq!(ledger.audience, whole, "seed {}: {ledger:?}", self.seed);
        assert_eq!(ledger.sent + ledger.unsure, whole, "seed {}: {ledger:?}", self.seed);
        // Other checks of the doctor may warn here, so her exit code says nothing.
        let doctor = self.site.run(&["doctor", "--json"]);
        let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["name"] == "ledger").unwrap();
        assert_eq!(found["state"], "good", "{report}");
        ledger
    }

    /// Who (subject, address) has a row of which nobody knows whether it arrived.
    fn unsure(&self) -> BTreeSet<(String, String)> {
        let messages = (1..=STEPS + self.broadcasts).map(|id| MessageId(i64::try_from(id).unwrap()));
        let rows = messages
            .flat_map(|message| self.store.troubled_deliveries(message, State::Unsure, 10_000).unwrap());
        let pair = |row: neo::store::deliveries::Delivery| {
            let subject = self.store.message(row.message).unwrap().content.subject;
            (subject, self.store.subscription(row.subscription).unwrap().unwrap().address)
        };
        rows.map(pair).collect()
    }

    /// What arrived, by (subject, address). Copies of one mail are the same to the last byte.
    fn arrived(&self) -> BTreeMap<(String, String), Vec<Copy>> {
        let mut arrived: BTreeMap<(String, String), Vec<Copy>> = BTreeMap::new();
        for copy in self.sink.copies() {
            arrived.entry((copy.header("Subject"), copy.to.clone())).or_default().push(copy);
        }
        let mut identities = BTreeSet::new();
        for (pair, copies) in &arrived {
            assert!(identities.insert(copies[0].header("Message-ID")), "{pair:?}: a Message-ID twice");
            let is_same = copies.iter().all(|copy| *copy == copies[0]);
            assert!(is_same, "seed {}: {pair:?} got two different mails", self.seed);
        }
        arrived
    }

    /// How many copies came beyond the first of each; everybody else got exactly one or is unsure.
    fn check_nobody_is_skipped(&self) -> usize {
        let (arrived, unsure) = (self.arrived(), self.unsure());
        let subjects = (1..=STEPS).map(|number| format!("S{number}"));
        let subjects = subjects.chain((1..=self.broadcasts).map(|number| format!("B{number}")));
        for subject in subjects {
            for number in 1..=READERS {
                let pair = (subject.clone(), format!("reader{number}@example.jp"));
                let is_done = arrived.contains_key(&pair) || unsure.contains(&pair);
                assert!(is_done, "seed {}: {pair:?} was skipped", self.seed);
            }
        }
        arrived.values().map(|copies| copies.len() - 1).sum()
    }

    /// Copies beyond the first of each, so far.
    fn extra(&self) -> usize {
        let copies = self.sink.copies();
        let identities: BTreeSet<String> = copies.iter().map(|copy| copy.header("Message-ID")).collect();
        copies.len() - identities.len()
    }

    /// Starts a tick and kills it after a random time; whether it was still alive then.
    fn kill_one(&mut self) -> bool {
        let mut tick = self.start_tick();
        std::thread::sleep(Duration::from_micros(self.random(40_000)));
        tick.kill().unwrap();
        let is_killed = tick.wait().unwrap().signal() == Some(9);
        self.sink.settle();
        is_killed
    }
}

fn kills(usual: usize) -> usize {
    std::env::var("NEO_CRASH_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_kill_between_hand_over_and_record_leaves_one_unsure_row_which_is_sent_again_with_the_same_bytes() {
    let scene = Scene::new();
    scene.sink.be_silent(true);
    let mut tick = scene.start_tick();
    scene.sink.wait_for_more_than(0);
    tick.kill().unwrap();
    tick.wait().unwrap();
    scene.sink.be_silent(false);
    scene.sink.settle();
    let ledger = scene.check("after the kill");
    assert_eq!((ledger.sending, ledger.sent), (1, 0));
    scene.finish();
    assert_eq!(scene.check_nobody_is_skipped(), 1);
    let copies = scene.sink.copies();
    assert!(copies[0] == copies[1], "the mail in hand goes first, with the same bytes");
    assert_eq!(copies[0].header("Message-ID"), copies[1].header("Message-ID"));
}

#[test]
fn nobody_is_skipped_and_nobody_gets_two_without_a_kill_in_300_kills() {
    let mut scene = Scene::new();
    let kills = kills(300);
    let (mut killed, mut extra, mut in_hand) = (0, 0, 0);
    let mut before = scene.check("at the start");
    for number in 0..kills {
        scene.keep_busy(100);
        killed += usize::from(scene.kill_one());
        let ledger = scene.check(&format!("kill {number}"));
        // A row stays `sending` over a tick that is killed before it looks for such rows: that counts once.
        in_hand += usize::from(ledger.sending == 1 && ledger != before);
        before = ledger;
        let extra_now = scene.extra();
        assert!(extra_now <= extra + 1, "kill {number}, seed {}: more than one copy too many", scene.seed);
        assert!(extra_now <= killed, "kill {number}, seed {}: {extra_now} copies too many", scene.seed);
        extra = extra_now;
    }
    let ledger = scene.finish();
    let extra = scene.check_nobody_is_skipped();
    assert!(extra <= killed, "seed {}: {extra} copies too many after {killed} kills", scene.seed);
    eprintln!(
        "{kills} ticks, {killed} killed, at least {in_hand} with a mail in hand, {} mails, {extra} copies too many, {} unsure",
        scene.sink.count(),
        ledger.unsure
    );
    assert!(killed > kills * 3 / 4, "only {killed} of {kills} were killed at work: the test proves little");
    assert!(in_hand > 0, "no kill met a mail in hand: the test proves little");
}

/// Starts a tick, waits until it has handed a mail over, and sends `signal` a little later.
fn signal_one(scene: &mut Scene, signal: Signal) -> std::process::ExitStatus {
    let before = scene.sink.count();
    let mut tick = scene.start_tick();
    scene.sink.wait_for_more_than(before);
    std::thread::sleep(Duration::from_micros(scene.random(8_000)));
    kill_process(Pid::from_child(&tick), signal).unwrap();
    let status = tick.wait().unwrap();
    scene.sink.settle();
    status
}

#[test]
fn every_signal_of_a_host_ends_a_tick_with_code_75_and_one_line_and_term_ends_it_in_good_order() {
    let mut scene = Scene::new();
    let trips = [
        (Signal::XCPU, "cpu", "SIGXCPU"),
        (Signal::ALARM, "wall", "SIGALRM"),
        (Signal::SEGV, "fault", "SIGSEGV"),
        (Signal::ABORT, "memory", "SIGABRT"),
    ];
    let (mut tripped, mut extra) = (0, 0);
    for number in 0..60 {
        scene.keep_busy(400);
        let what = format!("signal {number}");
        let before = scene.check(&what);
        let count = scene.sink.count();
        let lines = guard_lines(&scene.site).len();
        match trips.get(number % 5) {
            Some((signal, part, name)) => {
                let status = signal_one(&mut scene, *signal);
                assert_eq!(status.code(), Some(75), "{what}, seed {}: {status:?}", scene.seed);
                let log = guard_lines(&scene.site);
                assert_eq!(log.len(), lines + 1, "{what}, seed {}", scene.seed);
                let line = log.last().unwrap();
                let words = format!("tripped={part} signal={name} flow=cron stage=tick/");
                assert!(line.contains(&words), "{what}: {line}");
                scene.check(&what);
                tripped += 1;
            }
            None => {
                let status = signal_one(&mut scene, Signal::TERM);
                assert_eq!(status.code(), Some(0), "{what}, seed {}: {status:?}", scene.seed);
                assert_eq!(guard_lines(&scene.site).len(), lines, "{what}: SIGTERM is no trip");
                let after = scene.check(&what);
                assert_eq!(after.sending, 0, "{what}, seed {}", scene.seed);
                assert!(after.unsure <= before.unsure + before.sending, "{what}, seed {}", scene.seed);
                // What it handed over it has also recorded: the present recipient was finished.
                let handed_over = i64::try_from(scene.sink.count() - count).unwrap();
                assert_eq!(after.sent - before.sent, handed_over, "{what}, seed {}", scene.seed);
                assert!(after.queued > 0, "{what}, seed {}: it ended by itself", scene.seed);
            }
        }
        let extra_now = scene.extra();
        assert!(extra_now <= extra + 1 && extra_now <= tripped, "{what}, seed {}", scene.seed);
        extra = extra_now;
    }
    scene.finish();
    assert!(scene.check_nobody_is_skipped() <= tripped);
    eprintln!("{tripped} trips, {} mails, {} copies too many", scene.sink.count(), scene.extra());
}

fn guard_lines(site: &Site) -> Vec<String> {
    let log = std::fs::read_to_string(site.data().join("guard.log")).unwrap_or_default();
    log.lines().map(str::to_string).collect()
}

#[test]
fn with_unsure_set_to_hold_nobody_ever_gets_two() {
    let mut scene = Scene::new();
    scene.site.neo(&["setting", "set", "unsure", "hold"]);
    let mut in_hand = 0;
    for number in 0..kills(60) {
        scene.keep_busy(100);
        scene.kill_one();
        // A row stays `sending` over a tick that is killed before it looks for such rows.
        let ledger = scene.check(&format!("kill {number}"));
        let now_in_hand = ledger.sending + ledger.unsure;
        let is_right = now_in_hand == in_hand || now_in_hand == in_hand + 1;
        assert!(is_right, "kill {number}, seed {}: {in_hand} mails in hand before, {ledger:?}", scene.seed);
        in_hand = now_in_hand;
        assert_eq!(scene.extra(), 0, "kill {number}, seed {}", scene.seed);
    }
    let ledger = scene.finish();
    assert_eq!(scene.check_nobody_is_skipped(), 0, "seed {}", scene.seed);
    assert_eq!(ledger.unsure, in_hand, "seed {}: each mail in hand is held for the owner", scene.seed);
    assert!(in_hand > 0, "no kill met a mail in hand: the test proves little");
}
