//! Longer keys for those whom an incident hurt: found, extended once each, and told, customer by customer.
//! Not who counts as hurt (course/missed).
//!
//! All keys of one customer and the mail that tells of them are one transaction: a run that is killed leaves whole
//! customers, and the next run does the others. Run twice, or by two at once, it finds them extended.

use neo::clock::Instant;
use neo::error::{Error, Result};
use neo::texts::Language;

use crate::course::missed::{Span, longest_silence};
use crate::course::state::Deed;
use crate::notices::words;
use crate::notices::{Occasion, words::both};
use crate::store::Store;
use crate::store::audit::Act;
use crate::store::hurt::NotedSite;
use crate::store::incidents::Incident;
use crate::store::keys::MOST_DAYS;
use crate::store::notices::Person;
use crate::texts::{errors, notices as texts};

/// A site that missed ticks.
#[derive(Clone, Debug)]
pub struct Hurt {
    pub noted: NotedSite,
    pub silence: Span,
    /// Its key was extended for this incident already.
    pub is_extended: bool,
}

/// What a run did.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Extended {
    pub keys: u64,
    pub customers: u64,
    /// Keys that had been extended before.
    pub before: u64,
}

/// The sites that were silent for longer than so many hours of an incident's time: up to now while it lasts.
pub fn hurt(store: &mut Store, incident: &Incident, missed_hours: i64, now: Instant) -> Result<Vec<Hurt>> {
    incident.state.after(Deed::Extend)?;
    let time = Span { from: incident.began_at, until: incident.ended_at.unwrap_or(now) };
    let mut hurt = Vec::new();
    for noted in store.noted_sites(&incident.id, time.from)? {
        let signs = store.signs_of(&noted, time)?;
        let Some(silence) = longest_silence(&signs, time) else { continue };
        if silence.seconds() > missed_hours * 3600 {
            let is_extended = store.was_extended(&noted.key, &incident.id)?;
            hurt.push(Hurt { noted, silence, is_extended });
        }
    }
    Ok(hurt)
}

/// Extends the keys of those who were found, and queues one mail for each of their customers.
pub fn extend(
    store: &mut Store,
    incident: &Incident,
    hurt: &[Hurt],
    days: i64,
    act: &Act,
) -> Result<Extended> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::invalid(errors::DAYS_NOT_VALID).with("limit", MOST_DAYS.to_string()));
    }
    let mut done = Extended::default();
    for sites in hurt.chunk_by(|one, next| one.noted.customer == next.noted.customer) {
        let extended = store.transaction(|store| of_customer(store, incident, sites, days, act))?;
        done.keys += extended;
        done.before += sites.len() as u64 - extended;
        done.customers += u64::from(extended > 0);
    }
    Ok(done)
}

/// One customer's keys and the mail about them; says how many were extended.
fn of_customer(store: &mut Store, incident: &Incident, sites: &[Hurt], days: i64, act: &Act) -> Result<u64> {
    let Some(first) = sites.first() else { return Ok(0) };
    let customer = store.customer(&first.noted.customer)?;
    let language = Language::parse(&customer.language).unwrap_or_default();
    let mut lines = Vec::new();
    for Hurt { noted, .. } in sites {
        let before = store.key(&noted.key)?;
        // Somebody revoked it, or gave out another one in its place, since it was found: the next run sees that one.
        if before.state != "active" || store.was_extended(&noted.key, &incident.id)? {
            continue;
        }
        if store.extend_key_once(act, &noted.key, &incident.id, days)? {
            let after = store.key(&noted.key)?;
            let (from, to) =
                (words::moment(before.valid_until, language), words::moment(after.valid_until, language));
            let values = [("key", shown(&noted.key)), ("before", from), ("after", to)];
            let values: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            lines.push(texts::EXTENDED_KEY.with(language, &values));
        }
    }
    if lines.is_empty() {
        return Ok(0);
    }
    let person =
        Person { id: customer.id, name: customer.name, address: customer.email, language: customer.language };
    tell(store, incident, &person, &format!("{}\n", lines.join("\n")), days, act)?;
    Ok(lines.len() as u64)
}

/// One mail for this customer. Who has one already, for other keys that an earlier run found, gets another.
fn tell(
    store: &mut Store,
    incident: &Incident,
    person: &Person,
    about: &str,
    days: i64,
    act: &Act,
) -> Result<()> {
    let days = days.to_string();
    for round in 1..100 {
        let id = format!(
            "{}/extended-{days}{}",
            incident.id,
            if round == 1 { String::new() } else { format!("-{round}") }
        );
        let mut notice =
            words::of_incident(id, Occasion::Extended, incident, &both(|_| String::new()), act.now);
        for text in [&mut notice.subject.ja, &mut notice.subject.en, &mut notice.text.ja, &mut notice.text.en]
        {
            *text = text.replace("{days}", &days);
        }
        store.add_notice(&notice)?;
        if store.queue_mail(&notice.id, person, about, act.now)? {
            return Ok(());
        }
    }
    Err(Error::fault("telling a customer of her keys", "a hundred times for one incident"))
}

/// A key is a secret: enough of it to know which one is meant.
fn shown(key: &str) -> String {
    let pieces: Vec<&str> = key.split('-').collect();
    match pieces.as_slice() {
        [first, second, .., last] if pieces.len() > 3 => format!("{first}-{second}-…-{last}"),
        _ => "NEO-…".to_string(),
    }
}
