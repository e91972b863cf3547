//! What comes from the vendor is taken in here and nowhere else: verified, newer than what is known, then kept.
//! Not the ways it comes by: a signed call (web/public/tick), the vendor's folder (fetch), a paste (command, pages).
//!
//! Each part is taken or refused by itself: a feed that is too old does not keep a renewed token from arriving.

pub mod fetch;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::link::activation;
use crate::link::envelope::{self, Kind, refuse_old};
use crate::link::feed::Feed;
use crate::link::key::{KeyList, Trust};
use crate::link::tick_call::{CallBody, RefusedPart, SiteState};
use crate::link::update::Manifest;
use crate::mail::tick::Report;
use crate::settings;
use crate::store::link::{Heard, TOKEN};
use crate::store::{Reader, Writer};
use crate::texts::errors;

/// What became of the parts: `keys`, `feed`, `manifest`, `token`.
#[derive(Debug, Default)]
pub struct Accepted {
    /// Newer than what was known, and kept.
    pub taken: Vec<&'static str>,
    pub refused: Vec<(&'static str, Error)>,
}

impl Accepted {
    /// Notes what became of a part; only failures of the site itself end the work.
    fn note(&mut self, part: &'static str, result: Result<bool>) -> Result<()> {
        match result {
            Ok(true) => self.taken.push(part),
            Ok(false) => {}
            Err(error) => match is_of_the_site(&error) {
                true => return Err(error),
                false => self.refused.push((part, error)),
            },
        }
        Ok(())
    }

    fn add(&mut self, more: Accepted) {
        self.taken.extend(more.taken);
        self.refused.extend(more.refused);
    }

    /// The refused parts by their numbers.
    pub fn refused_numbers(&self) -> Vec<RefusedPart> {
        let number = |error: &Error| error.refusal().map_or(0, |refusal| refusal.sentence.number);
        self.refused
            .iter()
            .map(|(part, error)| RefusedPart { part: (*part).to_string(), error: number(error) })
            .collect()
    }
}

/// Whether it is the site that failed, and not what came: a full disk is no reason to call a feed wrong.
fn is_of_the_site(error: &Error) -> bool {
    match error.refusal() {
        None => true,
        Some(refusal) => (4000..9000).contains(&refusal.sentence.number),
    }
}

/// Takes in what a call or the vendor's folder brought. Keys first: the rest may be signed by the new ones.
pub fn accept(app: &App, store: &Writer, body: &CallBody) -> Result<Accepted> {
    let mut accepted = Accepted::default();
    if let Some(text) = &body.keys {
        accepted.note("keys", take_keys(app, store, text))?;
    }
    if let Some(text) = &body.feed {
        accepted.note("feed", take_feed(app, store, text))?;
    }
    if let Some(text) = &body.manifest {
        accepted.note("manifest", take_manifest(app, store, text))?;
    }
    if let Some(text) = &body.token {
        accepted.note("token", take_token(app, store, text, Giver::Vendor))?;
    }
    if body.advice.is_some() {
        store.note_advice(body.advice, app.clock.now())?;
    }
    Ok(accepted)
}

/// Takes in what the owner pasted: a signed file, several as the body of a call, or a token in any of its forms. Unlike the
/// vendor she may change to another activation key. Says what was taken.
pub fn accept_typed(app: &App, store: &Writer, text: &str) -> Result<Vec<&'static str>> {
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if !text.starts_with('{') {
        let token = activation::from_typed(text)?;
        take_token(app, store, &token, Giver::Owner)?;
        return Ok(vec!["token"]);
    }
    let body = CallBody::parse(text.as_bytes()).unwrap_or_default();
    if body == CallBody::default() {
        let one = |part, result: Result<bool>| result.map(|_| vec![part]);
        return match envelope::kind_of(text)? {
            Kind::Keys => one("keys", take_keys(app, store, text)),
            Kind::Feed => one("feed", take_feed(app, store, text)),
            Kind::Manifest => one("manifest", take_manifest(app, store, text)),
            Kind::Index => Err(Error::invalid(errors::VENDOR_WRONG_KIND)
                .with("found", Kind::Index.word())
                .with("wanted", Kind::Feed.word())),
        };
    }
    let token = body.token.clone();
    let accepted = accept(app, store, &CallBody { token: None, ..body })?;
    if let Some((_, error)) = accepted.refused.into_iter().next() {
        return Err(error);
    }
    let mut taken = accepted.taken;
    if let Some(token) = token {
        take_token(app, store, &token, Giver::Owner)?;
        taken.push("token");
    }
    Ok(taken)
}

fn take_keys(app: &App, store: &Writer, text: &str) -> Result<bool> {
    let trust = store.trust(&app.settings)?;
    let list = newer_keys(&trust, text, app.clock.now())?;
    let kept = Kept { kind: Kind::Keys.word(), number: list.number, expires: list.expires };
    store.transaction(|| {
        let is_new = kept.keep(app, store, text)?;
        store.forget_signed_by(&list.revoked)?;
        Ok(is_new)
    })
}

/// A list of keys that a root signed, and that is not older than the one in force.
pub fn newer_keys(trust: &Trust, text: &str, now: Instant) -> Result<KeyList> {
    let list: KeyList = envelope::open(text, Kind::Keys, trust, Kind::Keys.cap())?;
    let seen = trust.list.as_ref().map_or(i64::MIN, |known| known.number);
    refuse_old(list.number, seen, list.expires, now)?;
    Ok(list)
}

fn take_feed(app: &App, store: &Writer, text: &str) -> Result<bool> {
    let feed: Feed = open(app, store, text, Kind::Feed)?;
    Kept { kind: Kind::Feed.word(), number: feed.number, expires: feed.expires }.keep(app, store, text)
}

fn take_manifest(app: &App, store: &Writer, text: &str) -> Result<bool> {
    let manifest: Manifest = open(app, store, text, Kind::Manifest)?;
    Kept { kind: Kind::Manifest.word(), number: manifest.number, expires: manifest.expires }
        .keep(app, store, text)
}

/// Opens a file by the keys in force, which must be in their time.
fn open<T: DeserializeOwned>(app: &App, store: &Reader, text: &str, kind: Kind) -> Result<T> {
    let trust = store.trust(&app.settings)?;
    let content = envelope::open(text, kind, &trust, kind.cap())?;
    trust.refuse_expired(app.clock.now())?;
    Ok(content)
}

struct Kept {
    kind: &'static str,
    number: i64,
    expires: Instant,
}

impl Kept {
    /// Keeps a verified text if it is newer than what is known. The same number again is no news, and no mistake.
    fn keep(&self, app: &App, store: &Writer, text: &str) -> Result<bool> {
        let now = app.clock.now();
        let seen = store.heard(self.kind)?.map_or(i64::MIN, |heard| heard.number);
        refuse_old(self.number, seen, self.expires, now)?;
        self.put(store, text, now)?;
        Ok(self.number > seen)
    }

    fn put(&self, store: &Writer, text: &str, now: Instant) -> Result<()> {
        store.keep_heard(&Heard {
            kind: self.kind.to_string(),
            number: self.number,
            expires: self.expires,
            heard_at: now,
            text: text.to_string(),
        })
    }
}

/// Who brings a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Giver {
    /// Renews the key that is in use; the first token is welcome too.
    Vendor,
    /// May change to another key.
    Owner,
}

fn take_token(app: &App, store: &Writer, token: &str, giver: Giver) -> Result<bool> {
    let token = token.trim();
    let trust = store.trust(&app.settings)?;
    let wanted = activation::read(token, &trust)?;
    let site = app.settings.value(&settings::SITE_ID);
    if wanted.site.as_ref().is_some_and(|other| other != site) {
        return Err(Error::invalid(errors::TOKEN_OTHER_SITE).with("site", site));
    }
    let present = store.heard(TOKEN)?;
    let has_other_key = store.activation()?.is_some_and(|present| present.key != wanted.key);
    // Unless the owner has entered it and waits for its token.
    let is_awaited = app.secret(&settings::ACTIVATION_KEY)? == wanted.key;
    if has_other_key && giver == Giver::Vendor && !is_awaited {
        return Err(Error::invalid(errors::TOKEN_OTHER_KEY).with("key", wanted.key));
    }
    // A token of a revoked signer gives way to any good one.
    let is_void = present.as_ref().is_some_and(|present| is_signer_revoked(&trust, &present.text));
    let seen = present.filter(|_| !has_other_key && !is_void).map_or(i64::MIN, |present| present.number);
    if wanted.issued_at < seen {
        return Err(Error::invalid(errors::TOKEN_OLDER));
    }
    let kept = Kept { kind: TOKEN, number: wanted.issued_at, expires: wanted.valid_until };
    store.transaction(|| {
        if has_other_key || is_void {
            store.forget_heard(TOKEN)?;
        }
        kept.put(store, token, app.clock.now())
    })?;
    Ok(wanted.issued_at > seen)
}

fn is_signer_revoked(trust: &Trust, token: &str) -> bool {
    let revoked = trust.list.iter().flat_map(|list| &list.revoked);
    activation::signer_of(token).is_some_and(|signer| revoked.into_iter().any(|other| *other == signer))
}

/// The answer to a call: the tick's report and the state of the site, in one object.
pub fn answer(report: &Report, state: &SiteState) -> Result<Value> {
    let write = |cause: serde_json::Error| Error::fault("writing the answer to the vendor", cause);
    let mut answer = serde_json::to_value(report).map_err(write)?;
    if let (Some(answer), Value::Object(state)) =
        (answer.as_object_mut(), serde_json::to_value(state).map_err(write)?)
    {
        answer.extend(state);
    }
    Ok(answer)
}

/// What the vendor is told of a site when it calls; the same that the owner's page shows her.
pub fn site_state(app: &App, store: &Reader) -> Result<SiteState> {
    let now = app.clock.now();
    let beats: BTreeMap<String, i64> =
        store.beats()?.into_iter().map(|beat| (beat.source, beat.at)).collect();
    Ok(SiteState {
        site: app.settings.value(&settings::SITE_ID).to_string(),
        trips: store.trips_since(now - 86_400)?,
        beats,
        key_valid_until: store.activation()?.map(|activation| activation.valid_until),
        feed_number: store.heard(Kind::Feed.word())?.map(|heard| heard.number),
        wanted_clock: app.settings.value(&settings::WANTED_CLOCK).to_string(),
        broadcasts_waiting: i64::try_from(store.open_broadcasts()?.len()).unwrap_or(i64::MAX),
        refused: Vec::new(),
    })
}
