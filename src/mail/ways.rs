//! Looks at readers' ways through sequences: hands the step that is due to the ledger, or notes when to look again.
//! Not the rules (domain/sequence), not the other kinds of work (due), not the sending (deliver).

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::{self, Zone};
use crate::domain::id::{MessageId, SequenceId};
use crate::domain::rest::Rest;
use crate::domain::sequence::{
    Action, Birthdays, Go, Next, Options, Progress, Sequence, StartOn, Step, Undated, World, date_in,
};
use crate::domain::subscriber::{Fields, Subscription, SubscriptionState};
use crate::domain::when::Today;
use crate::error::{Error, Result};
use crate::mail::letter;
use crate::store::enrolments::{Enrolment, Hold, Stand};
use crate::store::{Reader, Writer};

/// Looks at a chunk of ways whose moment has come; `true` when there may be more.
pub(super) fn bring_steps(app: &App, store: &Writer, limit: i64, now: Instant) -> Result<bool> {
    let due = store.due_enrolments(now, limit)?;
    if due.is_empty() {
        return Ok(false);
    }
    store.transaction(|| {
        let mut guide = Guide::new(app, store, now);
        for enrolment in due {
            if app.budget.spend(1).is_err() {
                break;
            }
            guide.look(enrolment)?;
        }
        Ok(())
    })?;
    Ok(true)
}

/// A sequence as it is read once for a chunk of its readers.
struct Known {
    sequence: Sequence,
    options: Rc<Options>,
    steps: Rc<[Step]>,
}

/// Knows the way.
struct Guide<'a> {
    store: &'a Writer,
    now: Instant,
    zone: Zone,
    rest: Rc<Rest>,
    known: BTreeMap<SequenceId, Known>,
    /// Whether a message can be sent at all.
    whole: BTreeMap<MessageId, bool>,
}

/// Where a step led.
enum Led {
    On,
    Stop(Stand),
}

impl<'a> Guide<'a> {
    fn new(app: &'a App, store: &'a Writer, now: Instant) -> Guide<'a> {
        Guide {
            store,
            now,
            zone: app.settings.zone(),
            rest: Rc::new(app.settings.rest()),
            known: BTreeMap::new(),
            whole: BTreeMap::new(),
        }
    }

    fn known(&mut self, id: SequenceId) -> Result<Known> {
        // Taken out and put back, so that it can be read while the guide works.
        match self.known.remove(&id) {
            Some(known) => Ok(known),
            None => {
                let sequence = self.store.sequence(id)?;
                let options = Rc::new(sequence.options.clone());
                Ok(Known { sequence, options, steps: self.store.steps(id)?.into() })
            }
        }
    }

    fn look(&mut self, mut enrolment: Enrolment) -> Result<()> {
        let reader = self.store.subscription(enrolment.subscription)?;
        let Some(reader) = reader.filter(|reader| reader.state == SubscriptionState::Confirmed) else {
            return self.store.end_enrolments(enrolment.subscription, self.now);
        };
        let mut known = self.known(enrolment.sequence)?;
        let stand = self.stand(&mut enrolment, &mut known, &reader);
        self.known.insert(enrolment.sequence, known);
        self.store.save_enrolment(&enrolment, &stand?, self.now)
    }

    /// Moves her on as far as the present moment allows.
    fn stand(
        &mut self,
        enrolment: &mut Enrolment,
        known: &mut Known,
        reader: &Subscription,
    ) -> Result<Stand> {
        if known.sequence.paused_at.is_some() {
            return Ok(Stand::Held(Hold::Sequence, enrolment.next_step, String::new()));
        }
        enrolment.catch_up(&known.sequence);
        if let Err(why) = set_start(self.store, enrolment, &known.sequence, &reader.fields, self.zone)? {
            return Ok(no_date(enrolment.next_step.0, &why));
        }
        let (rest, options) = (Rc::clone(&self.rest), Rc::clone(&known.options));
        let world = World { zone: self.zone, rest: &rest, options: &options, fields: &reader.fields };
        // Each round puts a step behind her or stops.
        for _ in 0..=known.steps.len() {
            let (index, due) = match enrolment.progress.next(&known.steps, &world) {
                Next::Nothing => return self.at_the_end(enrolment, &known.sequence, reader),
                Next::Undated { index, why } => {
                    return Ok(no_date(known.steps.get(index).map_or(0, |step| step.id.0), &why));
                }
                Next::Step { index, due } => (index, due),
            };
            let steps = Rc::clone(&known.steps);
            let Some(step) = steps.get(index) else { break };
            if due > self.now {
                return Ok(Stand::Due(step.id, due));
            }
            if let Led::Stop(stand) = self.take(enrolment, known, step, due, &world)? {
                return Ok(stand);
            }
        }
        Ok(Stand::Due(enrolment.next_step, self.now))
    }

    /// Does a step whose moment has come.
    fn take(
        &mut self,
        enrolment: &mut Enrolment,
        known: &mut Known,
        step: &Step,
        due: Instant,
        world: &World<'_>,
    ) -> Result<Led> {
        if !self.holds(enrolment, step)? {
            enrolment.progress.pass(step, due, self.now);
            return self.lead(enrolment, &known.steps, step.otherwise);
        }
        match step.action {
            Action::Wait => {
                return Ok(Led::Stop(Stand::Held(Hold::Waiting, step.id, String::new())));
            }
            Action::Mail => {
                // A tick that comes late must not send into the quiet hours.
                let allowed = world.rest.allowed_from(self.now, world.options.keeps_closed_days, world.zone);
                if allowed > self.now {
                    return Ok(Led::Stop(Stand::Due(step.id, allowed)));
                }
                if !self.is_whole(step.message)? {
                    let why = format!("step:{}", step.id);
                    self.store.pause_sequence(known.sequence.id, &why, self.now)?;
                    known.sequence.paused_at = Some(self.now);
                    return Ok(Led::Stop(Stand::Held(Hold::Sequence, step.id, String::new())));
                }
                self.store.queue_step(enrolment, step, due, self.now)?;
            }
            Action::Lead => {}
        }
        enrolment.progress.pass(step, due, self.now);
        self.lead(enrolment, &known.steps, step.then)
    }

    /// Whether a step's condition holds for her, now. Its sending may come later: what counts is its moment.
    fn holds(&self, enrolment: &Enrolment, step: &Step) -> Result<bool> {
        let Some(condition) = &step.condition else { return Ok(true) };
        let condition = self.store.with_former_messages(condition)?;
        self.store.matches(enrolment.subscription, &condition, &Today::new(self.now, self.zone))
    }

    fn lead(&self, enrolment: &mut Enrolment, steps: &[Step], go: Go) -> Result<Led> {
        match go {
            Go::Next => Ok(Led::On),
            Go::Step(target) => {
                enrolment.progress.lead_to(target, steps);
                Ok(Led::On)
            }
            Go::End => Ok(Led::Stop(Stand::Ended("finished"))),
            Go::Sequence(target) => {
                let target = self.store.sequence(target)?;
                let begun = Progress::begun(self.now, self.now);
                let moved = self.store.begin_again(&target, enrolment.subscription, &begun, self.now)?;
                Ok(Led::Stop(Stand::Ended(if moved { "moved" } else { "limit" })))
            }
        }
    }

    /// No step is left. A birthday comes again: next year's way begins when this year's day is over.
    fn at_the_end(&self, enrolment: &Enrolment, sequence: &Sequence, reader: &Subscription) -> Result<Stand> {
        let start = &sequence.options.start;
        let (StartOn::Birthday, Ok(birthdays)) = (start.on, Birthdays::of(&reader.fields, &start.field))
        else {
            return Ok(Stand::Through(None));
        };
        let over = calendar::days_later(enrolment.progress.start, 1, self.zone);
        if over > self.now {
            return Ok(Stand::Through(Some(over)));
        }
        let next = (enrolment.occurrence + 1).max(i64::from(birthdays.next_year(self.now, self.zone)));
        let begun = Progress::begun(self.now, self.now);
        self.store.begin(sequence, enrolment.subscription, next, &begun, self.now)?;
        Ok(Stand::Ended("finished"))
    }

    /// Whether a message has a subject and a text and can be personalised.
    fn is_whole(&mut self, message: MessageId) -> Result<bool> {
        if let Some(known) = self.whole.get(&message) {
            return Ok(*known);
        }
        let is_whole = match letter::prepare(self.store, message) {
            Ok(prepared) => {
                let content = &prepared.message.content;
                !content.subject.trim().is_empty() && !content.text.trim().is_empty()
            }
            Err(Error::Invalid(_) | Error::NotFound(_)) => false,
            Err(error) => return Err(error),
        };
        self.whole.insert(message, is_whole);
        Ok(is_whole)
    }
}

/// Sets what days are counted from, where it is a date of hers, and of a birthday which year's way it is.
pub(super) fn set_start(
    store: &Reader,
    enrolment: &mut Enrolment,
    sequence: &Sequence,
    fields: &Fields,
    zone: Zone,
) -> Result<std::result::Result<(), Undated>> {
    let start = &sequence.options.start;
    let day = match start.on {
        StartOn::Join | StartOn::Hand => return Ok(Ok(())),
        StartOn::Date => match date_in(fields, &start.field) {
            Ok(day) => day,
            Err(why) => return Ok(Err(why)),
        },
        StartOn::Birthday => match Birthdays::of(fields, &start.field) {
            Ok(birthdays) => {
                let year = year_of(store, enrolment, birthdays, zone)?;
                enrolment.occurrence = i64::from(year);
                birthdays.in_year(year)
            }
            Err(why) => return Ok(Err(why)),
        },
    };
    enrolment.progress.start = calendar::start_of(day, zone);
    Ok(Ok(()))
}

/// The year of this way: the one it has, or the next birthday's that no other way of hers has.
fn year_of(store: &Reader, enrolment: &Enrolment, birthdays: Birthdays, zone: Zone) -> Result<i32> {
    if let Some(year) = i32::try_from(enrolment.occurrence).ok().filter(|year| *year > 0) {
        return Ok(year);
    }
    let next = birthdays.next_year(enrolment.progress.entered, zone);
    let latest = store.latest_enrolment(enrolment.sequence, enrolment.subscription)?;
    let taken = latest.filter(|latest| latest.id != enrolment.id).map_or(0, |latest| latest.occurrence);
    Ok(next.max(i32::try_from(taken + 1).unwrap_or(next)))
}

fn no_date(step: i64, why: &Undated) -> Stand {
    let words = format!("{}={}", why.field, why.value);
    Stand::Held(Hold::NoDate, crate::domain::id::StepId(step), words)
}

/// Presses the owner's "go on": a step that waits is behind her, as of now. `false` if she does not wait.
pub fn go_on(app: &App, store: &Writer, enrolment: &Enrolment) -> Result<bool> {
    let now = app.clock.now();
    store.transaction(|| {
        let Some(mut enrolment) = store.enrolment(enrolment.id)?.filter(|one| one.is_active) else {
            return Ok(false);
        };
        let steps = store.steps(enrolment.sequence)?;
        let step = steps.iter().find(|step| step.id == enrolment.next_step);
        let (Some(step), Hold::Waiting | Hold::NoDate) = (step, enrolment.hold) else { return Ok(false) };
        enrolment.progress.pass(step, now, now);
        let guide = Guide::new(app, store, now);
        let stand = match guide.lead(&mut enrolment, &steps, step.then)? {
            Led::On => Stand::Due(step.id, 0),
            Led::Stop(stand) => stand,
        };
        store.save_enrolment(&enrolment, &stand, now)?;
        Ok(true)
    })
}
