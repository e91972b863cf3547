//! The signed call that starts a tick: who calls whom, when, once, and what it brings along.
//! Not the door it comes to (web/access) and not what is done with it (mail/tick, mail/vendor).

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::feed::Advice;
use super::key::{KeyId, Role, SigningKey, Trust};
use crate::error::{Error, Result};
use crate::texts::errors;

/// By how many seconds the two clocks may differ.
pub const TOLERANCE: i64 = 300;
/// For how long a nonce has to be remembered: longer than its call can be valid.
pub const NONCE_SECONDS: i64 = 900;
/// The most bytes of a call's body.
pub const BODY_CAP: usize = 256 * 1024;

const KIND: &[u8] = b"neo-tick-call";
const SITE: &str = "X-Neo-Site";
const TIME: &str = "X-Neo-Time";
const NONCE: &str = "X-Neo-Nonce";
const KEY: &str = "X-Neo-Key";
const SIGNATURE: &str = "X-Neo-Signature";

/// What the headers of a call say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickCall {
    pub site: String,
    pub at: i64,
    pub nonce: String,
    pub key: KeyId,
    pub signature: String,
}

impl TickCall {
    /// Reads the five headers; one that is missing or odd is refused before anything is computed.
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Result<TickCall> {
        let refuse = || Error::denied(errors::CALL_NOT_SIGNED);
        let plain = |name: &str, least: usize, most: usize| {
            let value = header(name).filter(|value| (least..=most).contains(&value.len()));
            let is_plain = |value: &&str| {
                value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            };
            value.filter(is_plain).map(str::to_string).ok_or_else(refuse)
        };
        Ok(TickCall {
            site: plain(SITE, 1, 64)?,
            at: plain(TIME, 1, 15)?.parse().map_err(|_| refuse())?,
            nonce: plain(NONCE, 16, 64)?,
            key: plain(KEY, 16, 16)?,
            signature: plain(SIGNATURE, 86, 86)?,
        })
    }
}

/// The headers of a call to `site`.
pub fn sign_call(
    site: &str,
    at: i64,
    nonce: &str,
    body: &[u8],
    key: &SigningKey,
) -> Vec<(&'static str, String)> {
    let signature = key.sign(&signed_parts(site, &at.to_string(), nonce, &hash(body)));
    vec![
        (SITE, site.to_string()),
        (TIME, at.to_string()),
        (NONCE, nonce.to_string()),
        (KEY, key.public().id()),
        (SIGNATURE, BASE64URL_NOPAD.encode(&signature)),
    ]
}

/// Believes a call that a tick key signed, with this body, less than five minutes from `now`. That it is for this site
/// and did not come before is asked next, by who keeps the site's name and the nonces.
pub fn verify_call(call: &TickCall, body: &[u8], trust: &Trust, now: i64) -> Result<()> {
    if body.len() > BODY_CAP {
        return Err(
            Error::invalid(errors::VENDOR_TOO_LARGE).with("limit", format!("{} KiB", BODY_CAP / 1024))
        );
    }
    let key = trust.key(&call.key, Role::Tick)?;
    let signature = BASE64URL_NOPAD.decode(call.signature.as_bytes()).unwrap_or_default();
    let at = call.at.to_string();
    if !key.has_signed(&signed_parts(&call.site, &at, &call.nonce, &hash(body)), &signature) {
        return Err(Error::denied(errors::CALL_FORGED));
    }
    match call.at.abs_diff(now) <= TOLERANCE.unsigned_abs() {
        true => Ok(()),
        // Our own time helps the caller to see whose clock is wrong.
        false => Err(Error::denied(errors::CALL_STALE).with("at", at).with("now", now.to_string())),
    }
}

fn signed_parts<'a>(site: &'a str, at: &'a str, nonce: &'a str, hash: &'a [u8]) -> [&'a [u8]; 5] {
    [KIND, site.as_bytes(), at.as_bytes(), nonce.as_bytes(), hash]
}

fn hash(body: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, body).as_ref().to_vec()
}

/// What a call may bring along, so that a site needs no connection of its own: each the text of a signed file or a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

impl CallBody {
    /// Reads a body; an empty one brings nothing.
    pub fn parse(body: &[u8]) -> Result<CallBody> {
        if body.len() > BODY_CAP {
            return Err(
                Error::invalid(errors::VENDOR_TOO_LARGE).with("limit", format!("{} KiB", BODY_CAP / 1024))
            );
        }
        if body.trim_ascii().is_empty() {
            return Ok(CallBody::default());
        }
        serde_json::from_slice(body).map_err(|_| Error::invalid(errors::CALL_BODY_NOT_VALID))
    }
}

/// What the answer to a signed call says beside the tick's report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteState {
    pub site: String,
    /// How often the guard cut something off within 24 hours.
    pub trips: i64,
    /// When each clock was last heard.
    pub beats: BTreeMap<String, i64>,
    pub key_valid_until: Option<i64>,
    pub feed_number: Option<i64>,
    /// `cron`, `poller`, `url`, `visit`, or empty while the owner has not chosen.
    pub wanted_clock: String,
    pub broadcasts_waiting: i64,
    /// What of the call's body was not believed.
    pub refused: Vec<RefusedPart>,
}

/// A part of a body and the number of the sentence that refused it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedPart {
    pub part: String,
    pub error: u16,
}
