//! The gate: who may do what. Proof values come only from here, and a handler's signature says which it needs.
//! Not the pages of sign-in: admin/login. Passwords: password.
//!
//! A POST is believed when it comes from a page of this site (Sec-Fetch-Site, else Origin, else Referer; browsers send
//! at least one of them) and carries the session's own token. A client that sends none of the three is no browser that
//! another site could misuse; there the token alone decides.

use super::call::Call;
use super::form::Form;
use super::message::Reply;
use super::view;
use crate::app::App;
use crate::clock::Instant;
use crate::domain::id::UserId;
use crate::domain::token::{Purpose, random, same_secret, sha256};
use crate::error::{Error, Result};
use crate::host::paths::DataFolder;
use crate::host::setup_tries;
use crate::link::tick_call::{CallBody, TickCall, verify_call};
use crate::mail::vendor;
use crate::settings;
use crate::store::engagements::Counter;
use crate::store::{Reader, Writer};
use crate::texts::errors;

/// Proof that the owner is signed in.
pub struct Admin {
    pub user: UserId,
    pub address: String,
    /// The session's token for forms.
    pub csrf: String,
    session: i64,
    seen_at: Instant,
}

impl Admin {
    pub fn session(&self) -> i64 {
        self.session
    }
}

/// Proof that the site is not set up yet; holds the folder in which the code lies.
pub struct SetupCode {
    folder: DataFolder,
    code: String,
}

/// Proof that the caller knows the tick's key.
pub struct TickCaller(());

/// Proof that the vendor signed this call, for this site, now, and that it did not come before; and what it brings.
pub struct Poller {
    body: CallBody,
}

impl Poller {
    pub fn body(&self) -> &CallBody {
        &self.body
    }
}

/// Seconds after which an unused session ends, and after which any session ends.
const IDLE: i64 = 30 * 60;
const LONGEST: i64 = 12 * 3600;

/// The signed-in owner, if there is one.
pub fn admin(call: &Call, app: &App, store: &Reader) -> Result<Option<Admin>> {
    let Some(token) = call.request.cookie(cookie_name(call)) else { return Ok(None) };
    let hash = sha256(token.as_bytes());
    let now = app.clock.now();
    let session = store.session(&hash)?;
    let alive = session.filter(|session| now - session.seen_at < IDLE && now - session.created_at < LONGEST);
    Ok(alive.map(|session| Admin {
        user: session.user,
        address: session.address,
        csrf: csrf_of(app, &hash),
        session: session.id,
        seen_at: session.seen_at,
    }))
}

/// Keeps a session alive; written at most once a minute.
pub fn touch(app: &App, store: &Writer, admin: &Admin) -> Result<()> {
    let now = app.clock.now();
    if now - admin.seen_at > 60 { store.touch_session(admin.session, now) } else { Ok(()) }
}

/// Begins a session: a new secret for the cookie, its hash for the table.
pub fn begin_session(call: &Call, app: &App, store: &Writer, user: UserId, reply: Reply) -> Result<Reply> {
    let token = data_encoding::BASE64URL_NOPAD.encode(&random::<32>()?);
    let agent: String = call.request.user_agent.chars().take(200).collect();
    store.begin_session(user, &sha256(token.as_bytes()), &agent, app.clock.now())?;
    Ok(reply.with_cookie(cookie(call, &token, LONGEST)))
}

/// Takes the cookie back.
pub fn without_session(call: &Call, reply: Reply) -> Reply {
    reply.with_cookie(cookie(call, "", 0))
}

fn cookie(call: &Call, value: &str, max_age: i64) -> String {
    let secure = if call.request.https { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}", cookie_name(call))
}

/// `__Host-` binds the cookie to HTTPS and to this host; browsers refuse it on plain HTTP.
fn cookie_name(call: &Call) -> &'static str {
    if call.request.https { "__Host-neo" } else { "neo" }
}

fn csrf_of(app: &App, session_hash: &[u8; 32]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&app.key.mac("csrf", &[session_hash]))
}

/// Sends who is not signed in to the sign-in page.
pub fn to_login(call: &Call) -> Reply {
    call.redirect("/admin/login")
}

/// Refuses a form of the owner that another site sent, or that an earlier session made.
pub fn refuse_forged(call: &Call, app: &App, admin: &Admin, form: &Form) -> Result<()> {
    refuse_cross_site(call, Some(app))?;
    match same_secret(form.text(view::CSRF_FIELD).as_bytes(), admin.csrf.as_bytes()) {
        true => Ok(()),
        false => Err(Error::denied(errors::CSRF_WRONG)),
    }
}

/// Refuses a POST that a browser sent from another site's page.
pub fn refuse_cross_site(call: &Call, app: Option<&App>) -> Result<()> {
    let request = call.request;
    let is_own = match (&request.fetch_site, &request.origin, &request.referer) {
        (Some(site), _, _) => matches!(site.as_str(), "same-origin" | "none"),
        (None, Some(origin), _) | (None, None, Some(origin)) => is_own_origin(call, app, origin),
        (None, None, None) => true,
    };
    if is_own { Ok(()) } else { Err(Error::denied(errors::CROSS_SITE)) }
}

fn is_own_origin(call: &Call, app: Option<&App>, origin: &str) -> bool {
    let authority = |url: &str| {
        let parsed = url::Url::parse(url).ok()?;
        Some((parsed.host_str()?.to_ascii_lowercase(), parsed.port_or_known_default()))
    };
    let Some(found) = authority(origin) else { return false };
    let own = authority(&call.origin());
    let base = app.and_then(|app| authority(app.settings.value(&settings::BASE_URL)));
    own.as_ref() == Some(&found) || base.as_ref() == Some(&found)
}

/// A token for forms before the sign-in: it says when the page was made, and nothing else.
pub fn form_token(app: &App) -> String {
    app.key.seal(Purpose::Form, &app.clock.now().to_be_bytes())
}

/// Refuses a form that is older than a day or was not made here.
pub fn refuse_stale_form(app: &App, form: &Form) -> Result<()> {
    let made = app.key.open(Purpose::Form, form.text(view::CSRF_FIELD));
    let made = made.and_then(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)));
    let is_fresh = made.is_some_and(|made| (0..86_400).contains(&(app.clock.now() - made)));
    if is_fresh { Ok(()) } else { Err(Error::invalid(errors::FORM_EXPIRED)) }
}

/// The way into the set-up: open only while there is no user. Writes the code where only FTP can read it.
pub fn setup(folder: DataFolder) -> Result<SetupCode> {
    if folder.database().exists() {
        return Err(Error::denied(errors::SETUP_CLOSED));
    }
    let code = crate::install::setup_code(&folder)?;
    Ok(SetupCode { folder, code })
}

impl SetupCode {
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Refuses who typed something else than what stands in the file, and who guesses too fast. Case and dashes do
    /// not matter.
    pub fn check(&self, typed: &str, now: Instant) -> Result<()> {
        setup_tries::count(&self.folder.setup_tries(), now)?;
        if !self.is(typed) {
            return Err(Error::invalid(errors::SETUP_CODE_WRONG).on("code"));
        }
        setup_tries::forget(&self.folder.setup_tries());
        Ok(())
    }

    fn is(&self, typed: &str) -> bool {
        let plain = |code: &str| -> String {
            code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        !self.code.is_empty() && same_secret(plain(typed).as_bytes(), plain(&self.code).as_bytes())
    }
}

/// The narrow handle of a GET that counts: nothing else can be written through it.
pub fn counter(store: Writer) -> Counter {
    Counter::new(store)
}

/// Whether the tick's URL holds the right key, and ticks by URL are allowed.
pub fn tick_caller(call: &Call, app: &App) -> Result<TickCaller> {
    if !app.settings.has(&settings::TICK_SOURCES_ALLOWED, "url") {
        return Err(Error::denied(errors::SOURCE_NOT_ALLOWED));
    }
    let key = app.secret(&settings::TICK_KEY)?;
    match !key.is_empty() && same_secret(call.parameter().as_bytes(), key.as_bytes()) {
        true => Ok(TickCaller(())),
        false => Err(Error::denied(errors::TICK_KEY_WRONG)),
    }
}

/// What the headers of a call say; without them nothing is opened for it.
pub fn signed_call(call: &Call) -> Result<TickCall> {
    TickCall::read(|name| call.request.neo_header(&name.to_ascii_lowercase()))
}

/// Whether the vendor signed this call for this site, now, and for the first time.
pub fn poller(call: &Call, signed: &TickCall, app: &App, store: &Writer) -> Result<Poller> {
    if !app.settings.has(&settings::TICK_SOURCES_ALLOWED, "poller") {
        return Err(Error::denied(errors::SOURCE_NOT_ALLOWED));
    }
    let bytes = &call.request.body;
    let body = CallBody::parse(bytes);
    let now = app.clock.now();
    let mut trust = store.trust(&app.settings)?;
    // The call may be signed by a key that it introduces itself: the list is the root's word, whoever brings it.
    let keys = body.as_ref().ok().and_then(|body| body.keys.as_ref());
    if let Some(list) = keys.and_then(|keys| vendor::newer_keys(&trust, keys, now).ok()) {
        trust.list = Some(list);
    }
    verify_call(signed, bytes, &trust, now)?;
    if signed.site != app.settings.value(&settings::SITE_ID) {
        return Err(Error::denied(errors::CALL_OTHER_SITE));
    }
    match store.note_call(&signed.nonce, now)? {
        true => Ok(Poller { body: body? }),
        false => Err(Error::denied(errors::CALL_REPLAYED)),
    }
}
