//! The rows of the release log and the texts that it names by their hash; nothing is ever changed or deleted.
//! Not what they mean: releases/history.rs; not the chain: releases/entry.rs.

use neo::error::Result;
use neo::link::index::sha256_hex;

use super::{Row, Store};
use crate::values;

/// A row of the log as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    pub number: i64,
    pub at: i64,
    pub boot: String,
    pub uptime: i64,
    pub host: String,
    pub body: String,
    pub previous: String,
    pub hash: String,
    pub seal: String,
}

/// What the registry knows of one site, as the rollout looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub id: String,
    pub version: String,
    /// How often its guard cut something off within the last day, by its last answer.
    pub trips: i64,
    pub last_call: Option<i64>,
    pub last_ok: Option<i64>,
}

/// Rows read at once.
const PAGE: i64 = 1000;

impl Store {
    /// The whole log, from its beginning.
    pub fn release_log(&mut self) -> Result<Vec<LogRow>> {
        self.release_log_after(i64::MIN)
    }

    /// The entries after this number.
    pub fn release_log_after(&mut self, number: i64) -> Result<Vec<LogRow>> {
        let mut entries: Vec<LogRow> = Vec::new();
        loop {
            let after = entries.last().map_or(number, |entry| entry.number);
            let rows = self.query(
                "select number, at, boot, uptime, host, body, previous, hash, seal
                 from release_log where number > $1 order by number limit $2",
                &values![after, PAGE],
            )?;
            if rows.is_empty() {
                return Ok(entries);
            }
            for row in &rows {
                entries.push(entry(row)?);
            }
        }
    }

    pub fn release_log_end(&mut self) -> Result<Option<LogRow>> {
        let row = self.row(
            "select number, at, boot, uptime, host, body, previous, hash, seal
             from release_log order by number desc limit 1",
            &[],
        )?;
        row.as_ref().map(entry).transpose()
    }

    pub fn add_to_release_log(&mut self, row: &LogRow) -> Result<()> {
        let LogRow { number, at, boot, uptime, host, body, previous, hash, seal } = row;
        let write = "insert into release_log (number, at, boot, uptime, host, body, previous, hash, seal)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        self.execute(write, &values![*number, *at, boot, *uptime, host, body, previous, hash, seal])
            .map(|_| ())
    }

    /// Keeps a text and gives its hash.
    pub fn keep_release_text(&mut self, content: &[u8]) -> Result<String> {
        let sha256 = sha256_hex(content);
        let write =
            "insert into release_texts (sha256, content) values ($1, $2) on conflict (sha256) do nothing";
        self.execute(write, &values![&sha256, content.to_vec()])?;
        Ok(sha256)
    }

    /// A kept text, if it is there and still has its hash.
    pub fn release_text(&mut self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let row = self.row("select content from release_texts where sha256 = $1", &values![sha256])?;
        let content = row.map(|row| row.bytes(0)).transpose()?;
        Ok(content.filter(|content| sha256_hex(content) == sha256))
    }

    pub fn tick_url_of(&mut self, site: &str) -> Result<Option<String>> {
        let row = self.row("select tick_url from sites where id = $1", &values![site])?;
        row.map(|row| row.text(0)).transpose()
    }

    /// How many sites run this version with their guard at rest.
    pub fn sites_well_on(&mut self, version: &str) -> Result<i64> {
        let count = "select count(*) from sites where version = $1 and trips = 0 and state = 'active'";
        self.number(count, &values![version])
    }

    /// The active sites after this one, as the rollout looks at them.
    pub fn sites_seen_after(&mut self, id: &str) -> Result<Vec<Seen>> {
        let rows = self.query(
            "select id, version, trips, last_call, last_ok from sites
             where state = 'active' and id > $1 order by id limit $2",
            &values![id, PAGE],
        )?;
        rows.iter()
            .map(|row| {
                Ok(Seen {
                    id: row.text(0)?,
                    version: row.optional_text(1)?.unwrap_or_default(),
                    trips: row.integer(2)?,
                    last_call: row.optional_integer(3)?,
                    last_ok: row.optional_integer(4)?,
                })
            })
            .collect()
    }
}

fn entry(row: &Row) -> Result<LogRow> {
    Ok(LogRow {
        number: row.integer(0)?,
        at: row.integer(1)?,
        boot: row.text(2)?,
        uptime: row.integer(3)?,
        host: row.text(4)?,
        body: row.text(5)?,
        previous: row.text(6)?,
        hash: row.text(7)?,
        seal: row.text(8)?,
    })
}
