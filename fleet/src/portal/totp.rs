//! The second factor: six digits that change each half minute (RFC 6238), made and checked by totp-rs.
//! Not the pages: login asks for it, account sets it up. Each code counts once (store/users).

use data_encoding::BASE32_NOPAD;
use neo::domain::token::{Purpose, SiteKey, random};
use neo::error::{Error, Result};
use totp_rs::{Builder, Totp};

const ISSUER: &str = "NEO portal";

/// A new secret: 160 bits, as RFC 4226 asks.
pub fn new_secret() -> Result<[u8; 20]> {
    random::<20>()
}

/// The secret as it lies in the database.
pub fn seal(key: &SiteKey, secret: &[u8]) -> String {
    key.seal(Purpose::Secret, secret)
}

/// The secret again; `None` when the portal's key is another one.
pub fn open(key: &SiteKey, sealed: &str) -> Option<Vec<u8>> {
    key.open(Purpose::Secret, sealed)
}

/// The step whose code was typed, one step of grace before and after; `None` for a wrong code.
pub fn step(secret: &[u8], typed: &str, now: i64) -> Result<Option<i64>> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let is_code = digits.len() == 6;
    let found = is_code.then(|| totp(secret)).transpose()?;
    let step = found.and_then(|totp| totp.check(&digits, u64::try_from(now).unwrap_or(0)));
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// As an authenticator app wants it typed: groups of four letters.
pub fn written(secret: &[u8]) -> String {
    let letters: Vec<char> = BASE32_NOPAD.encode(secret).chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The address that opens an authenticator app on a phone.
pub fn address(secret: &[u8], email: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (issuer, account) = (encode(ISSUER).replace('+', "%20"), encode(email));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", BASE32_NOPAD.encode(secret))
}

fn totp(secret: &[u8]) -> Result<Totp> {
    Builder::new()
        .with_secret(secret.to_vec())
        .build()
        .map_err(|cause| Error::fault("reading a second factor", format!("{cause:?}")))
}
