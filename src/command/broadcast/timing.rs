//! The flags of `neo broadcast` that say when its mails may go out.
//! Not the moment at which it starts (mod).

use clap::Args;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::broadcast::Timing;
use crate::domain::calendar::{lead_of_earliest_zone, parse_moment};
use crate::error::Result;

/// When mails may go out; what is not given stays as it is.
#[derive(Args)]
pub(in crate::command) struct TimingFlags {
    /// Cancel what has not gone out by then; `never` takes it back.
    #[arg(long, value_name = "TIME")]
    not_later_than: Option<String>,
    /// Send nothing in the site's quiet hours.
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = ["yes", "no"])]
    quiet_hours: Option<String>,
    /// Send at this time of day in each reader's own zone (her field `time_zone`).
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = ["yes", "no"])]
    reader_time_zone: Option<String>,
}

impl TimingFlags {
    pub(super) fn apply(&self, app: &App, stored: Timing) -> Result<Timing> {
        let not_later_than = match self.not_later_than.as_deref() {
            None => stored.not_later_than,
            Some("never") => None,
            Some(typed) => Some(parse_moment(typed, app.settings.zone())?),
        };
        let choice =
            |typed: &Option<String>, stored: bool| typed.as_ref().map_or(stored, |word| word == "yes");
        Ok(Timing {
            not_later_than,
            keeps_quiet_hours: choice(&self.quiet_hours, stored.keeps_quiet_hours),
            in_reader_zone: choice(&self.reader_time_zone, stored.in_reader_zone),
        })
    }
}

/// How long before its time it has to start.
pub(super) fn lead(app: &App, at: Option<Instant>, timing: &Timing) -> i64 {
    match at.filter(|_| timing.in_reader_zone) {
        Some(at) => lead_of_earliest_zone(at, app.settings.zone()),
        None => 0,
    }
}
