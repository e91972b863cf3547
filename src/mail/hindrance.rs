//! Why a row that is due must not be sent after all, or not yet.
//! Not the sending: deliver asks in the transaction that begins a row.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::broadcast;
use crate::domain::consent::may_send;
use crate::domain::delivery::State;
use crate::domain::message::Kind;
use crate::error::Result;
use crate::mail::quiet;
use crate::store::deliveries::Delivery;
use crate::store::waiting::{PAST_DEADLINE, STOPPED};
use crate::store::{Reader, Writer};

/// Rows that wait for the end of the quiet hours at once.
const CHUNK: i64 = 2000;

/// Why a row must not be sent, and what becomes of it then.
pub fn hindrance(
    store: &Reader,
    delivery: &Delivery,
    kind: Kind,
    to: &Address,
) -> Result<Option<(State, &'static str)>> {
    if kind == Kind::Broadcast && store.broadcast(delivery.message)?.state == broadcast::State::Stopped {
        return Ok(Some((State::Cancelled, STOPPED)));
    }
    let Some(reader) = store.subscription(delivery.subscription)? else {
        return Ok(Some((State::Suppressed, "no such subscription")));
    };
    let is_suppressed = store.is_suppressed(&to.key())?;
    match may_send(reader.state, is_suppressed, kind == Kind::Confirmation) {
        Ok(()) => Ok(None),
        Err(hindrance) => Ok(Some((State::Suppressed, hindrance.word()))),
    }
}

/// A broadcast whose last moment has passed is stopped, and its rows are cancelled.
pub fn past_deadline(
    store: &Writer,
    delivery: &Delivery,
    kind: Kind,
    now: Instant,
) -> Result<Option<(State, &'static str)>> {
    if kind != Kind::Broadcast {
        return Ok(None);
    }
    let last = store.broadcast(delivery.message)?.timing.not_later_than;
    if last.is_none_or(|last| now < last) {
        return Ok(None);
    }
    store.stop_past_deadline(now)?;
    Ok(Some((State::Cancelled, PAST_DEADLINE)))
}

/// In the quiet hours a broadcast that keeps them rests: this row and a chunk of those behind it wait for their end. What
/// may have arrived is not kept waiting with them.
pub fn rests(app: &App, store: &Writer, delivery: &Delivery, kind: Kind, now: Instant) -> Result<bool> {
    if kind != Kind::Broadcast || delivery.state == State::Unsure {
        return Ok(false);
    }
    let Some(end) = quiet::end_of_quiet(app, now) else { return Ok(false) };
    if !store.broadcast(delivery.message)?.timing.keeps_quiet_hours {
        return Ok(false);
    }
    store.postpone_due(delivery.message, delivery.id, (now, end), CHUNK)?;
    Ok(true)
}
