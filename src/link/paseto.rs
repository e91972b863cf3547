//! PASETO v4.public over ring's Ed25519, and the encoding (PAE) that everything of the line is signed over.
//! Not what stands inside a token: that is link/activation.

use data_encoding::BASE64URL_NOPAD;

use super::key::{PublicKey, SigningKey};
use crate::error::{Error, Result};
use crate::texts::errors;

const HEADER: &str = "v4.public.";
/// Longer ones are not ours, and are not decoded.
pub const LONGEST: usize = 8 * 1024;

/// PASETO's pre-authentication encoding: how many parts, then each behind its length. Parts cannot run together.
pub fn encode_parts(parts: &[&[u8]]) -> Vec<u8> {
    // The highest bit stays empty, as the standard asks, for languages without unsigned numbers.
    let length = |value: usize| (value as u64 & (u64::MAX >> 1)).to_le_bytes();
    let mut encoded = length(parts.len()).to_vec();
    for part in parts {
        encoded.extend_from_slice(&length(part.len()));
        encoded.extend_from_slice(part);
    }
    encoded
}

/// A token, opened but not believed yet.
pub struct Unverified {
    message: Vec<u8>,
    signature: Vec<u8>,
    pub footer: Vec<u8>,
}

/// Signs `message` with `footer` (readable) and `assertion` (not in the token; the reader must know it).
pub fn sign(message: &[u8], footer: &[u8], assertion: &[u8], key: &SigningKey) -> String {
    let signature = key.sign(&[HEADER.as_bytes(), message, footer, assertion]);
    let body = BASE64URL_NOPAD.encode(&[message, &signature].concat());
    match footer.is_empty() {
        true => format!("{HEADER}{body}"),
        false => format!("{HEADER}{body}.{}", BASE64URL_NOPAD.encode(footer)),
    }
}

/// Takes a token apart. Its version and purpose are fixed: there is nothing to choose for who forges one.
pub fn take_apart(token: &str) -> Result<Unverified> {
    let refuse = || Error::invalid(errors::TOKEN_NOT_VALID);
    let rest = token.strip_prefix(HEADER).filter(|_| token.len() <= LONGEST).ok_or_else(refuse)?;
    let (body, footer) = rest.split_once('.').unwrap_or((rest, ""));
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| refuse());
    let body = decode(body)?;
    let place = body.len().checked_sub(64).ok_or_else(refuse)?;
    let (message, signature) = body.split_at_checked(place).ok_or_else(refuse)?;
    Ok(Unverified { message: message.to_vec(), signature: signature.to_vec(), footer: decode(footer)? })
}

impl Unverified {
    /// The message of a token that was verified before.
    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    /// The message, if `key` signed it together with the footer and `assertion`.
    pub fn verify(self, assertion: &[u8], key: &PublicKey) -> Result<Vec<u8>> {
        let parts = [HEADER.as_bytes(), &self.message, &self.footer, assertion];
        match key.has_signed(&parts, &self.signature) {
            true => Ok(self.message),
            false => Err(Error::invalid(errors::VENDOR_SIGNATURE_WRONG)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_encoded_as_the_standard_shows() {
        assert_eq!(encode_parts(&[]), [0; 8]);
        assert_eq!(encode_parts(&[b""]), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(encode_parts(&[b"test"]), b"\x01\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0test");
        assert_ne!(encode_parts(&[b"ab", b"c"]), encode_parts(&[b"a", b"bc"]));
    }
}
