//! One CGI request from end to end: read, handle, write, and what is left to do afterwards.
//! Not the choice of the page: handle.

use std::cell::Cell;
use std::time::Duration;

use super::call::Surroundings;
use super::handle::{After, fault_reply, handle};
use super::{gateway, routes};
use crate::app::App;
use crate::error::Result;
use crate::guard;
use crate::guard::Budget;
use crate::mail::{outlet, tick};
use crate::store::safe_mode::Peak;
use crate::texts::Language;

/// Answers the one request of this process.
pub fn serve(surroundings: Surroundings) {
    let after = Cell::new(After::Nothing);
    gateway::serve(
        routes::body_cap,
        |request| {
            let (reply, left) = handle(&request, &surroundings);
            after.set(left);
            reply
        },
        |fault| fault_reply(Language::default(), &surroundings, fault),
        guard::header_sent,
    );
    guard::watch::end();
    // Whatever goes wrong here, the mails are in the ledger and the next tick sends them.
    match after.get() {
        After::Nothing => {}
        After::SendUrgent => {
            gateway::close_reply();
            let _ = send_urgent(surroundings);
        }
        After::Visit => {
            gateway::close_reply();
            let _ = tick_by_visit(surroundings);
        }
        After::Sample => {
            gateway::close_reply();
            let _ = sample(surroundings);
        }
    }
}

/// Sends the mail that a reader waits for: a tick of its own, unless one is running anyway.
fn send_urgent(surroundings: Surroundings) -> Result<()> {
    guard::stage("after/urgent");
    tick_after_the_reply(surroundings, Duration::from_secs(10), 5, tick::Source::SignUp)
}

/// The clocks are silent: this visit does a small piece of their work.
fn tick_by_visit(surroundings: Surroundings) -> Result<()> {
    guard::stage("after/visit");
    tick_after_the_reply(surroundings, Duration::from_secs(5), 30, tick::Source::Visit)
}

fn tick_after_the_reply(
    surroundings: Surroundings,
    wall: Duration,
    messages: u64,
    source: tick::Source,
) -> Result<()> {
    let budget = Budget::after_the_reply(wall, messages);
    let (app, store) = App::open(surroundings.folder?, surroundings.clock, budget)?;
    let mut transport = outlet::open(&app)?;
    tick::run(&app, &store, source, transport.as_mut()).map(|_| ())
}

/// Notes what this request took, for the guard's page.
fn sample(surroundings: Surroundings) -> Result<()> {
    guard::stage("after/sample");
    let used = guard::measure();
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let peak = Peak {
        peak_rss_kib: whole(used.peak_rss_kib),
        cpu_ms: whole(used.cpu_ms),
        elapsed_ms: whole(used.elapsed_ms),
        ..Peak::default()
    };
    let (app, store) = App::open(surroundings.folder?, surroundings.clock, surroundings.budget)?;
    store.note_peak("web", &peak, app.clock.now())
}
