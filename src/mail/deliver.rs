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
use crate::domain::bounce::Reason;
use crate::domain::delivery::{MOST_ATTEMPTS, State, Urgency, wait_before_retry};
use crate::domain::id::{DeliveryId, MessageId};
use crate::domain::message::Kind;
use crate::domain::subscriber::Subscription;
use crate::error::{Error, Result};
use crate::guard;
use crate::mail::feedback::refusal;
use crate::mail::hindrance::{self, Look};
use crate::mail::letter::{self, Prepared};
use crate::mail::pace::{Answer, Heard, Pace, Verdict, all_shut_until};
use crate::mail::tick::Report;
use crate::mail::transport::{Envelope, Outcome, Transport, Trouble};
use crate::settings;
use crate::store::Writer;
use crate::store::deliveries::Delivery;

/// Rows asked for at once; the list is short so that an urgent mail does not wait behind it.
const BATCH: i64 = 100;
/// Rows of a stopped message cancelled at once.
const CANCEL_CHUNK: i64 = 2000;

/// What became of the row in hand; recorded together with the beginning of the next.
struct InHand {
    id: DeliveryId,
    state: State,
    reply: String,
    due_at: Instant,
    /// Whether the attempt counts towards failure.
    counts: bool,
    /// Whether an earlier attempt may have arrived: then even a refusal is no failure.
    is_in_doubt: bool,
    /// Why it failed, if it did, and for whom.
    refusal: Option<(Reason, Subscription)>,
}

/// What comes after a row.
enum Then {
    Next,
    /// Nothing more in this tick, for the reason that the report names.
    Stop(&'static str),
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
    /// Read at the first mail: a tick with nothing due does not look.
    pace: Option<Pace<'a>>,
    /// How urgent the rows in hand are.
    urgency: Urgency,
    /// Rows that wait for room at their provider, written down together.
    postponed: Vec<(DeliveryId, Instant)>,
    is_in_trouble: bool,
}

/// A mail that is ready to be handed over.
struct Ready {
    delivery: Delivery,
    reader: Subscription,
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
            pace: None,
            urgency: Urgency::Normal,
            postponed: Vec::new(),
            is_in_trouble: false,
        }
    }

    fn pace(&mut self) -> Result<&mut Pace<'a>> {
        let pace = match self.pace.take() {
            Some(pace) => pace,
            None => Pace::load(self.app, self.store, self.transport.ways())?,
        };
        Ok(self.pace.insert(pace))
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
        self.urgency = Urgency::AtOnce;
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

    /// Whether trouble has shut every way out.
    fn is_held_back(&mut self) -> Result<bool> {
        self.is_in_trouble =
            !self.transport.ways().is_empty() && all_shut_until(self.app, self.store)?.is_some();
        Ok(self.is_in_trouble)
    }

    /// Unsure rows first (they are oldest), then the urgent, then the rest.
    fn next_rows(&mut self) -> Result<Vec<DeliveryId>> {
        let now = self.app.clock.now();
        self.urgency = Urgency::Normal;
        if self.app.settings.value(&settings::UNSURE) == "retry" {
            let unsure = self.store.unsure_to_retry(BATCH)?;
            if !unsure.is_empty() {
                return Ok(unsure);
            }
        }
        let urgent = self.store.due_deliveries(Urgency::AtOnce, now, BATCH)?;
        if urgent.is_empty() {
            return self.store.due_deliveries(Urgency::Normal, now, BATCH);
        }
        self.urgency = Urgency::AtOnce;
        Ok(urgent)
    }

    fn deliver_rows(&mut self, ids: &[DeliveryId]) -> Result<Option<&'static str>> {
        let delivered = self.deliver_each(ids);
        // What the mail server said is written down, whatever went wrong afterwards.
        let recorded = self.record_last().and_then(|()| self.write_postponed());
        delivered.and_then(|stopped_by| recorded.map(|()| stopped_by))
    }

    fn deliver_each(&mut self, ids: &[DeliveryId]) -> Result<Option<&'static str>> {
        for id in ids {
            guard::working_on(id.0);
            if let Then::Stop(why) = self.deliver_row(*id)? {
                return Ok(Some(why));
            }
            guard::working_on(0);
            if self.is_in_trouble {
                break;
            }
        }
        Ok(None)
    }

    /// One row: ask the pace, compose, begin it (in one transaction with the record of the one before), hand it over.
    fn deliver_row(&mut self, id: DeliveryId) -> Result<Then> {
        let Some((delivery, reader)) = self.read(id)? else { return Ok(Then::Next) };
        let is_unsure = delivery.state == State::Unsure;
        if !is_unsure && self.pace()?.is_held(delivery.message) {
            self.store.move_held_away(delivery.message, CANCEL_CHUNK)?;
            return Ok(Then::Next);
        }
        let domain = reader.address.rsplit_once('@').map_or("", |(_, domain)| domain).to_string();
        let urgency = self.urgency;
        match self.pace()?.ask(if is_unsure { "" } else { &domain }, urgency)? {
            Answer::Go(_) => {}
            Answer::Stop(until) => {
                self.report.wait_until = until;
                return Ok(Then::Stop("pace"));
            }
            Answer::Postpone(until) => {
                self.postponed.push((id, until));
                return Ok(self
                    .app
                    .budget
                    .spend(1)
                    .map_or_else(|stopped| Then::Stop(stopped.as_str()), |()| Then::Next));
            }
        }
        if let Err(stopped) = self.app.budget.message() {
            return Ok(Then::Stop(stopped.as_str()));
        }
        let Some(ready) = self.compose(delivery, reader)? else { return Ok(Then::Next) };
        while let Some(way) = self.open_way(&domain)? {
            self.transport.take(way);
            if let Err(trouble) = self.transport.ready(&ready.from) {
                self.note_trouble(way, &trouble)?;
                continue;
            }
            if self.begin(&ready, way, &domain)? {
                self.hand_over(&ready, way, &domain)?;
            }
            break;
        }
        Ok(Then::Next)
    }

    /// The way for the mail in hand; `None` when trouble has shut the last one.
    fn open_way(&mut self, domain: &str) -> Result<Option<i64>> {
        let urgency = self.urgency;
        if self.is_in_trouble {
            return Ok(None);
        }
        Ok(match self.pace()?.ask(domain, urgency)? {
            Answer::Go(way) => Some(way),
            _ => None,
        })
    }

    /// A row that is not final, with its reader.
    fn read(&self, id: DeliveryId) -> Result<Option<(Delivery, Subscription)>> {
        let Some(delivery) = self.store.delivery(id)?.filter(|delivery| !delivery.state.is_final()) else {
            return Ok(None);
        };
        Ok(self.store.subscription(delivery.subscription)?.map(|reader| (delivery, reader)))
    }

    fn write_postponed(&mut self) -> Result<()> {
        match self.postponed.is_empty() {
            true => Ok(()),
            false => self.store.postpone_deliveries(&std::mem::take(&mut self.postponed)),
        }
    }

    /// The mail of a row; `None` when it is not to be sent, which is then recorded.
    fn compose(&mut self, delivery: Delivery, reader: Subscription) -> Result<Option<Ready>> {
        let id = delivery.id;
        match self.write(delivery, reader) {
            Ok(ready) => Ok(Some(ready)),
            // What somebody typed cannot become a mail: the end of this row, not of the tick.
            Err(Error::Invalid(refusal)) => {
                let why = refusal.say(self.app.settings.language());
                let became = self.store.withhold(id, State::Failed, &why, self.app.clock.now())?;
                self.report.failed += i64::from(became == State::Failed);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, delivery: Delivery, reader: Subscription) -> Result<Ready> {
        let app = self.app;
        // Kept only of a mail that may have arrived: it goes again as it was.
        let kept = if delivery.attempts == 0 { None } else { self.store.mail_in_hand(delivery.id)? };
        let store = self.store;
        let prepared = self.prepared(delivery.message)?;
        let is_counted = prepared.is_counted() && !store.refuses_tracking(reader.subscriber)?;
        let to = Address::parse(&reader.address)?;
        let mail = match kept {
            Some(kept) => kept,
            None => prepared.write(app, &delivery, &reader, &to, is_counted, app.clock.now())?,
        };
        Ok(Ready { from: prepared.return_path(app, delivery.id), to, mail, delivery, reader })
    }

    /// Read and compiled at its first row. What cannot be compiled fails row by row, without being tried for each.
    fn prepared(&mut self, message: MessageId) -> Result<&Prepared> {
        let (app, store) = (self.app, self.store);
        let counted = |prepared: Prepared| prepared.counted(app, store);
        let prepared = match self.prepared.entry(message) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => match letter::prepare(self.store, message).and_then(counted) {
                Err(error) if !matches!(error, Error::Invalid(_)) => return Err(error),
                prepared => place.insert(prepared),
            },
        };
        prepared.as_ref().map_err(|error| error.clone())
    }

    /// Records the last result and begins this row. `false`: it must not be sent any more.
    fn begin(&mut self, ready: &Ready, way: i64, domain: &str) -> Result<bool> {
        let now = self.app.clock.now();
        let last = self.in_hand.take();
        let store = self.store;
        let mut pace = self.pace.take();
        let begun = store.transaction(|| {
            if let Some(last) = &last {
                self.record(last, now)?;
            }
            let kind = self.kind_of(ready.delivery.message);
            match hindrance::look(self.app, store, &ready.delivery, kind, &ready.to, now)? {
                Look::Clear => {}
                Look::Rests => return Ok(false),
                Look::Never(state, why) => {
                    if state == State::Cancelled {
                        store.cancel_waiting(ready.delivery.message, CANCEL_CHUNK, now)?;
                    }
                    store.withhold(ready.delivery.id, state, why, now)?;
                    return Ok(false);
                }
            }
            let is_begun = self.store.begin_attempt(ready.delivery.id, &ready.mail, now)?;
            if let (true, Some(pace)) = (is_begun, &mut pace) {
                pace.count(way, domain)?;
            }
            Ok(is_begun)
        });
        self.pace = pace;
        if begun.is_err() {
            self.in_hand = last;
        }
        begun
    }

    fn kind_of(&self, message: MessageId) -> Kind {
        match self.prepared.get(&message) {
            Some(Ok(prepared)) => prepared.message.kind,
            _ => Kind::Broadcast,
        }
    }

    /// Hands the mail over, without any lock, and keeps the result for the next transaction.
    fn hand_over(&mut self, ready: &Ready, way: i64, domain: &str) -> Result<()> {
        let envelope = Envelope { from: &ready.from, to: &ready.to };
        let delivery = &ready.delivery;
        let outcome = match self.transport.deliver(&envelope, &ready.mail) {
            Ok(outcome) => outcome,
            Err(Trouble::Lost(why)) => {
                let due_at = self.app.clock.now();
                self.keep(InHand {
                    id: delivery.id,
                    state: State::Unsure,
                    reply: why,
                    due_at,
                    counts: true,
                    is_in_doubt: true,
                    refusal: None,
                });
                return Ok(());
            }
            Err(trouble) => {
                let until = self.note_trouble(way, &trouble)?;
                return self.store.undo_attempt(delivery.id, trouble.words(), until);
            }
        };
        let now = self.app.clock.now();
        let attempts = delivery.attempts + 1;
        let kind = self.kind_of(delivery.message);
        let reason = refusal::reason_of(&outcome, &ready.to);
        let heard = Heard {
            way,
            domain,
            message: delivery.message,
            kind,
            attempts,
            begun_at: delivery.begun_at.unwrap_or(now),
            outcome: &outcome,
            reason,
        };
        let verdict = self.pace()?.heard(&heard)?;
        if let (Verdict::Rest, Outcome::Later { reply, .. }) = (verdict, &outcome) {
            self.note_trouble(way, &Trouble::Unreachable(reply.clone()))?;
        }
        let (state, reply) = match outcome {
            Outcome::Sent { reply } => (State::Sent, reply),
            Outcome::Later { reply, .. } if attempts < MOST_ATTEMPTS => (State::Deferred, reply),
            Outcome::Later { reply, .. } | Outcome::Never { reply, .. } => (State::Failed, reply),
        };
        let wait = if state == State::Deferred { wait_before_retry(attempts) } else { 0 };
        let (state, due_at, counts) = match verdict {
            Verdict::PutBack(until) => (State::Deferred, until, false),
            Verdict::Again(until) => (State::Deferred, until, true),
            Verdict::Usual | Verdict::Rest => (state, now + wait, true),
        };
        let refusal = reason.filter(|_| state == State::Failed).map(|reason| (reason, ready.reader.clone()));
        let is_in_doubt = delivery.may_have_arrived;
        self.keep(InHand { id: delivery.id, state, reply, due_at, counts, is_in_doubt, refusal });
        Ok(())
    }

    fn keep(&mut self, in_hand: InHand) {
        match in_hand.state {
            State::Sent => self.report.sent += 1,
            State::Deferred => self.report.deferred += 1,
            State::Failed => self.report.failed += i64::from(!in_hand.is_in_doubt),
            _ => {}
        }
        self.in_hand = Some(in_hand);
    }

    /// Notes trouble with a way; returns when the mail in hand may be tried again: at once, if there is another way.
    fn note_trouble(&mut self, way: i64, trouble: &Trouble) -> Result<Instant> {
        self.report.trouble = Some(trouble.words().to_string());
        let until = self.pace()?.note_trouble(way, trouble)?;
        self.is_in_trouble = until.is_some();
        Ok(until.unwrap_or(self.app.clock.now()))
    }

    /// Records the last result when no further row is begun.
    fn record_last(&mut self) -> Result<()> {
        match self.in_hand.take() {
            Some(last) => self.store.transaction(|| self.record(&last, self.app.clock.now())),
            None => Ok(()),
        }
    }

    fn record(&self, last: &InHand, now: Instant) -> Result<()> {
        if !last.counts {
            return self.store.put_back(last.id, &last.reply, last.due_at);
        }
        self.store.record(last.id, last.state, &last.reply, last.due_at, now)?;
        match &last.refusal {
            Some((reason, reader)) => refusal::note(self.store, last.id, reader, *reason, &last.reply, now),
            None => Ok(()),
        }
    }
}
