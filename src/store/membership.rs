//! A reader asks to join, joins, leaves: each with its consent record, its sequences and its waiting mails, in one
//! transaction. Not the single rows: subscribers.rs, consents.rs, sequences.rs, deliveries.rs.

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::consent::{Circumstances, Event};
use crate::domain::delivery::Urgency;
use crate::domain::id::{FormVersionId, ListId, SubscriptionId};
use crate::domain::message::{Content, Kind};
use crate::domain::subscriber::{Fields, Name, Subscription, SubscriptionState};
use crate::error::{Error, Result};
use crate::store::Writer;
use crate::texts::errors;

/// Who asks to join, and how.
pub struct Request<'a> {
    pub list: ListId,
    pub address: &'a Address,
    pub name: &'a Name,
    pub fields: &'a Fields,
    pub how: &'a Circumstances,
    pub form_version: Option<FormVersionId>,
}

/// Seconds between two confirmation requests to one address, and how many go out until one is answered
/// (rule Art. 2(1)(2): a mail to obtain consent, no reminders).
const REQUEST_GAP: i64 = 86_400;
const MOST_REQUESTS: i64 = 3;
/// How many go to one address within `REQUEST_GAP`, whatever the lists: many forms must not make a bomb either.
const MOST_REQUESTS_A_DAY: i64 = 3;

impl Writer {
    /// A sign-up by form with double opt-in: notes the wish and queues one confirmation request, unless the address
    /// is on the list already, is suppressed, or has been asked too often. The visitor is told the same each time.
    pub fn ask_to_join(&self, request: &Request<'_>, confirmation: &Content, now: Instant) -> Result<()> {
        self.transaction(|| {
            let known = self.subscription_of(request.list, request.address)?;
            let is_on_list = known.as_ref().is_some_and(|known| known.state == SubscriptionState::Confirmed);
            if is_on_list || self.is_suppressed(&request.address.key())? {
                return Ok(());
            }
            if let Some(known) = &known {
                let (count, last) = self.requests_since_last_answer(known.id)?;
                if count >= MOST_REQUESTS || (count > 0 && now - last < REQUEST_GAP) {
                    return Ok(());
                }
            }
            if self.requests_to_address(request.address, now - REQUEST_GAP)? >= MOST_REQUESTS_A_DAY {
                return Ok(());
            }
            let subscription = self.note_wish(request, known.as_ref(), now)?;
            let message = self.confirmation_of(request.list, confirmation, now)?;
            self.queue_delivery(message, subscription, now, Urgency::AtOnce, now)
        })
    }

    /// A sign-up by form with single opt-in.
    pub fn join_by_form(&self, request: &Request<'_>, now: Instant) -> Result<()> {
        self.transaction(|| {
            let known = self.subscription_of(request.list, request.address)?;
            let is_on_list = known.as_ref().is_some_and(|known| known.state == SubscriptionState::Confirmed);
            if is_on_list || self.is_suppressed(&request.address.key())? {
                return Ok(());
            }
            let subscription = self.note_wish(request, known.as_ref(), now)?;
            self.join(subscription, Event::Confirmed, request.how, now).map(|_| ())
        })
    }

    /// The owner adds a reader: confirmed at once, on the owner's word. A suppressed address is refused, since nothing
    /// would ever be sent to it.
    pub fn add_reader(&self, request: &Request<'_>, now: Instant) -> Result<SubscriptionId> {
        self.transaction(|| {
            if self.is_suppressed(&request.address.key())? {
                return Err(Error::invalid(errors::ADDRESS_SUPPRESSED).on("email"));
            }
            let known = self.subscription_of(request.list, request.address)?;
            if let Some(known) = known.as_ref().filter(|known| known.state == SubscriptionState::Confirmed) {
                self.update_person(request, known)?;
                return Ok(known.id);
            }
            let subscriber = self.subscriber(request.address, request.name, request.fields, now)?;
            if let Some(known) = &known {
                self.update_person(request, known)?;
            }
            let subscription = self.ask_subscription(request.list, subscriber, now)?;
            self.join(subscription, Event::Added, request.how, now)?;
            Ok(subscription)
        })
    }

    /// Puts a reader on the list for good and starts its sequences; `false` if she is on it already.
    pub fn join(&self, id: SubscriptionId, event: Event, how: &Circumstances, now: Instant) -> Result<bool> {
        self.transaction(|| {
            let Some(reader) = self.subscription(id)? else { return Ok(false) };
            if reader.state == SubscriptionState::Confirmed {
                return Ok(false);
            }
            self.confirm_subscription(id, now)?;
            self.add_consent(id, event, how, None, now)?;
            self.enrol(reader.list, id, now)?;
            Ok(true)
        })
    }

    /// Takes a reader off the list at once: nothing that waits for her is sent, her sequences end. `false` if she
    /// had left before.
    pub fn leave(&self, id: SubscriptionId, how: &Circumstances, now: Instant) -> Result<bool> {
        self.transaction(|| {
            let Some(reader) = self.subscription(id)? else { return Ok(false) };
            if reader.state == SubscriptionState::Left {
                return Ok(false);
            }
            self.leave_subscription(id, now)?;
            self.add_consent(id, Event::Withdrawn, how, None, now)?;
            self.end_enrolments(id, now)?;
            self.suppress_waiting(id, "left", now)?;
            Ok(true)
        })
    }

    /// Removes what names a person everywhere; the ledger's rows stay.
    pub fn erase(&self, reader: &Subscription, how: &Circumstances, now: Instant) -> Result<()> {
        self.transaction(|| {
            for place in self.subscriptions_of(reader.subscriber)? {
                self.leave(place.id, how, now)?;
                self.forget_mails_in_hand(place.id)?;
            }
            self.erase_subscriber(reader.subscriber, now)
        })
    }

    /// The rows that a wish to join needs. A stranger's form does not rename somebody who is on another list.
    fn note_wish(
        &self,
        request: &Request<'_>,
        known: Option<&Subscription>,
        now: Instant,
    ) -> Result<SubscriptionId> {
        let subscriber = self.subscriber(request.address, request.name, request.fields, now)?;
        let is_a_reader = self
            .subscriptions_of(subscriber)?
            .iter()
            .any(|place| place.state == SubscriptionState::Confirmed);
        if let Some(known) = known.filter(|_| !is_a_reader) {
            self.update_person(request, known)?;
        }
        let subscription = self.ask_subscription(request.list, subscriber, now)?;
        self.add_consent(subscription, Event::Asked, request.how, request.form_version, now)?;
        Ok(subscription)
    }

    fn update_person(&self, request: &Request<'_>, known: &Subscription) -> Result<()> {
        if !request.name.as_str().is_empty() {
            self.rename_subscriber(known.subscriber, request.name)?;
        }
        if !request.fields.is_empty() {
            let mut fields = known.fields.clone();
            fields.extend(request.fields.iter().map(|(key, value)| (key.clone(), value.clone())));
            self.put_fields(known.subscriber, &fields)?;
        }
        Ok(())
    }

    /// The list's confirmation request; a changed wording becomes a message of its own.
    fn confirmation_of(
        &self,
        list: ListId,
        content: &Content,
        now: Instant,
    ) -> Result<crate::domain::id::MessageId> {
        if let Some(known) = self.confirmation_message(list)?
            && self.message(known)?.content == *content
        {
            return Ok(known);
        }
        self.add_message(Kind::Confirmation, list, content, now)
    }
}
