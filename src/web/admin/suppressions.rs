//! 読者 > 送らないアドレス: which addresses get nothing, why and since when; adding and lifting. Also what a reader's own
//! page says of it, with her strikes.
//! Not the rule that suppresses (domain/strike) and not returned mails (returned).

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::bounce::Reason;
use crate::domain::subscriber::Subscription;
use crate::error::Result;
use crate::store::suppressions::{BY_OWNER, COMPLAINT, Suppression};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, feedback, readers};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Link, Markup, Nav, PostButton, Tone, html};

/// Rows of one page, and strikes shown of one reader.
const ROWS: i64 = 50;
const STRIKES: i64 = 20;
const PATH: &str = "/admin/subscribers/suppressed";
const DONE: &[(&str, Text)] =
    &[("added", feedback::SUPPRESSION_ADDED), ("lifted", feedback::SUPPRESSION_LIFTED)];

/// GET /admin/subscribers/suppressed?before=INSTANT:ADDRESS, or ?q=BEGINNING
pub fn list(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    content(call, admin, app, store, "", &Mistake::none())
}

/// POST /admin/subscribers/suppressed
pub fn add(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let added = Address::parse(sent.text("email")).and_then(|address| {
        store.end_mailing(&address.key(), BY_OWNER, "", app.clock.now())?;
        Ok(call.redirect(&format!("{PATH}?done=added")))
    });
    page::or_again(call, added, |mistake| content(call, admin, app, store, sent.text("email"), mistake))
}

/// POST /admin/subscribers/suppressed/lift with `address`, and perhaps `reader`: whose page the button stood on.
pub fn lift(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    store.lift_suppression(sent.text("address"))?;
    let back = match sent.text("reader").parse::<i64>() {
        Ok(reader) => format!("/admin/subscribers/{reader}?done=lifted"),
        Err(_) => format!("{PATH}?done=lifted"),
    };
    Ok(call.redirect(&back))
}

fn content(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    typed: &str,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let title = feedback::SUPPRESSIONS.to(language);
    let sought = call.request.query_value("q").unwrap_or_default().trim().to_lowercase();
    let before = call.request.query_value("before").and_then(|place| {
        let (at, address) = place.split_once(':')?;
        Some((at.parse::<Instant>().ok()?, address.to_string()))
    });
    let found = match sought.is_empty() {
        true => {
            let (at, address) = before.clone().unwrap_or((i64::MAX, String::new()));
            store.suppressions_page((at, &address), ROWS)?
        }
        false => store.find_suppressions(&sought, ROWS)?,
    };
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count >= ROWS);
    let next = found.last().filter(|_| is_full && sought.is_empty()).map(|last| {
        let place = format!("{}:{}", last.at, last.address_key);
        call.link(&format!("{PATH}?before={}", percent(&place)))
    });
    let search = view::search_form(
        &call.link(PATH),
        &[],
        feedback::SUPPRESSIONS_SEARCH.to(language),
        ("q", &sought),
        readers::SEARCH_BUTTON.to(language),
    );
    let content = html! {
        (view::back_link(Link { label: readers::READERS.to(language), url: &call.link("/admin/subscribers") }))
        (view::page_heading(title, html! {}))
        p { (feedback::SUPPRESSIONS_TEXT.to(language)) }
        (mistake.summary())
        @if found.is_empty() && sought.is_empty() {
            (view::empty_state(feedback::SUPPRESSIONS_NONE.to(language),
                feedback::SUPPRESSIONS_NONE_TEXT.to(language), html! {}))
        } @else {
            (search)
            @if found.is_empty() {
                (view::empty_state(readers::NOT_FOUND.to(language), readers::NOT_FOUND_TEXT.to(language), html! {}))
            } @else {
                (table(call, admin, app, &found))
            }
        }
        (view::pager(readers::PAGES.to(language),
            before.map(|_| call.link(PATH)).as_deref().map(|url| Link { label: readers::FIRST.to(language), url }),
            next.as_deref().map(|url| Link { label: readers::NEXT.to(language), url })))
        (view::card(feedback::SUPPRESSIONS_ADD.to(language), html! {
            p { (feedback::SUPPRESSIONS_ADD_TEXT.to(language)) }
            (view::form(&call.link(PATH), &admin.csrf, html! {
                (Field::new("email", readers::ADDRESS.to(language), Input::Email).value(typed).required(language)
                    .error(mistake.on("email")))
                (view::button(feedback::SUPPRESSIONS_ADD_BUTTON.to(language), ButtonKind::Primary))
            }))
        }))
    };
    let frame = page::done_notice(page::frame(call, admin, title), call, DONE);
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

fn percent(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).unwrap_or_default().trim_start_matches('=').to_string()
}

fn table(call: &Call, admin: &Admin, app: &App, found: &[Suppression]) -> Markup {
    let language = call.language;
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|row| {
            vec![
                html! { (row.address_key) },
                html! {
                    div {
                        (reason_words(&row.reason, language))
                        @if !row.said.is_empty() { br; span.hint { (row.said) } }
                    }
                },
                html! { (page::time(app, row.at)) },
                lift_button(call, admin, &row.address_key, ""),
            ]
        })
        .collect();
    let columns = [
        Column::main(readers::ADDRESS.to(language)),
        Column::text(feedback::SUPPRESSION_REASON.to(language)),
        Column::text(feedback::SUPPRESSION_SINCE.to(language)),
        Column::actions(feedback::SUPPRESSION_LIFT.to(language)),
    ];
    view::table(feedback::SUPPRESSIONS.to(language), &columns, &rows)
}

fn lift_button(call: &Call, admin: &Admin, address: &str, reader: &str) -> Markup {
    view::post_button(&PostButton {
        action: &call.link(&format!("{PATH}/lift")),
        csrf: &admin.csrf,
        label: feedback::SUPPRESSION_LIFT.to(call.language),
        kind: ButtonKind::Secondary,
        hidden: &[("address", address), ("reader", reader)],
    })
}

/// What the reader's page says: that nothing is sent to her and why, and what led there.
pub(super) fn of_reader(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    reader: &Subscription,
) -> Result<Markup> {
    let language = call.language;
    let stopped = match reader.address.is_empty() {
        true => None,
        false => store.suppression(&reader.address.to_ascii_lowercase())?,
    };
    let strikes = store.strikes_of(reader.subscriber, STRIKES)?;
    let times: Vec<String> = strikes.iter().map(|strike| page::time(app, strike.at)).collect();
    let items: Vec<view::TimelineItem> = strikes
        .iter()
        .zip(&times)
        .map(|(strike, time)| view::TimelineItem {
            marker: time,
            title: html! {
                (reason_text(strike.reason).to(language)) " "
                @if strike.is_forgiven { (view::badge(Tone::Neutral, feedback::STRIKE_FORGIVEN.to(language))) }
            },
            detail: html! { @if !strike.said.is_empty() { p { (strike.said) } } },
            actions: html! {},
        })
        .collect();
    Ok(html! {
        @if let Some(stopped) = &stopped { (stopped_card(call, admin, app, reader, stopped)) }
        @if !items.is_empty() {
            (view::card(feedback::STRIKES.to(language), html! {
                (view::timeline(&items))
                p.hint { (feedback::STRIKES_TEXT.to(language)) }
            }))
        }
    })
}

fn stopped_card(
    call: &Call,
    admin: &Admin,
    app: &App,
    reader: &Subscription,
    stopped: &Suppression,
) -> Markup {
    let language = call.language;
    let (when, reason) = (page::time(app, stopped.at), reason_words(&stopped.reason, language));
    let advice = match stopped.reason.as_str() {
        COMPLAINT => feedback::STOPPED_LIFT_COMPLAINT,
        _ => feedback::STOPPED_LIFT_TEXT,
    };
    view::card(
        feedback::STOPPED_TITLE.to(language),
        html! {
            (view::notice(Tone::Warn,
                feedback::STOPPED_TEXT.with(language, &[("when", &when), ("reason", reason)])))
            @if !stopped.said.is_empty() {
                p { (feedback::SUPPRESSION_SAID.to(language)) ": " (stopped.said) }
            }
            p { (advice.to(language)) }
            (lift_button(call, admin, &stopped.address_key, &reader.id.to_string()))
        },
    )
}

/// A reason in the owner's words; a word of a later version stays as it is.
pub(super) fn reason_words(word: &str, language: Language) -> &str {
    match (word, Reason::parse(word)) {
        (COMPLAINT, _) => feedback::REASON_COMPLAINT.to(language),
        (BY_OWNER, _) => feedback::REASON_OWNER.to(language),
        (_, Some(reason)) => reason_text(reason).to(language),
        (other, None) => other,
    }
}

/// A refusal's reason.
pub(super) fn reason_text(reason: Reason) -> Text {
    match reason {
        Reason::NoSuchAddress => feedback::REASON_NO_SUCH_ADDRESS,
        Reason::NoSuchHost => feedback::REASON_NO_SUCH_HOST,
        Reason::Moved => feedback::REASON_MOVED,
        Reason::MailboxFull => feedback::REASON_MAILBOX_FULL,
        Reason::Disabled => feedback::REASON_DISABLED,
        Reason::Filtered => feedback::REASON_FILTERED,
        Reason::Policy => feedback::REASON_POLICY,
        Reason::Content => feedback::REASON_CONTENT,
        Reason::TooFast => feedback::REASON_TOO_FAST,
        Reason::Temporary => feedback::REASON_TEMPORARY,
        Reason::Unknown => feedback::REASON_UNKNOWN,
    }
}
