//! 読者: look at one, add, take off, erase. The record of consent and what was sent.
//! Not their list (subscriber_list) and not what readers do themselves (public).

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::consent::Circumstances;
use crate::domain::id::{MessageId, SubscriptionId};
use crate::domain::list::List;
use crate::domain::subscriber::{Fields, Name, Subscription, SubscriptionState};
use crate::error::{Error, Result};
use crate::store::membership::Request;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, broadcasts, errors, feedback, fields, readers};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::{deliveries, subscriber_edit, suppressions, writing};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Link, Markup, Nav, PostButton, Tone, html};

/// Rows of one page.
const ROWS: i64 = 50;
pub(super) const DONE: &[(&str, Text)] =
    &[("left", readers::TAKEN_OFF), ("erased", readers::ERASED), ("lifted", feedback::SUPPRESSION_LIFTED)];

/// Readers need a list first.
pub(super) fn without_lists(call: &Call, admin: &Admin) -> Reply {
    let title = readers::READERS.to(call.language);
    let content = html! { (view::page_heading(title, html! {})) (writing::no_list(call)) };
    page::reply(&page::frame(call, admin, title), Nav::Subscribers, content)
}

pub(super) fn state_word(state: SubscriptionState) -> Text {
    match state {
        SubscriptionState::Confirmed => readers::CONFIRMED,
        SubscriptionState::Pending => readers::PENDING,
        SubscriptionState::Left => readers::LEFT,
    }
}

pub(super) fn state_badge(state: SubscriptionState, language: Language) -> Markup {
    let tone = match state {
        SubscriptionState::Confirmed => Tone::Success,
        SubscriptionState::Pending => Tone::Warn,
        SubscriptionState::Left => Tone::Neutral,
    };
    view::badge(tone, state_word(state).to(language))
}

/// When a reader came into her state, and what that moment is called.
pub(super) fn since(reader: &Subscription) -> (Text, Instant) {
    match reader.state {
        SubscriptionState::Confirmed => (readers::SINCE, reader.joined_at.unwrap_or(reader.asked_at)),
        SubscriptionState::Pending => (readers::ASKED_AT, reader.asked_at),
        SubscriptionState::Left => (readers::LEFT_AT, reader.left_at.unwrap_or(reader.asked_at)),
    }
}

/// An erased reader has no address left.
pub(super) fn shown_address(reader: &Subscription, language: Language) -> &str {
    if reader.address.is_empty() { readers::ERASED_READER.to(language) } else { &reader.address }
}

/// GET /admin/subscribers/new?list=ID
pub fn new(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let list = call.request.query_value("list").unwrap_or_default();
    if store.lists()?.is_empty() {
        return Ok(without_lists(call, admin));
    }
    new_page(call, admin, store, (list, "", "", false), &Mistake::none())
}

/// POST /admin/subscribers/new
pub fn add(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let added =
        accept(app, store, sent).map(|id| call.redirect(&format!("/admin/subscribers/{id}?done=added")));
    let typed = (sent.text("list"), sent.text("email"), sent.text("name"), sent.has("agreed"));
    page::or_again(call, added, |mistake| new_page(call, admin, store, typed, mistake))
}

fn accept(app: &App, store: &Writer, sent: &Form) -> Result<SubscriptionId> {
    let list = writing::chosen_list(store, sent)?;
    let (address, name) = (Address::parse(sent.text("email"))?, Name::parse(sent.text("name"))?);
    if !sent.has("agreed") {
        return Err(Error::invalid(errors::CONSENT_MISSING).on("agreed"));
    }
    let how = Circumstances { way: "admin", ..Circumstances::default() };
    let request = Request {
        list: list.id,
        address: &address,
        name: &name,
        fields: &Fields::new(),
        how: &how,
        form_version: None,
    };
    store.add_reader(&request, app.clock.now())
}

fn new_page(
    call: &Call,
    admin: &Admin,
    store: &Reader,
    (list, email, name, agreed): (&str, &str, &str, bool),
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let title = readers::ADD_READER.to(language);
    let lists = writing::ListChoice::read(store, language)?;
    let content = html! {
        (back(call, list))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        (view::card("", view::form(&call.link("/admin/subscribers/new"), &admin.csrf, html! {
            (lists.field(list, mistake, language))
            (Field::new("email", readers::ADDRESS.to(language), Input::Email).value(email).required(language)
                .error(mistake.on("email")))
            (Field::new("name", readers::READER_NAME.to(language), Input::Text).value(name).maxlength(100)
                .error(mistake.on("name")))
            (Field::new("agreed", readers::AGREED.to(language), Input::Checkbox).value(if agreed { "1" } else { "" })
                .required(language).hint(readers::AGREED_HINT.to(language)).error(mistake.on("agreed")))
            (view::button(readers::ADD.to(language), ButtonKind::Primary))
        })))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Subscribers, content))
}

/// The way back to a list's readers.
fn back(call: &Call, list: &str) -> Markup {
    let query = if list.is_empty() { String::new() } else { format!("?list={list}") };
    let url = call.link(&format!("/admin/subscribers{query}"));
    view::back_link(Link { label: readers::READERS.to(call.language), url: &url })
}

fn named(call: &Call, store: &Reader) -> Result<Subscription> {
    let wrong = || Error::not_found(errors::SUBSCRIBER_NOT_FOUND);
    let id = call.parameter().parse::<SubscriptionId>().map_err(|_| wrong())?;
    store.subscription(id)?.ok_or_else(wrong)
}

/// GET /admin/subscribers/ID
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let reader = named(call, store)?;
    let list = store.list(reader.list)?;
    let title = shown_address(&reader, language);
    let button = |path: &str, label: Text, kind: ButtonKind| {
        view::post_button(&PostButton {
            action: &call.link(&format!("/admin/subscribers/{}/{path}", reader.id)),
            csrf: &admin.csrf,
            label: label.to(language),
            kind,
            ..PostButton::default()
        })
    };
    let (moment, at) = since(&reader);
    let mut facts = vec![(readers::STATE.to(language), state_badge(reader.state, language))];
    if !reader.name.as_str().is_empty() {
        facts.push((readers::READER_NAME.to(language), html! { (reader.name.as_str()) }));
    }
    facts.push((moment.to(language), html! { (page::time(app, at)) }));
    let declared = store.fields()?;
    facts.extend(subscriber_edit::field_facts(&declared, &reader, language));
    let tags = store.tags_of(reader.subscriber)?;
    if !tags.is_empty() {
        facts.push((
            fields::TAGS.to(language),
            html! { @for tag in &tags { (view::badge(Tone::Neutral, tag.as_str())) " " } },
        ));
    }
    let edit = view::link_button(
        &call.link(&format!("/admin/subscribers/{}/edit", reader.id)),
        fields::EDIT.to(language),
        ButtonKind::Secondary,
    );
    let content = html! {
        (back(call, &reader.list.to_string()))
        (view::page_heading(title, html! { @if !reader.address.is_empty() { (edit) } }))
        (view::card(&list.title, view::definition_list(&facts)))
        (suppressions::of_reader(call, admin, app, store, &reader)?)
        (view::card(readers::CONSENTS.to(language), consents(call, app, store, &reader)?))
        (view::card(readers::MAILS.to(language), mails(call, app, store, &reader)?))
        @if reader.state != SubscriptionState::Left {
            (view::details_box(readers::LEAVE.to(language), html! {
                p { (readers::LEAVE_TEXT.to(language)) }
                (button("leave", readers::LEAVE, ButtonKind::Secondary))
            }))
        }
        @if !reader.address.is_empty() {
            (view::details_box(readers::ERASE.to(language), html! {
                p { (readers::ERASE_TEXT.to(language)) }
                (button("erase", readers::ERASE, ButtonKind::Danger))
            }))
        }
    };
    let frame = page::done_notice(page::frame(call, admin, title), call, DONE);
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

fn consents(call: &Call, app: &App, store: &Reader, reader: &Subscription) -> Result<Markup> {
    let language = call.language;
    let rows = store.consents_of(reader.id)?;
    let times: Vec<String> = rows.iter().map(|consent| page::time(app, consent.at)).collect();
    let mut items = Vec::new();
    for (consent, time) in rows.iter().zip(&times) {
        let event = match consent.event.as_str() {
            "asked" => readers::EVENT_ASKED,
            "confirmed" => readers::EVENT_CONFIRMED,
            "added" => readers::EVENT_ADDED,
            _ => readers::EVENT_WITHDRAWN,
        };
        let wording = consent.form_version.map(|version| store.form_wording(version)).transpose()?;
        items.push(view::TimelineItem {
            marker: time,
            title: html! { (event.to(language)) },
            detail: html! {
                p { (way(&consent.way, language)) }
                @if !consent.ip.is_empty() { p { (readers::IP.to(language)) ": " (consent.ip) } }
                @if !consent.user_agent.is_empty() {
                    p { (readers::USER_AGENT.to(language)) ": " (consent.user_agent) }
                }
                @if let Some(wording) = wording {
                    (view::details_box(readers::WORDING.to(language), html! {
                        @for line in wording.lines().filter(|line| !line.is_empty()) { p { (line) } }
                    }))
                }
            },
            actions: html! {},
        });
    }
    Ok(view::timeline(&items))
}

/// How it happened, in the owner's words; a way of a later version stays as it is.
fn way(word: &str, language: Language) -> &str {
    let known = match word {
        "form" => readers::WAY_FORM,
        "link" => readers::WAY_LINK,
        "one-click" => readers::WAY_ONE_CLICK,
        "admin" => readers::WAY_ADMIN,
        "command" => readers::WAY_COMMAND,
        "import" => readers::WAY_IMPORT,
        "undo" => readers::WAY_UNDO,
        "restore" => readers::WAY_RESTORE,
        "complaint" => feedback::WAY_COMPLAINT,
        "mail" => feedback::WAY_MAIL,
        _ => return word,
    };
    known.to(language)
}

fn mails(call: &Call, app: &App, store: &Reader, reader: &Subscription) -> Result<Markup> {
    let language = call.language;
    let list = store.list(reader.list)?;
    let mut rows = Vec::new();
    for delivery in store.deliveries_of_subscription(reader.id, ROWS)? {
        rows.push(vec![
            html! { (subject(store, &list, delivery.message)?) },
            deliveries::badge(delivery.state, language),
            html! { (page::time(app, delivery.done_at.unwrap_or(delivery.due_at))) },
            html! {
                div {
                    @if let Some(reason) = store.failure_of(delivery.id)? {
                        (suppressions::reason_text(reason).to(language)) br;
                    }
                    (deliveries::reason(&delivery, language))
                }
            },
        ]);
    }
    if rows.is_empty() {
        return Ok(html! { p { (readers::NO_MAILS.to(language)) } });
    }
    let columns = [
        Column::main(readers::MAIL.to(language)),
        Column::text(readers::STATE.to(language)),
        Column::text(readers::WHEN.to(language)),
        Column::text(readers::REPLY.to(language)),
    ];
    let all = call.link(&format!("/admin/subscribers/{}/ledger", reader.id));
    Ok(html! {
        (view::table(readers::MAILS.to(language), &columns, &rows))
        p { (view::link(&all, broadcasts::LEDGER_OF_READER.to(language))) }
    })
}

/// The subject as it was sent, where it is ours; the owner's own stays as she wrote it.
fn subject(store: &Reader, list: &List, message: MessageId) -> Result<String> {
    let (subject, _) = store.message_subject(message)?;
    Ok(subject.replace("{{ list_title }}", &list.title))
}

/// POST /admin/subscribers/ID/leave
pub fn leave(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let reader = named(call, store)?;
    store.leave(reader.id, &Circumstances { way: "admin", ..Circumstances::default() }, app.clock.now())?;
    Ok(call.redirect(&format!("/admin/subscribers/{}?done=left", reader.id)))
}

/// POST /admin/subscribers/ID/erase
pub fn erase(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let reader = named(call, store)?;
    store.erase(&reader, &Circumstances { way: "admin", ..Circumstances::default() }, app.clock.now())?;
    Ok(call.redirect(&format!("/admin/subscribers?list={}&done=erased", reader.list)))
}
