//! `neo tick`: what cron calls. Silent on success, since cron panels mail every output.
//! The tick itself: mail/tick.

use std::time::Duration;

use clap::Args;

use super::{Place, say_json};
use crate::error::{Error, Result};
use crate::guard::Flow;
use crate::guard::budget::Budget;
use crate::mail::{outlet, tick};
use crate::settings;
use crate::texts::errors;
use crate::update;

#[derive(Args, Default)]
pub(super) struct Tick {
    /// Print the report.
    #[arg(long)]
    json: bool,
}

impl Tick {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (mut app, store) = place.open()?;
        app.heed_limits(Flow::Cron);
        if !app.settings.has(&settings::TICK_SOURCES_ALLOWED, "cron") {
            return Err(Error::denied(errors::SOURCE_NOT_ALLOWED));
        }
        let whole = |number: i64| u64::try_from(number).unwrap_or(0);
        // The tick ends by itself before the guard ends it.
        let wall = app.settings.number(&settings::GUARD_WALL) * 8 / 10;
        let seconds = Duration::from_secs(whole(app.settings.number(&settings::TICK_SECONDS).min(wall)));
        let messages = whole(app.settings.number(&settings::TICK_MESSAGES));
        app.budget = Budget::new(seconds, messages, 10_000_000);
        let mut transport = outlet::open(&app)?;
        let mut report = tick::run(&app, &store, tick::Source::Cron, transport.as_mut())?;
        update::after_tick(&app, &store, tick::Source::Cron, &mut report);
        if self.json {
            say_json(&report)?;
        }
        Ok(())
    }
}
