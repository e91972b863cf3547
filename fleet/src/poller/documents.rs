//! What calls bring along: the newest signed files, and only to sites whose numbers are behind.
//! Not who signs them: publication.

use std::collections::HashMap;

use hyper::body::Bytes;
use neo::error::Result;
use neo::link::envelope::Kind;
use neo::link::feed::Advice;
use neo::link::key::SigningKey;
use neo::link::tick_call::{BODY_CAP, CallBody};

use super::record::Brought;
use crate::signing::tokens;
use crate::store::Store;
use crate::store::breakers::USE_LOCAL_CRON;
use crate::store::calls::Due;
use crate::store::publications::Publication;

/// The published files, and the bodies that were made of them: most sites get the same.
#[derive(Default)]
pub(crate) struct Documents {
    keys: Option<Publication>,
    feed: Option<Publication>,
    manifest: Option<Publication>,
    token_key: Option<SigningKey>,
    made: HashMap<(bool, bool, bool, bool), Bytes>,
}

impl Documents {
    /// Reads the files anew; one that was never published is not brought, nor a token without the key that signs it.
    pub(crate) fn read(&mut self, store: &mut Store, token_key: Option<SigningKey>) -> Result<()> {
        self.token_key = token_key;
        self.keys = store.publication(Kind::Keys)?;
        self.feed = store.publication(Kind::Feed)?;
        self.manifest = store.publication(Kind::Manifest)?;
        self.made.clear();
        Ok(())
    }

    /// The body of a call.
    pub(crate) fn body(&mut self, store: &mut Store, due: &Due) -> Result<(Bytes, Brought)> {
        let newer = |document: &Option<Publication>, known| {
            document.as_ref().map(|document| document.number).filter(|number| *number > known)
        };
        let keys = newer(&self.keys, due.keys_number);
        let feed = newer(&self.feed, due.feed_number);
        let manifest = newer(&self.manifest, due.manifest_number);
        let is_advised = due.advice == USE_LOCAL_CRON;
        let brought = Brought { keys, manifest };
        let token = self.token(store, due)?;
        let which = (keys.is_some(), feed.is_some(), manifest.is_some(), is_advised);
        if let (None, Some(body)) = (&token, self.made.get(&which)) {
            return Ok((body.clone(), brought));
        }
        let text = |is_behind: bool, document: &Option<Publication>| {
            document.as_ref().filter(|_| is_behind).map(|document| document.text.clone())
        };
        let is_common = token.is_none();
        let body = CallBody {
            keys: text(which.0, &self.keys),
            feed: text(which.1, &self.feed),
            token,
            manifest: text(which.2, &self.manifest),
            advice: is_advised.then_some(Advice::UseLocalCron),
        };
        if let Some(bytes) = write(&body) {
            if is_common {
                self.made.insert(which, bytes.clone());
            }
            return Ok((bytes, brought));
        }
        // Too much for one call: the next brings the rest.
        let less = CallBody { manifest: None, ..body };
        let less = write(&less).or_else(|| write(&CallBody { feed: None, ..less }));
        Ok((less.unwrap_or_default(), Brought { manifest: None, ..brought }))
    }

    /// The token of a key whose end the site does not know yet.
    fn token(&self, store: &mut Store, due: &Due) -> Result<Option<String>> {
        let (Some(signer), Some(key)) = (&self.token_key, &due.key) else { return Ok(None) };
        match due.key_valid_until == due.key_known_until {
            true => Ok(None),
            false => tokens::of(&store.key(key)?, signer).map(Some),
        }
    }
}

fn write(body: &CallBody) -> Option<Bytes> {
    if *body == CallBody::default() {
        return Some(Bytes::new());
    }
    let bytes = serde_json::to_vec(body).ok()?;
    (bytes.len() <= BODY_CAP).then(|| Bytes::from(bytes))
}
