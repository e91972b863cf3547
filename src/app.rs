//! All that the process has: data folder, clock, settings, key. Built once, passed down, never global.
//! Not the database handle: who may read or write gets it from the gate (web/access) or the command.

use crate::clock::Clock;
use crate::domain::token::{Purpose, SiteKey};
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::guard::{self, Flow, Limits};
use crate::host::key_file;
use crate::host::paths::DataFolder;
use crate::settings::{self, Setting, Settings};
use crate::store::{Brake, Reader, Writer};
use crate::texts::errors;

/// What every flow is given.
pub struct App {
    pub folder: DataFolder,
    pub clock: Clock,
    pub key: SiteKey,
    pub settings: Settings,
    pub budget: Budget,
}

impl App {
    /// Opens a site that is set up, for writing; else E3001.
    pub fn open(folder: DataFolder, clock: Clock, budget: Budget) -> Result<(App, Writer)> {
        App::open_with(folder, clock, budget, Writer::open, |store| store)
    }

    /// The same with a handle that cannot write.
    pub fn open_read_only(folder: DataFolder, clock: Clock, budget: Budget) -> Result<(App, Reader)> {
        App::open_with(folder, clock, budget, Reader::open, |store| store)
    }

    fn open_with<Handle>(
        folder: DataFolder,
        clock: Clock,
        budget: Budget,
        open: impl FnOnce(&std::path::Path, Brake) -> Result<Handle>,
        reading: impl FnOnce(&Handle) -> &Reader,
    ) -> Result<(App, Handle)> {
        let Ok(database) = std::fs::metadata(folder.database()) else {
            return Err(Error::configuration(errors::NOT_SET_UP));
        };
        guard::make_room_for(database.len());
        let key = key_file::read(&folder.key_file())?;
        let store = open(&folder.database(), brake(&budget))?;
        let settings = reading(&store).settings()?;
        Ok((App { folder, clock, key, settings, budget }, store))
    }

    /// Puts the owner's limits in the place of the usual ones, now that the settings are known.
    pub fn heed_limits(&self, flow: Flow) {
        let usual = Limits::for_flow(flow);
        let number = |setting| u64::try_from(self.settings.number(setting)).unwrap_or(0);
        let (cpu, wall) = match flow {
            Flow::Web => (number(&settings::GUARD_WEB_CPU), number(&settings::GUARD_WEB_WALL)),
            Flow::Cron => (number(&settings::GUARD_CPU), number(&settings::GUARD_WALL)),
            // A person watches, and knows how long she waits.
            Flow::Command | Flow::Drill => (usual.cpu_seconds, 0),
        };
        let memory = self.settings.value(&settings::GUARD_MEMORY);
        let memory = if memory == settings::GUARD_MEMORY.default {
            usual.address_space_kib / 1024
        } else {
            memory.parse().unwrap_or(usual.address_space_kib / 1024)
        };
        let wished = usual.wished(flow, memory, cpu, wall);
        if wished != usual {
            guard::adjust(wished);
        }
    }

    /// A secret setting in clear; empty when it is not set.
    pub fn secret(&self, setting: &Setting) -> Result<String> {
        let sealed = self.settings.value(setting);
        if sealed.is_empty() {
            return Ok(String::new());
        }
        let opened = self.key.open(Purpose::Secret, sealed).and_then(|bytes| String::from_utf8(bytes).ok());
        opened.ok_or_else(|| {
            Error::configuration(errors::KEY_FILE_MISSING).with("file", self.folder.key_file().as_path())
        })
    }

    /// Checks and stores a typed value; secrets are sealed on the way.
    pub fn put_setting(&mut self, store: &Writer, setting: &Setting, typed: &str) -> Result<()> {
        let mut value = setting.parse(typed)?;
        if setting.is_secret() && !value.is_empty() {
            value = self.key.seal(Purpose::Secret, value.as_bytes());
        }
        if setting.key == settings::VENDOR_ROOT.key && value != self.settings.value(setting) {
            store.forget_vendor()?;
        }
        store.put_setting(setting, &value, self.clock.now())?;
        if setting.key.starts_with("transport") {
            // A new server or password is a new chance.
            store.forget_transport_trouble()?;
        }
        self.settings.override_with(setting, &value);
        Ok(())
    }
}

/// Stops a query that outlives the budget's time by two seconds: a last record fits in, a runaway query does not.
pub fn brake(budget: &Budget) -> Brake {
    let end = budget.time_left().and_then(|left| std::time::Instant::now().checked_add(left + GRACE));
    Box::new(move || end.is_some_and(|end| std::time::Instant::now() > end))
}

const GRACE: std::time::Duration = std::time::Duration::from_secs(2);
