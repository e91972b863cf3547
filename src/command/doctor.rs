//! `neo doctor`: stub
use super::{Place, say};
use crate::error::Result;
use clap::Args;
use std::process::ExitCode;
#[derive(Args)]
pub(super) struct Doctor {
    #[arg(long)]
    json: bool,
}
impl Doctor {
    pub(super) fn run(self, _place: &Place) -> Result<ExitCode> {
        say(if self.json { "{}" } else { "" })?;
        Ok(ExitCode::SUCCESS)
    }
}
