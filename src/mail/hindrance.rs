//! Why a row that is due must not be sent after all, or not yet.
//! Not the sending: deliver asks in the transaction that begins a row.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::broadcast::{self, Broadcast};
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

/// What a last look at a row says.
pub enum Look {
    /// It may go.
    Clear,
    /// Not now: its time was put off.
    Rests,
    /// Not any more; what becomes of it, and why.
    Never(State, &'static str),
}

/// The last look, in the transaction that begins the row: the broadcast and where the reader stands are read here, once.
pub fn look(
    app: &App,
    store: &Writer,
    delivery: &Delivery,
    kind: Kind,
    to: &Address,
    now: Instant,
) -> Result<Look> {
    let broadcast = match kind {
        Kind::Broadcast => Some(store.broadcast(delivery.message)?),
        Kind::Step | Kind::Confirmation => None,
    };
    if broadcast.as_ref().is_some_and(|broadcast| is_too_late(broadcast, now)) {
        store.stop_past_deadline(now)?;
        return Ok(Look::Never(State::Cancelled, PAST_DEADLINE));
    }
    if let Some((state, why)) = hindered(store, delivery, kind, broadcast.as_ref(), to)? {
        return Ok(Look::Never(state, why));
    }
    match broadcast.is_some_and(|broadcast| broadcast.timing.keeps_quiet_hours) {
        true => rests(app, store, delivery, now),
        false => Ok(Look::Clear),
    }
}

/// Why a row must not be sent (again), and what becomes of it then; whatever the hour is.
pub fn hindrance(
    store: &Reader,
    delivery: &Delivery,
    kind: Kind,
    to: &Address,
) -> Result<Option<(State, &'static str)>> {
    let broadcast = match kind {
        Kind::Broadcast => Some(store.broadcast(delivery.message)?),
        Kind::Step | Kind::Confirmation => None,
    };
    hindered(store, delivery, kind, broadcast.as_ref(), to)
}

fn hindered(
    store: &Reader,
    delivery: &Delivery,
    kind: Kind,
    broadcast: Option<&Broadcast>,
    to: &Address,
) -> Result<Option<(State, &'static str)>> {
    if broadcast.is_some_and(|broadcast| broadcast.state == broadcast::State::Stopped) {
        return Ok(Some((State::Cancelled, STOPPED)));
    }
    let Some((state, is_suppressed)) = store.standing(delivery.subscription, &to.key())? else {
        return Ok(Some((State::Suppressed, "no such subscription")));
    };
    match may_send(state, is_suppressed, kind == Kind::Confirmation) {
        Ok(()) => Ok(None),
        Err(hindrance) => Ok(Some((State::Suppressed, hindrance.word()))),
    }
}

/// Whether a broadcast's last moment has passed: it is stopped then, and its rows are cancelled.
fn is_too_late(broadcast: &Broadcast, now: Instant) -> bool {
    broadcast.timing.not_later_than.is_some_and(|last| now >= last)
}

/// In the quiet hours a broadcast that keeps them rests: this row and a chunk of those behind it wait for their end. What
/// may have arrived is not kept waiting with them.
fn rests(app: &App, store: &Writer, delivery: &Delivery, now: Instant) -> Result<Look> {
    let end = quiet::end_of_quiet(app, now).filter(|_| delivery.state != State::Unsure);
    let Some(end) = end else { return Ok(Look::Clear) };
    store.postpone_due(delivery.message, delivery.id, (now, end), CHUNK)?;
    Ok(Look::Rests)
}
