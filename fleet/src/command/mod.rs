//! The command line of the vendor's server, one file per noun. Not the work itself: store, and the modules beside it.
//!
//! Exit codes as NEO's (sysexits.h): 0 ok, 64 usage, 65 bad data, 70 fault, 75 busy, 78 configuration. `--json` prints one
//! JSON line.

mod audit;
mod customer;
mod extend;
mod incident;
mod init;
mod key;
mod news;
mod notice;
mod poll;
mod portal;
mod publish;
mod release;
mod relocate;
mod root;
mod signing;
mod site;
mod user;
mod words;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use neo::error::{Error, Result};
use neo::texts::Language;
use serde_json::Value as Json;

use crate::app::{Fleet, Place};

/// The vendor's server of NEO: customers, activation keys, sites, signing keys, publication.
#[derive(Parser)]
#[command(name = "neo-fleet", version, disable_help_subcommand = true)]
struct Line {
    /// The fleet's folder (else NEO_FLEET_DATA, else ./fleet-data).
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The database: sqlite:PATH or postgres://… (else NEO_FLEET_DATABASE, else DIR/fleet.sqlite).
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Print one JSON line.
    #[arg(long, global = true)]
    json: bool,
    /// Who is at work, for the audit (else the system user's name).
    #[arg(long = "as", global = true, value_name = "NAME")]
    who: Option<String>,
    /// The fleet is a rehearsal: NEO_FLEET_NOW (UTC seconds) is its clock.
    #[arg(long, global = true)]
    rehearsal: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new fleet.
    Init(init::Init),
    /// Who did what.
    Audit(audit::Audit),
    /// Candidates, their seven days, publication, rollout.
    #[command(subcommand)]
    Release(release::Command),
    /// Customers.
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// Activation keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Installs.
    #[command(subcommand)]
    Site(site::SiteCommand),
    /// The offline root key.
    #[command(subcommand)]
    Root(root::RootCommand),
    /// The online signing keys.
    #[command(subcommand)]
    Signing(signing::SigningCommand),
    /// Bring a folder up to date that any web server can hand out.
    Publish(publish::Publish),
    /// Call sites when something is due there; `poll status` says how it goes.
    Poll(poll::Poll),
    /// Incidents: what customers are told, and which reports are owed.
    #[command(subcommand)]
    Incident(incident::IncidentCommand),
    /// The outbox of mails to customers and staff.
    #[command(subcommand)]
    Notice(notice::NoticeCommand),
    /// News that is no incident.
    #[command(subcommand)]
    News(news::NewsCommand),
    /// The company's closed days.
    #[command(subcommand)]
    Closure(news::ClosureCommand),
    /// Who may sign in to the portal.
    #[command(subcommand)]
    User(user::UserCommand),
    /// The portal: what a web server needs.
    Portal(portal::Portal),
    /// Copy the fleet into another database, checked, and go on there.
    Move(relocate::Relocate),
}

/// A piece of a long list.
#[derive(clap::Args)]
pub(crate) struct Page {
    /// Go on after this one (`next` of the answer before).
    #[arg(long)]
    after: Option<String>,
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1000))]
    limit: i64,
}

impl Page {
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    pub(crate) fn limit(&self) -> i64 {
        self.limit
    }

    /// Where the list goes on, if it may.
    pub(crate) fn next(&self, count: usize, last: Option<&str>) -> Option<String> {
        let is_full = i64::try_from(count).is_ok_and(|count| count >= self.limit);
        last.filter(|_| is_full).map(ToString::to_string)
    }
}

/// What a command has to say: JSON for scripts, lines for people.
pub(crate) struct Answer {
    json: Json,
    lines: Vec<String>,
}

impl Answer {
    pub(crate) fn new(json: Json, lines: Vec<String>) -> Answer {
        Answer { json, lines }
    }

    /// The same with one line.
    pub(crate) fn line(json: Json, line: impl Into<String>) -> Answer {
        Answer { json, lines: vec![line.into()] }
    }
}

/// Reads the arguments and runs the command.
pub fn run() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(refused) => {
            // Help and version are no failure; clap prints them where they belong.
            let _ = refused.print();
            return ExitCode::from(if refused.use_stderr() { 64 } else { 0 });
        }
    };
    let is_json = line.json;
    match dispatch(line).and_then(|answer| show(&answer, is_json)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(line: Line) -> Result<Answer> {
    let place = place(&line)?;
    let is_json = line.json;
    match line.command {
        Command::Init(command) => command.run(&place),
        Command::Audit(command) => command.run(&mut Fleet::open(&place)?),
        Command::Release(command) => command.run(&place, is_json),
        Command::Customer(command) => command.run(&mut Fleet::open(&place)?),
        Command::Key(command) => command.run(&mut Fleet::open(&place)?),
        Command::Site(command) => command.run(&mut Fleet::open(&place)?),
        Command::Root(command) => command.run(),
        Command::Signing(command) => command.run(&mut Fleet::open(&place)?),
        Command::Publish(command) => command.run(&mut Fleet::open(&place)?),
        Command::Move(command) => command.run(&place),
        Command::Incident(command) => command.run(&mut Fleet::open(&place)?),
        Command::Notice(command) => command.run(&mut Fleet::open(&place)?),
        Command::News(command) => command.run(&mut Fleet::open(&place)?),
        Command::Closure(command) => command.run(&mut Fleet::open(&place)?),
        Command::User(command) => command.run(&mut Fleet::open(&place)?),
        Command::Portal(command) => command.run(&mut Fleet::open(&place)?),
        Command::Poll(command) => command.run(&mut Fleet::open(&place)?),
    }
}

fn place(line: &Line) -> Result<Place> {
    Place::named(line.data.clone(), line.database.clone(), line.who.clone(), line.rehearsal)
}

fn show(answer: &Answer, is_json: bool) -> Result<()> {
    match is_json {
        true => say(&answer.json.to_string()),
        false => answer.lines.iter().try_for_each(|line| say(line)),
    }
}

/// Prints one line for people or scripts.
fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::fault("writing to standard output", cause))
        }
        _ => Ok(()),
    }
}

/// Reads a small file that the command line names.
pub(crate) fn read_file(path: &std::path::Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|cause| {
        Error::invalid(neo::texts::errors::FILE_NOT_READABLE)
            .with("file", path)
            .with("why", cause.to_string())
    })
}

/// A warning that does not stop a script.
pub(crate) fn warn(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "neo-fleet: {sentence}");
}

/// Both languages: a script's log may be read by either.
fn complain(error: &Error) {
    match (error, error.refusal()) {
        (_, Some(refusal)) => {
            warn(&refusal.say(Language::Ja));
            warn(&refusal.say(Language::En));
        }
        (Error::Fault(fault), _) => warn(&format!("while {}: {} (E9001)", fault.doing, fault.cause)),
        _ => {}
    }
}
