//! The steps of an update, each durable before the next: fetch, copy, test, put in place, watch. A tick does as many as it
//! has time for; the next goes on where it stopped. Not whether there is an update at all: offer.

use std::time::{Duration, Instant as Moment};

use chrono::Timelike;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar;
use crate::error::{Error, Result};
use crate::guard;
use crate::link::update::Manifest;
use crate::settings;
use crate::store::Writer;
use crate::texts::errors;
use crate::transfer::inbox::not_written;
use crate::update::files::{self, Place};
use crate::update::offer::{self, Mode};
use crate::update::state::{Entry, Outcome, State, Step, Work};
use crate::update::{fetch, place, rollback, self_test, stage};
use crate::version;

/// Tries of one step.
const TRIES: u32 = 5;
/// Seconds between two of them, times their number.
const AGAIN_AFTER: i64 = 15 * 60;
/// A backup older than this is made anew before the new program is put in place.
const FRESH: i64 = 30 * 60;
/// The longest test, and the shortest time that is worth beginning one.
const TEST: Duration = Duration::from_secs(120);
const TEST_NEEDS: Duration = Duration::from_secs(8);
/// The largest database that is copied within a web request.
const COPIED_BY_WEB: i64 = 64 * 1024 * 1024;

/// One update at work.
pub struct Worker<'a> {
    pub app: &'a App,
    pub store: &'a Writer,
    pub place: Place,
    pub state: State,
    pub manifest: Option<Manifest>,
    /// When this process has to be done; `None`: a person watches.
    pub ends: Option<Moment>,
    /// Within a web request.
    pub is_web: bool,
}

/// What a step led to.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    Later,
}

impl Worker<'_> {
    /// Does what there is time for. The caller holds the lock of updates.
    pub fn run(&mut self) -> Result<()> {
        while self.has_time(Duration::from_secs(3)) {
            guard::stage("update/step");
            let step = self.step();
            match step {
                Ok(Next::GoOn) => {}
                Ok(Next::Later) => return Ok(()),
                Err(error) => return self.note_trouble(error),
            }
        }
        Ok(())
    }

    fn has_time(&self, least: Duration) -> bool {
        self.ends.is_none_or(|ends| ends.saturating_duration_since(Moment::now()) >= least)
    }

    fn now(&self) -> Instant {
        self.app.clock.now()
    }

    fn step(&mut self) -> Result<Next> {
        let now = self.now();
        let Some(work) = self.state.work.clone() else { return self.begin() };
        if work.step == Step::Watch {
            place::look(&self.app.folder, &self.place, &mut self.state, now)?;
            return Ok(Next::Later);
        }
        if work.step == Step::Place && place::is_new(&self.place, &work)? {
            // The process that renamed it died before it could say so.
            place::is_in_place(&self.place, &mut self.state, now)?;
            return Ok(Next::Later);
        }
        if let Some(why) = self.no_longer(&work) {
            return self.give_up(Outcome::GivenUp, why);
        }
        if now < work.again_at && work.again_at - now <= AGAIN_AFTER * i64::from(TRIES) {
            return Ok(Next::Later);
        }
        match work.step {
            Step::Download => self.download(&work),
            Step::Copy => self.copy(&work),
            Step::Test => self.test(&work),
            Step::Place => self.put_in_place(&work),
            Step::Watch => Ok(Next::Later),
        }
    }

    /// Begins what is offered and wanted.
    fn begin(&mut self) -> Result<Next> {
        place::forget_watch(&self.place, self.now());
        if self.goes_back()? {
            return Ok(Next::Later);
        }
        let Some(manifest) = self.manifest.clone() else { return Ok(Next::Later) };
        let mode = Mode::parse(self.app.settings.value(&settings::UPDATE_MODE));
        let days = self.app.settings.number(&settings::UPDATE_DAYS);
        if !offer::is_wanted(&manifest, &self.state, mode, days, self.now()) {
            return Ok(Next::Later);
        }
        let Ok(target) = offer::offered(Some(&manifest), &super::site(self.app)).cloned() else {
            return Ok(Next::Later);
        };
        files::refuse_unwritable(&self.place)?;
        self.start(&manifest, &target)?;
        Ok(Next::GoOn)
    }

    /// Writes down that this version is fetched from here on.
    pub fn start(&mut self, manifest: &Manifest, target: &crate::link::update::Target) -> Result<()> {
        let _ = std::fs::remove_file(self.place.new_program());
        self.state.work = Some(Work {
            version: manifest.version.clone(),
            number: manifest.number,
            file: target.file.clone(),
            length: target.length,
            sha256: target.sha256.to_ascii_lowercase(),
            step: Step::Download,
            begun_at: self.now(),
            tries: 0,
            trouble: String::new(),
            again_at: 0,
            backup: None,
            backup_at: 0,
        });
        self.state.write(&self.place)
    }

    /// A version that was withdrawn after it was installed goes by itself, where the owner leaves updates to us.
    fn goes_back(&mut self) -> Result<bool> {
        let is_withdrawn = self.manifest.as_ref().is_some_and(|manifest| {
            manifest.expires > self.now() && manifest.withdrawn.iter().any(|one| one == version::version())
        });
        let mode = Mode::parse(self.app.settings.value(&settings::UPDATE_MODE));
        if !is_withdrawn || mode != Mode::Auto {
            return Ok(false);
        }
        let Some(way) = rollback::way_back(&self.place, &self.state, self.store)? else { return Ok(false) };
        let is_better = !self
            .manifest
            .as_ref()
            .is_some_and(|manifest| manifest.withdrawn.contains(&way.previous.version));
        if !way.keeps_data || !is_better {
            return Ok(false);
        }
        rollback::put_back(self.app, self.store, &self.place, "withdrawn", false)?;
        self.state = State::read(&self.place);
        Ok(true)
    }

    /// Why what is being done is not to be done any more.
    fn no_longer(&self, work: &Work) -> Option<&'static str> {
        if self.state.held.as_ref() == Some(&work.version) {
            return Some("held");
        }
        let manifest = self.manifest.as_ref()?;
        match offer::usable(Some(manifest), &super::site(self.app)) {
            Err(why) => Some(why.word()),
            Ok(_) if manifest.version != work.version => Some("newer"),
            Ok(target) if !target.sha256.eq_ignore_ascii_case(&work.sha256) => Some("changed"),
            Ok(_) => None,
        }
    }

    fn give_up(&mut self, outcome: Outcome, why: &str) -> Result<Next> {
        let Some(work) = self.state.work.take() else { return Ok(Next::Later) };
        self.state.note(Entry {
            at: self.now(),
            from: version::version().to_string(),
            to: work.version,
            outcome,
            why: why.to_string(),
            data_from: None,
        });
        self.state.wanted = None;
        self.state.write(&self.place)?;
        self.clean_up();
        Ok(Next::Later)
    }

    fn clean_up(&self) {
        let left = ["new.part", "new", "trial.out", "trial.err"].map(|name| self.place.folder.join(name));
        for file in left {
            let _ = std::fs::remove_file(file);
        }
        stage::remove_copy(&self.place);
        let needed = self.state.previous.as_ref().and_then(|previous| previous.backup.as_deref());
        stage::thin_out(self.app, needed);
    }

    fn on_to(&mut self, step: Step) -> Result<Next> {
        if let Some(work) = &mut self.state.work {
            (work.step, work.tries, work.again_at) = (step, 0, 0);
            work.trouble.clear();
        }
        self.state.write(&self.place)?;
        Ok(Next::GoOn)
    }

    /// A failure ends this run; the step is tried again later, and not for ever.
    fn note_trouble(&mut self, error: Error) -> Result<()> {
        let now = self.now();
        let words = self_test::words(&error);
        let Some(work) = &mut self.state.work else { return Err(error) };
        // Somebody else is at it: nothing was tried.
        let is_busy = error.refusal().is_some_and(|refusal| refusal.sentence == errors::UPDATE_BUSY);
        if is_busy {
            return if self.ends.is_none() { Err(error) } else { Ok(()) };
        }
        work.tries += 1;
        work.trouble = words.chars().take(300).collect();
        work.again_at = now + AGAIN_AFTER * i64::from(work.tries);
        let (tries, why) = (work.tries, work.trouble.clone());
        if tries >= TRIES {
            return self.give_up(Outcome::GivenUp, &why).map(|_| ());
        }
        self.state.write(&self.place)?;
        match self.ends {
            // A person waits for the answer.
            None => Err(error),
            Some(_) => Ok(()),
        }
    }

    fn download(&mut self, work: &Work) -> Result<Next> {
        let is_whole = fetch::go_on(self.app, &self.place, work, self.ends)?;
        if !is_whole {
            // Something came: a person waits for the rest, a tick leaves it to the next.
            return Ok(if self.ends.is_none() { Next::GoOn } else { Next::Later });
        }
        let checked =
            place::refuse_changed(&self.place.part(), work).and_then(|()| self.refuse_other_mark(work));
        if let Err(error) = checked {
            let _ = std::fs::remove_file(self.place.part());
            return Err(error);
        }
        let placed = std::fs::rename(self.place.part(), self.place.new_program())
            .and_then(|()| files::sync_folder_of(&self.place.new_program()));
        placed.map_err(not_written)?;
        if let Some(work) = &mut self.state.work {
            work.begun_at = self.app.clock.now();
        }
        self.on_to(Step::Copy)
    }

    /// What the file says of itself must be what the manifest says of it.
    fn refuse_other_mark(&self, work: &Work) -> Result<()> {
        let mark = files::mark(&self.place.part()).map_err(not_written)?;
        match mark {
            Some((version, target)) if version == work.version && target == version::target() => Ok(()),
            found => {
                Err(Error::invalid(errors::UPDATE_FILE_WRONG).with("file", self.place.part().as_path()).with(
                    "why",
                    found.map_or("?".to_string(), |(version, target)| format!("{version} {target}")),
                ))
            }
        }
    }

    /// Whether it may happen now; a file that the owner wants is not kept waiting.
    fn is_time(&self, work: &Work) -> bool {
        let is_wanted = self.state.wanted.as_ref() == Some(&work.version);
        let hour = calendar::local(self.now(), self.app.settings.zone()).hour();
        let chosen = self.app.settings.number(&settings::UPDATE_HOUR);
        offer::is_time(is_wanted, hour, chosen, work.begun_at, self.now())
    }

    fn copy(&mut self, work: &Work) -> Result<Next> {
        if !self.is_time(work) || (self.is_web && self.store.size()? > COPIED_BY_WEB) {
            return Ok(Next::Later);
        }
        let now = self.now();
        let backup = stage::back_up(self.app, self.store)?;
        if let Some(work) = &mut self.state.work {
            (work.backup, work.backup_at) = (Some(backup), now);
        }
        self.on_to(Step::Test)
    }

    fn test(&mut self, work: &Work) -> Result<Next> {
        let backup = work.backup.clone().filter(|backup| self.app.folder.backups().join(backup).is_file());
        let Some(backup) = backup else { return self.on_to(Step::Copy) };
        let left = self.ends.map_or(TEST, |ends| ends.saturating_duration_since(Moment::now()));
        let wall = left.saturating_sub(Duration::from_secs(2)).min(TEST);
        if wall < TEST_NEEDS {
            return Ok(Next::Later);
        }
        if place::refuse_changed(&self.place.new_program(), work).is_err() {
            return self.fetch_again();
        }
        // A test that kills us with it must not be begun for ever.
        self.count_try()?;
        // Always a fresh copy: a test that was cut off has changed its own.
        let tried = stage::lay_out_copy(self.app, &self.place, &backup)
            .and_then(|()| stage::try_out(self.app, &self.place, &work.version, wall));
        stage::remove_copy(&self.place);
        match tried? {
            Ok(()) => self.on_to(Step::Place),
            Err(why) => self.give_up(Outcome::Refused, &why),
        }
    }

    /// The file was right and is not any more.
    fn fetch_again(&mut self) -> Result<Next> {
        let _ = std::fs::remove_file(self.place.new_program());
        self.on_to(Step::Download)
    }

    fn count_try(&mut self) -> Result<()> {
        let Some(work) = &mut self.state.work else { return Ok(()) };
        work.tries += 1;
        if work.tries > TRIES {
            return self.give_up(Outcome::Refused, "the test never ended").map(|_| ());
        }
        self.state.write(&self.place)
    }

    fn put_in_place(&mut self, work: &Work) -> Result<Next> {
        let now = self.now();
        // What was written since the backup would be lost if the data ever had to go back.
        if now - work.backup_at > FRESH || work.backup_at > now {
            return self.on_to(Step::Copy);
        }
        if place::refuse_changed(&self.place.new_program(), work).is_err() {
            return self.fetch_again();
        }
        place::put_in_place(self.app, &self.place, &mut self.state)?;
        stage::thin_out(self.app, work.backup.as_deref());
        Ok(Next::Later)
    }
}
