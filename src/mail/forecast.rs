//! The promised finish of a message: limits, counts, queue and the clocks' real gaps, put together for domain/forecast.
//! Not the working out: domain/forecast. Not the page.

use std::collections::BTreeMap;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::minute_of_day;
use crate::domain::forecast::{Forecast, Lane, Plan, Provider, forecast};
use crate::domain::id::{ListId, MessageId};
use crate::domain::pace::domains::{self, group_of};
use crate::domain::pace::{Limits, Window};
use crate::error::Result;
use crate::mail::outlet;
use crate::mail::pace::RESERVE;
use crate::settings;
use crate::store::Reader;

/// Readers whose addresses tell how many are at which provider.
const SAMPLE: i64 = 2000;
/// Until a clock was heard a few times: what the set-up advises.
const USUAL_GAP: i64 = 300;

/// The forecast, and what it was made from.
pub struct Promise {
    pub forecast: Forecast,
    /// The limits of the first way, known and learnt.
    pub limits: Limits,
    /// Seconds between two ticks.
    pub gap: i64,
    /// Whether that is a guess, since no clock was heard yet.
    pub gap_is_guess: bool,
}

/// When `mails` mails of a message to `list` will have gone out, if the first may go at `start`. `message` is left out of
/// what is ahead of it. Quiet hours are minutes of the day.
pub fn promise(
    app: &App,
    store: &Reader,
    (message, list): (MessageId, ListId),
    mails: i64,
    start: Instant,
    quiet: Option<(i64, i64)>,
) -> Result<Promise> {
    let now = app.clock.now();
    let zone = app.settings.zone();
    let ways = ways(app, store, now)?;
    let (gap, gap_is_guess) = gap(store)?;
    let limits = ways.first().map_or(Limits::NONE, |way| way.limits);
    let told = forecast(&Plan {
        start: start.max(now),
        mails,
        ahead: ahead(store, message)?,
        providers: providers(app, store, list, mails, now)?,
        ways,
        gap,
        per_tick: per_tick(app, store)?,
        reserve: RESERVE,
        quiet,
        minute_of_day: &|at| minute_of_day(at, zone),
    });
    Ok(Promise { forecast: told, limits, gap, gap_is_guess })
}

/// Mails that went out by all ways since `start`, in pieces of `seconds`: for charts and rates.
pub fn went_out(app: &App, store: &Reader, start: Instant, seconds: i64, count: usize) -> Result<Vec<i64>> {
    let now = app.clock.now();
    let mut sum = vec![0; count];
    for way in outlet::ways(app) {
        let window = Window::new(store.pace_counts(&way.number.to_string(), now)?, now);
        for (all, piece) in sum.iter_mut().zip(window.pieces(start, seconds, count)) {
            *all += piece;
        }
    }
    Ok(sum)
}

fn ways(app: &App, store: &Reader, now: Instant) -> Result<Vec<Lane>> {
    let mut lanes = Vec::new();
    // One that only helps out is not counted on.
    for way in outlet::ways(app).into_iter().filter(|way| way.number == 1 || way.weight > 0) {
        lanes.push(lane(store, &way.number.to_string(), way.limits, now)?);
    }
    Ok(lanes)
}

fn lane(store: &Reader, subject: &str, known: Limits, now: Instant) -> Result<Lane> {
    let learnt = store.learnt(subject)?;
    let limits = learnt.as_ref().map_or(known, |learnt| known.and(learnt.span, learnt.most));
    let opens_at = learnt.map_or(0, |learnt| learnt.wait_until);
    Ok(Lane { limits, window: Window::new(store.pace_counts(subject, now)?, now), opens_at })
}

/// The providers with limits of their own, with as many mails as a sample of the readers says.
fn providers(app: &App, store: &Reader, list: ListId, mails: i64, now: Instant) -> Result<Vec<Provider>> {
    let typed = app.settings.value(&settings::PACE_DOMAINS);
    let mut limited: BTreeMap<String, Limits> =
        domains::parse(typed).unwrap_or_default().into_iter().collect();
    for (subject, _) in store.all_learnt()? {
        if let Some(provider) = subject.strip_prefix('@') {
            limited.entry(provider.to_string()).or_insert(Limits::NONE);
        }
    }
    let is_paced = outlet::ways(app).iter().any(|way| way.is_counted);
    if limited.is_empty() || !is_paced {
        return Ok(Vec::new());
    }
    let sample = store.domain_sample(list, SAMPLE)?;
    let size = i64::try_from(sample.len()).unwrap_or(1).max(1);
    let mut providers = Vec::new();
    for (name, limits) in limited {
        let there = sample.iter().filter(|address| is_at(address, &name)).count();
        let share = i64::try_from(there).unwrap_or(0).saturating_mul(mails) / size;
        if share > 0 {
            let lane = lane(store, &format!("@{name}"), limits, now)?;
            providers.push(Provider { name, mails: share, lane });
        }
    }
    Ok(providers)
}

fn is_at(address: &str, provider: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, domain)| group_of(domain) == provider)
}

/// What waits beside the message itself and beside what waits for the owner.
fn ahead(store: &Reader, message: MessageId) -> Result<i64> {
    let own = store.ledger(message)?;
    let mut others = store.waiting_deliveries()? - own.deferred;
    // Of a running broadcast a part of the queued is not written yet.
    others -= own.queued.min(others);
    for hold in store.holds()?.iter().filter(|hold| hold.message != message) {
        let held = store.ledger(hold.message)?;
        others -= held.queued + held.deferred;
    }
    Ok(others.max(0))
}

/// The usual gap of the clocks that beat by themselves; `true` with a guess.
fn gap(store: &Reader) -> Result<(i64, bool)> {
    let starts: Vec<Instant> = store
        .ticks(60)?
        .iter()
        .filter(|tick| matches!(tick.source.as_str(), "cron" | "url" | "visit"))
        .map(|tick| tick.started_at)
        .collect();
    let mut gaps: Vec<i64> =
        starts.iter().zip(starts.iter().skip(1)).map(|(later, earlier)| later - earlier).collect();
    gaps.retain(|gap| (1..=86_400).contains(gap));
    gaps.sort_unstable();
    match gaps.get(gaps.len() / 2) {
        Some(gap) if gaps.len() >= 3 => Ok((*gap, false)),
        _ => Ok((USUAL_GAP, true)),
    }
}

/// As many as the settings allow, or as the latest ticks managed in their time.
fn per_tick(app: &App, store: &Reader) -> Result<i64> {
    let allowed = app.settings.number(&settings::TICK_MESSAGES);
    let managed =
        store.ticks(20)?.into_iter().filter(|tick| tick.stopped_by == "budget").map(|tick| tick.sent).max();
    Ok(managed.filter(|sent| *sent > 0).map_or(allowed, |sent| allowed.min(sent)))
}
