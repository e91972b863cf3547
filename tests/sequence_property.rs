//! Random lives of a sequence: edits, pauses, comings and goings, clocks that jump, ticks that are killed. The engine
//! agrees with a simple model of it, each reader gets each step at most once per occurrence, in order, and none is lost.
//! Not the single rules with their dates: tests/sequence_rules.rs.
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
#[path = "support/engine.rs"]
mod engine;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDateTime, NaiveTime, TimeZone};
use engine::Engine;
use neo::domain::id::{SequenceId, StepId, SubscriptionId};
use neo::domain::sequence::{Draft, Options, Place, Reach, Timing, Unit, Weekdays};

const WALKS: u64 = 16;
const EVENTS: usize = 90;
const READERS: usize = 4;
const DAY: i64 = 86_400;
const ZONES: [&str; 4] = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];

/// When a step goes, as the model knows it.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Days after the start, and minutes after midnight.
    Day(i64, i64),
    /// Minutes after the step before.
    Later(i64),
    /// The next of these days of the week (Monday is 0), and minutes after midnight.
    Week(u32, i64),
}

impl When {
    fn timing(self) -> Timing {
        let at = neo::domain::calendar::TimeOfDay::from_minutes;
        match self {
            When::Day(days, minute) => Timing::AfterStart { days, at: at(minute) },
            When::Later(minutes) => Timing::AfterPrevious { amount: minutes, unit: Unit::Minutes, at: None },
            When::Week(day, minute) => {
                let word = Weekdays::WORDS[day as usize];
                Timing::Weekday { days: Weekdays::parse([word]).unwrap(), at: at(minute) }
            }
        }
    }
}

/// A place in the order: of a step, or one that a step has left. Places are never given up, so "past" keeps its sense.
#[derive(Clone, Debug)]
struct Spot {
    number: usize,
    step: Option<StepId>,
}

#[derive(Clone, Debug)]
struct ModelStep {
    when: When,
    since: i64,
    for_all: bool,
}

/// One way of a reader.
#[derive(Clone, Debug)]
struct Way {
    reader: usize,
    occurrence: i64,
    start: i64,
    entered: i64,
    last: i64,
    /// The number of the furthest place that she has passed.
    furthest: Option<usize>,
    got: Vec<StepId>,
    is_over: bool,
    /// Seconds of the present pause that were over when she came in.
    late_for_pause: i64,
}

struct Model {
    zone: chrono_tz::Tz,
    order: Vec<Spot>,
    steps: BTreeMap<StepId, ModelStep>,
    ways: Vec<Way>,
    paused_at: Option<i64>,
    places: usize,
}

impl Model {
    fn civil(&self, at: i64) -> NaiveDateTime {
        DateTime::from_timestamp(at, 0).unwrap().with_timezone(&self.zone).naive_local()
    }

    /// A civil time: the earlier one of two; where it was skipped, as much later as was skipped.
    fn instant(&self, civil: NaiveDateTime) -> i64 {
        let found = self.zone.from_local_datetime(&civil).earliest();
        let before = || self.zone.from_local_datetime(&(civil - Duration::hours(3))).earliest().unwrap();
        found.map_or_else(|| before().timestamp() + 3 * 3600, |found| found.timestamp())
    }

    fn at_minute(&self, day: chrono::NaiveDate, minute: i64) -> i64 {
        let seconds = u32::try_from(minute * 60).unwrap();
        self.instant(day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap()))
    }

    fn moment(&self, when: When, way: &Way) -> i64 {
        let own = match when {
            When::Day(days, minute) => {
                self.at_minute(self.civil(way.start).date() + Duration::days(days), minute)
            }
            When::Later(minutes) => way.last + minutes * 60,
            When::Week(weekday, minute) => {
                let mut day = self.civil(way.last).date();
                while day.weekday().num_days_from_monday() != weekday
                    || self.at_minute(day, minute) <= way.last
                {
                    day = day.succ_opt().unwrap();
                }
                self.at_minute(day, minute)
            }
        };
        own.max(way.last)
    }

    /// The next step of a way: the first in order that is still for her.
    fn next(&self, way: &Way) -> Option<(usize, StepId, i64)> {
        let furthest = way.furthest.map(|number| self.index_of(number));
        for (index, place) in self.order.iter().enumerate() {
            let Some(id) = place.step.filter(|id| !way.got.contains(id)) else { continue };
            let step = &self.steps[&id];
            let moment = self.moment(step.when, way);
            let is_behind = furthest.is_some_and(|furthest| index <= furthest);
            let was_over = moment < step.since && way.entered < step.since;
            if step.for_all || !(is_behind || was_over) {
                return Some((place.number, id, moment));
            }
        }
        None
    }

    fn index_of(&self, number: usize) -> usize {
        self.order.iter().position(|place| place.number == number).unwrap()
    }

    fn tick(&mut self, now: i64) {
        if self.paused_at.is_some() {
            return;
        }
        for index in 0..self.ways.len() {
            while !self.ways[index].is_over {
                let Some((number, id, moment)) = self.next(&self.ways[index]).filter(|next| next.2 <= now)
                else {
                    break;
                };
                let is_ahead =
                    self.ways[index].furthest.is_none_or(|far| self.index_of(number) > self.index_of(far));
                let way = &mut self.ways[index];
                way.got.push(id);
                if is_ahead {
                    way.furthest = Some(number);
                    way.last = if now - moment > DAY { now } else { moment };
                }
            }
        }
    }

    /// A step comes to stand before the live step at `before` (a count of live steps), behind all places left there.
    fn put(&mut self, id: StepId, before: usize) {
        let index = self.live_index(before);
        self.places += 1;
        self.order.insert(index, Spot { number: self.places, step: Some(id) });
    }

    fn live_index(&self, count: usize) -> usize {
        let live: Vec<usize> =
            (0..self.order.len()).filter(|index| self.order[*index].step.is_some()).collect();
        live.get(count).copied().unwrap_or(self.order.len())
    }

    fn live(&self) -> Vec<StepId> {
        self.order.iter().filter_map(|place| place.step).collect()
    }

    fn take_out(&mut self, id: StepId) {
        for place in self.order.iter_mut().filter(|place| place.step == Some(id)) {
            place.step = None;
        }
    }

    fn resume(&mut self, shifts: bool, now: i64) {
        let Some(since) = self.paused_at.take() else { return };
        for way in self.ways.iter_mut() {
            let late = std::mem::take(&mut way.late_for_pause);
            let pause = if shifts { (now - since).max(0) } else { 0 };
            if !way.is_over {
                way.start += (pause - late).max(0);
                way.last += (pause - late).max(0);
            }
        }
    }
}

/// One random life.
struct Walk {
    dice: u64,
    engine: Engine,
    model: Model,
    sequence: SequenceId,
    subscriptions: Vec<Option<SubscriptionId>>,
}

impl Walk {
    fn new(seed: u64) -> Walk {
        let zone = ZONES[usize::try_from(seed % 4).unwrap()];
        let engine = Engine::new(zone, "2026-10-20 07:00");
        let sequence = engine.sequence("welcome", &Options { most_occurrences: 1000, ..Options::default() });
        let model = Model {
            zone: zone.parse().unwrap(),
            order: Vec::new(),
            steps: BTreeMap::new(),
            ways: Vec::new(),
            paused_at: None,
            places: 0,
        };
        Walk { dice: seed << 20 | 1, engine, model, sequence, subscriptions: vec![None; READERS] }
    }

    fn below(&mut self, end: u64) -> u64 {
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        (self.dice.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    fn number(&mut self, end: u64) -> i64 {
        i64::try_from(self.below(end)).unwrap()
    }

    fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }

    fn when(&mut self) -> When {
        match self.below(4) {
            0 => When::Later(1 + self.number(3000)),
            1 => When::Week(u32::try_from(self.below(7)).unwrap(), self.number(96) * 15),
            // Also the hours that are skipped and repeated.
            _ => When::Day(self.number(12), self.number(96) * 15),
        }
    }

    fn reach(&mut self) -> Reach {
        if self.below(2) == 0 { Reach::AlsoPast } else { Reach::NotThereYet }
    }

    /// A random place: before which live step, and how the store is told.
    fn place(&mut self, others: &[StepId]) -> (usize, Place) {
        match self.index(others.len() + 1) {
            0 => (0, Place::First),
            count => (count, Place::After(others[count - 1])),
        }
    }

    fn event(&mut self) {
        match self.below(20) {
            0..=2 => self.add_step(),
            3 => self.move_step(),
            4 => self.remove_step(),
            5 => self.reword_step(),
            6 | 7 => self.join_or_leave(),
            8 => self.pause_or_resume(),
            9 => self.killed_tick(),
            10 => self.jump(),
            _ => self.pass_time(),
        }
    }

    fn add_step(&mut self) {
        if self.model.live().len() > 12 {
            return;
        }
        let (when, reach) = (self.when(), self.reach());
        let (before, place) = self.place(&self.model.live());
        let draft = self.engine.draft("step", when.timing());
        let id = self.engine.put(self.sequence, &draft, place, reach);
        let since = self.engine.now();
        self.model.steps.insert(id, ModelStep { when, since, for_all: reach == Reach::AlsoPast });
        self.model.put(id, before);
    }

    fn move_step(&mut self) {
        let live = self.model.live();
        if live.is_empty() {
            return;
        }
        let id = live[self.index(live.len())];
        let others: Vec<StepId> = live.iter().copied().filter(|other| *other != id).collect();
        let (when, reach) = (self.when(), self.reach());
        let (before, place) = self.place(&others);
        let message = self.engine.store.step(self.sequence, id).unwrap().unwrap().message;
        let draft = Draft::mail(when.timing(), message);
        let now = self.engine.now();
        let is_same_time = self.model.steps[&id].when.timing() == when.timing();
        self.engine.store.change_step(self.sequence, id, &draft, place, reach, now).unwrap();
        let stands = live.iter().position(|other| *other == id).unwrap();
        if before != stands {
            // It comes to stand where it is told, and its old place stays as a place that it has left.
            self.model.take_out(id);
            self.model.put(id, before);
        }
        if before != stands || !is_same_time {
            let for_all = reach == Reach::AlsoPast;
            self.model.steps.insert(id, ModelStep { when, since: now, for_all });
        }
    }

    fn remove_step(&mut self) {
        let live = self.model.live();
        if live.len() < 2 {
            return;
        }
        let id = live[self.index(live.len())];
        self.engine.store.remove_step(self.sequence, id, self.engine.now()).unwrap();
        // Half of the time it was a slip.
        if self.below(2) == 0 {
            let edit = self.engine.store.step_edits(self.sequence, 1).unwrap()[0].id;
            self.engine.store.undo_edit(self.sequence, edit, self.engine.now()).unwrap();
        } else {
            self.model.take_out(id);
        }
    }

    /// Another wording: nobody gets it a second time for that.
    fn reword_step(&mut self) {
        let live = self.model.live();
        if live.is_empty() {
            return;
        }
        let id = live[self.index(live.len())];
        let draft = self.engine.draft("reworded", self.model.steps[&id].when.timing());
        let (reach, now) = (self.reach(), self.engine.now());
        self.engine.store.change_step(self.sequence, id, &draft, Place::Stay, reach, now).unwrap();
    }

    fn join_or_leave(&mut self) {
        let reader = self.index(READERS);
        let now = self.engine.now();
        if let Some(id) = self.subscriptions[reader].take() {
            self.engine.leave(id);
            for way in self.model.ways.iter_mut().filter(|way| way.reader == reader) {
                way.is_over = true;
            }
            return;
        }
        self.subscriptions[reader] = Some(self.engine.join(&format!("reader{reader}@example.jp"), &[]));
        let before = self.model.ways.iter().filter(|way| way.reader == reader).count();
        let late = self.model.paused_at.map_or(0, |since| (now - since).max(0));
        self.model.ways.push(Way {
            reader,
            occurrence: i64::try_from(before).unwrap(),
            start: now,
            entered: now,
            last: now,
            furthest: None,
            got: Vec::new(),
            is_over: false,
            late_for_pause: late,
        });
    }

    fn pause_or_resume(&mut self) {
        let now = self.engine.now();
        if self.model.paused_at.is_some() {
            let shifts = self.below(2) == 0;
            self.engine.store.resume_sequence(self.sequence, shifts, now).unwrap();
            self.model.resume(shifts, now);
        } else {
            self.engine.store.pause_sequence(self.sequence, "", now).unwrap();
            self.model.paused_at = Some(now);
        }
    }

    fn tick(&mut self) {
        self.engine.tick();
        self.model.tick(self.engine.now());
    }

    fn pass_time(&mut self) {
        let seconds = self.number(40) * 1800 + self.number(60);
        self.engine.move_to(self.engine.now() + seconds);
        self.tick();
    }

    /// A wrong clock for one tick or for good: up to two days back, some days or a year ahead.
    fn jump(&mut self) {
        let true_time = self.engine.now();
        let by = match self.below(8) {
            0 => 366 * DAY,
            1..=3 => -self.number(2 * DAY as u64),
            _ => self.number(4 * DAY as u64),
        };
        self.engine.move_to(true_time + by);
        self.tick();
        if self.below(2) == 0 {
            self.engine.move_to(true_time);
            self.tick();
        }
    }

    /// The executable itself, killed at some moment of its tick; what it left undone is done by the next.
    fn killed_tick(&mut self) {
        self.engine.site.now = Some(self.engine.now());
        let mut child = self.engine.site.start(&["tick"]);
        std::thread::sleep(std::time::Duration::from_micros(self.below(40_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        self.tick();
    }

    /// The ledger against the model: the same steps, in the same order, once.
    fn compare(&self, place: &str) {
        let got = self.ledger();
        for way in &self.model.ways {
            let key = (way.reader, way.occurrence);
            let engine = got.get(&key).cloned().unwrap_or_default();
            assert_eq!(engine, way.got, "{place}: reader {} occurrence {}", way.reader, way.occurrence);
            assert_eq!(engine.iter().collect::<BTreeSet<_>>().len(), engine.len(), "{place}: twice");
        }
    }

    /// The steps of each way as they stand in the ledger, in the order of their rows.
    fn ledger(&self) -> BTreeMap<(usize, i64), Vec<StepId>> {
        let sqlite = self.engine.site.sqlite();
        let mut statement = sqlite
            .prepare(
                "select p.address, d.occurrence, x.step_id from deliveries d
                 join (select id as step_id, message_id from steps union select step_id, message_id from former_messages) x
                   on x.message_id = d.message_id
                 join subscriptions s on s.id = d.subscription_id join subscribers p on p.id = s.subscriber_id
                 order by d.id",
            )
            .unwrap();
        let mut found: BTreeMap<(usize, i64), Vec<StepId>> = BTreeMap::new();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let address: String = row.get(0).unwrap();
            let reader: usize = address["reader".len()..].split('@').next().unwrap().parse().unwrap();
            found.entry((reader, row.get(1).unwrap())).or_default().push(StepId(row.get(2).unwrap()));
        }
        found
    }
}

#[test]
fn in_any_life_of_a_sequence_each_step_goes_once_in_order_and_none_is_lost_as_the_model_says() {
    let given: Option<u64> = std::env::var("NEO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = given.map_or(1..1 + WALKS, |seed| seed..seed + 1);
    let mut mails = 0;
    for seed in seeds {
        let mut walk = Walk::new(seed);
        for event in 0..EVENTS {
            walk.event();
            walk.compare(&format!("seed {seed}, event {event}"));
        }
        // In the end everybody has all that was for her.
        if walk.model.paused_at.is_some() {
            walk.pause_or_resume();
        }
        for _ in 0..20 {
            walk.engine.move_to(walk.engine.now() + 800 * DAY);
            walk.tick();
        }
        walk.compare(&format!("seed {seed}, at the end"));
        for way in walk.model.ways.iter().filter(|way| !way.is_over) {
            assert!(walk.model.next(way).is_none(), "seed {seed}: the model itself is not done");
        }
        let waiting = "select count(*) from enrolments where state = 'active' and due_at is not null";
        assert_eq!(walk.engine.site.number(waiting), 0, "seed {seed}: somebody is in limbo");
        walk.engine.site.check_counters();
        walk.engine.site.check_integrity();
        mails += walk.engine.site.number("select count(*) from deliveries");
    }
    println!("{mails} mails");
    assert!(mails > 100 || given.is_some(), "these lives were too quiet to say anything: {mails}");
}
