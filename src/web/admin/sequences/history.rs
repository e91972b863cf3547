//! The edits of a sequence's steps, each of which can be undone.
//! Not the undoing itself: store/step_edits.

use crate::app::App;
use crate::domain::id::StepEditId;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Text, errors, sequences as texts};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::sequences::{Tab, head, link_to};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Markup, Nav, PostButton, Tone, html};

/// Edits shown.
const SHOWN: i64 = 100;
const DONE: &[(&str, Text)] = &[("undone", texts::EDIT_UNDONE_NOTICE)];

/// GET /admin/sequences/NUMBER/history
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    page(call, admin, app, store, &Mistake::none())
}

/// POST /admin/sequences/NUMBER/history: undoes one edit.
pub fn undo(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let edit: Result<StepEditId> =
        form.text("edit").parse().map_err(|_| Error::not_found(errors::EDIT_NOT_FOUND));
    let undone = store
        .undo_edit(sequence.id, edit?, app.clock.now())
        .map(|()| call.redirect(&format!("/admin/sequences/{}/history?done=undone", sequence.id)));
    page::or_again(call, undone, |mistake| page(call, admin, app, store, mistake))
}

fn page(call: &Call, admin: &Admin, app: &App, store: &Reader, mistake: &Mistake) -> Result<Reply> {
    let language = call.language;
    let sequence = store.sequence_named(call.parameter())?;
    let action = format!("{}/history", link_to(call, &sequence));
    let mut rows = Vec::new();
    for edit in store.step_edits(sequence.id, SHOWN)? {
        let (subject, _) = store.message_subject(edit.message)?;
        let what = match edit.what.as_str() {
            "added" => texts::EDIT_ADDED,
            "removed" => texts::EDIT_REMOVED,
            _ => texts::EDIT_CHANGED,
        };
        let number = edit.id.to_string();
        let undo: Markup = match edit.is_undone {
            true => view::badge(Tone::Neutral, texts::EDIT_UNDONE.to(language)),
            false => view::post_button(&PostButton {
                action: &action,
                csrf: &admin.csrf,
                label: texts::EDIT_UNDO.to(language),
                kind: ButtonKind::Secondary,
                hidden: &[("edit", &number)],
            }),
        };
        rows.push(vec![
            html! { (subject) },
            html! { (what.to(language)) },
            html! { (page::time(app, edit.at)) },
            undo,
        ]);
    }
    let columns = [
        Column::main(texts::EDIT_STEP.to(language)),
        Column::text(texts::EDIT_WHAT.to(language)),
        Column::text(texts::EDIT_WHEN.to(language)),
        Column::actions(texts::DO.to(language)),
    ];
    let content = html! {
        (head(call, &sequence, Tab::History, html! {}))
        (mistake.summary())
        @if rows.is_empty() {
            p { (texts::HISTORY_EMPTY.to(language)) }
        } @else {
            p { (texts::HISTORY_TEXT.to(language)) }
            (view::table(texts::HISTORY.to(language), &columns, &rows))
        }
    };
    let frame = page::done_notice(page::frame(call, admin, &sequence.title), call, DONE);
    Ok(page::reply(&frame, Nav::Sequences, content))
}
