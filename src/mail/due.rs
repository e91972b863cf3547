//! Brings what is due into the ledger: broadcasts whose time has come, and steps whose day has come.
//! Not the sending: deliver. Each call is one bounded piece of work, in transactions of some milliseconds.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::Zone;
use crate::domain::sequence::{Next, Step, next_step};
use crate::domain::subscriber::SubscriptionState;
use crate::error::Result;
use crate::guard;
use crate::mail::{audience, recur, split};
use crate::store::Writer;
use crate::store::sequences::Enrolment;
use crate::transfer::inbox;

/// Enrolments looked at per transaction.
const CHUNK: i64 = 500;
/// Rows of a stopped or resumed broadcast changed per transaction.
const TURNED: i64 = 2000;

/// Does one piece of each kind; `true` when there may be more to bring.
pub fn bring_due(app: &App, store: &Writer) -> Result<bool> {
    let now = app.clock.now();
    let more_recurring = recur::bring_recurring(app, store, now)?;
    let more_decided = split::decide_due(app, store, now)?;
    store.start_due_broadcasts(now)?;
    store.stop_past_deadline(now)?;
    let more_turned = store.turn_rows(TURNED, now)?;
    let more_released = store.bring_released_back(CHUNK, now)?;
    let more_edited = store.look_at_edited(CHUNK)?;
    let more_steps = bring_steps(app, store, now)?;
    let more_readers = match store.unwritten_broadcast()? {
        Some(message) => {
            guard::stage("tick/audience");
            guard::working_on(message.0);
            audience::write_piece(app, store, message, now)?;
            guard::working_on(0);
            true
        }
        None => false,
    };
    let more_imports = inbox::work(app, store)?;
    let more_made = more_recurring || more_decided || more_turned;
    Ok(more_made || more_released || more_edited || more_steps || more_readers || more_imports)
}

/// Brings the steps that are due, and nothing else: after a restore. `true` when there may be more.
pub fn bring_due_steps(app: &App, store: &Writer) -> Result<bool> {
    let now = app.clock.now();
    let more_edited = store.look_at_edited(CHUNK)?;
    Ok(bring_steps(app, store, now)? || more_edited)
}

/// Looks at a chunk of enrolments whose moment has come, each with its next step.
fn bring_steps(app: &App, store: &Writer, now: Instant) -> Result<bool> {
    let due = store.due_enrolments(now, CHUNK)?;
    if due.is_empty() {
        return Ok(false);
    }
    let zone = app.settings.zone();
    store.transaction(|| {
        let mut known: Option<(crate::domain::id::SequenceId, Vec<Step>)> = None;
        for enrolment in &due {
            if app.budget.spend(1).is_err() {
                break;
            }
            if known.as_ref().is_none_or(|(sequence, _)| *sequence != enrolment.sequence) {
                known = Some((enrolment.sequence, store.steps(enrolment.sequence)?));
            }
            let steps = known.as_ref().map_or(&[][..], |(_, steps)| steps);
            bring_step(store, enrolment, steps, zone, now)?;
        }
        Ok(())
    })?;
    Ok(true)
}

/// Hands the next step to the ledger when its moment has come, else notes when that will be.
fn bring_step(store: &Writer, enrolment: &Enrolment, steps: &[Step], zone: Zone, now: Instant) -> Result<()> {
    let reader = store.subscription(enrolment.subscription)?;
    if !reader.is_some_and(|reader| reader.state == SubscriptionState::Confirmed) {
        return store.end_enrolments(enrolment.subscription);
    }
    match next_step(steps, enrolment.started_at, enrolment.done_offset, enrolment.done_step, zone) {
        Next::Nothing => store.postpone_enrolment(enrolment.id, None),
        Next::Step { due, .. } if due > now => store.postpone_enrolment(enrolment.id, Some(due)),
        Next::Step { index, due } => match steps.get(index) {
            Some(step) => store.hand_step_to_ledger(enrolment, step, due, now),
            None => Ok(()),
        },
    }
}
