//! Brings what is due into the ledger: broadcasts whose time has come, and steps whose day has come.
//! Not the sending: deliver. Each call is one bounded piece of work, in transactions of some milliseconds.

use crate::app::App;
use crate::error::Result;
use crate::guard;
use crate::mail::ways;
use crate::store::Writer;
use crate::transfer::inbox;

/// Readers written into the ledger per transaction.
const CHUNK: i64 = 500;

/// Does one piece of each kind; `true` when there may be more to bring.
pub fn bring_due(app: &App, store: &Writer) -> Result<bool> {
    let now = app.clock.now();
    store.start_due_broadcasts(now)?;
    let more_released = store.bring_released_back(CHUNK, now)?;
    let more_edited = store.look_at_edited(CHUNK)?;
    let more_entries = store.continue_entry(app.settings.zone(), CHUNK, now)?;
    let more_steps = ways::bring_steps(app, store, CHUNK, now)?;
    let more_readers = match store.unwritten_broadcast()? {
        Some(message) => {
            guard::stage("tick/audience");
            guard::working_on(message.0);
            store.write_audience(message, CHUNK, now)?;
            guard::working_on(0);
            true
        }
        None => false,
    };
    let more_imports = inbox::work(app, store)?;
    Ok(more_released || more_edited || more_entries || more_steps || more_readers || more_imports)
}

/// Brings the steps that are due, and nothing else: after a restore. `true` when there may be more.
pub fn bring_due_steps(app: &App, store: &Writer) -> Result<bool> {
    let now = app.clock.now();
    let more_edited = store.look_at_edited(CHUNK)?;
    Ok(ways::bring_steps(app, store, CHUNK, now)? || more_edited)
}
