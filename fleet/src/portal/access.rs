//! The gate of the portal: who is signed in, with one factor or two, and what she may see.
//! Not the signing in itself: login.
//!
//! A customer sees what is hers; staff see the fleet, and only with a second factor. `Staff` comes only from here.

use std::path::PathBuf;

use neo::clock::Instant;
use neo::domain::token::{SiteKey, random, same_secret, sha256};
use neo::error::{Error, Result};
use neo::host::key_file as kept;
use neo::texts::errors as neo_errors;
use neo::web::call::Call;
use neo::web::form::Form;
use neo::web::message::Reply;
use neo::web::view;

use crate::app::{Fleet, Folder};
use crate::store::users::User;
use crate::texts::errors;

/// Seconds after which an unused session ends, after which any ends, and that the second factor may take.
const IDLE: i64 = 30 * 60;
const LONGEST: i64 = 12 * 3600;
const BETWEEN: i64 = 5 * 60;

/// Somebody who is signed in, perhaps with half of what she needs.
pub struct Who {
    pub user: User,
    /// The session's token for forms.
    pub csrf: String,
    pub session: [u8; 32],
    pub is_whole: bool,
    seen_at: Instant,
}

/// Proof of being one of the vendor's own, with both factors.
pub struct Staff<'a> {
    pub who: &'a Who,
}

impl Who {
    /// Where somebody is sent who has not finished signing in: to the second factor, or to setting it up.
    pub fn unfinished(&self, path: &str) -> Option<&'static str> {
        let needs_setting_up = self.user.role.needs_second_factor() && self.user.totp.is_none();
        match (self.is_whole, needs_setting_up) {
            (false, _) if path != "/login/code" && path != "/logout" => Some("/login/code"),
            (true, true) if !path.starts_with("/account") && path != "/logout" => Some("/account"),
            _ => None,
        }
    }

    pub fn staff(&self) -> Result<Staff<'_>> {
        let is_staff = self.user.role.needs_second_factor() && self.user.totp.is_some() && self.is_whole;
        if is_staff { Ok(Staff { who: self }) } else { Err(Error::denied(errors::STAFF_ONLY)) }
    }

    /// Whose keys and sites she sees.
    pub fn customer(&self) -> Option<&str> {
        self.user.customer.as_deref()
    }
}

/// The file of the portal's own key: it seals second factors and makes the tokens of forms.
pub fn key_file(folder: &Folder) -> PathBuf {
    folder.path().join("portal.key")
}

/// Reads the portal's key; `neo-fleet user add` makes it.
pub fn key(fleet: &Fleet) -> Result<SiteKey> {
    kept::read(&key_file(&fleet.data)).map_err(|_| Error::configuration(errors::PORTAL_NOT_SET_UP))
}

/// Who asks, if she is signed in.
pub fn who(call: &Call, fleet: &mut Fleet, key: &SiteKey) -> Result<Option<Who>> {
    let Some(token) = call.request.cookie(cookie_name(call)) else { return Ok(None) };
    let hash = sha256(token.as_bytes());
    let now = fleet.now();
    let Some(session) = fleet.store.session(&hash)? else { return Ok(None) };
    let longest = if session.is_whole { LONGEST } else { BETWEEN };
    if now - session.seen_at >= IDLE || now - session.created_at >= longest {
        return Ok(None);
    }
    let csrf = data_encoding::BASE64URL_NOPAD.encode(&key.mac("csrf", &[&hash]));
    Ok(Some(Who {
        user: session.user,
        csrf,
        session: hash,
        is_whole: session.is_whole,
        seen_at: session.seen_at,
    }))
}

/// Keeps a session alive; written at most once a minute.
pub fn touch(fleet: &mut Fleet, who: &Who) -> Result<()> {
    let now = fleet.now();
    if now - who.seen_at > 60 { fleet.store.touch_session(&who.session, now) } else { Ok(()) }
}

/// Begins a session: a new secret for the cookie, its hash for the table.
pub fn begin(call: &Call, fleet: &mut Fleet, user: &User, is_whole: bool, reply: Reply) -> Result<Reply> {
    let token = data_encoding::BASE64URL_NOPAD.encode(&random::<32>()?);
    let now = fleet.now();
    fleet.store.transaction(|store| {
        store.forget_old_sessions(now - IDLE, now - LONGEST)?;
        store.begin_session(&user.id, &sha256(token.as_bytes()), is_whole, now)
    })?;
    Ok(reply.with_cookie(cookie(call, &token, LONGEST)))
}

/// Takes the cookie back.
pub fn without_session(call: &Call, reply: Reply) -> Reply {
    reply.with_cookie(cookie(call, "", 0))
}

/// Refuses a form that another session's page made.
pub fn refuse_forged(who: &Who, form: &Form) -> Result<()> {
    match same_secret(form.text(view::CSRF_FIELD).as_bytes(), who.csrf.as_bytes()) {
        true => Ok(()),
        false => Err(Error::denied(neo_errors::CSRF_WRONG)),
    }
}

fn cookie(call: &Call, value: &str, max_age: i64) -> String {
    let secure = if call.request.https { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}", cookie_name(call))
}

/// `__Host-` binds the cookie to HTTPS and to this host; browsers refuse it on plain HTTP.
fn cookie_name(call: &Call) -> &'static str {
    if call.request.https { "__Host-neo-portal" } else { "neo-portal" }
}
