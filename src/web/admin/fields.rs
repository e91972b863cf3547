//! 読者項目: the fields that the owner declares; their order, their end.
//! Not which form asks for them (list_fields) and not the values (subscriber_edit).

use crate::app::App;
use crate::domain::field::{Field as OwnField, FieldKey, Kind};
use crate::domain::id::FieldId;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, fields, readers};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::field_input;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Column, Field, Input, Markup, Nav, PostButton, html};

const DONE: &[(&str, Text)] = &[
    ("field-removed", fields::FIELD_REMOVED),
    ("restored", fields::FIELD_RESTORED),
    ("erasing", fields::FIELD_ERASING),
];

/// GET /admin/fields
pub fn list(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = fields::FIELDS.to(language);
    let add = view::link_button(
        &call.link("/admin/fields/new"),
        fields::NEW_FIELD.to(language),
        ButtonKind::Primary,
    );
    let declared = store.fields()?;
    let content = html! {
        (page::back(call, "/admin/subscribers", readers::READERS))
        @if declared.is_empty() {
            (view::page_heading(title, html! {}))
            (view::empty_state(fields::NO_FIELDS.to(language), fields::FIELDS_TEXT.to(language), add))
        } @else {
            (view::page_heading(title, add))
            (view::prose(html! { p { (fields::FIELDS_TEXT.to(language)) } }))
            (table(call, admin, &declared))
        }
        (removed(call, admin, store)?)
    };
    let frame = page::done_notice(page::frame(call, admin, title), call, DONE);
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

fn table(call: &Call, admin: &Admin, declared: &[OwnField]) -> Markup {
    let language = call.language;
    let rows: Vec<Vec<Markup>> = declared
        .iter()
        .enumerate()
        .map(|(place, field)| {
            vec![
                view::link(&call.link(&format!("/admin/fields/{}", field.id)), &field.label),
                html! { code { "{{ field." (field.key.as_str()) " }}" } },
                html! { (field_input::kind_word(field.kind, language)) },
                view::actions(html! {
                    @if place > 0 { (button(call, admin, field.id, "up", fields::UP)) }
                    @if place + 1 < declared.len() { (button(call, admin, field.id, "down", fields::DOWN)) }
                }),
            ]
        })
        .collect();
    let columns = [
        Column::main(fields::LABEL.to(language)),
        Column::text(fields::KEY.to(language)),
        Column::text(fields::KIND.to(language)),
        Column::actions(fields::ORDER.to(language)),
    ];
    view::table(fields::FIELDS.to(language), &columns, &rows)
}

fn button(call: &Call, admin: &Admin, id: FieldId, action: &str, label: Text) -> Markup {
    let kind = match action {
        "up" | "down" => ButtonKind::Quiet,
        "erase" | "remove" => ButtonKind::Danger,
        _ => ButtonKind::Secondary,
    };
    view::post_button(&PostButton {
        action: &call.link(&format!("/admin/fields/{id}/{action}")),
        csrf: &admin.csrf,
        label: label.to(call.language),
        kind,
        ..PostButton::default()
    })
}

/// What was taken away and still has its values.
fn removed(call: &Call, admin: &Admin, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let removed = store.removed_fields()?;
    if removed.is_empty() {
        return Ok(html! {});
    }
    let content = html! {
        p { (fields::REMOVED_FIELDS_TEXT.to(language)) }
        @for removed in &removed {
            @let field = &removed.field;
            h3 { (field.label) " " code { (field.key.as_str()) } }
            @if removed.is_being_erased {
                p.hint { (fields::BEING_ERASED.to(language)) }
            } @else {
                (view::actions(html! {
                    (button(call, admin, field.id, "restore", fields::RESTORE))
                    (button(call, admin, field.id, "erase", fields::ERASE_VALUES))
                }))
            }
        }
    };
    Ok(view::details_box(fields::REMOVED_FIELDS.to(language), content))
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    label: String,
    key: String,
    kind: String,
    choices: String,
}

impl Typed {
    fn sent(form: &Form) -> Typed {
        let text = |name: &str| form.text(name).to_string();
        Typed { label: text("label"), key: text("key"), kind: text("kind"), choices: text("choices") }
    }

    fn stored(field: &OwnField) -> Typed {
        Typed {
            label: field.label.clone(),
            key: field.key.as_str().to_string(),
            kind: field.kind.word().to_string(),
            choices: field.choices.join("\n"),
        }
    }

    fn field(&self, key: Result<FieldKey>, kind: Kind, language: Language) -> Result<OwnField> {
        let label = |error: Error| match error {
            Error::Invalid(refusal) if refusal.field.as_deref() == Some("label") => {
                Error::Invalid(refusal).with("field", fields::LABEL.to(language))
            }
            Error::Invalid(refusal) if refusal.field.as_deref() == Some("choices") => {
                Error::Invalid(refusal).with("field", fields::CHOICES.to(language))
            }
            other => other,
        };
        OwnField::parse(key?, &self.label, kind, &self.choices).map_err(label)
    }
}

/// GET /admin/fields/new
pub fn new(call: &Call, admin: &Admin, _app: &App, _store: &Reader) -> Result<Reply> {
    Ok(new_page(call, admin, &Typed::default(), &Mistake::none()))
}

/// POST /admin/fields/new
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let typed = Typed::sent(sent);
    let kind = Kind::parse(&typed.kind).unwrap_or(Kind::Text);
    let created = typed.field(FieldKey::parse(&typed.key), kind, call.language).and_then(|field| {
        store.add_field(&field, app.clock.now())?;
        Ok(call.redirect("/admin/fields?done=added"))
    });
    page::or_again(call, created, |mistake| Ok(new_page(call, admin, &typed, mistake)))
}

fn new_page(call: &Call, admin: &Admin, typed: &Typed, mistake: &Mistake) -> Reply {
    let language = call.language;
    let title = fields::NEW_FIELD.to(language);
    let kinds: Vec<Choice> = Kind::ALL
        .into_iter()
        .map(|kind| Choice::new(kind.word(), field_input::kind_word(kind, language)))
        .collect();
    let content = html! {
        (page::back(call, "/admin/fields", fields::FIELDS))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        (view::card("", view::form(&call.link("/admin/fields/new"), &admin.csrf, html! {
            (label_field(typed, mistake, language))
            (Field::new("key", fields::KEY.to(language), Input::Text).value(&typed.key).required(language)
                .maxlength(40).hint(fields::KEY_HINT.to(language)).error(mistake.on("key")))
            (Field::new("kind", fields::KIND.to(language), Input::Select(&kinds)).value(&typed.kind)
                .hint(fields::KIND_HINT.to(language)))
            (choices_field(typed, mistake, language))
            (view::button(fields::CREATE.to(language), ButtonKind::Primary))
        })))
    };
    page::reply(&page::frame(call, admin, title), Nav::Subscribers, content)
}

fn label_field(typed: &Typed, mistake: &Mistake, language: Language) -> Markup {
    html! {
        (Field::new("label", fields::LABEL.to(language), Input::Text).value(&typed.label).required(language)
            .maxlength(60).hint(fields::LABEL_HINT.to(language)).error(mistake.on("label")))
    }
}

fn choices_field(typed: &Typed, mistake: &Mistake, language: Language) -> Markup {
    html! {
        (Field::new("choices", fields::CHOICES.to(language), Input::Textarea { rows: 5 }).value(&typed.choices)
            .hint(fields::CHOICES_HINT.to(language)).error(mistake.on("choices")))
    }
}

fn named(call: &Call, store: &Reader) -> Result<OwnField> {
    store.field(number(call)?)
}

fn number(call: &Call) -> Result<FieldId> {
    let wrong = || Error::not_found(errors::FIELD_NOT_FOUND).with("name", call.parameter());
    call.parameter().parse().map_err(|_| wrong())
}

/// GET /admin/fields/ID
pub fn edit(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let field = named(call, store)?;
    Ok(edit_page(call, admin, &field, &Typed::stored(&field), &Mistake::none()))
}

/// POST /admin/fields/ID
pub fn save(call: &Call, admin: &Admin, _app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let known = named(call, store)?;
    let typed = Typed::sent(sent);
    let saved = typed.field(Ok(known.key.clone()), known.kind, call.language).and_then(|field| {
        store.change_field(&OwnField { id: known.id, ..field })?;
        Ok(call.redirect("/admin/fields?done=saved"))
    });
    page::or_again(call, saved, |mistake| Ok(edit_page(call, admin, &known, &typed, mistake)))
}

fn edit_page(call: &Call, admin: &Admin, field: &OwnField, typed: &Typed, mistake: &Mistake) -> Reply {
    let language = call.language;
    let facts = [
        (fields::KEY.to(language), html! { code { "{{ field." (field.key.as_str()) " }}" } }),
        (fields::KIND.to(language), html! { (field_input::kind_word(field.kind, language)) }),
    ];
    let own = call.link(&format!("/admin/fields/{}", field.id));
    let content = html! {
        (page::back(call, "/admin/fields", fields::FIELDS))
        (view::page_heading(&field.label, html! {}))
        (mistake.summary())
        (view::card("", html! {
            (view::definition_list(&facts))
            (view::form(&own, &admin.csrf, html! {
                (label_field(typed, mistake, language))
                @if field.kind == Kind::Choice { (choices_field(typed, mistake, language)) }
                (view::button(fields::SAVE.to(language), ButtonKind::Primary))
            }))
        }))
        (view::details_box(fields::REMOVE_FIELD.to(language), html! {
            p { (fields::REMOVE_FIELD_TEXT.to(language)) }
            (button(call, admin, field.id, "remove", fields::REMOVE_FIELD))
        }))
    };
    page::reply(&page::frame(call, admin, &field.label), Nav::Subscribers, content)
}

/// POST /admin/fields/ID/up
pub fn up(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.move_field(number(call)?, true)?;
    Ok(call.redirect("/admin/fields"))
}

/// POST /admin/fields/ID/down
pub fn down(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.move_field(number(call)?, false)?;
    Ok(call.redirect("/admin/fields"))
}

/// POST /admin/fields/ID/remove
pub fn remove(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.remove_field(named(call, store)?.id, app.clock.now())?;
    Ok(call.redirect("/admin/fields?done=field-removed"))
}

/// POST /admin/fields/ID/restore
pub fn restore(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let is_back = store.restore_field(number(call)?)?;
    Ok(call.redirect(if is_back { "/admin/fields?done=restored" } else { "/admin/fields" }))
}

/// POST /admin/fields/ID/erase
pub fn erase(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.erase_values(number(call)?)?;
    Ok(call.redirect("/admin/fields?done=erasing"))
}
