//! `neo self-test`: what a new program does on a copy of the data before it is installed.
//! What it tries: update/self_test. Who starts it: update/stage.

use std::process::ExitCode;

use clap::Args;

use super::{Place, say, say_json};
use crate::error::Result;
use crate::guard::{self, Limits};
use crate::update::self_test;

/// Seconds on the wall: whoever started it may have died.
const WALL: u64 = 180;

#[derive(Args)]
pub(super) struct SelfTest {
    #[arg(long)]
    json: bool,
}

impl SelfTest {
    pub(super) fn run(self, place: &Place) -> Result<ExitCode> {
        let usual = Limits::for_flow(guard::Flow::Command);
        guard::adjust(Limits { wall_seconds: Some(WALL), cpu_seconds: WALL, ..usual });
        let folder = place.folder()?;
        let _ = guard::set_log(&folder.guard_log());
        let verdict = self_test::run(folder)?;
        if self.json {
            say_json(&verdict)?;
        } else {
            for check in &verdict.checks {
                let sign = if check.ok { "good" } else { "BAD " };
                say(&format!("{sign}  {}: {}", check.name, check.found))?;
            }
        }
        Ok(ExitCode::from(if verdict.ok { 0 } else { 70 }))
    }
}
