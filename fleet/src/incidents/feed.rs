//! What installs are told: incidents with all that was said of them, days of silence included, and news.
//! Not the file and its signature: that is publication.

use neo::clock::Instant;
use neo::domain::calendar::{add_days, start_of};
use neo::error::{Error, Result};
use neo::host::plans;
use neo::link::feed::{Advice, Incident, News, State, Update, UpdateKind};

use serde::Serialize;

use super::house::{House, zone};
use super::owed;
use crate::course::state;
use crate::notices::words;
use crate::store::Store;
use crate::store::incidents::{Entry, Incident as Kept};
use crate::texts::notices as texts;

/// What is over stays in the feed for so long.
const AFTER: i64 = 60 * 86_400;
const NEWS_FOR: i64 = 180 * 86_400;
/// A feed travels in a tick call: it holds so much and no more, or it could not be published just when it is needed.
const MOST_BYTES: usize = 96 * 1024;
const MOST_INCIDENTS: i64 = 10;
const MOST_NEWS: i64 = 20;

/// The incidents and news of the feed, newest first; each incident's updates in their order.
pub fn content(store: &mut Store, now: Instant) -> Result<(Vec<Incident>, Vec<News>)> {
    let house = House::load(store)?;
    let mut incidents = Vec::new();
    for kept in store.public_incidents(now - AFTER, MOST_INCIDENTS)? {
        let entries = store.entries(&kept.id)?;
        incidents.push(incident(&kept, &entries, now, &house));
    }
    let mut news = store.news(now - NEWS_FOR, MOST_NEWS)?;
    fit(&mut incidents, &mut news)?;
    Ok((incidents, news))
}

/// Leaves out what is oldest until the rest fits. No incident's updates take more than half of the room that is left; its
/// opening stays, with the latest of the rest.
fn fit(incidents: &mut Vec<Incident>, news: &mut Vec<News>) -> Result<()> {
    let mut left = MOST_BYTES;
    let mut kept: Vec<Incident> = Vec::new();
    for mut incident in std::mem::take(incidents) {
        let updates = std::mem::take(&mut incident.updates);
        if !fits(&incident, &mut left)? {
            break;
        }
        let mut places: Vec<(usize, Update)> = updates.into_iter().enumerate().collect();
        // The opening, then from the latest back.
        places.sort_by_key(|(place, update)| match update.kind {
            UpdateKind::Opened => usize::MAX,
            _ => *place,
        });
        let share = left / 2;
        let mut room = share;
        let mut told = Vec::new();
        for (place, update) in places.into_iter().rev() {
            if !fits(&update, &mut room)? {
                break;
            }
            told.push((place, update));
        }
        told.sort_by_key(|(place, _)| *place);
        incident.updates = told.into_iter().map(|(_, update)| update).collect();
        left -= share - room;
        kept.push(incident);
    }
    *incidents = kept;
    let mut told = Vec::new();
    for each in std::mem::take(news) {
        if !fits(&each, &mut left)? {
            break;
        }
        told.push(each);
    }
    *news = told;
    Ok(())
}

/// Takes the room that a piece needs in the file, where its JSON stands as a string of JSON; `false`: there is none.
fn fits(piece: &impl Serialize, left: &mut usize) -> Result<bool> {
    let measured = serde_json::to_string(piece).and_then(|json| serde_json::to_string(&json));
    let size = measured.map_err(|cause| Error::fault("measuring a feed", cause))?.len();
    let fits = size <= *left;
    *left -= if fits { size } else { 0 };
    Ok(fits)
}

fn incident(kept: &Kept, entries: &[Entry], now: Instant, house: &House) -> Incident {
    let mut updates: Vec<Update> = entries.iter().map(update).collect();
    updates.extend(silences(kept, entries, now, house));
    updates.sort_by_key(|update| update.at);
    let is_open = kept.state == state::State::Open;
    Incident {
        id: kept.id.clone(),
        title: kept.title.clone(),
        state: if is_open { State::Open } else { State::Resolved },
        opened_at: kept.began_at,
        resolved_at: kept.ended_at,
        plans: plans_of(kept),
        updates,
        procedure: (!kept.procedure.ja.is_empty()).then(|| kept.procedure.clone()),
        advice: (is_open && kept.advice == "use-local-cron").then_some(Advice::UseLocalCron),
    }
}

/// An install knows its plan and not its range of addresses: an incident that names any range is shown to all.
fn plans_of(kept: &Kept) -> Vec<String> {
    let known = kept.providers.iter().all(|provider| plans::find(provider).is_some());
    if known { kept.providers.clone() } else { Vec::new() }
}

fn update(entry: &Entry) -> Update {
    let kind = match entry.kind.as_str() {
        "opened" => UpdateKind::Opened,
        "daily" => UpdateKind::Daily,
        "resolved" => UpdateKind::Resolved,
        "report" => UpdateKind::Report,
        _ => UpdateKind::Update,
    };
    Update { at: entry.at, kind, text: entry.text.clone() }
}

/// A business day that passed without a report is told as such, at its end. In a year whose holidays are not known no day
/// is called one.
fn silences(kept: &Kept, entries: &[Entry], now: Instant, house: &House) -> Vec<Update> {
    let missed = owed::missed(kept, entries, house.day_of(now), house).unwrap_or_default();
    let silence = |day| Update {
        at: start_of(add_days(day, 1), zone()) - 1,
        kind: UpdateKind::Daily,
        text: words::both(|language| texts::NO_REPORT.with(language, &[("day", &words::day(day, language))])),
    };
    missed.into_iter().map(silence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use neo::link::feed::Words;

    fn update(at: Instant, length: usize) -> Update {
        let kind = if at == 0 { UpdateKind::Opened } else { UpdateKind::Update };
        Update { at, kind, text: Words::new("あ\n".repeat(length), "a") }
    }

    fn long(id: &str) -> Incident {
        Incident {
            id: id.to_string(),
            title: Words::new("題", "Title"),
            state: State::Open,
            opened_at: 0,
            resolved_at: None,
            plans: Vec::new(),
            updates: (0..60).map(|at| update(at, 1000)).collect(),
            procedure: None,
            advice: None,
        }
    }

    #[test]
    fn a_feed_of_a_long_incident_fits_and_holds_its_opening_and_its_latest_news() {
        let (mut incidents, mut news) = (vec![long("1"), long("2")], Vec::new());
        fit(&mut incidents, &mut news).unwrap();
        let text = serde_json::to_string(&serde_json::to_string(&incidents).unwrap()).unwrap();
        assert!(text.len() < 100 * 1024, "{}", text.len());
        let times: Vec<Instant> = incidents[0].updates.iter().map(|update| update.at).collect();
        assert!(times.len() > 5 && times.len() < 60, "{times:?}");
        assert_eq!((times[0], times[1..].last()), (0, Some(&59)));
        let latest: Vec<Instant> = (60 - i64::try_from(times.len() - 1).unwrap()..60).collect();
        assert_eq!(times[1..], latest);
        assert_eq!(incidents[1].updates[0].at, 0, "the other one is told too");
    }

    #[test]
    fn what_is_short_is_left_whole() {
        let (mut incidents, mut news) =
            (vec![Incident { updates: vec![update(1, 1)], ..long("1") }], Vec::new());
        fit(&mut incidents, &mut news).unwrap();
        assert_eq!(incidents[0].updates.len(), 1);
    }
}
