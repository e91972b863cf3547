//! 設定 > 更新: what runs, what is offered, what was done, and the buttons: install, hold, go back.
//! Not the work: update.

use std::time::{Duration, Instant as Moment};

use crate::app::App;
use crate::error::{Error, Result};
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, site, update as texts};
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
    ("applied", texts::DONE_APPLIED),
    ("held", texts::DONE_HELD),
    ("unheld", texts::DONE_UNHELD),
    ("back", texts::DONE_BACK),
];
/// How long the owner waits for her button: less than the brake's time for a page. The rest is for the clock.
const PATIENCE: Duration = Duration::from_secs(16);

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
    offered.map_err(|why| not_offered(texts::why(why.word())))?;
    let version = manifest.as_ref().map(|manifest| manifest.version.clone()).unwrap_or_default();
    if sent.text("version") != version {
        return Err(not_offered(texts::NEWER_CAME));
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
        (view::card(texts::SETTINGS.to(language), choices(call, admin, app, sent, mistake)))
        (way_back(call, admin, &seen))
        (history(app, &seen, language))
        (view::card(texts::BY_HAND_TITLE.to(language), html! {
            p { (texts::BY_HAND.with(language, &[("file", &seen.program.display().to_string())])) }
        }))
    };
    Ok(settings_page_with(call, admin, Tab::Update, DONE, content))
}

/// What the owner must know first.
fn news(app: &App, seen: &Look, language: Language) -> Markup {
    let latest = seen.state.history.last();
    html! {
        @if seen.is_withdrawn {
            (notice(Tone::Error, html! { p { (texts::RUNNING_WITHDRAWN.to(language)) } }))
        }
        @if let Some(refusal) = seen.trouble.as_ref().and_then(Error::refusal) {
            (notice(Tone::Warn, html! { p { (refusal.say(language)) } }))
        }
        @if let Some(entry) = latest.filter(|_| seen.state.work.is_none()) {
            @let values = [("version", entry.to.as_str()), ("why", &reason(entry, language))];
            @match entry.outcome {
                Outcome::RolledBack => (notice(Tone::Error, html! {
                    p { (texts::ROLLED_BACK.with(language, &values)) }
                    @if let Some(when) = entry.data_from {
                        p { (texts::DATA_WENT_BACK.with(language, &[("when", &page::time(app, when))])) }
                    }
                })),
                Outcome::Refused => (notice(Tone::Warn, html! { p { (texts::REFUSED.with(language, &values)) } })),
                _ => {}
            }
        }
    }
}

fn present(seen: &Look, language: Language) -> Markup {
    let facts = [
        (texts::VERSION.to(language), html! { (seen.running) }),
        (texts::SYSTEM.to(language), html! { (seen.target) }),
        (texts::PROGRAM.to(language), html! { (seen.program.display().to_string()) }),
    ];
    view::card(texts::RUNNING.to(language), view::definition_list(&facts))
}

fn newer(call: &Call, admin: &Admin, app: &App, seen: &Look) -> Markup {
    let language = call.language;
    let content = match (&seen.state.work, &seen.offered, seen.why_not) {
        (Some(_), _, _) => under_way(app, seen, language),
        (None, Some(_), _) if app.settings.value(&settings::UPDATE_MODE) == "off" => {
            html! { p { (texts::MODE_OFF.to(language)) } }
        }
        (None, Some(_), _) => offered(call, admin, app, seen),
        (None, None, Some(why)) => html! { p { (texts::why(why.word()).to(language)) } },
        (None, None, None) => html! {},
    };
    view::card(texts::NEW.to(language), content)
}

fn under_way(_app: &App, seen: &Look, language: Language) -> Markup {
    let Some(work) = &seen.state.work else { return html! {} };
    let tally = seen.watch.clone().unwrap_or_default();
    let (clean, failed) = (tally.clean.to_string(), tally.failed.to_string());
    let text = match work.step {
        Step::Download => texts::STEP_DOWNLOAD,
        Step::Copy => texts::STEP_COPY,
        Step::Test => texts::STEP_TEST,
        Step::Place => texts::STEP_PLACE,
        Step::Watch => texts::STEP_WATCH,
    };
    html! {
        p { (text.with(language, &[("version", &work.version), ("clean", &clean), ("failed", &failed)])) }
        @if !work.trouble.is_empty() {
            p { (texts::TRIED.with(language, &[("count", &work.tries.to_string()), ("why", &work.trouble)])) }
        }
        @if work.step != Step::Watch { p.hint { (texts::GOES_ON.to(language)) } }
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
        true => texts::SAFE_WORDS.with(language, &[("days", &days), ("sites", &sites)]),
        false => texts::SAFE_UNKNOWN.to(language).to_string(),
    };
    let facts = [
        (
            texts::VERSION.to(language),
            html! {
                (manifest.version) @if manifest.security { " " (badge(Tone::Warn, texts::SECURITY.to(language))) }
            },
        ),
        (texts::RELEASED.to(language), html! { (page::time(app, manifest.released_at)) }),
        (texts::SAFE.to(language), html! { (safe) }),
        (texts::NOTES.to(language), html! { @for line in notes.lines().take(50) { p { (line) } } }),
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
            p { (texts::HELD.with(language, &[("version", &manifest.version)])) }
        }
        p.hint { (texts::APPLY_TEXT.to(language)) }
        (view::actions(html! {
            @if seen.trouble.is_none() { (button("/apply", texts::APPLY, ButtonKind::Primary)) }
            @if is_held { (button("/unhold", texts::UNHOLD, ButtonKind::Secondary)) }
            @else { (button("/hold", texts::HOLD, ButtonKind::Secondary)) }
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
        Choice::new("manual", texts::MODE_MANUAL.to(language)),
        Choice::new("auto", texts::MODE_AUTO.to(language)).with_hint(texts::MODE_AUTO_HINT.to(language)),
        Choice::new("off", texts::MODE_OFF.to(language)).with_hint(texts::MODE_OFF_HINT.to(language)),
    ];
    view::form(
        &call.link(PATH),
        &admin.csrf,
        html! {
            (Field::new("update_mode", texts::MODE.to(language), Input::Radio(&modes))
                .value(&value(&settings::UPDATE_MODE)).error(mistake.on("update_mode")))
            (Field::new("update_hour", texts::HOUR.to(language), Input::Number { min: 0, max: 23 })
                .value(&value(&settings::UPDATE_HOUR)).unit(texts::HOUR_UNIT.to(language))
                .hint(settings::UPDATE_HOUR.help.to(language)).error(mistake.on("update_hour")))
            (Field::new("update_days", texts::DAYS.to(language), Input::Number { min: 0, max: 60 })
                .value(&value(&settings::UPDATE_DAYS)).unit(texts::DAYS_UNIT.to(language))
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
            p { (texts::BACK_TEXT.with(language, &version)) }
            (view::post_button(&PostButton {
                action: &call.link("/admin/settings/update/rollback"),
                csrf: &admin.csrf,
                label: &texts::BACK_BUTTON.with(language, &version),
                kind: ButtonKind::Danger,
                ..PostButton::default()
            }))
        },
        false => html! { p { (texts::BACK_DATA.with(language, &version)) } },
    };
    view::card(texts::BACK.to(language), content)
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
        Column::main(texts::WHEN.to(language)),
        Column::text(texts::VERSION.to(language)),
        Column::text(texts::RESULT.to(language)),
        Column::text(texts::REASON.to(language)),
    ];
    view::card(texts::HISTORY.to(language), view::table(texts::HISTORY.to(language), &columns, &rows))
}

fn outcome(outcome: Outcome) -> Text {
    match outcome {
        Outcome::Installed => texts::OUTCOME_INSTALLED,
        Outcome::Kept => texts::OUTCOME_KEPT,
        Outcome::RolledBack => texts::OUTCOME_ROLLED_BACK,
        Outcome::PutBack => texts::OUTCOME_PUT_BACK,
        Outcome::Refused => texts::OUTCOME_REFUSED,
        Outcome::GivenUp => texts::OUTCOME_GIVEN_UP,
        Outcome::Replaced => texts::OUTCOME_REPLACED,
    }
}

/// Words that the code keeps, for a person. What a program said stays as it was said.
fn reason(entry: &Entry, language: Language) -> String {
    match (entry.outcome, entry.why.as_str()) {
        (Outcome::RolledBack, why) => {
            let (count, trip) = why.split_once(' ').unwrap_or((why, ""));
            let failed = texts::WATCH_FAILED.with(language, &[("count", count)]);
            if trip.is_empty() { failed } else { format!("{failed}, {trip}") }
        }
        (Outcome::PutBack, "owner") => texts::BY_OWNER.to(language).to_string(),
        (Outcome::PutBack, "withdrawn") => texts::BY_VENDOR.to(language).to_string(),
        (Outcome::GivenUp, "newer" | "changed") => texts::NEWER_CAME.to(language).to_string(),
        (Outcome::GivenUp, word @ ("halted" | "withdrawn" | "expired" | "no-file")) => {
            texts::why(word).to(language).to_string()
        }
        (_, why) => why.to_string(),
    }
}
