//! Whom an edit of a sequence concerns, and when: worked out on the real rows, with the edit made and taken back.
//! Not the edit (store/step_edits) and not its page (web/admin/step_preview).

use crate::app::App;
use crate::clock::Instant;
use crate::domain::id::{StepId, SubscriptionId};
use crate::domain::sequence::{Planned, Sequence, Standing, Step, World, plan};
use crate::error::{Error, Result};
use crate::store::enrolments::Enrolment;
use crate::store::{Reader, Writer};

/// Readers looked at; a larger sequence is judged by these.
const MOST_LOOKED_AT: usize = 2000;
/// Readers named one by one.
const MOST_NAMED: usize = 5;
const CHUNK: i64 = 200;

/// What an edit means for those who are inside.
#[derive(Debug, Default)]
pub struct Effect {
    /// On their way through the sequence.
    pub inside: i64,
    pub looked_at: i64,
    /// Had the step already: nothing changes for them.
    pub done: i64,
    /// Are past its place or moment: the choice decides.
    pub past: i64,
    /// Have it before them.
    pub ahead: i64,
    /// When the first and the last of those get it.
    pub earliest: Option<Instant>,
    pub latest: Option<Instant>,
    /// For so many, other mails move to other moments.
    pub shifted: i64,
    pub named: Vec<Named>,
}

/// One reader by name.
#[derive(Debug)]
pub struct Named {
    pub address: String,
    /// When she gets it; `None`: she is past it.
    pub at: Option<Instant>,
}

/// Makes an edit, looks who is concerned, and takes it back.
pub fn of_edit(
    app: &App,
    store: &Writer,
    sequence: &Sequence,
    edit: impl FnOnce() -> Result<StepId>,
) -> Result<Effect> {
    let before = store.steps(sequence.id)?;
    let mut seen = None;
    let ended: Result<()> = store.transaction(|| {
        let edited = edit()?;
        let after = store.steps(sequence.id)?;
        seen = Some(look(app, store, sequence, &before, &after, edited)?);
        Err(Error::fault("trying an edit", "taken back"))
    });
    match (seen, ended) {
        (Some(effect), _) => Ok(effect),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Err(Error::fault("trying an edit", "nothing seen")),
    }
}

fn look(
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    before: &[Step],
    after: &[Step],
    edited: StepId,
) -> Result<Effect> {
    let mut effect = Effect { inside: store.active_enrolments(sequence.id)?, ..Effect::default() };
    let mut last = SubscriptionId(0);
    loop {
        let page = store.enrolments_page(sequence.id, last, CHUNK)?;
        let Some(end) = page.last() else { return Ok(effect) };
        last = end.subscription;
        for enrolment in &page {
            if app.budget.spend(1).is_err() {
                return Ok(effect);
            }
            effect.add(app, store, sequence, (before, after), edited, enrolment)?;
        }
        if effect.looked_at >= i64::try_from(MOST_LOOKED_AT).unwrap_or(0) {
            return Ok(effect);
        }
    }
}

impl Effect {
    fn add(
        &mut self,
        app: &App,
        store: &Reader,
        sequence: &Sequence,
        (before, after): (&[Step], &[Step]),
        edited: StepId,
        enrolment: &Enrolment,
    ) -> Result<()> {
        let Some(reader) = store.subscription(enrolment.subscription)? else { return Ok(()) };
        let rest = app.settings.rest();
        let world = World {
            zone: app.settings.zone(),
            rest: &rest,
            options: &sequence.options,
            fields: &reader.fields,
        };
        let mut enrolment = enrolment.clone();
        enrolment.catch_up(sequence);
        let progress = enrolment.progress;
        let now = app.clock.now();
        let (old, _) = plan(before, &progress, &world, now);
        let (new, _) = plan(after, &progress, &world, now);
        self.looked_at += 1;
        let moment = |steps: &[Step], planned: &[Planned]| {
            planned
                .iter()
                .find(|one| steps.get(one.index).is_some_and(|step| step.id == edited))
                .map(|one| one.due)
        };
        // One that was taken out is judged by where it was.
        let step = after.iter().chain(before).find(|step| step.id == edited);
        let is_removed = !after.iter().any(|step| step.id == edited);
        let at = if is_removed { moment(before, &old) } else { moment(after, &new) };
        match (step.map(|step| progress.standing(step, &world)), at) {
            (Some(Standing::Done), _) | (None, _) => self.done += 1,
            (_, Some(at)) => {
                self.ahead += 1;
                self.earliest = Some(self.earliest.map_or(at, |other| other.min(at)));
                self.latest = Some(self.latest.map_or(at, |other| other.max(at)));
                self.name(&reader.address, Some(at));
            }
            (Some(Standing::Past), None) => {
                self.past += 1;
                self.name(&reader.address, None);
            }
            (Some(_), None) => {} // behind a wait, a missing date, or an end
        }
        self.shifted += i64::from(others(before, &old, edited) != others(after, &new, edited));
        Ok(())
    }

    fn name(&mut self, address: &str, at: Option<Instant>) {
        if self.named.len() < MOST_NAMED {
            self.named.push(Named { address: address.to_string(), at });
        }
    }
}

/// The moments of all steps but the edited one.
fn others(steps: &[Step], planned: &[Planned], edited: StepId) -> Vec<(StepId, Instant)> {
    let mut moments: Vec<(StepId, Instant)> = planned
        .iter()
        .filter_map(|one| steps.get(one.index).map(|step| (step.id, one.due)))
        .filter(|(id, _)| *id != edited)
        .collect();
    moments.sort_unstable();
    moments
}
