//! Sequences (ステップメール): the list, a new one, and the timeline of one.
//! Not its other pages, one file each beside this one. Not the sending: mail/ways.

pub mod calendar;
mod choices;
pub mod history;
pub mod options;
pub mod outlook;
pub mod people;
mod preview;
pub mod rest;
mod sheet;
pub mod steps;
mod words;

use crate::app::App;
use crate::domain::id::StepId;
use crate::domain::list::ListName;
use crate::domain::sequence::{Action, Go, LONGEST_TITLE, Options, Sequence, Step, parse_title};
use crate::domain::subscriber::Fields;
use crate::error::{Error, Result};
use crate::mail::foresee;
use crate::store::enrolments::Hold;
use crate::store::sequences::Places;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, admin, errors, sequences as texts};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::writing::{self, ListChoice};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{
    self, ButtonKind, Choice, Column, Field, Input, Link, Markup, Nav, TimelineItem, Tone, html,
};

const DONE: &[(&str, Text)] = &[
    ("made", admin::SEQUENCE_CREATED),
    ("step-saved", admin::STEP_SAVED),
    ("step-removed", admin::STEP_REMOVED),
    ("resumed", texts::RESUMED),
    ("stopped", texts::STOPPED_ALL),
    ("options", texts::OPTIONS_SAVED),
];

/// GET /admin/sequences
pub fn list(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = admin::NAV_SEQUENCES.to(language);
    let mut rows = Vec::new();
    for sequence in store.sequences()? {
        rows.push(vec![
            html! {
                (view::link(&link_to(call, &sequence), &sequence.title))
                @if sequence.paused_at.is_some() { " " (view::badge(Tone::Warn, texts::PAUSED.to(language))) }
            },
            html! { (store.list(sequence.list)?.title) },
            html! { (mails(&store.steps(sequence.id)?, language)) },
            html! { (people(store.active_enrolments(sequence.id)?, language)) },
        ]);
    }
    let columns = [
        Column::main(admin::SEQUENCE_TITLE.to(language)),
        Column::text(admin::CHOOSE_LIST.to(language)),
        Column::number(admin::SEQUENCE_STEPS.to(language)),
        Column::number(admin::SEQUENCE_ACTIVE.to(language)),
    ];
    let rest =
        view::link_button(&call.link("/admin/sequences/rest"), texts::REST.to(language), ButtonKind::Quiet);
    let new = view::link_button(
        &call.link("/admin/sequences/new"),
        admin::SEQUENCE_NEW.to(language),
        ButtonKind::Primary,
    );
    let content = html! {
        @if rows.is_empty() {
            (view::page_heading(title, rest))
            (view::empty_state(admin::SEQUENCE_NONE.to(language), admin::SEQUENCE_NONE_TEXT.to(language), new))
        } @else {
            (view::page_heading(title, html! { (rest) (new) }))
            (view::table(admin::SEQUENCE_TO_LIST.to(language), &columns, &rows))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Sequences, content))
}

/// GET /admin/sequences/new
pub fn new(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    show_form(call, admin, store, &Form::default(), &Mistake::none())
}

/// POST /admin/sequences/new
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let made = make(app, store, form).map(|path| call.redirect(&format!("{path}?done=made")));
    page::or_again(call, made, |mistake| show_form(call, admin, store, form, mistake))
}

fn make(app: &App, store: &Writer, form: &Form) -> Result<String> {
    let title = parse_title(form.text("title"))?;
    let name = ListName::parse(form.text("name"))
        .map_err(|_| Error::invalid(errors::SEQUENCE_NAME_NOT_PLAIN).on("name"))?;
    let list = writing::chosen_list(store, form)?;
    let now = app.clock.now();
    let id =
        store.transaction(|| store.add_sequence(name.as_str(), &title, list.id, &Options::default(), now))?;
    Ok(format!("/admin/sequences/{id}"))
}

fn show_form(call: &Call, admin: &Admin, store: &Reader, form: &Form, mistake: &Mistake) -> Result<Reply> {
    let language = call.language;
    let title = admin::SEQUENCE_NEW.to(language);
    let lists = ListChoice::read(store, language)?;
    let longest = u32::try_from(LONGEST_TITLE).unwrap_or(100);
    let fields = html! {
        (Field::new("title", admin::SEQUENCE_TITLE.to(language), Input::Text).value(form.text("title"))
            .required(language).maxlength(longest).hint(admin::SEQUENCE_TITLE_HINT.to(language))
            .error(mistake.on("title")))
        (Field::new("name", admin::SEQUENCE_NAME.to(language), Input::Text).value(form.text("name"))
            .required(language).maxlength(40).autocomplete("off").lang("en")
            .hint(admin::SEQUENCE_NAME_HINT.to(language)).error(mistake.on("name")))
        (lists.field(form.text("list"), mistake, language))
        (view::actions(view::button(admin::SEQUENCE_CREATE.to(language), ButtonKind::Primary)))
    };
    let content = html! {
        (back_to_list(call))
        (view::page_heading(title, html! {}))
        @if lists.is_empty() {
            (writing::no_list(call))
        } @else {
            (mistake.summary())
            (view::card("", view::form(&call.link("/admin/sequences/new"), &admin.csrf, fields)))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Sequences, content))
}

/// GET /admin/sequences/NUMBER
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let sequence = store.sequence_named(call.parameter())?;
    let list = store.list(sequence.list)?;
    let steps = store.steps(sequence.id)?;
    let places = store.places(sequence.id)?;
    let active = store.active_enrolments(sequence.id)?;
    let new_step = format!("{}/steps/new", link_to(call, &sequence));
    let add = view::link_button(&new_step, admin::STEP_NEW.to(language), ButtonKind::Primary);
    let facts = [
        (admin::CHOOSE_LIST.to(language), html! { (list.title) }),
        (texts::STARTS.to(language), html! { (words::start(store, &sequence.options.start, language)?) }),
        (admin::SEQUENCE_STEPS.to(language), html! { (mails(&steps, language)) }),
        (admin::SEQUENCE_ACTIVE.to(language), html! { (people(active, language)) }),
    ];
    let content = html! {
        (head(call, &sequence, Tab::Steps, html! { @if !steps.is_empty() { (add) } }))
        (notices(call, app, store, &sequence, &places)?)
        (view::columns(
            html! {
                @if steps.is_empty() {
                    (view::empty_state(admin::STEP_EMPTY.to(language), admin::STEP_EMPTY_TEXT.to(language), add))
                } @else {
                    (timeline(call, store, &sequence, &steps, &places)?)
                }
            },
            html! {
                (view::card("", view::definition_list(&facts)))
                @if !steps.is_empty() { (if_now_card(app, store, &sequence, language)?) }
                (pause_box(call, admin, &sequence))
                (how_card(language))
            },
        ))
    };
    let frame = page::done_notice(page::frame(call, admin, &sequence.title), call, DONE);
    Ok(page::reply(&frame, Nav::Sequences, content))
}

/// POST /admin/sequences/NUMBER/pause
pub fn pause(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    store.pause_sequence(sequence.id, "", app.clock.now())?;
    Ok(call.redirect(&format!("/admin/sequences/{}?done=stopped", sequence.id)))
}

/// POST /admin/sequences/NUMBER/resume
pub fn resume(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let shifts = form.text("clock") == "shift";
    store.transaction(|| store.resume_sequence(sequence.id, shifts, app.clock.now()))?;
    Ok(call.redirect(&format!("/admin/sequences/{}?done=resumed", sequence.id)))
}

/// The pages of one sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Steps,
    People,
    Calendar,
    History,
    Options,
}

const TABS: [(Tab, Text, &str); 5] = [
    (Tab::Steps, texts::OVERVIEW, ""),
    (Tab::People, texts::PEOPLE_PAGE, "/people"),
    (Tab::Calendar, texts::CALENDAR, "/calendar"),
    (Tab::History, texts::HISTORY, "/history"),
    (Tab::Options, texts::OPTIONS, "/options"),
];

/// What every page of a sequence begins with: the way back, the title, the sister pages.
fn head(call: &Call, sequence: &Sequence, here: Tab, buttons: Markup) -> Markup {
    let language = call.language;
    let own = link_to(call, sequence);
    let links: Vec<String> = TABS.iter().map(|(_, _, path)| format!("{own}{path}")).collect();
    let tabs: Vec<view::Tab> = TABS
        .iter()
        .zip(&links)
        .map(|((tab, label, _), url)| view::Tab { label: label.to(language), url, active: *tab == here })
        .collect();
    html! {
        (back_to_list(call))
        (view::page_heading(&sequence.title, buttons))
        (view::tabs(&sequence.title, &tabs))
    }
}

/// What holds readers up, above everything else.
fn notices(call: &Call, app: &App, store: &Reader, sequence: &Sequence, places: &Places) -> Result<Markup> {
    let language = call.language;
    let paused = match sequence.paused_at {
        Some(since) => Some(paused_words(app, store, sequence, since, language)?),
        None => None,
    };
    let held = [(Hold::NoDate, texts::UNDATED_NOTICE), (Hold::Waiting, texts::WAITING_NOTICE)];
    Ok(html! {
        @if let Some(words) = paused { (view::notice(Tone::Warn, words)) }
        @for (hold, text) in held {
            @let count = places.held(hold.word());
            @if count > 0 {
                @let url = format!("{}/people?where={}", link_to(call, sequence), hold.word());
                (view::notice(Tone::Info, html! {
                    p { (text.with(language, &[("count", &page::number(count))])) " "
                        (view::link(&url, texts::SEE_THEM.to(language))) }
                }))
            }
        }
    })
}

fn paused_words(
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    since: i64,
    language: Language,
) -> Result<String> {
    let when = page::time(app, since);
    let step = sequence.paused_why.strip_prefix("step:").and_then(|id| id.parse::<StepId>().ok());
    let step = match step {
        Some(id) => store.step(sequence.id, id)?,
        None => None,
    };
    Ok(match step {
        Some(step) => {
            let name = words::name(store, &step)?;
            texts::PAUSED_BY_STEP.with(language, &[("when", &when), ("name", &name)])
        }
        None => texts::PAUSED_NOTICE.with(language, &[("when", &when)]),
    })
}

fn timeline(
    call: &Call,
    store: &Reader,
    sequence: &Sequence,
    steps: &[Step],
    places: &Places,
) -> Result<Markup> {
    let language = call.language;
    let start = &sequence.options.start;
    let markers: Result<Vec<String>> =
        steps.iter().map(|step| words::timing(store, &step.timing, start, language)).collect();
    let markers = markers?;
    let mut items = Vec::new();
    for (step, marker) in steps.iter().zip(&markers) {
        let url = format!("{}/steps/{}", link_to(call, sequence), step.id);
        items.push(TimelineItem {
            marker,
            title: html! {
                @match step.action {
                    Action::Mail => {}
                    Action::Wait => { (view::badge(Tone::Info, texts::IS_WAIT.to(language))) " " }
                    Action::Lead => { (view::badge(Tone::Neutral, texts::IS_LEAD.to(language))) " " }
                }
                (view::link(&url, &words::name(store, step)?))
            },
            detail: detail(store, sequence, step, places, language)?,
            actions: view::link_button(&url, admin::EDIT.to(language), ButtonKind::Secondary),
        });
    }
    Ok(view::timeline(&items))
}

/// For whom, where it leads, how many come, how many had it.
fn detail(
    store: &Reader,
    sequence: &Sequence,
    step: &Step,
    places: &Places,
    language: Language,
) -> Result<Markup> {
    let waiting = places.before(step.id);
    let counts = match step.action {
        Action::Mail => match store.sent_of_step(step.id)? {
            0 => texts::NOT_SENT.to(language).to_string(),
            sent => texts::SENT_COUNT.with(language, &[("count", &page::number(sent))]),
        },
        Action::Wait => {
            let count = places.held_at(Hold::Waiting.word(), step.id);
            texts::WAIT_HERE.with(language, &[("count", &page::number(count))])
        }
        Action::Lead => String::new(),
    };
    let lead = |go: Go, text: Text| -> Result<Option<String>> {
        match go {
            Go::Next => Ok(None),
            go => {
                let place = words::go(store, sequence, go, language)?;
                Ok(Some(text.with(language, &[("where", &place)])))
            }
        }
    };
    let (then, otherwise) = (lead(step.then, texts::LEADS_TO)?, lead(step.otherwise, texts::LEADS_ELSE)?);
    Ok(html! {
        @if let Some(condition) = &step.condition {
            p { (texts::ONLY_FOR.with(language, &[("who", &words::condition(store, condition, language)?)])) }
        }
        @for line in [then, otherwise].into_iter().flatten() { p { (line) } }
        @if !counts.is_empty() { (counts) }
        @if waiting > 0 {
            @if !counts.is_empty() { " · " }
            (texts::WAITING_HERE.with(language, &[("count", &page::number(waiting))]))
        }
    })
}

fn how_card(language: Language) -> Markup {
    let sentences = [
        admin::SEQUENCE_HOW_JOIN,
        admin::SEQUENCE_HOW_NOW,
        admin::SEQUENCE_HOW_ADDED,
        admin::SEQUENCE_HOW_OLD,
    ];
    view::card(
        admin::SEQUENCE_HOW.to(language),
        html! { ul { @for sentence in sentences { li { (sentence.to(language)) } } } },
    )
}

/// The dates of a reader who joins at this moment, by the same rules as the sending.
fn if_now_card(app: &App, store: &Reader, sequence: &Sequence, language: Language) -> Result<Markup> {
    let now = app.clock.now();
    let seen = foresee::for_joiner(app, store, sequence, now, &Fields::new())?;
    let lines: Vec<(String, &str)> =
        seen.steps.iter().map(|one| (at(app, one.due, now, language), one.subject.as_str())).collect();
    let facts: Vec<(&str, Markup)> =
        lines.iter().map(|(when, subject)| (when.as_str(), html! { (subject) })).collect();
    Ok(html! {
        @if !facts.is_empty() {
            (view::card(admin::SEQUENCE_IF_NOW.to(language), view::definition_list(&facts)))
        }
    })
}

/// A moment; one that is past by now means at once.
fn at(app: &App, due: i64, now: i64, language: Language) -> String {
    let when = page::time(app, due.max(now));
    match due <= now {
        true => admin::SEQUENCE_AT_ONCE.with(language, &[("when", &when)]),
        false => when,
    }
}

/// Stopping everybody, folded; going on, with the choice of the clock.
fn pause_box(call: &Call, admin: &Admin, sequence: &Sequence) -> Markup {
    let language = call.language;
    let own = link_to(call, sequence);
    if sequence.paused_at.is_some() {
        let clock = [
            Choice::new("shift", texts::RESUME_SHIFT.to(language)),
            Choice::new("keep", texts::RESUME_KEEP.to(language)),
        ];
        let fields = html! {
            (Field::new("clock", texts::RESUME.to(language), Input::Radio(&clock)).value("shift"))
            (view::actions(view::button(texts::RESUME.to(language), ButtonKind::Primary)))
        };
        return view::card("", view::form(&format!("{own}/resume"), &admin.csrf, fields));
    }
    let button = view::post_button(&view::PostButton {
        action: &format!("{own}/pause"),
        csrf: &admin.csrf,
        label: texts::PAUSE_ALL.to(language),
        kind: ButtonKind::Danger,
        ..view::PostButton::default()
    });
    let content = html! { p { (texts::PAUSE_ALL_TEXT.to(language)) } (button) };
    view::details_box(texts::PAUSE_ALL.to(language), content)
}

/// The page of one sequence.
fn link_to(call: &Call, sequence: &Sequence) -> String {
    call.link(&format!("/admin/sequences/{}", sequence.id))
}

fn back_to_list(call: &Call) -> Markup {
    let label = admin::SEQUENCE_TO_LIST.to(call.language);
    view::back_link(Link { label, url: &call.link("/admin/sequences") })
}

fn people(count: i64, language: Language) -> String {
    admin::PEOPLE.with(language, &[("count", &page::number(count))])
}

/// How many of the steps are mails.
fn mails(steps: &[Step], language: Language) -> String {
    let count = steps.iter().filter(|step| step.action == Action::Mail).count();
    admin::MAILS.with(language, &[("count", &count.to_string())])
}
