//! `neo rehearse`: what would be sent, to whom, when.
//! The rehearsal itself: mail/rehearse.

use std::path::PathBuf;

use clap::Args;

use super::{Place, say, say_json};
use crate::domain::calendar::parse_until;
use crate::error::Result;
use crate::guard::{self, Limits};
use crate::mail::rehearse;

#[derive(Args)]
pub(super) struct Rehearse {
    /// A day (YYYY-MM-DD, to its end) or a moment.
    #[arg(long)]
    until: String,
    /// Where schedule.jsonl is written.
    #[arg(long)]
    out: PathBuf,
    #[arg(long)]
    json: bool,
}

impl Rehearse {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        // A year of a large list takes longer than other commands; a person watches.
        guard::adjust(Limits { cpu_seconds: 600, ..Limits::for_flow(guard::Flow::Command) });
        let (app, store) = place.open()?;
        let until = parse_until(&self.until, app.settings.zone())?;
        let report = rehearse::run(&app, &store, until, &self.out)?;
        match self.json {
            true => say_json(&report),
            false => {
                say(&format!("{} mails until {}: {}", report.mails, report.until, report.schedule.display()))
            }
        }
    }
}
