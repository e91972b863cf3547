//! The signed file: JSON around a JSON text, and the signature over its kind and that text.
//! Not what stands inside: those are key, feed, index and update.

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key::{KeyId, PublicKey, Role, SigningKey, Trust};
use crate::error::{Error, Result};
use crate::texts::errors;

/// What a signed file is. It is signed too: a feed is no manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Keys,
    Feed,
    Manifest,
    Index,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Keys, Kind::Feed, Kind::Manifest, Kind::Index];

    /// As the file says it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Keys => "neo-keys",
            Kind::Feed => "neo-feed",
            Kind::Manifest => "neo-manifest",
            Kind::Index => "neo-index",
        }
    }

    /// The most bytes of such a file.
    pub fn cap(self) -> usize {
        match self {
            Kind::Keys | Kind::Manifest | Kind::Index => 64 * 1024,
            Kind::Feed => 128 * 1024,
        }
    }

    fn signer<'a>(self, trust: &'a Trust, id: &str) -> Result<&'a PublicKey> {
        match self {
            Kind::Keys => trust.root(id),
            Kind::Feed | Kind::Index => trust.key(id, Role::Feed),
            Kind::Manifest => trust.key(id, Role::Release),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    kind: String,
    key: KeyId,
    payload: String,
    signature: String,
}

/// Signs `content`; the text is what a web server hands out.
pub fn seal<T: Serialize>(kind: Kind, content: &T, key: &SigningKey) -> Result<String> {
    let write = |cause: serde_json::Error| Error::fault("writing a signed file", cause);
    let payload = serde_json::to_string(content).map_err(write)?;
    let signature = BASE64URL_NOPAD.encode(&key.sign(&[kind.word().as_bytes(), payload.as_bytes()]));
    let envelope = Envelope { kind: kind.word().to_string(), key: key.public().id(), payload, signature };
    serde_json::to_string(&envelope).map_err(write)
}

/// Opens a signed file: its size, its kind, its key, its signature, and only then what stands inside. Whether it is old
/// is asked next, by [`refuse_old`].
pub fn open<T: DeserializeOwned>(text: &str, kind: Kind, trust: &Trust, cap: usize) -> Result<T> {
    let envelope = read(text, cap)?;
    if envelope.kind != kind.word() {
        let found: String = envelope.kind.chars().filter(|letter| !letter.is_control()).take(20).collect();
        return Err(Error::invalid(errors::VENDOR_WRONG_KIND)
            .with("found", found)
            .with("wanted", kind.word()));
    }
    let signer = kind.signer(trust, &envelope.key)?;
    let signature = BASE64URL_NOPAD.decode(envelope.signature.as_bytes()).unwrap_or_default();
    if !signer.has_signed(&[kind.word().as_bytes(), envelope.payload.as_bytes()], &signature) {
        return Err(Error::invalid(errors::VENDOR_SIGNATURE_WRONG));
    }
    serde_json::from_str(&envelope.payload).map_err(not_readable)
}

/// Which kind a signed file says it is; nothing is verified yet.
pub fn kind_of(text: &str) -> Result<Kind> {
    let envelope = read(text, Kind::Feed.cap())?;
    Kind::ALL.into_iter().find(|kind| kind.word() == envelope.kind).ok_or_else(|| {
        let found: String = envelope.kind.chars().filter(|letter| !letter.is_control()).take(20).collect();
        Error::invalid(errors::VENDOR_WRONG_KIND).with("found", found).with("wanted", "neo-…")
    })
}

/// What stands inside a file that was verified when it was taken in; not for what comes from outside.
pub fn read_kept<T: DeserializeOwned>(text: &str) -> Option<T> {
    let envelope: Envelope = serde_json::from_str(text).ok()?;
    serde_json::from_str(&envelope.payload).ok()
}

/// The key that a kept file was signed by.
pub fn signer_of(text: &str) -> Option<KeyId> {
    serde_json::from_str::<Envelope>(text).ok().map(|envelope| envelope.key)
}

fn read(text: &str, cap: usize) -> Result<Envelope> {
    if text.len() > cap {
        return Err(Error::invalid(errors::VENDOR_TOO_LARGE).with("limit", format!("{} KiB", cap / 1024)));
    }
    serde_json::from_str(text).map_err(not_readable)
}

fn not_readable(cause: serde_json::Error) -> Error {
    let why: String = cause.to_string().chars().filter(|letter| !letter.is_control()).take(100).collect();
    Error::invalid(errors::VENDOR_NOT_READABLE).with("why", why)
}

/// Refuses what is older than what was seen (rollback), and what has outlived its time (freeze).
pub fn refuse_old(number: i64, seen: i64, expires: i64, now: i64) -> Result<()> {
    if number < seen {
        return Err(Error::invalid(errors::VENDOR_OLDER)
            .with("number", number.to_string())
            .with("seen", seen.to_string()));
    }
    match expires <= now {
        true => Err(Error::invalid(errors::VENDOR_EXPIRED).with("what", number.to_string())),
        false => Ok(()),
    }
}
