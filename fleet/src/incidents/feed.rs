//! What installs are told: incidents with all that was said of them, days of silence included, and news.
//! Not the file and its signature: that is publication.

use neo::clock::Instant;
use neo::domain::calendar::{add_days, start_of};
use neo::error::Result;
use neo::host::plans;
use neo::link::feed::{Advice, Incident, News, State, Update, UpdateKind};

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
/// A feed travels in a tick call: it holds so much and no more.
const MOST_INCIDENTS: i64 = 10;
const MOST_UPDATES: usize = 40;
const MOST_NEWS: i64 = 20;

/// The incidents and news of the feed, newest first; each incident's updates in their order.
pub fn content(store: &mut Store, now: Instant) -> Result<(Vec<Incident>, Vec<News>)> {
    let house = House::load(store)?;
    let mut incidents = Vec::new();
    for kept in store.public_incidents(now - AFTER, MOST_INCIDENTS)? {
        let entries = store.entries(&kept.id)?;
        incidents.push(incident(&kept, &entries, now, &house));
    }
    Ok((incidents, store.news(now - NEWS_FOR, MOST_NEWS)?))
}

fn incident(kept: &Kept, entries: &[Entry], now: Instant, house: &House) -> Incident {
    let mut updates: Vec<Update> = entries.iter().map(update).collect();
    updates.extend(silences(kept, entries, now, house));
    updates.sort_by_key(|update| update.at);
    // The opening is always told; what is left out lies behind it.
    let surplus = updates.len().saturating_sub(MOST_UPDATES);
    updates = updates
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || *at > surplus)
        .map(|(_, update)| update)
        .collect();
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
