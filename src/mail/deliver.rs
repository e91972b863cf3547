//! Delivers what is due, one row at a time: compose, begin, hand over, record.
//! Not what is due (due) and not how a mail server is spoken to (transport).
//!
//! One short transaction records the last result and begins the next attempt, and no lock is held while a mail
//! server is spoken to: a kill at any instant leaves at most the one row in hand unsure.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::broadcast;
use crate::domain::consent::may_send;
use crate::domain::delivery::{MOST_ATTEMPTS, State, Urgency, wait_before_retry};
use crate::domain::id::{DeliveryId, MessageId};
use crate::domain::message::Kind;
use crate::domain::subscriber::Subscription;
use crate::error::{Error, Result};
use crate::guard;
use crate::mail::letter::{self, Prepared};
use crate::mail::tick::Report;
use crate::mail::transport::{Envelope, Outcome, Transport, Trouble};
use crate::settings;
use crate::store::Writer;
use crate::store::deliveries::{Delivery, PAST_DEADLINE, STOPPED, STOPPED_UNSURE};

/// The throttle that holds the tick back after the mail server could not be reached.
pub const TRANSPORT_TROUBLE: &str = "transport";
/// Rows asked for at once; the list is short so that an urgent mail does not wait behind it.
const BATCH: i64 = 100;
/// Rows of a stopped message cancelled at once.
const CANCEL_CHUNK: i64 = 2000;

/// The longest that trouble with the mail server holds ticks back.
const LONGEST_HOLD: i64 = 2 * 3600;

/// Until when trouble holds ticks back, if it does. A hold that ends later than any could was noted by a clock that was
/// ahead.
pub fn held_until(blocked_until: Instant, now: Instant) -> Option<Instant> {
    (now < blocked_until && blocked_until <= now + LONGEST_HOLD).then_some(blocked_until)
}

/// What became of the row in hand; recorded together with the beginning of the next.
struct InHand {
    id: DeliveryId,
    state: State,
    reply: String,
    due_at: Instant,
}

/// Carries mails from the ledger to the transport.
pub struct Courier<'a> {
    app: &'a App,
    store: &'a Writer,
    transport: &'a mut dyn Transport,
    report: &'a mut Report,
    /// Messages of this tick, compiled once; or why one cannot be.
    prepared: BTreeMap<MessageId, Result<Prepared>>,
    in_hand: Option<InHand>,
    is_in_trouble: bool,
    /// The mail server could not be reached lately: the first answer from it clears that.
    had_trouble: bool,
}

/// A mail that is ready to be handed over.
struct Ready {
    delivery: Delivery,
    from: String,
    to: Address,
    mail: Vec<u8>,
}

impl<'a> Courier<'a> {
    pub fn new(
        app: &'a App,
        store: &'a Writer,
        transport: &'a mut dyn Transport,
        report: &'a mut Report,
    ) -> Courier<'a> {
        Courier {
            app,
            store,
            transport,
            report,
            prepared: BTreeMap::new(),
            in_hand: None,
            is_in_trouble: false,
            had_trouble: false,
        }
    }

    /// Whether the mail server could not be reached, so that going on is useless.
    pub fn is_in_trouble(&self) -> bool {
        self.is_in_trouble
    }

    /// Sends what readers wait for, e.g. the confirmation mail of the sign-up that just happened.
    pub fn deliver_urgent(&mut self) -> Result<Option<&'static str>> {
        if self.is_held_back()? {
            return Ok(None);
        }
        let ids = self.store.due_deliveries(Urgency::AtOnce, self.app.clock.now(), BATCH)?;
        self.deliver_rows(&ids)
    }

    /// Sends all that is due; returns what stopped it, if anything did.
    pub fn deliver_due(&mut self) -> Result<Option<&'static str>> {
        if self.is_held_back()? {
            return Ok(None);
        }
        loop {
            let ids = self.next_rows()?;
            if ids.is_empty() {
                return Ok(None);
            }
            let stopped_by = self.deliver_rows(&ids)?;
            if stopped_by.is_some() || self.is_in_trouble {
                return Ok(stopped_by);
            }
        }
    }

    fn is_held_back(&mut self) -> Result<bool> {
        let throttle = self.store.throttle(TRANSPORT_TROUBLE)?;
        self.had_trouble = throttle.count > 0;
        self.is_in_trouble = held_until(throttle.blocked_until, self.app.clock.now()).is_some();
        Ok(self.is_in_trouble)
    }

    /// Unsure rows first (they are oldest), then the urgent, then the rest.
    fn next_rows(&self) -> Result<Vec<DeliveryId>> {
        let now = self.app.clock.now();
        if self.app.settings.value(&settings::UNSURE) == "retry" {
            let unsure = self.store.unsure_to_retry(BATCH)?;
            if !unsure.is_empty() {
                return Ok(unsure);
            }
        }
        let urgent = self.store.due_deliveries(Urgency::AtOnce, now, BATCH)?;
        match urgent.is_empty() {
            true => self.store.due_deliveries(Urgency::Normal, now, BATCH),
            false => Ok(urgent),
        }
    }

    fn deliver_rows(&mut self, ids: &[DeliveryId]) -> Result<Option<&'static str>> {
        let delivered = self.deliver_each(ids);
        // What the mail server said is written down, whatever went wrong afterwards.
        let recorded = self.record_last();
        delivered.and_then(|stopped_by| recorded.map(|()| stopped_by))
    }

    fn deliver_each(&mut self, ids: &[DeliveryId]) -> Result<Option<&'static str>> {
        for id in ids {
            if let Err(stopped) = self.app.budget.message() {
                return Ok(Some(stopped.as_str()));
            }
            self.deliver_row(*id)?;
            if self.is_in_trouble {
                break;
            }
        }
        Ok(None)
    }

    /// One row: compose, then begin it (in one transaction with the record of the one before), then hand it over.
    fn deliver_row(&mut self, id: DeliveryId) -> Result<()> {
        guard::working_on(id.0);
        let Some(ready) = self.compose(id)? else { return Ok(()) };
        if let Err(trouble) = self.transport.ready(&ready.from) {
            return self.note_trouble(&trouble);
        }
        if self.begin(&ready)? {
            self.hand_over(&ready)?;
        }
        guard::working_on(0);
        Ok(())
    }

    /// The mail of a row; `None` when it is not to be sent, which is then recorded.
    fn compose(&mut self, id: DeliveryId) -> Result<Option<Ready>> {
        let Some(delivery) = self.store.delivery(id)? else { return Ok(None) };
        let Some(reader) = self.store.subscription(delivery.subscription)? else { return Ok(None) };
        if delivery.state.is_final() {
            return Ok(None);
        }
        match self.write(delivery, &reader) {
            Ok(ready) => Ok(Some(ready)),
            // What somebody typed cannot become a mail: the end of this row, not of the tick.
            Err(Error::Invalid(refusal)) => {
                self.report.failed += 1;
                let now = self.app.clock.now();
                self.store.record(id, State::Failed, &refusal.say(self.app.settings.language()), now, now)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, delivery: Delivery, reader: &Subscription) -> Result<Ready> {
        let app = self.app;
        let kept = match delivery.state {
            State::Unsure => self.store.mail_in_hand(delivery.id)?,
            _ => None,
        };
        let prepared = self.prepared(delivery.message)?;
        let to = Address::parse(&reader.address)?;
        let mail = match kept {
            Some(kept) => kept,
            None => prepared.write(app, &delivery, reader, &to, app.clock.now())?,
        };
        Ok(Ready { from: prepared.return_path(app, delivery.id), to, mail, delivery })
    }

    /// Read and compiled at its first row. What cannot be compiled fails row by row, without being tried for each.
    fn prepared(&mut self, message: MessageId) -> Result<&Prepared> {
        let prepared = match self.prepared.entry(message) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => match letter::prepare(self.store, message) {
                Err(error) if !matches!(error, Error::Invalid(_)) => return Err(error),
                prepared => place.insert(prepared),
            },
        };
        prepared.as_ref().map_err(|error| error.clone())
    }

    /// Records the last result and begins this row. `false`: it must not be sent any more.
    fn begin(&mut self, ready: &Ready) -> Result<bool> {
        let now = self.app.clock.now();
        let last = self.in_hand.take();
        let begun = self.store.transaction(|| {
            if let Some(last) = &last {
                self.store.record(last.id, last.state, &last.reply, last.due_at, now)?;
            }
            if let Some((state, why)) = self.hindrance(ready)? {
                self.store.record(ready.delivery.id, state, why, now, now)?;
                return Ok(false);
            }
            self.store.begin_attempt(ready.delivery.id, &ready.mail, now)
        });
        if begun.is_err() {
            self.in_hand = last;
        }
        begun
    }

    /// Why a row that is due must not be sent after all: asked in the transaction that begins it.
    fn hindrance(&self, ready: &Ready) -> Result<Option<(State, &'static str)>> {
        let delivery = &ready.delivery;
        let kind = match self.prepared.get(&delivery.message) {
            Some(Ok(prepared)) => prepared.message.kind,
            _ => Kind::Broadcast,
        };
        if kind == Kind::Broadcast
            && let Some(found) = self.broadcasts_hindrance(delivery)?
        {
            return Ok(Some(found));
        }
        let Some(reader) = self.store.subscription(delivery.subscription)? else {
            return Ok(Some((State::Suppressed, "no such subscription")));
        };
        let is_suppressed = self.store.is_suppressed(&ready.to.key())?;
        match may_send(reader.state, is_suppressed, kind == Kind::Confirmation) {
            Ok(()) => Ok(None),
            Err(hindrance) => Ok(Some((State::Suppressed, hindrance.word()))),
        }
    }

    /// A broadcast that was stopped or whose last moment has passed: this row and a chunk of those behind it are cancelled.
    fn broadcasts_hindrance(&self, delivery: &Delivery) -> Result<Option<(State, &'static str)>> {
        let now = self.app.clock.now();
        let broadcast = self.store.broadcast(delivery.message)?;
        if broadcast.timing.not_later_than.is_some_and(|last| last <= now) {
            self.store.stop_past_deadline(now)?;
            return Ok(Some((State::Cancelled, PAST_DEADLINE)));
        }
        if broadcast.state == broadcast::State::Stopped {
            self.store.cancel_waiting(delivery.message, CANCEL_CHUNK, now)?;
            let is_unsure = delivery.state == State::Unsure;
            return Ok(Some((State::Cancelled, if is_unsure { STOPPED_UNSURE } else { STOPPED })));
        }
        Ok(None)
    }

    /// Hands the mail over, without any lock, and keeps the result for the next transaction.
    fn hand_over(&mut self, ready: &Ready) -> Result<()> {
        let envelope = Envelope { from: &ready.from, to: &ready.to };
        let outcome = self.transport.deliver(&envelope, &ready.mail);
        let now = self.app.clock.now();
        let attempts = ready.delivery.attempts + 1;
        let (state, reply, due_at) = match outcome {
            Ok(Outcome::Sent { reply }) => (State::Sent, reply, now),
            Ok(Outcome::Later { reply, .. }) if attempts < MOST_ATTEMPTS => {
                (State::Deferred, reply, now + wait_before_retry(attempts))
            }
            Ok(Outcome::Later { reply, .. } | Outcome::Never { reply, .. }) => (State::Failed, reply, now),
            Err(Trouble::Lost(why)) => (State::Unsure, why, now),
            Err(trouble) => {
                let until = self.note_trouble_until(&trouble)?;
                return self.store.undo_attempt(ready.delivery.id, trouble.words(), until);
            }
        };
        match state {
            State::Sent => self.report.sent += 1,
            State::Deferred => self.report.deferred += 1,
            State::Failed => self.report.failed += 1,
            _ => {}
        }
        self.in_hand = Some(InHand { id: ready.delivery.id, state, reply, due_at });
        if std::mem::take(&mut self.had_trouble) {
            self.store.clear_throttle(TRANSPORT_TROUBLE)?;
        }
        Ok(())
    }

    fn note_trouble(&mut self, trouble: &Trouble) -> Result<()> {
        self.note_trouble_until(trouble).map(|_| ())
    }

    /// The mail server could not be reached, or refused the password: stop, and wait longer each time. Hosts ban
    /// addresses after a few failed logins, so a refused password waits an hour.
    fn note_trouble_until(&mut self, trouble: &Trouble) -> Result<Instant> {
        let now = self.app.clock.now();
        self.is_in_trouble = true;
        self.report.trouble = Some(trouble.words().to_string());
        self.store.transaction(|| {
            let count = self.store.count_event(TRANSPORT_TROUBLE, 6 * 3600, now)?;
            let wait = match trouble {
                Trouble::LoginRefused(_) => 3600,
                _ => wait_before_retry(count) / 5,
            };
            self.store.block_until(TRANSPORT_TROUBLE, now + wait)?;
            Ok(now + wait)
        })
    }

    /// Records the last result when no further row is begun.
    fn record_last(&mut self) -> Result<()> {
        match self.in_hand.take() {
            Some(last) => {
                self.store.record(last.id, last.state, &last.reply, last.due_at, self.app.clock.now())
            }
            None => Ok(()),
        }
    }
}
