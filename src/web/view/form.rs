//! Forms around fields: the proof of origin, hidden values, groups, and the summary of what is wrong.
//! Not the fields themselves: those are in `field`.

use maud::{Markup, html};

use super::assets::AUTOSAVE_SCRIPT;

/// The name of the hidden field that proves a form came from our own page.
pub const CSRF_FIELD: &str = "csrf";

/// A form that posts to `action` with its proof of origin; pass an empty `csrf` where there is no session.
pub fn form(action: &str, csrf: &str, content: Markup) -> Markup {
    html! { form method="post" action=(action) { (proof(csrf)) (content) } }
}

/// A form that carries a file.
pub fn upload_form(action: &str, csrf: &str, content: Markup) -> Markup {
    html! { form method="post" action=(action) enctype="multipart/form-data" { (proof(csrf)) (content) } }
}

fn proof(csrf: &str) -> Markup {
    html! { @if !csrf.is_empty() { (hidden(CSRF_FIELD, csrf)) } }
}

/// Looks something up: one line and a button, by GET. `kept` goes along unseen.
pub fn search_form(
    action: &str,
    kept: &[(&str, &str)],
    label: &str,
    (name, value): (&str, &str),
    press: &str,
) -> Markup {
    html! {
        form.search method="get" action=(action) role="search" {
            @for (name, value) in kept { (hidden(name, value)) }
            label.unseen for={ "search-" (name) } { (label) }
            input id={ "search-" (name) } type="search" name=(name) value=(value) placeholder=(label);
            button.button type="submit" { (press) }
        }
    }
}

/// A value the form brings back unseen.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// Inside of a form: it is saved by itself every `seconds`, and a line says so. `failed` is said when it could not be.
pub fn autosave(script_name: &str, version: i64, seconds: u32, failed: &str) -> Markup {
    html! {
        (hidden("version", &version.to_string()))
        p.hint.autosave role="status" data-autosave=(seconds) data-failed=(failed) {}
        script src={ (script_name) (AUTOSAVE_SCRIPT.path()) } defer {}
    }
}

/// Fields that belong together, under one heading.
pub fn fieldset(legend: &str, content: Markup) -> Markup {
    html! { fieldset.group { legend { (legend) } (content) } }
}

/// Fields side by side where there is room, and perhaps a button at their end.
pub fn fields_row(content: Markup) -> Markup {
    html! { div.fields-row { (content) } }
}

/// All that is wrong with a form, at its top, each line leading to its field: `(field name, sentence)`.
/// An empty name gives a line without a link; no lines give nothing.
pub fn error_summary(heading: &str, errors: &[(&str, &str)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.notice.error role="alert" {
                (super::icon(super::Icon::Alert))
                div.notice-text {
                    p.notice-heading { (heading) }
                    ul {
                        @for (name, sentence) in errors {
                            li {
                                @if name.is_empty() { (sentence) }
                                @else { a href={ "#field-" (name) } { (sentence) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
