//! 読者: the owner sees and changes a reader's name, fields and tags.
//! Not her address (a new one has to be confirmed) and not where she stands (subscribers).

use crate::app::App;
use crate::domain::field::{AskedField, Field as OwnField};
use crate::domain::id::SubscriptionId;
use crate::domain::subscriber::{Name, Subscription};
use crate::domain::tag::TagName;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Language, errors, fields, readers};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::field_input;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Link, Markup, Nav, html};

/// Tags that are named below the field, as a reminder.
const REMINDED: usize = 20;

/// A reader who can be edited: who was erased has nothing here any more.
fn named(call: &Call, store: &Reader) -> Result<Subscription> {
    let wrong = || Error::not_found(errors::SUBSCRIBER_NOT_FOUND);
    let id = call.parameter().parse::<SubscriptionId>().map_err(|_| wrong())?;
    store.subscription(id)?.filter(|reader| !reader.address.is_empty()).ok_or_else(wrong)
}

/// Every field; the owner may leave out what her form requires.
fn all_fields(store: &Reader) -> Result<Vec<AskedField>> {
    let declared = store.fields()?;
    Ok(declared.into_iter().map(|field| AskedField { field, is_required: false }).collect())
}

/// GET /admin/subscribers/ID/edit
pub fn show(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let reader = named(call, store)?;
    form_page(call, admin, store, &reader, None, &Mistake::none())
}

/// POST /admin/subscribers/ID/edit
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let reader = named(call, store)?;
    let saved = accept(app, store, &reader, sent)
        .map(|()| call.redirect(&format!("/admin/subscribers/{}?done=saved", reader.id)));
    page::or_again(call, saved, |mistake| form_page(call, admin, store, &reader, Some(sent), mistake))
}

fn accept(app: &App, store: &Writer, reader: &Subscription, sent: &Form) -> Result<()> {
    let name = Name::parse(sent.text("name"))?;
    let values = field_input::read(&all_fields(store)?, sent)?;
    let tags = TagName::parse_many(sent.text("tags")).map_err(|error| error.on("tags"))?;
    store.transaction(|| {
        store.rename_subscriber(reader.subscriber, &name)?;
        store.put_fields(reader.subscriber, &field_input::put_over(&reader.fields, &values))?;
        store.put_tags(reader.subscriber, &tags, app.clock.now())
    })
}

fn form_page(
    call: &Call,
    admin: &Admin,
    store: &Reader,
    reader: &Subscription,
    sent: Option<&Form>,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let title = fields::EDIT_READER.to(language);
    let own = call.link(&format!("/admin/subscribers/{}", reader.id));
    let asked = all_fields(store)?;
    let value = |key: &str, stored: String| sent.map_or(stored, |form| form.text(key).to_string());
    let name = value("name", reader.name.as_str().to_string());
    let carried: Vec<String> = store.tags_of(reader.subscriber)?.into_iter().map(String::from).collect();
    let tags = value("tags", carried.join(", "));
    let content = html! {
        (view::back_link(Link { label: &reader.address, url: &own }))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        (view::card("", view::form(&format!("{own}/edit"), &admin.csrf, html! {
            (Field::new("name", readers::READER_NAME.to(language), Input::Text).value(&name).maxlength(100)
                .error(mistake.on("name")))
            @for asked in &asked {
                @let key = asked.field.key.as_str();
                @let stored = reader.fields.get(key).cloned().unwrap_or_default();
                (field_input::input(asked, &value(key, stored), mistake.on(key), sent.is_some(), language))
            }
            (Field::new("tags", fields::TAGS.to(language), Input::Text).value(&tags)
                .hint(tags_hint(call, store)?).error(mistake.on("tags")))
            (view::button(fields::SAVE.to(language), ButtonKind::Primary))
        })))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Subscribers, content))
}

/// The declared fields by their labels, in their order; then what else is stored, by its key.
pub(super) fn field_facts<'a>(
    declared: &'a [OwnField],
    reader: &'a Subscription,
    language: Language,
) -> Vec<(&'a str, Markup)> {
    let mut facts = Vec::new();
    for field in declared {
        if let Some(value) = reader.fields.get(field.key.as_str()) {
            facts.push((field.label.as_str(), html! { (field_input::shown(field, value, language)) }));
        }
    }
    let is_declared = |key: &str| declared.iter().any(|field| field.key.as_str() == key);
    let others = reader.fields.iter().filter(|(key, _)| !is_declared(key));
    facts.extend(others.map(|(key, value)| (key.as_str(), html! { (value) })));
    facts
}

fn tags_hint(call: &Call, store: &Reader) -> Result<Markup> {
    let known: Vec<String> =
        store.tags()?.into_iter().take(REMINDED).map(|tag| String::from(tag.name)).collect();
    Ok(html! {
        (fields::TAGS_HINT.to(call.language))
        @if !known.is_empty() {
            " " (fields::TAGS_KNOWN.with(call.language, &[("tags", &known.join(", "))]))
        }
    })
}
