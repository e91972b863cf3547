//! All that the process has, built once and passed down: the folder, the store, the clock, and who is at work.
//! Not the work itself.

use std::path::{Path, PathBuf};

use neo::clock::{Clock, Instant};
use neo::error::{Error, Result};
use neo::host::paths::DataFolder;

use crate::store::audit::Act;
use crate::store::{DatabaseUrl, Store};
use crate::texts::errors;

/// The folder that holds the fleet's file and its signing keys; closed to everybody else.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Uses an existing folder, closing it if needed.
    pub fn existing(path: &Path) -> Result<Folder> {
        match path.is_dir() {
            true => Folder::made(path),
            false => Err(Error::configuration(errors::FLEET_MISSING).with("place", path)),
        }
    }

    /// Makes the folder if needed.
    pub fn made(path: &Path) -> Result<Folder> {
        DataFolder::named(path).map(|folder| Folder { path: folder.path().to_path_buf() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
    pub fn database(&self) -> PathBuf {
        self.path.join("fleet.sqlite")
    }
    /// The online signing keys.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }
}

/// What the command line says about where and who.
#[derive(Clone, Debug)]
pub struct Place {
    pub data: PathBuf,
    pub database: Option<DatabaseUrl>,
    pub who: String,
    /// A fleet made with `--rehearsal` takes its time from `NEO_FLEET_NOW`; a real one never does.
    pub is_rehearsal: bool,
}

const REAL: &str = "real";
const REHEARSAL: &str = "rehearsal";

/// An open fleet.
pub struct Fleet {
    pub data: Folder,
    pub store: Store,
    pub clock: Clock,
    /// Who is at work, for the audit.
    pub who: String,
    pub is_rehearsal: bool,
}

impl Fleet {
    pub fn open(place: &Place) -> Result<Fleet> {
        let clock = place.clock()?;
        let data = Folder::existing(&place.data)?;
        let url = place.database(&data);
        let mut store = Store::open(&url)?;
        if let Some(to) = store.meta("moved_to")? {
            return Err(Error::configuration(errors::FLEET_MOVED).with("place", to));
        }
        let kind = store.meta("kind")?;
        match (kind.as_deref(), place.is_rehearsal) {
            (None, _) => Err(Error::configuration(errors::FLEET_MISSING).with("place", url.to_string())),
            (Some(REHEARSAL), false) => Err(Error::configuration(errors::FLEET_IS_REHEARSAL)),
            (Some(REAL), true) => Err(Error::configuration(errors::FLEET_IS_REAL)),
            (Some(_), is_rehearsal) => Ok(Fleet { data, store, clock, who: place.who.clone(), is_rehearsal }),
        }
    }

    /// Makes a new fleet: the folder, the tables, the first line of the audit.
    pub fn create(place: &Place) -> Result<Fleet> {
        let clock = place.clock()?;
        let data = Folder::made(&place.data)?;
        let url = place.database(&data);
        let mut store = Store::create(&url)?;
        let (who, is_rehearsal) = (place.who.clone(), place.is_rehearsal);
        store.transaction(|store| {
            // Of several who make it at once one does.
            match store.claim_meta("kind", if is_rehearsal { REHEARSAL } else { REAL })? {
                true => store.audit(clock.now(), &who, "fleet made", "fleet"),
                false => Err(Error::invalid(errors::FLEET_EXISTS).with("place", url.to_string())),
            }
        })?;
        Ok(Fleet { data, store, clock, who, is_rehearsal })
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Who does what is done next, and when.
    pub fn act(&self) -> Act {
        Act { now: self.clock.now(), who: self.who.clone() }
    }
}

impl Place {
    /// What the command line names, else the environment, else the usual.
    pub fn named(
        data: Option<PathBuf>,
        database: Option<String>,
        who: Option<String>,
        is_rehearsal: bool,
    ) -> Result<Place> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let words = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());
        let database = database.or_else(|| words("NEO_FLEET_DATABASE"));
        let who = who.or_else(|| words("USER")).or_else(|| words("LOGNAME"));
        Ok(Place {
            data: data
                .or_else(|| variable("NEO_FLEET_DATA").map(PathBuf::from))
                .unwrap_or_else(|| PathBuf::from("fleet-data")),
            database: database.as_deref().map(DatabaseUrl::parse).transpose()?,
            who: who.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw())),
            is_rehearsal,
        })
    }

    /// What a web server's configuration names, for the portal.
    pub fn of_web_server() -> Result<Place> {
        let is_rehearsal = std::env::var_os("NEO_FLEET_REHEARSAL").is_some_and(|value| !value.is_empty());
        Place::named(None, None, Some("portal".to_string()), is_rehearsal)
    }

    pub fn database(&self, data: &Folder) -> DatabaseUrl {
        self.database.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(data.database()))
    }

    /// The machine's clock; a rehearsal's may be moved.
    pub fn clock(&self) -> Result<Clock> {
        let Some(moved) = std::env::var_os("NEO_FLEET_NOW") else { return Ok(Clock::machine()) };
        if !self.is_rehearsal {
            return Err(Error::configuration(errors::CLOCK_IS_REAL));
        }
        let now = moved.to_str().and_then(|text| text.parse().ok());
        now.map(Clock::standing_at).ok_or_else(|| Error::configuration(errors::CLOCK_IS_REAL))
    }
}
