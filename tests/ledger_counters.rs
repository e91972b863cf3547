//! The counters of the ledger, the lists and the sequences tell what a scan of the rows tells, whatever happens in whatever
//! order: random walks through the store's public functions.
//! Not whether a mail was sent: tests/kill_rows.rs.
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
#[path = "support/site.rs"]
mod site;

use neo::domain::address::Address;
use neo::domain::calendar::TimeOfDay;
use neo::domain::consent::{Circumstances, Event};
use neo::domain::delivery::{Ledger, State, Urgency};
use neo::domain::id::{DeliveryId, EnrolmentId, ListId, MessageId, SequenceId, SubscriptionId};
use neo::domain::message::{Content, Kind};
use neo::domain::sequence::{Draft, Options, Place, Reach, Timing};
use neo::domain::subscriber::{Fields, Name, SubscriptionState};
use neo::error::{Error, Result};
use neo::store::Writer;
use neo::store::enrolments::{Hold, Stand};
use neo::store::membership::Request;
use site::Site;

const READERS: u64 = 40;
const STEPS: usize = 400;
const WALKS: u64 = 25;

struct Walk<'a> {
    store: &'a Writer,
    seed: u64,
    dice: u64,
    now: i64,
    messages: Vec<MessageId>,
}

impl Walk<'_> {
    fn below(&mut self, end: u64) -> u64 {
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        (self.dice.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    fn number(&mut self, end: u64) -> i64 {
        i64::try_from(self.below(end)).unwrap()
    }

    fn reader(&mut self) -> SubscriptionId {
        SubscriptionId(1 + self.number(READERS))
    }

    fn delivery(&mut self) -> DeliveryId {
        DeliveryId(1 + self.number(600))
    }

    fn message(&mut self) -> MessageId {
        let place = usize::try_from(self.below(self.messages.len() as u64)).unwrap();
        self.messages[place]
    }

    fn add_message(&self, kind: Kind) -> MessageId {
        let content = Content::parse("Subject", "text", "").unwrap();
        self.store.add_message(kind, ListId(1), &content, self.now).unwrap()
    }

    /// One thing that may happen to a site.
    fn step(&mut self) -> Result<()> {
        let how = Circumstances::default();
        self.now += self.number(4000);
        let (store, now) = (self.store, self.now);
        match self.below(20) {
            0 | 1 => {
                let address = Address::parse(&format!("reader{}@example.jp", self.below(READERS))).unwrap();
                let request = Request {
                    list: ListId(1),
                    address: &address,
                    name: &Name::default(),
                    fields: &Fields::default(),
                    how: &how,
                    form_version: None,
                };
                store.add_reader(&request, now).map(|_| ())
            }
            2 => store.leave(self.reader(), &how, now).map(|_| ()),
            3 => store.join(self.reader(), Event::Confirmed, &how, now).map(|_| ()),
            4 => {
                let message = self.add_message(Kind::Broadcast);
                self.messages.push(message);
                store.add_broadcast(message, Some(now))
            }
            5 => store.start_due_broadcasts(now).map(|_| ()),
            6 | 7 => match store.unwritten_broadcast()? {
                Some(message) => store.write_audience(message, 1 + self.number(20), now).map(|_| ()),
                None => Ok(()),
            },
            8 => store.stop_broadcast(self.message(), now).map(|_| ()),
            9 => match self.below(3) {
                0 => store.resume_broadcast(self.message()).map(|_| ()),
                _ => store.turn_rows(1 + self.number(10), now).map(|_| ()),
            },
            10 => store.finish_broadcasts(now),
            11 | 12 => store.begin_attempt(self.delivery(), b"mail", now).map(|_| ()),
            13 | 14 => {
                let id = self.delivery();
                let state = State::ALL[usize::try_from(self.below(9)).unwrap()];
                store.record(id, state, "reply", now, now)
            }
            15 => store.undo_attempt(self.delivery(), "away", now),
            16 => store.recover_sending().map(|_| ()),
            17 => {
                let again = self.below(2) == 0;
                store.settle_unsure(self.delivery(), again, now).map(|_| ())
            }
            18 => self.move_enrolments(),
            _ => match store.subscription(self.reader())? {
                Some(reader) if self.below(8) == 0 => store.erase(&reader, &how, now),
                Some(reader) => {
                    let (message, occurrence) = (self.message(), self.number(3));
                    store.queue_delivery(message, reader.id, occurrence, Urgency::Normal, now)
                }
                None => Ok(()),
            },
        }
    }

    fn move_enrolments(&mut self) -> Result<()> {
        let (store, now) = (self.store, self.now);
        let steps = store.steps(SequenceId(1))?;
        for mut enrolment in store.due_enrolments(now, 5)? {
            let stand = match self.below(6) {
                0 => Stand::Due(steps[0].id, now + 1000),
                1 => Stand::Through(None),
                2 => Stand::Held(
                    Hold::ALL[1 + usize::try_from(self.below(4)).unwrap()],
                    steps[0].id,
                    String::new(),
                ),
                3 => Stand::Ended("finished"),
                4 => {
                    store.pause_enrolment(enrolment.id, now)?;
                    continue;
                }
                _ => {
                    store.queue_step(&enrolment, &steps[0], now, now)?;
                    enrolment.progress.pass(&steps[0], now, now);
                    Stand::Due(steps[0].id, now)
                }
            };
            store.save_enrolment(&enrolment, &stand, now)?;
        }
        for held in store.held_enrolments(SequenceId(1), Hold::Paused, EnrolmentId(0), 2)? {
            store.resume_enrolment(held.id, self.below(2) == 0, now)?;
        }
        store.look_at_edited(10).map(|_| ())
    }

    /// All counters against all rows.
    fn check(&self, site: &Site, step: usize) {
        let place = format!("seed {}, step {step}", self.seed);
        let counted = self.store.whole_ledger().unwrap();
        assert_eq!(counted.rows(), counted.audience, "{place}: {counted:?}");
        // What is not written yet is counted as queued, or as cancelled where it was stopped.
        let scanned = self.store.ledger_by_scan().unwrap();
        let unwritten = counted.audience - scanned.audience;
        assert!(unwritten >= 0, "{place}: {counted:?} {scanned:?}");
        let (queued, cancelled) = (counted.queued - scanned.queued, counted.cancelled - scanned.cancelled);
        assert!(queued >= 0 && cancelled >= 0, "{place}: {counted:?} {scanned:?}");
        assert_eq!(queued + cancelled, unwritten, "{place}");
        let (queued, cancelled) = (scanned.queued, scanned.cancelled);
        let written = Ledger { audience: scanned.audience, queued, cancelled, ..counted };
        assert_eq!(written, scanned, "{place}");
        for message in &self.messages {
            let ledger = self.store.ledger(*message).unwrap();
            assert_eq!(ledger.rows(), ledger.audience, "{place}: message {message}");
        }
        let counts = self.store.list_counts(ListId(1)).unwrap();
        let of = |state: SubscriptionState| {
            let sql = format!("select count(*) from subscriptions where state = '{}'", state.word());
            site.number(&sql)
        };
        let scanned = SubscriptionState::ALL.map(of);
        assert_eq!([counts.pending, counts.confirmed, counts.left], scanned, "{place}: readers");
        let scanned = site.number(
            "select count(*) from enrolments where state = 'active' and (due_at is not null or hold <> '')",
        );
        assert_eq!(self.store.active_enrolments(SequenceId(1)).unwrap(), scanned, "{place}: enrolments");
        let different =
            |one: &str, other: &str| site.number(&format!("select count(*) from ({one} except {other})"));
        let rows = "select sequence_id, hold, next_step, count(*) from enrolments
            where state = 'active' and (next_step <> 0 or hold <> '') group by 1, 2, 3";
        let counters = "select sequence_id, hold, step_id, count from enrolment_places where count <> 0";
        assert_eq!(different(rows, counters) + different(counters, rows), 0, "{place}: places");
    }
}

#[test]
fn whatever_happens_in_whatever_order_the_counters_tell_what_a_scan_tells() {
    let given = std::env::var("NEO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let first = given.unwrap_or(1);
    for seed in first..first + WALKS {
        let site = Site::at("folder:outbox", Some(1_795_474_800));
        // The proof is in the numbers, not on the disk.
        let store = site.store();
        let mut walk =
            Walk { store: &store, seed, dice: seed << 20 | 1, now: 1_795_474_800, messages: Vec::new() };
        let first = walk.add_message(Kind::Step);
        walk.messages.push(first);
        let sequence =
            store.add_sequence("welcome", "Welcome", ListId(1), &Options::default(), walk.now).unwrap();
        let timing = Timing::AfterStart { days: 1, at: TimeOfDay::parse("08:30").unwrap() };
        let draft = Draft::mail(timing, first);
        store.add_step(sequence, &draft, Place::ByDay, Reach::NotThereYet, walk.now).unwrap();
        for step in 0..STEPS / 20 {
            // Twenty things in one transaction; one in four transactions fails and must leave no trace.
            let fails = walk.below(4) == 0;
            let before = (store.whole_ledger().unwrap(), store.list_counts(ListId(1)).unwrap());
            let known = walk.messages.clone();
            let done = store.transaction(|| {
                for _ in 0..20 {
                    walk.step()?;
                }
                if fails { Err(Error::fault("testing", "on purpose")) } else { Ok(()) }
            });
            if fails {
                assert!(done.is_err());
                walk.messages = known;
                let after = (store.whole_ledger().unwrap(), store.list_counts(ListId(1)).unwrap());
                assert_eq!(before, after, "seed {seed}: a failed transaction left a trace");
            } else if let Err(error) = done {
                panic!("seed {seed}, step {step}: {error:?}");
            }
            walk.check(&site, step);
        }
        assert!(store.ledger_by_scan().unwrap().audience > 10, "seed {seed}: the walk went nowhere");
        site.check_counters();
        site.check_integrity();
    }
}
