//! The calendar of everybody: what goes out on which day, to how many.
//! Not the dates of one reader (calendar) and not the working out (mail/outlook).

use std::collections::BTreeMap;

use crate::app::App;
use crate::domain::calendar::Day;
use crate::domain::sequence::Sequence;
use crate::error::Result;
use crate::mail::outlook::{self, Outlook};
use crate::store::Reader;
use crate::texts::{Language, sequences as texts};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::admin::sequences::calendar::kinds;
use crate::web::admin::sequences::{Tab, head, link_to, words};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, Bar, Column, Markup, Nav, Tone, html};

/// The spans that can be chosen, in days.
const SPANS: [i64; 2] = [31, 92];
/// Rows looked at unasked: some tens of milliseconds.
const LOOKED_AT: u64 = 5000;
/// Steps of one day that are named.
const NAMED: usize = 5;

/// GET /admin/sequences/NUMBER/calendar/list?days=92&all=1
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let sequence = store.sequence_named(call.parameter())?;
    let asked = call.request.query_value("days").and_then(|days| days.parse().ok());
    let days = SPANS.into_iter().find(|span| asked == Some(*span)).unwrap_or(SPANS[0]);
    let most = (call.request.query_value("all").is_none()).then_some(LOOKED_AT);
    let outlook = outlook::of_list(app, store, &sequence, days, most)?;
    let own = format!("{}/calendar/list", link_to(call, &sequence));
    let content = html! {
        (head(call, &sequence, Tab::Calendar, html! {}))
        (kinds(call, &sequence, true))
        (notices(&sequence, &outlook, &format!("{own}?days={days}&all=1"), language))
        (spans(&own, days, language))
        (chart(&outlook, language))
        (table(store, &outlook, language)?)
        p.hint { (texts::OUTLOOK_NOTE.to(language)) " " (texts::CALENDAR_NOTE.to(language)) }
    };
    Ok(page::reply(&page::frame(call, admin, &sequence.title), Nav::Sequences, content))
}

/// What the figures leave out, and how sure they are.
fn notices(sequence: &Sequence, outlook: &Outlook, all: &str, language: Language) -> Markup {
    let count = |text: crate::texts::Text, count: i64| {
        (count > 0).then(|| text.with(language, &[("count", &page::number(count))]))
    };
    let sample = (!outlook.is_whole).then(|| {
        let [total, looked] = [outlook.going_on, outlook.looked_at].map(page::number);
        texts::OUTLOOK_SAMPLE.with(language, &[("total", &total), ("looked", &looked)])
    });
    let lines = [
        count(texts::OUTLOOK_WAITING, outlook.waiting),
        count(texts::OUTLOOK_HELD, outlook.held),
        count(texts::OUTLOOK_UNDATED, outlook.undated),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    html! {
        @if sequence.paused_at.is_some() { (view::notice(Tone::Warn, texts::OUTLOOK_PAUSED.to(language))) }
        @if let Some(sample) = sample {
            (view::notice(Tone::Info, html! {
                p { (sample) " " (view::link(all, texts::OUTLOOK_ALL.to(language))) }
            }))
        }
        @if !lines.is_empty() { (view::notice(Tone::Info, html! { @for line in &lines { p { (line) } } })) }
    }
}

fn spans(own: &str, chosen: i64, language: Language) -> Markup {
    let urls = SPANS.map(|days| format!("{own}?days={days}"));
    let labels = SPANS.map(|days| texts::OUTLOOK_DAYS.with(language, &[("days", &days.to_string())]));
    let tabs: Vec<view::Tab> = SPANS
        .iter()
        .zip(urls.iter().zip(&labels))
        .map(|(days, (url, label))| view::Tab { label, url, active: *days == chosen })
        .collect();
    view::tabs(texts::OUTLOOK_SPAN.to(language), &tabs)
}

/// `約1,200通` where it is estimated.
fn mails(outlook: &Outlook, count: i64, language: Language) -> String {
    let text = if outlook.is_whole { texts::OUTLOOK_MAILS } else { texts::OUTLOOK_ABOUT };
    text.with(language, &[("count", &page::number(count))])
}

fn by_day(outlook: &Outlook) -> BTreeMap<Day, Vec<(usize, i64)>> {
    let mut days: BTreeMap<Day, Vec<(usize, i64)>> = BTreeMap::new();
    for (day, step, count) in outlook.mails() {
        days.entry(day).or_default().push((step, count));
    }
    days
}

fn total(steps: &[(usize, i64)]) -> i64 {
    steps.iter().map(|(_, count)| count).sum()
}

fn chart(outlook: &Outlook, language: Language) -> Markup {
    let days = by_day(outlook);
    let figures: Vec<(String, i64, String)> = outlook
        .all_days()
        .map(|day| {
            let count = days.get(&day).map_or(0, |steps| total(steps));
            (day.to_string(), count, mails(outlook, count, language))
        })
        .collect();
    let bars: Vec<Bar> = figures
        .iter()
        .map(|(label, count, words)| Bar { label, value: u64::try_from(*count).unwrap_or(0), words })
        .collect();
    let highest = figures.iter().max_by_key(|(_, count, _)| *count);
    let top =
        highest.map_or(String::new(), |(_, _, words)| texts::OUTLOOK_TOP.with(language, &[("mails", words)]));
    view::bar_chart(texts::OUTLOOK_TITLE.to(language), &top, &bars)
}

fn table(store: &Reader, outlook: &Outlook, language: Language) -> Result<Markup> {
    let names: Vec<String> =
        outlook.steps.iter().map(|step| words::name(store, step)).collect::<Result<_>>()?;
    let name = |index: usize| names.get(index).map_or("", String::as_str);
    let mut rows = Vec::new();
    for (day, steps) in by_day(outlook) {
        let left: i64 = steps.iter().skip(NAMED).map(|(_, count)| count).sum();
        rows.push(vec![
            html! { (day.to_string()) },
            html! { (mails(outlook, total(&steps), language)) },
            html! {
                @for (index, count) in steps.iter().take(NAMED) {
                    div { (name(*index)) " · " (mails(outlook, *count, language)) }
                }
                @if left > 0 { div { (texts::OUTLOOK_MORE.with(language, &[("mails", &mails(outlook, left, language))])) } }
            },
        ]);
    }
    let columns = [
        Column::main(texts::OUTLOOK_DAY.to(language)),
        Column::number(texts::OUTLOOK_COUNT.to(language)),
        Column::text(texts::OUTLOOK_STEPS.to(language)),
    ];
    Ok(html! {
        @if rows.is_empty() { p { (texts::CALENDAR_NOTHING.to(language)) } }
        @else { (view::table(texts::OUTLOOK_TITLE.to(language), &columns, &rows)) }
    })
}
