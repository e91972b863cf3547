//! `neo update`: what is offered, install it, hold it, go back.
//! The work itself: update.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::{Place, read_file, say, say_json};
use crate::app::App;
use crate::domain::calendar::rfc3339_utc;
use crate::error::{Error, Result};
use crate::guard::{self, Flow, Limits};
use crate::link::update::Target;
use crate::mail::vendor;
use crate::settings;
use crate::store::Writer;
use crate::texts::{errors, update};
use crate::transfer::inbox::not_written;
use crate::update::files;
use crate::update::look::{Look, look};
use crate::update::state::{Outcome, State};
use crate::update::work::Worker;
use crate::update::{offer, place, rollback};

#[derive(Args)]
#[group(multiple = true)]
pub(super) struct Update {
    /// Print what runs, what is offered and what was done (also without any flag).
    #[arg(long)]
    status: bool,
    /// Install what is offered, now, whatever the mode and the hour.
    #[arg(long, conflicts_with_all = ["hold", "unhold", "rollback"])]
    apply: bool,
    /// Install this file, which must be what the vendor's manifest speaks of.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hold", "unhold", "rollback"])]
    from: Option<PathBuf>,
    /// The signed manifest for --from, where this site has heard none.
    #[arg(long, value_name = "FILE", requires = "from")]
    manifest: Option<PathBuf>,
    /// Do not install the offered version by itself; a later one is offered again.
    #[arg(long, conflicts_with_all = ["unhold", "rollback"])]
    hold: bool,
    /// Take that back.
    #[arg(long)]
    unhold: bool,
    /// Put the former program back.
    #[arg(long)]
    rollback: bool,
    /// Also where the data must go back to the backup from before the update.
    #[arg(long, requires = "rollback")]
    with_data: bool,
    #[arg(long)]
    json: bool,
}

impl Update {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        // A person watches; the database may have to be copied.
        guard::adjust(Limits::ceiling(Flow::Command));
        let (app, store) = place.open()?;
        let ours = files::Place::of(&app.folder)?;
        if let Some(manifest) = &self.manifest {
            vendor::accept_typed(&app, &store, &read_file(manifest)?)?;
        }
        match () {
            () if self.rollback => self.go_back(&app, &store, &ours)?,
            () if self.hold || self.unhold => self.hold(&store, &ours)?,
            () if self.apply || self.from.is_some() => self.install(&app, &store, &ours)?,
            () => {}
        }
        let seen = look(&app, &store)?;
        match self.json {
            true => say_json(&status(&app, &seen)),
            false => say_status(&app, &seen),
        }
    }

    fn go_back(&self, app: &App, store: &Writer, ours: &files::Place) -> Result<()> {
        ours.make()?;
        let held = place::lock(&ours.lock())?;
        rollback::put_back(app, store, ours, "owner", self.with_data)?;
        drop(held);
        rollback::wake(ours, &app.folder);
        Ok(())
    }

    fn hold(&self, store: &Writer, ours: &files::Place) -> Result<()> {
        ours.make()?;
        let _lock = place::lock(&ours.lock())?;
        let mut state = State::read(ours);
        state.held = match (self.hold, store.manifest()?) {
            (true, Some(manifest)) => Some(manifest.version),
            (true, None) => return Err(not_offered(offer::NotOffered::Unheard.word())),
            (false, _) => None,
        };
        if state.held.is_some() {
            state.wanted = None;
        }
        state.write(ours)
    }

    fn install(&self, app: &App, store: &Writer, ours: &files::Place) -> Result<()> {
        ours.make()?;
        let _lock = place::lock(&ours.lock())?;
        let manifest = store.manifest()?;
        let site = crate::update::site(app);
        let found = match self.from {
            Some(_) => offer::usable(manifest.as_ref(), &site),
            None => offer::offered(manifest.as_ref(), &site),
        };
        let target = found.cloned().map_err(|why| not_offered(why.word()))?;
        let manifest = manifest.ok_or_else(|| not_offered(offer::NotOffered::Unheard.word()))?;
        files::refuse_unwritable(ours)?;
        if let Some(file) = &self.from {
            refuse_other(file, &target)?;
        }
        let mut state = State::read(ours);
        (state.wanted, state.held) = (Some(manifest.version.clone()), None);
        let is_begun = state.work.as_ref().is_some_and(|work| {
            work.version == manifest.version && work.sha256.eq_ignore_ascii_case(&target.sha256)
        });
        let mut worker = Worker {
            app,
            store,
            place: ours.clone(),
            state,
            manifest: Some(manifest.clone()),
            ends: None,
            is_web: false,
        };
        if !is_begun || self.from.is_some() {
            worker.start(&manifest, &target)?;
        }
        if let Some(work) = &mut worker.state.work {
            work.again_at = 0;
        }
        if let Some(file) = &self.from {
            take_copy(file, ours)?;
        }
        worker.run()?;
        let latest = worker.state.history.last().filter(|entry| entry.to == manifest.version);
        match latest {
            Some(entry) if entry.outcome == Outcome::Refused => Err(Error::invalid(errors::UPDATE_REFUSED)
                .with("version", entry.to.as_str())
                .with("why", entry.why.as_str())),
            _ => Ok(()),
        }
    }
}

fn not_offered(why: &'static str) -> Error {
    Error::denied(errors::UPDATE_NOT_OFFERED).with("why", offer::sentence(why))
}

/// Refuses a file that is not the one of the manifest, before anything is begun.
fn refuse_other(file: &Path, target: &Target) -> Result<()> {
    let (length, sha256) = files::hash(file).map_err(|cause| {
        Error::invalid(errors::FILE_NOT_READABLE).with("file", file).with("why", cause.to_string())
    })?;
    match length == target.length && sha256.eq_ignore_ascii_case(&target.sha256) {
        true => Ok(()),
        false => Err(Error::invalid(errors::UPDATE_FILE_WRONG)
            .with("file", file)
            .with("why", format!("{length} / {}, SHA-256", target.length))),
    }
}

/// What was brought takes the place of what would be fetched, and is checked like that.
fn take_copy(file: &Path, ours: &files::Place) -> Result<()> {
    std::fs::copy(file, ours.part()).map_err(not_written)?;
    let opened = std::fs::File::open(ours.part());
    opened.and_then(|part| part.sync_all()).map_err(not_written)
}

fn status(app: &App, seen: &Look) -> Value {
    let entries: Vec<Value> = seen
        .state
        .history
        .iter()
        .map(|entry| {
            json!({ "at": rfc3339_utc(entry.at), "from": entry.from, "to": entry.to,
                    "outcome": entry.outcome.word(), "why": entry.why,
                    "data_from": entry.data_from.map(rfc3339_utc) })
        })
        .collect();
    json!({
        "running": seen.running,
        "target": seen.target,
        "program": seen.program,
        "writable": seen.trouble.is_none(),
        "mode": app.settings.value(&settings::UPDATE_MODE),
        "hour": app.settings.number(&settings::UPDATE_HOUR),
        "offered": seen.offered.as_ref().map(|manifest| json!({
            "version": manifest.version, "security": manifest.security,
            "released_at": rfc3339_utc(manifest.released_at),
            "safe": { "days": manifest.safe.days, "sites": manifest.safe.sites },
        })),
        "why_not": seen.why_not.map(|why| why.word()),
        "withdrawn": seen.is_withdrawn,
        "held": seen.state.held,
        "wanted": seen.state.wanted,
        "work": seen.state.work.as_ref().map(|work| json!({
            "version": work.version, "step": work.step.word(), "tries": work.tries, "trouble": work.trouble,
        })),
        "watch": seen.watch.as_ref().map(|tally| json!({ "clean": tally.clean, "ticks": tally.ticks,
                                                        "failed": tally.failed })),
        "previous": seen.way_back.as_ref().map(|way| json!({
            "version": way.previous.version, "keeps_data": way.keeps_data, "backup": way.previous.backup,
        })),
        "history": entries,
    })
}

fn say_status(app: &App, seen: &Look) -> Result<()> {
    let language = app.settings.language();
    say(&format!("neo {} ({})", seen.running, seen.target))?;
    match (&seen.offered, seen.why_not) {
        (Some(manifest), _) => say(&update::OFFERED.with(language, &[("version", &manifest.version)]))?,
        (None, Some(why)) => say(offer::sentence(why.word()).to(language))?,
        (None, None) => {}
    }
    if let Some(trouble) = seen.trouble.as_ref().and_then(Error::refusal) {
        say(&trouble.say(language))?;
    }
    if let Some(work) = &seen.state.work {
        say(&format!("{} {}: {} {}", work.version, work.step.word(), work.tries, work.trouble))?;
    }
    for entry in seen.state.history.iter().rev().take(5) {
        let at = rfc3339_utc(entry.at);
        say(&format!("{at}  {} -> {}: {} {}", entry.from, entry.to, entry.outcome.word(), entry.why))?;
    }
    Ok(())
}
