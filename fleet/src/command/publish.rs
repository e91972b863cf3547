//! `neo-fleet publish DIR`: brings the folder of a web server or CDN up to date.
//! Not what is in it: publish, incidents, releases.

use std::path::PathBuf;

use clap::Args;
use neo::error::{Error, Result};
use neo::texts::Language;
use serde_json::json;

use super::{Answer, warn};
use crate::app::Fleet;
use crate::texts::{Both, warnings};

#[derive(Args)]
pub(super) struct Publish {
    folder: PathBuf,
}

/// A ceremony needs people and an appointment.
const WARN_DAYS: i64 = 30;

impl Publish {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let report = crate::publish::publish(fleet, &self.folder)?;
        if report.keys_days_left < WARN_DAYS {
            let days = report.keys_days_left.to_string();
            warnings::KEY_LIST_ENDS.both(&[("days", &days)]).iter().for_each(|line| warn(line));
        }
        if let Some(refusal) = report.manifest_refused.as_ref().and_then(Error::refusal) {
            [Language::Ja, Language::En].iter().for_each(|language| warn(&refusal.say(*language)));
        }
        let lines = report.numbers.iter().map(|(name, number)| format!("{name} {number}")).collect();
        let value = serde_json::to_value(&report).map_err(|cause| Error::fault("writing JSON", cause))?;
        Ok(Answer::new(json!(value), lines))
    }
}
