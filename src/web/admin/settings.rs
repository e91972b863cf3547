//! 設定 > 差出人: who sends, and what holds for the whole site. Also the frame of all settings pages.
//! Not the declarations: settings.

use crate::app::App;
use crate::error::Result;
use crate::settings::{self, Setting};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, activation, guard, pace, site, transfer, update};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Markup, Nav, html};

/// The pages below 設定.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Sender,
    Sending,
    Pace,
    Clock,
    Guard,
    Password,
    Backups,
    Activation,
    Update,
    Doctor,
}

const TABS: [(Tab, Text, &str); 10] = [
    (Tab::Sender, site::TAB_SENDER, "/admin/settings"),
    (Tab::Sending, site::TAB_SENDING, "/admin/settings/sending"),
    (Tab::Pace, pace::TAB_PACE, "/admin/settings/pace"),
    (Tab::Clock, site::TAB_CLOCK, "/admin/settings/tick"),
    (Tab::Guard, guard::TAB_GUARD, "/admin/settings/guard"),
    (Tab::Password, site::TAB_PASSWORD, "/admin/settings/password"),
    (Tab::Backups, transfer::TAB_BACKUPS, "/admin/settings/backups"),
    (Tab::Activation, activation::TAB_ACTIVATION, "/admin/settings/activation"),
    (Tab::Update, update::TAB_UPDATE, "/admin/settings/update"),
    (Tab::Doctor, site::TAB_DOCTOR, "/admin/settings/doctor"),
];

/// What this page changes.
const HERE: [&Setting; 8] = [
    &settings::SENDER_NAME,
    &settings::SENDER_ADDRESS,
    &settings::SENDER_CONTACT,
    &settings::BASE_URL,
    &settings::LANGUAGE,
    &settings::TIME_ZONE,
    &settings::CONFIRM_DAYS,
    &settings::UNSURE,
];

/// A settings page: heading, tabs, content.
pub fn settings_page(call: &Call, admin: &Admin, tab: Tab, content: Markup) -> Reply {
    settings_page_with(call, admin, tab, &[], content)
}

/// The same with notices for words of `?done=` of its own.
pub fn settings_page_with(
    call: &Call,
    admin: &Admin,
    tab: Tab,
    done: &[(&str, Text)],
    content: Markup,
) -> Reply {
    let language = call.language;
    let links: Vec<String> = TABS.iter().map(|(_, _, path)| call.link(path)).collect();
    let tabs: Vec<view::Tab> = TABS
        .iter()
        .zip(&links)
        .map(|((other, label, _), url)| view::Tab { label: label.to(language), url, active: *other == tab })
        .collect();
    let title = site::SETTINGS.to(language);
    let frame = page::done_notice(page::frame(call, admin, title), call, done);
    page::reply(
        &frame,
        Nav::Settings,
        html! {
            (view::page_heading(title, html! {}))
            (view::tabs(title, &tabs))
            (content)
        },
    )
}

/// GET /admin/settings
pub fn show(call: &Call, admin: &Admin, app: &App, _store: &Reader) -> Result<Reply> {
    Ok(form(call, admin, app, None, &Mistake::none()))
}

/// POST /admin/settings
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let saved = put_all(app, store, &HERE, |setting| sent.text(setting.key).to_string())
        .map(|()| call.redirect("/admin/settings?done=saved"));
    page::or_again(call, saved, |mistake| Ok(form(call, admin, app, Some(sent), mistake)))
}

/// What the pages call the settings that may be refused by name; elsewhere they go by their keys.
const LABELS: [(&Setting, Text); 10] = [
    (&settings::SENDER_NAME, site::SENDER_NAME),
    (&settings::SENDER_ADDRESS, site::SENDER_ADDRESS),
    (&settings::SENDER_CONTACT, site::SENDER_CONTACT),
    (&settings::LANGUAGE, site::LANGUAGE),
    (&settings::CONFIRM_DAYS, site::CONFIRM_DAYS),
    (&settings::UNSURE, site::UNSURE),
    (&settings::TRANSPORT, site::HOW_TO_SEND),
    (&settings::RETURN_PATH, site::RETURN_PATH),
    (&settings::TICK_SOURCES_ALLOWED, site::TAB_CLOCK),
    (&settings::TICK_GAP, site::GAP),
];

/// A typed value in the form that is stored; a refusal names the label that stands on the page.
fn parse(setting: &Setting, typed: &str) -> Result<String> {
    let label = LABELS.iter().find(|(labelled, _)| labelled.key == setting.key);
    setting.parse(typed).map_err(|error| match label {
        Some((_, label)) => error.with("field", *label),
        None => error,
    })
}

/// Stores several settings, all or none.
pub fn put_all(
    app: &mut App,
    store: &Writer,
    which: &[&'static Setting],
    typed: impl Fn(&Setting) -> String,
) -> Result<()> {
    let values =
        which.iter().map(|setting| parse(setting, &typed(setting))).collect::<Result<Vec<String>>>()?;
    store.transaction(|| {
        which.iter().zip(&values).try_for_each(|(setting, value)| app.put_setting(store, setting, value))
    })
}

fn form(call: &Call, admin: &Admin, app: &App, sent: Option<&Form>, mistake: &Mistake) -> Reply {
    let language = call.language;
    let value = |setting: &'static Setting| match sent {
        Some(form) => form.text(setting.key).to_string(),
        None => app.settings.value(setting).to_string(),
    };
    let line = |setting: &'static Setting, label: Text, input: Input<'static>| {
        html! {
            (Field::new(setting.key, label.to(language), input).value(&value(setting))
                .hint(setting.help.to(language)).error(mistake.on(setting.key)))
        }
    };
    let languages =
        [Language::Ja, Language::En].map(|language| Choice::new(language.tag(), language.own_name()));
    let unsure = [
        Choice::new("retry", site::UNSURE_RETRY.to(language)).with_hint(site::UNSURE_RETRY_HINT.to(language)),
        Choice::new("hold", site::UNSURE_HOLD.to(language)).with_hint(site::UNSURE_HOLD_HINT.to(language)),
    ];
    let content = html! {
        (mistake.summary())
        (view::form(&call.link("/admin/settings"), &admin.csrf, html! {
            (view::card(site::LEGAL.to(language), html! {
                (line(&settings::SENDER_NAME, site::SENDER_NAME, Input::Text))
                (line(&settings::SENDER_ADDRESS, site::SENDER_ADDRESS, Input::Text))
                (line(&settings::SENDER_CONTACT, site::SENDER_CONTACT, Input::Text))
            }))
            (view::card(site::SITE.to(language), html! {
                (line(&settings::BASE_URL, site::BASE_URL, Input::Url))
                (Field::new("language", site::LANGUAGE.to(language), Input::Select(&languages))
                    .value(&value(&settings::LANGUAGE)).error(mistake.on("language")))
                (line(&settings::TIME_ZONE, site::TIME_ZONE, Input::Text))
                (Field::new("confirm_days", site::CONFIRM_DAYS.to(language), Input::Number { min: 1, max: 90 })
                    .value(&value(&settings::CONFIRM_DAYS)).unit(site::DAYS.to(language))
                    .error(mistake.on("confirm_days")))
                (Field::new("unsure", site::UNSURE.to(language), Input::Radio(&unsure))
                    .value(&value(&settings::UNSURE)).hint(site::UNSURE_HINT.to(language))
                    .error(mistake.on("unsure")))
            }))
            (view::button(site::SAVE.to(language), ButtonKind::Primary))
        }))
    };
    settings_page(call, admin, Tab::Sender, content)
}
