//! The promised finish in words, and what goes out by the hour as a chart: before sending and while it goes.
//! Not the working out: mail/forecast.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar;
use crate::domain::forecast::Bound;
use crate::domain::id::{ListId, MessageId};
use crate::domain::pace::Span;
use crate::error::Result;
use crate::mail::forecast::{self, Promise};
use crate::store::Reader;
use crate::texts::{Language, pace};
use crate::web::admin::page;
use crate::web::view::{self, Bar, Markup, html};

/// A longer forecast is drawn by the day.
const MOST_HOURS: usize = 48;
const QUARTER: i64 = 900;

/// Before sending: when it will be done, how many at night, what limits it.
pub fn before(
    app: &App,
    store: &Reader,
    ids: (MessageId, ListId),
    mails: i64,
    start: Instant,
    quiet: Option<(i64, i64)>,
    language: Language,
) -> Result<Markup> {
    if mails == 0 {
        return Ok(html! {});
    }
    let promise = forecast::promise(app, store, ids, mails, start, quiet)?;
    Ok(html! {
        p { strong { (finish(app, &promise, language)) } }
        p.hint { (why(&promise, language)) }
        (chart(app, &promise.forecast.hours, language))
    })
}

/// While it goes: done, left, rate, finish, and what went out in the last hours.
pub fn under_way(
    app: &App,
    store: &Reader,
    ids: (MessageId, ListId),
    left: i64,
    quiet: Option<(i64, i64)>,
    language: Language,
) -> Result<Markup> {
    let now = app.clock.now();
    let promise = forecast::promise(app, store, ids, left, now, quiet)?;
    let start = now - now.rem_euclid(QUARTER) - 31 * QUARTER;
    let went = forecast::went_out(app, store, start, QUARTER, 32)?;
    let rate: i64 = went.iter().rev().take(2).sum();
    let labels: Vec<(String, String)> = (0_i64..)
        .zip(&went)
        .map(|(place, count)| (clock(app, start + place * QUARTER), count_words(*count, language)))
        .collect();
    let bars: Vec<Bar> = labels
        .iter()
        .zip(&went)
        .map(|((label, words), count)| Bar { label, words, value: u64::try_from(*count).unwrap_or(0) })
        .collect();
    let highest = count_words(went.iter().copied().max().unwrap_or(0), language);
    Ok(html! {
        (view::stats(&[
            view::stat(pace::LEFT.to(language), &page::number(left), ""),
            view::stat(pace::RATE.to(language), &page::number(rate), pace::RATE_HINT.to(language)),
        ]))
        @if left > 0 {
            p { strong { (finish(app, &promise, language)) } }
            p.hint { (why(&promise, language)) }
        }
        (view::bar_chart(pace::WENT_OUT.to(language), &highest, &bars))
    })
}

/// `明日 06:40ごろに終わります(うち夜間1,100通)。`
fn finish(app: &App, promise: &Promise, language: Language) -> String {
    let Some(done_at) = promise.forecast.done_at else { return pace::DONE_FAR.to(language).to_string() };
    let when = moment(app, done_at, language);
    match promise.forecast.at_night {
        0 => pace::DONE_AT.with(language, &[("when", &when)]),
        night => pace::DONE_AT_NIGHT.with(language, &[("when", &when), ("night", &page::number(night))]),
    }
}

fn why(promise: &Promise, language: Language) -> String {
    let limit = |span: Span, most: i64| limit_words(span, most, language);
    let bound = match &promise.forecast.bound {
        Bound::Ticks => {
            pace::BOUND_TICKS.with(language, &[("minutes", &page::number((promise.gap + 59) / 60))])
        }
        Bound::Limit(span, most) => pace::BOUND_LIMIT.with(language, &[("limit", &limit(*span, *most))]),
        Bound::Provider(name, span, most) => {
            pace::BOUND_PROVIDER.with(language, &[("provider", name), ("limit", &limit(*span, *most))])
        }
    };
    match promise.gap_is_guess {
        true => format!("{bound} {}", pace::GAP_GUESSED.to(language)),
        false => bound,
    }
}

/// `1時間に100通`
pub fn limit_words(span: Span, most: i64, language: Language) -> String {
    let text = match span {
        Span::Minute => pace::PER_MINUTE,
        Span::Quarter => pace::PER_QUARTER,
        Span::Hour => pace::PER_HOUR,
        Span::Day => pace::PER_DAY,
    };
    text.with(language, &[("count", &page::number(most))])
}

/// Today and tomorrow by name.
fn moment(app: &App, at: Instant, language: Language) -> String {
    let zone = app.settings.zone();
    let days = (calendar::local(at, zone).date_naive() - calendar::local(app.clock.now(), zone).date_naive())
        .num_days();
    let time = clock(app, at);
    match days {
        0 => pace::TODAY_AT.with(language, &[("time", &time)]),
        1 => pace::TOMORROW_AT.with(language, &[("time", &time)]),
        _ => page::time(app, at),
    }
}

fn clock(app: &App, at: Instant) -> String {
    calendar::local(at, app.settings.zone()).format("%H:%M").to_string()
}

fn count_words(count: i64, language: Language) -> String {
    pace::MAILS.with(language, &[("count", &page::number(count))])
}

/// What will go out, by the hour, or by the day where it takes long.
fn chart(app: &App, hours: &[(Instant, i64)], language: Language) -> Markup {
    let (Some((first, _)), Some((last, _))) = (hours.first(), hours.last()) else { return html! {} };
    let is_long = usize::try_from((last - first) / 3600).unwrap_or(usize::MAX) > MOST_HOURS;
    let piece = if is_long { 86_400 } else { 3600 };
    let count = usize::try_from((last - first) / piece + 1).unwrap_or(1).min(400);
    if count < 3 {
        return html! {};
    }
    let mut sums = vec![0; count];
    for (at, mails) in hours {
        let place = usize::try_from((at - first) / piece).unwrap_or(0);
        if let Some(sum) = sums.get_mut(place) {
            *sum += *mails;
        }
    }
    let labels: Vec<(String, String)> = (0_i64..)
        .zip(&sums)
        .map(|(place, sum)| {
            let at = first + place * piece;
            let label = if is_long { page::time(app, at).chars().take(10).collect() } else { clock(app, at) };
            (label, count_words(*sum, language))
        })
        .collect();
    let bars: Vec<Bar> = labels
        .iter()
        .zip(&sums)
        .map(|((label, words), sum)| Bar { label, words, value: u64::try_from(*sum).unwrap_or(0) })
        .collect();
    let highest = count_words(sums.iter().copied().max().unwrap_or(0), language);
    view::bar_chart(pace::WILL_GO.to(language), &highest, &bars)
}
