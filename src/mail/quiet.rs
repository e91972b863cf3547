//! Whether the site's quiet hours keep broadcasts back, and until when.
//! Not which broadcasts keep them: each says so (domain/broadcast, Timing).

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::{TimeOfDay, day_of, on_day_after, start_of};
use crate::settings;

/// When the quiet hours end in which `now` lies; `None` outside of them.
pub fn end_of_quiet(app: &App, now: Instant) -> Option<Instant> {
    let setting = settings::find("quiet_hours").ok()?;
    let (from, until) = parse(app.settings.value(setting))?;
    let zone = app.settings.zone();
    let today = start_of(day_of(now, zone), zone);
    let at = |days, time| on_day_after(today, days, time, zone);
    let is_over_midnight = from > until;
    match is_over_midnight {
        true if now >= at(0, from) => Some(at(1, until)),
        true if now < at(0, until) => Some(at(0, until)),
        false if now >= at(0, from) && now < at(0, until) => Some(at(0, until)),
        _ => None,
    }
}

/// Reads `21:00-08:00`.
fn parse(typed: &str) -> Option<(TimeOfDay, TimeOfDay)> {
    let (from, until) = typed.split_once('-')?;
    let (from, until) = (TimeOfDay::parse(from).ok()?, TimeOfDay::parse(until).ok()?);
    (from != until).then_some((from, until))
}
