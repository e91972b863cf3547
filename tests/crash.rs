//! The promise that no mail is lost silently and none is sent twice silently, whatever ends the process.
//! Not power cuts: a kill leaves the page cache in place. The sink counts every mail that it took.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test says by a panic what failed, also in its helpers, and by a line how to play it again"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/sink.rs"]
mod sink;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dice::{Dice, wanted};
use sink::{Copy, Sink};
use site::Site;

const READERS: usize = 150;

/// A site with readers and its mail server.
struct Scene {
    site: Site,
    sink: Sink,
}

impl Scene {
    fn new() -> Scene {
        let sink = Sink::of_both_kinds();
        let site = Site::new(&sink.transport());
        site.sequence(&[(0, "00:00", "Welcome")]);
        site.add_readers(READERS);
        Scene { site, sink }
    }

    fn tick(&self) -> Child {
        self.site.start(&["tick"])
    }

    /// Waits until the tick has handed a mail over, or has ended: from then on it is at work.
    fn wait_for_mail(&self, tick: &mut Child) {
        let before = self.sink.count();
        while self.sink.count() == before && tick.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The ledger adds up, by its counters and by its rows. Returns how many mails still wait.
    fn check_ledger(&self, when: &str) -> i64 {
        let store = self.site.store();
        let (counted, scanned) = (store.whole_ledger().unwrap(), store.ledger_by_scan().unwrap());
        assert_eq!(counted.rows(), counted.audience, "{when}: {counted:?}");
        assert!(counted.sending + counted.unsure <= 1 + scanned.unsure, "{when}: {counted:?}");
        assert!(scanned.sending <= 1, "{when}: more than one mail was in hand: {scanned:?}");
        assert_eq!((counted.sent, counted.failed), (scanned.sent, scanned.failed), "{when}");
        counted.queued + counted.deferred + counted.sending
    }

    /// Ticks until nothing waits.
    fn finish(&self) {
        for _ in 0..100 {
            let mut tick = self.tick();
            assert!(tick.wait().unwrap().success());
            let store = self.site.store();
            if self.check_ledger("at the end") == 0 && store.unwritten_broadcast().unwrap().is_none() {
                return;
            }
        }
        panic!("it never ends");
    }

    /// Nobody was skipped; no more second copies than `most`, each the same mail to the same reader.
    fn check_copies(&self, most: usize) -> usize {
        let store = self.site.store();
        let ledger = store.whole_ledger().unwrap();
        assert_eq!(ledger.sent + ledger.unsure, ledger.audience, "{ledger:?}");
        let mut taken: BTreeMap<String, Vec<Copy>> = BTreeMap::new();
        for copy in self.sink.copies() {
            taken.entry(copy.header("Message-ID")).or_default().push(copy);
        }
        let mut second = 0;
        for (id, copies) in &taken {
            assert!(copies.iter().all(|copy| *copy == copies[0]), "{id} came with different bytes");
            second += copies.len() - 1;
        }
        let (sent, unsure) = (usize::try_from(ledger.sent).unwrap(), usize::try_from(ledger.unsure).unwrap());
        assert!(taken.len() >= sent && taken.len() <= sent + unsure, "{} mails for {ledger:?}", taken.len());
        assert!(second <= most, "{second} second copies by {most} kills");
        second
    }
}

fn kills() -> usize {
    wanted("NEO_CRASH_KILLS", 300)
}

/// Kills that many ticks, each at a random instant, and looks at the ledger after each.
fn kill_often(scene: &Scene, times: usize) {
    let mut dice = Dice::of_test("kill_often");
    for number in 0..times {
        if scene.check_ledger(&format!("kill {number}")) == 0 {
            scene.site.broadcast("News");
        }
        let mut tick = scene.tick();
        std::thread::sleep(Duration::from_micros(dice.below(60_000)));
        tick.kill().unwrap();
        tick.wait().unwrap();
    }
}

fn send_signal(child: &Child, signal: &str) {
    let number = child.id().to_string();
    let _ = Command::new("kill").args(["-s", signal, &number]).stderr(Stdio::null()).status();
}

#[test]
fn kills_at_any_instant_skip_nobody_and_repeat_at_most_the_mail_in_hand() {
    let scene = Scene::new();
    kill_often(&scene, kills());
    scene.finish();
    scene.check_copies(kills());
}

#[test]
fn the_limit_signals_end_a_tick_as_a_kill_does_and_say_so_in_the_log() {
    let scene = Scene::new();
    let mut dice = Dice::of_test("signals");
    let mut tripped = 0;
    for number in 0..60 {
        while scene.check_ledger(&format!("signal {number}")) < READERS as i64 {
            scene.site.broadcast("News");
            // Brings the audience into the ledger, so that the next tick has work from its start.
            let mut tick = scene.tick();
            scene.wait_for_mail(&mut tick);
            tick.kill().unwrap();
            tick.wait().unwrap();
        }
        let mut tick = scene.tick();
        scene.wait_for_mail(&mut tick);
        std::thread::sleep(Duration::from_micros(dice.below(5_000)));
        send_signal(&tick, ["XCPU", "ALRM", "SEGV", "ABRT"][number % 4]);
        let status = tick.wait().unwrap();
        // A tick that had ended before is none that was cut off.
        tripped += usize::from(status.code() == Some(75));
    }
    assert!(tripped >= 20, "only {tripped} ticks were cut off: the test proves little");
    let log = std::fs::read_to_string(scene.site.data().join("guard.log")).unwrap();
    assert_eq!(log.lines().count(), tripped, "{log}");
    scene.finish();
    scene.check_copies(kills());
}

#[test]
fn sigterm_finishes_the_mail_in_hand_and_leaves_none_unsure() {
    let scene = Scene::new();
    let mut dice = Dice::of_test("signals");
    for number in 0..40 {
        if scene.check_ledger(&format!("term {number}")) == 0 {
            scene.site.broadcast("News");
        }
        let mut tick = scene.tick();
        std::thread::sleep(Duration::from_micros(15_000 + dice.below(40_000)));
        send_signal(&tick, "TERM");
        tick.wait().unwrap();
        let ledger = scene.site.store().ledger_by_scan().unwrap();
        assert_eq!((ledger.sending, ledger.unsure), (0, 0), "after SIGTERM {number}: {ledger:?}");
    }
    scene.finish();
    assert_eq!(scene.check_copies(0), 0);
}

#[test]
fn held_rows_are_never_sent_twice() {
    let scene = Scene::new();
    scene.site.neo(&["setting", "set", "unsure", "hold"]);
    kill_often(&scene, 80);
    scene.finish();
    assert_eq!(scene.check_copies(0), 0);
}
