//! What main does: the watch first, then CGI or command line. The guard is armed, and `web` or `command` is called.
//! Nothing else happens here. It is no part of main.rs so that a test can build a program that fails after its first lines.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::clock::Clock;
use crate::guard::budget::Budget;
use crate::guard::watch::Start;
use crate::guard::{self, Flow, Limits, drill};
use crate::host::paths::{self, DataFolder};
use crate::update::rollback;
use crate::web::Surroundings;

/// Runs to the end. `start` is what [`guard::watch::begin`] said, before anything else was done.
pub fn run(start: Start) -> ExitCode {
    // The query string arrives as arguments too: under a web server they are never looked at.
    let is_web = ["GATEWAY_INTERFACE", "REQUEST_METHOD"].iter().any(|name| std::env::var_os(name).is_some());
    if is_web {
        guard::arm(Flow::Web, Limits::for_flow(Flow::Web));
        settle(&start, Flow::Web);
        crate::web::serve(surroundings());
        guard::watch::end();
        return ExitCode::SUCCESS;
    }
    if let Some((kind, folder)) = drill::asked() {
        return drill::runaway(kind, &folder);
    }
    settle(&start, Flow::Command);
    let code = crate::command::run();
    guard::watch::end();
    code
}

fn settle(start: &Start, flow: Flow) {
    if let Start::PutBack(watch) = start {
        if flow == Flow::Command {
            guard::arm(flow, Limits::for_flow(flow));
        }
        rollback::settle_after_start(watch, flow);
    }
}

/// What a request may use: less than the brake's 25 seconds, so that a page ends by itself first.
fn surroundings() -> Surroundings {
    let folder = web_folder();
    if let Ok(folder) = &folder {
        let _ = guard::set_log(&folder.guard_log());
    }
    Surroundings {
        folder,
        clock: Clock::machine(),
        budget: Budget::new(Duration::from_secs(20), 10_000, 10_000_000),
    }
}

/// The data folder of a web request: named in the web server's configuration, else found beside the web root.
fn web_folder() -> crate::error::Result<DataFolder> {
    let program =
        std::env::current_exe().map_err(|cause| crate::error::Error::fault("finding the program", cause))?;
    paths::refuse_wrong_user(&program)?;
    if let Some(named) = std::env::var_os("NEO_DATA") {
        return DataFolder::named(&PathBuf::from(named));
    }
    let root = std::env::var_os("DOCUMENT_ROOT").filter(|root| !root.is_empty()).map(PathBuf::from);
    DataFolder::found(&program, root.as_deref())
}
