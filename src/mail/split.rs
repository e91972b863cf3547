//! Decides split tests whose time has come, and says whether what they measure is counted at all.
//! Not how the best is told: domain/split.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::id::MessageId;
use crate::domain::split::{Measure, best};
use crate::error::Result;
use crate::settings;
use crate::store::{Reader, Writer};

/// Sends the best message of each test that is due to the others; `true` when there was one.
pub fn decide_due(app: &App, store: &Writer, now: Instant) -> Result<bool> {
    let due = store.due_splits(now)?;
    for test in &due {
        if app.budget.spend(1).is_err() {
            break;
        }
        store.transaction(|| match best(&store.outcomes(test)?) {
            Some(winner) => store.decide_split(test.message, winner, now).map(|_| ()),
            None => Ok(()),
        })?;
    }
    Ok(!due.is_empty())
}

/// Whether opens or clicks of this message are counted: its list says so.
pub fn is_counted(app: &App, store: &Reader, message: MessageId, measure: Measure) -> Result<bool> {
    let _ = (store, message);
    let key = match measure {
        Measure::Open => "track_opens",
        Measure::Click => "track_clicks",
    };
    Ok(settings::find(key).is_ok_and(|setting| matches!(app.settings.value(setting), "on" | "yes" | "1")))
}
