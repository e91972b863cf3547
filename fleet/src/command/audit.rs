//! `neo-fleet audit`: who did what, newest first.
//! Nothing deletes from it.

use clap::Args;
use neo::error::Result;
use serde_json::json;

use super::Answer;
use crate::app::Fleet;

#[derive(Args)]
pub(super) struct Audit {
    /// Only what was done to this key, site, customer, incident …
    #[arg(long)]
    about: Option<String>,
    /// Go on below this line.
    #[arg(long)]
    before: Option<i64>,
    #[arg(long, default_value_t = 100)]
    limit: i64,
}

impl Audit {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let entries =
            fleet.store.audit_lines(self.about.as_deref(), self.before, self.limit.clamp(1, 1000))?;
        let lines = entries
            .iter()
            .map(|entry| format!("{} {} {}: {} {}", entry.id, entry.at, entry.who, entry.what, entry.about))
            .collect();
        Ok(Answer::new(json!({ "entries": entries }), lines))
    }
}
