//! Signing in and out: address and password, then the second factor. Guesses are slowed down; nobody is locked out for
//! good. Not sessions and cookies: access.

use std::net::IpAddr;

use neo::domain::address::Address;
use neo::domain::guesses::{self, Subjects};
use neo::domain::token::SiteKey;
use neo::error::{Error, Result};
use neo::host::password;
use neo::texts::{errors as neo_errors, site};
use neo::web::admin::page::{Mistake, or_again};
use neo::web::call::Call;
use neo::web::form::Form;
use neo::web::message::Reply;
use neo::web::view::{self, ButtonKind, Field, Input, Tone, html};

use super::access::{self, Who};
use super::{page, totp};
use crate::app::Fleet;
use crate::texts::{errors, portal as texts};

/// GET /login
pub fn show(call: &Call, _fleet: &mut Fleet, _key: &SiteKey, who: Option<&Who>) -> Result<Reply> {
    match who {
        Some(who) if who.is_whole => Ok(call.redirect("/")),
        _ => Ok(form(call, "", &Mistake::none())),
    }
}

/// POST /login
pub fn sign_in(call: &Call, fleet: &mut Fleet, key: &SiteKey, sent: &Form) -> Result<Reply> {
    let checked = check(call, fleet, key, sent);
    waiting(call, checked, |mistake| Ok(form(call, sent.text("email"), mistake)))
}

/// GET /login/code
pub fn ask_code(call: &Call, _fleet: &mut Fleet, who: &Who) -> Result<Reply> {
    match who.is_whole {
        true => Ok(call.redirect("/")),
        false => Ok(code_form(call, who, &Mistake::none())),
    }
}

/// POST /login/code
pub fn check_code(call: &Call, fleet: &mut Fleet, who: &Who, sent: &Form) -> Result<Reply> {
    let checked = second_factor(call, fleet, who, sent);
    waiting(call, checked, |mistake| Ok(code_form(call, who, mistake)))
}

/// POST /logout
pub fn sign_out(call: &Call, fleet: &mut Fleet, who: &Who, _sent: &Form) -> Result<Reply> {
    fleet.store.end_session(&who.session)?;
    Ok(access::without_session(call, call.redirect("/login?done=out")))
}

/// Shows a form again: with 429 when there were too many guesses, with 422 for anything else that was typed.
fn waiting(
    call: &Call,
    checked: Result<Reply>,
    show_again: impl FnOnce(&Mistake) -> Result<Reply>,
) -> Result<Reply> {
    match checked {
        Err(Error::Denied(refusal)) if refusal.sentence == neo_errors::LOGIN_THROTTLED => {
            let seconds = refusal.value("seconds", call.language);
            let page = show_again(&Mistake::of(&refusal, call.language))?;
            Ok(Reply { status: 429, ..page }.with_header("retry-after", seconds))
        }
        checked => or_again(call, checked, show_again),
    }
}

fn check(call: &Call, fleet: &mut Fleet, key: &SiteKey, sent: &Form) -> Result<Reply> {
    let wrong = || Error::invalid(neo_errors::LOGIN_WRONG).on("email");
    let Ok(address) = Address::parse(sent.text("email")) else { return Err(wrong()) };
    let subjects = subjects(call, key, "password", &address.key());
    refuse_if_blocked(&subjects, fleet)?;
    let user = fleet.store.user_by_email(&address.key())?;
    let hash = user.as_ref().map(|user| user.password.as_str());
    let is_right = password::verify(fleet.data.path(), sent.text("password"), hash)?;
    let Some(user) = user.filter(|_| is_right) else {
        count_failure(&subjects, fleet)?;
        return Err(wrong());
    };
    fleet.store.clear_throttle(&subjects.here)?;
    let is_whole = user.totp.is_none();
    let next = if is_whole { "/" } else { "/login/code" };
    access::begin(call, fleet, &user, is_whole, call.redirect(next))
}

fn second_factor(call: &Call, fleet: &mut Fleet, who: &Who, sent: &Form) -> Result<Reply> {
    let wrong = || Error::invalid(errors::CODE_WRONG).on("code");
    let key = access::key(fleet)?;
    let subjects = subjects(call, &key, "code", &who.user.id);
    refuse_if_blocked(&subjects, fleet)?;
    let secret = who.user.totp.as_deref().and_then(|sealed| totp::open(&key, sealed));
    let secret = secret.ok_or_else(|| Error::configuration(errors::PORTAL_NOT_SET_UP))?;
    let step = totp::step(&secret, sent.text("code"), fleet.now())?;
    let is_new = match step {
        Some(step) => fleet.store.use_totp_step(&who.user.id, step)?,
        None => false,
    };
    if !is_new {
        count_failure(&subjects, fleet)?;
        return Err(wrong());
    }
    fleet.store.clear_throttle(&subjects.here)?;
    // A new token for the whole session: the half one was good for less.
    fleet.store.end_session(&who.session)?;
    access::begin(call, fleet, &who.user, true, call.redirect("/"))
}

fn subjects(call: &Call, key: &SiteKey, what: &str, account: &str) -> Subjects {
    let range = call.request.remote_addr.map(range_of).unwrap_or_default();
    Subjects::new(key, what, account, &range)
}

fn refuse_if_blocked(subjects: &Subjects, fleet: &mut Fleet) -> Result<()> {
    let now = fleet.now();
    let until = fleet.store.blocked_until(&subjects.here)?.max(fleet.store.blocked_until(&subjects.account)?);
    match until > now {
        true => Err(Error::denied(neo_errors::LOGIN_THROTTLED).with("seconds", (until - now).to_string())),
        false => Ok(()),
    }
}

fn count_failure(subjects: &Subjects, fleet: &mut Fleet) -> Result<()> {
    let now = fleet.now();
    fleet.store.transaction(|store| {
        if let Some(wait) = guesses::wait(store.count_event(&subjects.here, guesses::WINDOW, now)?) {
            store.block_until(&subjects.here, now + wait)?;
        }
        if store.count_event(&subjects.account, guesses::WINDOW, now)? > guesses::MOST_BY_ACCOUNT {
            store.block_until(&subjects.account, now + guesses::ACCOUNT_WAITS)?;
        }
        Ok(())
    })
}

/// The network of an address: who has one of IPv6 has 2^64 more.
fn range_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.segments().iter().take(4).map(|part| format!("{part:x}:")).collect(),
    }
}

fn form(call: &Call, address: &str, mistake: &Mistake) -> Reply {
    let language = call.language;
    let title = texts::LOGIN.to(language);
    let is_out = call.request.query_value("done") == Some("out");
    let content = html! {
        h1 { (title) }
        @if is_out { (view::notice(Tone::Success, site::SIGNED_OUT.to(language))) }
        (mistake.summary())
        (view::form(&call.link("/login"), "", html! {
            (Field::new("email", site::EMAIL.to(language), Input::Email).value(address).required(language)
                .autocomplete("username").error(mistake.on("email")))
            (Field::new("password", site::PASSWORD.to(language), Input::Password).required(language)
                .autocomplete("current-password").error(mistake.on("password")))
            (view::button(site::LOGIN_BUTTON.to(language), ButtonKind::Primary))
        }))
        p.hint { (texts::NO_ACCESS.to(language)) }
    };
    page::plain(call, title, content)
}

fn code_form(call: &Call, who: &Who, mistake: &Mistake) -> Reply {
    let language = call.language;
    let title = texts::CODE_TITLE.to(language);
    let content = html! {
        h1 { (title) }
        (mistake.summary())
        (view::form(&call.link("/login/code"), &who.csrf, html! {
            (Field::new("code", texts::CODE.to(language), Input::Text).required(language).autofocus()
                .autocomplete("one-time-code").hint(texts::CODE_HINT.to(language)).error(mistake.on("code")))
            (view::button(site::LOGIN_BUTTON.to(language), ButtonKind::Primary))
        }))
    };
    page::plain(call, title, content)
}
