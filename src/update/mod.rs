//! A newer program in the place of this one: fetched, tried on a copy of the data, put in place, watched, put back when
//! it fails. Not what the vendor says is new: link/update. Not the watch itself: guard/watch, which works before main does.

pub mod fetch;
pub mod files;
pub mod look;
pub mod offer;
pub mod place;
pub mod rollback;
pub mod self_test;
pub mod stage;
pub mod state;
pub mod work;

use std::time::{Duration, Instant as Moment};

use chrono::Timelike;

use crate::app::App;
use crate::domain::calendar::{self, rfc3339_utc};
use crate::error::Result;
use crate::guard;
use crate::mail::tick::{Report, Source, Updated};
use crate::settings;
use crate::store::Writer;
use crate::update::files::Place;
use crate::update::offer::{Mode, Site};
use crate::update::state::{Entry, State, Step};
use crate::update::work::Worker;
use crate::version;

/// Seconds that a tick leaves between its end and the guard's.
const SPARE: u64 = 4;
/// Seconds for which the vendor's poller is told what came of an update.
const TOLD_FOR: i64 = 7 * 86_400;

/// What a tick does for updates once its mails are out, and what its report says of them. Nothing of it may keep the
/// report from being given: what went wrong stands in the state and in fault.log.
pub fn after_tick(app: &App, store: &Writer, source: Source, report: &mut Report) {
    guard::stage("update/look");
    match advance(app, store, source) {
        Ok(Some(state)) => tell(app, &state, report),
        Ok(None) => {}
        Err(error) => {
            let line = format!("{} update: {}", app.clock.now(), self_test::words(&error));
            crate::host::fault_log::append(&app.folder.fault_log(), &line);
        }
    }
}

/// Goes on with what is to be done; `None`: nothing is known of updates here.
fn advance(app: &App, store: &Writer, source: Source) -> Result<Option<State>> {
    let place = Place::of(&app.folder)?;
    let is_known = place.folder.exists();
    let manifest = store.manifest()?.filter(|manifest| is_of_interest(manifest, app));
    if !is_known
        && (manifest.is_none() || Mode::parse(app.settings.value(&settings::UPDATE_MODE)) != Mode::Auto)
    {
        return Ok(None);
    }
    place.make()?;
    let Ok(_lock) = place::lock(&place.lock()) else { return Ok(Some(State::read(&place))) };
    let wall = match source {
        Source::Cron => &settings::GUARD_WALL,
        _ => &settings::GUARD_WEB_WALL,
    };
    let wall = u64::try_from(app.settings.number(wall)).unwrap_or(0).saturating_sub(SPARE);
    let left = Duration::from_secs(wall).saturating_sub(Duration::from_millis(guard::measure().elapsed_ms));
    let state = State::read(&place);
    let is_web = source != Source::Cron;
    let ends = Moment::now().checked_add(left);
    let mut worker = Worker { app, store, place, state, manifest: store.manifest()?, ends, is_web };
    worker.run()?;
    Ok(Some(worker.state))
}

/// This site, as the offer sees it.
pub fn site(app: &App) -> Site<'_> {
    Site {
        running: version::version(),
        target: version::target(),
        site: app.settings.value(&settings::SITE_ID),
        now: app.clock.now(),
    }
}

/// Whether a manifest asks for anything: it names another version than this, or takes this one back.
fn is_of_interest(manifest: &crate::link::update::Manifest, app: &App) -> bool {
    let running = version::version();
    manifest.expires > app.clock.now()
        && (crate::link::update::is_newer(&manifest.version, running)
            || manifest.withdrawn.iter().any(|withdrawn| withdrawn == running))
}

/// The report says what came of the latest update, and asks to be called again for one that waits.
fn tell(app: &App, state: &State, report: &mut Report) {
    let now = app.clock.now();
    let latest = state.history.last().filter(|entry| now - entry.at < TOLD_FOR);
    report.update = match (&state.work, latest) {
        (Some(work), _) => Some(Updated {
            from: version::version().to_string(),
            to: work.version.clone(),
            outcome: work.step.word(),
            at: rfc3339_utc(work.begun_at),
            why: work.trouble.clone(),
        }),
        (None, Some(entry)) => Some(told(entry)),
        (None, None) => None,
    };
    let Some(work) = &state.work else { return };
    let call_at = match work.step {
        Step::Download | Step::Test | Step::Place => now + 60,
        Step::Copy if state.wanted.as_ref() == Some(&work.version) => now + 60,
        Step::Copy => next_hour(app, now),
        Step::Watch => now + 3600,
    };
    let call_at = rfc3339_utc(call_at.max(work.again_at));
    // Both are written alike, so the letters sort as the moments do.
    if call_at < report.next_due {
        report.next_due = call_at;
    }
}

fn told(entry: &Entry) -> Updated {
    Updated {
        from: entry.from.clone(),
        to: entry.to.clone(),
        outcome: entry.outcome.word(),
        at: rfc3339_utc(entry.at),
        why: entry.why.clone(),
    }
}

/// The next beginning of the chosen hour.
fn next_hour(app: &App, now: i64) -> i64 {
    let local = calendar::local(now, app.settings.zone());
    let chosen = app.settings.number(&settings::UPDATE_HOUR);
    let ahead = (chosen - i64::from(local.hour())).rem_euclid(24);
    let whole = now - i64::from(local.minute()) * 60 - i64::from(local.second());
    (whole + ahead * 3600).max(now + 60)
}
