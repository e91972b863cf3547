//! 今日: what runs, what waits, what needs the owner.
//! Not the details: each line leads to its page.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::transport_url::{self, TransportUrl};
use crate::error::Result;
use crate::settings;
use crate::store::Reader;
use crate::texts::{Text, site};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Markup, Nav, Tone, html};

/// A host may allow no more than one tick an hour; later than this a clock counts as silent.
const SILENT_AFTER: i64 = 65 * 60;

/// GET /admin
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = site::TODAY.to(language);
    let lists = lists(call, store)?;
    let last = store.beats()?.into_iter().map(|beat| beat.at).max();
    let content = html! {
        (view::page_heading(title, view::link_button(&call.link("/admin/broadcasts/new"),
            site::WRITE_MAIL.to(language), ButtonKind::Primary)))
        (warnings(call, app, store, last)?)
        @if lists.rows.is_empty() {
            (view::empty_state(site::START_TITLE.to(language), site::START_TEXT.to(language),
                view::link_button(&call.link("/admin/forms/new"), site::MAKE_LIST.to(language), ButtonKind::Primary)))
        } @else {
            (view::stats(&[
                view::stat(site::READERS.to(language), &page::number(lists.confirmed), ""),
                view::stat(site::WAITING_MAILS.to(language), &page::number(store.waiting_deliveries()?), ""),
                view::stat(site::LAST_TICK.to(language), &last_words(call, app, last), ""),
            ]))
            (view::card(site::RUNNING.to(language), running(call, app, store)?))
            (view::card(site::LISTS.to(language), view::table(site::LISTS.to(language), &[
                Column::main(site::LIST.to(language)),
                Column::number(site::CONFIRMED.to(language)),
                Column::number(site::PENDING.to(language)),
            ], &lists.rows)))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Today, content))
}

struct Lists {
    rows: Vec<Vec<Markup>>,
    confirmed: i64,
}

fn lists(call: &Call, store: &Reader) -> Result<Lists> {
    let mut lists = Lists { rows: Vec::new(), confirmed: 0 };
    for list in store.lists()? {
        let counts = store.list_counts(list.id)?;
        lists.confirmed += counts.confirmed;
        lists.rows.push(vec![
            view::link(&call.link(&format!("/admin/subscribers?list={}", list.id)), &list.title),
            html! { (page::number(counts.confirmed)) },
            html! { (page::number(counts.pending)) },
        ]);
    }
    Ok(lists)
}

fn last_words(call: &Call, app: &App, last: Option<Instant>) -> String {
    match last {
        Some(at) => page::distance(app.clock.now(), at, call.language),
        None => site::NEVER.to(call.language).to_string(),
    }
}

/// What needs the owner, the gravest first.
fn warnings(call: &Call, app: &App, store: &Reader, last: Option<Instant>) -> Result<Markup> {
    let language = call.language;
    let warn = |text: Text, path: &str, label: Text| {
        view::notice(
            Tone::Warn,
            html! { (text.to(language)) " " (view::link(&call.link(path), label.to(language))) },
        )
    };
    let trouble = store.ticks(1)?.into_iter().next().map(|tick| tick.trouble).unwrap_or_default();
    let unsure = store.unsure_count()?;
    let transport = transport_url::parse(app.settings.value(&settings::TRANSPORT));
    Ok(html! {
        @if !trouble.is_empty() {
            (view::notice(Tone::Error, site::TRANSPORT_TROUBLE.with(language, &[("why", &trouble)])))
        }
        @if last.is_none_or(|at| app.clock.now() - at > SILENT_AFTER) {
            (warn(site::CLOCK_SILENT, "/admin/settings/tick", site::TO_CLOCK))
        }
        @if !app.settings.missing_sender_details().is_empty() {
            (warn(site::SENDER_MISSING, "/admin/settings", site::TO_SETTINGS))
        }
        @if unsure > 0 {
            (view::notice(Tone::Warn, site::UNSURE_ROWS.with(language, &[("count", &page::number(unsure))])))
        }
        @if matches!(transport, Ok(TransportUrl::Folder(_))) {
            (view::notice(Tone::Info, html! {
                (site::TRYING_OUT.to(language)) " "
                (view::link(&call.link("/admin/outbox"), site::TO_OUTBOX.to(language)))
            }))
        }
    })
}

fn running(call: &Call, app: &App, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let mut rows = Vec::new();
    for broadcast in store.open_broadcasts()? {
        let subject = store.message(broadcast.message)?.content.subject;
        let ledger = store.ledger(broadcast.message)?;
        let (sent, all) = (page::number(ledger.sent), page::number(ledger.audience));
        rows.push(vec![
            view::link(&call.link(&format!("/admin/broadcasts/{}", broadcast.message)), &subject),
            html! { (broadcast.at.map(|at| page::time(app, at)).unwrap_or_default()) },
            html! { (site::SENT_OF.with(language, &[("sent", &sent), ("all", &all)])) },
        ]);
    }
    if rows.is_empty() {
        return Ok(html! { p { (site::NOTHING_RUNNING.to(language)) } });
    }
    let columns = [
        Column::main(site::SUBJECT.to(language)),
        Column::text(site::STARTS_AT.to(language)),
        Column::text(site::SENT.to(language)),
    ];
    Ok(view::table(site::RUNNING.to(language), &columns, &rows))
}
