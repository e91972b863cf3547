//! 設定 > 更新: what runs, what is offered, what was done, and the buttons: install, hold, go back.
//! Not the work: update.

use std::time::{Duration, Instant as Moment};

use crate::app::App;
use crate::error::{Error, Result};
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, site, update};
use crate::update::files::Place;
use crate::update::look::{Look, look};
use crate::update::state::{Entry, Outcome, State, Step};
use crate::update::work::Worker;
use crate::update::{offer, place, rollback};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, put_all, settings_page_with};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{
    self, ButtonKind, Choice, Column, Field, Input, Markup, PostButton, Tone, badge, html, notice,
};

const PATH: &str = "/admin/settings/update";
const DONE: &[(&str, Text)] = &[
    ("applied", update::DONE_APPLIED),
    ("held", update::DONE_HELD),
    ("unheld", update::DONE_UNHELD),
    ("back", update::DONE_BACK),
];
/// How long the owner waits for her button: less than the brake's time for a page. The rest is for the clock.
const PATIENCE: Duration = Duration::from_secs(16);

/// Seconds for which 今日 tells of an update that failed.
const SHOWN: i64 = 14 * 86_400;

/// GET /admin/settings/update
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    form(call, admin, app, store, None, &Mistake::none())
}

/// POST /admin/settings/update
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let which = [&settings::UPDATE_MODE, &settings::UPDATE_HOUR, &settings::UPDATE_DAYS];
    let saved = put_all(app, store, &which, |setting| sent.text(setting.key).to_string())
        .map(|()| call.redirect("/admin/settings/update?done=saved"));
    page::or_again(call, saved, |mistake| form(call, admin, app, store, Some(sent), mistake))
}

/// POST /admin/settings/update/apply: the version that the page showed, now.
pub fn apply(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let place = Place::of(&app.folder)?;
    place.make()?;
    let _lock = place::lock(&place.lock())?;
    let manifest = store.manifest()?;
    let site = crate::update::site(app);
    let offered = offer::offered(manifest.as_ref(), &site);
    offered.map_err(|why| not_offered(offer::sentence(why.word())))?;
    let version = manifest.as_ref().map(|manifest| manifest.version.clone()).unwrap_or_default();
    if sent.text("version") != version {
        return Err(not_offered(update::NEWER_CAME));
    }
    let mut state = State::read(&place);
    (state.wanted, state.held) = (Some(version), None);
    if let Some(work) = &mut state.work {
        work.again_at = 0;
    }
    state.write(&place)?;
    let ends = Moment::now().checked_add(PATIENCE);
    let mut worker = Worker { app, store, place, state, manifest, ends, is_web: true };
    worker.run()?;
    Ok(call.redirect("/admin/settings/update?done=applied"))
}

fn not_offered(why: Text) -> Error {
    Error::denied(errors::UPDATE_NOT_OFFERED).with("why", why)
}

/// POST /admin/settings/update/hold
pub fn hold(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let version = store.manifest()?.map(|manifest| manifest.version);
    change(app, |state| (state.held, state.wanted) = (version, None))?;
    Ok(call.redirect("/admin/settings/update?done=held"))
}

/// POST /admin/settings/update/unhold
pub fn unhold(call: &Call, _admin: &Admin, app: &mut App, _store: &Writer, _sent: &Form) -> Result<Reply> {
    change(app, |state| state.held = None)?;
    Ok(call.redirect("/admin/settings/update?done=unheld"))
}

fn change(app: &App, change: impl FnOnce(&mut State)) -> Result<()> {
    let place = Place::of(&app.folder)?;
    place.make()?;
    let _lock = place::lock(&place.lock())?;
    let mut state = State::read(&place);
    change(&mut state);
    state.write(&place)
}

/// POST /admin/settings/update/rollback: only where the data can stay.
pub fn go_back(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let place = Place::of(&app.folder)?;
    place.make()?;
    let held = place::lock(&place.lock())?;
    rollback::put_back(app, store, &place, "owner", false)?;
    drop(held);
    rollback::wake(&place, &app.folder);
    Ok(call.redirect("/admin/settings/update?done=back"))
}

/// What 今日 says of updates: one that failed lately, one that waits for the owner, a version that nobody should run.
pub(super) fn notice_of_today(call: &Call, app: &App, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let seen = look(app, store)?;
    let failed = seen.state.history.last().filter(|entry| {
        entry.outcome == Outcome::RolledBack
            && app.clock.now() - entry.at < SHOWN
            && seen.state.work.is_none()
    });
    let waits = seen.offered.as_ref().filter(|manifest| {
        app.settings.value(&settings::UPDATE_MODE) == "manual"
            && seen.state.work.is_none()
            && seen.state.held.as_ref() != Some(&manifest.version)
            && failed.is_none()
    });
    let to_page = || html! { p { (view::link(&call.link(PATH), update::TO_UPDATE.to(language))) } };
    Ok(html! {
        @if seen.is_withdrawn {
            (notice(Tone::Error, html! { p { (update::RUNNING_WITHDRAWN.to(language)) } (to_page()) }))
        }
        @if let Some(entry) = failed {
            @let values = [("version", entry.to.as_str()), ("why", &reason(entry, language))];
            (notice(Tone::Error, html! { p { (update::ROLLED_BACK.with(language, &values)) } (to_page()) }))
        }
        @if let Some(manifest) = waits {
            (notice(if manifest.security { Tone::Warn } else { Tone::Info }, html! {
                p { (update::OFFERED.with(language, &[("version", &manifest.version)])) } (to_page())
            }))
        }
    })
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
    let seen = look(app, store)?;
    let content = html! {
        (mistake.summary())
        (news(app, &seen, language))
        (present(&seen, language))
        (newer(call, admin, app, &seen))
        (view::card(update::SETTINGS.to(language), choices(call, admin, app, sent, mistake)))
        (way_back(call, admin, &seen))
        (history(app, &seen, language))
        (view::card(update::BY_HAND_TITLE.to(language), html! {
            p { (update::BY_HAND.with(language, &[("file", &seen.program.display().to_string())])) }
        }))
    };
    Ok(settings_page_with(call, admin, Tab::Update, DONE, content))
}

/// What the owner must know first.
fn news(app: &App, seen: &Look, language: Language) -> Markup {
    let latest = seen.state.history.last();
    html! {
        @if seen.is_withdrawn {
            (notice(Tone::Error, html! { p { (update::RUNNING_WITHDRAWN.to(language)) } }))
        }
        @if let Some(refusal) = seen.trouble.as_ref().and_then(Error::refusal) {
            (notice(Tone::Warn, html! { p { (refusal.say(language)) } }))
        }
        @if let Some(entry) = latest.filter(|_| seen.state.work.is_none()) {
            @let values = [("version", entry.to.as_str()), ("why", &reason(entry, language))];
            @match entry.outcome {
                Outcome::RolledBack => (notice(Tone::Error, html! {
                    p { (update::ROLLED_BACK.with(language, &values)) }
                    @if let Some(when) = entry.data_from {
                        p { (update::DATA_WENT_BACK.with(language, &[("when", &page::time(app, when))])) }
                    }
                })),
                Outcome::Refused => (notice(Tone::Warn, html! { p { (update::REFUSED.with(language, &values)) } })),
                _ => {}
            }
        }
    }
}

fn present(seen: &Look, language: Language) -> Markup {
    let facts = [
        (update::VERSION.to(language), html! { (seen.running) }),
        (update::SYSTEM.to(language), html! { (seen.target) }),
        (update::PROGRAM.to(language), html! { (seen.program.display().to_string()) }),
    ];
    view::card(update::RUNNING.to(language), view::definition_list(&facts))
}

fn newer(call: &Call, admin: &Admin, app: &App, seen: &Look) -> Markup {
    let language = call.language;
    let content = match (&seen.state.work, &seen.offered, seen.why_not) {
        (Some(_), _, _) => under_way(app, seen, language),
        (None, Some(_), _) if app.settings.value(&settings::UPDATE_MODE) == "off" => {
            html! { p { (update::MODE_OFF.to(language)) } }
        }
        (None, Some(_), _) => offered(call, admin, app, seen),
        (None, None, Some(why)) => html! { p { (offer::sentence(why.word()).to(language)) } },
        (None, None, None) => html! {},
    };
    view::card(update::NEW.to(language), content)
}

fn under_way(_app: &App, seen: &Look, language: Language) -> Markup {
    let Some(work) = &seen.state.work else { return html! {} };
    let tally = seen.watch.clone().unwrap_or_default();
    let (clean, failed) = (tally.clean.to_string(), tally.failed.to_string());
    let text = match work.step {
        Step::Download => update::STEP_DOWNLOAD,
        Step::Copy => update::STEP_COPY,
        Step::Test => update::STEP_TEST,
        Step::Place => update::STEP_PLACE,
        Step::Watch => update::STEP_WATCH,
    };
    html! {
        p { (text.with(language, &[("version", &work.version), ("clean", &clean), ("failed", &failed)])) }
        @if !work.trouble.is_empty() {
            p { (update::TRIED.with(language, &[("count", &work.tries.to_string()), ("why", &work.trouble)])) }
        }
        @if work.step != Step::Watch { p.hint { (update::GOES_ON.to(language)) } }
    }
}

fn offered(call: &Call, admin: &Admin, app: &App, seen: &Look) -> Markup {
    let language = call.language;
    let Some(manifest) = &seen.offered else { return html! {} };
    let is_held = seen.state.held.as_ref() == Some(&manifest.version);
    let notes = match language {
        Language::Ja => &manifest.notes.ja,
        Language::En => &manifest.notes.en,
    };
    let (days, sites) = (page::number(manifest.safe.days), page::number(manifest.safe.sites));
    let safe = match manifest.safe.sites > 0 {
        true => update::SAFE_WORDS.with(language, &[("days", &days), ("sites", &sites)]),
        false => update::SAFE_UNKNOWN.to(language).to_string(),
    };
    let facts = [
        (
            update::VERSION.to(language),
            html! {
                (manifest.version) @if manifest.security { " " (badge(Tone::Warn, update::SECURITY.to(language))) }
            },
        ),
        (update::RELEASED.to(language), html! { (page::time(app, manifest.released_at)) }),
        (update::SAFE.to(language), html! { (safe) }),
        (update::NOTES.to(language), html! { @for line in notes.lines().take(50) { p { (line) } } }),
    ];
    let button = |path: &str, label: Text, kind| {
        view::post_button(&PostButton {
            action: &call.link(&format!("{PATH}{path}")),
            csrf: &admin.csrf,
            label: label.to(language),
            kind,
            hidden: &[("version", &manifest.version)],
        })
    };
    html! {
        (view::definition_list(&facts))
        @if is_held {
            p { (update::HELD.with(language, &[("version", &manifest.version)])) }
        }
        p.hint { (update::APPLY_TEXT.to(language)) }
        (view::actions(html! {
            @if seen.trouble.is_none() { (button("/apply", update::APPLY, ButtonKind::Primary)) }
            @if is_held { (button("/unhold", update::UNHOLD, ButtonKind::Secondary)) }
            @else { (button("/hold", update::HOLD, ButtonKind::Secondary)) }
        }))
    }
}

fn choices(call: &Call, admin: &Admin, app: &App, sent: Option<&Form>, mistake: &Mistake) -> Markup {
    let language = call.language;
    let value = |setting: &'static settings::Setting| match sent {
        Some(form) => form.text(setting.key).to_string(),
        None => app.settings.value(setting).to_string(),
    };
    let modes = [
        Choice::new("manual", update::MODE_MANUAL.to(language)),
        Choice::new("auto", update::MODE_AUTO.to(language)).with_hint(update::MODE_AUTO_HINT.to(language)),
        Choice::new("off", update::MODE_OFF.to(language)).with_hint(update::MODE_OFF_HINT.to(language)),
    ];
    view::form(
        &call.link(PATH),
        &admin.csrf,
        html! {
            (Field::new("update_mode", update::MODE.to(language), Input::Radio(&modes))
                .value(&value(&settings::UPDATE_MODE)).error(mistake.on("update_mode")))
            (Field::new("update_hour", update::HOUR.to(language), Input::Number { min: 0, max: 23 })
                .value(&value(&settings::UPDATE_HOUR)).unit(update::HOUR_UNIT.to(language))
                .hint(settings::UPDATE_HOUR.help.to(language)).error(mistake.on("update_hour")))
            (Field::new("update_days", update::DAYS.to(language), Input::Number { min: 0, max: 60 })
                .value(&value(&settings::UPDATE_DAYS)).unit(update::DAYS_UNIT.to(language))
                .hint(settings::UPDATE_DAYS.help.to(language)).error(mistake.on("update_days")))
            (view::button(site::SAVE.to(language), ButtonKind::Secondary))
        },
    )
}

fn way_back(call: &Call, admin: &Admin, seen: &Look) -> Markup {
    let language = call.language;
    let Some(way) = &seen.way_back else { return html! {} };
    let version = [("version", way.previous.version.as_str())];
    let content = match way.keeps_data {
        true => html! {
            p { (update::BACK_TEXT.with(language, &version)) }
            (view::post_button(&PostButton {
                action: &call.link("/admin/settings/update/rollback"),
                csrf: &admin.csrf,
                label: &update::BACK_BUTTON.with(language, &version),
                kind: ButtonKind::Danger,
                ..PostButton::default()
            }))
        },
        false => html! { p { (update::BACK_DATA.with(language, &version)) } },
    };
    view::card(update::BACK.to(language), content)
}

fn history(app: &App, seen: &Look, language: Language) -> Markup {
    if seen.state.history.is_empty() {
        return html! {};
    }
    let rows: Vec<Vec<Markup>> = seen
        .state
        .history
        .iter()
        .rev()
        .map(|entry| {
            vec![
                html! { (page::time(app, entry.at)) },
                html! { (entry.to) },
                html! { (outcome(entry.outcome).to(language)) },
                html! { (reason(entry, language)) },
            ]
        })
        .collect();
    let columns = [
        Column::main(update::WHEN.to(language)),
        Column::text(update::VERSION.to(language)),
        Column::text(update::RESULT.to(language)),
        Column::text(update::REASON.to(language)),
    ];
    view::card(update::HISTORY.to(language), view::table(update::HISTORY.to(language), &columns, &rows))
}

fn outcome(outcome: Outcome) -> Text {
    match outcome {
        Outcome::Installed => update::OUTCOME_INSTALLED,
        Outcome::Kept => update::OUTCOME_KEPT,
        Outcome::RolledBack => update::OUTCOME_ROLLED_BACK,
        Outcome::PutBack => update::OUTCOME_PUT_BACK,
        Outcome::Refused => update::OUTCOME_REFUSED,
        Outcome::GivenUp => update::OUTCOME_GIVEN_UP,
        Outcome::Replaced => update::OUTCOME_REPLACED,
    }
}

/// Words that the code keeps, for a person. What a program said stays as it was said.
fn reason(entry: &Entry, language: Language) -> String {
    match (entry.outcome, entry.why.as_str()) {
        (Outcome::RolledBack, why) => {
            let (count, trip) = why.split_once(' ').unwrap_or((why, ""));
            let failed = update::WATCH_FAILED.with(language, &[("count", count)]);
            if trip.is_empty() { failed } else { format!("{failed}, {trip}") }
        }
        (Outcome::PutBack, "owner") => update::BY_OWNER.to(language).to_string(),
        (Outcome::PutBack, "withdrawn") => update::BY_VENDOR.to(language).to_string(),
        (Outcome::GivenUp, "newer" | "changed") => update::NEWER_CAME.to(language).to_string(),
        (Outcome::GivenUp, word @ ("halted" | "withdrawn" | "expired" | "no-file")) => {
            offer::sentence(word).to(language).to_string()
        }
        (_, why) => why.to_string(),
    }
}
