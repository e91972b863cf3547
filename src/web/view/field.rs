//! Form fields: label, hint, input and error tied together, keeping what was typed.
//! Not the form around them (`form`), nor the judgement of what was typed (domain).

use maud::{Markup, Render, html};

use crate::texts::{Language, common};

/// What kind of value is typed or chosen.
#[derive(Clone, Copy, Debug, Default)]
pub enum Input<'a> {
    #[default]
    Text,
    Email,
    Password,
    Search,
    Url,
    Number {
        min: i64,
        max: i64,
    },
    /// A number with or without a fraction.
    Decimal,
    /// `2026-11-23`
    Date,
    /// `08:30`
    Time,
    /// `2026-11-23T08:30`
    DateTime,
    Textarea {
        rows: u16,
    },
    /// A textarea in a fixed-width face, for HTML, JSON and CSV.
    Code {
        rows: u16,
    },
    Select(&'a [Choice<'a>]),
    Radio(&'a [Choice<'a>]),
    /// Its value is `1` when ticked; the field's value decides whether it is.
    Checkbox,
    /// `accept` as in HTML, e.g. `.csv,text/csv`.
    File {
        accept: &'a str,
    },
}

/// One line of a select or one radio button.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    pub value: &'a str,
    pub label: &'a str,
    /// Shown below a radio button's label; empty for none.
    pub hint: &'a str,
}

impl<'a> Choice<'a> {
    pub fn new(value: &'a str, label: &'a str) -> Choice<'a> {
        Choice { value, label, hint: "" }
    }

    pub fn with_hint(self, hint: &'a str) -> Choice<'a> {
        Choice { hint, ..self }
    }
}

/// A labelled input. Put it into a page with `(Field::new(…))`.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    name: &'a str,
    id: String,
    label: Markup,
    input: Input<'a>,
    value: &'a str,
    hint: Option<Markup>,
    error: Option<&'a str>,
    required: Option<Language>,
    autocomplete: Option<&'a str>,
    placeholder: Option<&'a str>,
    unit: Option<&'a str>,
    maxlength: Option<u32>,
    autofocus: bool,
    lang: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// A field that posts as `name`; its id is `field-NAME`, which `error_summary` links to.
    pub fn new(name: &'a str, label: impl Render, input: Input<'a>) -> Field<'a> {
        Field {
            name,
            id: format!("field-{name}"),
            label: label.render(),
            input,
            value: "",
            hint: None,
            error: None,
            required: None,
            autocomplete: None,
            placeholder: None,
            unit: None,
            maxlength: None,
            autofocus: false,
            lang: None,
        }
    }

    /// What is there already, or what was typed before an error. A checkbox is ticked unless it is empty or `0`.
    pub fn value(self, value: &'a str) -> Field<'a> {
        Field { value, ..self }
    }
    /// How to fill it in, below the label.
    pub fn hint(self, hint: impl Render) -> Field<'a> {
        Field { hint: Some(hint.render()), ..self }
    }
    /// What is wrong with it, if anything.
    pub fn error(self, error: Option<&'a str>) -> Field<'a> {
        Field { error, ..self }
    }
    /// Must be filled in; says so in `language`.
    pub fn required(self, language: Language) -> Field<'a> {
        Field { required: Some(language), ..self }
    }
    /// The HTML autofill name, e.g. `email`, `name`, `current-password`, `off`.
    pub fn autocomplete(self, autocomplete: &'a str) -> Field<'a> {
        Field { autocomplete: Some(autocomplete), ..self }
    }
    pub fn placeholder(self, placeholder: &'a str) -> Field<'a> {
        Field { placeholder: Some(placeholder), ..self }
    }
    /// What is counted, after the input, e.g. `通`.
    pub fn unit(self, unit: &'a str) -> Field<'a> {
        Field { unit: Some(unit), ..self }
    }
    pub fn maxlength(self, maxlength: u32) -> Field<'a> {
        Field { maxlength: Some(maxlength), ..self }
    }
    /// Takes the focus when the page opens; one per page, and only where typing is all there is to do.
    pub fn autofocus(self) -> Field<'a> {
        Field { autofocus: true, ..self }
    }
    /// Another language than the page's is typed here.
    pub fn lang(self, lang: &'a str) -> Field<'a> {
        Field { lang: Some(lang), ..self }
    }
    /// Another id than `field-NAME`, when a page has two fields of one name.
    pub fn id(self, id: &str) -> Field<'a> {
        Field { id: id.to_string(), ..self }
    }

    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let error = self.error.map(|_| format!("{}-error", self.id));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (hint, error) => hint.or(error),
        }
    }

    fn label_line(&self) -> Markup {
        html! {
            span.label-text { (self.label) }
            @if let Some(language) = self.required { span.required { (common::REQUIRED.to(language)) } }
        }
    }

    fn hint_line(&self) -> Markup {
        html! { @if let Some(hint) = &self.hint { p.hint id={ (self.id) "-hint" } { (hint) } } }
    }

    fn error_line(&self) -> Markup {
        html! { @if let Some(error) = self.error { p.field-error id={ (self.id) "-error" } { (error) } } }
    }

    fn one_line(&self, kind: &str, class: &str) -> Markup {
        let (min, max) = match self.input {
            Input::Number { min, max } => (Some(min), Some(max)),
            _ => (None, None),
        };
        let step = matches!(self.input, Input::Decimal).then_some("any");
        let accept = match self.input {
            Input::File { accept } => Some(accept),
            _ => None,
        };
        // A password is never written back into a page, and a file cannot be.
        let value = (!matches!(self.input, Input::Password | Input::File { .. })).then_some(self.value);
        html! {
            input id=(self.id) name=(self.name) type=(kind) class=(class) value=[value] min=[min] max=[max]
                step=[step] accept=[accept] required[self.required.is_some()] autocomplete=[self.autocomplete]
                placeholder=[self.placeholder] maxlength=[self.maxlength] lang=[self.lang]
                autofocus[self.autofocus] aria-invalid=[self.error.map(|_| "true")]
                aria-describedby=[self.described_by()];
        }
    }

    fn many_lines(&self, rows: u16, class: Option<&str>) -> Markup {
        let spellcheck = class.map(|_| "false");
        // HTML drops one line break after the start tag; an own one keeps the text's first empty line.
        html! {
            textarea id=(self.id) name=(self.name) rows=(rows) class=[class] required[self.required.is_some()]
                placeholder=[self.placeholder] maxlength=[self.maxlength] lang=[self.lang] spellcheck=[spellcheck]
                autofocus[self.autofocus] aria-invalid=[self.error.map(|_| "true")]
                aria-describedby=[self.described_by()] { "\n" (self.value) }
        }
    }

    fn select(&self, choices: &[Choice]) -> Markup {
        html! {
            select id=(self.id) name=(self.name) required[self.required.is_some()] autocomplete=[self.autocomplete]
                aria-invalid=[self.error.map(|_| "true")] aria-describedby=[self.described_by()] {
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == self.value] { (choice.label) }
                }
            }
        }
    }

    fn radio(&self, choices: &[Choice]) -> Markup {
        html! {
            fieldset.field.choices id=(self.id) tabindex="-1" aria-describedby=[self.described_by()] {
                legend { (self.label_line()) }
                (self.hint_line())
                @for choice in choices {
                    label.choice {
                        input type="radio" name=(self.name) value=(choice.value)
                            checked[choice.value == self.value] required[self.required.is_some()];
                        span.choice-text {
                            span { (choice.label) }
                            @if !choice.hint.is_empty() { span.hint { (choice.hint) } }
                        }
                    }
                }
                (self.error_line())
            }
        }
    }

    fn checkbox(&self) -> Markup {
        let ticked = !matches!(self.value, "" | "0");
        html! {
            div.field.invalid[self.error.is_some()] {
                label.choice {
                    input id=(self.id) type="checkbox" name=(self.name) value="1" checked[ticked]
                        required[self.required.is_some()] aria-invalid=[self.error.map(|_| "true")]
                        aria-describedby=[self.described_by()];
                    span.choice-text { span { (self.label_line()) } }
                }
                (self.hint_line())
                (self.error_line())
            }
        }
    }

    fn control(&self) -> Markup {
        match self.input {
            Input::Text | Input::Radio(_) | Input::Checkbox => self.one_line("text", "wide"),
            Input::Email => self.one_line("email", "wide"),
            Input::Password => self.one_line("password", "wide"),
            Input::Search => self.one_line("search", "wide"),
            Input::Url => self.one_line("url", "wide"),
            Input::Number { .. } => self.one_line("number", "short"),
            Input::Decimal => self.one_line("number", "medium"),
            Input::Date => self.one_line("date", "medium"),
            Input::Time => self.one_line("time", "short"),
            Input::DateTime => self.one_line("datetime-local", "medium"),
            Input::File { .. } => self.one_line("file", "wide"),
            Input::Textarea { rows } => self.many_lines(rows, None),
            Input::Code { rows } => self.many_lines(rows, Some("code")),
            Input::Select(choices) => self.select(choices),
        }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        match self.input {
            Input::Radio(choices) => self.radio(choices),
            Input::Checkbox => self.checkbox(),
            _ => html! {
                div.field.invalid[self.error.is_some()] {
                    label for=(self.id) { (self.label_line()) }
                    (self.hint_line())
                    @if let Some(unit) = self.unit {
                        div.with-unit { (self.control()) span.unit { (unit) } }
                    } @else {
                        (self.control())
                    }
                    (self.error_line())
                }
            },
        }
    }
}
