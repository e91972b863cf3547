//! The open release log: read and proven when it is opened, added to one entry at a time.
//! Not what the entries mean (history.rs) and not their chain (entry.rs).
//!
//! Beside the database lie the key of the seals (`keys/journal.seed`) and the end as it was seen last
//! (`release-log.head`). Nothing is added to a log that has a flaw.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use neo::error::{Error, Result};
use ring::hmac;
use ring::rand::SecureRandom;

use super::entry::{self, Entry, Flaw, Head, Moment};
use super::event::Event;
use super::history::History;
use super::moment;
use super::reason::Reason;
use crate::app::Fleet;
use crate::store::Store;
use crate::store::releases::LogRow;
use crate::texts::errors;
use crate::texts::releases as texts;

/// The log as it was read.
pub struct Journal {
    pub entries: Vec<Entry>,
    pub flaw: Option<Flaw>,
    pub history: History,
    key: hmac::Key,
    head_file: PathBuf,
}

impl Journal {
    pub fn open(fleet: &mut Fleet) -> Result<Journal> {
        let entries = read(fleet.store.release_log()?);
        let key = key(&fleet.data.keys(), entries.is_empty())?;
        let head_file = fleet.data.path().join("release-log.head");
        let flaw = entry::flaw(&entries, seen(&head_file)?.as_ref(), &key);
        let history = History::of(&entries);
        let mut journal = Journal { entries, flaw, history, key, head_file };
        // A rehearsal says so for ever in what nobody can take out again.
        if fleet.is_rehearsal && !journal.history.is_rehearsal && journal.flaw.is_none() {
            journal.add(fleet, &Event::Rehearsal)?;
        }
        Ok(journal)
    }

    /// Adds an entry and gives its number.
    pub fn add(&mut self, fleet: &mut Fleet, event: &Event) -> Result<i64> {
        self.write(fleet, event, true)
    }

    /// Adds an entry that was decided by the log as it was read: if somebody else has written since, nothing is added.
    pub fn add_next(&mut self, fleet: &mut Fleet, event: &Event) -> Result<i64> {
        self.write(fleet, event, false)
    }

    fn write(&mut self, fleet: &mut Fleet, event: &Event, after_others: bool) -> Result<i64> {
        self.refuse_flaw()?;
        let moment = now(fleet);
        let (known, key) = (self.entries.last().map(Entry::head), &self.key);
        let added = fleet.store.transaction(|store| {
            let others = others(store, known.as_ref())?;
            if !others.is_empty() && !after_others {
                return Err(Error::busy(errors::DATABASE_CONTENDED));
            }
            append(store, others, known.as_ref(), &moment, event, key)
        })?;
        let number = added.last().map_or(0, |entry| entry.number);
        self.entries.extend(added);
        self.history = History::of(&self.entries);
        self.remember()?;
        Ok(number)
    }

    /// A log with a flaw is looked at, not written on.
    pub fn refuse_flaw(&self) -> Result<()> {
        let Some(flaw) = &self.flaw else { return Ok(()) };
        Err(Reason::Log(flaw.clone()).refusal())
    }

    /// The entries since (and with) this one.
    pub fn since(&self, number: i64) -> &[Entry] {
        let from = self.entries.partition_point(|entry| entry.number < number);
        self.entries.get(from..).unwrap_or_default()
    }

    fn remember(&self) -> Result<()> {
        let Some(head) = self.entries.last().map(Entry::head) else { return Ok(()) };
        let text =
            serde_json::to_string(&head).map_err(|cause| Error::fault("writing the log's end", cause))?;
        write_over(&self.head_file, text.as_bytes())
    }
}

/// Entries of their rows.
pub fn read(rows: Vec<LogRow>) -> Vec<Entry> {
    rows.into_iter().map(Entry::from).collect()
}

/// This moment by the fleet's clocks.
pub fn now(fleet: &Fleet) -> Moment {
    match fleet.is_rehearsal {
        true => moment::rehearsed(fleet.now()),
        false => moment::machine(fleet.now()),
    }
}

/// What others have added since.
fn others(store: &mut Store, known: Option<&Head>) -> Result<Vec<Entry>> {
    let number = known.map_or(0, |head| head.number);
    match store.release_log_end()? {
        Some(end) if end.number > number => Ok(read(store.release_log_after(number)?)),
        _ => Ok(Vec::new()),
    }
}

/// In the transaction: the new entry after all others.
fn append(
    store: &mut Store,
    mut added: Vec<Entry>,
    known: Option<&Head>,
    moment: &Moment,
    event: &Event,
    key: &hmac::Key,
) -> Result<Vec<Entry>> {
    let head = added.last().map(Entry::head).or_else(|| known.cloned());
    let entry = Entry::after(head.as_ref(), moment.clone(), event, key);
    let entry = entry.ok_or_else(|| Error::fault("writing a log entry", "no JSON"))?;
    store.add_to_release_log(&entry.row())?;
    added.push(entry);
    Ok(added)
}

/// The end of the log as it was seen here; `None`: never, and then the log begins.
fn seen(file: &Path) -> Result<Option<Head>> {
    match std::fs::read(file) {
        Ok(bytes) => {
            let head = serde_json::from_slice(&bytes);
            head.map(Some).map_err(|cause| Error::fault("reading release-log.head", cause))
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::fault("reading release-log.head", cause)),
    }
}

/// The key of the seals; made with the first entry and never again.
fn key(folder: &Path, may_make: bool) -> Result<hmac::Key> {
    let file = folder.join("journal.seed");
    if may_make && !file.exists() {
        let mut seed = [0; 32];
        let filled = ring::rand::SystemRandom::new().fill(&mut seed);
        filled.map_err(|_| Error::fault("asking the system for random bytes", "refused"))?;
        make_folder(folder)?;
        write_over(&file, data_encoding::BASE64URL_NOPAD.encode(&seed).as_bytes())?;
    }
    let text =
        std::fs::read_to_string(&file).map_err(|_| Error::configuration(texts::JOURNAL_KEY_MISSING))?;
    let seed = data_encoding::BASE64URL_NOPAD.decode(text.trim().as_bytes());
    let seed = seed.map_err(|_| Error::configuration(texts::JOURNAL_KEY_MISSING))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &seed))
}

/// A folder for oneself.
pub fn make_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| Error::fault("making a folder", cause))
}

/// Writes a file of one's own (0600) in one step: the old one or the new one, never half of it.
pub fn write_over(file: &Path, bytes: &[u8]) -> Result<()> {
    let fault = |cause| Error::fault("writing a file", cause);
    let aside = file.with_extension(format!("{}.new", std::process::id()));
    let mut open = std::fs::OpenOptions::new();
    let mut written = open.write(true).create(true).truncate(true).mode(0o600).open(&aside).map_err(fault)?;
    written.write_all(bytes).and_then(|()| written.sync_all()).map_err(fault)?;
    std::fs::rename(&aside, file).map_err(fault)
}
