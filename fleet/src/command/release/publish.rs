//! `neo-fleet release publish` and `halt`.
//! Not the gate (releases/gate.rs) and not the writing of files (`publish DIR`).

use std::path::PathBuf;

use clap::Args;
use neo::error::{Error, Result};
use neo::texts::Language;
use serde_json::json;

use super::{Answer, find, show_before_failing, words};
use crate::app::Fleet;
use crate::publish::PUBLISHED_FOLDER;
use crate::releases::board::Said;
use crate::releases::event::Event;
use crate::releases::journal::Journal;
use crate::releases::reason::Reason;
use crate::releases::{facts, gate, round};
use crate::texts::releases as texts;

#[derive(Args)]
pub(crate) struct Publish {
    version: String,
    /// The folder that is published, or its manifest (else that of the last `publish DIR`): it must not be newer than
    /// this database.
    #[arg(long, value_name = "DIR")]
    published: Option<PathBuf>,
}

impl Publish {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal, is_json: bool) -> Result<Answer> {
        // Asking is an entry too, so the evidence about time reaches up to now.
        if journal.flaw.is_none() {
            journal.add(fleet, &Event::Asked { version: self.version.clone() })?;
        }
        let noted = fleet.store.meta(PUBLISHED_FOLDER)?.map(PathBuf::from);
        let published = self.published.clone().or(noted);
        let facts = facts::facts(fleet, journal, &self.version, published.as_deref())?;
        let reasons = gate::reasons(&facts);
        if !reasons.is_empty() {
            return self.refuse(fleet, journal, &reasons, is_json);
        }
        let number = journal.add_next(fleet, &Event::Published { version: self.version.clone() })?;
        fleet.store.audit(fleet.clock.now(), &fleet.who, "release published", &self.version)?;
        let json = json!({ "published": true, "version": self.version, "entry": number, "reasons": [] });
        Ok(Answer::line(json, format!("{} published (entry {number}); next: release rollout", self.version)))
    }

    fn refuse(
        &self,
        fleet: &mut Fleet,
        journal: &mut Journal,
        reasons: &[Reason],
        is_json: bool,
    ) -> Result<Answer> {
        let said: Vec<Said> = reasons.iter().map(Said::of).collect();
        let mut lines: Vec<String> = Vec::new();
        for language in [Language::Ja, Language::En] {
            lines.extend(reasons.iter().map(|reason| reason.say(language)));
        }
        let json = json!({ "published": false, "version": self.version, "reasons": said });
        show_before_failing(&Answer::new(json, lines), is_json)?;
        if journal.flaw.is_none() {
            let numbers = reasons.iter().map(|reason| reason.sentence().number).collect();
            journal.add(fleet, &Event::Refused { version: self.version.clone(), reasons: numbers })?;
            round::restart_if_changed(fleet, journal, &self.version)?;
        }
        Err(Error::invalid(texts::MAY_NOT_PUBLISH)
            .with("version", self.version.clone())
            .with("count", reasons.len().to_string()))
    }
}

/// Withdraws: installs do not take it any more, and the manifest tells those that have it.
#[derive(Args)]
pub(crate) struct Halt {
    version: String,
    #[arg(long, value_name = "SENTENCE")]
    why: String,
}

impl Halt {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        journal.refuse_flaw()?;
        let release = find(journal, &self.version)?;
        let (_, why) = words(Some("-"), Some(&self.why), texts::WHO_MISSING)?;
        if let Some((_, why)) = &release.halted {
            return Err(Reason::Withdrawn { why: why.clone() }.refusal());
        }
        let number = journal.add(fleet, &Event::Halted { version: self.version.clone(), why })?;
        fleet.store.audit(fleet.clock.now(), &fleet.who, "release withdrawn", &self.version)?;
        let json = json!({ "version": self.version, "withdrawn": true, "entry": number });
        Ok(Answer::line(json, format!("{} withdrawn (entry {number}); next: publish DIR", self.version)))
    }
}
