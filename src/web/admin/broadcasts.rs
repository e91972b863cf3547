//! The list of broadcasts (配信). Writing one: form. Looking at one: show, watch. Sending and stopping: send.
//! Not the sending itself: mail/tick.

pub mod audience;
mod follow;
mod form;
pub mod recur;
mod send;
mod sheet;
mod show;
pub mod split;
mod timing;
mod watch;

pub use follow::{missing, unopened};
pub use form::{create, edit, new, save};
pub use send::{resume, send, send_test, stop};
pub use show::{html_part, show};

use crate::app::App;
use crate::domain::broadcast::{Broadcast, Follows, State};
use crate::domain::id::MessageId;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::{Language, Text, admin, broadcasts, errors};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Link, Markup, Nav, Tone, html};

/// Broadcasts on one page.
const PAGE: usize = 30;

/// GET /admin/broadcasts?before=NUMBER
pub fn list(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = admin::NAV_BROADCASTS.to(language);
    let before = call.request.query_value("before").and_then(|typed| typed.parse().ok());
    let limit = i64::try_from(PAGE + 1).unwrap_or(31);
    let mut found = store.broadcasts_page(before.unwrap_or(MessageId(i64::MAX)), limit)?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let mut rows = Vec::new();
    for broadcast in &found {
        rows.push(row(call, app, store, broadcast)?);
    }
    let new = view::link_button(
        &call.link("/admin/broadcasts/new"),
        admin::BROADCAST_NEW.to(language),
        ButtonKind::Primary,
    );
    let next =
        found.last().filter(|_| has_more).map(|last| format!("/admin/broadcasts?before={}", last.message));
    let next = next.map(|path| call.link(&path));
    let content = html! {
        @if rows.is_empty() && before.is_none() {
            (view::page_heading(title, html! {}))
            (view::empty_state(admin::BROADCAST_NONE.to(language), admin::BROADCAST_NONE_TEXT.to(language), new))
        } @else {
            (view::page_heading(title, new))
            (view::table(admin::BROADCAST_TO_LIST.to(language), &columns(language), &rows))
            (pager(call, before.is_some(), next.as_deref()))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

fn columns(language: Language) -> [Column<'static>; 6] {
    [
        Column::main(admin::WRITE_SUBJECT.to(language)),
        Column::text(admin::BROADCAST_STATE.to(language)),
        Column::text(admin::CHOOSE_LIST.to(language)),
        Column::text(admin::BROADCAST_WHEN.to(language)),
        Column::number(admin::BROADCAST_COUNT.to(language)),
        Column::number(admin::BROADCAST_FAILED.to(language)),
    ]
}

fn row(call: &Call, app: &App, store: &Reader, broadcast: &Broadcast) -> Result<Vec<Markup>> {
    let (subject, list) = store.message_subject(broadcast.message)?;
    let ledger = store.ledger(broadcast.message)?;
    let when = broadcast.finished_at.or(broadcast.started_at).or(broadcast.at);
    let done = ledger.audience - ledger.open();
    let lost = ledger.failed + ledger.bounced;
    let was_started = !broadcast.state.may_be_edited();
    Ok(vec![
        html! {
            (view::link(&link_to(call, broadcast.message), &subject))
            @if let Some(tag) = tag(store, broadcast)? { " " (view::badge(Tone::Neutral, tag.to(call.language))) }
        },
        badge(broadcast.state, call.language),
        html! { (store.list(list)?.title) },
        html! { @if let Some(when) = when { (page::time(app, when)) } },
        html! { @if was_started { (progress_words(done, ledger.audience, call.language)) } },
        html! { @if lost > 0 { (page::number(lost)) } },
    ])
}

/// What kind of broadcast it is, where it is not a plain one.
fn tag(store: &Reader, broadcast: &Broadcast) -> Result<Option<Text>> {
    if store.recurring(broadcast.message)?.is_some_and(|recurring| recurring.is_active) {
        return Ok(Some(broadcasts::TAG_RECURS));
    }
    Ok(match broadcast.parent {
        Some((_, Follows::Missing | Follows::Unopened)) => Some(broadcasts::TAG_AGAIN),
        Some((_, Follows::Occurrence)) => Some(broadcasts::TAG_RECURS),
        Some((_, Follows::Variant | Follows::Rest)) => Some(broadcasts::SPLIT_TITLE),
        None if store.split(broadcast.message)?.is_some() => Some(broadcasts::SPLIT_TITLE),
        None => None,
    })
}

/// `620 / 1,248通`, and where all is done only `1,248通`.
fn progress_words(done: i64, all: i64, language: Language) -> String {
    let (done, count) = (page::number(done), page::number(all));
    match done == count {
        true => admin::MAILS.with(language, &[("count", &count)]),
        false => admin::WATCH_OF.with(language, &[("done", &done), ("all", &count)]),
    }
}

fn pager(call: &Call, is_later_page: bool, next: Option<&str>) -> Markup {
    let language = call.language;
    let first = call.link("/admin/broadcasts");
    view::pager(
        admin::PAGES.to(language),
        is_later_page.then_some(Link { label: admin::BROADCAST_NEWEST.to(language), url: &first }),
        next.map(|url| Link { label: admin::BROADCAST_OLDER.to(language), url }),
    )
}

/// The page of one broadcast.
fn link_to(call: &Call, message: MessageId) -> String {
    call.link(&format!("/admin/broadcasts/{message}"))
}

fn badge(state: State, language: Language) -> Markup {
    let (tone, word) = match state {
        State::Draft => (Tone::Neutral, admin::STATE_DRAFT),
        State::Scheduled => (Tone::Warn, admin::STATE_SCHEDULED),
        State::Sending => (Tone::Info, admin::STATE_SENDING),
        State::Stopped => (Tone::Error, admin::STATE_STOPPED),
        State::Finished => (Tone::Success, admin::STATE_FINISHED),
    };
    view::badge(tone, word.to(language))
}

/// The broadcast that the path names.
fn named(call: &Call, store: &Reader) -> Result<Broadcast> {
    let typed = call.parameter();
    let id = typed.parse::<MessageId>();
    store.broadcast(id.map_err(|_| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", typed))?)
}
