//! Figures as shapes: bars and progress, in plain HTML and SVG.
//! Not the counting: that is the store's.

use maud::{Markup, html};

/// One bar: what it stands for, how long it is, and its value in words.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    pub label: &'a str,
    pub value: u64,
    /// As read aloud and shown on hover, e.g. `1,204通`.
    pub words: &'a str,
}

/// Units of the drawing; the page stretches it to its width.
const STEP: usize = 10;
const HEIGHT: u64 = 100;

/// Bars over time, at any width. `top` says the highest value in words. Below: the first, middle and last label.
pub fn bar_chart(title: &str, top: &str, bars: &[Bar]) -> Markup {
    let highest = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let view_box = format!("0 0 {} {HEIGHT}", bars.len().max(1) * STEP);
    html! {
        figure.chart {
            figcaption { span { (title) } span.chart-top { (top) } }
            svg viewBox=(view_box) preserveAspectRatio="none" width="100%" height="120" role="img"
                aria-label=(spoken(title, bars)) {
                @for (index, bar) in bars.iter().enumerate() {
                    @let height = height(bar.value, highest);
                    rect x=(index * STEP + 2) y=(HEIGHT - height) width="6" height=(height) {
                        title { (bar.label) ": " (bar.words) }
                    }
                }
            }
            div.chart-axis aria-hidden="true" { @for label in axis(bars) { span { (label) } } }
        }
    }
}

/// A bar of anything is never invisible; a bar of nothing is a line.
fn height(value: u64, highest: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(HEIGHT) / u128::from(highest.max(1));
    u64::try_from(scaled).unwrap_or(HEIGHT).clamp(if value == 0 { 1 } else { 3 }, HEIGHT)
}

fn axis<'a>(bars: &[Bar<'a>]) -> Vec<&'a str> {
    let middle = if bars.len() > 2 { bars.get(bars.len() / 2) } else { None };
    let last = if bars.len() > 1 { bars.last() } else { None };
    [bars.first(), middle, last].into_iter().flatten().map(|bar| bar.label).collect()
}

fn spoken(title: &str, bars: &[Bar]) -> String {
    let mut words = format!("{title}:");
    for bar in bars {
        words.push_str(&format!(" {} {};", bar.label, bar.words));
    }
    words
}

/// How far something is, with its words, e.g. `620 / 1,000通`.
pub fn progress(label: &str, words: &str, done: u64, total: u64) -> Markup {
    html! {
        div.progress {
            div.progress-words { span { (label) } span.progress-count { (words) } }
            progress value=(done.min(total)) max=(total.max(1)) aria-label=(label) { (words) }
        }
    }
}
