//! What is said about a state: notices, badges, and what stands where nothing is yet.
//! Not the errors of a field: those are in `form`.

use maud::{Markup, Render, html};

use super::{Icon, icon};

/// The weight of a statement. Never told by colour alone: each has its sign or its word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Info,
    Success,
    Warn,
    Error,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "neutral",
            Tone::Info => "info",
            Tone::Success => "success",
            Tone::Warn => "warn",
            Tone::Error => "error",
        }
    }

    fn sign(self) -> Icon {
        match self {
            Tone::Neutral | Tone::Info => Icon::Info,
            Tone::Success => Icon::Check,
            Tone::Warn | Tone::Error => Icon::Alert,
        }
    }
}

/// A sentence (or a few) that stands out from the page.
pub fn notice(tone: Tone, content: impl Render) -> Markup {
    let role = if tone == Tone::Error { "alert" } else { "status" };
    html! {
        div class={ "notice " (tone.class()) } role=(role) {
            (icon(tone.sign()))
            div.notice-text { (content) }
        }
    }
}

/// A word about a state, e.g. 配信中.
pub fn badge(tone: Tone, label: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (label) } }
}

/// Where a list will be: what it is for and how to begin.
pub fn empty_state(title: &str, text: &str, action: Markup) -> Markup {
    html! {
        div.empty {
            (icon(Icon::Envelope))
            p.empty-title { (title) }
            p { (text) }
            (action)
        }
    }
}
