//! Brings what is due into the ledger: broadcasts whose time has come, and steps whose day has come.
//! Not the sending: deliver. Each call is one bounded piece of work, in transactions of some milliseconds.

use crate::app::App;
use crate::error::Result;
use crate::guard;
use crate::mail::{audience, recur, split, ways};
use crate::store::Writer;
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
    let more_entries = store.continue_entry(app.settings.zone(), CHUNK, now)?;
    let more_steps = ways::bring_steps(app, store, CHUNK, now)?;
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
    let more_made = more_recurring || more_decided || more_turned || more_entries;
    Ok(more_made || more_released || more_edited || more_steps || more_readers || more_imports)
}

/// Brings the steps that are due, and nothing else: after a restore. `true` when there may be more.
pub fn bring_due_steps(app: &App, store: &Writer) -> Result<bool> {
    let now = app.clock.now();
    let more_edited = store.look_at_edited(CHUNK)?;
    Ok(ways::bring_steps(app, store, CHUNK, now)? || more_edited)
}
