//! CGI or command line? Arms the guard, says where the data lies, and calls `web` or `command`.
//! Nothing else happens here.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use neo::clock::Clock;
use neo::guard::budget::Budget;
use neo::guard::{self, Flow, Limits, drill};
use neo::host::paths::{self, DataFolder};
use neo::web::Surroundings;

fn main() -> ExitCode {
    // The query string arrives as arguments too: under a web server they are never looked at.
    let is_web = ["GATEWAY_INTERFACE", "REQUEST_METHOD"].iter().any(|name| std::env::var_os(name).is_some());
    if is_web {
        guard::arm(Flow::Web, Limits::for_flow(Flow::Web));
        neo::web::serve(surroundings());
        return ExitCode::SUCCESS;
    }
    if let Some((kind, folder)) = drill::asked() {
        return drill::runaway(kind, &folder);
    }
    neo::command::run()
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
fn web_folder() -> neo::error::Result<DataFolder> {
    let program =
        std::env::current_exe().map_err(|cause| neo::error::Error::fault("finding the program", cause))?;
    paths::refuse_wrong_user(&program)?;
    if let Some(named) = std::env::var_os("NEO_DATA") {
        return DataFolder::named(&PathBuf::from(named));
    }
    let root = std::env::var_os("DOCUMENT_ROOT").filter(|root| !root.is_empty()).map(PathBuf::from);
    DataFolder::found(&program, root.as_deref())
}
