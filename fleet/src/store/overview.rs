//! The fleet at a glance: counts of sites by version, clock and provider, and what belongs to a customer.
//! Not one site (sites) and not the calls (calls).

use neo::clock::Instant;
use neo::error::Result;

use super::{Row, Store};
use crate::values;

/// A word and how many sites it stands for.
#[derive(Clone, Debug)]
pub struct Count {
    pub word: String,
    pub sites: i64,
    /// Of those, the ones that were not heard of for long.
    pub silent: i64,
    /// Guard trips in a day, as the sites last said.
    pub trips: i64,
}

/// A customer's site, as she sees it.
#[derive(Clone, Debug)]
pub struct OwnSite {
    pub id: String,
    pub key: String,
    pub tick_url: String,
    pub version: Option<String>,
    pub wanted_clock: String,
    pub last_ok: Option<Instant>,
    pub last_beat: Option<Instant>,
}

fn read(row: &Row) -> Result<Count> {
    Ok(Count {
        word: row.optional_text(0)?.unwrap_or_default(),
        sites: row.integer(1)?,
        silent: row.optional_integer(2)?.unwrap_or(0),
        trips: row.optional_integer(3)?.unwrap_or(0),
    })
}

impl Store {
    fn counted(&mut self, column: &str, silent_since: Instant, order: &str) -> Result<Vec<Count>> {
        let sql = format!(
            "select {column}, count(*), cast(sum(case when coalesce(last_ok, added_at) < $1 then 1 else 0 end) as bigint),
                    cast(sum(trips) as bigint)
             from sites where state <> 'gone' group by {column} order by {order} limit 50"
        );
        self.query(&sql, &values![silent_since])?.iter().map(read).collect()
    }

    /// Sites by the version that they last said.
    pub fn sites_by_version(&mut self, silent_since: Instant) -> Result<Vec<Count>> {
        self.counted("version", silent_since, "2 desc, 1")
    }

    /// Sites by the clock that their owners want.
    pub fn sites_by_clock(&mut self, silent_since: Instant) -> Result<Vec<Count>> {
        self.counted("wanted_clock", silent_since, "2 desc, 1")
    }

    /// Sites by provider: those with most trips first, then the largest.
    pub fn sites_by_provider(&mut self, silent_since: Instant) -> Result<Vec<Count>> {
        self.counted("provider", silent_since, "4 desc, 2 desc, 1")
    }

    /// The sites that a customer's keys stand for.
    pub fn sites_of_customer(&mut self, customer: &str) -> Result<Vec<OwnSite>> {
        let rows = self.query(
            "select s.id, s.key, s.tick_url, s.version, s.wanted_clock, s.last_ok, s.last_beat
             from keys k join sites s on s.key = k.key
             where k.customer = $1 and s.state <> 'gone' order by s.id limit 200",
            &values![customer],
        )?;
        let site = |row: &Row| {
            Ok(OwnSite {
                id: row.text(0)?,
                key: row.text(1)?,
                tick_url: row.text(2)?,
                version: row.optional_text(3)?,
                wanted_clock: row.text(4)?,
                last_ok: row.optional_integer(5)?,
                last_beat: row.optional_integer(6)?,
            })
        };
        rows.iter().map(site).collect()
    }
}
