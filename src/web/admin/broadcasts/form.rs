//! Writing a broadcast: a new one, or one that has not started.
//! Not its fields, which steps have too: writing.

use super::{link_to, named};
use crate::app::App;
use crate::domain::id::MessageId;
use crate::domain::list::List;
use crate::domain::message::{Content, Kind};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{admin, errors};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::writing::{self, Draft, ListChoice};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Link, Nav, html};

/// What the form holds, and where it belongs.
struct Sheet {
    /// Absent: a new broadcast.
    id: Option<MessageId>,
    is_scheduled: bool,
    list: String,
    draft: Draft,
}

/// GET /admin/broadcasts/new?copy=NUMBER
pub fn new(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let copied = call.request.query_value("copy").and_then(|typed| typed.parse::<MessageId>().ok());
    // A number that is no broadcast's gives an empty form: there is nothing to copy, and no harm.
    let copied = copied.filter(|id| store.broadcast(*id).is_ok());
    let mut sheet = Sheet { id: None, is_scheduled: false, list: String::new(), draft: Draft::default() };
    if let Some(id) = copied {
        let message = store.message(id)?;
        sheet.list = message.list.to_string();
        sheet.draft = Draft::stored(message.content);
    }
    show_form(call, admin, store, &sheet, &Mistake::none())
}

/// POST /admin/broadcasts/new: stores a draft.
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sheet = typed(form, None, false);
    let stored = checked(app, store, form, &sheet).and_then(|(list, content)| {
        let now = app.clock.now();
        let id = store.transaction(|| {
            let id = store.add_message(Kind::Broadcast, list.id, &content, now)?;
            store.add_broadcast(id, None)?;
            Ok(id)
        })?;
        Ok(call.redirect(&format!("/admin/broadcasts/{id}?done=written")))
    });
    page::or_again(call, stored, |mistake| show_form(call, admin, store, &sheet, mistake))
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
        is_scheduled: broadcast.at.is_some(),
        list: message.list.to_string(),
        draft: Draft::stored(message.content),
    };
    show_form(call, admin, store, &sheet, &Mistake::none())
}

/// POST /admin/broadcasts/NUMBER/edit: only while it has not started, asked again in the transaction that stores it.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let id = broadcast.message;
    let sheet = typed(form, Some(id), broadcast.at.is_some());
    let stored = checked(app, store, form, &sheet).and_then(|(list, content)| {
        store.transaction(|| {
            if !store.broadcast(id)?.state.may_be_edited() {
                return Err(Error::invalid(errors::MESSAGE_ALREADY_STARTED));
            }
            store.move_message(id, list.id)?;
            store.change_message(id, &content)
        })?;
        Ok(call.redirect(&format!("/admin/broadcasts/{id}?done=written")))
    });
    page::or_again(call, stored, |mistake| show_form(call, admin, store, &sheet, mistake))
}

fn typed(form: &Form, id: Option<MessageId>, is_scheduled: bool) -> Sheet {
    Sheet { id, is_scheduled, list: form.text("list").to_string(), draft: Draft::typed(form) }
}

fn checked(app: &App, store: &Reader, form: &Form, sheet: &Sheet) -> Result<(List, Content)> {
    let list = writing::chosen_list(store, form)?;
    let content = sheet.draft.check(app, &list)?;
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
                html! { (writing::help(language)) (writing::field_help(call, store)?) },
            ))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

fn common_back(call: &Call) -> &'static str {
    crate::texts::common::BACK.to(call.language)
}
