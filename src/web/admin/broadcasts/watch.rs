//! The page of a broadcast that has started: how far it is, how to stop it, and what became of it.
//! Not what every broadcast's page has (sheet) and not the rows that did not arrive (deliveries).

use super::sheet::Sheet;
use super::{follow, link_to, progress_words, show, split};
use crate::clock::Instant;
use crate::domain::broadcast::{State, StopReason};
use crate::error::Result;
use crate::texts::{Text, admin, broadcasts};
use crate::web::admin::{deliveries, engagement, forecast, page};
use crate::web::view::{self, ButtonKind, Markup, Tone, html};

/// Started: how far it is, what did not arrive, and what was written.
pub(super) fn content(sheet: &Sheet) -> Result<Markup> {
    let language = sheet.call.language;
    let ledger = sheet.store.ledger(sheet.broadcast.message)?;
    let done = ledger.audience - ledger.open();
    let is_sending = sheet.broadcast.state == State::Sending;
    let copy = show::copy_url(sheet);
    let buttons = html! {
        @if is_sending {
            (view::link_button(&link_to(sheet.call, sheet.broadcast.message), sheet.say(admin::WATCH_RELOAD),
                ButtonKind::Secondary))
        } @else {
            (view::link_button(&copy, sheet.say(admin::BROADCAST_COPY), ButtonKind::Secondary))
        }
    };
    let ledger_url = sheet.call.link(&format!("/admin/ledger/{}", sheet.broadcast.message));
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Ok(html! {
        (sheet.heading(buttons))
        (follow::origin(sheet.call, &sheet.broadcast))
        (view::card("", html! {
            (view::progress(sheet.say(admin::WATCH_PROGRESS), &progress_words(done, ledger.audience, language),
                count(done), count(ledger.audience)))
            p.hint { (history(sheet)) }
            @if is_sending {
                (forecast::under_way(sheet.app, sheet.store, (sheet.broadcast.message, sheet.list.id), ledger.open(), language)?)
            }
        }))
        (deliveries::ledger_stats(&ledger, &ledger_url, language))
        p { (view::link(&ledger_url, sheet.say(broadcasts::LEDGER_OPEN))) }
        (engagement::card(sheet.store, sheet.broadcast.message, sheet.list.tracking, &ledger, language)?)
        @if is_sending { (stop_card(sheet)) }
        @if sheet.broadcast.state == State::Stopped && ledger.queued + ledger.deferred > 0 {
            (rest_card(sheet, ledger.queued + ledger.deferred))
        }
        @if sheet.broadcast.state == State::Stopped { (stopped_card(sheet, ledger.cancelled)) }
        @if sheet.broadcast.is_turning_back { p.hint { (sheet.say(broadcasts::TURNING_BACK)) } }
        (split::card(sheet)?)
        (deliveries::troubled(sheet.call, sheet.admin, sheet.app, sheet.store, &sheet.broadcast)?)
        (follow::cards(sheet, &ledger)?)
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

/// Why it stands still, and the way on where there is one.
fn stopped_card(sheet: &Sheet, cancelled: i64) -> Markup {
    let language = sheet.call.language;
    let count = page::number(cancelled);
    match sheet.broadcast.stop_reason {
        Some(StopReason::Owner) => {
            let text = match sheet.broadcast.started_at {
                Some(_) => broadcasts::RESUME_TEXT.with(language, &[("count", &count)]),
                None => sheet.say(broadcasts::RESUME_TEXT_SCHEDULED).to_string(),
            };
            view::card(
                sheet.say(broadcasts::RESUME_TITLE),
                html! {
                    p { (text) }
                    (view::actions(html! {
                        (sheet.post("resume", broadcasts::RESUME_BUTTON, ButtonKind::Primary, &[]))
                        (sheet.post("resume", broadcasts::FOR_GOOD_BUTTON, ButtonKind::Quiet, &[("for_good", "1")]))
                    }))
                },
            )
        }
        Some(StopReason::Deadline) => {
            let last = sheet.broadcast.timing.not_later_than.unwrap_or_default();
            let when = page::time(sheet.app, last);
            let said = broadcasts::STOPPED_AT_DEADLINE.with(language, &[("when", &when), ("count", &count)]);
            view::notice(Tone::Warn, html! { p { (said) } })
        }
        Some(StopReason::ForGood) | None => html! {},
    }
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
