//! Signing in and out. Guesses are slowed down in the database; nobody is locked out for good.
//! Not sessions and cookies: web/access.

use crate::app::App;
use crate::domain::address::Address;
use crate::domain::guesses::{self, Subjects};
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
    let subjects = subjects(call, app, &address.key());
    refuse_if_blocked(&subjects, app, store)?;
    let user = store.user_by_address(&address)?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let is_right = password::verify(app.folder.path(), sent.text("password"), hash)?;
    match user.filter(|_| is_right) {
        Some(user) => {
            store.clear_throttle(&subjects.here)?;
            access::begin_session(call, app, store, user.id, call.redirect("/admin"))
        }
        None => {
            count_failure(&subjects, app, store)?;
            Err(wrong())
        }
    }
}

fn subjects(call: &Call, app: &App, account: &str) -> Subjects {
    let range = call.request.remote_addr.map(range_of).unwrap_or_default();
    Subjects::new(&app.key, "login", account, &range)
}

fn refuse_if_blocked(subjects: &Subjects, app: &App, store: &Reader) -> Result<()> {
    let now = app.clock.now();
    let until =
        store.throttle(&subjects.here)?.blocked_until.max(store.throttle(&subjects.account)?.blocked_until);
    match until > now {
        true => Err(Error::denied(errors::LOGIN_THROTTLED).with("seconds", (until - now).to_string())),
        false => Ok(()),
    }
}

fn count_failure(subjects: &Subjects, app: &App, store: &Writer) -> Result<()> {
    let now = app.clock.now();
    store.transaction(|| {
        if let Some(wait) = guesses::wait(store.count_event(&subjects.here, guesses::WINDOW, now)?) {
            store.block_until(&subjects.here, now + wait)?;
        }
        if store.count_event(&subjects.account, guesses::WINDOW, now)? > guesses::MOST_BY_ACCOUNT {
            store.block_until(&subjects.account, now + guesses::ACCOUNT_WAITS)?;
        }
        Ok(())
    })
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
