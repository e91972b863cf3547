//! Looks whether this program is being watched, before anything of it that may be broken; then runs.
//! Not what happens then: start.

use std::process::ExitCode;

fn main() -> ExitCode {
    let start = neo::guard::watch::begin();
    neo::start::run(start)
}
