//! The index: which files of the vendor's folder belong together, by number, length and hash (TUF's snapshot).
//! Not the files, and not the tokens: each token proves itself, and there are as many as customers.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::texts::errors;

/// The names of the files in the vendor's folder.
pub const INDEX: &str = "index.json";
pub const KEYS: &str = "keys.json";
pub const FEED: &str = "feed.json";
pub const MANIFEST: &str = "manifest.json";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub number: i64,
    pub issued_at: i64,
    pub expires: i64,
    pub files: BTreeMap<String, File>,
}

/// One file: the number inside it, and its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub number: i64,
    pub length: u64,
    pub sha256: String,
}

impl File {
    pub fn of(number: i64, content: &[u8]) -> File {
        File { number, length: content.len() as u64, sha256: sha256_hex(content) }
    }

    /// Refuses bytes that are not those which the index speaks of (mix and match, endless data).
    pub fn check(&self, content: &[u8]) -> Result<()> {
        match self.length == content.len() as u64 && self.sha256 == sha256_hex(content) {
            true => Ok(()),
            false => Err(Error::invalid(errors::VENDOR_MIXED)),
        }
    }
}

/// SHA-256 in small hexadecimal.
pub fn sha256_hex(content: &[u8]) -> String {
    HEXLOWER.encode(ring::digest::digest(&ring::digest::SHA256, content).as_ref())
}
