//! `neo drill KIND`: a real runaway under the guard.
//! The runaways themselves: guard/drill.

use std::process::ExitCode;

use clap::Args;

use super::{Place, say, say_json};
use crate::error::{Error, Result};
use crate::guard::drill::{self, DrillKind};
use crate::texts::errors;

#[derive(Args)]
pub(super) struct Drill {
    /// memory, cpu, loop, wall, stack, disk or processes.
    kind: String,
    #[arg(long)]
    json: bool,
}

impl Drill {
    pub(super) fn run(self, place: &Place) -> Result<ExitCode> {
        let kind = DrillKind::parse(&self.kind).ok_or_else(|| Error::invalid(errors::NOTHING_TO_DO))?;
        let report = drill::run(kind, place.folder()?.path())?;
        if self.json {
            say_json(&report)?;
        } else {
            let signal = report.signal.as_deref().unwrap_or("no signal");
            say(&format!(
                "{}: stopped by {} ({signal}) after {} ms, peak {} KiB of {} KiB",
                self.kind, report.stopped_by, report.after_ms, report.peak_rss_kib, report.limit_kib
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
