//! The page of one broadcast: its preview, and until it has started how to send it.
//! Not what the buttons do: send. Not its progress and result: watch.

use super::sheet::Sheet;
use super::timing::TypedTiming;
use super::{audience, follow, link_to, named, recur, split, timing, watch};
use crate::app::App;
use crate::clock::Instant;
use crate::domain::broadcast::{Broadcast, Follows, State};
use crate::error::{Error, Result};
use crate::mail::quiet;
use crate::settings;
use crate::store::Reader;
use crate::texts::{Language, Text, admin, broadcasts, errors};
use crate::web::access::Admin;
use crate::web::admin::activation;
use crate::web::admin::forecast;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::writing;
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Markup, Nav, PostButton, Tone, html};

/// What was chosen for the time of sending.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) when: String,
    pub(super) at: String,
    /// Absent: as it is stored.
    pub(super) timing: Option<TypedTiming>,
}

const DONE: &[(&str, Text)] = &[
    ("written", admin::BROADCAST_SAVED),
    ("scheduled", admin::BROADCAST_SCHEDULED),
    ("queued", admin::BROADCAST_QUEUED),
    ("unscheduled", admin::BROADCAST_UNSCHEDULED),
    ("already", admin::BROADCAST_ALREADY),
    ("stopped", admin::BROADCAST_WAS_STOPPED),
    ("resumed", broadcasts::RESUMED),
    ("given-up", broadcasts::GIVEN_UP),
    ("settled", admin::SETTLED),
    ("audience", broadcasts::AUDIENCE_SAVED),
    ("follow", broadcasts::FOLLOW_MADE),
    ("recur", broadcasts::RECUR_SAVED),
    ("recur-end", broadcasts::RECUR_ENDED),
    ("split", broadcasts::SPLIT_SAVED),
    ("split-end", broadcasts::SPLIT_DROPPED),
    ("decided", broadcasts::SPLIT_WAS_DECIDED),
];

/// GET /admin/broadcasts/NUMBER
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    page(call, admin, app, store, &Typed::default(), &Mistake::none(), None)
}

/// GET /admin/broadcasts/NUMBER/html: the HTML part, for the preview's frame.
pub fn html_part(call: &Call, _admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    writing::html_part(app, store, named(call, store)?.message)
}

/// The page, perhaps after a mistake in the form of its time, or with a notice.
pub(super) fn page(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    typed: &Typed,
    mistake: &Mistake,
    notice: Option<(Tone, Markup)>,
) -> Result<Reply> {
    let sheet = Sheet::read(call, admin, app, store)?;
    let content = if sheet.broadcast.state.may_be_edited() {
        before(&sheet, typed, mistake)?
    } else {
        watch::content(&sheet)?
    };
    let title = sheet.message.content.subject.clone();
    let mut frame = page::done_notice(page::frame(call, admin, &title), call, DONE);
    if let Some((tone, said)) = notice {
        frame = frame.notice(tone, said);
    }
    Ok(page::reply(&frame, Nav::Broadcasts, content))
}

/// The last question before mails go out, with what and to how many.
pub(super) fn last_check(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    broadcast: &Broadcast,
    typed: &Typed,
    at: Instant,
) -> Result<Reply> {
    let language = call.language;
    let (subject, list) = store.message_subject(broadcast.message)?;
    let audience = store.audience(broadcast.message)?;
    let readers = audience::count(app, store, list, &audience, false)?;
    let count = match readers.is_whole {
        true => page::number(readers.matching),
        false => format!("{}+", page::number(readers.matching)),
    };
    let title = admin::SEND_CHECK_TITLE.to(language);
    let is_later = typed.when == "at";
    let when = if is_later { page::time(app, at) } else { admin::SEND_NOW.to(language).to_string() };
    let facts = [
        (admin::WRITE_SUBJECT.to(language), html! { (subject) }),
        (admin::CHOOSE_LIST.to(language), html! { (store.list(list)?.title) }),
        (admin::SEND_WHEN.to(language), html! { (when) }),
    ];
    let typed_timing = typed.timing.clone().unwrap_or_default();
    let timing = typed_timing.timing(app, at)?;
    let quiet = quiet::minutes(app, timing.keeps_quiet_hours);
    let ids = (broadcast.message, list);
    let finish = forecast::before(app, store, ids, readers.matching, at, quiet, language)?;
    let mut details = audience::words(store, &audience, language)?;
    details.extend(timing::facts(app, &timing, language));
    let press = if is_later { admin::SEND_BUTTON_AT } else { admin::SEND_BUTTON };
    let back = link_to(call, broadcast.message);
    let form = html! {
        (view::hidden("when", if is_later { "at" } else { "now" }))
        (view::hidden("at", &typed.at))
        (typed_timing.hidden())
        (view::hidden("confirmed", "1"))
        (view::actions(html! {
            (view::button(&press.with(language, &[("count", &count)]), ButtonKind::Primary))
            (view::link_button(&back, admin::SEND_BACK.to(language), ButtonKind::Quiet))
        }))
    };
    let question = audience::count_words(readers, language);
    let content = html! {
        (view::page_heading(title, html! {}))
        (view::card(&question, html! {
            (view::definition_list(&facts))
            @if !details.is_empty() { ul { @for detail in &details { li { (detail) } } } }
            (finish)
            p { (admin::SEND_CHECK_TEXT.to(language)) }
            (view::form(&format!("{back}/send"), &admin.csrf, form))
        }))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

/// The refusal to send while the details that the law asks for are missing; names them.
pub(super) fn missing_sender_details(app: &App, language: Language) -> Option<Error> {
    let name = |setting: &settings::Setting| match setting.key {
        "sender_name" => admin::SENDER_NAME_SHORT,
        "sender_address" => admin::SENDER_ADDRESS_SHORT,
        _ => admin::SENDER_CONTACT_SHORT,
    };
    let missing: Vec<&str> =
        app.settings.missing_sender_details().into_iter().map(|setting| name(setting).to(language)).collect();
    let comma = if language == Language::Ja { "、" } else { ", " };
    (!missing.is_empty())
        .then(|| Error::invalid(errors::SENDER_NOT_COMPLETE).with("missing", missing.join(comma)))
}

/// A draft, or one that waits for its time.
fn before(sheet: &Sheet, typed: &Typed, mistake: &Mistake) -> Result<Markup> {
    let edit = view::link_button(&sheet.url("edit"), sheet.say(admin::EDIT), ButtonKind::Secondary);
    let recurs = recur::card(sheet)?;
    let is_variant = matches!(sheet.broadcast.parent, Some((_, Follows::Variant)));
    let may_send = !is_due(sheet) && recurs.is_none() && !is_variant;
    let is_plain = sheet.broadcast.state == State::Draft && recurs.is_none() && !is_variant;
    let has_split = sheet.store.split(sheet.broadcast.message)?.is_some();
    Ok(html! {
        (sheet.heading(edit))
        (follow::origin(sheet.call, &sheet.broadcast))
        (mistake.summary())
        (view::columns(
            html! { (sheet.gaps()?) (sheet.preview()) },
            html! {
                (waiting(sheet))
                @if let Some(recurs) = recurs { (recurs) }
                @if !is_variant { (audience_card(sheet)?) (split::card(sheet)?) }
                (writing::test_card(sheet.call, sheet.admin, &sheet.url("test")))
                @if may_send { (send_card(sheet, typed, mistake)?) }
                @if is_plain {
                    (view::details_box(sheet.say(broadcasts::MORE_WAYS), html! {
                        @if !has_split {
                            p { (view::link(&sheet.url("recur"), sheet.say(broadcasts::RECUR_LINK))) }
                            p { (view::link(&sheet.url("split"), sheet.say(broadcasts::SPLIT_LINK))) }
                        }
                        p { (view::link(&copy_url(sheet), sheet.say(admin::BROADCAST_COPY))) }
                    }))
                }
            },
        ))
    })
}

pub(super) fn copy_url(sheet: &Sheet) -> String {
    sheet.call.link(&format!("/admin/broadcasts/new?copy={}", sheet.broadcast.message))
}

/// Who gets it, and where that is chosen.
fn audience_card(sheet: &Sheet) -> Result<Markup> {
    let language = sheet.call.language;
    let lines = audience::words(sheet.store, &sheet.audience, language)?;
    Ok(view::card(
        sheet.say(broadcasts::AUDIENCE_TITLE),
        html! {
            p { (sheet.list.title) }
            @if lines.is_empty() { p { (sheet.say(broadcasts::AUDIENCE_WHOLE)) } }
            @for line in &lines { p { (line) } }
            (view::actions(view::link_button(&sheet.url("audience"), sheet.say(broadcasts::AUDIENCE_CHANGE),
                ButtonKind::Secondary)))
        },
    ))
}

/// Its time has come, and the next tick starts it.
fn is_due(sheet: &Sheet) -> bool {
    sheet.broadcast.at.is_some_and(|at| at <= sheet.app.clock.now())
}

/// When a scheduled broadcast goes out, and how to take it back.
fn waiting(sheet: &Sheet) -> Markup {
    let Some(at) = sheet.broadcast.at.filter(|_| sheet.broadcast.state == State::Scheduled) else {
        return html! {};
    };
    let is_due = is_due(sheet);
    let when = page::time(sheet.app, at);
    let title = match is_due {
        true => sheet.say(admin::SEND_SOON).to_string(),
        false => admin::SEND_WAITS.with(sheet.call.language, &[("when", &when)]),
    };
    let details = timing::facts(sheet.app, &sheet.broadcast.timing, sheet.call.language);
    view::card(
        &title,
        html! {
            p { (audience::count_words(sheet.readers, sheet.call.language)) }
            @for detail in &details { p { (detail) } }
            @if is_due {
                p { (sheet.say(admin::SEND_SOON_TEXT)) }
                (view::post_button(&PostButton {
                    action: &sheet.call.link("/admin/settings/tick/run"),
                    csrf: &sheet.admin.csrf,
                    label: sheet.say(admin::SEND_TICK),
                    ..PostButton::default()
                }))
            }
            (sheet.post("send", admin::SEND_UNSCHEDULE, ButtonKind::Quiet, &[("when", "never")]))
        },
    )
}

fn send_card(sheet: &Sheet, typed: &Typed, mistake: &Mistake) -> Result<Markup> {
    let is_scheduled = sheet.broadcast.state == State::Scheduled;
    let title = sheet.say(if is_scheduled { admin::SEND_CHANGE_TIME } else { admin::SEND_TITLE });
    if let Some(over) = activation::in_place_of_sending(sheet.call, sheet.app, sheet.store)? {
        return Ok(view::card(title, over));
    }
    if let Some(error) = missing_sender_details(sheet.app, sheet.call.language) {
        let why = error.refusal().map(|refusal| refusal.say(sheet.call.language)).unwrap_or_default();
        let link = view::link(&sheet.call.link("/admin/settings"), sheet.say(admin::SENDER_SET));
        return Ok(view::card(title, view::notice(Tone::Warn, html! { p { (why) } p { (link) } })));
    }
    Ok(view::card(
        title,
        html! {
            p { strong { (audience::count_words(sheet.readers, sheet.call.language)) } }
            @if sheet.readers.is_whole && sheet.readers.matching == 0 { p.hint { (sheet.say(admin::SEND_TO_NOBODY)) } }
            (view::form(&sheet.url("send"), &sheet.admin.csrf, time_fields(sheet, typed, mistake)?))
        },
    ))
}

fn time_fields(sheet: &Sheet, typed: &Typed, mistake: &Mistake) -> Result<Markup> {
    let language = sheet.call.language;
    let stored = sheet.broadcast.at.map(|at| page::time(sheet.app, at).replace(' ', "T"));
    let at = if typed.at.is_empty() { stored.unwrap_or_default() } else { typed.at.clone() };
    let when = match typed.when.as_str() {
        "" if sheet.broadcast.at.is_some() => "at",
        "" => "now",
        typed => typed,
    };
    let stored = || TypedTiming::stored(sheet.app, &sheet.broadcast.timing);
    let timing = typed.timing.clone().unwrap_or_else(stored);
    let hint = admin::SEND_AT_HINT.with(language, &[("zone", sheet.app.settings.zone().name())]);
    let choices = [
        Choice::new("now", sheet.say(admin::SEND_NOW)),
        Choice::new("at", sheet.say(admin::SEND_AT)).with_hint(&hint),
    ];
    Ok(html! {
        (Field::new("when", sheet.say(admin::SEND_WHEN), Input::Radio(&choices)).value(when))
        (Field::new("at", sheet.say(admin::SEND_AT_LABEL), Input::DateTime).value(&at).error(mistake.on("at")))
        (timing.fields(sheet.store, mistake, language)?)
        (view::button(sheet.say(admin::SEND_CHECK), ButtonKind::Primary))
    })
}
