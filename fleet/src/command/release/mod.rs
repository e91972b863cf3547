//! `neo-fleet release …`: open, check, sign, publish, roll out, halt. Not the rules: releases.
//!
//! Everything but `status`, `log` and `statement` is written into the release log.

mod canary;
mod check;
mod log;
mod open;
mod publish;
mod rollout;
mod sign;
mod signer;
mod status;

use clap::Subcommand;
use neo::error::{Error, Result};

use super::{Answer, show, warn};
use crate::app::{Fleet, Place};
use crate::releases::history::Release;
use crate::releases::journal::Journal;
use crate::texts::releases as texts;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Record a candidate and start its seven days.
    Open(open::Open),
    /// Make the checks of a day.
    Check(check::Check),
    /// Say why a check failed once although it passes now.
    Explain(check::Explain),
    /// Print what a signer signs, to be carried to her own machine.
    Statement(sign::StatementCommand),
    /// Sign a candidate, here or on a machine of one's own.
    Sign(sign::Sign),
    /// Who may sign.
    #[command(subcommand)]
    Signer(signer::Signer),
    /// The sites of our own, whose lists candidates serve first.
    #[command(subcommand)]
    OwnSite(canary::OwnSite),
    /// Ask the sites of our own which version they run (hourly, from cron).
    Canary(canary::CanaryCommand),
    /// Where the candidates stand, day by day.
    Status(status::Status),
    /// Publish, if nothing is against it.
    Publish(publish::Publish),
    /// Withdraw a release for good.
    Halt(publish::Halt),
    /// Offer a release to more sites.
    Rollout(rollout::Rollout),
    /// Look at the updated sites; stop a rollout that harms them (hourly, from cron).
    Watch(rollout::Watch),
    /// The release log.
    Log(log::Log),
}

impl Command {
    pub(super) fn run(self, place: &Place, is_json: bool) -> Result<Answer> {
        // On a signer's own machine there is no fleet.
        if let Command::Sign(command) = &self
            && command.is_elsewhere()
        {
            return command.sign_elsewhere(place);
        }
        if let Command::Signer(signer::Signer::NewKey(command)) = self {
            return command.run();
        }
        let mut fleet = Fleet::open(place)?;
        let mut journal = Journal::open(&mut fleet)?;
        self.with(&mut fleet, &mut journal, is_json)
    }

    fn with(self, fleet: &mut Fleet, journal: &mut Journal, is_json: bool) -> Result<Answer> {
        match self {
            Command::Open(command) => command.run(fleet, journal),
            Command::Check(command) => command.run(fleet, journal, is_json),
            Command::Explain(command) => command.run(fleet, journal),
            Command::Statement(command) => command.run(fleet, journal),
            Command::Sign(command) => command.run(fleet, journal),
            Command::Signer(command) => command.run(fleet, journal),
            Command::OwnSite(command) => command.run(fleet, journal),
            Command::Canary(command) => command.run(fleet, journal),
            Command::Status(command) => command.run(fleet, journal),
            Command::Publish(command) => command.run(fleet, journal, is_json),
            Command::Halt(command) => command.run(fleet, journal),
            Command::Rollout(command) => command.run(fleet, journal),
            Command::Watch(command) => command.run(fleet, journal),
            Command::Log(command) => command.run(fleet, journal),
        }
    }
}

/// The candidate or release of this version.
fn find(journal: &Journal, version: &str) -> Result<Release> {
    let found = journal.history.releases.get(version);
    found.cloned().ok_or_else(|| Error::not_found(texts::NOT_OPENED))
}

/// A name and a sentence that say something.
fn words(
    by: Option<&str>,
    says: Option<&str>,
    sentence: neo::texts::errors::Sentence,
) -> Result<(String, String)> {
    let word = |typed: Option<&str>| typed.map(str::trim).filter(|word| !word.is_empty()).map(str::to_string);
    match (word(by), word(says)) {
        (Some(by), Some(says)) => Ok((by, says)),
        _ => Err(Error::invalid(sentence)),
    }
}

/// The answer, also where the command ends as a failure.
fn show_before_failing(answer: &Answer, is_json: bool) -> Result<()> {
    if is_json {
        return show(answer, true);
    }
    answer.lines.iter().for_each(|line| warn(line));
    Ok(())
}
