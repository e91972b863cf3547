//! Signed opaque tokens for links in mails, and keyed ids: made from the site's key, so they need no table.
//! Not the key file itself: that is host/key_file.
//!
//! A token is an AEAD box (ChaCha20-Poly1305) whose nonce is a MAC of its content, so the same content always gives
//! the same token, and nothing inside can be read or changed. The purpose is authenticated too: a confirmation
//! token is not an unsubscribe token.

use std::sync::OnceLock;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use crate::clock::Instant;
use crate::domain::id::{DeliveryId, SubscriptionId};

/// The site's secret: 32 random bytes, kept beside the database. As the keys that are made of it, since each mail
/// needs a handful of MACs and boxes.
#[derive(Clone)]
pub struct SiteKey {
    root: hmac::Key,
    sealing: OnceLock<Option<LessSafeKey>>,
}

impl std::fmt::Debug for SiteKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SiteKey(…)")
    }
}

/// What a token is good for; a token of one purpose is refused for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Confirm,
    Unsubscribe,
    Preferences,
    /// Leaving one sequence and nothing else.
    LeaveSequence,
    Form,
    Secret,
    /// A counted link and who got it.
    Click,
    /// A mail's invisible picture and who got it.
    Open,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Purpose::Confirm => b"confirm",
            Purpose::Unsubscribe => b"unsubscribe",
            Purpose::Preferences => b"preferences",
            Purpose::LeaveSequence => b"leave-sequence",
            Purpose::Form => b"form",
            Purpose::Secret => b"secret",
            Purpose::Click => b"click",
            Purpose::Open => b"open",
        }
    }
}

impl SiteKey {
    pub fn new(bytes: [u8; 32]) -> SiteKey {
        SiteKey { root: hmac::Key::new(hmac::HMAC_SHA256, &bytes), sealing: OnceLock::new() }
    }

    /// HMAC-SHA256 of `parts` under a key derived for `label`; parts are length-prefixed, so they cannot run together.
    pub fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let derived = hmac::sign(&self.root, label.as_bytes());
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()));
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }

    fn sealing_key(&self) -> Option<&LessSafeKey> {
        let make =
            || UnboundKey::new(&CHACHA20_POLY1305, &self.mac("sealing", &[])).ok().map(LessSafeKey::new);
        self.sealing.get_or_init(make).as_ref()
    }

    /// Seals `content` for `purpose`; the result is safe in a URL.
    pub fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        let mac = self.mac("nonce", &[purpose.label(), content]);
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(mac.get(..NONCE_LEN).unwrap_or(&[0; NONCE_LEN]));
        let mut sealed = nonce.to_vec();
        let mut boxed = content.to_vec();
        if let Some(key) = self.sealing_key() {
            let aad = Aad::from(purpose.label());
            if key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut boxed).is_ok() {
                sealed.extend_from_slice(&boxed);
            }
        }
        BASE64URL_NOPAD.encode(&sealed)
    }

    /// Opens what [`SiteKey::seal`] made; `None` for anything else.
    pub fn open(&self, purpose: Purpose, token: &str) -> Option<Vec<u8>> {
        let sealed = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (nonce, boxed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut boxed = boxed.to_vec();
        let content =
            self.sealing_key()?.open_in_place(nonce, Aad::from(purpose.label()), &mut boxed).ok()?;
        Some(content.to_vec())
    }

    /// The token of a subscription's link; it never expires by itself.
    pub fn subscription_token(&self, purpose: Purpose, id: SubscriptionId) -> String {
        self.seal(purpose, &id.0.to_be_bytes())
    }

    /// Reads [`SiteKey::subscription_token`].
    pub fn open_subscription(&self, purpose: Purpose, token: &str) -> Option<SubscriptionId> {
        let bytes: [u8; 8] = self.open(purpose, token)?.try_into().ok()?;
        Some(SubscriptionId(i64::from_be_bytes(bytes)))
    }

    /// A confirmation token: the subscription and when it asked, so that an old mail cannot confirm a newer request.
    pub fn confirmation_token(&self, id: SubscriptionId, asked_at: Instant) -> String {
        let mut content = id.0.to_be_bytes().to_vec();
        content.extend_from_slice(&asked_at.to_be_bytes());
        self.seal(Purpose::Confirm, &content)
    }

    /// Reads [`SiteKey::confirmation_token`].
    pub fn open_confirmation(&self, token: &str) -> Option<(SubscriptionId, Instant)> {
        let content = self.open(Purpose::Confirm, token)?;
        let (id, asked_at) = content.split_at_checked(8)?;
        Some((
            SubscriptionId(i64::from_be_bytes(id.try_into().ok()?)),
            i64::from_be_bytes(asked_at.try_into().ok()?),
        ))
    }

    /// The left part of a delivery's Message-ID: stable for the row, unguessable, 26 letters.
    pub fn message_reference(&self, id: DeliveryId) -> String {
        let mac = self.mac("message-id", &[&id.0.to_be_bytes()]);
        BASE32_NOPAD.encode(mac.get(..16).unwrap_or_default()).to_ascii_lowercase()
    }

    /// The token in a delivery's return path: the row and eight letters of MAC, so forged bounces name nobody.
    pub fn return_token(&self, id: DeliveryId) -> String {
        self.address_token("return-path", "", id.0)
    }

    /// Finds a [`SiteKey::return_token`] in an address or in a list of them.
    pub fn find_return_token(&self, text: &str) -> Option<DeliveryId> {
        self.find_address_token("return-path", "", text).map(DeliveryId)
    }

    /// The token in the address to which a reader mails to leave.
    pub fn leave_token(&self, id: SubscriptionId) -> String {
        self.address_token("leave-by-mail", "u", id.0)
    }

    /// Finds a [`SiteKey::leave_token`] in an address or in a list of them.
    pub fn find_leave_token(&self, text: &str) -> Option<SubscriptionId> {
        self.find_address_token("leave-by-mail", "u", text).map(SubscriptionId)
    }

    /// A token for the local part of an address: short, and the same in capitals.
    fn address_token(&self, label: &str, prefix: &str, id: i64) -> String {
        let mac = self.mac(label, &[&id.to_be_bytes()]);
        let check = BASE32_NOPAD.encode(mac.get(..5).unwrap_or_default()).to_ascii_lowercase();
        format!("{prefix}{id}-{check}")
    }

    fn find_address_token(&self, label: &str, prefix: &str, text: &str) -> Option<i64> {
        let text = text.to_ascii_lowercase();
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        // "bounce-12-abcdefgh": the token may hang behind a dash.
        let tails = words.flat_map(|word| {
            let starts = word.match_indices('-').map(|(at, _)| at + 1);
            std::iter::once(0).chain(starts).filter_map(move |at| word.get(at..))
        });
        tails.take(1000).find_map(|token| {
            let (id, _) = token.strip_prefix(prefix)?.split_once('-')?;
            let is_number = id.len() <= 18 && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
            let id = is_number.then(|| id.parse::<i64>().ok()).flatten()?;
            same_secret(token.as_bytes(), self.address_token(label, prefix, id).as_bytes()).then_some(id)
        })
    }

    /// A token for two row numbers, e.g. a link and a subscription.
    pub fn pair_token(&self, purpose: Purpose, one: i64, other: i64) -> String {
        let mut content = one.to_be_bytes().to_vec();
        content.extend_from_slice(&other.to_be_bytes());
        self.seal(purpose, &content)
    }

    /// Reads [`SiteKey::pair_token`].
    pub fn open_pair(&self, purpose: Purpose, token: &str) -> Option<(i64, i64)> {
        let content = self.open(purpose, token)?;
        let (one, other) = content.split_at_checked(8)?;
        Some((i64::from_be_bytes(one.try_into().ok()?), i64::from_be_bytes(other.try_into().ok()?)))
    }
}

/// Fills an array with random bytes from the system.
pub fn random<const N: usize>() -> crate::error::Result<[u8; N]> {
    use ring::rand::SecureRandom;
    let mut bytes = [0; N];
    ring::rand::SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| crate::error::Error::fault("asking the system for random bytes", "refused"))?;
    Ok(bytes)
}

/// A random code that people can read and type: lower-case letters and digits without look-alikes.
pub fn random_code(letters: usize) -> crate::error::Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";
    let bytes = random::<64>()?;
    Ok(bytes
        .iter()
        .take(letters.min(64))
        .map(|byte| char::from(*ALPHABET.get(usize::from(byte % 32)).unwrap_or(&b'x')))
        .collect())
}

/// SHA-256, for secrets that are stored only as a hash.
pub fn sha256(content: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, content).as_ref());
    hash
}

/// Compares secrets without telling by time where they differ.
pub fn same_secret(one: &[u8], other: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &sha256(other));
    hmac::verify(&key, one, hmac::sign(&key, other).as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SiteKey {
        SiteKey::new([7; 32])
    }

    #[test]
    fn a_token_opens_only_for_its_purpose_and_only_unchanged() {
        let token = key().subscription_token(Purpose::Unsubscribe, SubscriptionId(42));
        assert_eq!(key().open_subscription(Purpose::Unsubscribe, &token), Some(SubscriptionId(42)));
        assert_eq!(key().open_subscription(Purpose::Preferences, &token), None);
        assert_eq!(SiteKey::new([8; 32]).open_subscription(Purpose::Unsubscribe, &token), None);
        for place in 0..token.len() {
            let mut bent = token.clone().into_bytes();
            bent[place] = if bent[place] == b'A' { b'B' } else { b'A' };
            if bent != token.as_bytes() {
                assert_eq!(key().open(Purpose::Unsubscribe, std::str::from_utf8(&bent).unwrap()), None);
            }
        }
    }

    #[test]
    fn tokens_of_neighbours_share_nothing() {
        let one = key().subscription_token(Purpose::Unsubscribe, SubscriptionId(1));
        let two = key().subscription_token(Purpose::Unsubscribe, SubscriptionId(2));
        assert_ne!(one.get(..8), two.get(..8));
        assert_eq!(one, key().subscription_token(Purpose::Unsubscribe, SubscriptionId(1)));
    }

    #[test]
    fn an_address_token_is_found_where_mail_servers_put_it_and_a_forged_one_is_not() {
        let token = key().return_token(DeliveryId(17));
        for address in [
            "<bounce+T@example.jp>",
            "rfc822; x, bounce-T@example.jp",
            "BOUNCE+T@EXAMPLE.JP",
            "T@b.example.jp",
        ] {
            let address = address.replace('T', &token);
            assert_eq!(key().find_return_token(&address), Some(DeliveryId(17)), "{address}");
            assert_eq!(key().find_leave_token(&address), None);
        }
        assert_eq!(
            key().find_return_token(&format!("bounce+{}@example.jp", token.replace("17-", "18-"))),
            None
        );
        assert_eq!(key().find_return_token("bounce+17-aaaaaaaa@example.jp"), None);
        let leave = key().leave_token(SubscriptionId(17));
        assert_eq!(key().find_leave_token(&format!("bounce+{leave}@example.jp")), Some(SubscriptionId(17)));
    }

    #[test]
    fn secrets_compare_by_content() {
        assert!(same_secret(b"abc", b"abc"));
        assert!(!same_secret(b"abc", b"abd"));
        assert!(!same_secret(b"", b"abd"));
    }
}
