//! The page of a broadcast that has started: how far it is, how to stop it, and what became of it.
//! Not what every broadcast's page has (sheet) and not the rows that did not arrive (deliveries).

use super::sheet::Sheet;
use super::{link_to, progress_words};
use crate::clock::Instant;
use crate::domain::broadcast::State;
use crate::error::Result;
use crate::texts::{Text, admin};
use crate::web::admin::{deliveries, engagement, forecast, page};
use crate::web::view::{self, ButtonKind, Markup, html};

/// Started: how far it is, what did not arrive, and what was written.
pub(super) fn content(sheet: &Sheet) -> Result<Markup> {
    let language = sheet.call.language;
    let ledger = sheet.store.ledger(sheet.broadcast.message)?;
    let done = ledger.audience - ledger.open();
    let is_sending = sheet.broadcast.state == State::Sending;
    let copy = sheet.call.link(&format!("/admin/broadcasts/new?copy={}", sheet.broadcast.message));
    let buttons = html! {
        @if is_sending {
            (view::link_button(&link_to(sheet.call, sheet.broadcast.message), sheet.say(admin::WATCH_RELOAD),
                ButtonKind::Secondary))
        } @else {
            (view::link_button(&copy, sheet.say(admin::BROADCAST_COPY), ButtonKind::Secondary))
        }
    };
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Ok(html! {
        (sheet.heading(buttons))
        (view::card("", html! {
            (view::progress(sheet.say(admin::WATCH_PROGRESS), &progress_words(done, ledger.audience, language),
                count(done), count(ledger.audience)))
            p.hint { (history(sheet)) }
            @if is_sending {
                (forecast::under_way(sheet.app, sheet.store, (sheet.broadcast.message, sheet.list.id), ledger.open(), language)?)
            }
        }))
        (deliveries::ledger_stats(&ledger, language))
        (engagement::card(sheet.store, sheet.broadcast.message, sheet.list.tracking, &ledger, language)?)
        @if is_sending { (stop_card(sheet)) }
        @if sheet.broadcast.state == State::Stopped && ledger.queued + ledger.deferred > 0 {
            (rest_card(sheet, ledger.queued + ledger.deferred))
        }
        (deliveries::troubled(sheet.call, sheet.admin, sheet.app, sheet.store, &sheet.broadcast)?)
        (sheet.preview())
    })
}

fn history(sheet: &Sheet) -> String {
    let said = |text: Text, at: Option<Instant>| {
        at.map(|at| text.with(sheet.call.language, &[("when", &page::time(sheet.app, at))]))
    };
    let end = match sheet.broadcast.state {
        State::Stopped => admin::WATCH_STOPPED,
        _ => admin::WATCH_FINISHED,
    };
    let parts =
        [said(admin::WATCH_STARTED, sheet.broadcast.started_at), said(end, sheet.broadcast.finished_at)];
    parts.into_iter().flatten().collect::<Vec<String>>().join(" ")
}

fn stop_card(sheet: &Sheet) -> Markup {
    view::card(
        sheet.say(admin::STOP_TITLE),
        html! {
            p { (sheet.say(admin::STOP_TEXT)) }
            (sheet.post("stop", admin::STOP_BUTTON, ButtonKind::Danger, &[]))
        },
    )
}

/// Stopped with many rows: the ticks cancel them, or the owner does not wait for that.
fn rest_card(sheet: &Sheet, rest: i64) -> Markup {
    let count = page::number(rest);
    view::card(
        "",
        html! {
            p { (admin::STOP_REST.with(sheet.call.language, &[("count", &count)])) }
            (sheet.post("stop", admin::STOP_REST_BUTTON, ButtonKind::Secondary, &[]))
        },
    )
}
