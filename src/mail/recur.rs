//! Makes the broadcasts of recurring drafts when their day has come: one for each civil day, whatever the clock does.
//! Not which day is next: domain/recurrence.

use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::mail::activation;
use crate::store::Writer;
use crate::store::recurrences::Recurring;

/// Drafts looked at in one piece of work.
const CHUNK: i64 = 20;

/// Looks at those that are due; `true` when there may be more.
pub fn bring_recurring(app: &App, store: &Writer, now: Instant) -> Result<bool> {
    let due = store.due_recurrences(now, CHUNK)?;
    let may_begin = due.is_empty() || activation::known(app, store)?.standing.allows_new_broadcasts();
    for recurring in &due {
        if app.budget.spend(1).is_err() {
            break;
        }
        store.transaction(|| bring_one(app, store, recurring, may_begin, now))?;
    }
    Ok(!due.is_empty())
}

/// The latest day whose moment has come, if it is not done with, is not too late, and did not pass before it was set up.
/// Days that were missed are not made up for: a reader wants today's letter, not a week of them. After the key's end a day
/// is left as it is: if the key is renewed before it is too late, it goes out.
fn bring_one(app: &App, store: &Writer, recurring: &Recurring, may_begin: bool, now: Instant) -> Result<()> {
    let zone = app.settings.zone();
    let mut recurrence = recurring.recurrence.clone();
    if let Some((day, moment)) = recurrence.latest(now, zone)
        && moment > recurring.created_at
        && recurrence.times_left != Some(0)
        && may_begin
        && store.take_slot(recurring.template, day)?
        && now - moment <= recurrence.every.patience()
    {
        store.add_occurrence(recurring.template, day, moment, now)?;
        recurrence.times_left = recurrence.times_left.map(|left| left - 1);
    }
    store.postpone_recurrence(recurring.template, recurrence.next(now, zone))
}
