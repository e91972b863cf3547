//! `neo-fleet release open`: the bytes, the plan and the words of a candidate; its seven days begin.
//! Not the reading and keeping of them: releases/round.rs.

use std::path::PathBuf;

use clap::Args;
use neo::error::{Error, Result};
use neo::link::update::is_newer;
use serde_json::json;

use super::Answer;
use crate::app::Fleet;
use crate::releases::day;
use crate::releases::gate;
use crate::releases::journal::Journal;
use crate::releases::reason::Reason;
use crate::releases::round::{self, Wanted};
use crate::texts::releases as texts;

#[derive(Args)]
pub(crate) struct Open {
    version: String,
    /// The executable of a target, e.g. linux-x86_64=dist/neo.cgi.
    #[arg(long = "artefact", required = true, value_name = "TARGET=FILE")]
    artefacts: Vec<String>,
    /// What is checked on which day.
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// It closes a hole. This is said to the owners; it shortens nothing.
    #[arg(long)]
    security: bool,
    #[arg(long, default_value = "")]
    notes_ja: String,
    #[arg(long, default_value = "")]
    notes_en: String,
    /// Begin again although nothing has changed.
    #[arg(long)]
    restart: bool,
}

impl Open {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        journal.refuse_flaw()?;
        let wanted = self.wanted()?;
        self.refuse_what_was_published(journal)?;
        if !self.restart {
            refuse_the_same(fleet, journal, &wanted)?;
        }
        let changed = round::open(fleet, journal, &wanted)?;
        let release = super::find(journal, &self.version)?;
        let plan = crate::releases::facts::plan(fleet, &release.candidate)?;
        let earliest = gate::earliest(release.opened_at, gate::days(plan.as_ref()));
        fleet.store.audit(fleet.clock.now(), &fleet.who, "candidate opened", &self.version)?;
        let answer = json!({
            "version": self.version, "candidate": release.candidate.id(), "opened_at": release.opened_at,
            "rounds": release.rounds, "changed": changed, "earliest": earliest, "artefacts": release.candidate.artefacts,
            "plan": release.candidate.plan, "security": release.candidate.security,
        });
        Ok(Answer::line(answer, format!("{} open, not before {}", self.version, day::say(earliest))))
    }

    fn wanted(&self) -> Result<Wanted> {
        if !is_newer(&self.version, "0.0.0-0") {
            return Err(Error::invalid(texts::VERSION_NOT_VALID).with("version", self.version.clone()));
        }
        let mut artefacts: Vec<(String, PathBuf)> = Vec::new();
        for typed in &self.artefacts {
            let refuse = |why: &str| Error::invalid(texts::ARTEFACT_NOT_VALID).with("why", why);
            let (target, file) = typed.split_once('=').ok_or_else(|| refuse("TARGET=FILE"))?;
            let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
            if target.is_empty() || target.len() > 40 || !target.chars().all(plain) {
                return Err(refuse("TARGET: a-z, 0-9, - and _"));
            }
            if artefacts.iter().any(|(other, _)| other == target) {
                return Err(refuse("TARGET twice"));
            }
            artefacts.push((target.to_string(), absolute(file)?));
        }
        Ok(Wanted {
            version: self.version.clone(),
            security: self.security,
            notes_ja: self.notes_ja.trim().to_string(),
            notes_en: self.notes_en.trim().to_string(),
            artefacts,
            plan: absolute(&self.plan.to_string_lossy())?,
        })
    }

    fn refuse_what_was_published(&self, journal: &Journal) -> Result<()> {
        if let Some(release) = journal.history.releases.get(&self.version) {
            if let Some((_, why)) = &release.halted {
                return Err(Reason::Withdrawn { why: why.clone() }.refusal());
            }
            if release.published_at.is_some() {
                return Err(Reason::AlreadyPublished.refusal());
            }
        }
        let newest = journal.history.published.iter().find(|other| !is_newer(&self.version, other));
        newest.map_or(Ok(()), |newest| Err(Reason::NotNewer { newest: newest.clone() }.refusal()))
    }
}

/// Opening what is open would throw its days away; whoever means that says so.
fn refuse_the_same(fleet: &mut Fleet, journal: &Journal, wanted: &Wanted) -> Result<()> {
    let Some(release) = journal.history.releases.get(&wanted.version) else { return Ok(()) };
    if release.changed.is_none() && round::candidate(fleet, wanted)?.id() == release.candidate.id() {
        let since = day::say(release.opened_at);
        return Err(Error::invalid(texts::ALREADY_OPEN).with("since", since));
    }
    Ok(())
}

fn absolute(file: &str) -> Result<PathBuf> {
    std::path::absolute(file).map_err(|cause| {
        Error::invalid(texts::FILE_UNREADABLE).with("file", file).with("why", cause.to_string())
    })
}
