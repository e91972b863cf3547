//! `poll status`: what the breakers say, what waits and how late, who does not answer.
//! Not its layout on pages: portal.

use std::collections::BTreeMap;

use neo::clock::Instant;
use neo::error::Result;
use serde::Serialize;

use super::schedule::DAY;
use crate::store::Store;
use crate::store::breakers::Breaker;
use crate::store::poll_status::{BackingOff, Polling, ProviderSites, Queue};

/// Everything at a moment.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Status {
    pub(crate) at: Instant,
    pub(crate) pollers: Vec<Polling>,
    pub(crate) queue: Queue,
    pub(crate) last_hour: LastHour,
    /// Not closed, or closed within the last seven days.
    pub(crate) breakers: Vec<Breaker>,
    pub(crate) providers: Vec<ProviderSites>,
    pub(crate) backing_off: Vec<BackingOff>,
}

/// The calls of the last hour, at most the latest 50,000.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LastHour {
    pub(crate) calls: usize,
    pub(crate) by_outcome: BTreeMap<String, usize>,
    /// How late calls began.
    pub(crate) late_median_ms: i64,
    pub(crate) late_p99_ms: i64,
}

const MOST_CALLS: i64 = 50_000;
const MOST_PROVIDERS: i64 = 200;
const MOST_SITES: i64 = 100;

pub(crate) fn status(store: &mut Store, now: Instant) -> Result<Status> {
    Ok(Status {
        at: now,
        pollers: store.pollers()?,
        queue: store.queue(now)?,
        last_hour: last_hour(store, now)?,
        breakers: store.breakers_since(now - 7 * DAY)?,
        providers: store.polled_providers(MOST_PROVIDERS)?,
        backing_off: store.sites_backing_off(MOST_SITES)?,
    })
}

fn last_hour(store: &mut Store, now: Instant) -> Result<LastHour> {
    let recent = store.recent_calls(now - 3600, MOST_CALLS)?;
    let mut by_outcome = BTreeMap::new();
    for call in &recent {
        *by_outcome.entry(call.outcome.clone()).or_insert(0) += 1;
    }
    let mut late: Vec<i64> = recent.iter().map(|call| call.late_ms).collect();
    late.sort_unstable();
    let part =
        |percent: usize| late.get((late.len() * percent / 100).min(late.len().saturating_sub(1))).copied();
    Ok(LastHour {
        calls: recent.len(),
        by_outcome,
        late_median_ms: part(50).unwrap_or(0),
        late_p99_ms: part(99).unwrap_or(0),
    })
}
