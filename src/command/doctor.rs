//! `neo doctor`: the checks of site and host, for people and scripts.
//! Not the checks themselves: doctor.

use std::process::ExitCode;

use clap::Args;

use super::{Place, say, say_json};
use crate::doctor::{State, cannot_open, examine};
use crate::error::Result;
use crate::texts::Language;

#[derive(Args)]
pub(super) struct Doctor {
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self, place: &Place) -> Result<ExitCode> {
        // A site that cannot be opened is what a doctor is for: it is a finding, not a failure.
        let report = match place.open() {
            Ok((app, store)) => examine(&app, &store, None, app.settings.language())?,
            Err(error) => cannot_open(&error, Language::default()),
        };
        if self.json {
            say_json(&report)?;
        } else {
            for check in &report.checks {
                let sign = match check.state {
                    State::Good => "good",
                    State::Warn => "warn",
                    State::Bad => "BAD ",
                };
                say(&format!("{sign}  {}: {}", check.title, check.found))?;
                if !check.to_do.is_empty() {
                    say(&format!("      -> {}", check.to_do))?;
                }
            }
        }
        Ok(ExitCode::from(if report.ok { 0 } else { 78 }))
    }
}
