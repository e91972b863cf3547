//! 設定 > 安全装置: the limits in force, thirty days of peaks, what was cut off, what rests, the drills, and a text for
//! the host's support. Not the guard itself: guard, and mail/safe_mode.

use crate::app::App;
use crate::domain::id::{DeliveryId, MessageId};
use crate::error::{Error, Result};
use crate::guard::drill::{self, DrillKind};
use crate::settings::{self, Setting};
use crate::store::safe_mode::{Peak, SetAside};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, guard};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, put_all, settings_page_with};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, Bar, ButtonKind, Column, Field, Input, Markup, PostButton, Tone, html};

/// What this page changes.
const HERE: [&Setting; 5] = [
    &settings::GUARD_MEMORY,
    &settings::GUARD_CPU,
    &settings::GUARD_WALL,
    &settings::GUARD_WEB_CPU,
    &settings::GUARD_WEB_WALL,
];

const DONE: &[(&str, Text)] = &[("again", guard::DONE_AGAIN), ("given-up", guard::DONE_GIVEN_UP)];
/// One of the figures of a day.
type Figure = fn(&Peak) -> i64;

const DAYS: i64 = 30;
const DAY: i64 = 86_400;
const TRIPS_SHOWN: i64 = 20;
/// A drill ends by itself within 20 seconds.
const DRILL_SECONDS: i64 = 60;

/// GET /admin/settings/guard
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    page(call, admin, app, store, None, &Mistake::none(), None)
}

/// POST /admin/settings/guard
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let saved = put_all(app, store, &HERE, |setting| sent.text(setting.key).to_string())
        .map(|()| call.redirect("/admin/settings/guard?done=saved"));
    page::or_again(call, saved, |mistake| page(call, admin, app, store, Some(sent), mistake, None))
}

/// POST /admin/settings/guard/drill: a real runaway in a process of its own, one at a time; says what stopped it.
pub fn run_drill(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let language = call.language;
    let Some(kind) = DrillKind::parse(sent.text("kind")) else {
        return Ok(call.redirect("/admin/settings/guard"));
    };
    let (now, owner) = (app.clock.now(), std::process::id().to_string());
    let said = match store.take_lease("drill", &owner, "-", now + DRILL_SECONDS, now)? {
        false => (Tone::Warn, guard::DRILL_BUSY.to(language).to_string()),
        true => {
            let drilled = drill::run(kind, app.folder.path());
            store.release_lease("drill", &owner)?;
            match drilled {
                Ok(report) => {
                    let values = [
                        ("kind", kind_name(kind).to(language)),
                        ("ring", ring_name(report.stopped_by).to(language)),
                        ("ms", &page::number(i64::try_from(report.after_ms).unwrap_or(0))),
                        ("peak", &mebibytes(i64::try_from(report.peak_rss_kib).unwrap_or(0))),
                    ];
                    (Tone::Success, guard::DRILL_STOPPED.with(language, &values))
                }
                Err(Error::Configuration(refusal)) => (Tone::Error, refusal.say(language)),
                Err(error) => return Err(error),
            }
        }
    };
    page(call, admin, app, store, None, &Mistake::none(), Some(said))
}

/// POST /admin/settings/guard/aside: work that rests is tried again or given up.
pub fn settle(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let (kind, item) = (sent.text("kind"), sent.text("item").parse::<i64>().unwrap_or(0));
    let now = app.clock.now();
    if sent.text("do") == "give-up" {
        store.give_up(kind, item, now)?;
        return Ok(call.redirect("/admin/settings/guard?done=given-up"));
    }
    store.take_up_again(kind, item, now)?;
    Ok(call.redirect("/admin/settings/guard?done=again"))
}

fn page(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sent: Option<&Form>,
    mistake: &Mistake,
    said: Option<(Tone, String)>,
) -> Result<Reply> {
    let language = call.language;
    let today = app.clock.now().div_euclid(DAY);
    let ticks = store.daily_peaks("tick", today - DAYS + 1)?;
    let pages = store.daily_peaks("web", today - DAYS + 1)?;
    let content = html! {
        @if let Some((tone, words)) = &said { (view::notice(*tone, words)) }
        (mistake.summary())
        p { (guard::INTRO.to(language)) }
        (safe_mode(store, language)?)
        (set_aside(call, admin, store)?)
        (view::card(guard::PEAKS_TICKS.to(language), peaks(today, &ticks, language)))
        (view::card(guard::PEAKS_PAGES.to(language), peaks(today, &pages, language)))
        (view::card(guard::LIMITS_TITLE.to(language), limits(call, admin, app, sent, mistake)))
        (view::card(guard::TRIPS_TITLE.to(language), trips(app, store, language)?))
        (view::card(guard::DRILLS_TITLE.to(language), drills(call, admin)))
        (view::card(guard::SUPPORT_TITLE.to(language), html! {
            p { (guard::SUPPORT_TEXT.to(language)) }
            (view::code_block(guard::SUPPORT_LABEL.to(language), &support(app, store, &ticks, &pages, language)?))
        }))
    };
    Ok(settings_page_with(call, admin, Tab::Guard, DONE, content))
}

/// Whether ticks do less than usual at present.
fn safe_mode(store: &Reader, language: Language) -> Result<Markup> {
    Ok(match store.safe_mode()?.batch {
        Some(batch) => {
            let words = guard::SAFE_MODE_ON.with(language, &[("count", &page::number(batch))]);
            view::notice(Tone::Warn, words)
        }
        None => html! {},
    })
}

/// Work that rests, with the two answers.
fn set_aside(call: &Call, admin: &Admin, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let resting = store.all_set_aside()?;
    if resting.is_empty() {
        return Ok(html! {});
    }
    let mut rows = Vec::new();
    for work in &resting {
        let item = work.item.to_string();
        let button = |what: &str, label: Text| {
            view::post_button(&PostButton {
                action: &call.link("/admin/settings/guard/aside"),
                csrf: &admin.csrf,
                label: label.to(language),
                hidden: &[("kind", &work.kind), ("item", &item), ("do", what)],
                ..PostButton::default()
            })
        };
        rows.push(vec![
            html! { (name_of(call, store, work)?) },
            html! { (tripped_name(&work.tripped).to(language)) },
            view::actions(html! {
                (button("again", guard::AGAIN))
                @if work.kind != "import" { (button("give-up", guard::GIVE_UP)) }
            }),
        ]);
    }
    let columns = [
        Column::main(guard::WORK.to(language)),
        Column::text(guard::TRIPPED.to(language)),
        Column::actions(guard::ANSWER.to(language)),
    ];
    Ok(view::card(
        guard::ASIDE_TITLE.to(language),
        html! {
            p { (guard::ASIDE_TEXT.to(language)) }
            (view::table(guard::ASIDE_TITLE.to(language), &columns, &rows))
        },
    ))
}

/// What rests, in words that lead to it.
fn name_of(call: &Call, store: &Reader, work: &SetAside) -> Result<Markup> {
    let language = call.language;
    match work.kind.as_str() {
        "delivery" => {
            let Some(delivery) = store.delivery(DeliveryId(work.item))? else {
                return Ok(html! { (work.item) });
            };
            let reader = store.subscription(delivery.subscription)?;
            let address = reader.map(|reader| reader.address).unwrap_or_default();
            let (subject, _) = store.message_subject(delivery.message)?;
            let words = guard::WORK_DELIVERY.with(language, &[("subject", &subject), ("address", &address)]);
            Ok(view::link(&call.link(&format!("/admin/subscribers/{}", delivery.subscription)), &words))
        }
        "audience" => {
            let (subject, _) = store.message_subject(MessageId(work.item))?;
            let words = guard::WORK_AUDIENCE.with(language, &[("subject", &subject)]);
            Ok(view::link(&call.link(&format!("/admin/broadcasts/{}", work.item)), &words))
        }
        _ => Ok(html! { (guard::WORK_IMPORT.with(language, &[("number", &work.item.to_string())])) }),
    }
}

/// Three charts: memory, CPU, wall; a bar a day.
fn peaks(today: i64, found: &[Peak], language: Language) -> Markup {
    if found.is_empty() {
        return html! { p { (guard::NO_PEAKS.to(language)) } };
    }
    let seconds = |ms: i64| guard::SECONDS.with(language, &[("count", &tenths(ms))]);
    let kinds: [(Text, Figure); 3] = [
        (guard::MEMORY, |peak| peak.peak_rss_kib),
        (guard::CPU, |peak| peak.cpu_ms),
        (guard::WALL, |peak| peak.elapsed_ms),
    ];
    html! {
        @for (place, (title, figure)) in kinds.iter().enumerate() {
            @let words = |value: i64| if place == 0 { mebibytes(value) } else { seconds(value) };
            @let top = words(found.iter().map(figure).max().unwrap_or(0));
            (chart(title.to(language), &top, today, found, *figure, &words))
        }
    }
}

fn chart(
    title: &str,
    top: &str,
    today: i64,
    found: &[Peak],
    figure: Figure,
    words: &dyn Fn(i64) -> String,
) -> Markup {
    let days: Vec<(String, i64, String)> = (today - DAYS + 1..=today)
        .map(|day| {
            let value = found.iter().find(|peak| peak.day == day).map_or(0, figure);
            (day_label(day), value, words(value))
        })
        .collect();
    let bars: Vec<Bar> = days
        .iter()
        .map(|(label, value, words)| Bar { label, words, value: u64::try_from(*value).unwrap_or(0) })
        .collect();
    view::bar_chart(title, top, &bars)
}

/// `11-24`
fn day_label(day: i64) -> String {
    let date = chrono::DateTime::from_timestamp(day * DAY, 0).unwrap_or_default();
    date.format("%m-%d").to_string()
}

pub(super) fn mebibytes(kib: i64) -> String {
    format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
}

/// Milliseconds as seconds with their unit; ticks are short, so with two decimals.
pub(super) fn seconds(ms: i64, language: Language) -> String {
    let count = format!("{}.{:02}", ms / 1000, ms % 1000 / 10);
    guard::SECONDS.with(language, &[("count", &count)])
}

/// What was being done; a page is named by its path.
fn stage_words(stage: &str, language: Language) -> String {
    let words = match stage {
        "tick/deliver" | "after/urgent" | "after/visit" => guard::STAGE_DELIVER,
        "tick/due" | "tick/audience" => guard::STAGE_DUE,
        "tick/import" => guard::STAGE_IMPORT,
        "tick/chores" => guard::STAGE_CHORES,
        "tick/lease" | "tick/recover" | "tick/record" => guard::STAGE_BOOKS,
        path if path.starts_with('/') => return guard::STAGE_PAGE.with(language, &[("path", path)]),
        other => return other.to_string(),
    };
    words.to(language).to_string()
}

/// Milliseconds as seconds with one decimal.
fn tenths(ms: i64) -> String {
    format!("{}.{}", ms / 1000, ms % 1000 / 100)
}

fn limits(call: &Call, admin: &Admin, app: &App, sent: Option<&Form>, mistake: &Mistake) -> Markup {
    let language = call.language;
    let fields = [
        (&settings::GUARD_MEMORY, guard::LIMIT_MEMORY, "MiB", 48, 1024),
        (&settings::GUARD_CPU, guard::LIMIT_CPU, guard::SECOND.to(language), 2, 120),
        (&settings::GUARD_WALL, guard::LIMIT_WALL, guard::SECOND.to(language), 10, 600),
        (&settings::GUARD_WEB_CPU, guard::LIMIT_WEB_CPU, guard::SECOND.to(language), 2, 60),
        (&settings::GUARD_WEB_WALL, guard::LIMIT_WEB_WALL, guard::SECOND.to(language), 25, 120),
    ];
    let value = |setting: &'static Setting| match sent {
        Some(form) => form.text(setting.key),
        None => app.settings.value(setting),
    };
    let content = html! {
        p { (guard::LIMITS_TEXT.to(language)) }
        @for (setting, label, unit, min, max) in fields {
            (Field::new(setting.key, label.to(language), Input::Number { min, max }).value(value(setting)).unit(unit)
                .error(mistake.on(setting.key)))
        }
        (view::button(guard::SAVE.to(language), ButtonKind::Primary))
    };
    view::form(&call.link("/admin/settings/guard"), &admin.csrf, content)
}

fn trips(app: &App, store: &Reader, language: Language) -> Result<Markup> {
    let trips = store.trips(TRIPS_SHOWN)?;
    if trips.is_empty() {
        return Ok(html! { p { (guard::NO_TRIPS.to(language)) } });
    }
    let rows: Vec<Vec<Markup>> = trips
        .iter()
        .map(|trip| {
            vec![
                html! { (page::time(app, trip.at)) },
                html! { (tripped_name(&trip.tripped).to(language)) },
                html! { (stage_words(&trip.stage, language)) },
                html! { (mebibytes(trip.peak_rss_kib)) },
                html! { (seconds(trip.cpu_ms, language)) },
                html! { (seconds(trip.elapsed_ms, language)) },
            ]
        })
        .collect();
    let columns = [
        Column::main(guard::WHEN.to(language)),
        Column::text(guard::TRIPPED.to(language)),
        Column::text(guard::STAGE.to(language)),
        Column::number(guard::MEMORY.to(language)),
        Column::number(guard::CPU.to(language)),
        Column::number(guard::WALL.to(language)),
    ];
    Ok(view::table(guard::TRIPS_TITLE.to(language), &columns, &rows))
}

fn drills(call: &Call, admin: &Admin) -> Markup {
    let language = call.language;
    html! {
        p { (guard::DRILLS_TEXT.to(language)) }
        (view::actions(html! {
            @for kind in DrillKind::ALL {
                (view::post_button(&PostButton {
                    action: &call.link("/admin/settings/guard/drill"),
                    csrf: &admin.csrf,
                    label: kind_name(kind).to(language),
                    hidden: &[("kind", kind.as_str())],
                    ..PostButton::default()
                }))
            }
        }))
    }
}

fn kind_name(kind: DrillKind) -> Text {
    match kind {
        DrillKind::Memory => guard::DRILL_MEMORY,
        DrillKind::Cpu => guard::DRILL_CPU,
        DrillKind::Loop => guard::DRILL_LOOP,
        DrillKind::Wall => guard::DRILL_WALL,
        DrillKind::Stack => guard::DRILL_STACK,
        DrillKind::Disk => guard::DRILL_DISK,
        DrillKind::Processes => guard::DRILL_PROCESSES,
    }
}

fn ring_name(stopped_by: &str) -> Text {
    match stopped_by {
        "budget" => guard::RING_BUDGET,
        "brake" => guard::RING_BRAKE,
        _ => guard::RING_KERNEL,
    }
}

fn tripped_name(tripped: &str) -> Text {
    match tripped {
        "wall" => guard::TRIPPED_WALL,
        "cpu" => guard::TRIPPED_CPU,
        "memory" => guard::TRIPPED_MEMORY,
        "stack" => guard::TRIPPED_STACK,
        _ => guard::TRIPPED_FAULT,
    }
}

/// What the host's support would ask: what runs, how it is held, what it took.
fn support(app: &App, store: &Reader, ticks: &[Peak], pages: &[Peak], language: Language) -> Result<String> {
    let highest = |found: &[Peak], figure: Figure| found.iter().map(figure).max().unwrap_or(0);
    let line = |found: &[Peak]| {
        let values = [
            ("memory", mebibytes(highest(found, |peak| peak.peak_rss_kib))),
            ("cpu", tenths(highest(found, |peak| peak.cpu_ms))),
            ("wall", tenths(highest(found, |peak| peak.elapsed_ms))),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        guard::SUPPORT_PEAKS.with(language, &values)
    };
    let runs: i64 = ticks.iter().map(|peak| peak.runs).sum();
    let month_ago = app.clock.now() - DAYS * DAY;
    let trips = store.trips(500)?.iter().filter(|trip| trip.at > month_ago).count();
    let setting = |setting: &'static Setting| app.settings.value(setting);
    let values = [
        ("version", crate::version::version()),
        ("memory", setting(&settings::GUARD_MEMORY)),
        ("cpu", setting(&settings::GUARD_CPU)),
        ("wall", setting(&settings::GUARD_WALL)),
        ("web_cpu", setting(&settings::GUARD_WEB_CPU)),
        ("web_wall", setting(&settings::GUARD_WEB_WALL)),
        ("runs", &page::number(runs)),
        ("trips", &trips.to_string()),
        ("ticks", &line(ticks)),
        ("pages", &line(pages)),
    ];
    Ok(guard::SUPPORT_MAIL.with(language, &values))
}
