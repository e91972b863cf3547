//! Signing in and out. Guesses are slowed down in the database; nobody is locked out for good.
//! Not sessions and cookies: web/access.

use data_encoding::HEXLOWER;

use crate::app::App;
use crate::domain::address::Address;
use crate::error::{Error, Result};
use crate::host::password;
use crate::store::{Reader, Writer};
use crate::texts::{errors, site};
use crate::web::access::{self, Admin};
use crate::web::admin::page::{self, Mistake};
use crate::web::call::{Call, product_name};
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::public::sign_up::range_of;
use crate::web::view::{self, ButtonKind, Field, Input, Tone, html};

/// Failures are forgotten after a day; the wait doubles from one second to a quarter of an hour.
const WINDOW: i64 = 86_400;
const LONGEST_WAIT: i64 = 900;
/// Failures of one account from everywhere before all of them wait: a guesser with many addresses.
const MOST_BY_ACCOUNT: i64 = 50;

/// GET /admin/login
pub fn show(call: &Call, app: &App, _store: &Reader) -> Result<Reply> {
    Ok(form(call, app, "", &Mistake::none()))
}

/// POST /admin/login
pub fn sign_in(call: &Call, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let app = &*app;
    match check(call, app, store, sent) {
        Err(Error::Denied(refusal)) if refusal.sentence == errors::LOGIN_THROTTLED => {
            let seconds = refusal.value("seconds", call.language);
            let page = form(call, app, sent.text("email"), &Mistake::of(&refusal, call.language));
            Ok(Reply { status: 429, ..page }.with_header("retry-after", seconds))
        }
        checked => page::or_again(call, checked, |mistake| Ok(form(call, app, sent.text("email"), mistake))),
    }
}

/// POST /admin/logout
pub fn sign_out(call: &Call, admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.end_session(admin.session())?;
    Ok(access::without_session(call, call.redirect("/admin/login?done=out")))
}

fn check(call: &Call, app: &App, store: &Writer, sent: &Form) -> Result<Reply> {
    access::refuse_stale_form(app, sent)?;
    let wrong = || Error::invalid(errors::LOGIN_WRONG).on("email");
    let Ok(address) = Address::parse(sent.text("email")) else { return Err(wrong()) };
    let subjects = Subjects::new(call, app, &address.key());
    subjects.refuse_if_blocked(app, store)?;
    let user = store.user_by_address(&address)?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let is_right = password::verify(app.folder.path(), sent.text("password"), hash)?;
    match user.filter(|_| is_right) {
        Some(user) => {
            store.clear_throttle(&subjects.here)?;
            access::begin_session(call, app, store, user.id, call.redirect("/admin"))
        }
        None => {
            subjects.count_failure(app, store)?;
            Err(wrong())
        }
    }
}

/// Whose failures are counted: this account from this address range, and this account from everywhere.
struct Subjects {
    here: String,
    account: String,
}

impl Subjects {
    fn new(call: &Call, app: &App, account: &str) -> Subjects {
        let range = call.request.remote_addr.map(range_of).unwrap_or_default();
        let subject = |parts: &[&[u8]]| {
            let mac = app.key.mac("throttle", parts);
            format!("login:{}", HEXLOWER.encode(mac.get(..12).unwrap_or_default()))
        };
        Subjects {
            here: subject(&[b"here", account.as_bytes(), range.as_bytes()]),
            account: subject(&[b"account", account.as_bytes()]),
        }
    }

    fn refuse_if_blocked(&self, app: &App, store: &Reader) -> Result<()> {
        let now = app.clock.now();
        let until =
            store.throttle(&self.here)?.blocked_until.max(store.throttle(&self.account)?.blocked_until);
        match until > now {
            true => Err(Error::denied(errors::LOGIN_THROTTLED).with("seconds", (until - now).to_string())),
            false => Ok(()),
        }
    }

    fn count_failure(&self, app: &App, store: &Writer) -> Result<()> {
        let now = app.clock.now();
        store.transaction(|| {
            let here = store.count_event(&self.here, WINDOW, now)?;
            // The first two failures are slips of the finger.
            if here > 2 {
                let wait = 1_i64 << u32::try_from((here - 3).min(10)).unwrap_or(10);
                store.block_until(&self.here, now + wait.min(LONGEST_WAIT))?;
            }
            if store.count_event(&self.account, WINDOW, now)? > MOST_BY_ACCOUNT {
                store.block_until(&self.account, now + 30)?;
            }
            Ok(())
        })
    }
}

fn form(call: &Call, app: &App, address: &str, mistake: &Mistake) -> Reply {
    let language = call.language;
    let title = site::LOGIN_TITLE.to(language);
    let mut frame = call.frame(product_name(language), title);
    let said = match call.request.query_value("done") {
        Some("setup") => Some(site::SETUP_DONE),
        Some("out") => Some(site::SIGNED_OUT),
        _ => None,
    };
    if let Some(said) = said {
        frame = frame.notice(Tone::Success, said.to(language));
    }
    let content = html! {
        h1 { (title) }
        (mistake.summary())
        (view::form(&call.link("/admin/login"), &access::form_token(app), html! {
            (Field::new("email", site::EMAIL.to(language), Input::Email).value(address).required(language)
                .autocomplete("username").error(mistake.on("email")))
            (Field::new("password", site::PASSWORD.to(language), Input::Password).required(language)
                .autocomplete("current-password").error(mistake.on("password")))
            (view::button(site::LOGIN_BUTTON.to(language), ButtonKind::Primary))
        }))
    };
    Reply::html(200, view::plain_page(&frame, content))
}
