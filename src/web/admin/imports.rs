//! 読者 > 取り込み: upload a file; the imports so far.
//! Not one import (import) and not the work itself (transfer). Pieces are sent by public_html/assets/upload.js; without
//! it one form does.

use crate::app::App;
use crate::domain::id::ImportId;
use crate::domain::import::{Import, State};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Language, errors, readers, transfer};
use crate::transfer::inbox;
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::writing;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Link, Markup, Nav, Tone, html};

/// Imports of one page.
const ROWS: i64 = 20;
/// GET /admin/imports?list=ID
pub fn list(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let chosen = call.request.query_value("list").unwrap_or_default();
    list_page(call, admin, app, store, chosen, &Mistake::none())
}

fn list_page(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    chosen: &str,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let title = transfer::IMPORT.to(language);
    let before = call.request.query_value("before").and_then(|number| number.parse().ok());
    let found = store.imports_page(before.unwrap_or(ImportId(i64::MAX)), ROWS)?;
    let content = html! {
        (back(call))
        (view::page_heading(title, html! {}))
        @if store.lists()?.is_empty() {
            (writing::no_list(call))
        } @else {
            (mistake.summary())
            (upload_card(call, admin, store, chosen, mistake)?)
        }
        @if !found.is_empty() { (view::card(transfer::IMPORTS.to(language), table(call, app, store, &found)?)) }
        (view::pager(readers::PAGES.to(language), None,
            found.last().filter(|_| found.len() >= 20).map(|last| call.link(&format!("/admin/imports?before={}", last.id)))
                .as_deref().map(|url| Link { label: readers::NEXT.to(language), url })))
    };
    let frame = page::frame(call, admin, title).script(&view::UPLOAD_SCRIPT);
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

fn back(call: &Call) -> Markup {
    view::back_link(Link { label: readers::READERS.to(call.language), url: &call.link("/admin/subscribers") })
}

fn upload_card(
    call: &Call,
    admin: &Admin,
    store: &Reader,
    chosen: &str,
    mistake: &Mistake,
) -> Result<Markup> {
    let language = call.language;
    let lists = writing::ListChoice::read(store, language)?;
    let form = view::upload_form(
        &call.link("/admin/imports/new"),
        &admin.csrf,
        html! {
            (lists.field(chosen, mistake, language))
            (Field::new("file", transfer::FILE.to(language), Input::File { accept: ".csv,.tsv,.txt,text/csv,text/tab-separated-values" })
                .required(language).hint(transfer::FILE_HINT.to(language)).error(mistake.on("file")))
            // Filled by the script while a large file is on its way.
            div.upload-progress hidden data-failed=(transfer::UPLOAD_FAILED.to(language))
                data-words=(transfer::UPLOAD_WORDS.to(language)) {
                (view::progress(transfer::UPLOADING.to(language), "0%", 0, 100))
            }
            (view::button(transfer::TO_PREVIEW.to(language), ButtonKind::Primary))
        },
    );
    Ok(view::card(transfer::CHOOSE_FILE.to(language), form))
}

fn table(call: &Call, app: &App, store: &Reader, found: &[Import]) -> Result<Markup> {
    let language = call.language;
    let mut rows = Vec::new();
    for import in found {
        rows.push(vec![
            view::link(&call.link(&format!("/admin/imports/{}", import.id)), &import.file_name),
            html! { (store.list(import.list)?.title) },
            state_badge(import.state, language),
            html! { (page::number(import.counts.added + import.counts.updated)) },
            html! { (page::time(app, import.created_at)) },
        ]);
    }
    let columns = [
        Column::main(transfer::FILE.to(language)),
        Column::text(readers::LIST.to(language)),
        Column::text(readers::STATE.to(language)),
        Column::number(transfer::TAKEN.to(language)),
        Column::number(readers::WHEN.to(language)),
    ];
    Ok(view::table(transfer::IMPORTS.to(language), &columns, &rows))
}

pub(super) fn state_badge(state: State, language: Language) -> Markup {
    let (tone, text) = match state {
        State::Uploading => (Tone::Warn, transfer::STATE_UPLOADING),
        State::Ready => (Tone::Warn, transfer::STATE_READY),
        State::Running => (Tone::Info, transfer::STATE_RUNNING),
        State::Stopped => (Tone::Warn, transfer::STATE_STOPPED),
        State::Finished => (Tone::Success, transfer::STATE_FINISHED),
        State::Undoing => (Tone::Info, transfer::STATE_UNDOING),
        State::Undone => (Tone::Neutral, transfer::STATE_UNDONE),
    };
    view::badge(tone, text.to(language))
}

/// POST /admin/imports/new: a whole file in one form.
pub fn upload(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let uploaded = accept(app, store, sent).map(|id| call.redirect(&format!("/admin/imports/{id}")));
    page::or_again(call, uploaded, |mistake| list_page(call, admin, app, store, sent.text("list"), mistake))
}

fn accept(app: &App, store: &Writer, sent: &Form) -> Result<ImportId> {
    let list = writing::chosen_list(store, sent)?;
    let upload = sent.upload("file").ok_or_else(|| Error::invalid(errors::IMPORT_FILE_MISSING).on("file"))?;
    let size = i64::try_from(upload.bytes.len()).unwrap_or(i64::MAX);
    let id = inbox::begin(app, store, list.id, &upload.file_name, size)?;
    inbox::add_piece(app, store, &store.import(id)?, 0, upload.bytes)?;
    inbox::complete(app, store, &store.import(id)?).map_err(|error| error.on("file"))?;
    Ok(id)
}

/// POST /admin/imports/begin: the script announces a file, and is told its number.
pub fn begin(_call: &Call, _admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let list = writing::chosen_list(store, sent)?;
    let size = sent.text("size").parse().unwrap_or(0);
    let id = inbox::begin(app, store, list.id, sent.text("file_name"), size)?;
    Ok(progress_reply(&store.import(id)?))
}

/// GET /admin/imports/ID/received: where to go on after a reload.
pub fn received(call: &Call, _admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    Ok(progress_reply(&named(call, store)?))
}

/// POST /admin/imports/ID/piece: the next bytes of the file.
pub fn piece(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let import = named(call, store)?;
    let at = sent.text("at").parse().unwrap_or(-1);
    let upload = sent.upload("piece").ok_or_else(|| Error::invalid(errors::IMPORT_FILE_MISSING))?;
    inbox::add_piece(app, store, &import, at, upload.bytes)?;
    Ok(progress_reply(&store.import(import.id)?))
}

/// POST /admin/imports/ID/complete: the last piece is here.
pub fn complete(call: &Call, admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let import = named(call, store)?;
    let completed = inbox::complete(app, store, &import)
        .map(|()| call.redirect(&format!("/admin/imports/{}", import.id)))
        .map_err(|error| error.on("file"));
    page::or_again(call, completed, |mistake| {
        list_page(call, admin, app, store, &import.list.to_string(), mistake)
    })
}

fn progress_reply(import: &Import) -> Reply {
    let state = import.state.word();
    let words = serde_json::json!({
        "id": import.id, "received": import.received, "size": import.size, "state": state,
    });
    Reply::json(200, words.to_string())
}

pub(super) fn named(call: &Call, store: &Reader) -> Result<Import> {
    let wrong = || Error::not_found(errors::IMPORT_NOT_FOUND).with("name", call.parameter());
    store.import(call.parameter().parse::<ImportId>().map_err(|_| wrong())?)
}
