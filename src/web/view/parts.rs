//! The parts a page is put together from: headings, cards, tabs, steps.
//! Not the frame around them: that is `layout`.

use crate::texts::{Language, admin};
use maud::{Markup, Render, html};

use super::{Icon, icon};

/// A label and where it leads.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    pub label: &'a str,
    pub url: &'a str,
}

/// A link inside of text.
pub fn link(url: &str, label: &str) -> Markup {
    html! { a href=(url) { (label) } }
}

/// The page's one `h1` with its buttons; pass `html! {}` where there are none (the empty row is not shown).
pub fn page_heading(title: &str, buttons: Markup) -> Markup {
    html! {
        div.page-heading {
            h1 { (title) }
            div.actions { (buttons) }
        }
    }
}

/// The way back to the page above.
pub fn back_link(back: Link) -> Markup {
    html! { p.back { a href=(back.url) { (icon(Icon::Back)) (back.label) } } }
}

/// A white sheet with its heading; an empty title gives a sheet without one.
pub fn card(title: &str, content: impl Render) -> Markup {
    html! {
        section.card {
            @if !title.is_empty() { h2 { (title) } }
            (content)
        }
    }
}

/// Two cards side by side where there is room: the first is wide.
pub fn columns(wide: Markup, narrow: Markup) -> Markup {
    html! { div.columns { div { (wide) } div { (narrow) } } }
}

/// Running text: paragraphs at a readable width.
pub fn prose(content: impl Render) -> Markup {
    html! { div.prose { (content) } }
}

/// One tab; tabs are plain links to pages.
#[derive(Clone, Copy, Debug)]
pub struct Tab<'a> {
    pub label: &'a str,
    pub url: &'a str,
    pub active: bool,
}

/// Sister pages, side by side.
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for tab in tabs {
                a href=(tab.url) aria-current=[tab.active.then_some("page")] { (tab.label) }
            }
        }
    }
}

/// Where one stands in a task of several pages; `current` counts from 0.
pub fn steps(label: &str, names: &[&str], current: usize) -> Markup {
    html! {
        ol.steps aria-label=(label) {
            @for (index, name) in names.iter().enumerate() {
                li.done[index < current] aria-current=[(index == current).then_some("step")] {
                    span.step-number { @if index < current { (icon(Icon::Check)) } @else { (index + 1) } }
                    span.step-name { (name) }
                }
            }
        }
    }
}

/// What only some want to read, folded.
pub fn details_box(summary: &str, content: impl Render) -> Markup {
    details_box_open(summary, false, content)
}

/// The same, open where what is inside is in use.
pub fn details_box_open(summary: &str, is_open: bool, content: impl Render) -> Markup {
    html! { details.fold open[is_open] { summary { (summary) } div.fold-content { (content) } } }
}

/// The text part of a mail, line by line as it was written.
pub fn mail_text(text: &str) -> Markup {
    html! { pre.mail-text { (text) } }
}

/// A mail as its reader will see it, on its own page so that its HTML can do nothing to ours.
/// The page around it needs `frame-src 'self'` in its policy.
pub fn mail_preview_frame(title: &str, url: &str, language: Language) -> Markup {
    html! {
        figure.mail-sheet {
            figcaption { (admin::PREVIEW_PAPER.to(language)) }
            iframe.mail-preview src=(url) title=(title) sandbox="" loading="lazy" {}
        }
    }
}
