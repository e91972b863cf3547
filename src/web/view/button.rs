//! Buttons: what submits, what leads on, and a whole form that is one button.
//! Not links inside of text: those are `parts::link`.

use maud::{Markup, html};

use super::form::{form, hidden};

/// How loud a button speaks. One primary button per page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    Primary,
    #[default]
    Secondary,
    /// Like a link, for what is rarely needed.
    Quiet,
    /// Cannot be undone.
    Danger,
}

impl ButtonKind {
    fn class(self) -> &'static str {
        match self {
            ButtonKind::Primary => "button primary",
            ButtonKind::Secondary => "button",
            ButtonKind::Quiet => "button quiet",
            ButtonKind::Danger => "button danger",
        }
    }
}

/// Submits the form it stands in.
pub fn button(label: &str, kind: ButtonKind) -> Markup {
    html! { button type="submit" class=(kind.class()) { (label) } }
}

/// Submits the form it stands in and says which button it was.
pub fn button_named(name: &str, value: &str, label: &str, kind: ButtonKind) -> Markup {
    html! { button type="submit" name=(name) value=(value) class=(kind.class()) { (label) } }
}

/// Submits the form as it is, filled in or not: the page comes again.
pub fn button_aside(name: &str, value: &str, label: &str, kind: ButtonKind) -> Markup {
    html! { button type="submit" name=(name) value=(value) class=(kind.class()) formnovalidate { (label) } }
}

/// A link that looks like a button, for what changes nothing.
pub fn link_button(url: &str, label: &str, kind: ButtonKind) -> Markup {
    html! { a href=(url) class=(kind.class()) { (label) } }
}

/// A form that is one button.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostButton<'a> {
    pub action: &'a str,
    pub csrf: &'a str,
    pub label: &'a str,
    pub kind: ButtonKind,
    pub hidden: &'a [(&'a str, &'a str)],
}

/// One action with one press; what it needs to know goes into hidden fields.
pub fn post_button(post: &PostButton) -> Markup {
    let inputs = html! {
        @for (name, value) in post.hidden { (hidden(name, value)) }
        (button(post.label, post.kind))
    };
    html! { div.post-button { (form(post.action, post.csrf, inputs)) } }
}

/// A row of buttons; it becomes a column on narrow screens.
pub fn actions(buttons: Markup) -> Markup {
    html! { div.actions { (buttons) } }
}
