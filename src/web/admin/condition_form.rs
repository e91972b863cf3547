//! The form of a condition, without a script: rows of what, how and value; a row is added and taken out by a button.
//! Not the page around it (segments, broadcasts, steps) and not the words of a condition (domain/condition_words).
//!
//! A page that holds one: `ConditionForm::stored` shows it; on a POST `ConditionForm::sent` reads it, `pressed` says
//! whether one of its own buttons was pressed (then the page is shown again), and `condition` gives what was typed.

use std::ops::ControlFlow;

use crate::domain::condition::{Between, Condition, Way, Which};
use crate::domain::condition_words::way_words;
use crate::domain::field::{FieldKey, Kind};
use crate::domain::field_test::{Asks, FieldTest};
use crate::domain::id::SegmentId;
use crate::domain::list::ListName;
use crate::domain::tag::TagName;
use crate::domain::when::When;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::{Language, Text, errors, segments};
use crate::web::admin::condition_choices::Choices;
use crate::web::admin::page::Mistake;
use crate::web::form::Form;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Markup, html};

/// Rows of one form.
const MOST_ROWS: usize = 20;

/// One row, as it stands in the form.
#[derive(Clone, Debug, Default)]
struct Row {
    what: String,
    how: String,
    value: String,
    to: String,
}

/// A condition as it stands in a form.
#[derive(Clone, Debug, Default)]
pub struct ConditionForm {
    prefix: &'static str,
    is_any: bool,
    rows: Vec<Row>,
    /// What the rows cannot show.
    json: Option<String>,
    /// What the next row is about.
    next: String,
}

impl ConditionForm {
    /// Without a row. The names of its fields in the page begin with `prefix`.
    pub fn empty(prefix: &'static str) -> ConditionForm {
        ConditionForm { prefix, ..ConditionForm::default() }
    }

    /// Whether nothing was said: it is for everybody.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.json.is_none()
    }

    /// A stored condition. The names of its fields in the page begin with `prefix`.
    pub fn stored(prefix: &'static str, condition: &Condition, choices: &Choices) -> ConditionForm {
        let (is_any, parts) = match condition {
            Condition::All(parts) => (false, parts.as_slice()),
            Condition::Any(parts) => (true, parts.as_slice()),
            single => (false, std::slice::from_ref(single)),
        };
        let rows: Option<Vec<Row>> = parts.iter().map(|part| Row::stored(part, choices)).collect();
        let is_shown = rows.is_some() && !(is_any && parts.is_empty());
        let json = (!is_shown).then(|| condition.to_json());
        ConditionForm { prefix, is_any, rows: rows.unwrap_or_default(), json, next: String::new() }
    }

    /// What was typed.
    pub fn sent(prefix: &'static str, form: &Form) -> ConditionForm {
        let text = |name: &str| form.text(&format!("{prefix}-{name}")).to_string();
        let rows = (0..MOST_ROWS).map_while(|place| {
            let text = |name: &str| text(&format!("{place}-{name}"));
            let row = Row { what: text("what"), how: text("how"), value: text("value"), to: text("to") };
            (!row.what.is_empty()).then_some(row)
        });
        let json = form.has(&format!("{prefix}-json")).then(|| text("json"));
        ConditionForm { prefix, is_any: text("join") == "any", rows: rows.collect(), json, next: text("new") }
    }

    /// Does what one of the form's own buttons says; `true` if one was pressed, so that the page is shown again and
    /// nothing is stored.
    pub fn pressed(&mut self, form: &Form) -> bool {
        let pressed = form.text(&format!("{}-do", self.prefix));
        if let Some(place) = pressed.strip_prefix("remove-") {
            if let Some(place) = place.parse::<usize>().ok().filter(|place| *place < self.rows.len()) {
                self.rows.remove(place);
            }
        } else if pressed == "add" && self.rows.len() < MOST_ROWS && !self.next.is_empty() {
            self.rows.push(Row { what: self.next.clone(), ..Row::default() });
        }
        !pressed.is_empty()
    }

    /// Takes a saved segment's condition in its place, if the choices's button was pressed; `true` if so.
    pub fn load(&mut self, form: &Form, store: &Reader, choices: &Choices) -> Result<bool> {
        if let Some(id) = form.text("segment").parse::<SegmentId>().ok().filter(|_| form.has("load")) {
            *self = ConditionForm::stored(self.prefix, &store.segment(id)?.condition, choices);
        }
        Ok(form.has("load"))
    }

    /// What was typed as a condition, not yet compared with the store; without rows it is everybody.
    pub fn condition(&self, choices: &Choices) -> Result<Condition> {
        if let Some(json) = &self.json {
            return Condition::parse_json(json).map_err(|error| error.on(format!("{}-json", self.prefix)));
        }
        let mut parts = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            let part = row.condition(choices);
            parts.push(part.map_err(|error| error.on(format!("{}-{place}-value", self.prefix)))?);
        }
        Ok(match self.is_any && !parts.is_empty() {
            true => Condition::Any(parts),
            false => Condition::All(parts),
        })
    }

    /// The fields, to stand inside a page's own form.
    pub fn markup(&self, choices: &Choices, mistake: &Mistake) -> Markup {
        self.markup_or(choices, mistake, segments::NO_ROWS)
    }

    /// The same with other words where there is no row: what nothing means, the page around it knows.
    pub fn markup_or(&self, choices: &Choices, mistake: &Mistake, nothing: Text) -> Markup {
        let language = choices.language();
        let prefix = self.prefix;
        if let Some(json) = &self.json {
            let name = format!("{prefix}-json");
            return html! {
                p.hint { (segments::JSON_TEXT.to(language)) }
                (Field::new(&name, segments::JSON.to(language), Input::Code { rows: 8 }).value(json)
                    .error(mistake.on(&name)))
            };
        }
        html! {
            @if self.rows.is_empty() { p.hint { (nothing.to(language)) } }
            @if self.rows.len() > 1 { (self.join_field(language)) }
            @for (place, row) in self.rows.iter().enumerate() {
                (self.row(place, row, choices, mistake))
            }
            (self.add_row(choices))
        }
    }

    fn join_field(&self, language: Language) -> Markup {
        let ways = [
            Choice::new("all", segments::JOIN_ALL.to(language)),
            Choice::new("any", segments::JOIN_ANY.to(language)),
        ];
        let name = format!("{}-join", self.prefix);
        html! {
            (Field::new(&name, segments::JOIN.to(language), Input::Select(&ways))
                .value(if self.is_any { "any" } else { "all" }))
        }
    }

    fn row(&self, place: usize, row: &Row, choices: &Choices, mistake: &Mistake) -> Markup {
        let language = choices.language();
        let name = |part: &str| format!("{}-{place}-{part}", self.prefix);
        let hows: Vec<Choice> = row
            .hows(choices)
            .iter()
            .map(|how| Choice::new(how, how_words(&row.what, how).to(language)))
            .collect();
        let content = html! {
            (view::fields_row(html! {
                (Field::new(&name("how"), segments::HOW.to(language), Input::Select(&hows)).value(&row.how))
                (row.value_field(&name("value"), &name("to"), choices, mistake))
            }))
            (view::button_aside(&format!("{}-do", self.prefix), &format!("remove-{place}"),
                segments::REMOVE_ROW.to(language), ButtonKind::Quiet))
            (view::hidden(&name("what"), &row.what))
        };
        view::fieldset(&choices.what(&row.what), content)
    }

    fn add_row(&self, choices: &Choices) -> Markup {
        let language = choices.language();
        let whats = choices.all_whats();
        let labels: Vec<(String, String)> =
            whats.into_iter().map(|what| (what.clone(), choices.what(&what))).collect();
        let options: Vec<Choice> = labels.iter().map(|(what, label)| Choice::new(what, label)).collect();
        let name = format!("{}-new", self.prefix);
        html! {
            @if self.rows.len() < MOST_ROWS {
                (view::fields_row(html! {
                    (Field::new(&name, segments::ADD_WHAT.to(language), Input::Select(&options)).value(&self.next))
                    (view::button_aside(&format!("{}-do", self.prefix), "add", segments::ADD.to(language),
                        ButtonKind::Secondary))
                }))
            }
        }
    }
}

impl Row {
    /// A part of a condition as a row; `None` when rows cannot show it.
    fn stored(part: &Condition, choices: &Choices) -> Option<Row> {
        let (is_not, test) = match part {
            Condition::Not(inner) => (true, inner.as_ref()),
            test => (false, test),
        };
        let how = if is_not { "not" } else { "is" }.to_string();
        let row = |what: &str, value: String| {
            Some(Row { what: what.into(), how: how.clone(), value, to: String::new() })
        };
        match test {
            Condition::Field(FieldTest { key, asks }) if !is_not => {
                let what = format!("field.{}", key.as_str());
                let kind = choices.field(&what)?.kind;
                // A select holds the stored word, a line what people write.
                let value = match kind {
                    Kind::YesNo | Kind::Choice => asks.value(),
                    kind => choices.names.value(asks, Some(kind)),
                };
                Some(Row { what, how: asks.word().to_string(), value, to: String::new() })
            }
            Condition::Tag(name) => row("tag", name.as_str().to_string()),
            Condition::Opened(which) => row("opened", which_value(*which)),
            Condition::Clicked(which) => row("clicked", which_value(*which)),
            Condition::OnList(name) => row("list", name.as_str().to_string()),
            Condition::Way(way) => row("way", way.word().to_string()),
            Condition::JoinedBetween(Between { from, to }) => {
                let [value, to] = [from, to].map(|when| when.map(|when| choices.names.when(when)));
                let (value, to) = (value.unwrap_or_default(), to.unwrap_or_default());
                Some(Row { what: "joined".to_string(), how, value, to })
            }
            _ => None,
        }
    }

    fn condition(&self, choices: &Choices) -> Result<Condition> {
        let value = self.value.trim();
        let wrong = || self.refuse(choices);
        if let Some(key) = self.what.strip_prefix("field.") {
            return self.field_test(key, choices).map(Condition::Field);
        }
        let test = match self.what.as_str() {
            "tag" => Condition::Tag(TagName::parse(value).map_err(|_| wrong())?),
            "opened" => Condition::Opened(parse_which(value).ok_or_else(wrong)?),
            "clicked" => Condition::Clicked(parse_which(value).ok_or_else(wrong)?),
            "list" => Condition::OnList(ListName::parse(value).map_err(|_| wrong())?),
            "way" => Condition::Way(Way::parse(value).ok_or_else(wrong)?),
            "joined" => Condition::JoinedBetween(self.between().ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        Ok(if self.how == "not" { Condition::Not(Box::new(test)) } else { test })
    }

    fn field_test(&self, key: &str, choices: &Choices) -> Result<FieldTest> {
        let key = FieldKey::parse(key)?;
        let field = choices.field(&self.what);
        let field =
            field.ok_or_else(|| Error::invalid(errors::FIELD_NOT_FOUND).with("name", key.as_str()))?;
        if matches!(self.how.as_str(), "equals" | "not") {
            field.parse_required(&self.value)?;
        }
        let asks = Asks::parse(&self.how, &self.value).ok_or_else(|| self.refuse(choices))?;
        FieldTest { key, asks }.check(field)
    }

    fn between(&self) -> Option<Between> {
        let day = |typed: &str| match typed.trim() {
            "" => ControlFlow::Continue(None),
            typed => match When::parse(typed) {
                Some(when) => ControlFlow::Continue(Some(when)),
                None => ControlFlow::Break(()),
            },
        };
        let (ControlFlow::Continue(from), ControlFlow::Continue(to)) = (day(&self.value), day(&self.to))
        else {
            return None;
        };
        (from.is_some() || to.is_some()).then_some(Between { from, to })
    }

    fn refuse(&self, choices: &Choices) -> Error {
        let language = choices.language();
        let example = match (self.how.as_str(), choices.field(&self.what).map(|field| field.kind)) {
            ("month", _) => segments::MONTH_HINT,
            ("anniversary", _) => segments::ANNIVERSARY_HINT,
            (_, Some(Kind::Date | Kind::Birthday)) => segments::DAY_HINT,
            (_, Some(Kind::Number)) => segments::NUMBER_HINT,
            _ if self.what == "joined" => segments::DAY_HINT,
            _ => segments::TEXT_HINT,
        };
        Error::invalid(errors::CONDITION_VALUE_NOT_VALID)
            .with("what", choices.what(&self.what))
            .with("hint", example.to(language))
    }

    fn hows(&self, choices: &Choices) -> &'static [&'static str] {
        match choices.field(&self.what) {
            Some(field) => Asks::words_for(field.kind),
            None => &["is", "not"],
        }
    }

    fn value_field(&self, name: &str, to: &str, choices: &Choices, mistake: &Mistake) -> Markup {
        let language = choices.language();
        let label = segments::VALUE.to(language);
        let line = |hint: &str| {
            html! {
                (Field::new(name, label, Input::Text).value(&self.value).hint(hint).error(mistake.on(name)))
            }
        };
        if self.what == "joined" {
            return html! {
                (Field::new(name, segments::FROM.to(language), Input::Text).value(&self.value)
                    .hint(segments::DAY_HINT.to(language)).error(mistake.on(name)))
                (Field::new(to, segments::UP_TO.to(language), Input::Text).value(&self.to))
            };
        }
        match choices.field(&self.what).map(|field| field.kind) {
            Some(Kind::Date | Kind::Birthday) => line(segments::DATE_HINT.to(language)),
            Some(Kind::Text | Kind::Number) => html! {
                (Field::new(name, label, Input::Text).value(&self.value).error(mistake.on(name)))
            },
            _ => self.select(name, choices, mistake),
        }
    }

    /// A value that is chosen; a stored one that is no longer there stays visible.
    fn select(&self, name: &str, choices: &Choices, mistake: &Mistake) -> Markup {
        let language = choices.language();
        let same = |word: &String| (word.clone(), word.clone());
        let mut options: Vec<(String, String)> = match (self.what.as_str(), choices.field(&self.what)) {
            (_, Some(field)) if field.kind == Kind::YesNo => ["yes", "no"]
                .map(|word| (word.to_string(), crate::web::field_input::shown(field, word, language)))
                .into(),
            (_, Some(field)) => field.choices.iter().map(same).collect(),
            ("tag", _) => choices.tags.iter().map(same).collect(),
            ("list", _) => choices.lists.clone(),
            ("way", _) => {
                Way::ALL.map(|way| (way.word().to_string(), way_words(way).to(language).to_string())).into()
            }
            _ => choices.broadcasts.clone(),
        };
        if !self.value.is_empty() && options.iter().all(|(value, _)| *value != self.value) {
            options.push(same(&self.value));
        }
        let options: Vec<Choice> = options.iter().map(|(value, label)| Choice::new(value, label)).collect();
        html! {
            (Field::new(name, segments::VALUE.to(language), Input::Select(&options)).value(&self.value)
                .error(mistake.on(name)))
        }
    }
}

fn which_value(which: Which) -> String {
    match which {
        Which::Message(id) => id.to_string(),
        Which::Last(count) => format!("last-{count}"),
    }
}

fn parse_which(value: &str) -> Option<Which> {
    match value.strip_prefix("last-") {
        Some(count) => count.parse().ok().map(Which::Last),
        None => value.parse().ok().map(Which::Message),
    }
}

fn how_words(what: &str, how: &str) -> Text {
    match (what, how) {
        ("tag", "not") => segments::HOW_NOT_TAGGED,
        ("tag", _) => segments::HOW_TAGGED,
        ("opened" | "clicked", "not") => segments::HOW_DID_NOT,
        ("opened" | "clicked", _) => segments::HOW_DID,
        ("list", "not") => segments::HOW_NOT_ON_LIST,
        ("list", _) => segments::HOW_ON_LIST,
        ("joined", "not") => segments::HOW_NOT_BETWEEN,
        ("joined", _) => segments::HOW_BETWEEN,
        (_, "not") => segments::HOW_NOT,
        (_, "contains") => segments::HOW_CONTAINS,
        (_, "starts") => segments::HOW_STARTS,
        (_, "set") => segments::HOW_SET,
        (_, "empty") => segments::HOW_EMPTY,
        (_, "at_least") => segments::HOW_AT_LEAST,
        (_, "more") => segments::HOW_MORE,
        (_, "at_most") => segments::HOW_AT_MOST,
        (_, "less") => segments::HOW_LESS,
        (_, "on") => segments::HOW_ON,
        (_, "before") => segments::HOW_BEFORE,
        (_, "after") => segments::HOW_AFTER,
        (_, "anniversary") => segments::HOW_ANNIVERSARY,
        (_, "month") => segments::HOW_MONTH,
        _ => segments::HOW_EQUALS,
    }
}
