//! What calls bring along: the newest signed files, and only to sites whose numbers are behind.
//! Not who signs them: publication.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use hyper::body::Bytes;
use neo::link::activation;
use neo::link::feed::Advice;
use neo::link::tick_call::{BODY_CAP, CallBody};
use serde::Deserialize;

use super::record::Brought;
use crate::store::breakers::USE_LOCAL_CRON;
use crate::store::calls::Due;

/// A signed file and the number in it.
#[derive(Clone, Debug, Default)]
struct Document {
    number: i64,
    text: String,
}

/// The published folder's files, and the bodies that were made of them: most sites get the same.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    folder: PathBuf,
    keys: Option<Document>,
    feed: Option<Document>,
    manifest: Option<Document>,
    made: HashMap<(bool, bool, bool, bool), Bytes>,
}

/// What both layers of a signed file hold that is of use here. Our own files: nothing is verified.
#[derive(Deserialize)]
struct Outer {
    payload: String,
}

#[derive(Deserialize)]
struct Inner {
    number: i64,
}

impl Documents {
    pub(crate) fn new(folder: &Path) -> Documents {
        Documents { folder: folder.to_path_buf(), ..Documents::default() }
    }

    /// Reads the files anew; one that is not there is not brought.
    pub(crate) fn read(&mut self) {
        self.keys = self.document("keys.json");
        self.feed = self.document("feed.json");
        self.manifest = self.document("manifest.json");
        self.made.clear();
    }

    fn document(&self, name: &str) -> Option<Document> {
        let text = std::fs::read_to_string(self.folder.join(name)).ok()?;
        let outer: Outer = serde_json::from_str(&text).ok()?;
        let inner: Inner = serde_json::from_str(&outer.payload).ok()?;
        Some(Document { number: inner.number, text })
    }

    /// The body of a call.
    pub(crate) fn body(&mut self, due: &Due) -> (Bytes, Brought) {
        let newer = |document: &Option<Document>, known| {
            document.as_ref().map(|document| document.number).filter(|number| *number > known)
        };
        let keys = newer(&self.keys, due.keys_number);
        let feed = newer(&self.feed, due.feed_number);
        let manifest = newer(&self.manifest, due.manifest_number);
        let is_advised = due.advice == USE_LOCAL_CRON;
        let brought = Brought { keys, manifest };
        let token = self.token(due);
        let which = (keys.is_some(), feed.is_some(), manifest.is_some(), is_advised);
        if let (None, Some(body)) = (&token, self.made.get(&which)) {
            return (body.clone(), brought);
        }
        let text = |is_behind: bool, document: &Option<Document>| {
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
        match write(&body) {
            Some(bytes) => {
                if is_common {
                    self.made.insert(which, bytes.clone());
                }
                (bytes, brought)
            }
            // Too much for one call: the next brings the rest.
            None => {
                let less = CallBody { manifest: None, ..body };
                let less = write(&less).or_else(|| write(&CallBody { feed: None, ..less }));
                (less.unwrap_or_default(), Brought { manifest: None, ..brought })
            }
        }
    }

    /// The token of a key whose end the site does not know yet.
    fn token(&self, due: &Due) -> Option<String> {
        if due.key_valid_until == due.key_known_until {
            return None;
        }
        let path = activation::token_path(due.key.as_deref()?);
        std::fs::read_to_string(self.folder.join(path)).ok().map(|text| text.trim().to_string())
    }
}

fn write(body: &CallBody) -> Option<Bytes> {
    if *body == CallBody::default() {
        return Some(Bytes::new());
    }
    let bytes = serde_json::to_vec(body).ok()?;
    (bytes.len() <= BODY_CAP).then(|| Bytes::from(bytes))
}
