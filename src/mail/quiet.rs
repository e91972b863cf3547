//! Whether the site's quiet hours keep broadcasts back, and until when.
//! Not which broadcasts keep them (domain/broadcast, Timing) and not the hours themselves (domain/rest).

use crate::app::App;
use crate::clock::Instant;

/// When the quiet hours end in which `now` lies; `None` outside of them.
pub fn end_of_quiet(app: &App, now: Instant) -> Option<Instant> {
    let end = app.settings.rest().allowed_from(now, false, app.settings.zone());
    (end > now).then_some(end)
}

/// The quiet hours in minutes of the day, for a broadcast that keeps them.
pub fn minutes(app: &App, keeps_quiet_hours: bool) -> Option<(i64, i64)> {
    let (from, until) = app.settings.rest().quiet_hours().filter(|_| keeps_quiet_hours)?;
    Some((from.minutes(), until.minutes()))
}
