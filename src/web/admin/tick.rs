//! 設定 > 送信の時計: which clocks may start a tick, how to set them, when each was last heard.
//! Not the tick: mail/tick.

use std::path::Path;
use std::time::Duration;

use crate::app::App;
use crate::domain::token::random_code;
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::mail::{outlet, tick};
use crate::settings;
use crate::store::ticks::Tick;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, link, site};
use crate::web::access::Admin;
use crate::web::admin::guard;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, put_all, settings_page_with};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Markup, PostButton, Tone, html};

const DONE: &[(&str, Text)] = &[("key", site::KEY_RENEWED), ("ran", site::RAN)];
/// Words of `?done=` after a tick that did not do all.
const NOT_DONE: &[(&str, Text)] = &[
    ("busy", site::RAN_BUSY),
    ("trouble", site::RAN_TROUBLE),
    ("budget", site::RAN_NOT_ALL),
    ("pace", site::RAN_PACE),
    ("safe-mode", site::RAN_SAFE_MODE),
];
/// How long the owner waits for her button: less than the brake's time for a page.
const PATIENCE: Duration = Duration::from_secs(15);

/// What starts a tick, in words.
pub(super) fn source_name(source: &str, language: Language) -> &'static str {
    let text = match source {
        "url" => site::SOURCE_URL,
        "poller" => link::SOURCE_POLLER,
        "sign-up" => site::SOURCE_SIGN_UP,
        "admin" => site::SOURCE_ADMIN,
        "visit" => site::SOURCE_VISIT,
        _ => site::SOURCE_CRON,
    };
    text.to(language)
}

/// GET /admin/settings/tick
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    form(call, admin, app, store, None, &Mistake::none())
}

/// POST /admin/settings/tick
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let sources: Vec<&str> =
        settings::TICK_SOURCES.iter().copied().filter(|source| sent.has(source)).collect();
    let which = [&settings::TICK_SOURCES_ALLOWED, &settings::TICK_GAP];
    let saved = put_all(app, store, &which, |setting| match setting.key {
        "tick_gap" => sent.text("tick_gap").to_string(),
        _ => sources.join(","),
    })
    .map(|()| call.redirect("/admin/settings/tick?done=saved"));
    page::or_again(call, saved, |mistake| form(call, admin, app, store, Some(sent), mistake))
}

/// POST /admin/settings/tick/key
pub fn renew_key(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    app.put_setting(store, &settings::TICK_KEY, &random_code(32)?)?;
    Ok(call.redirect("/admin/settings/tick?done=key"))
}

/// POST /admin/settings/tick/run
pub fn run_now(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    if !app.settings.has(&settings::TICK_SOURCES_ALLOWED, "admin") {
        return Err(Error::denied(errors::SOURCE_NOT_ALLOWED));
    }
    app.budget = Budget::new(PATIENCE, 10_000, 1_000_000);
    let mut transport = outlet::open(app)?;
    let report = tick::run(app, store, tick::Source::Admin, transport.as_mut())?;
    let word = match (report.stopped_by, report.trouble) {
        (Some("busy"), _) => "busy",
        (_, Some(_)) => "trouble",
        (Some("pace"), None) => "pace",
        (Some("safe-mode"), None) => "safe-mode",
        (Some(_), None) => "budget",
        (None, None) => "ran",
    };
    Ok(call.redirect(&format!("/admin/settings/tick?done={word}")))
}

fn form(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sent: Option<&Form>,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let is_allowed = |source: &str| match sent {
        Some(form) => form.has(source),
        None => app.settings.has(&settings::TICK_SOURCES_ALLOWED, source),
    };
    let ticked = |source: &str| if is_allowed(source) { "1" } else { "" };
    let gap = sent.map_or(app.settings.value(&settings::TICK_GAP), |form| form.text("tick_gap"));
    let cron = format!("*/5 * * * * {}", command(app));
    let url =
        format!("{}/tick/{}", app.settings.value(&settings::BASE_URL), app.secret(&settings::TICK_KEY)?);
    let button = |action: &str, label: Text| {
        view::post_button(&PostButton {
            action: &call.link(action),
            csrf: &admin.csrf,
            label: label.to(language),
            ..PostButton::default()
        })
    };
    let word = call.request.query_value("done").unwrap_or_default();
    let not_done = NOT_DONE.iter().find(|(name, _)| *name == word);
    let content = html! {
        @if let Some((_, text)) = not_done { (view::notice(Tone::Warn, text.to(language))) }
        p { (site::CLOCK_TEXT.to(language)) }
        (mistake.summary())
        (view::form(&call.link("/admin/settings/tick"), &admin.csrf, html! {
            (view::card(site::CRON_TITLE.to(language), html! {
                p { (site::CRON_TEXT.to(language)) }
                (view::code_block(site::CRON_LINE.to(language), &cron))
                (Field::new("cron", site::CRON_ALLOWED.to(language), Input::Checkbox).value(ticked("cron")))
            }))
            (view::card(site::URL_TITLE.to(language), html! {
                p { (site::URL_TEXT.to(language)) }
                (view::code_block(site::URL_LINE.to(language), &url))
                (Field::new("url", site::URL_ALLOWED.to(language), Input::Checkbox).value(ticked("url")))
                (Field::new("tick_gap", site::GAP.to(language), Input::Number { min: 0, max: 3600 }).value(gap)
                    .unit(site::SECONDS.to(language)).error(mistake.on("tick_gap")))
            }))
            (view::card(site::OTHERS_TITLE.to(language), html! {
                (Field::new("poller", link::POLLER_ALLOWED.to(language), Input::Checkbox).value(ticked("poller")))
                (Field::new("visit", site::VISIT_ALLOWED.to(language), Input::Checkbox).value(ticked("visit"))
                    .hint(site::VISIT_TEXT.to(language)))
                (Field::new("admin", site::ADMIN_ALLOWED.to(language), Input::Checkbox).value(ticked("admin")))
            }))
            (view::button(site::SAVE.to(language), ButtonKind::Primary))
        }))
        (view::details_box(site::RENEW_KEY.to(language), html! {
            p { (site::RENEW_TEXT.to(language)) }
            (button("/admin/settings/tick/key", site::RENEW_KEY))
        }))
        (view::card(site::BEATS.to(language), beats(app, store, language)?))
        (view::card(site::HISTORY.to(language), html! {
            (button("/admin/settings/tick/run", site::RUN_NOW))
            (history(app, &store.ticks(20)?, language))
        }))
    };
    Ok(settings_page_with(call, admin, Tab::Clock, DONE, content))
}

/// What cron calls. Cron does not know the web server's variables, so a folder that is named there is named here.
fn command(app: &App) -> String {
    let program = std::env::current_exe().unwrap_or_default();
    match std::env::var_os("NEO_DATA") {
        None => quoted(&program),
        Some(_) => format!("{} --data {} tick", quoted(&program), quoted(app.folder.path())),
    }
}

/// A path as the shell reads it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    match path.chars().all(|c| c.is_alphanumeric() || "/._-+@".contains(c)) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

fn beats(app: &App, store: &Reader, language: Language) -> Result<Markup> {
    let beats = store.beats()?;
    if beats.is_empty() {
        return Ok(html! { p { (site::NEVER.to(language)) } });
    }
    let rows: Vec<Vec<Markup>> = beats
        .iter()
        .map(|beat| {
            vec![
                html! { (source_name(&beat.source, language)) },
                html! { (page::time(app, beat.at)) },
                html! { (page::distance(app.clock.now(), beat.at, language)) },
            ]
        })
        .collect();
    let columns = [
        Column::main(site::CLOCK_NAME.to(language)),
        Column::text(site::WHEN.to(language)),
        Column::text(site::AGO.to(language)),
    ];
    Ok(view::table(site::BEATS.to(language), &columns, &rows))
}

/// Why a tick ended early, in words; empty if it did all.
fn stopped_by(tick: &Tick, language: Language) -> &str {
    match tick.stopped_by.as_str() {
        "budget" => site::STOPPED_BUDGET.to(language),
        "busy" => site::STOPPED_BUSY.to(language),
        "too-soon" => site::STOPPED_TOO_SOON.to(language),
        "pace" => site::STOPPED_PACE.to(language),
        "safe-mode" => site::STOPPED_SAFE_MODE.to(language),
        other => other,
    }
}

fn history(app: &App, ticks: &[Tick], language: Language) -> Markup {
    if ticks.is_empty() {
        return html! { p { (site::NEVER.to(language)) } };
    }
    let rows: Vec<Vec<Markup>> = ticks
        .iter()
        .map(|tick| {
            let remark = if tick.trouble.is_empty() { stopped_by(tick, language) } else { &tick.trouble };
            vec![
                html! { (page::time(app, tick.started_at)) },
                html! { (source_name(&tick.source, language)) },
                html! { (page::number(tick.sent)) },
                html! { (page::number(tick.deferred)) },
                html! { (page::number(tick.failed)) },
                html! { (guard::seconds(tick.elapsed_ms, language)) },
                html! { (guard::mebibytes(tick.peak_rss_kib)) },
                html! { (remark) },
            ]
        })
        .collect();
    let columns = [
        Column::main(site::WHEN.to(language)),
        Column::text(site::CLOCK_NAME.to(language)),
        Column::number(site::SENT.to(language)),
        Column::number(site::DEFERRED.to(language)),
        Column::number(site::FAILED.to(language)),
        Column::number(site::TOOK.to(language)),
        Column::number(site::PEAK.to(language)),
        Column::text(site::REMARK.to(language)),
    ];
    view::table(site::HISTORY.to(language), &columns, &rows)
}
