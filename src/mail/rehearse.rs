//! A rehearsal: the real engine on a copy of the database, with a moving clock and nothing leaving the machine.
//! Not a simulation: it is the tick itself, called at each instant at which it has something to do.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::App;
use crate::clock::{Clock, Instant};
use crate::domain::calendar::rfc3339_local;
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::host::paths::DataFolder;
use crate::mail::tick::{self, Source};
use crate::mail::transport::{Envelope, Outcome, Transport, Trouble};
use crate::store::Writer;

/// What a rehearsal did.
#[derive(Debug, Serialize)]
pub struct Report {
    pub mails: i64,
    pub ticks: i64,
    pub until: String,
    pub schedule: PathBuf,
}

/// One line of schedule.jsonl.
#[derive(Serialize)]
struct Line<'a> {
    at: String,
    to: &'a str,
    list: String,
    message: i64,
    subject: String,
}

/// Ticks at most; a rehearsal of years stays bounded.
const MOST_TICKS: i64 = 1_000_000;

/// Rehearses from now `until`, and writes `folder`/schedule.jsonl.
pub fn run(app: &App, store: &Writer, until: Instant, folder: &Path) -> Result<Report> {
    std::fs::create_dir_all(folder).map_err(|cause| Error::fault("making the rehearsal's folder", cause))?;
    let stage = folder.join(format!(".rehearsal-{}", std::process::id()));
    let rehearsed = on_copy(app, store, until, folder, &stage);
    let removed = std::fs::remove_dir_all(&stage);
    let report = rehearsed?;
    removed.map_err(|cause| Error::fault("removing the rehearsal's copy", cause))?;
    Ok(report)
}

fn on_copy(app: &App, store: &Writer, until: Instant, folder: &Path, stage: &Path) -> Result<Report> {
    let stage = DataFolder::named(stage)?;
    store.copy_to(&stage.database())?;
    let copy = App {
        folder: stage,
        clock: Clock::standing_at(app.clock.now()),
        key: app.key.clone(),
        settings: app.settings.clone(),
        budget: Budget::unlimited(),
    };
    let copied = Writer::open(&copy.folder.database(), crate::app::brake(&copy.budget))?;
    copied.hurry(true)?;
    let schedule = folder.join("schedule.jsonl");
    let file = File::create(&schedule).map_err(|cause| Error::fault("making schedule.jsonl", cause))?;
    let mut stage_hand = Stage { file: BufWriter::new(file), app: &copy, store: &copied, mails: 0 };
    let mut ticks = 0;
    while ticks < MOST_TICKS {
        ticks += 1;
        tick::run(&copy, &copied, Source::Rehearsal, &mut stage_hand)?;
        match copied.next_due()? {
            Some(next) if next <= until => copy.clock.move_to(next.max(copy.clock.now() + 1)),
            _ => break,
        }
    }
    stage_hand.file.flush().map_err(|cause| Error::fault("writing schedule.jsonl", cause))?;
    let until = rfc3339_local(until, app.settings.zone());
    Ok(Report { mails: stage_hand.mails, ticks, until, schedule })
}

/// A transport that writes down what would be sent, to whom, when.
struct Stage<'a> {
    file: BufWriter<File>,
    app: &'a App,
    store: &'a Writer,
    mails: i64,
}

impl Transport for Stage<'_> {
    fn deliver(&mut self, envelope: &Envelope<'_>, mail: &[u8]) -> std::result::Result<Outcome, Trouble> {
        let line = self.line(envelope, mail).map_err(|error| Trouble::Unreachable(format!("{error:?}")))?;
        writeln!(self.file, "{line}").map_err(|cause| Trouble::Unreachable(cause.to_string()))?;
        self.mails += 1;
        Ok(Outcome::Sent { reply: "rehearsed".to_string() })
    }

    fn close(&mut self) {}

    fn name(&self) -> &'static str {
        "rehearsal"
    }
}

impl Stage<'_> {
    fn line(&self, envelope: &Envelope<'_>, mail: &[u8]) -> Result<String> {
        let delivery = self.store.delivery_in_hand()?;
        let (message, list) = match delivery {
            Some(message) => {
                let message = self.store.message(message)?;
                (message.id.0, self.store.list(message.list)?.name.as_str().to_string())
            }
            None => (0, String::new()),
        };
        let parsed = mail_parser::MessageParser::default().parse(mail);
        let subject = parsed.as_ref().and_then(|mail| mail.subject()).unwrap_or_default().to_string();
        let at = rfc3339_local(self.app.clock.now(), self.app.settings.zone());
        let line = Line { at, to: envelope.to.as_str(), list, message, subject };
        serde_json::to_string(&line).map_err(|cause| Error::fault("writing schedule.jsonl", cause))
    }
}
