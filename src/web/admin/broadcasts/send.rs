//! What is done with a broadcast: a test to the owner, sending, taking it back, stopping.
//! Not the pages (show) and not the mails of readers (mail/tick): sending means giving it its time.

use super::named;
use super::show::{self, Typed};
use super::timing::TypedTiming;
use crate::app::App;
use crate::clock::Instant;
use crate::domain::broadcast::State;
use crate::domain::calendar::{self, lead_of_earliest_zone};
use crate::error::{Error, Result};
use crate::mail::activation;
use crate::store::{Reader, Writer};
use crate::texts::errors;
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::writing;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;

/// Waiting rows that the button itself cancels; the tick does the rest.
const CANCEL_CHUNK: i64 = 2000;
/// A year that was mistyped would be a mail that never goes out.
const FURTHEST_YEARS: i64 = 2;
const YEAR: i64 = 366 * 86_400;

/// POST /admin/broadcasts/NUMBER/test: the page again, with what the mail server said.
pub fn send_test(call: &Call, admin: &Admin, app: &mut App, store: &Writer, _form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let said = writing::send_test(call, admin, app, store, broadcast.message)?;
    show::page(call, admin, app, store, &Typed::default(), &Mistake::none(), Some(said))
}

/// POST /admin/broadcasts/NUMBER/send: first asks once more, with `confirmed` gives the broadcast its time.
/// `when` is `now`, `at` with a time in `at`, or `never`.
pub fn send(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let own_page = format!("/admin/broadcasts/{}", broadcast.message);
    let done = |word: &str| Ok(call.redirect(&format!("{own_page}?done={word}")));
    // A second press of the same button finds the work done.
    if !broadcast.state.may_be_edited() {
        return done("already");
    }
    if form.text("when") == "never" {
        store.schedule_broadcast(broadcast.message, None, &broadcast.timing, 0)?;
        return done("unscheduled");
    }
    let timing = TypedTiming::sent(form);
    let typed = Typed {
        when: form.text("when").to_string(),
        at: form.text("at").to_string(),
        timing: Some(timing.clone()),
    };
    let result = moment(call, app, store, &typed).and_then(|at| {
        let mut timing = timing.timing(app, at)?;
        // Without a set time there is no hour that could be each reader's own.
        timing.in_reader_zone &= typed.when == "at";
        if !form.has("confirmed") {
            return show::last_check(call, admin, app, store, &broadcast, &typed, at);
        }
        let lead = if timing.in_reader_zone { lead_of_earliest_zone(at, app.settings.zone()) } else { 0 };
        store.schedule_broadcast(broadcast.message, Some(at), &timing, lead)?;
        done(if typed.when == "at" { "scheduled" } else { "queued" })
    });
    page::or_again(call, result, |mistake| show::page(call, admin, app, store, &typed, mistake, None))
}

/// POST /admin/broadcasts/NUMBER/stop: nothing more is begun, and what waits is cancelled until it is resumed.
pub fn stop(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let now = app.clock.now();
    let is_stopped = store.stop_broadcast(broadcast.message, now)? || broadcast.state == State::Stopped;
    if is_stopped {
        store.cancel_waiting(broadcast.message, CANCEL_CHUNK, now)?;
    }
    let word = if is_stopped { "stopped" } else { "nothing" };
    Ok(call.redirect(&format!("/admin/broadcasts/{}?done={word}", broadcast.message)))
}

/// POST /admin/broadcasts/NUMBER/resume: the stopped go on with the same readers; with `for_good` never.
pub fn resume(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let word = match form.has("for_good") {
        true if store.give_up_broadcast(broadcast.message)? => "given-up",
        false if store.resume_broadcast(broadcast.message)? => "resumed",
        _ => "nothing",
    };
    Ok(call.redirect(&format!("/admin/broadcasts/{}?done={word}", broadcast.message)))
}

/// When it is to start. Refused while the law's details of the sender are missing, and after the key's end.
fn moment(call: &Call, app: &App, store: &Reader, typed: &Typed) -> Result<Instant> {
    activation::refuse_new_broadcast(app, store)?;
    if let Some(error) = show::missing_sender_details(app, call.language) {
        return Err(error);
    }
    let now = app.clock.now();
    if typed.when != "at" {
        return Ok(now);
    }
    let at = calendar::parse_moment(&typed.at, app.settings.zone())?;
    // The field knows minutes: the present minute has not passed.
    if at + 60 <= now {
        return Err(Error::invalid(errors::TIME_IN_THE_PAST).on("at"));
    }
    if at > now + FURTHEST_YEARS * YEAR {
        let years = FURTHEST_YEARS.to_string();
        return Err(Error::invalid(errors::TIME_TOO_FAR).with("years", years).on("at"));
    }
    Ok(at)
}
