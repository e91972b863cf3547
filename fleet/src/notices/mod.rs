//! Mails to customers when something moves, and to staff when a report is owed: written down with the movement itself.
//! Not their sending (courier): a movement is told once, however often that is tried.

pub mod courier;
pub mod sender;
pub mod words;

use neo::clock::Instant;
use neo::error::Result;

use crate::store::Store;
use crate::store::incidents::{Entry, Incident};
use crate::store::notices::{Notice, Person};

/// The occasions on which customers are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Opened,
    /// News that somebody marked as important.
    Update,
    Resolved,
    Report,
    /// Her keys were lengthened.
    Extended,
    /// To staff: the poller noticed something.
    Draft,
    /// To staff: reports that are owed.
    Reminder,
}

impl Occasion {
    pub fn word(self) -> &'static str {
        match self {
            Occasion::Opened => "opened",
            Occasion::Update => "update",
            Occasion::Resolved => "resolved",
            Occasion::Report => "report",
            Occasion::Extended => "extended",
            Occasion::Draft => "draft",
            Occasion::Reminder => "reminder",
        }
    }
}

/// Whose key ended before that is no customer any more who has to hear of it.
const FORMER: i64 = 30 * 86_400;

/// Queues one mail for each customer whom an incident concerns; in the transaction of the movement that it tells of.
pub fn tell_affected(
    store: &mut Store,
    occasion: Occasion,
    incident: &Incident,
    entry: &Entry,
    now: Instant,
) -> Result<u64> {
    // Each important piece of news is an occasion of its own; the others come once in an incident's life.
    let id = match occasion {
        Occasion::Update => format!("{}/update-{}", incident.id, entry.number),
        _ => format!("{}/{}", incident.id, occasion.word()),
    };
    let notice = words::of_incident(id, occasion, incident, &entry.text, now);
    match store.add_notice(&notice)? {
        true => store.queue_for_affected(&notice.id, &incident.id, now - FORMER),
        false => Ok(0),
    }
}

/// Queues one mail for each of the staff; `about` is what the mail is about, in the house's language.
pub fn tell_staff(store: &mut Store, notice: &Notice, about: &str, now: Instant) -> Result<u64> {
    let staff = sender::staff(store)?;
    if staff.is_empty() || !store.add_notice(notice)? {
        return Ok(0);
    }
    let mut written = 0;
    for address in staff {
        let person = Person { id: address.clone(), address, language: "ja".to_string(), ..Person::default() };
        written += u64::from(store.queue_mail(&notice.id, &person, about, now)?);
    }
    Ok(written)
}
