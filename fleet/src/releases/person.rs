//! The key of a person who signs releases: a file of hers, best on a machine of hers.
//! Not the fleet's own keys.

use data_encoding::BASE64URL_NOPAD;
use neo::error::Result;
use neo::link::key::{PublicKey, SigningKey};

use super::statement::PURPOSE;

/// What a key file holds: the seed, as text.
pub fn to_file(key: &SigningKey) -> String {
    format!("{}\n", BASE64URL_NOPAD.encode(key.seed()))
}

/// Reads a key file.
pub fn from_file(text: &str) -> Option<SigningKey> {
    let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok()?;
    SigningKey::from_seed(bytes.try_into().ok()?).ok()
}

/// Signs a statement; the purpose is signed with it, so that it is a signature of nothing else.
pub fn sign(key: &SigningKey, statement: &str) -> String {
    BASE64URL_NOPAD.encode(&key.sign(&[PURPOSE.as_bytes(), statement.as_bytes()]))
}

/// Whether this key signed this statement.
pub fn verify(public: &str, statement: &str, signature: &str) -> bool {
    let signature = BASE64URL_NOPAD.decode(signature.trim().as_bytes());
    let (Ok(public), Ok(signature)) = (public_key(public), signature) else { return false };
    public.has_signed(&[PURPOSE.as_bytes(), statement.as_bytes()], &signature)
}

/// Reads a public key in its one form.
pub fn public_key(text: &str) -> Result<PublicKey> {
    PublicKey::parse(text)
}
