//! What is known, shown: tables, lists of facts, figures, things to copy.
//! Not charts: those are in `chart`.

use maud::{Markup, html};

use super::Link;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    pub label: &'a str,
    class: Option<&'static str>,
}

impl<'a> Column<'a> {
    /// Words, from the left.
    pub fn text(label: &'a str) -> Column<'a> {
        Column { label, class: None }
    }
    /// What the row is about: it heads the card on phones.
    pub fn main(label: &'a str) -> Column<'a> {
        Column { label, class: Some("main") }
    }
    /// Figures, to the right.
    pub fn number(label: &'a str) -> Column<'a> {
        Column { label, class: Some("number") }
    }
    /// Buttons and links; the label is only read aloud.
    pub fn actions(label: &'a str) -> Column<'a> {
        Column { label, class: Some("row-actions") }
    }
}

/// A table that becomes a list of cards on phones. The caption is only read aloud.
/// A row has one cell per column; an empty cell is left out of its card.
// The roles are there because `display: block` on phones takes a table's meaning away from screen readers.
pub fn table(caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table-frame {
            table role="table" {
                caption.unseen { (caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in columns {
                            th role="columnheader" scope="col" class=[column.class] {
                                @if column.class == Some("row-actions") { span.unseen { (column.label) } }
                                @else { (column.label) }
                            }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for row in rows {
                        tr role="row" {
                            @for (cell, column) in row.iter().zip(columns) {
                                td role="cell" class=[column.class] data-label=(column.label) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Facts with their names, e.g. the details of a subscriber.
pub fn definition_list(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
    }
}

/// A figure with its name; an empty hint is left out.
pub fn stat(label: &str, value: &str, hint: &str) -> Markup {
    html! { div.stat { (stat_lines(label, value, hint)) } }
}

/// A figure that leads to what it counts.
pub fn stat_linked(url: &str, label: &str, value: &str, hint: &str) -> Markup {
    html! { a.stat href=(url) { (stat_lines(label, value, hint)) } }
}

fn stat_lines(label: &str, value: &str, hint: &str) -> Markup {
    html! {
        span.stat-label { (label) }
        span.stat-value { (value) }
        @if !hint.is_empty() { span.stat-hint { (hint) } }
    }
}

/// Figures side by side.
pub fn stats(tiles: &[Markup]) -> Markup {
    html! { div.stats { @for tile in tiles { (tile) } } }
}

/// Text to copy as it is: a cron line, HTML to paste. One press selects the field in most browsers.
pub fn code_block(label: &str, text: &str) -> Markup {
    // About what fits on a phone's line; browsers that know `field-sizing` fit the box to the text by themselves.
    let rows: usize = text.lines().map(|line| line.chars().count() / 44 + 1).sum();
    html! {
        label.copy {
            span.copy-label { (label) }
            textarea.code readonly spellcheck="false" rows=(rows.clamp(1, 14)) { "\n" (text) }
        }
    }
}

/// Leads through a long list, back to its start and on to what follows.
pub fn pager(label: &str, first: Option<Link>, next: Option<Link>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.pager aria-label=(label) {
                @if let Some(first) = first { a.button href=(first.url) { (first.label) } }
                @if let Some(next) = next { a.button.next href=(next.url) rel="next" { (next.label) } }
            }
        }
    }
}

/// One station of a timeline.
#[derive(Debug)]
pub struct TimelineItem<'a> {
    /// When, e.g. `3日目 08:30`.
    pub marker: &'a str,
    pub title: Markup,
    pub detail: Markup,
    pub actions: Markup,
}

/// What happens one after the other: the steps of a sequence, the history of a subscriber.
pub fn timeline(items: &[TimelineItem]) -> Markup {
    html! {
        ol.timeline {
            @for item in items {
                li {
                    p.timeline-marker { (item.marker) }
                    div.timeline-body {
                        div.timeline-text {
                            p.timeline-title { (item.title) }
                            div.timeline-detail { (item.detail) }
                        }
                        div.timeline-actions { (item.actions) }
                    }
                }
            }
        }
    }
}
