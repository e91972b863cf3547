//! What is done to incidents: draft, confirm, update, resolve, report, dismiss; each one transaction with its mails.
//! Not the rules (course), not the rows (store/incidents) and not the words of mails (notices).

pub mod extend;
pub mod feed;
pub mod house;
pub mod owed;

use neo::clock::Instant;
use neo::domain::calendar::{self, rfc3339_local};
use neo::error::{Error, Result};
use neo::host::plans;
use neo::link::feed::Words;

use crate::course::state::{Deed, State};
use crate::notices::words::{both, pick};
use crate::notices::{self, Occasion};
use crate::store::Store;
use crate::store::audit::Act;
use crate::store::incidents::{Entry, Incident};
use crate::texts::{errors, notices as texts};
use house::{House, zone};

/// What may be said of an incident; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub title: Option<Words>,
    pub procedure: Option<Words>,
    pub advice: Option<String>,
    pub providers: Option<Vec<String>>,
    pub began_at: Option<Instant>,
}

/// A new incident that nobody outside hears of yet.
pub fn draft(store: &mut Store, changes: &Changes, source: &str, act: &Act) -> Result<Incident> {
    store.transaction(|store| {
        let mut incident = Incident {
            state: State::Draft,
            source: source.to_string(),
            began_at: act.now,
            noticed_at: act.now,
            ..Incident::default()
        };
        change(&mut incident, changes, act)?;
        required("title", &incident.title)?;
        add_under_free_id(store, &mut incident)?;
        store.note_incident_sites(&incident.id)?;
        store.audit_act(act, "incident drafted", &incident.id)?;
        Ok(incident)
    })
}

/// What the poller calls when a provider's breaker opens: the draft of that provider, new or the one that is there; staff
/// are written to about a new one. `what` says in both languages what was seen.
pub fn draft_for_provider(
    store: &mut Store,
    provider: &str,
    what: &Words,
    began_at: Instant,
    now: Instant,
) -> Result<String> {
    store.transaction(|store| {
        if let Some(id) = store.unresolved_incident_of(provider)? {
            return Ok(id);
        }
        let name =
            |language| plans::find(provider).map_or(provider, |plan| plan.name.to(language)).to_string();
        let title = both(|language| texts::DRAFT_TITLE.with(language, &[("provider", &name(language))]));
        let changes = Changes {
            title: Some(title),
            advice: Some("use-local-cron".to_string()),
            providers: Some(vec![provider.to_string()]),
            began_at: Some(began_at),
            ..Changes::default()
        };
        let incident = draft(store, &changes, "poller", &Act { who: "poller".to_string(), now })?;
        let id = format!("{}/draft", incident.id);
        let notice = notices::words::of_incident(id, Occasion::Draft, &incident, what, now);
        notices::tell_staff(store, &notice, pick(what, neo::texts::Language::Ja), now)?;
        Ok(incident.id)
    })
}

/// Tells customers: from a draft to an open incident. Without a text, what the poller saw is told.
pub fn confirm(
    store: &mut Store,
    id: &str,
    changes: &Changes,
    text: Option<&Words>,
    act: &Act,
) -> Result<Incident> {
    store.transaction(|store| {
        let mut incident = after(store, id, Deed::Confirm)?;
        change(&mut incident, changes, act)?;
        incident.opening_told_at = Some(act.now);
        let told = text.cloned().unwrap_or_else(|| seen(&incident));
        tell(store, &incident, "opened", &told, Some(Occasion::Opened), act)?;
        store.note_incident_sites(id)?;
        store.audit_act(act, "incident opened", id).map(|()| incident)
    })
}

/// A draft that was nothing.
pub fn dismiss(store: &mut Store, id: &str, act: &Act) -> Result<Incident> {
    store.transaction(|store| {
        let incident = after(store, id, Deed::Dismiss)?;
        store.put_incident(&incident)?;
        store.audit_act(act, "incident dismissed", id).map(|()| incident)
    })
}

/// Tells how it goes. The first news of a business day while it lasts is that day's report.
pub fn update(
    store: &mut Store,
    id: &str,
    changes: &Changes,
    text: &Words,
    is_important: bool,
    act: &Act,
) -> Result<Incident> {
    store.transaction(|store| {
        let mut incident = after(store, id, Deed::Update)?;
        change(&mut incident, changes, act)?;
        let kind = match incident.state == State::Open && is_first_of_business_day(store, id, act.now)? {
            true => "daily",
            false => "update",
        };
        tell(store, &incident, kind, text, is_important.then_some(Occasion::Update), act)?;
        store.note_incident_sites(id)?;
        store.audit_act(act, "incident updated", id).map(|()| incident)
    })
}

/// Tells that it is over, since `ended_at`.
pub fn resolve(store: &mut Store, id: &str, ended_at: Instant, text: &Words, act: &Act) -> Result<Incident> {
    store.transaction(|store| {
        let mut incident = after(store, id, Deed::Resolve)?;
        in_order(incident.began_at, ended_at, act.now)?;
        incident.ended_at = Some(ended_at);
        incident.resolution_told_at = Some(act.now);
        tell(store, &incident, "resolved", text, Some(Occasion::Resolved), act)?;
        for provider in &incident.providers {
            // Where we are still kept out, the advice to use one's own cron stands.
            if store.breaker(provider)?.is_none_or(|breaker| breaker.state == "closed") {
                store.end_advice(provider)?;
            }
        }
        store.audit_act(act, "incident resolved", id).map(|()| incident)
    })
}

/// Cause, prevention and compensation.
#[derive(Clone, Debug)]
pub struct AfterReport {
    pub cause: Words,
    pub prevention: Words,
    pub compensation: Words,
}

/// Tells cause, prevention and compensation: the end of an incident.
pub fn report(store: &mut Store, id: &str, parts: &AfterReport, act: &Act) -> Result<Incident> {
    let text = both(|language| {
        let values = [
            ("cause", pick(&parts.cause, language)),
            ("prevention", pick(&parts.prevention, language)),
            ("compensation", pick(&parts.compensation, language)),
        ];
        texts::REPORT_PARTS.with(language, &values)
    });
    for (what, part) in
        [("cause", &parts.cause), ("prevention", &parts.prevention), ("compensation", &parts.compensation)]
    {
        required(what, part)?;
    }
    store.transaction(|store| {
        let mut incident = after(store, id, Deed::Report)?;
        incident.reported_at = Some(act.now);
        tell(store, &incident, "report", &text, Some(Occasion::Report), act)?;
        store.audit_act(act, "incident reported", id).map(|()| incident)
    })
}

/// An incident by its id, or a refusal.
pub fn find(store: &mut Store, id: &str) -> Result<Incident> {
    store.incident(id)?.ok_or_else(|| Error::not_found(errors::INCIDENT_UNKNOWN).with("id", id))
}

/// The incident in the state after an act.
fn after(store: &mut Store, id: &str, deed: Deed) -> Result<Incident> {
    let mut incident = find(store, id)?;
    incident.state = incident.state.after(deed)?;
    Ok(incident)
}

/// Writes the incident and what is told, and queues the mails if this is an occasion for them.
fn tell(
    store: &mut Store,
    incident: &Incident,
    kind: &str,
    text: &Words,
    occasion: Option<Occasion>,
    act: &Act,
) -> Result<()> {
    required("text", text)?;
    store.put_incident(incident)?;
    let mut entry = Entry {
        at: act.now,
        kind: kind.to_string(),
        text: text.clone(),
        is_important: occasion.is_some(),
        who: act.who.clone(),
        ..Entry::default()
    };
    entry.number = store.add_entry(&incident.id, &entry)?;
    if let Some(occasion) = occasion {
        notices::tell_affected(store, occasion, incident, &entry, act.now)?;
    }
    Ok(())
}

fn is_first_of_business_day(store: &mut Store, id: &str, now: Instant) -> Result<bool> {
    let house = House::load(store)?;
    let today = house.day_of(now);
    // A year without known holidays must not keep anybody from telling customers something.
    let is_open = house.days.is_business_day(today).unwrap_or(false);
    Ok(is_open && !store.entries(id)?.iter().any(|entry| house.day_of(entry.at) == today))
}

/// What the poller saw, in words for customers.
fn seen(incident: &Incident) -> Words {
    both(|language| {
        let names = notices::words::affected(incident, language);
        texts::DRAFT_TOLD.with(language, &[("provider", &names)])
    })
}

fn change(incident: &mut Incident, changes: &Changes, act: &Act) -> Result<()> {
    if let Some(title) = &changes.title {
        required("title", title)?;
        incident.title = title.clone();
    }
    if let Some(procedure) = &changes.procedure {
        required("procedure", procedure)?;
        incident.procedure = procedure.clone();
    }
    match changes.advice.as_deref() {
        None => {}
        Some("none") => incident.advice.clear(),
        Some("use-local-cron") => incident.advice = "use-local-cron".to_string(),
        Some(other) => return Err(Error::invalid(errors::ADVICE_NOT_VALID).with("typed", other)),
    }
    if let Some(providers) = &changes.providers {
        providers.iter().try_for_each(|provider| check_provider(provider))?;
        incident.providers = providers.clone();
    }
    if let Some(began_at) = changes.began_at {
        in_order(began_at, incident.ended_at.unwrap_or(act.now), act.now)?;
        incident.began_at = began_at;
    }
    Ok(())
}

/// A provider as `sites.provider` names it: a host plan that is known, or a range of addresses.
fn check_provider(typed: &str) -> Result<()> {
    let is_range = typed.split_once('/').is_some_and(|(address, bits)| {
        address.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok()
    });
    match is_range || plans::find(typed).is_some() {
        true => Ok(()),
        false => Err(Error::invalid(errors::PROVIDER_NOT_VALID).with("typed", typed)),
    }
}

/// Both languages, and no longer than a feed should carry.
pub fn required(what: &'static str, words: &Words) -> Result<()> {
    let limit = if what == "title" { 120 } else { 8_000 };
    for text in [&words.ja, &words.en] {
        if text.trim().is_empty() {
            return Err(Error::invalid(errors::WORDS_MISSING).with("what", what));
        }
        if text.chars().count() > limit {
            return Err(Error::invalid(errors::WORDS_TOO_LONG)
                .with("what", what)
                .with("limit", limit.to_string()));
        }
    }
    if what == "title" && [&words.ja, &words.en].iter().any(|text| text.chars().any(char::is_control)) {
        return Err(Error::invalid(neo::texts::errors::CONTROL_CHARACTER));
    }
    Ok(())
}

fn in_order(began_at: Instant, ended_at: Instant, now: Instant) -> Result<()> {
    if began_at <= ended_at && ended_at <= now {
        return Ok(());
    }
    let shown = |at: Instant| rfc3339_local(at, zone());
    Err(Error::invalid(errors::TIMES_OUT_OF_ORDER)
        .with("began", shown(began_at))
        .with("ended", shown(ended_at))
        .with("now", shown(now)))
}

/// The first free number of its day: `20261228-01`.
fn add_under_free_id(store: &mut Store, incident: &mut Incident) -> Result<()> {
    let day = calendar::day_of(incident.noticed_at, zone()).format("%Y%m%d").to_string();
    for number in 1..1000 {
        incident.id = format!("{day}-{number:02}");
        if store.add_incident(incident)? {
            return Ok(());
        }
    }
    Err(Error::fault("numbering an incident", "a thousand on one day"))
}
