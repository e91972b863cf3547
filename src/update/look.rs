//! All that page and command show of updates. Nothing is changed here, and nothing asked of anybody.
//! Not the words: texts/update.

use std::path::PathBuf;

use crate::app::App;
use crate::error::{Error, Result};
use crate::guard::watch::{self, Tally, Watch};
use crate::link::update::Manifest;
use crate::store::Reader;
use crate::update::files::Place;
use crate::update::offer::{self, NotOffered};
use crate::update::rollback::{self, WayBack};
use crate::update::state::State;
use crate::version;

/// What is known.
pub struct Look {
    pub running: &'static str,
    pub target: &'static str,
    pub program: PathBuf,
    /// Why this program cannot be replaced from here.
    pub trouble: Option<Error>,
    pub offered: Option<Manifest>,
    pub why_not: Option<NotOffered>,
    /// The vendor says that nobody should run this version.
    pub is_withdrawn: bool,
    pub state: State,
    /// What was counted, while a new program is watched.
    pub watch: Option<Tally>,
    pub way_back: Option<WayBack>,
}

pub fn look(app: &App, store: &Reader) -> Result<Look> {
    let place = Place::of(&app.folder)?;
    let state = State::read(&place);
    let manifest = store.manifest()?;
    let why_not = offer::offered(manifest.as_ref(), &super::site(app)).err();
    let is_withdrawn = manifest
        .as_ref()
        .is_some_and(|manifest| manifest.withdrawn.iter().any(|version| version == version::version()));
    let watch = Watch::read(&watch::file_beside(&place.program));
    let watch = watch.filter(|watch| watch.is_of(&place.program)).map(|watch| watch.tally(app.clock.now()));
    Ok(Look {
        running: version::version(),
        target: version::target(),
        trouble: super::files::refuse_foreign(&place).err(),
        way_back: rollback::way_back(&place, &state, store)?,
        program: place.program,
        offered: manifest.filter(|_| why_not.is_none()),
        why_not,
        is_withdrawn,
        state,
        watch,
    })
}
