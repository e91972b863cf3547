//! Whose row a returned mail is about: by the token in the return path, by our own headers in what came back, and, with
//! its Message-ID as the proof, by the address that it names.
//! Not what follows (feedback). A name alone proves nothing: whoever can write a mail could have a reader removed.

use crate::app::App;
use crate::domain::address::Address;
use crate::domain::id::{DeliveryId, MessageId, SubscriptionId};
use crate::domain::subscriber::Subscription;
use crate::domain::token::Purpose;
use crate::error::Result;
use crate::mail::feedback::parts::Pieces;
use crate::mail::feedback::report;
use crate::store::Reader;
use crate::store::deliveries::Delivery;

/// Rows of one reader that a Message-ID is compared with, and readers that are looked at.
const MOST_ROWS: i64 = 50;
const MOST_READERS: usize = 10;
/// Lines of the returned mail in which headers are looked for.
const MOST_LINES: usize = 500;

/// What a returned mail could be traced to.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub delivery: Option<Delivery>,
    pub reader: Option<Subscription>,
}

/// Headers in which mail servers tell to which address a mail was delivered.
pub(super) const ADDRESSED: &[&str] =
    &["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to", "cc"];

/// Looks for the row. `addressed` are the addresses that the mail came to, `named` those of which it speaks.
pub(super) fn find(
    app: &App,
    store: &Reader,
    pieces: &Pieces,
    addressed: &[String],
    named: &[String],
) -> Result<Trace> {
    let returned = Returned::read(&pieces.returned);
    let reported = pieces.complaint.as_deref().map(report::original_senders).unwrap_or_default();
    let tokens = addressed.iter().chain(&reported).chain(&returned.senders);
    for text in tokens {
        if let Some(trace) =
            app.key.find_return_token(text).map(|id| of_row(store, id)).transpose()?.flatten()
        {
            return Ok(trace);
        }
    }
    let subscription = returned.subscription(app);
    if let (Some(subscription), Some(message)) = (subscription, returned.message) {
        let rows = store.deliveries_to(message, subscription, MOST_ROWS)?;
        let row = rows.iter().find(|id| returned.is_message_id_of(app, **id)).or(rows.first());
        if let Some(trace) = row.map(|id| of_row(store, *id)).transpose()?.flatten() {
            return Ok(trace);
        }
    }
    if let Some(trace) = by_message_id(app, store, &returned, named)? {
        return Ok(trace);
    }
    let reader = subscription.map(|id| store.subscription(id)).transpose()?.flatten();
    Ok(Trace { delivery: None, reader })
}

fn of_row(store: &Reader, id: DeliveryId) -> Result<Option<Trace>> {
    let Some(delivery) = store.delivery(id)? else { return Ok(None) };
    let reader = store.subscription(delivery.subscription)?;
    Ok(Some(Trace { delivery: Some(delivery), reader }))
}

/// A Message-ID of ours is made of the row and the site's key: among the rows of a reader that is named, it picks one.
fn by_message_id(app: &App, store: &Reader, returned: &Returned, named: &[String]) -> Result<Option<Trace>> {
    if returned.message_ids.is_empty() {
        return Ok(None);
    }
    for address in named.iter().chain(&returned.recipients).take(MOST_READERS) {
        let Ok(address) = Address::parse(address) else { continue };
        let Some(subscriber) = store.subscriber_by_address(&address)? else { continue };
        for place in store.subscriptions_of(subscriber)? {
            for delivery in store.deliveries_of_subscription(place.id, MOST_ROWS)? {
                if app.budget.spend(1).is_err() {
                    return Ok(None);
                }
                if returned.is_message_id_of(app, delivery.id) {
                    return Ok(Some(Trace { delivery: Some(delivery), reader: Some(place) }));
                }
            }
        }
    }
    Ok(None)
}

/// Our own headers in what came back.
#[derive(Debug, Default)]
struct Returned {
    senders: Vec<String>,
    recipients: Vec<String>,
    message_ids: Vec<String>,
    unsubscribe: String,
    message: Option<MessageId>,
}

impl Returned {
    fn read(text: &str) -> Returned {
        let head: String = text.lines().take(MOST_LINES).map(|line| format!("{line}\n")).collect();
        let mut returned = Returned::default();
        for (name, value) in report::fields(&head) {
            match name.as_str() {
                "return-path" | "x-original-from" | "errors-to" | "sender" => returned.senders.push(value),
                "to" => returned.recipients.extend(crate::mail::feedback::plain::addresses(&value)),
                "message-id" => returned.message_ids.push(value.to_ascii_lowercase()),
                "list-unsubscribe" => {
                    returned.senders.push(value.clone());
                    returned.unsubscribe = value;
                }
                "feedback-id" => {
                    returned.message = value.split(':').next().and_then(|id| id.trim().parse().ok())
                }
                _ => {}
            }
        }
        returned
    }

    /// The reader, by the sealed token of the link with which she could leave.
    fn subscription(&self, app: &App) -> Option<SubscriptionId> {
        let (_, rest) = self.unsubscribe.split_once("/u/")?;
        let is_token = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        // A long line may have been broken by a server on the way.
        let token: String = rest
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .take_while(|letter| is_token(*letter))
            .collect();
        app.key.open_subscription(Purpose::Unsubscribe, &token)
    }

    fn is_message_id_of(&self, app: &App, id: DeliveryId) -> bool {
        let reference = format!("<{}@", app.key.message_reference(id));
        self.message_ids.iter().any(|known| known.contains(&reference))
    }
}
