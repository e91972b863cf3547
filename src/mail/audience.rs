//! Writes a running broadcast's readers into the ledger, piece by piece: who fits, whom a draw takes, and when hers is due.
//! Not the rule itself (domain/audience) and not its SQL (store/audiences).

use std::collections::BTreeMap;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar;
use crate::domain::id::{MessageId, SubscriptionId};
use crate::domain::when::Today;
use crate::error::Result;
use crate::store::Writer;

/// Readers of a whole list written per transaction.
const CHUNK: i64 = 500;
/// Zones that are remembered within one piece: what stands in a field is typed by readers.
const MOST_ZONES: usize = 500;

/// Writes the next piece.
pub fn write_piece(app: &App, store: &Writer, message: MessageId, now: Instant) -> Result<()> {
    let broadcast = store.broadcast(message)?;
    let audience = store.audience(message)?;
    if audience.is_whole_list() && !broadcast.timing.in_reader_zone {
        store.write_audience(message, CHUNK, now)?;
        return Ok(());
    }
    // One broadcast asks on one day, also when its writing goes on over midnight.
    let started = broadcast.started_at.unwrap_or(now);
    let today = Today::new(started, app.settings.zone());
    let at = broadcast.at.filter(|_| broadcast.timing.in_reader_zone);
    let mut zones = BTreeMap::new();
    let mut choose = |reader: SubscriptionId, zone: &str| {
        if audience.share.is_some_and(|share| !share.holds(&place_hash(app, share.of, reader))) {
            return None;
        }
        Some(at.map_or(now, |at| due_in_zone(app, at, zone, &mut zones)))
    };
    store.write_chosen(message, &audience, &today, now, &mut choose)?;
    Ok(())
}

/// The reader's place in the draw of a split test; without the site's key nobody can foretell it.
fn place_hash(app: &App, test: MessageId, reader: SubscriptionId) -> [u8; 32] {
    app.key.mac("split", &[&test.0.to_be_bytes(), &reader.0.to_be_bytes()])
}

/// The moment at which it is in the reader's zone what `at` is in the site's; a zone that does not read is the site's.
fn due_in_zone(app: &App, at: Instant, typed: &str, known: &mut BTreeMap<String, Instant>) -> Instant {
    if let Some(due) = known.get(typed) {
        return *due;
    }
    let own = app.settings.zone();
    let zone = if typed.is_empty() { own } else { calendar::parse_zone(typed).unwrap_or(own) };
    let due = calendar::in_zone(at, own, zone);
    if known.len() < MOST_ZONES {
        known.insert(typed.to_string(), due);
    }
    due
}
