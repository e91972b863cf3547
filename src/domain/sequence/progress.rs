//! One reader's way through the steps: which are behind her, which comes next, and when.
//! Not her rows (store/enrolments) and not the hand-over to the ledger (mail/due).
//!
//! The rules, as a table: ARCHITECTURE.md, "Sequences".

use crate::clock::Instant;
use crate::domain::calendar::{self, Zone};
use crate::domain::id::StepId;
use crate::domain::rest::Rest;
use crate::domain::sequence::start::Undated;
use crate::domain::sequence::{Action, Go, Options, Step};
use crate::domain::subscriber::Fields;

/// A step that goes so many seconds after its moment counts as sent when it really went, for steps that follow it by a
/// while: after a day without a clock, mails keep their distance.
pub const LATE: i64 = 86_400;

/// What holds around her: the site's clockwork, the sequence's options, what is known of the reader.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub zone: Zone,
    pub rest: &'a Rest,
    pub options: &'a Options,
    pub fields: &'a Fields,
}

/// The steps that are behind her, exactly: sent, skipped by a condition, or led around.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done(Vec<StepId>);

impl Done {
    /// Reads what [`Done::words`] wrote.
    pub fn parse(words: &str) -> Done {
        Done(words.split(' ').filter_map(|word| word.parse().ok()).collect())
    }

    /// For the store: the numbers, a space between them.
    pub fn words(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<String>>().join(" ")
    }

    pub fn has(&self, step: StepId) -> bool {
        self.0.contains(&step)
    }

    pub fn add(&mut self, step: StepId) {
        if !self.has(step) {
            self.0.push(step);
        }
    }
}

/// Where she stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What days are counted from.
    pub start: Instant,
    /// When she came in.
    pub entered: Instant,
    /// The moment of the step before.
    pub last: Instant,
    /// The furthest position that she has passed.
    pub cursor: i64,
    pub done: Done,
}

/// How a step stands to her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Behind her for good.
    Done,
    /// Her place or its moment was over when it was put there; it passes her by.
    Past,
    /// She will get it, not before this moment.
    Ahead(Instant),
    /// It hangs on a date that she has not.
    Undated(Undated),
}

/// What comes next for her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This step is due at this instant.
    Step { index: usize, due: Instant },
    /// This step would be next, if its date were known.
    Undated { index: usize, why: Undated },
    /// No step is left (until one is added).
    Nothing,
}

impl Progress {
    /// At the beginning, before every step.
    pub fn begun(start: Instant, entered: Instant) -> Progress {
        Progress { start, entered, last: entered, cursor: -1, done: Done::default() }
    }

    /// How a step stands to her.
    pub fn standing(&self, step: &Step, world: &World<'_>) -> Standing {
        if self.done.has(step.id) {
            return Standing::Done;
        }
        if step.position <= self.cursor && !step.reaches_past {
            return Standing::Past;
        }
        let own = match step.timing.moment(self.start, self.last, world.fields, world.zone) {
            Ok(own) => own,
            Err(why) => return Standing::Undated(why),
        };
        let moment = own.max(self.last);
        let was_over = moment < step.since && self.entered < step.since && !step.reaches_past;
        match was_over || self.is_before_her(own, world) {
            true => Standing::Past,
            false => Standing::Ahead(moment),
        }
    }

    /// Whether a moment lies on a day before she came in, and outside the back-fill window.
    fn is_before_her(&self, own: Instant, world: &World<'_>) -> bool {
        let day = calendar::day_of(self.entered, world.zone);
        calendar::day_of(own, world.zone) < calendar::add_days(day, -world.options.backfill_days)
    }

    /// The first step in order that she is to get, and when. A mail is never before the one before it, and rests in
    /// quiet hours and on closed days.
    pub fn next(&self, steps: &[Step], world: &World<'_>) -> Next {
        for (index, step) in steps.iter().enumerate() {
            match self.standing(step, world) {
                Standing::Done | Standing::Past => {}
                Standing::Undated(why) => return Next::Undated { index, why },
                Standing::Ahead(moment) => {
                    return Next::Step { index, due: rested(step, moment, world) };
                }
            }
        }
        Next::Nothing
    }

    /// Puts a step behind her that was due at `due` and done at `now`.
    pub fn pass(&mut self, step: &Step, due: Instant, now: Instant) {
        self.done.add(step.id);
        // One that was added behind her does not move what lies ahead.
        if step.position > self.cursor {
            self.cursor = step.position;
            self.last = if now - due > LATE { now } else { due };
        }
    }

    /// Leads her to a later step: those between are behind her. A step that is gone leads to the next.
    pub fn lead_to(&mut self, target: StepId, steps: &[Step]) {
        let Some(target) = steps.iter().find(|step| step.id == target) else { return };
        for step in steps.iter().take_while(|step| step.position < target.position) {
            if step.position > self.cursor {
                self.done.add(step.id);
            }
        }
        self.cursor = self.cursor.max(target.position - 1);
    }

    /// Moves her clock on, after a pause or an absence.
    pub fn shift(&mut self, seconds: i64) {
        self.start += seconds;
        self.last += seconds;
    }
}

fn rested(step: &Step, moment: Instant, world: &World<'_>) -> Instant {
    match step.action {
        Action::Mail => world.rest.allowed_from(moment, world.options.keeps_closed_days, world.zone),
        Action::Wait | Action::Lead => moment,
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub index: usize,
    pub due: Instant,
}

/// The steps that lie before a reader with their moments, by the same rules as the sending: as if every condition held.
/// It ends where the owner has to say go on, where a date is missing, or where a step leads out.
pub fn plan(
    steps: &[Step],
    from: &Progress,
    world: &World<'_>,
    now: Instant,
) -> (Vec<Planned>, Option<Undated>) {
    plan_until(steps, from, world, now, Instant::MAX)
}

/// The same, without what comes at `end` or later.
pub fn plan_until(
    steps: &[Step],
    from: &Progress,
    world: &World<'_>,
    now: Instant,
    end: Instant,
) -> (Vec<Planned>, Option<Undated>) {
    let mut progress = from.clone();
    let mut planned = Vec::new();
    let mut clock = now;
    while planned.len() <= steps.len() {
        let (index, due) = match progress.next(steps, world) {
            Next::Step { index, due } => (index, due),
            Next::Undated { why, .. } => return (planned, Some(why)),
            Next::Nothing => break,
        };
        let Some(step) = steps.get(index) else { break };
        // What is late goes now, and now may lie in the quiet hours.
        clock = if clock > due { rested(step, clock, world) } else { due };
        if clock >= end {
            break;
        }
        planned.push(Planned { index, due: clock });
        progress.pass(step, due, clock);
        match step.then {
            _ if step.action == Action::Wait => break,
            Go::Next => {}
            Go::Step(target) => progress.lead_to(target, steps),
            Go::Sequence(_) | Go::End => break,
        }
    }
    (planned, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{TimeOfDay, page_time, parse_moment};
    use crate::domain::id::MessageId;
    use crate::domain::sequence::{Start, StartOn, Timing, Unit};

    fn tokyo() -> Zone {
        Zone::default()
    }

    fn step(id: i64, position: i64, timing: Timing) -> Step {
        Step {
            id: StepId(id),
            position,
            timing,
            condition: None,
            message: MessageId(id),
            action: Action::Mail,
            then: Go::Next,
            otherwise: Go::Next,
            since: 0,
            reaches_past: false,
        }
    }

    fn day(id: i64, days: i64, at: &str) -> Step {
        step(id, id * 10, Timing::AfterStart { days, at: TimeOfDay::parse(at).unwrap() })
    }

    fn instant(text: &str) -> Instant {
        parse_moment(text, tokyo()).unwrap()
    }

    struct Scene {
        rest: Rest,
        options: Options,
        fields: Fields,
    }

    impl Scene {
        fn new() -> Scene {
            Scene { rest: Rest::default(), options: Options::default(), fields: Fields::new() }
        }

        fn world(&self) -> World<'_> {
            World { zone: tokyo(), rest: &self.rest, options: &self.options, fields: &self.fields }
        }

        fn dates(&self, steps: &[Step], progress: &Progress) -> Vec<(i64, String)> {
            let (planned, _) = plan(steps, progress, &self.world(), progress.entered);
            planned.iter().map(|one| (steps[one.index].id.0, page_time(one.due, tokyo()))).collect()
        }
    }

    fn line(id: i64, when: &str) -> (i64, String) {
        (id, when.to_string())
    }

    #[test]
    fn who_joins_in_the_afternoon_gets_the_morning_mail_of_day_0_at_once_and_the_rest_on_its_day() {
        let start = instant("2026-11-23 15:00");
        let steps = [day(1, 0, "08:30"), day(2, 1, "08:30"), day(3, 1, "18:00")];
        let expected =
            [line(1, "2026-11-23 15:00"), line(2, "2026-11-24 08:30"), line(3, "2026-11-24 18:00")];
        assert_eq!(Scene::new().dates(&steps, &Progress::begun(start, start)), expected);
    }

    #[test]
    fn a_step_is_never_before_the_one_before_it_in_order() {
        let start = instant("2026-11-23 07:00");
        let hours = Timing::AfterPrevious { amount: 2, unit: Unit::Hours, at: None };
        let steps = [day(1, 5, "08:30"), step(2, 20, hours), day(3, 1, "08:30")];
        let expected =
            [line(1, "2026-11-28 08:30"), line(2, "2026-11-28 10:30"), line(3, "2026-11-28 10:30")];
        assert_eq!(Scene::new().dates(&steps, &Progress::begun(start, start)), expected);
    }

    #[test]
    fn a_step_before_her_place_passes_her_by_unless_it_is_also_for_those_past_it() {
        let start = instant("2026-11-23 07:00");
        let mut inserted = day(1, 0, "09:00");
        let steps = |inserted: &Step| [inserted.clone(), day(2, 1, "08:30"), day(3, 9, "08:30")];
        let mut progress = Progress::begun(start, start);
        progress.pass(&steps(&inserted)[1], instant("2026-11-24 08:30"), instant("2026-11-24 08:31"));
        let scene = Scene::new();
        assert_eq!(scene.dates(&steps(&inserted), &progress), [line(3, "2026-12-02 08:30")]);
        inserted.reaches_past = true;
        let planned = scene.dates(&steps(&inserted), &progress);
        assert_eq!(planned, [line(1, "2026-11-24 08:30"), line(3, "2026-12-02 08:30")]);
    }

    #[test]
    fn a_step_whose_moment_was_over_when_it_was_added_passes_her_by_though_its_place_is_ahead() {
        let start = instant("2026-11-01 07:00");
        let mut late = day(2, 3, "08:30");
        late.since = instant("2026-11-06 12:00");
        let steps = |late: &Step| [day(1, 0, "08:00"), late.clone(), day(3, 10, "08:00")];
        let mut progress = Progress::begun(start, start);
        progress.pass(&steps(&late)[0], instant("2026-11-01 08:00"), instant("2026-11-01 08:00"));
        let scene = Scene::new();
        assert_eq!(scene.dates(&steps(&late), &progress), [line(3, "2026-11-11 08:00")]);
        late.reaches_past = true;
        assert_eq!(scene.dates(&steps(&late), &progress).len(), 2);
    }

    #[test]
    fn steps_before_a_date_that_she_missed_are_past_and_the_back_fill_window_brings_them_back() {
        let mut scene = Scene::new();
        scene.options.start = Start { on: StartOn::Date, ways: Vec::new(), field: "event".to_string() };
        let steps = [day(1, -7, "08:30"), day(2, -2, "08:30"), day(3, 0, "08:30"), day(4, 1, "08:30")];
        // The event is on the 10th; she comes in on the 8th at noon: that day's mail goes at once.
        let (start, entered) = (instant("2026-12-10 00:00"), instant("2026-12-08 12:00"));
        let progress = Progress::begun(start, entered);
        let expected =
            [line(2, "2026-12-08 12:00"), line(3, "2026-12-10 08:30"), line(4, "2026-12-11 08:30")];
        assert_eq!(scene.dates(&steps, &progress), expected);
        scene.options.backfill_days = 5;
        assert_eq!(scene.dates(&steps, &progress)[0], line(1, "2026-12-08 12:00"));
    }

    #[test]
    fn a_while_is_counted_from_the_moment_due_or_after_a_day_of_silence_from_when_it_went() {
        let start = instant("2026-11-23 07:00");
        let hours = Timing::AfterPrevious { amount: 3, unit: Unit::Hours, at: None };
        let steps = [day(1, 0, "08:00"), step(2, 20, hours)];
        let scene = Scene::new();
        let due = instant("2026-11-23 08:00");
        for (went, next) in
            [("2026-11-23 08:40", "2026-11-23 11:00"), ("2026-11-26 09:00", "2026-11-26 12:00")]
        {
            let mut progress = Progress::begun(start, start);
            progress.pass(&steps[0], due, instant(went));
            let expected = Next::Step { index: 1, due: instant(next) };
            assert_eq!(progress.next(&steps, &scene.world()), expected, "{went}");
        }
    }

    #[test]
    fn a_jump_puts_what_lies_between_behind_her_also_when_it_is_later_opened_to_those_past_it() {
        let start = instant("2026-11-23 07:00");
        let mut steps = [day(1, 0, "08:00"), day(2, 1, "08:00"), day(3, 2, "08:00")];
        steps[0].then = Go::Step(StepId(3));
        let scene = Scene::new();
        let mut progress = Progress::begun(start, start);
        progress.pass(&steps[0], start, start);
        progress.lead_to(StepId(3), &steps);
        steps[1].reaches_past = true;
        assert_eq!(scene.dates(&steps, &progress), [line(3, "2026-11-25 08:00")]);
    }

    #[test]
    fn what_is_late_at_night_is_planned_for_the_end_of_the_quiet_hours() {
        let start = instant("2026-11-23 07:00");
        let steps = [day(1, 0, "08:00"), day(2, 1, "08:00")];
        let scene = Scene { rest: Rest::new("21:00-09:00", "", ""), ..Scene::new() };
        let progress = Progress::begun(start, start);
        let night = instant("2026-11-23 23:00");
        let (planned, _) = plan(&steps, &progress, &scene.world(), night);
        let dates: Vec<String> = planned.iter().map(|one| page_time(one.due, tokyo())).collect();
        assert_eq!(dates, ["2026-11-24 09:00", "2026-11-24 09:00"]);
        let (planned, _) = plan_until(&steps, &progress, &scene.world(), start, instant("2026-11-24 00:00"));
        assert_eq!(planned.len(), 1, "the other lies beyond the end");
    }

    #[test]
    fn what_is_behind_her_reads_back() {
        let mut done = Done::default();
        for id in [7, 3, 7, 12] {
            done.add(StepId(id));
        }
        assert_eq!(done.words(), "7 3 12");
        assert_eq!(Done::parse("7 3 12"), done);
        assert_eq!(Done::parse(""), Done::default());
    }
}
