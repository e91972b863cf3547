//! 設定 > 送信方法 > ほかの送信方法: the second and third way out, each with its share and limits.
//! Not the first, which is the sending page's own form: sending.

use crate::app::App;
use crate::domain::transport_url::{self, TransportUrl};
use crate::error::{Error, Result};
use crate::mail::outlet::{PLACES, Place};
use crate::mail::pace::{is_open, login_subject, trouble_subject};
use crate::store::holds::WAITS_FOR_OWNER;
use crate::store::{Reader, Writer};
use crate::texts::{errors, pace, site};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, put_all, settings_page};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Link, Markup, PostButton, Tone, html};

/// The card of the sending page: every way, its state, and where it is changed.
pub(super) fn card(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let now = app.clock.now();
    let mut rows = Vec::new();
    let mut needs_owner = false;
    for place in &PLACES {
        let url = app.settings.value(place.url);
        let number = place.number.to_string();
        let is_stopped = store.throttle(&login_subject(place.number))?.blocked_until == WAITS_FOR_OWNER;
        let has_trouble = store.throttle(&trouble_subject(place.number))?.count > 0;
        needs_owner |= is_stopped || has_trouble;
        let state = match url {
            "" => html! { (pace::WAY_UNUSED.to(language)) },
            _ if is_stopped => view::badge(Tone::Error, pace::WAY_STOPPED.to(language)),
            _ if !is_open(store, place.number, now)? => view::badge(Tone::Warn, pace::WAY_RESTS.to(language)),
            _ => view::badge(Tone::Success, pace::WAY_OPEN.to(language)),
        };
        let change = match place.number {
            1 => html! {},
            _ => view::link(
                &call.link(&format!("/admin/settings/sending/{number}")),
                pace::CHANGE.to(language),
            ),
        };
        rows.push(vec![
            html! { (pace::WAY_NUMBER.with(language, &[("number", &number)])) },
            html! { @if !url.is_empty() { (app.settings.value(place.weight)) } },
            state,
            change,
        ]);
    }
    let columns = [
        Column::main(pace::WAY.to(language)),
        Column::number(pace::WEIGHT.to(language)),
        Column::text(site::STATE.to(language)),
        Column::actions(pace::CHANGE.to(language)),
    ];
    Ok(view::card(
        pace::OTHER_WAYS.to(language),
        html! {
            p { (pace::OTHER_WAYS_TEXT.to(language)) }
            (view::table(pace::OTHER_WAYS.to(language), &columns, &rows))
            @if needs_owner {
                (view::post_button(&PostButton {
                    action: &call.link("/admin/settings/pace/again"),
                    csrf: &admin.csrf,
                    label: pace::TRY_AGAIN.to(language),
                    ..PostButton::default()
                }))
            }
            p { (view::link(&call.link("/admin/settings/pace"), pace::TO_PACE.to(language))) }
        },
    ))
}

fn named(call: &Call) -> Result<&'static Place> {
    let number = call.parameter().parse::<i64>().unwrap_or(0);
    PLACES
        .iter()
        .find(|place| place.number == number && number > 1)
        .ok_or_else(|| Error::not_found(errors::PAGE_NOT_FOUND))
}

/// GET /admin/settings/sending/NUMBER
pub fn show(call: &Call, admin: &Admin, app: &App, _store: &Reader) -> Result<Reply> {
    Ok(form(call, admin, app, named(call)?, None, &Mistake::none()))
}

/// POST /admin/settings/sending/NUMBER
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let place = named(call)?;
    let saved = accept(app, store, place, sent).map(|()| call.redirect("/admin/settings/sending?done=saved"));
    page::or_again(call, saved, |mistake| Ok(form(call, admin, app, place, Some(sent), mistake)))
}

fn accept(app: &mut App, store: &Writer, place: &Place, sent: &Form) -> Result<()> {
    let (typed, password) = (sent.text("url").trim().to_string(), sent.text("password"));
    if !typed.is_empty() {
        // Programs and folders are no matter of a browser.
        let TransportUrl::Smtp(server) = transport_url::parse(&typed).map_err(|error| error.on("url"))?
        else {
            return Err(Error::invalid(errors::TRANSPORT_NOT_VALID).with("why", "smtp://").on("url"));
        };
        // Who has only this session must not have the stored password sent to a server of her own.
        let is_same = match transport_url::parse(app.settings.value(place.url)) {
            Ok(TransportUrl::Smtp(before)) => before.host == server.host && before.user == server.user,
            _ => false,
        };
        let has_password = !app.settings.value(place.password).is_empty();
        if !is_same && has_password && password.is_empty() && server.user.is_some() {
            return Err(Error::invalid(errors::PASSWORD_AGAIN).on("password"));
        }
    }
    store.transaction(|| {
        put_all(app, store, &[place.url, place.weight, place.pace], |setting| {
            let field = if setting.key == place.url.key {
                "url"
            } else if setting.key == place.weight.key {
                "weight"
            } else {
                "pace"
            };
            sent.text(field).to_string()
        })?;
        match password {
            "" => Ok(()),
            password => app.put_setting(store, place.password, password),
        }
    })
}

fn form(
    call: &Call,
    admin: &Admin,
    app: &App,
    place: &Place,
    sent: Option<&Form>,
    mistake: &Mistake,
) -> Reply {
    let language = call.language;
    let value =
        |field: &str, stored: &str| sent.map_or(stored.to_string(), |form| form.text(field).to_string());
    let blamed = |field: &str, key: &str| mistake.on(field).or_else(|| mistake.on(key)).map(str::to_string);
    let number = place.number.to_string();
    let action = call.link(&format!("/admin/settings/sending/{number}"));
    let back = call.link("/admin/settings/sending");
    let has_password = !app.settings.value(place.password).is_empty();
    let password_hint = if has_password { site::PASSWORD_KEPT } else { site::PASSWORD_STORED };
    let content = html! {
        (view::back_link(Link { label: site::TAB_SENDING.to(language), url: &back }))
        (mistake.summary())
        (view::form(&action, &admin.csrf, html! {
            (view::card(&pace::WAY_NUMBER.with(language, &[("number", &number)]), html! {
                (Field::new("url", pace::URL.to(language), Input::Text)
                    .value(&value("url", app.settings.value(place.url))).hint(pace::URL_HINT.to(language))
                    .placeholder("smtp://user@mail.example.jp:587?tls=required")
                    .error(blamed("url", place.url.key).as_deref()))
                (Field::new("password", site::PASSWORD.to(language), Input::Password).autocomplete("new-password")
                    .hint(password_hint.to(language)).error(mistake.on("password")))
                (Field::new("weight", pace::WEIGHT.to(language), Input::Number { min: 0, max: 100 })
                    .value(&value("weight", app.settings.value(place.weight))).hint(pace::WEIGHT_HINT.to(language))
                    .error(blamed("weight", place.weight.key).as_deref()))
                (Field::new("pace", pace::OWN.to(language), Input::Text)
                    .value(&value("pace", app.settings.value(place.pace))).hint(pace::OWN_HINT.to(language))
                    .error(blamed("pace", place.pace.key).as_deref()))
            }))
            (view::button(site::SAVE.to(language), ButtonKind::Primary))
        }))
    };
    settings_page(call, admin, Tab::Sending, content)
}
