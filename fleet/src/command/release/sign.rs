//! `neo-fleet release statement` and `sign`: here with a key file, or on a machine of the signer's own.
//! Not who may sign: signer.rs registers them, releases/gate.rs judges.
//!
//! On her own machine a signer needs no fleet: `sign --statement FILE --key FILE` reads the statement, holds it against
//! what this machine has seen (`KEY.seen`) and its clock, and prints a signature for `sign VERSION --signature FILE`.
//! The first time that it sees a candidate it only notes when; it signs seven days later by its own clock.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use neo::error::{Error, Result};
use neo::link::key::SigningKey;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Answer, find};
use crate::app::{Fleet, Place};
use crate::releases::day;
use crate::releases::entry::Entry;
use crate::releases::event::Event;
use crate::releases::history::Release;
use crate::releases::journal::{Journal, write_over};
use crate::releases::plan::DAYS;
use crate::releases::statement::Statement;
use crate::releases::{person, round};
use crate::texts::releases as texts;

/// A statement may be this old when it is signed, and a clock this wrong.
const FRESH: i64 = 86_400;
const APART: i64 = 600;

#[derive(Args)]
pub(crate) struct StatementCommand {
    version: String,
}

impl StatementCommand {
    pub(crate) fn run(self, fleet: &Fleet, journal: &Journal) -> Result<Answer> {
        journal.refuse_flaw()?;
        let release = find(journal, &self.version)?;
        let text = statement(fleet, journal, &release)?.text();
        Ok(Answer::line(serde_json::from_str(&text).unwrap_or_default(), text))
    }
}

fn statement(fleet: &Fleet, journal: &Journal, release: &Release) -> Result<Statement> {
    let head = journal.entries.last().map(Entry::head).ok_or_else(|| Error::invalid(texts::NOT_OPENED))?;
    Ok(Statement::of(release, fleet.now(), head))
}

#[derive(Args)]
pub(crate) struct Sign {
    version: Option<String>,
    /// The signer's key file.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// On a machine of one's own: what `release statement` printed.
    #[arg(long, value_name = "FILE", requires = "key")]
    statement: Option<PathBuf>,
    /// What `sign --statement` printed there.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "statement"])]
    signature: Option<PathBuf>,
}

/// What goes back from a signer's machine.
#[derive(Serialize, Deserialize)]
struct Carried {
    statement: String,
    public: String,
    signature: String,
}

/// What a signer's machine remembers.
#[derive(Default, Serialize, Deserialize)]
struct SeenHere {
    /// The furthest entry of the log that it was told of.
    number: i64,
    /// When each candidate was seen first, by its own clock.
    candidates: BTreeMap<String, i64>,
}

impl Sign {
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.statement.is_some()
    }

    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        journal.refuse_flaw()?;
        let version = self.version.ok_or_else(|| Error::invalid(texts::STATEMENT_NOT_VALID))?;
        let release = find(journal, &version)?;
        round::restart_if_changed(fleet, journal, &version)?;
        let carried = match (&self.signature, &self.key) {
            (Some(file), _) => brought(file)?,
            (None, Some(file)) => {
                let key = read_key(file)?;
                let statement = statement(fleet, journal, &release)?.text();
                let signature = person::sign(&key, &statement);
                Carried { public: key.public().to_string(), signature, statement }
            }
            (None, None) => return Err(Error::invalid(texts::STATEMENT_NOT_VALID)),
        };
        let name = who(journal, &carried)?;
        refuse_outdated(journal, &release, &carried.statement)?;
        let Carried { statement, signature, .. } = carried;
        let event = Event::Signed { version: version.clone(), name: name.clone(), statement, signature };
        let number = journal.add(fleet, &event)?;
        let answer = json!({ "version": version, "name": name, "entry": number });
        Ok(Answer::line(answer, format!("{version} signed by {name} (entry {number})")))
    }

    /// Signs without a fleet.
    pub(crate) fn sign_elsewhere(&self, place: &Place) -> Result<Answer> {
        let (Some(file), Some(key_file)) = (&self.statement, &self.key) else {
            return Err(Error::invalid(texts::STATEMENT_NOT_VALID));
        };
        let key = read_key(key_file)?;
        let text = read(file)?.trim().to_string();
        let statement = Statement::read(&text).ok_or_else(|| Error::invalid(texts::STATEMENT_NOT_VALID))?;
        look(key_file, &statement, place.clock()?.now())?;
        let signature = person::sign(&key, &text);
        let carried = Carried { public: key.public().to_string(), statement: text, signature };
        let json = serde_json::to_value(&carried).unwrap_or_default();
        let line = json.to_string();
        Ok(Answer::line(json, line))
    }
}

/// Holds a statement against this machine's clock and memory.
fn look(key_file: &Path, statement: &Statement, now: i64) -> Result<()> {
    let apart = now - statement.at;
    if !(-APART..=FRESH).contains(&apart) {
        return Err(Error::invalid(texts::CLOCK_OF_STATEMENT).with("seconds", apart.abs().to_string()));
    }
    let memory = key_file.with_extension("seen");
    let mut seen: SeenHere = match std::fs::read_to_string(&memory) {
        Ok(text) => {
            serde_json::from_str(&text).map_err(|cause| Error::fault("reading what was seen", cause))?
        }
        Err(_) => SeenHere::default(),
    };
    if statement.log.number < seen.number {
        return Err(Error::invalid(texts::STATEMENT_ROLLED_BACK)
            .with("number", statement.log.number.to_string())
            .with("seen", seen.number.to_string()));
    }
    seen.number = statement.log.number;
    // Of this round: one that was begun again is seen for the first time again.
    let round = format!("{}:{}", statement.candidate, statement.opened);
    let first = *seen.candidates.entry(round).or_insert(now);
    let text = serde_json::to_string(&seen).map_err(|cause| Error::fault("noting what was seen", cause))?;
    write_over(&memory, text.as_bytes())?;
    if now - first < DAYS * 86_400 {
        return Err(Error::invalid(texts::STATEMENT_TOO_YOUNG).with("first", day::say(first)));
    }
    Ok(())
}

fn brought(file: &Path) -> Result<Carried> {
    serde_json::from_str(&read(file)?).map_err(|_| Error::invalid(texts::STATEMENT_NOT_VALID))
}

/// Who signed it: the person whose key fits.
fn who(journal: &Journal, carried: &Carried) -> Result<String> {
    let signers = journal.history.signers.iter().rev();
    let signer =
        signers.into_iter().find(|signer| signer.key == carried.public && signer.revoked_at.is_none());
    let signer = signer.ok_or_else(|| Error::invalid(texts::SIGNER_KEY_UNKNOWN))?;
    match person::verify(&signer.key, &carried.statement, &carried.signature) {
        true => Ok(signer.name.clone()),
        false => Err(Error::invalid(texts::SIGNATURE_REFUSED)),
    }
}

fn refuse_outdated(journal: &Journal, release: &Release, text: &str) -> Result<()> {
    let statement = Statement::read(text).filter(|statement| statement.is_about(release));
    let head = statement.map(|statement| statement.log);
    let is_ours = head.is_some_and(|head| journal.history.hashes.get(&head.number) == Some(&head.hash));
    if is_ours { Ok(()) } else { Err(Error::invalid(texts::STATEMENT_OUTDATED)) }
}

fn read_key(file: &Path) -> Result<SigningKey> {
    let shown = || file.display().to_string();
    let text = read(file)?;
    let mode = std::fs::metadata(file).map(|found| found.permissions().mode()).unwrap_or_default();
    if mode & 0o077 != 0 {
        return Err(Error::invalid(texts::KEY_FILE_OPEN).with("file", shown()));
    }
    person::from_file(&text).ok_or_else(|| Error::invalid(texts::KEY_FILE_NOT_VALID).with("file", shown()))
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|cause| {
        Error::invalid(texts::FILE_UNREADABLE)
            .with("file", file.display().to_string())
            .with("why", cause.to_string())
    })
}
