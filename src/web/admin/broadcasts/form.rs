//! Writing a broadcast: a new one, or one that has not started.
//! Not its fields, which steps have too: writing.

use serde_json::json;

use super::{link_to, named};
use crate::app::App;
use crate::domain::broadcast::{Broadcast, Follows, State};
use crate::domain::id::MessageId;
use crate::domain::list::List;
use crate::domain::message::{Content, Kind};
use crate::error::{Error, Result};
use crate::mail::activation;
use crate::store::{Reader, Writer};
use crate::texts::{admin, broadcasts, errors};
use crate::web::access::Admin;
use crate::web::admin::activation as keys;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::writing::{self, Draft, ListChoice};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Link, Nav, html};

/// How often a draft is saved by itself.
const AUTOSAVE_SECONDS: u32 = 20;

/// What the form holds, and where it belongs.
struct Sheet {
    /// Absent: a new broadcast.
    id: Option<MessageId>,
    /// As it was when the page was made.
    version: i64,
    is_scheduled: bool,
    /// Saved by itself: a draft, of which nothing goes out yet.
    is_autosaved: bool,
    list: String,
    draft: Draft,
}

/// GET /admin/broadcasts/new?copy=NUMBER
pub fn new(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    if let Some(over) = keys::in_place_of_sending(call, app, store)? {
        let title = admin::BROADCAST_NEW.to(call.language);
        let content = html! { (view::page_heading(title, html! {})) (over) };
        return Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content));
    }
    let copied = call.request.query_value("copy").and_then(|typed| typed.parse::<MessageId>().ok());
    // A number that is no broadcast's gives an empty form: there is nothing to copy, and no harm.
    let copied = copied.filter(|id| store.broadcast(*id).is_ok());
    let mut sheet = Sheet {
        id: None,
        version: 0,
        is_scheduled: false,
        is_autosaved: true,
        list: String::new(),
        draft: Draft::default(),
    };
    if let Some(id) = copied {
        let message = store.message(id)?;
        sheet.list = message.list.to_string();
        sheet.draft = Draft::stored(message.content);
    }
    show_form(call, admin, store, &sheet, &Mistake::none())
}

/// POST /admin/broadcasts/new: stores a draft.
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sheet = typed(form, None, false, true);
    let stored = checked(app, store, form, &sheet).and_then(|(list, content)| {
        activation::refuse_new_broadcast(app, store)?;
        let now = app.clock.now();
        let id = store.transaction(|| {
            let id = store.add_message(Kind::Broadcast, list.id, &content, now)?;
            store.add_broadcast(id, None)?;
            Ok(id)
        })?;
        saved(call, app, form, id, 1)
    });
    shown_again(call, admin, store, form, &sheet, stored)
}

/// GET /admin/broadcasts/NUMBER/edit
pub fn edit(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let broadcast = named(call, store)?;
    if !broadcast.state.may_be_edited() {
        return Err(Error::invalid(errors::MESSAGE_ALREADY_STARTED));
    }
    let message = store.message(broadcast.message)?;
    let sheet = Sheet {
        id: Some(message.id),
        version: broadcast.version,
        is_scheduled: broadcast.at.is_some(),
        is_autosaved: is_autosaved(store, &broadcast)?,
        list: message.list.to_string(),
        draft: Draft::stored(message.content),
    };
    show_form(call, admin, store, &sheet, &Mistake::none())
}

/// POST /admin/broadcasts/NUMBER/edit: only while it has not started, asked again in the transaction that stores it.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let id = broadcast.message;
    let is_autosaved = is_autosaved(store, &broadcast)?;
    let mut sheet = typed(form, Some(id), broadcast.at.is_some(), is_autosaved);
    // A form without a version is a program's: it knows what it does.
    let seen = form.text("version").parse::<i64>().unwrap_or(broadcast.version);
    let refused = match () {
        () if seen != broadcast.version => Some(errors::EDITED_ELSEWHERE),
        () if form.has("autosave") && !is_autosaved => Some(errors::MESSAGE_ALREADY_STARTED),
        () => None,
    };
    if refused == Some(errors::EDITED_ELSEWHERE) {
        // Told once; whoever saves again then means it.
        sheet.version = broadcast.version;
    }
    let checked = refused.map_or_else(|| checked(app, store, form, &sheet), |why| Err(Error::invalid(why)));
    let stored = checked.and_then(|(list, content)| {
        let version = store.transaction(|| {
            let now = store.broadcast(id)?;
            if !now.state.may_be_edited() {
                return Err(Error::invalid(errors::MESSAGE_ALREADY_STARTED));
            }
            if now.version != seen {
                return Err(Error::invalid(errors::EDITED_ELSEWHERE));
            }
            // Whom another message did not reach are readers of its list.
            let follows = broadcast.parent.map(|(_, follows)| follows);
            let keeps_list = matches!(follows, Some(Follows::Missing | Follows::Unopened | Follows::Variant));
            if keeps_list && store.message(id)?.list != list.id {
                return Err(Error::invalid(errors::FOLLOW_UP_KEEPS_LIST).on("list"));
            }
            store.move_message(id, list.id)?;
            store.change_message(id, &content)?;
            store.raise_version(id)
        })?;
        saved(call, app, form, id, version)
    });
    shown_again(call, admin, store, form, &sheet, stored)
}

/// The reply to what was stored: on to its page, or to the script in words.
fn saved(call: &Call, app: &App, form: &Form, id: MessageId, version: i64) -> Result<Reply> {
    if !form.has("autosave") {
        return Ok(call.redirect(&format!("/admin/broadcasts/{id}?done=written")));
    }
    let time = page::time(app, app.clock.now());
    let time = time.split(' ').next_back().unwrap_or_default();
    let told = json!({
        "version": version,
        "words": broadcasts::AUTOSAVED.with(call.language, &[("time", time)]),
        "action": format!("{}/edit", link_to(call, id)),
    });
    Ok(Reply::json(200, told.to_string()))
}

/// What was typed again with what is wrong; to the script in words, and that it should stop when another window saved.
fn shown_again(
    call: &Call,
    admin: &Admin,
    store: &Reader,
    form: &Form,
    sheet: &Sheet,
    stored: Result<Reply>,
) -> Result<Reply> {
    match stored {
        Err(Error::Invalid(refusal)) if form.has("autosave") => {
            let over =
                [errors::EDITED_ELSEWHERE, errors::MESSAGE_ALREADY_STARTED].contains(&refusal.sentence);
            let told = json!({ "words": refusal.say(call.language), "over": over });
            Ok(Reply::json(422, told.to_string()))
        }
        stored => page::or_again(call, stored, |mistake| show_form(call, admin, store, sheet, mistake)),
    }
}

/// Only a draft of which nothing goes out by itself: half a sentence must not be sent.
fn is_autosaved(store: &Reader, broadcast: &Broadcast) -> Result<bool> {
    let recurs = store.recurring(broadcast.message)?.is_some_and(|recurring| recurring.is_active);
    Ok(broadcast.state == State::Draft && !recurs)
}

fn typed(form: &Form, id: Option<MessageId>, is_scheduled: bool, is_autosaved: bool) -> Sheet {
    let version = form.text("version").parse().unwrap_or(0);
    Sheet {
        id,
        version,
        is_scheduled,
        is_autosaved,
        list: form.text("list").to_string(),
        draft: Draft::typed(form),
    }
}

fn checked(app: &App, store: &Reader, form: &Form, sheet: &Sheet) -> Result<(List, Content)> {
    let list = writing::chosen_list(store, form)?;
    let content = sheet.draft.check(app, &list, Kind::Broadcast)?;
    Ok((list, content))
}

fn show_form(call: &Call, admin: &Admin, store: &Reader, sheet: &Sheet, mistake: &Mistake) -> Result<Reply> {
    let language = call.language;
    let title = if sheet.id.is_some() { admin::BROADCAST_EDIT } else { admin::BROADCAST_NEW }.to(language);
    let lists = ListChoice::read(store, language)?;
    let (action, back, label) = match sheet.id {
        Some(id) => (format!("{}/edit", link_to(call, id)), link_to(call, id), common_back(call)),
        None => (
            call.link("/admin/broadcasts/new"),
            call.link("/admin/broadcasts"),
            admin::BROADCAST_TO_LIST.to(language),
        ),
    };
    let press = if sheet.is_scheduled { admin::BROADCAST_SAVE_SCHEDULED } else { admin::BROADCAST_SAVE };
    let fields = html! {
        (lists.field(&sheet.list, mistake, language))
        (writing::fields(&sheet.draft, mistake, language))
        @if sheet.is_autosaved {
            (view::autosave(&call.link(""), sheet.version, AUTOSAVE_SECONDS, broadcasts::AUTOSAVE_FAILED.to(language)))
        } @else {
            (view::hidden("version", &sheet.version.to_string()))
        }
        (view::actions(view::button(press.to(language), ButtonKind::Primary)))
    };
    let content = html! {
        (view::back_link(Link { label, url: &back }))
        (view::page_heading(title, html! {}))
        @if lists.is_empty() {
            (writing::no_list(call))
        } @else {
            (mistake.summary())
            (view::columns(
                view::card("", view::form(&action, &admin.csrf, fields)),
                html! { (writing::help(Kind::Broadcast, language)) (writing::field_help(call, store)?) },
            ))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

fn common_back(call: &Call) -> &'static str {
    crate::texts::common::BACK.to(call.language)
}
