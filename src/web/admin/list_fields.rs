//! フォーム: which of the owner's fields a form asks for, in which order, and which must be filled in.
//! Not the fields themselves (fields) and not the form (public/sign_up).

use crate::app::App;
use crate::domain::field::AskedField;
use crate::domain::id::{FieldId, ListId};
use crate::domain::list::List;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Language, errors, fields};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Link, Markup, Nav, html};

fn named(call: &Call, store: &Reader) -> Result<List> {
    let id = call.parameter().parse::<ListId>();
    store.list(id.map_err(|_| Error::not_found(errors::LIST_NOT_FOUND).with("name", call.parameter()))?)
}

/// The card on the page of a form: what it asks for, and the way to change it.
pub(super) fn card(call: &Call, store: &Reader, list: &List) -> Result<Markup> {
    let language = call.language;
    let asked = store.list_fields(list.id)?;
    let url = call.link(&format!("/admin/forms/{}/fields", list.id));
    let content = html! {
        @if asked.is_empty() {
            p { (fields::FORM_FIELDS_NONE.to(language)) }
        } @else {
            ul {
                @for AskedField { field, is_required } in &asked {
                    li {
                        (field.label)
                        @if *is_required { " " span.required { (crate::texts::common::REQUIRED.to(language)) } }
                    }
                }
            }
        }
        (view::link_button(&url, fields::FORM_FIELDS_CHANGE.to(language), ButtonKind::Secondary))
    };
    Ok(view::card(fields::FORM_FIELDS.to(language), content))
}

/// GET /admin/forms/ID/fields
pub fn show(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let list = named(call, store)?;
    let title = fields::FORM_FIELDS.to(language);
    let declared = store.fields()?;
    let asked = store.list_fields(list.id)?;
    let new = view::link_button(
        &call.link("/admin/fields/new"),
        fields::NEW_FIELD.to(language),
        ButtonKind::Secondary,
    );
    let own = call.link(&format!("/admin/forms/{}/fields", list.id));
    let content = html! {
        (view::back_link(Link { label: &list.title, url: &call.link(&format!("/admin/forms/{}", list.id)) }))
        @if declared.is_empty() {
            (view::page_heading(title, html! {}))
            (view::empty_state(fields::NO_FIELDS.to(language), fields::FIELDS_TEXT.to(language), new))
        } @else {
            (view::page_heading(title, new))
            (view::prose(html! { p { (fields::FORM_FIELDS_TEXT.to(language)) } }))
            (view::card("", view::form(&own, &admin.csrf, html! {
                @for field in &declared {
                    @let place = asked.iter().position(|asked| asked.field.id == field.id);
                    @let is_required = place.and_then(|place| asked.get(place)).is_some_and(|asked| asked.is_required);
                    (row(field.id, &field.label, place, is_required, language))
                }
                (view::button(fields::SAVE.to(language), ButtonKind::Primary))
            })))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Forms, content))
}

fn row(id: FieldId, label: &str, place: Option<usize>, is_required: bool, language: Language) -> Markup {
    let choices = [
        Choice::new("", fields::ASK_NOT.to(language)),
        Choice::new("optional", fields::ASK_OPTIONAL.to(language)),
        Choice::new("required", fields::ASK_REQUIRED.to(language)),
    ];
    let chosen = match place {
        None => "",
        Some(_) if is_required => "required",
        Some(_) => "optional",
    };
    let place = place.map(|place| (place + 1).to_string()).unwrap_or_default();
    view::fields_row(html! {
        (Field::new(&format!("ask-{id}"), label, Input::Select(&choices)).value(chosen))
        (Field::new(&format!("place-{id}"), fields::PLACE.to(language), Input::Number { min: 1, max: 100 })
            .value(&place))
    })
}

/// POST /admin/forms/ID/fields: without a place a field comes after those that have one.
pub fn save(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let list = named(call, store)?;
    let mut asked: Vec<(i64, FieldId, bool)> = Vec::new();
    for field in store.fields()? {
        let is_required = match sent.text(&format!("ask-{}", field.id)) {
            "optional" => false,
            "required" => true,
            _ => continue,
        };
        let place = sent.text(&format!("place-{}", field.id)).trim().parse().unwrap_or(i64::MAX);
        asked.push((place, field.id, is_required));
    }
    asked.sort_by_key(|(place, ..)| *place); // stable: equal places stay in the order of the fields
    let asked: Vec<(FieldId, bool)> =
        asked.into_iter().map(|(_, id, is_required)| (id, is_required)).collect();
    store.put_list_fields(list.id, &asked)?;
    Ok(call.redirect(&format!("/admin/forms/{}?done=saved", list.id)))
}
