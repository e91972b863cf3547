//! The ledger on screen: each row of a message or of a reader, by state, and as a file.
//! Not the counts and not the owner's answers to unsure rows: deliveries.

use crate::app::App;
use crate::domain::delivery::State;
use crate::domain::id::{MessageId, SubscriptionId};
use crate::domain::message::Kind;
use crate::error::{Error, Result};
use crate::mail::ledger_file::Format;
use crate::store::Reader;
use crate::store::ledger_rows::{LedgerPage, LedgerRow, Of, Place};
use crate::texts::{Language, admin, broadcasts, errors, readers};
use crate::web::access::Admin;
use crate::web::admin::{deliveries, page};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Link, Markup, Nav, Tab, html};

/// Rows on one page.
const ROWS: i64 = 50;
/// Rows read at once for a file.
const CHUNK: i64 = 1000;
/// Readers in one file: a reply is held in memory.
const PART: i64 = 20_000;
/// A file opens in Japanese spreadsheets only with this mark in front.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// What the query asks for.
struct Asked {
    state: Option<State>,
    after: Option<Place>,
}

impl Asked {
    fn read(call: &Call) -> Asked {
        let value = |name: &str| call.request.query_value(name).unwrap_or_default();
        Asked { state: State::parse(value("state")), after: Place::parse(value("after")) }
    }

    fn query(&self, after: Option<Place>) -> String {
        let state = self.state.map(|state| format!("state={}", state.word()));
        let after = after.map(|after| format!("after={after}"));
        let parts: Vec<String> = state.into_iter().chain(after).collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// GET /admin/ledger/MESSAGE?state=STATE&after=PLACE
pub fn of_message(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let message = store.message(named(call)?)?;
    let asked = Asked::read(call);
    let own = format!("/admin/ledger/{}", message.id);
    let found = store.ledger_page(Of::Message(message.id), asked.state, asked.after, ROWS)?;
    let is_broadcast = message.kind == Kind::Broadcast;
    let (nav, back) = match message.kind {
        Kind::Broadcast => (Nav::Broadcasts, format!("/admin/broadcasts/{}", message.id)),
        Kind::Step => (Nav::Sequences, "/admin/sequences".to_string()),
        Kind::Confirmation => (Nav::Forms, format!("/admin/forms/{}", message.list)),
    };
    let title = message.content.subject.replace("{{ list_title }}", &store.list(message.list)?.title);
    let written = store.counted_rows(message.id)?.rows();
    let unwritten = page::number(store.ledger(message.id)?.audience - written);
    let content = html! {
        (view::back_link(Link { label: broadcasts::LEDGER_MESSAGE_BACK.to(language), url: &call.link(&back) }))
        (view::page_heading(broadcasts::LEDGER_TITLE.to(language), html! {}))
        p { strong { (title) } }
        (tabs(call, store, message.id, &own, &asked)?)
        @if unwritten != "0" {
            p.hint { (broadcasts::LEDGER_UNWRITTEN.with(language, &[("count", &unwritten)])) }
        }
        (rows(call, admin, app, store, &found, is_broadcast)?)
        (pager(call, &own, &asked, found.next))
        @if written > 0 { (save_card(call, store, message.id, &own, &asked)?) }
    };
    Ok(page::reply(&page::frame(call, admin, broadcasts::LEDGER_TITLE.to(language)), nav, content))
}

/// GET /admin/subscribers/NUMBER/ledger?after=PLACE
pub fn of_reader(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let unknown = || Error::not_found(errors::SUBSCRIBER_NOT_FOUND);
    let id: i64 = call.parameter().parse().map_err(|_| unknown())?;
    let reader = store.subscription(SubscriptionId(id))?.ok_or_else(unknown)?;
    let asked = Asked { state: None, ..Asked::read(call) };
    let own = format!("/admin/subscribers/{}/ledger", reader.id);
    let found = store.ledger_page(Of::Reader(reader.id), None, asked.after, ROWS)?;
    let back = call.link(&format!("/admin/subscribers/{}", reader.id));
    let address =
        if reader.address.is_empty() { readers::ERASED_READER.to(language) } else { &reader.address };
    let content = html! {
        (view::back_link(Link { label: broadcasts::LEDGER_READER_BACK.to(language), url: &back }))
        (view::page_heading(broadcasts::LEDGER_TITLE.to(language), html! {}))
        p { strong { (address) } }
        (readers_rows(call, app, store, &found)?)
        (pager(call, &own, &asked, found.next))
    };
    let frame = page::frame(call, admin, broadcasts::LEDGER_TITLE.to(language));
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

fn named(call: &Call) -> Result<MessageId> {
    let typed = call.parameter();
    typed.parse().map_err(|_| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", typed))
}

/// All, then each state that has rows or is being looked at.
fn tabs(call: &Call, store: &Reader, message: MessageId, own: &str, asked: &Asked) -> Result<Markup> {
    let language = call.language;
    let ledger = store.ledger(message)?;
    let mut found = vec![(None, broadcasts::LEDGER_ALL.to(language), ledger.audience)];
    for state in SHOWN {
        let count = ledger.count(state);
        if count != 0 || asked.state == Some(state) {
            found.push((Some(state), deliveries::word(state).to(language), count));
        }
    }
    let labels: Vec<(String, String, bool)> = found
        .into_iter()
        .map(|(state, word, count)| {
            let url = call.link(&format!("{own}{}", Asked { state, after: None }.query(None)));
            (format!("{word} {}", page::number(count)), url, asked.state == state)
        })
        .collect();
    let tabs: Vec<Tab> =
        labels.iter().map(|(label, url, active)| Tab { label, url, active: *active }).collect();
    Ok(view::tabs(broadcasts::LEDGER_TABS.to(language), &tabs))
}

/// What did not arrive comes before what did not have to.
const SHOWN: [State; 9] = [
    State::Sent,
    State::Queued,
    State::Sending,
    State::Deferred,
    State::Unsure,
    State::Failed,
    State::Bounced,
    State::Suppressed,
    State::Cancelled,
];

fn columns(first: &str, language: Language) -> [Column<'_>; 5] {
    [
        Column::main(first),
        Column::text(admin::BROADCAST_STATE.to(language)),
        Column::text(broadcasts::LEDGER_WHY.to(language)),
        Column::number(broadcasts::LEDGER_TRIES.to(language)),
        Column::number(broadcasts::LEDGER_WHEN.to(language)),
    ]
}

fn rows(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    found: &LedgerPage,
    is_broadcast: bool,
) -> Result<Markup> {
    let language = call.language;
    if found.rows.is_empty() {
        return Ok(nothing(found, language));
    }
    // A stopped broadcast sends nothing again.
    let may_send = |row: &LedgerRow| match is_broadcast {
        true => store.broadcast(row.delivery.message).map(|broadcast| broadcast.state.sends()),
        false => Ok(true),
    };
    let mut rows = Vec::new();
    for row in &found.rows {
        let url = call.link(&format!("/admin/subscribers/{}", row.delivery.subscription));
        let mut cells = vec![html! {
            @if row.address.is_empty() { (admin::ERASED_READER.to(language)) }
            @else { (view::link(&url, &row.address)) }
        }];
        let answers = html! {
            @if row.delivery.state == State::Unsure {
                @if may_send(row)? { (deliveries::settle_button(call, admin, &row.delivery, true)) }
                (deliveries::settle_button(call, admin, &row.delivery, false))
            }
        };
        cells.extend(what_became(app, row, language, answers));
        rows.push(cells);
    }
    let columns = columns(admin::TROUBLED_TO.to(language), language);
    Ok(view::table(broadcasts::LEDGER_TITLE.to(language), &columns, &rows))
}

fn readers_rows(call: &Call, app: &App, store: &Reader, found: &LedgerPage) -> Result<Markup> {
    let language = call.language;
    if found.rows.is_empty() {
        return Ok(nothing(found, language));
    }
    let mut rows = Vec::new();
    for row in &found.rows {
        let (subject, list) = store.message_subject(row.delivery.message)?;
        let subject = subject.replace("{{ list_title }}", &store.list(list)?.title);
        let url = call.link(&format!("/admin/ledger/{}", row.delivery.message));
        let mut cells = vec![view::link(&url, &subject)];
        cells.extend(what_became(app, row, language, html! {}));
        rows.push(cells);
    }
    let columns = columns(broadcasts::LEDGER_MAIL.to(language), language);
    Ok(view::table(broadcasts::LEDGER_TITLE.to(language), &columns, &rows))
}

fn nothing(found: &LedgerPage, language: Language) -> Markup {
    match found.next {
        Some(_) => html! { p.hint { (broadcasts::LEDGER_FEW.to(language)) } },
        None => view::empty_state(
            broadcasts::LEDGER_EMPTY.to(language),
            broadcasts::LEDGER_EMPTY_TEXT.to(language),
            html! {},
        ),
    }
}

/// State, why, how often, when: the same for a message and for a reader.
fn what_became(app: &App, row: &LedgerRow, language: Language, answers: Markup) -> Vec<Markup> {
    let delivery = &row.delivery;
    let at = delivery.done_at.unwrap_or(delivery.due_at);
    let is_coming = matches!(delivery.state, State::Queued | State::Deferred);
    let when = page::time(app, at);
    vec![
        deliveries::badge(delivery.state, language),
        // One box: on phones a cell lays out its parts side by side.
        html! {
            div {
                (deliveries::reason(delivery, language))
                @if is_coming { " " span.hint { (admin::TROUBLED_RETRY_AT.with(language, &[("when", &when)])) } }
                (answers)
            }
        },
        html! { (page::number(delivery.attempts)) },
        html! { @if !is_coming { (when) } @else { (page::time(app, delivery.created_at)) } },
    ]
}

fn pager(call: &Call, own: &str, asked: &Asked, next: Option<Place>) -> Markup {
    let language = call.language;
    let first = call.link(&format!("{own}{}", asked.query(None)));
    let next = next.map(|next| call.link(&format!("{own}{}", asked.query(Some(next)))));
    let link = |url, text: crate::texts::Text| Link { label: text.to(language), url };
    view::pager(
        broadcasts::LEDGER_PAGES.to(language),
        asked.after.is_some().then(|| link(&first, broadcasts::LEDGER_FIRST)),
        next.as_deref().map(|url| link(url, broadcasts::LEDGER_NEXT)),
    )
}

/// Links to files: one, or where a reply would grow too large, one for each part.
fn save_card(call: &Call, store: &Reader, message: MessageId, own: &str, asked: &Asked) -> Result<Markup> {
    let language = call.language;
    let url = |format: &str, part: Option<i64>| {
        let state = asked.state.map(|state| format!("&state={}", state.word())).unwrap_or_default();
        let part = part.map(|part| format!("&part={part}")).unwrap_or_default();
        call.link(&format!("{own}/rows?format={format}{state}{part}"))
    };
    let limit = page::number(PART);
    let parts = parts(store, message, asked.state)?;
    Ok(view::details_box(
        broadcasts::LEDGER_SAVE.to(language),
        html! {
            p { (broadcasts::LEDGER_SAVE_TEXT.to(language)) }
            @match parts {
                None => (view::actions(html! {
                    (view::link_button(&url("csv", None), broadcasts::LEDGER_CSV.to(language), ButtonKind::Secondary))
                    (view::link_button(&url("jsonl", None), broadcasts::LEDGER_JSONL.to(language), ButtonKind::Secondary))
                })),
                Some(parts) => {
                    @let values = [("limit", limit.as_str()), ("message", &message.to_string())];
                    p.hint { (broadcasts::LEDGER_SAVE_PARTS.with(language, &values)) }
                    ul { @for part in 0..parts {
                        @let label = broadcasts::LEDGER_SAVE_PART.with(language, &[("part", &(part + 1).to_string())]);
                        li { (view::link(&url("csv", Some(part)), &label)) }
                    } }
                }
            }
        },
    ))
}

/// Into how many files the rows have to be parted; `None`: they fit into one.
fn parts(store: &Reader, message: MessageId, state: Option<State>) -> Result<Option<i64>> {
    let counted = store.counted_rows(message)?;
    let count = state.map_or(counted.rows(), |state| counted.count(state));
    let span = store.ledger_span(message)?.filter(|_| count > PART);
    Ok(span.map(|(first, last)| (last - first) / PART + 1))
}

/// GET /admin/ledger/MESSAGE/rows?format=csv&state=STATE&part=NUMBER
pub fn download(call: &Call, _admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let message = store.message(named(call)?)?.id;
    let value = |name: &str| call.request.query_value(name).unwrap_or_default();
    let state = State::parse(value("state"));
    let format = Format::parse(value("format")).unwrap_or(Format::Csv);
    let part = value("part").parse::<i64>().ok().filter(|part| (0..1_000_000).contains(part));
    let first = store.ledger_span(message)?.map_or(0, |(first, _)| first);
    let range = match (part, parts(store, message, state)?) {
        (None, None) => None,
        (part, _) => {
            let start = first.saturating_add(part.unwrap_or(0) * PART);
            Some((start, start.saturating_add(PART)))
        }
    };
    let mut text = String::new();
    if format == Format::Csv {
        text.push_str(BYTE_ORDER_MARK);
    }
    text.push_str(format.head());
    write_rows(app, store, message, state, range, |row| {
        text.push_str(&format.line(row)?);
        Ok(())
    })?;
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::JsonLines => ("application/jsonl", "jsonl"),
    };
    let what = state.map(|state| format!("-{}", state.word())).unwrap_or_default();
    let number = part.map(|part| format!("-{}", part + 1)).unwrap_or_default();
    let name = format!("attachment; filename=\"ledger-{message}{what}{number}.{ending}\"");
    Ok(Reply::bytes(200, kind, text.into_bytes()).with_header("content-disposition", name))
}

/// The rows of one file: all in the state, or within a range of subscriptions those in the state.
fn write_rows(
    app: &App,
    store: &Reader,
    message: MessageId,
    state: Option<State>,
    range: Option<(i64, i64)>,
    mut write: impl FnMut(&LedgerRow) -> Result<()>,
) -> Result<()> {
    let walked = if range.is_some() { None } else { state };
    let mut place = range.map(|(start, _)| Place::before_subscription(start));
    loop {
        app.budget.spend(1).map_err(|_| Error::busy(errors::CUT_OFF))?;
        let page = store.ledger_page(Of::Message(message), walked, place, CHUNK)?;
        for row in &page.rows {
            if range.is_some_and(|(_, end)| row.delivery.subscription.0 >= end) {
                return Ok(());
            }
            if state.is_none_or(|state| row.delivery.state == state) {
                write(row)?;
            }
        }
        place = page.next;
        if place.is_none() {
            return Ok(());
        }
    }
}
