//! The owner's own fields on a form: how each kind is asked for, and how what was typed is read.
//! Not the rules of the kinds: domain/field.

use maud::{Markup, html};

use super::form::Form;
use super::view::{self, Choice, Input};
use crate::domain::field::{AskedField, Field, Kind, LONGEST_VALUE};
use crate::domain::subscriber::Fields;
use crate::error::Result;
use crate::texts::{Language, fields};

/// One field with the value that is stored or was typed. After a mistake it is a plain line: a browser shows nothing of
/// a date or a number that it cannot read.
pub fn input(
    asked: &AskedField,
    value: &str,
    error: Option<&str>,
    is_typed: bool,
    language: Language,
) -> Markup {
    let field = &asked.field;
    let choices = choices(field, value, language);
    let control = match field.kind {
        Kind::Number | Kind::Date if is_typed => Input::Text,
        Kind::Number => Input::Decimal,
        Kind::Date => Input::Date,
        Kind::Choice | Kind::YesNo => Input::Select(&choices),
        Kind::Text | Kind::Birthday => Input::Text,
    };
    let longest = u32::try_from(LONGEST_VALUE).unwrap_or(500);
    let mut line = view::Field::new(field.key.as_str(), &field.label, control).value(value).error(error);
    if matches!(field.kind, Kind::Text | Kind::Birthday) {
        line = line.maxlength(longest);
    }
    if field.kind == Kind::Birthday {
        line = line.hint(fields::BIRTHDAY_HINT.to(language));
    }
    if asked.is_required {
        line = line.required(language);
    }
    html! { (line) }
}

/// What can be chosen: first nothing, so that nobody says something by not answering. A value that is no longer among
/// the choices stays visible.
fn choices<'a>(field: &'a Field, value: &'a str, language: Language) -> Vec<Choice<'a>> {
    let mut all = vec![Choice::new("", fields::CHOOSE.to(language))];
    match field.kind {
        Kind::YesNo => {
            all.push(Choice::new("yes", fields::YES.to(language)));
            all.push(Choice::new("no", fields::NO.to(language)));
        }
        _ => all.extend(field.choices.iter().map(|choice| Choice::new(choice, choice))),
    }
    if !all.iter().any(|choice| choice.value == value) {
        all.push(Choice::new(value, value));
    }
    all
}

/// What was typed for fields, by key: what the form did not hold is left out, what was emptied is "".
pub fn read(asked: &[AskedField], form: &Form) -> Result<Fields> {
    let mut values = Fields::new();
    for AskedField { field, is_required } in asked {
        let key = field.key.as_str();
        if !form.has(key) && !is_required {
            continue;
        }
        let value = match is_required {
            true => field.parse_required(form.text(key))?,
            false => field.parse_value(form.text(key))?,
        };
        values.insert(key.to_string(), value);
    }
    Ok(values)
}

/// Puts read values over the stored ones; an empty one takes the stored one away.
pub fn put_over(stored: &Fields, read: &Fields) -> Fields {
    let mut fields = stored.clone();
    fields.extend(read.iter().map(|(key, value)| (key.clone(), value.clone())));
    fields.retain(|_, value| !value.is_empty());
    fields
}

/// The fields as plain HTML for another site's page, without style; the line breaks are for the owner.
pub fn to_paste(asked: &[AskedField], required: &str, language: Language) -> Markup {
    html! {
        @for AskedField { field, is_required } in asked {
            "  " p { label { (field.label) @if *is_required { " (" (required) ")" } br; "\n    "
                (plain_control(field, *is_required, language)) } } "\n"
        }
    }
}

fn plain_control(field: &Field, is_required: bool, language: Language) -> Markup {
    let key = field.key.as_str();
    match field.kind {
        Kind::Choice | Kind::YesNo => html! {
            select name=(key) required[is_required] {
                @for choice in choices(field, "", language) {
                    option value=(choice.value) { (choice.label) }
                }
            }
        },
        Kind::Date => html! { input type="date" name=(key) required[is_required]; },
        Kind::Number => html! { input type="number" step="any" name=(key) required[is_required]; },
        Kind::Text | Kind::Birthday => {
            html! { input type="text" name=(key) maxlength=(LONGEST_VALUE) required[is_required]; }
        }
    }
}

/// A stored value in words: `yes` is はい.
pub fn shown(field: &Field, value: &str, language: Language) -> String {
    match (field.kind, value) {
        (Kind::YesNo, "yes") => fields::YES.to(language).to_string(),
        (Kind::YesNo, "no") => fields::NO.to(language).to_string(),
        (Kind::Birthday, value) => value.trim_start_matches("--").to_string(),
        _ => value.to_string(),
    }
}

/// What a kind is called.
pub fn kind_word(kind: Kind, language: Language) -> &'static str {
    let word = match kind {
        Kind::Text => fields::KIND_TEXT,
        Kind::Number => fields::KIND_NUMBER,
        Kind::Date => fields::KIND_DATE,
        Kind::Birthday => fields::KIND_BIRTHDAY,
        Kind::Choice => fields::KIND_CHOICE,
        Kind::YesNo => fields::KIND_YES_NO,
    };
    word.to(language)
}
