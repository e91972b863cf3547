//! 設定 > 送信の時計: which clock the site goes by, which others may call, what the vendor sees; the latest ticks.
//! Not the tick: mail/tick.

mod cards;
mod tries;

use std::time::Duration;

use self::cards::Cards;

use crate::app::App;
use crate::domain::token::random_code;
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::mail::{news, outlet, tick, vendor};
use crate::settings;
use crate::store::ticks::{Beat, Tick};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, clocks, errors, link, site};
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

/// GET /admin/settings/tick; with `try=cron&since=…` it says whether cron was heard since.
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let since = call.request.query_value("since").and_then(|since| since.parse().ok());
    let since = since.filter(|_| call.request.query_value("try") == Some("cron"));
    let said = since.map(|since| tries::waits(call, app, store, since)).transpose()?;
    form(call, admin, app, store, &Sent { form: None, mistake: &Mistake::none(), said })
}

/// POST /admin/settings/tick: which clock, and which others may call; with `try` one of them is tried instead.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    match sent.text("try") {
        "" => {}
        "cron" => {
            let since = app.clock.now();
            return Ok(call.redirect(&format!("/admin/settings/tick?try=cron&since={since}")));
        }
        clock => {
            let said = Some(tries::of(clock, call, app, store)?);
            return form(
                call,
                admin,
                app,
                store,
                &Sent { form: Some(sent), mistake: &Mistake::none(), said },
            );
        }
    }
    let wanted = match sent.has("wanted_clock") {
        true => sent.text("wanted_clock").to_string(),
        false => app.settings.value(&settings::WANTED_CLOCK).to_string(),
    };
    // A chosen clock that may not call would be a site without a clock.
    let is_allowed = |source: &str| sent.has(source) || (sent.has("wanted_clock") && source == wanted);
    let sources: Vec<&str> =
        settings::TICK_SOURCES.iter().copied().filter(|source| is_allowed(source)).collect();
    let which = [&settings::WANTED_CLOCK, &settings::TICK_SOURCES_ALLOWED, &settings::TICK_GAP];
    let saved = put_all(app, store, &which, |setting| match setting.key {
        "tick_gap" => sent.text("tick_gap").to_string(),
        "wanted_clock" => wanted.clone(),
        _ => sources.join(","),
    })
    .map(|()| call.redirect("/admin/settings/tick?done=saved"));
    page::or_again(call, saved, |mistake| {
        form(call, admin, app, store, &Sent { form: Some(sent), mistake, said: None })
    })
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

/// What stands in the form beside what is stored.
struct Sent<'a> {
    form: Option<&'a Form<'a>>,
    mistake: &'a Mistake,
    /// What came of trying a clock.
    said: Option<Markup>,
}

fn form(call: &Call, admin: &Admin, app: &App, store: &Reader, sent: &Sent) -> Result<Reply> {
    let language = call.language;
    let gap = sent.form.map_or(app.settings.value(&settings::TICK_GAP), |form| form.text("tick_gap"));
    let stored = app.settings.value(&settings::WANTED_CLOCK);
    let wanted = sent.form.map(|form| form.text("wanted_clock")).filter(|wanted| !wanted.is_empty());
    let beats = store.beats()?;
    let cards = Cards { call, app, beats: &beats, wanted: wanted.unwrap_or(stored) };
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
        @if let Some(said) = &sent.said { (said) }
        (advice(call, app, store)?)
        (silent(stored, &beats, language))
        p { (clocks::TEXT.to(language)) }
        (sent.mistake.summary())
        (view::form(&call.link("/admin/settings/tick"), &admin.csrf, html! {
            // What the Enter key presses: else it would be the first button that tries a clock.
            button.unseen type="submit" tabindex="-1" aria-hidden="true" {}
            (cards.all()?)
            @if sent.mistake.on("tick_gap").is_some() {
                (view::card(clocks::ALSO.to(language), others(app, sent, gap, language)))
            } @else {
                div.field { (view::details_box(clocks::ALSO.to(language), others(app, sent, gap, language))) }
            }
            (view::button(clocks::SAVE.to(language), ButtonKind::Primary))
        }))
        (view::details_box(site::RENEW_KEY.to(language), html! {
            p { (site::RENEW_TEXT.to(language)) }
            (button("/admin/settings/tick/key", site::RENEW_KEY))
        }))
        (cards::seen_by_vendor(app, store, language)?)
        (view::card(site::HISTORY.to(language), html! {
            (button("/admin/settings/tick/run", site::RUN_NOW))
            (history(app, &store.ticks(20)?, language))
        }))
    };
    Ok(settings_page_with(call, admin, Tab::Clock, DONE, content))
}

/// The vendor asks to use the host's cron, and why.
pub fn advice(call: &Call, app: &App, store: &Reader) -> Result<Markup> {
    let Some(asked) = news::asked(app, store)? else { return Ok(html! {}) };
    let language = call.language;
    let why = match &asked.reason {
        Some(title) => clocks::ADVICE_INCIDENT.with(language, &[("title", news::say(title, language))]),
        None => clocks::ADVICE_NO_REASON.to(language).to_string(),
    };
    let is_here = call.request.path == "/admin/settings/tick";
    // On the front page the incident's own notice asks for it.
    if !is_here && asked.reason.is_some() {
        return Ok(html! {});
    }
    Ok(view::notice(
        Tone::Warn,
        html! {
            p.notice-heading { (clocks::ADVICE_TITLE.to(language)) }
            p { (why) }
            @if !is_here {
                p { (view::link(&call.link("/admin/settings/tick"), clocks::ADVICE_TO_CLOCK.to(language))) }
            }
        },
    ))
}

/// No clock was chosen, or the chosen one was never heard.
fn silent(wanted: &str, beats: &[Beat], language: Language) -> Markup {
    let is_heard = beats.iter().any(|beat| beat.source == wanted);
    let words = match wanted {
        "" => clocks::NOT_CHOSEN.to(language).to_string(),
        wanted if !is_heard && wanted != "visit" => {
            clocks::CHOSEN_SILENT.with(language, &[("clock", cards::name_of(wanted).to(language))])
        }
        _ => return html! {},
    };
    view::notice(Tone::Info, words)
}

/// Which other clocks may call, and how often by an address.
fn others(app: &App, sent: &Sent, gap: &str, language: Language) -> Markup {
    let is_allowed = |source: &str| match sent.form {
        Some(form) => form.has(source),
        None => app.settings.has(&settings::TICK_SOURCES_ALLOWED, source),
    };
    let named = cards::CLOCKS.iter().map(|(word, name, ..)| (*word, *name)).chain([("admin", clocks::ADMIN)]);
    html! {
        p { (clocks::ALSO_TEXT.to(language)) }
        @for (word, name) in named {
            (Field::new(word, name.to(language), Input::Checkbox).value(if is_allowed(word) { "1" } else { "" }))
        }
        (Field::new("tick_gap", site::GAP.to(language), Input::Number { min: 0, max: 3600 }).value(gap)
            .unit(site::SECONDS.to(language)).error(sent.mistake.on("tick_gap")))
    }
}

fn url_with_key(app: &App) -> Result<String> {
    Ok(format!("{}/{}", poller_url(app), app.secret(&settings::TICK_KEY)?))
}

fn poller_url(app: &App) -> String {
    format!("{}/tick", app.settings.value(&settings::BASE_URL))
}

/// The very answer that a signed call would get now, if nothing were sent.
fn answer(app: &App, store: &Reader) -> Result<String> {
    let report = tick::quiet_report(app, store, tick::Source::Poller)?;
    let answer = vendor::answer(&report, &vendor::site_state(app, store)?)?;
    serde_json::to_string_pretty(&answer).map_err(|cause| Error::fault("writing what the vendor sees", cause))
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
