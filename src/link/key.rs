//! Ed25519 keys, the list of the vendor's keys with their roles, and whom to trust with what.
//! Not where they lie: an install keeps the list in store/link, the vendor keeps the secret halves on its own disk.

use std::fmt;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use ring::rand::SecureRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::paseto::encode_parts;
use crate::error::{Error, Result};
use crate::texts::errors;

/// A key's name: the first 10 bytes of its SHA-256 in small base32, 16 letters.
pub type KeyId = String;

/// The half that everybody may know. As text: base64url, 43 letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub fn parse(text: &str) -> Result<PublicKey> {
        let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok();
        let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(PublicKey).ok_or_else(|| Error::invalid(errors::PUBLIC_KEY_NOT_VALID))
    }

    /// Several, with commas or spaces between them.
    pub fn parse_all(text: &str) -> Result<Vec<PublicKey>> {
        let words = text.split(|letter: char| letter == ',' || letter.is_whitespace());
        words.filter(|word| !word.is_empty()).map(PublicKey::parse).collect()
    }

    pub fn id(&self) -> KeyId {
        let hash = ring::digest::digest(&ring::digest::SHA256, &self.0);
        BASE32_NOPAD.encode(hash.as_ref().get(..10).unwrap_or_default()).to_ascii_lowercase()
    }

    /// Whether the secret half of this key signed exactly these parts.
    pub fn has_signed(&self, parts: &[&[u8]], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(&encode_parts(parts), signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<PublicKey, D::Error> {
        let text = String::deserialize(deserializer)?;
        PublicKey::parse(&text).map_err(|_| serde::de::Error::custom("not a public key"))
    }
}

/// The half that signs. Only the vendor has such keys; nothing of them is in an install.
pub struct SigningKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({}, …)", self.public().id())
    }
}

impl SigningKey {
    pub fn from_seed(seed: [u8; 32]) -> Result<SigningKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed);
        let pair = pair.map_err(|cause| Error::fault("making a signing key of its seed", cause))?;
        Ok(SigningKey { seed, pair })
    }

    pub fn generate() -> Result<SigningKey> {
        SigningKey::from_seed(random()?)
    }

    /// What a file keeps of it (0600).
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // ring's public keys of Ed25519 have 32 bytes.
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 64] {
        let mut bytes = [0; 64];
        // ring's signatures of Ed25519 have 64 bytes.
        bytes.copy_from_slice(self.pair.sign(&encode_parts(parts)).as_ref());
        bytes
    }
}

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let filled = ring::rand::SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::fault("asking the system for random bytes", "refused"))?;
    Ok(bytes)
}

/// What a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The feed, and the index that says which files are the newest.
    Feed,
    /// Manifests of releases.
    Release,
    Activation,
    Tick,
}

impl Role {
    pub fn word(self) -> &'static str {
        match self {
            Role::Feed => "feed",
            Role::Release => "release",
            Role::Activation => "activation",
            Role::Tick => "tick",
        }
    }
}

/// A key and what it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKey {
    pub id: KeyId,
    pub public: PublicKey,
    pub roles: Vec<Role>,
}

impl TrustedKey {
    pub fn new(public: PublicKey, roles: &[Role]) -> TrustedKey {
        TrustedKey { id: public.id(), public, roles: roles.to_vec() }
    }
}

/// The vendor's keys, signed by a root key. A newer list takes the place of an older one: so keys come and go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyList {
    pub number: i64,
    pub issued_at: i64,
    pub expires: i64,
    pub keys: Vec<TrustedKey>,
    /// Names of keys that must not be believed any more, also of root keys.
    #[serde(default)]
    pub revoked: Vec<KeyId>,
}

/// Whom an install believes: the roots that it was given, and the newest list that one of them signed.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    pub roots: Vec<PublicKey>,
    pub list: Option<KeyList>,
}

impl Trust {
    /// The key of this name, if it may sign in this role.
    pub fn key(&self, id: &str, role: Role) -> Result<&PublicKey> {
        self.refuse_without_root()?;
        self.refuse_revoked(id)?;
        let keys = self.list.iter().flat_map(|list| &list.keys);
        // A list may call a key what it likes; its name is what its bytes say.
        let found = keys.filter(|key| key.id == id && key.public.id() == id).collect::<Vec<_>>();
        let Some(first) = found.first() else {
            return Err(Error::invalid(errors::VENDOR_KEY_UNKNOWN).with("key", shown(id)));
        };
        match found.iter().any(|key| key.roles.contains(&role)) {
            true => Ok(&first.public),
            false => {
                Err(Error::invalid(errors::VENDOR_KEY_ROLE).with("key", shown(id)).with("role", role.word()))
            }
        }
    }

    /// The root key of this name: it signs lists of keys and nothing else.
    pub fn root(&self, id: &str) -> Result<&PublicKey> {
        self.refuse_without_root()?;
        self.refuse_revoked(id)?;
        let found = self.roots.iter().find(|root| root.id() == id);
        found.ok_or_else(|| Error::invalid(errors::VENDOR_KEY_UNKNOWN).with("key", shown(id)))
    }

    /// Whether the list of keys is still in its time; else a stolen key's revocation may be kept from us.
    pub fn refuse_expired(&self, now: i64) -> Result<()> {
        match &self.list {
            Some(list) if list.expires <= now => {
                Err(Error::invalid(errors::VENDOR_EXPIRED).with("what", "keys"))
            }
            _ => Ok(()),
        }
    }

    fn refuse_without_root(&self) -> Result<()> {
        match self.roots.is_empty() {
            true => Err(Error::configuration(errors::VENDOR_ROOT_MISSING)),
            false => Ok(()),
        }
    }

    fn refuse_revoked(&self, id: &str) -> Result<()> {
        match self.list.iter().any(|list| list.revoked.iter().any(|revoked| revoked == id)) {
            true => Err(Error::invalid(errors::VENDOR_KEY_REVOKED).with("key", shown(id))),
            false => Ok(()),
        }
    }
}

/// A name of a key from outside, short enough for a sentence.
fn shown(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}
