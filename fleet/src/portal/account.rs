//! One's own page: the password and the second factor.
//! Not who has access at all: that is `neo-fleet user`.

use neo::domain::token::{Purpose, SiteKey};
use neo::error::{Error, Result};
use neo::host::password;
use neo::texts::{errors as neo_errors, site};
use neo::web::admin::page::{Mistake, or_again};
use neo::web::call::Call;
use neo::web::form::Form;
use neo::web::message::Reply;
use neo::web::view::{self, ButtonKind, Field, Input, Markup, Tone, html};

use super::access::{self, Who};
use super::{page, totp};
use crate::app::Fleet;
use crate::texts::{errors, portal as texts};

/// GET /account
pub fn show(call: &Call, fleet: &mut Fleet, who: &Who) -> Result<Reply> {
    shown(call, fleet, who, &totp::new_secret()?, &Mistake::none())
}

/// POST /account/password
pub fn change_password(call: &Call, fleet: &mut Fleet, who: &Who, sent: &Form) -> Result<Reply> {
    let changed = new_password(fleet, who, sent)
        // All sessions have ended; this browser gets a new one.
        .and_then(|()| access::begin(call, fleet, &who.user, true, call.redirect("/account?done=password")));
    let secret = totp::new_secret()?;
    or_again(call, changed, |mistake| shown(call, fleet, who, &secret, mistake))
}

/// POST /account/factor: the form brings the secret back, sealed, with the first code.
pub fn set_factor(call: &Call, fleet: &mut Fleet, who: &Who, sent: &Form) -> Result<Reply> {
    let key = access::key(fleet)?;
    let secret = key.open(Purpose::Form, sent.text("secret"));
    let secret = secret.ok_or_else(|| Error::invalid(neo_errors::FORM_EXPIRED))?;
    let set = new_factor(fleet, &key, who, &secret, sent)
        .and_then(|()| access::begin(call, fleet, &who.user, true, call.redirect("/account?done=factor")));
    or_again(call, set, |mistake| shown(call, fleet, who, &secret, mistake))
}

fn new_password(fleet: &mut Fleet, who: &Who, sent: &Form) -> Result<()> {
    check_password(fleet, who, sent)?;
    let hash = password::hash(fleet.data.path(), sent.text("password"))?;
    let now = fleet.now();
    fleet.store.transaction(|store| {
        store.set_user_password(&who.user.id, &hash)?;
        store.end_sessions(&who.user.id)?;
        store.audit(now, &who.user.email, "password changed", &who.user.id)
    })
}

fn new_factor(fleet: &mut Fleet, key: &SiteKey, who: &Who, secret: &[u8], sent: &Form) -> Result<()> {
    check_password(fleet, who, sent)?;
    let now = fleet.now();
    let step = totp::step(secret, sent.text("code"), now)?;
    let step = step.ok_or_else(|| Error::invalid(errors::CODE_WRONG).on("code"))?;
    let sealed = totp::seal(key, secret);
    fleet.store.transaction(|store| {
        store.set_user_totp(&who.user.id, Some(&sealed))?;
        store.use_totp_step(&who.user.id, step)?;
        store.end_sessions(&who.user.id)?;
        store.audit(now, &who.user.email, "second factor set", &who.user.id)
    })
}

fn check_password(fleet: &Fleet, who: &Who, sent: &Form) -> Result<()> {
    match password::verify(fleet.data.path(), sent.text("present"), Some(&who.user.password))? {
        true => Ok(()),
        false => Err(Error::invalid(neo_errors::PASSWORD_NOW_WRONG).on("present")),
    }
}

fn shown(call: &Call, fleet: &Fleet, who: &Who, secret: &[u8], mistake: &Mistake) -> Result<Reply> {
    let language = call.language;
    let key = access::key(fleet)?;
    let is_missing = who.user.role.needs_second_factor() && who.user.totp.is_none();
    let title = texts::ACCOUNT.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        @if is_missing { (view::notice(Tone::Warn, texts::FACTOR_NEEDED.to(language))) }
        (mistake.summary())
        (view::card(texts::FACTOR.to(language), factor(call, who, secret, &key.seal(Purpose::Form, secret), mistake)))
        (view::card(texts::PASSWORD.to(language), view::form(&call.link("/account/password"), &who.csrf, html! {
            (present(call, "present-for-password", mistake))
            (Field::new("password", site::PASSWORD_NEW.to(language), Input::Password).required(language)
                .autocomplete("new-password").hint(site::PASSWORD_HINT.to(language)).error(mistake.on("password")))
            (view::button(site::PASSWORD_CHANGE.to(language), ButtonKind::Secondary))
        })))
    };
    Ok(page::reply(call, who, "/account", title, content))
}

fn factor(call: &Call, who: &Who, secret: &[u8], sealed: &str, mistake: &Mistake) -> Markup {
    let language = call.language;
    let has_one = who.user.totp.is_some();
    let form = html! {
        p { (texts::FACTOR_TEXT.to(language)) }
        (view::code_block(texts::FACTOR_SECRET.to(language), &totp::written(secret)))
        p { (view::link(&totp::address(secret, &who.user.email), texts::FACTOR_OPEN.to(language))) }
        (view::form(&call.link("/account/factor"), &who.csrf, html! {
            (view::hidden("secret", sealed))
            (Field::new("code", texts::CODE.to(language), Input::Text).required(language)
                .autocomplete("one-time-code").hint(texts::CODE_HINT.to(language)).error(mistake.on("code")))
            (present(call, "present-for-factor", mistake))
            (view::button(texts::FACTOR_SAVE.to(language), ButtonKind::Primary))
        }))
    };
    match has_one {
        true => html! {
            p { (texts::FACTOR_IS_SET.to(language)) }
            (view::details_box(texts::FACTOR_RENEW.to(language), form))
        },
        false => form,
    }
}

fn present(call: &Call, id: &str, mistake: &Mistake) -> Markup {
    let language = call.language;
    let field = Field::new("present", site::PASSWORD_NOW.to(language), Input::Password).required(language);
    html! { (field.id(id).autocomplete("current-password").error(mistake.on("present"))) }
}
