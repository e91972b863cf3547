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
    if after.get() == After::SendUrgent {
        gateway::close_reply();
        // Whatever goes wrong here, the mail is in the ledger and the next tick sends it.
        let _ = send_urgent(surroundings);
    }
}

/// Sends the mail that a reader waits for: a tick of its own, unless one is running anyway.
fn send_urgent(surroundings: Surroundings) -> Result<()> {
    guard::stage("after/urgent");
    let budget = Budget::after_the_reply(Duration::from_secs(10), 5);
    let (app, store) = App::open(surroundings.folder?, surroundings.clock, budget)?;
    let mut transport = outlet::open(&app)?;
    tick::run(&app, &store, tick::Source::SignUp, transport.as_mut()).map(|_| ())
}
