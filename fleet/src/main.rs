//! The executable of the vendor's server: a page of the portal under a web server, else the command line.
//! Nothing else happens here.

use std::process::ExitCode;

use neo::guard::{self, Flow, Limits};

fn main() -> ExitCode {
    // The query string arrives as arguments too: under a web server they are never looked at.
    let is_web = ["GATEWAY_INTERFACE", "REQUEST_METHOD"].iter().any(|name| std::env::var_os(name).is_some());
    if is_web {
        guard::arm(Flow::Web, Limits::for_flow(Flow::Web));
        neo_fleet::portal::serve(neo_fleet::app::Place::of_web_server());
        return ExitCode::SUCCESS;
    }
    neo_fleet::command::run()
}
