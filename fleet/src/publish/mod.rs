//! `publish DIR`: everything that installs may read, as files for any web server or CDN. Written whole or not at all, the
//! index last, so that a reader in between meets either the old set or a file that does not fit the index and waits.
//! Not what it says: incidents, releases.
//!
//! Doing it again changes nothing until something changed or half of a file's time has passed; so it may run every few
//! minutes. Numbers only rise, also after the database was restored from a backup: what already lies in the folder counts.

mod documents;
mod pages;
mod sources;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use neo::error::{Error, Result};
use neo::link::activation::token_path;
use neo::link::envelope::{self, Kind};
use neo::link::index::{FEED, File, INDEX, Index, KEYS, MANIFEST};
use neo::link::key::{Role, SigningKey};
use serde::Serialize;

use self::documents::{Numbered, Renewal, renew};
use self::write::Folder;
use crate::app::Fleet;
use crate::signing::{list, seeds, tokens};
use crate::store::publications::Publication;
use crate::texts::errors;

/// Where the folder that was published last is noted, in the fleet's own values.
pub const PUBLISHED_FOLDER: &str = "published_folder";
const DAY: i64 = 86_400;
/// For how long installs believe what they read. The index, which says what is the newest, the shortest: so long can somebody
/// between keep news from them without their noticing.
const INDEX_LASTS: i64 = 7 * DAY;
const FEED_LASTS: i64 = 14 * DAY;
const MANIFEST_LASTS: i64 = 14 * DAY;
/// Tokens that are looked at in one go.
const PAGE: i64 = 500;

/// What was published.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Each signed file's number.
    pub numbers: BTreeMap<&'static str, i64>,
    /// Files that are new or were changed, of any kind.
    pub written: u64,
    pub tokens: u64,
    /// The list of keys ends so many days from now: time for the root.
    pub keys_days_left: i64,
    /// Why the manifest stays as it was published last.
    #[serde(skip)]
    pub manifest_refused: Option<Error>,
}

/// The signed files as they are to be now, renewed where that is due. Tick calls bring these too.
pub struct Documents {
    pub keys: Publication,
    pub feed: Publication,
    pub manifest: Option<Publication>,
    /// Why the manifest stays as it was published last.
    pub manifest_refused: Option<Error>,
}

/// Brings the signed files up to date in the database, without any folder.
pub fn refresh(fleet: &mut Fleet) -> Result<Documents> {
    refresh_above(fleet, &BTreeMap::new())
}

fn refresh_above(fleet: &mut Fleet, seen: &BTreeMap<String, File>) -> Result<Documents> {
    let (folder, now) = (fleet.data.keys(), fleet.now());
    let (content, manifest_refused) = match sources::manifest_content(fleet) {
        Ok(content) => (content, None),
        // A release log with a flaw changes no manifest; keys and news go out all the same.
        Err(error) if error.refusal().is_some() => (None, Some(error)),
        Err(fault) => return Err(fault),
    };
    let store = &mut fleet.store;
    let keys = list::in_force(store, now)?;
    let trust = list::trust(store)?;
    let floor = |name: &str| seen.get(name).map_or(0, |file| file.number);
    if floor(KEYS) > keys.number {
        return Err(Error::configuration(errors::PUBLISHED_NEWER).with("number", floor(KEYS).to_string()));
    }
    let feed_key = signer(&folder, &trust, Role::Feed)?;
    let renewal = Renewal { kind: Kind::Feed, signer: &feed_key, lasts: FEED_LASTS, floor: floor(FEED), now };
    let feed = renew(store, &renewal, sources::feed_content)?;
    let manifest = match content {
        None => store.publication(Kind::Manifest)?,
        Some(content) => {
            let key = signer(&folder, &trust, Role::Release)?;
            let floor = floor(MANIFEST).max(content.number - 1);
            let renewal = Renewal { kind: Kind::Manifest, signer: &key, lasts: MANIFEST_LASTS, floor, now };
            Some(renew(store, &renewal, |_, _| Ok(content.clone()))?)
        }
    };
    Ok(Documents { keys, feed, manifest, manifest_refused })
}

/// The key of a role, refused when installs would not believe it.
fn signer(folder: &Path, trust: &neo::link::key::Trust, role: Role) -> Result<SigningKey> {
    let key = seeds::present(folder, role)?;
    match trust.key(&key.public().id(), role) {
        Ok(_) => Ok(key),
        Err(_) => Err(Error::configuration(errors::KEY_LIST_LACKS).with("role", role.word())),
    }
}

/// Publishes into a folder, which is made if it is missing.
pub fn publish(fleet: &mut Fleet, folder: &Path) -> Result<Report> {
    let _lock = write::lock(&fleet.data.path().join("publish.lock"))?;
    remember(fleet, folder)?;
    let mut folder = Folder::open(folder)?;
    let trust = list::trust(&mut fleet.store)?;
    let there: Option<Index> = folder
        .read(INDEX, Kind::Index.cap())
        .and_then(|text| envelope::open(&text, Kind::Index, &trust, Kind::Index.cap()).ok());
    let there = there.unwrap_or_default();
    let documents = refresh_above(fleet, &there.files)?;
    let now = fleet.now();
    let mut report = Report {
        keys_days_left: (documents.keys.expires - now) / DAY,
        manifest_refused: documents.manifest_refused,
        tokens: write_tokens(fleet, &mut folder, &trust)?,
        ..Report::default()
    };
    for (path, kept) in sources::release_files(fleet)? {
        folder.copy(&path, &kept)?;
    }
    let feed = envelope::open(&documents.feed.text, Kind::Feed, &trust, Kind::Feed.cap())?;
    pages::write(&mut folder, &feed)?;
    let mut files = BTreeMap::new();
    let signed = [
        (KEYS, Some(&documents.keys)),
        (MANIFEST, documents.manifest.as_ref()),
        (FEED, Some(&documents.feed)),
    ];
    for (name, publication) in signed {
        let Some(publication) = publication else { continue };
        folder.put(name, publication.text.as_bytes())?;
        files.insert(name.to_string(), File::of(publication.number, publication.text.as_bytes()));
        report.numbers.insert(name, publication.number);
    }
    let key = signer(&fleet.data.keys(), &trust, Role::Feed)?;
    let renewal = Renewal { kind: Kind::Index, signer: &key, lasts: INDEX_LASTS, floor: there.number, now };
    let index =
        renew(&mut fleet.store, &renewal, |_, _| Ok(Index { files: files.clone(), ..Index::default() }))?;
    folder.put(INDEX, index.text.as_bytes())?;
    report.numbers.insert(INDEX, index.number);
    ["", "tokens", "news"].iter().for_each(|inner| folder.sweep(inner));
    report.written = folder.written();
    Ok(report)
}

/// The release gate holds the database against what was published last.
fn remember(fleet: &mut Fleet, folder: &Path) -> Result<()> {
    let place = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()).display().to_string();
    match fleet.store.meta(PUBLISHED_FOLDER)? {
        Some(before) if before == place => Ok(()),
        _ => fleet.store.set_meta(PUBLISHED_FOLDER, &place),
    }
}

/// Each key's token, also a revoked one's: that is how its site hears of it.
fn write_tokens(fleet: &mut Fleet, folder: &mut Folder, trust: &neo::link::key::Trust) -> Result<u64> {
    let signer = signer(&fleet.data.keys(), trust, Role::Activation)?;
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let keys = fleet.store.keys(None, Some(&after), PAGE)?;
        let Some(last) = keys.last() else { return Ok(count) };
        after.clone_from(&last.key);
        for key in &keys {
            folder.put(&token_path(&key.key), tokens::of(key, &signer)?.as_bytes())?;
            count += 1;
        }
    }
}

impl Numbered for Index {
    fn stamp(&mut self, number: i64, issued_at: i64, expires: i64) {
        (self.number, self.issued_at, self.expires) = (number, issued_at, expires);
    }
}
