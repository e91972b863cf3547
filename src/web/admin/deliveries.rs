//! Deliveries in words: a message's counts, what did not arrive and why, and the owner's answer to an unsure one.
//! Not the rows themselves (store/deliveries) and not the sending (mail/deliver).

use crate::app::App;
use crate::domain::address::Address;
use crate::domain::broadcast::Broadcast;
use crate::domain::delivery::{Ledger, State};
use crate::domain::id::DeliveryId;
use crate::domain::message::Kind;
use crate::error::{Error, Result};
use crate::mail::hindrance;
use crate::store::deliveries::Delivery;
use crate::store::waiting::{PAST_DEADLINE, STOPPED};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, admin, broadcasts, errors, transfer};
use crate::web::access::Admin;
use crate::web::admin::{page, suppressions};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Markup, PostButton, Tone, html};

/// Rows shown of each state.
const SHOWN: i64 = 50;

/// POST /admin/deliveries/NUMBER/settle with `again` = 1 (send it again) or 0 (count it as sent).
pub fn settle(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let unknown = || Error::not_found(errors::DELIVERY_NOT_FOUND);
    let id: i64 = call.parameter().parse().map_err(|_| unknown())?;
    let delivery = store.delivery(DeliveryId(id))?.ok_or_else(unknown)?;
    let send_again = match form.text("again") {
        "1" => true,
        "0" => false,
        _ => return Err(Error::invalid(errors::REQUEST_BROKEN)),
    };
    if send_again && !may_be_sent_again(store, &delivery)? {
        return Err(Error::denied(errors::NOT_SENT_AGAIN));
    }
    // A second press finds the row settled, which is what she wanted.
    store.settle_unsure(delivery.id, send_again, app.clock.now())?;
    Ok(call.redirect(&format!("{}?done=settled", page_of(store, &delivery, form.text("from"))?)))
}

/// Whether a row may be sent again: not to who left, and nothing of a stopped broadcast.
pub(super) fn may_be_sent_again(store: &Reader, delivery: &Delivery) -> Result<bool> {
    let kind = store.message(delivery.message)?.kind;
    let reader = store.subscription(delivery.subscription)?;
    match reader.and_then(|reader| Address::parse(&reader.address).ok()) {
        Some(to) => Ok(hindrance::hindrance(store, delivery, kind, &to)?.is_none()),
        None => Ok(false),
    }
}

/// Where the button stood: the broadcast's page, or the reader's.
fn page_of(store: &Reader, delivery: &Delivery, from: &str) -> Result<String> {
    let kind = store.message(delivery.message)?.kind;
    if kind == Kind::Broadcast && from != "subscriber" {
        return Ok(format!("/admin/broadcasts/{}", delivery.message));
    }
    Ok(format!("/admin/subscribers/{}", delivery.subscription))
}

/// The order of the counts.
const COUNTED: [State; 9] = [
    State::Sent,
    State::Queued,
    State::Sending,
    State::Deferred,
    State::Failed,
    State::Bounced,
    State::Suppressed,
    State::Cancelled,
    State::Unsure,
];

/// The counts of a message by state, each leading to its rows at `ledger_url`; states without a row are left out.
pub(super) fn ledger_stats(ledger: &Ledger, ledger_url: &str, language: Language) -> Markup {
    let tile = |url: &str, label: Text, count: i64| {
        view::stat_linked(url, label.to(language), &page::number(count), "")
    };
    let mut tiles = vec![tile(ledger_url, admin::LEDGER_AUDIENCE, ledger.audience)];
    for state in COUNTED {
        let count = ledger.count(state);
        if state == State::Sent || count != 0 {
            tiles.push(tile(&format!("{ledger_url}?state={}", state.word()), word(state), count));
        }
    }
    view::stats(&tiles)
}

/// What a state is called.
pub(super) fn word(state: State) -> Text {
    match state {
        State::Queued => admin::LEDGER_QUEUED,
        State::Sending => admin::LEDGER_SENDING,
        State::Sent => admin::LEDGER_SENT,
        State::Deferred => admin::LEDGER_DEFERRED,
        State::Failed => admin::LEDGER_FAILED,
        State::Bounced => admin::LEDGER_BOUNCED,
        State::Suppressed => admin::LEDGER_SUPPRESSED,
        State::Cancelled => admin::LEDGER_CANCELLED,
        State::Unsure => admin::LEDGER_UNSURE,
    }
}

/// The state of a row, as a badge.
pub(super) fn badge(state: State, language: Language) -> Markup {
    let tone = match state {
        State::Sending => Tone::Info,
        State::Sent => Tone::Success,
        State::Deferred | State::Unsure => Tone::Warn,
        State::Failed | State::Bounced => Tone::Error,
        State::Queued | State::Suppressed | State::Cancelled => Tone::Neutral,
    };
    view::badge(tone, word(state).to(language))
}

/// Why, in the owner's language where the words are ours; a mail server's words stay as they are.
pub(super) fn reason(delivery: &Delivery, language: Language) -> String {
    const OURS: &[(&str, Text)] = &[
        ("the program died while it had this mail in hand", admin::REASON_DIED),
        (STOPPED, admin::REASON_STOPPED),
        (PAST_DEADLINE, broadcasts::REASON_DEADLINE),
        ("sent again by the owner", admin::REASON_AGAIN),
        ("counted as sent by the owner", admin::REASON_COUNTED),
        ("left", admin::REASON_LEFT),
        ("not confirmed", admin::REASON_NOT_CONFIRMED),
        ("suppressed", admin::REASON_SUPPRESSED),
        ("cancelled by a restore", transfer::REASON_RESTORED),
    ];
    let ours = OURS.iter().find(|(words, _)| *words == delivery.reply);
    let why = ours.map_or(delivery.reply.as_str(), |(_, text)| text.to(language));
    match delivery.state == State::Unsure && delivery.done_at.is_some() {
        true => admin::REASON_NOT_AGAIN.with(language, &[("why", why)]),
        false => why.to_string(),
    }
}

/// The rows of a broadcast that did not simply arrive; nothing when there are none.
pub(super) fn troubled(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    broadcast: &Broadcast,
) -> Result<Markup> {
    let language = call.language;
    let mut rows = Vec::new();
    let mut has_unsure = false;
    for state in [State::Unsure, State::Failed, State::Bounced, State::Deferred] {
        let found = store.troubled_deliveries(broadcast.message, state, SHOWN)?;
        has_unsure |= state == State::Unsure && !found.is_empty();
        for delivery in &found {
            rows.push(row(call, admin, app, store, delivery)?);
        }
    }
    let columns = [
        Column::main(admin::TROUBLED_TO.to(language)),
        Column::text(admin::BROADCAST_STATE.to(language)),
        Column::text(admin::TROUBLED_WHY.to(language)),
        Column::actions(admin::ACTIONS.to(language)),
    ];
    let shown = SHOWN.to_string();
    Ok(html! {
        @if !rows.is_empty() {
            (view::card(admin::TROUBLED_TITLE.to(language), html! {
                @if has_unsure { p.hint { (admin::UNSURE_TEXT.to(language)) } }
                (view::table(admin::TROUBLED_TITLE.to(language), &columns, &rows))
                p.hint { (admin::TROUBLED_FEW.with(language, &[("limit", &shown)])) }
            }))
        }
    })
}

fn row(call: &Call, admin: &Admin, app: &App, store: &Reader, delivery: &Delivery) -> Result<Vec<Markup>> {
    let language = call.language;
    let reader = store.subscription(delivery.subscription)?;
    let retry_at = page::time(app, delivery.due_at);
    let may_again = delivery.state == State::Unsure && may_be_sent_again(store, delivery)?;
    Ok(vec![
        html! {
            @if let Some(reader) = &reader {
                (view::link(&call.link(&format!("/admin/subscribers/{}", reader.id)), &reader.address))
            } @else {
                (admin::ERASED_READER.to(language))
            }
        },
        badge(delivery.state, language),
        html! {
            div {
                @if let Some(reason) = store.failure_of(delivery.id)? {
                    (suppressions::reason_text(reason).to(language)) br;
                }
                (reason(delivery, language))
                @if delivery.state == State::Deferred {
                    " " (admin::TROUBLED_RETRY_AT.with(language, &[("when", &retry_at)]))
                }
            }
        },
        html! {
            @if delivery.state == State::Unsure {
                @if may_again { (settle_button(call, admin, delivery, true)) }
                (settle_button(call, admin, delivery, false))
            }
        },
    ])
}

/// One of the two answers to an unsure row.
pub(super) fn settle_button(call: &Call, admin: &Admin, delivery: &Delivery, again: bool) -> Markup {
    let (value, label) = if again { ("1", admin::SETTLE_AGAIN) } else { ("0", admin::SETTLE_DONE) };
    view::post_button(&PostButton {
        action: &call.link(&format!("/admin/deliveries/{}/settle", delivery.id)),
        csrf: &admin.csrf,
        label: label.to(call.language),
        kind: ButtonKind::Quiet,
        hidden: &[("again", value)],
    })
}
