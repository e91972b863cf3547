//! The executable of the vendor's server: reads the command line and runs it.
//! Nothing else happens here.

use std::process::ExitCode;

fn main() -> ExitCode {
    neo_fleet::command::run()
}
