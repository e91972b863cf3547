//! Trying a clock: cron is waited for, the address is called from outside, the rest says what it would do.
//! Not the clocks themselves.

use std::time::{Duration, Instant as Moment};

use url::Url;

use super::{cards, url_with_key};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::host;
use crate::mail::tick;
use crate::mail::transport::fetch;
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, clocks};
use crate::web::admin::page;
use crate::web::call::Call;
use crate::web::view::{self, ButtonKind, Markup, Tone, html};

/// How long the address may take to answer: its tick sends what is due, and this page must end before the brake.
const PATIENCE: Duration = Duration::from_secs(12);
/// The most of an answer that is read.
const MOST: u64 = 64 * 1024;

/// What came of trying a clock, for the top of the page. Cron is waited for by the address of the page (`waits`).
pub(super) fn of(word: &str, call: &Call, app: &App, store: &Writer) -> Result<Markup> {
    match word {
        "url" => called(call, app),
        "poller" => would_answer(call, app, store),
        _ => visited(call, app, store),
    }
}

fn tried(call: &Call, clock: &str, tone: Tone, content: Markup) -> Markup {
    let name = cards::name_of(clock).to(call.language);
    let heading = clocks::TRIED.with(call.language, &[("clock", name)]);
    view::notice(tone, html! { p.notice-heading { (heading) } (content) })
}

/// Whether cron was heard since the owner pressed the button; else what she may look at.
pub(super) fn waits(call: &Call, app: &App, store: &Reader, since: Instant) -> Result<Markup> {
    let language = call.language;
    let heard = store.last_beat("cron")?.filter(|at| *at >= since);
    if let Some(at) = heard {
        let when = page::time(app, at);
        let words = clocks::CRON_CAME.with(language, &[("when", &when)]);
        return Ok(tried(call, "cron", Tone::Success, html! { p { (words) } }));
    }
    let program = std::env::current_exe().unwrap_or_default();
    let mode = host::doctor::owner(&program).map(|owner| format!("{:o}", owner.mode)).unwrap_or_default();
    let is_allowed = app.settings.has(&settings::TICK_SOURCES_ALLOWED, "cron");
    let state = if is_allowed { clocks::ALLOWED } else { clocks::NOT_ALLOWED }.to(language);
    let again = call.link(&format!("/admin/settings/tick?try=cron&since={since}"));
    let content = html! {
        p { (clocks::CRON_WAITS.with(language, &[("since", &page::time(app, since))])) }
        p { (clocks::CRON_CHECK.to(language)) }
        ul {
            li { (clocks::CRON_CHECK_PATH.to(language)) }
            li { (clocks::CRON_CHECK_MODE.with(language, &[("mode", &mode)])) }
            li { (clocks::CRON_CHECK_ALLOWED.with(language, &[("state", state)])) }
            li { (clocks::CRON_CHECK_MAIL.to(language)) }
        }
        (view::link_button(&again, clocks::TRY_AGAIN.to(language), ButtonKind::Secondary))
    };
    Ok(tried(call, "cron", Tone::Info, content))
}

/// Calls the address with the key as a pinger would: by the public URL, through the web server.
fn called(call: &Call, app: &App) -> Result<Markup> {
    let language = call.language;
    let url = url_with_key(app)?;
    let mut answer = Vec::new();
    let deadline = Moment::now().checked_add(PATIENCE).unwrap_or_else(Moment::now);
    let got = Url::parse(&url).map_err(|cause| cause.to_string()).and_then(|url| {
        let taken = fetch::get(&url, MOST, deadline, None, &mut |piece| {
            answer.extend_from_slice(piece);
            Ok(())
        });
        taken.map_err(|error| {
            let why = error.refusal().map(|refusal| refusal.value("why", language)).unwrap_or_default();
            if why.is_empty() { error.status().to_string() } else { why }
        })
    });
    let report: Option<serde_json::Value> = serde_json::from_slice(&answer).ok();
    let is_ours = report.is_some_and(|report| report.get("source").is_some_and(|source| source == "url"));
    let shown: String = String::from_utf8_lossy(&answer).chars().take(2000).collect();
    let (tone, words) = match &got {
        Ok(_) if is_ours => (Tone::Success, clocks::CALL_ANSWERED.to(language).to_string()),
        Ok(_) => (Tone::Error, clocks::CALL_ODD.with(language, &[("status", "200")])),
        Err(why) => match why.split_once("HTTP ") {
            Some((_, status)) => (Tone::Error, clocks::CALL_ODD.with(language, &[("status", status)])),
            None => (Tone::Warn, clocks::CALL_FAILED.with(language, &[("why", why)])),
        },
    };
    let content = html! {
        p { (words) }
        @if !shown.is_empty() { (view::code_block(clocks::CALL_ANSWER.to(language), &shown)) }
        @if !is_ours { p { (view::link(&url, clocks::CALL_OPEN.to(language))) } }
    };
    Ok(tried(call, "url", tone, content))
}

/// Whether a signed call would be answered, and whether one ever was.
fn would_answer(call: &Call, app: &App, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let trust = store.trust(&app.settings)?;
    let is_allowed = app.settings.has(&settings::TICK_SOURCES_ALLOWED, "poller");
    let (tone, words): (Tone, Text) = match () {
        () if !is_allowed => (Tone::Warn, clocks::POLLER_OFF),
        () if trust.roots.is_empty() => (Tone::Warn, clocks::POLLER_NO_ROOT),
        () if trust.list.is_none() => (Tone::Info, clocks::POLLER_NO_KEYS),
        () => (Tone::Success, clocks::POLLER_READY),
    };
    let heard = match store.last_beat("poller")? {
        Some(at) => clocks::POLLER_HEARD.with(language, &[("when", &page::time(app, at))]),
        None => clocks::POLLER_UNHEARD.to(language).to_string(),
    };
    let answer = super::answer(app, store)?;
    let content = html! {
        p { (words.to(language)) }
        p { (heard) }
        @if tone == Tone::Success { (view::code_block(clocks::SEEN_LABEL.to(language), &answer)) }
    };
    Ok(tried(call, "poller", tone, content))
}

/// What a visit would do now.
fn visited(call: &Call, app: &App, store: &Reader) -> Result<Markup> {
    let language: Language = call.language;
    let (tone, words) = match () {
        () if !app.settings.has(&settings::TICK_SOURCES_ALLOWED, "visit") => (Tone::Warn, clocks::VISIT_OFF),
        () if tick::visit_is_due(app, store)? => (Tone::Success, clocks::VISIT_WOULD),
        () => (Tone::Info, clocks::VISIT_WOULD_NOT),
    };
    Ok(tried(call, "visit", tone, html! { p { (words.to(language)) } }))
}
