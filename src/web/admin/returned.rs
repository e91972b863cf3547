//! 読者 > 戻ってきたメール: mails that came in and could not be acted on. Look at one, tell that its address is dead, delete.
//! Not the reading of what is understood: mail/feedback. A mail is shown as text only: it is a stranger's.

use crate::app::App;
use crate::domain::address::Address;
use crate::domain::bounce::Reason;
use crate::domain::id::ReturnedMailId;
use crate::error::{Error, Result};
use crate::mail::feedback::parts;
use crate::store::feedback::ReturnedMail;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, feedback, readers};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Link, Markup, Nav, PostButton, html};

/// Rows of one page, and what is shown of one mail's source.
const ROWS: i64 = 50;
const SOURCE_SHOWN: usize = 20_000;
const PATH: &str = "/admin/subscribers/returned";
const DONE: &[(&str, Text)] =
    &[("deleted", feedback::RETURNED_DELETED), ("dead", feedback::SUPPRESSION_ADDED)];

/// GET /admin/subscribers/returned?before=NUMBER
pub fn list(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = feedback::RETURNED.to(language);
    let before = call.request.query_value("before").and_then(|number| number.parse().ok());
    let found = store.returned_mails(before.unwrap_or(ReturnedMailId(i64::MAX)), ROWS)?;
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count >= ROWS);
    let next = found.last().filter(|_| is_full).map(|last| call.link(&format!("{PATH}?before={}", last.id)));
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|mail| {
            vec![
                view::link(&call.link(&format!("{PATH}/{}", mail.id)), subject(mail, language)),
                html! { (mail.sender) },
                html! { (kind(mail).to(language)) },
                html! { (page::time(app, mail.at)) },
            ]
        })
        .collect();
    let columns = [
        Column::main(feedback::RETURNED_SUBJECT.to(language)),
        Column::text(feedback::RETURNED_FROM.to(language)),
        Column::text(feedback::RETURNED_KIND.to(language)),
        Column::text(feedback::RETURNED_AT.to(language)),
    ];
    let content = html! {
        (view::back_link(Link { label: readers::READERS.to(language), url: &call.link("/admin/subscribers") }))
        (view::page_heading(title, html! {}))
        @if rows.is_empty() {
            (view::empty_state(feedback::RETURNED_NONE.to(language), feedback::RETURNED_NONE_TEXT.to(language), html! {}))
        } @else {
            p { (feedback::RETURNED_TEXT.to(language)) }
            (view::table(title, &columns, &rows))
        }
        (view::pager(readers::PAGES.to(language),
            before.map(|_| call.link(PATH)).as_deref().map(|url| Link { label: readers::FIRST.to(language), url }),
            next.as_deref().map(|url| Link { label: readers::NEXT.to(language), url })))
    };
    let frame = page::done_notice(page::frame(call, admin, title), call, DONE);
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

fn subject(mail: &ReturnedMail, language: Language) -> &str {
    if mail.subject.is_empty() { feedback::RETURNED_NO_SUBJECT.to(language) } else { &mail.subject }
}

fn kind(mail: &ReturnedMail) -> Text {
    match mail.kind.as_str() {
        "bounce" => feedback::RETURNED_KIND_BOUNCE,
        "complaint" => feedback::RETURNED_KIND_COMPLAINT,
        _ => feedback::RETURNED_KIND_OTHER,
    }
}

fn named(call: &Call, store: &Reader) -> Result<(ReturnedMail, Vec<u8>)> {
    let wrong = || Error::not_found(errors::RETURNED_MAIL_NOT_FOUND);
    let id = call.parameter().parse::<ReturnedMailId>().map_err(|_| wrong())?;
    store.returned_mail(id)?.ok_or_else(wrong)
}

/// GET /admin/subscribers/returned/NUMBER
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let (mail, bytes) = named(call, store)?;
    Ok(mail_page(call, admin, app, &mail, &bytes, &mail.recipient, &Mistake::none()))
}

/// POST /admin/subscribers/returned/NUMBER/dead with `email`
pub fn dead(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let (mail, bytes) = named(call, store)?;
    let done = Address::parse(sent.text("email")).and_then(|address| {
        store.transaction(|| {
            store.end_mailing(
                &address.key(),
                Reason::NoSuchAddress.word(),
                &mail.subject,
                app.clock.now(),
            )?;
            store.drop_returned_mail(mail.id)
        })?;
        Ok(call.redirect(&format!("{PATH}?done=dead")))
    });
    page::or_again(call, done, |mistake| {
        Ok(mail_page(call, admin, app, &mail, &bytes, sent.text("email"), mistake))
    })
}

/// POST /admin/subscribers/returned/NUMBER/delete
pub fn delete(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let (mail, _) = named(call, store)?;
    store.drop_returned_mail(mail.id)?;
    Ok(call.redirect(&format!("{PATH}?done=deleted")))
}

fn mail_page(
    call: &Call,
    admin: &Admin,
    app: &App,
    mail: &ReturnedMail,
    bytes: &[u8],
    typed: &str,
    mistake: &Mistake,
) -> Reply {
    let language = call.language;
    let title = subject(mail, language);
    let pieces = parts::cut(bytes);
    let source: String = String::from_utf8_lossy(bytes).chars().take(SOURCE_SHOWN).collect();
    let own = call.link(&format!("{PATH}/{}", mail.id));
    let mut facts = vec![
        (feedback::RETURNED_FROM.to(language), html! { (mail.sender) }),
        (feedback::RETURNED_KIND.to(language), html! { (kind(mail).to(language)) }),
        (feedback::RETURNED_AT.to(language), html! { (page::time(app, mail.at)) }),
    ];
    if !mail.recipient.is_empty() {
        facts.push((feedback::RETURNED_NAMES.to(language), html! { (mail.recipient) }));
    }
    let content = html! {
        (view::back_link(Link { label: feedback::RETURNED.to(language), url: &call.link(PATH) }))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        (view::card("", html! {
            (view::definition_list(&facts))
            h3 { (feedback::RETURNED_BODY.to(language)) }
            (view::mail_text(pieces.text.trim()))
            (view::details_box(feedback::RETURNED_SOURCE.to(language), view::mail_text(&source)))
        }))
        (view::card(feedback::RETURNED_DEAD.to(language), html! {
            p { (feedback::RETURNED_DEAD_TEXT.to(language)) }
            (view::form(&format!("{own}/dead"), &admin.csrf, html! {
                (Field::new("email", feedback::RETURNED_DEAD_ADDRESS.to(language), Input::Email).value(typed)
                    .required(language).error(mistake.on("email")))
                (view::button(feedback::SUPPRESSIONS_ADD_BUTTON.to(language), ButtonKind::Danger))
            }))
        }))
        (view::post_button(&PostButton {
            action: &format!("{own}/delete"),
            csrf: &admin.csrf,
            label: feedback::RETURNED_DELETE.to(language),
            kind: ButtonKind::Secondary,
            hidden: &[],
        }))
    };
    page::reply(&page::frame(call, admin, title), Nav::Subscribers, content)
}
