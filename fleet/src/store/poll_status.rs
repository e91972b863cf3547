//! What staff see of the poller: who polls, what waits, how late, what is silent, by provider.
//! Not the breakers themselves: breakers.

use neo::clock::Instant;
use neo::error::Result;
use serde::Serialize;

use super::Store;
use super::calls::HELD;
use crate::values;

/// A running poller.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Polling {
    pub(crate) owner: String,
    pub(crate) started_at: Instant,
    pub(crate) heard_at: Instant,
    pub(crate) open_calls: i64,
}

/// A provider's sites.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProviderSites {
    pub(crate) provider: String,
    pub(crate) sites: i64,
    /// They used to answer, and do not.
    pub(crate) silent: i64,
    /// Their last call failed, and the next waits for it.
    pub(crate) backing_off: i64,
    /// They wait for the breaker.
    pub(crate) held: i64,
}

/// A site whose last calls failed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BackingOff {
    pub(crate) site: String,
    pub(crate) provider: String,
    pub(crate) outcome: String,
    pub(crate) detail: String,
    pub(crate) failures: i64,
    pub(crate) silent_since: Option<Instant>,
    /// `None`: held by the breaker.
    pub(crate) next_call: Option<Instant>,
}

/// What waits now.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Queue {
    pub(crate) sites: i64,
    pub(crate) due: i64,
    /// Seconds since the first of them was due.
    pub(crate) oldest: i64,
    pub(crate) leased_servers: i64,
}

/// A call of the last hour.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    pub(crate) outcome: String,
    pub(crate) late_ms: i64,
}

impl Store {
    pub(crate) fn pollers(&mut self) -> Result<Vec<Polling>> {
        let rows =
            self.query("select owner, started_at, heard_at, open_calls from pollers order by owner", &[])?;
        rows.iter()
            .map(|row| {
                Ok(Polling {
                    owner: row.text(0)?,
                    started_at: row.integer(1)?,
                    heard_at: row.integer(2)?,
                    open_calls: row.integer(3)?,
                })
            })
            .collect()
    }

    /// Those of whose sites something is to be said come first.
    pub(crate) fn polled_providers(&mut self, limit: i64) -> Result<Vec<ProviderSites>> {
        let rows = self.query(
            "select provider, count(*), count(silent_since),
               cast(sum(case when failures > 0 then 1 else 0 end) as bigint) as backing_off,
               cast(sum(case when call_at >= $1 then 1 else 0 end) as bigint) as held
             from polls group by provider order by held desc, backing_off desc, provider limit $2",
            &values![HELD, limit],
        )?;
        rows.iter()
            .map(|row| {
                Ok(ProviderSites {
                    provider: row.text(0)?,
                    sites: row.integer(1)?,
                    silent: row.integer(2)?,
                    backing_off: row.integer(3)?,
                    held: row.integer(4)?,
                })
            })
            .collect()
    }

    /// Those that failed most often in a row, first.
    pub(crate) fn sites_backing_off(&mut self, limit: i64) -> Result<Vec<BackingOff>> {
        let rows = self.query(
            "select site, provider, coalesce(outcome, ''), coalesce((select detail from calls
                 where calls.site = polls.site order by id desc limit 1), ''), failures, silent_since,
               case when call_at < $1 then call_at end
             from polls where failures > 0 order by failures desc, site limit $2",
            &values![HELD, limit],
        )?;
        rows.iter()
            .map(|row| {
                Ok(BackingOff {
                    site: row.text(0)?,
                    provider: row.text(1)?,
                    outcome: row.text(2)?,
                    detail: row.text(3)?,
                    failures: row.integer(4)?,
                    silent_since: row.optional_integer(5)?,
                    next_call: row.optional_integer(6)?,
                })
            })
            .collect()
    }

    pub(crate) fn queue(&mut self, now: Instant) -> Result<Queue> {
        let count = "select count(*), cast(sum(case when call_at <= $1 then 1 else 0 end) as bigint), min(call_at) from polls";
        let Some(row) = self.row(count, &values![now])? else { return Ok(Queue::default()) };
        let leased = "select count(*) from call_servers where owner <> ''";
        Ok(Queue {
            sites: row.integer(0)?,
            due: row.optional_integer(1)?.unwrap_or(0),
            oldest: row.optional_integer(2)?.map_or(0, |first| (now - first).max(0)),
            leased_servers: self.number(leased, &[])?,
        })
    }

    /// The latest calls since a moment, at most so many.
    pub(crate) fn recent_calls(&mut self, since: Instant, limit: i64) -> Result<Vec<Recent>> {
        let rows = self.query(
            "select outcome, late_ms from (select outcome, late_ms, at from calls order by id desc limit $2) as latest
             where at >= $1",
            &values![since, limit],
        )?;
        rows.iter().map(|row| Ok(Recent { outcome: row.text(0)?, late_ms: row.integer(1)? })).collect()
    }
}
