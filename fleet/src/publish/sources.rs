//! Where the content of what is published comes from: incidents and news, releases and their files.
//! Not their rules.

use std::path::PathBuf;

use neo::clock::Instant;
use neo::error::Result;
use neo::link::feed::Feed;
use neo::link::update::Manifest;

use crate::app::Fleet;
use crate::incidents;
use crate::releases;
use crate::releases::journal::Journal;
use crate::store::Store;

/// Incidents and news; number and times are put in later.
pub(super) fn feed_content(store: &mut Store, now: Instant) -> Result<Feed> {
    let (incidents, news) = incidents::feed::content(store, now)?;
    Ok(Feed { number: 0, issued_at: 0, expires: 0, incidents, news })
}

/// The newest release, if there is one and its log is whole.
pub(super) fn manifest_content(fleet: &mut Fleet) -> Result<Option<Manifest>> {
    if fleet.store.release_log_end()?.is_none() {
        return Ok(None);
    }
    Journal::open(fleet)?.refuse_flaw()?;
    let now = fleet.now();
    releases::manifest_content(&mut fleet.store, now)
}

/// The files that the manifest names: their path in the folder, and where they are kept.
pub(super) fn release_files(fleet: &mut Fleet) -> Result<Vec<(String, PathBuf)>> {
    releases::manifest::published_files(fleet)
}
