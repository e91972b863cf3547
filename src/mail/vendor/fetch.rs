//! A look at the vendor's folder: the index, then the files that it says are newer, by their hashes.
//! Not a need: whoever has no outgoing connection hears the same by calls or paste, and without any NEO works on.
//!
//! The order is TUF's: the keys prove themselves by the root, the index is signed by the feed's key and says which bytes
//! belong together, each file is signed by its own. Numbers only rise, and everything has an end.

use std::time::{Duration, Instant};

use url::Url;

use crate::app::App;
use crate::error::{Error, Result};
use crate::link::activation::token_path;
use crate::link::envelope::{self, Kind, refuse_old};
use crate::link::index::{FEED, File, INDEX, Index, KEYS, MANIFEST};
use crate::link::paseto;
use crate::link::tick_call::CallBody;
use crate::link::update::bucket;
use crate::mail::transport::fetch;
use crate::mail::vendor::{Accepted, accept, is_of_the_site};
use crate::settings;
use crate::store::Writer;
use crate::store::link::Heard;
use crate::texts::errors;

/// Four times a day at most.
const GAP: i64 = 6 * 3600;
/// Sites spread themselves over so many further seconds.
const JITTER: i64 = 7200;
/// The whole look takes no longer, however slowly the server sends.
const WALL: Duration = Duration::from_secs(5);
/// A tick that has less time left sends mails instead.
const TIME_NEEDED: Duration = Duration::from_secs(8);

/// A chore: looks if it is time. Whatever goes wrong is noted for the owner and does not disturb the tick.
pub fn if_due(app: &App, store: &Writer) -> Result<()> {
    let is_short = app.budget.time_left().is_some_and(|left| left < TIME_NEEDED);
    if is_short || app.settings.value(&settings::VENDOR_URL).is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let tried_at = store.line()?.tried_at;
    // A clock that was ahead must not keep us from looking for years.
    let is_due = tried_at.is_none_or(|at| now - at >= gap(app) || at > now);
    match is_due.then(|| look(app, store)) {
        Some(Err(error)) if is_of_the_site(&error) => Err(error),
        _ => Ok(()),
    }
}

fn gap(app: &App) -> i64 {
    let place = i64::from(bucket(app.settings.value(&settings::SITE_ID), "fetch"));
    GAP + place * JITTER / 1000
}

/// Looks now. What went wrong is noted beside being given back.
pub fn look(app: &App, store: &Writer) -> Result<Accepted> {
    let url = app.settings.value(&settings::VENDOR_URL);
    if url.is_empty() {
        return Err(Error::configuration(errors::VENDOR_URL_MISSING));
    }
    let now = app.clock.now();
    // First: a look that ends in the brake is not to be repeated by every tick.
    store.note_tried("", now)?;
    let result = Folder::new(url).and_then(|folder| folder.read(app, store));
    let trouble = match &result {
        Ok(accepted) => accepted.refused.first().map(|(_, error)| error),
        Err(error) => Some(error),
    };
    match trouble {
        None => store.note_fetched(now)?,
        Some(error) => {
            let language = app.settings.language();
            let sentence = error.refusal().map(|refusal| refusal.say(language)).unwrap_or_default();
            store.note_tried(&sentence, now)?;
        }
    }
    result
}

struct Folder {
    url: Url,
    deadline: Instant,
}

impl Folder {
    fn new(url: &str) -> Result<Folder> {
        let url = Url::parse(&format!("{url}/"));
        let url = url.map_err(|_| Error::configuration(errors::VENDOR_URL_MISSING))?;
        let deadline = Instant::now().checked_add(WALL);
        Ok(Folder { url, deadline: deadline.unwrap_or_else(Instant::now) })
    }

    fn read(&self, app: &App, store: &Writer) -> Result<Accepted> {
        let mut accepted = Accepted::default();
        let text = self.file(INDEX, Kind::Index.cap())?;
        let index = match self.index(app, store, &text) {
            // Perhaps signed by a key of a list that we have not seen.
            Err(error) if is_about_keys(&error) => {
                let keys = Some(self.file(KEYS, Kind::Keys.cap())?);
                accepted.add(accept(app, store, &CallBody { keys, ..CallBody::default() })?);
                self.index(app, store, &text)?
            }
            other => other?,
        };
        for (name, kind) in [(KEYS, Kind::Keys), (FEED, Kind::Feed), (MANIFEST, Kind::Manifest)] {
            let Some(file) = index.files.get(name) else { continue };
            let seen = store.heard(kind.word())?.map_or(i64::MIN, |heard| heard.number);
            if file.number > seen {
                accepted.add(self.newer(app, store, name, kind, file)?);
            }
        }
        // Only now: whoever is cut off before this begins again.
        store.keep_heard(&Heard {
            kind: Kind::Index.word().to_string(),
            number: index.number,
            expires: index.expires,
            heard_at: app.clock.now(),
            text,
        })?;
        let entered = app.secret(&settings::ACTIVATION_KEY)?;
        let in_use = store.activation()?.map(|activation| activation.key);
        if let Some(key) = Some(entered).filter(|key| !key.is_empty()).or(in_use) {
            accepted.add(self.token(app, store, &token_path(&key))?);
        }
        Ok(accepted)
    }

    fn index(&self, app: &App, store: &Writer, text: &str) -> Result<Index> {
        let trust = store.trust(&app.settings)?;
        let index: Index = envelope::open(text, Kind::Index, &trust, Kind::Index.cap())?;
        let seen = store.heard(Kind::Index.word())?.map_or(i64::MIN, |heard| heard.number);
        refuse_old(index.number, seen, index.expires, app.clock.now())?;
        Ok(index)
    }

    fn newer(&self, app: &App, store: &Writer, name: &str, kind: Kind, file: &File) -> Result<Accepted> {
        let text = self.file(name, kind.cap())?;
        let mut body = CallBody::default();
        let part = match kind {
            Kind::Keys => (&mut body.keys, "keys"),
            Kind::Manifest => (&mut body.manifest, "manifest"),
            Kind::Feed | Kind::Index => (&mut body.feed, "feed"),
        };
        if let Err(error) = file.check(text.as_bytes()) {
            return Ok(Accepted { taken: Vec::new(), refused: vec![(part.1, error)] });
        }
        *part.0 = Some(text);
        accept(app, store, &body)
    }

    /// A customer's token; one that is not there is not renewed.
    fn token(&self, app: &App, store: &Writer, path: &str) -> Result<Accepted> {
        match self.file(path, paseto::LONGEST) {
            Ok(token) => accept(app, store, &CallBody { token: Some(token), ..CallBody::default() }),
            Err(Error::NotFound(_)) => Ok(Accepted::default()),
            Err(error) => Err(error),
        }
    }

    fn file(&self, path: &str, cap: usize) -> Result<String> {
        let url = self.url.join(path).map_err(|cause| Error::fault("naming a file of the vendor", cause))?;
        let mut bytes = Vec::new();
        fetch::get(&url, cap as u64, self.deadline, None, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        String::from_utf8(bytes)
            .map_err(|_| Error::invalid(errors::VENDOR_NOT_READABLE).with("why", "not UTF-8"))
    }
}

fn is_about_keys(error: &Error) -> bool {
    let sentence = error.refusal().map(|refusal| refusal.sentence);
    let ours = [errors::VENDOR_KEY_UNKNOWN, errors::VENDOR_KEY_REVOKED, errors::VENDOR_KEY_ROLE];
    sentence.is_some_and(|sentence| ours.contains(&sentence))
}
