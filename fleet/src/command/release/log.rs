//! `neo-fleet release log`: the entries as they stand, and a text that was kept. Writes nothing.
//! Not the chain: releases/entry.rs.

use clap::Args;
use neo::error::Result;
use serde_json::{Value, json};

use super::Answer;
use crate::app::Fleet;
use crate::releases::day;
use crate::releases::entry::Entry;
use crate::releases::journal::Journal;
use crate::releases::reason::Reason;

#[derive(Args)]
pub(crate) struct Log {
    /// From this entry on.
    #[arg(long, default_value_t = 1)]
    from: i64,
    #[arg(long, default_value_t = 1000)]
    limit: usize,
    /// Print a kept output, answer or plan by its hash.
    #[arg(long, value_name = "SHA256")]
    text: Option<String>,
}

impl Log {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &Journal) -> Result<Answer> {
        if let Some(sha256) = &self.text {
            let damaged = || Reason::StoreDamaged { what: sha256.clone() }.refusal();
            let text = fleet.store.release_text(sha256)?.ok_or_else(damaged)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            return Ok(Answer::line(json!({ "sha256": sha256, "text": text }), text.clone()));
        }
        let entries: Vec<&Entry> =
            journal.entries.iter().filter(|entry| entry.number >= self.from).take(self.limit).collect();
        if let (Some(flaw), true) = (&journal.flaw, entries.is_empty()) {
            return Err(Reason::Log(flaw.clone()).refusal());
        }
        let told = entries.iter().map(|entry| {
            let body: Value = serde_json::from_str(&entry.body).unwrap_or(Value::Null);
            json!({
                "number": entry.number, "at": entry.moment.at, "boot": entry.moment.boot,
                "uptime": entry.moment.uptime, "host": entry.moment.host, "event": body, "hash": entry.hash,
            })
        });
        let told: Vec<Value> = told.collect();
        let lines = entries.iter().map(|entry| {
            format!("{} {} {} {}", entry.number, day::say(entry.moment.at), entry.moment.host, entry.body)
        });
        Ok(Answer::new(json!({ "entries": told }), lines.collect()))
    }
}
