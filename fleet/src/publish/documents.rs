//! A signed file is signed anew when what it says has changed, when another key signs now, or when half of its time has passed.
//! Not what it says.

use neo::clock::Instant;
use neo::error::{Error, Result};
use neo::link::envelope::{Kind, seal};
use neo::link::feed::Feed;
use neo::link::index::sha256_hex;
use neo::link::key::SigningKey;
use neo::link::update::Manifest;
use serde::Serialize;

use crate::store::Store;
use crate::store::publications::Publication;
use crate::texts::errors;

/// What carries a number and its times.
pub(super) trait Numbered: Serialize {
    fn stamp(&mut self, number: i64, issued_at: Instant, expires: Instant);
}

impl Numbered for Feed {
    fn stamp(&mut self, number: i64, issued_at: Instant, expires: Instant) {
        (self.number, self.issued_at, self.expires) = (number, issued_at, expires);
    }
}

impl Numbered for Manifest {
    fn stamp(&mut self, number: i64, issued_at: Instant, expires: Instant) {
        (self.number, self.issued_at, self.expires) = (number, issued_at, expires);
    }
}

/// How a file is renewed.
pub(super) struct Renewal<'a> {
    pub(super) kind: Kind,
    pub(super) signer: &'a SigningKey,
    pub(super) lasts: i64,
    /// The highest number that somebody may have seen elsewhere.
    pub(super) floor: i64,
    pub(super) now: Instant,
}

/// The file as it is to be now. Of two who renew it at once both get the same one.
pub(super) fn renew<T: Numbered>(
    store: &mut Store,
    how: &Renewal<'_>,
    content: impl Fn(&mut Store, Instant) -> Result<T>,
) -> Result<Publication> {
    store.transaction(|store| {
        let mut content = content(store, how.now)?;
        content.stamp(0, 0, 0);
        let plain =
            serde_json::to_string(&content).map_err(|cause| Error::fault("writing a signed file", cause))?;
        let hash = sha256_hex(format!("{} {plain}", how.signer.public().id()).as_bytes());
        let before = store.publication(how.kind)?;
        if let Some(before) = &before {
            let is_fresh = before.expires - how.now > how.lasts / 2 && before.issued_at <= how.now;
            if before.hash == hash && is_fresh && before.number >= how.floor {
                return Ok(before.clone());
            }
        }
        let number = before.map_or(0, |before| before.number).max(how.floor) + 1;
        let expires = how.now + how.lasts;
        content.stamp(number, how.now, expires);
        let text = seal(how.kind, &content, how.signer)?;
        if text.len() > how.kind.cap() {
            return Err(Error::invalid(errors::DOCUMENT_TOO_LARGE)
                .with("kind", how.kind.word())
                .with("limit", format!("{} KiB", how.kind.cap() / 1024)));
        }
        let new = Publication { number, issued_at: how.now, expires, hash, text };
        store.put_publication(how.kind, &new)?;
        Ok(new)
    })
}
