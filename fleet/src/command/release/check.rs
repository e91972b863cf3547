//! `neo-fleet release check` and `explain`: what the plan says for a day, made and recorded.
//! Not the running of one command: releases/run.rs.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use neo::error::{Error, Result};
use serde_json::json;

use super::{Answer, find, show_before_failing, words};
use crate::app::Fleet;
use crate::releases::day::{self, Day};
use crate::releases::event::{Artefact, Checked, Event};
use crate::releases::facts;
use crate::releases::history::Release;
use crate::releases::journal::Journal;
use crate::releases::kept;
use crate::releases::plan::{Plan, PlannedCheck};
use crate::releases::reason::Reason;
use crate::releases::{round, run};
use crate::texts::releases as texts;

#[derive(Args)]
pub(crate) struct Check {
    version: String,
    #[arg(long)]
    day: i64,
    /// Only this command of the day.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Where the commands run (else here): the source that the artefact was built from.
    #[arg(long = "in", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Record what a person looked at.
    #[arg(long, value_name = "NAME")]
    manual: Option<String>,
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    #[arg(long, value_name = "SENTENCE")]
    says: Option<String>,
    /// What the person saw is not right.
    #[arg(long, requires = "manual")]
    failed: bool,
}

impl Check {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal, is_json: bool) -> Result<Answer> {
        journal.refuse_flaw()?;
        let release = find(journal, &self.version)?;
        round::restart_if_changed(fleet, journal, &self.version)?;
        if let Some((_, why)) = &release.halted {
            return Err(Reason::Withdrawn { why: why.clone() }.refusal());
        }
        let from = Day::of(release.opened_at).plus(self.day).start();
        if self.day >= 1 && fleet.now() < from {
            return Err(Error::invalid(texts::DAY_TO_COME)
                .with("day", self.day.to_string())
                .with("from", day::say(from)));
        }
        let plan = facts::plan(fleet, &release.candidate)?.ok_or_else(|| Reason::PlanNotValid.refusal())?;
        let made = match &self.manual {
            Some(name) => vec![self.looked_at(fleet, journal, &release, &plan, name)?],
            None => self.commands(fleet, journal, &release, &plan)?,
        };
        self.answer(journal, &plan, &made, is_json)
    }

    fn looked_at(
        &self,
        fleet: &mut Fleet,
        journal: &mut Journal,
        release: &Release,
        plan: &Plan,
        name: &str,
    ) -> Result<(i64, Checked)> {
        let planned = plan.check(self.day, name).filter(|check| check.is_manual());
        planned.ok_or_else(|| self.not_planned(name))?;
        let (by, says) = words(self.by.as_deref(), self.says.as_deref(), texts::MANUAL_INCOMPLETE)?;
        let checked = Checked { by, says, passed: !self.failed, ..self.blank(release, name) };
        Ok((journal.add(fleet, &Event::Checked(checked.clone()))?, checked))
    }

    fn commands(
        &self,
        fleet: &mut Fleet,
        journal: &mut Journal,
        release: &Release,
        plan: &Plan,
    ) -> Result<Vec<(i64, Checked)>> {
        let day = plan.day(self.day).ok_or_else(|| self.not_planned("*"))?;
        let is_wanted = |check: &&PlannedCheck| {
            !check.is_manual() && self.only.as_ref().is_none_or(|only| *only == check.name)
        };
        let planned: Vec<&PlannedCheck> = day.checks.iter().filter(is_wanted).collect();
        if let (true, Some(only)) = (planned.is_empty(), &self.only) {
            return Err(self.not_planned(only));
        }
        let previous =
            journal.history.published.last().and_then(|version| journal.history.releases.get(version));
        let previous = previous.map(|release| release.candidate.artefacts.clone());
        let mut made = Vec::new();
        for check in planned {
            let checked = self.command(fleet, release, check, previous.as_ref())?;
            // It may have taken a day; what was checked may be no candidate any more.
            *journal = Journal::open(fleet)?;
            if find(journal, &self.version)?.opened != release.opened {
                return Err(Error::invalid(texts::CANDIDATE_RESTARTED).with("what", check.name.clone()));
            }
            made.push((journal.add(fleet, &Event::Checked(checked.clone()))?, checked));
        }
        Ok(made)
    }

    /// Runs one command on the kept artefact; afterwards that has to be what it was.
    fn command(
        &self,
        fleet: &mut Fleet,
        release: &Release,
        check: &PlannedCheck,
        previous: Option<&Vec<Artefact>>,
    ) -> Result<Checked> {
        let artefacts = &release.candidate.artefacts;
        let meant = match &check.target {
            Some(target) => artefacts.iter().find(|each| each.target == *target),
            None => artefacts.first(),
        };
        let Some(artefact) = meant else {
            return Err(Error::invalid(texts::ARTEFACT_NOT_VALID)
                .with("why", format!("no target {}", check.target.clone().unwrap_or_default())));
        };
        let file = |each: &Artefact| kept::file(fleet.data.path(), &each.sha256);
        let path = absolute(file(artefact));
        let fill = |word: &String| {
            word.replace("{artefact}", &path.to_string_lossy()).replace("{version}", &self.version)
        };
        let argv: Vec<String> = check.run.iter().map(fill).collect();
        let mut variables: Vec<(String, OsString)> =
            vec![("NEO_VERSION".into(), self.version.clone().into()), ("NEO_ARTEFACT".into(), path.into())];
        let same = |each: &&Artefact| each.target == artefact.target;
        if let Some(before) = previous.and_then(|before| before.iter().find(same)) {
            variables.push(("NEO_PREVIOUS".into(), absolute(file(before)).into()));
        }
        for each in artefacts {
            let name = each.target.to_ascii_uppercase().replace('-', "_");
            variables.push((format!("NEO_ARTEFACT_{name}"), absolute(file(each)).into()));
        }
        let folder = self.folder.clone().unwrap_or_else(|| PathBuf::from("."));
        let outcome = run::run(&argv, &folder, &variables, check.seconds.unwrap_or(1))?;
        let is_whole = kept::damaged(fleet.data.path(), &release.candidate).is_empty();
        Ok(Checked {
            passed: outcome.passed() && is_whole,
            run: argv,
            artefact: artefact.sha256.clone(),
            exit: outcome.exit,
            cut_off: if is_whole { outcome.cut_off } else { Some("artefact changed".to_string()) },
            seconds: outcome.seconds,
            output: Some(fleet.store.keep_release_text(&outcome.output)?),
            output_length: outcome.length,
            ..self.blank(release, &check.name)
        })
    }

    fn blank(&self, release: &Release, name: &str) -> Checked {
        Checked {
            version: self.version.clone(),
            candidate: release.candidate.id(),
            day: self.day,
            name: name.to_string(),
            passed: false,
            run: Vec::new(),
            artefact: String::new(),
            exit: None,
            cut_off: None,
            seconds: 0,
            output: None,
            output_length: 0,
            by: String::new(),
            says: String::new(),
        }
    }

    fn not_planned(&self, name: &str) -> Error {
        Error::invalid(texts::DAY_NOT_PLANNED).with("day", self.day.to_string()).with("name", name)
    }

    fn answer(
        &self,
        journal: &Journal,
        plan: &Plan,
        made: &[(i64, Checked)],
        is_json: bool,
    ) -> Result<Answer> {
        let release = find(journal, &self.version)?;
        let waits = |check: &&PlannedCheck| {
            check.is_manual() && crate::releases::gate::latest(&release, self.day, &check.name).is_none()
        };
        let day = plan.day(self.day).into_iter().flat_map(|day| &day.checks);
        let waiting: Vec<&PlannedCheck> = day.filter(waits).collect();
        let checks: Vec<_> = made
            .iter()
            .map(|(entry, checked)| {
                json!({
                    "entry": entry, "name": checked.name, "passed": checked.passed, "exit": checked.exit,
                    "cut_off": checked.cut_off, "seconds": checked.seconds, "output": checked.output,
                    "output_length": checked.output_length, "artefact": checked.artefact,
                })
            })
            .collect();
        let mark = |passed: bool| if passed { "passed" } else { "FAILED" };
        let mut lines: Vec<String> = made
            .iter()
            .map(|(entry, checked)| {
                let how = checked.cut_off.clone().or(checked.exit.map(|exit| format!("exit {exit}")));
                let how = how.unwrap_or_default();
                format!("day {} {}: {} {how} (entry {entry})", self.day, checked.name, mark(checked.passed))
            })
            .collect();
        let sentence = |check: &PlannedCheck| check.manual.clone().unwrap_or_default();
        lines.extend(waiting.iter().map(|check| format!("  --manual {}: {}", check.name, sentence(check))));
        let names: Vec<&String> = waiting.iter().map(|check| &check.name).collect();
        let json =
            json!({ "version": self.version, "day": self.day, "checks": checks, "manual_waiting": names });
        let answer = Answer::new(json, lines);
        // That a person saw something wrong is recorded as she said it, which is no failure of the command.
        let failed = made.iter().filter(|(_, checked)| !checked.passed && checked.by.is_empty()).count();
        if failed == 0 {
            return Ok(answer);
        }
        show_before_failing(&answer, is_json)?;
        Err(Error::invalid(texts::CHECKS_FAILED)
            .with("day", self.day.to_string())
            .with("count", failed.to_string()))
    }
}

/// Commands run in another folder than we.
fn absolute(file: PathBuf) -> PathBuf {
    std::path::absolute(&file).unwrap_or(file)
}

/// Why it failed once.
#[derive(Args)]
pub(crate) struct Explain {
    version: String,
    /// The entry of the failed check.
    #[arg(long)]
    entry: i64,
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    #[arg(long, value_name = "SENTENCE")]
    says: Option<String>,
}

impl Explain {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        journal.refuse_flaw()?;
        let release = find(journal, &self.version)?;
        let is_it = |number: i64, passed: bool| number == self.entry && !passed;
        if !release.checks.iter().any(|recorded| is_it(recorded.number, recorded.checked.passed)) {
            return Err(Error::invalid(texts::ENTRY_NOT_FAILED).with("entry", self.entry.to_string()));
        }
        let (by, says) = words(self.by.as_deref(), self.says.as_deref(), texts::WHO_MISSING)?;
        let (version, entry) = (self.version, self.entry);
        let number = journal.add(fleet, &Event::Explained { version, entry, by, says })?;
        Ok(Answer::line(json!({ "entry": number }), format!("entry {number}")))
    }
}
