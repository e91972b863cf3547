//! The command line, one file per noun. Not the work itself: mail, store, host, guard.
//!
//! Exit codes (sysexits.h): 0 ok, 64 usage, 65 bad data, 70 fault, 75 busy or cut off, 78 configuration. `--json`
//! prints one JSON line. Without any argument it is a tick, for cron panels that take a path only.

mod activate;
mod backup;
mod broadcast;
mod doctor;
mod drill;
mod export;
mod feedback;
mod field;
mod import;
mod ledger;
mod link;
mod list;
mod news;
mod rehearse;
mod restore;
mod segment;
mod self_test;
mod sequence;
mod setting;
mod setup;
mod subscriber;
mod tag;
mod tick;
mod update;
mod user;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::guard::{self, Flow, Limits};
use crate::host::paths::DataFolder;
use crate::store::Writer;
use crate::texts::Language;

/// NEO: newsletters and step mails.
#[derive(Parser)]
#[command(name = "neo", version = crate::version::version(), disable_help_subcommand = true)]
struct Line {
    /// The data folder (else NEO_DATA, else found beside the web root).
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Set up a new site.
    Setup(setup::Setup),
    /// Send what is due (this is what cron calls).
    Tick(tick::Tick),
    /// Read or change a setting.
    #[command(subcommand)]
    Setting(setting::Setting),
    /// Reader lists.
    #[command(subcommand)]
    List(list::List),
    /// Readers.
    #[command(subcommand)]
    Subscriber(subscriber::Subscriber),
    /// The readers' own fields.
    #[command(subcommand)]
    Field(field::FieldCommand),
    /// Saved conditions on readers.
    #[command(subcommand)]
    Segment(segment::SegmentCommand),
    /// Tags of readers.
    #[command(subcommand)]
    Tag(tag::TagCommand),
    /// Take a file of readers into a list.
    Import(import::Import),
    /// Write the readers of a list to standard output.
    Export(export::Export),
    /// Copy the whole site into one file, while it runs.
    Backup(backup::Backup),
    /// Put a backup in the place of the database.
    Restore(restore::Restore),
    /// Broadcasts.
    #[command(subcommand)]
    Broadcast(broadcast::Broadcast),
    /// Sequences (step mail).
    #[command(subcommand)]
    Sequence(sequence::Sequence),
    /// Show what would be sent, to whom, when: the real engine on a copy with a moving clock.
    Rehearse(rehearse::Rehearse),
    /// The counts of a message, or of all.
    Ledger(ledger::Ledger),
    /// Take in a mail that came back: bounce, complaint, wish to leave (for .forward and .mailfilter).
    Feedback(feedback::Feedback),
    /// Take in an activation key or its token, or say where the site stands.
    Activate(activate::Activate),
    /// Print the vendor's incidents and news as they were heard last.
    News(news::News),
    /// The line to the vendor.
    #[command(subcommand)]
    Link(link::Link),
    /// Check the site and the host.
    Doctor(doctor::Doctor),
    /// Run a real runaway under the guard and say what stopped it.
    Drill(drill::Drill),
    /// Who may sign in.
    #[command(subcommand)]
    User(user::User),
    /// A newer version of this program: what is offered, install it, hold it, go back.
    Update(update::Update),
    /// What a new program does on a copy of the data before it is installed.
    SelfTest(self_test::SelfTest),
    /// Print the version.
    Version,
}

/// Reads the arguments and runs the command.
pub fn run() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(refused) => {
            // Help and version are no failure; clap prints them where they belong.
            let _ = refused.print();
            let is_for_mail_server = refused.render().to_string().contains(" feedback ");
            let usage = if is_for_mail_server { TRY_AGAIN } else { 64 };
            return ExitCode::from(if refused.use_stderr() { usage } else { 0 });
        }
    };
    let is_tick = matches!(line.command, None | Some(Command::Tick(_)));
    let flow = if is_tick { Flow::Cron } else { Flow::Command };
    let is_for_mail_server = matches!(line.command, Some(Command::Feedback(_)));
    guard::arm(flow, Limits::for_flow(flow));
    match dispatch(line) {
        Ok(code) => code,
        Err(error) => {
            if error.is_of_the_program() {
                guard::watch::note_failure();
            }
            complain(&error);
            ExitCode::from(if is_for_mail_server { TRY_AGAIN } else { error.exit_code() })
        }
    }
}

/// What a mail server takes for "later"; any other failure it would mail back (sysexits.h, EX_TEMPFAIL).
const TRY_AGAIN: u8 = 75;

fn dispatch(line: Line) -> Result<ExitCode> {
    let place = Place { named: line.data };
    let done = match line.command {
        None => tick::Tick::default().run(&place),
        Some(Command::Tick(command)) => command.run(&place),
        Some(Command::Setup(command)) => command.run(&place),
        Some(Command::Setting(command)) => command.run(&place),
        Some(Command::List(command)) => command.run(&place),
        Some(Command::Subscriber(command)) => command.run(&place),
        Some(Command::Field(command)) => command.run(&place),
        Some(Command::Segment(command)) => command.run(&place),
        Some(Command::Tag(command)) => command.run(&place),
        Some(Command::Import(command)) => command.run(&place),
        Some(Command::Export(command)) => command.run(&place),
        Some(Command::Backup(command)) => command.run(&place),
        Some(Command::Restore(command)) => command.run(&place),
        Some(Command::Broadcast(command)) => command.run(&place),
        Some(Command::Sequence(command)) => command.run(&place),
        Some(Command::Rehearse(command)) => command.run(&place),
        Some(Command::Ledger(command)) => command.run(&place),
        Some(Command::Feedback(command)) => command.run(&place),
        Some(Command::Activate(command)) => command.run(&place),
        Some(Command::News(command)) => command.run(&place),
        Some(Command::Link(command)) => command.run(&place),
        Some(Command::Doctor(command)) => return command.run(&place),
        Some(Command::Drill(command)) => return command.run(&place),
        Some(Command::User(command)) => command.run(&place),
        Some(Command::Update(command)) => command.run(&place),
        Some(Command::SelfTest(command)) => return command.run(&place),
        Some(Command::Version) => say(&format!("neo {}", crate::version::version())),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Where the data folder is, as far as the command line says.
pub(crate) struct Place {
    named: Option<PathBuf>,
}

impl Place {
    pub(crate) fn folder(&self) -> Result<DataFolder> {
        if let Some(named) = self.named.clone().or_else(|| std::env::var_os("NEO_DATA").map(PathBuf::from)) {
            return DataFolder::named(&named);
        }
        let program = std::env::current_exe().map_err(|cause| Error::fault("finding the program", cause))?;
        DataFolder::found(&program, None)
    }

    /// The site, for a command that a person watches.
    pub(crate) fn open(&self) -> Result<(App, Writer)> {
        self.open_within(Budget::unlimited())
    }

    /// The site, for work inside a budget.
    pub(crate) fn open_within(&self, budget: Budget) -> Result<(App, Writer)> {
        let folder = self.folder()?;
        let _ = guard::set_log(&folder.guard_log());
        App::open(folder, Clock::machine(), budget)
    }
}

/// Prints one line for people or scripts.
pub(crate) fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    match written {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::fault("writing to standard output", cause))
        }
        _ => Ok(()),
    }
}

/// Prints a value as one JSON line.
pub(crate) fn say_json(value: &impl serde::Serialize) -> Result<()> {
    say(&serde_json::to_string(value).map_err(|cause| Error::fault("writing JSON", cause))?)
}

/// A warning that does not stop a script.
pub(crate) fn warn(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "neo: {sentence}");
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

/// Reads a file that the command line names; `-` is standard input.
pub(crate) fn read_file(path: &std::path::Path) -> Result<String> {
    let read = match path.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(path),
    };
    read.map_err(|cause| {
        Error::invalid(crate::texts::errors::FILE_NOT_READABLE)
            .with("file", path)
            .with("why", cause.to_string())
    })
}
