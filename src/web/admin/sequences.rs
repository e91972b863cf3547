//! Sequences (ステップメール): the list, a new one, and the timeline of one with the dates of who joins now.
//! Not the steps' own pages: steps. Not the sending: mail/due.

use crate::app::App;
use crate::domain::list::ListName;
use crate::domain::sequence::{LONGEST_TITLE, Options, Sequence, Step, Timing, parse_title};
use crate::domain::subscriber::Fields;
use crate::error::{Error, Result};
use crate::mail::foresee;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, admin, errors};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::writing::{self, ListChoice};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Link, Markup, Nav, TimelineItem, html};

const DONE: &[(&str, Text)] = &[
    ("made", admin::SEQUENCE_CREATED),
    ("step-saved", admin::STEP_SAVED),
    ("step-removed", admin::STEP_REMOVED),
];

/// GET /admin/sequences
pub fn list(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = admin::NAV_SEQUENCES.to(language);
    let mut rows = Vec::new();
    for sequence in store.sequences()? {
        rows.push(vec![
            view::link(&link_to(call, &sequence), &sequence.title),
            html! { (store.list(sequence.list)?.title) },
            html! { (mails(store.steps(sequence.id)?.len(), language)) },
            html! { (people(store.active_enrolments(sequence.id)?, language)) },
        ]);
    }
    let columns = [
        Column::main(admin::SEQUENCE_TITLE.to(language)),
        Column::text(admin::CHOOSE_LIST.to(language)),
        Column::number(admin::SEQUENCE_STEPS.to(language)),
        Column::number(admin::SEQUENCE_ACTIVE.to(language)),
    ];
    let new = view::link_button(
        &call.link("/admin/sequences/new"),
        admin::SEQUENCE_NEW.to(language),
        ButtonKind::Primary,
    );
    let content = html! {
        @if rows.is_empty() {
            (view::page_heading(title, html! {}))
            (view::empty_state(admin::SEQUENCE_NONE.to(language), admin::SEQUENCE_NONE_TEXT.to(language), new))
        } @else {
            (view::page_heading(title, new))
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
    let id = store.add_sequence(name.as_str(), &title, list.id, &Options::default(), app.clock.now())?;
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
    let subjects = subjects(store, &steps)?;
    let active = store.active_enrolments(sequence.id)?;
    let new_step = format!("{}/steps/new", link_to(call, &sequence));
    let add = view::link_button(&new_step, admin::STEP_NEW.to(language), ButtonKind::Primary);
    let facts = [
        (admin::CHOOSE_LIST.to(language), html! { (list.title) }),
        (admin::SEQUENCE_STEPS.to(language), html! { (mails(steps.len(), language)) }),
        (admin::SEQUENCE_ACTIVE.to(language), html! { (people(active, language)) }),
    ];
    let content = html! {
        (back_to_list(call))
        (view::page_heading(&sequence.title, html! { @if !steps.is_empty() { (add) } }))
        (view::columns(
            html! {
                @if steps.is_empty() {
                    (view::empty_state(admin::STEP_EMPTY.to(language), admin::STEP_EMPTY_TEXT.to(language), add))
                } @else {
                    (timeline(call, store, &sequence, &steps, &subjects)?)
                }
            },
            html! {
                (view::card("", view::definition_list(&facts)))
                @if !steps.is_empty() { (if_now_card(app, store, &sequence, language)?) }
                (how_card(language))
            },
        ))
    };
    let frame = page::done_notice(page::frame(call, admin, &sequence.title), call, DONE);
    Ok(page::reply(&frame, Nav::Sequences, content))
}

fn subjects(store: &Reader, steps: &[Step]) -> Result<Vec<String>> {
    steps.iter().map(|step| store.message_subject(step.message).map(|(subject, _)| subject)).collect()
}

fn timeline(
    call: &Call,
    store: &Reader,
    sequence: &Sequence,
    steps: &[Step],
    subjects: &[String],
) -> Result<Markup> {
    let language = call.language;
    let markers: Vec<String> = steps.iter().map(|step| marker(step, language)).collect();
    let mut items = Vec::new();
    for ((step, subject), marker) in steps.iter().zip(subjects).zip(&markers) {
        let url = format!("{}/steps/{}", link_to(call, sequence), step.id);
        let detail = match store.sent_of_step(step.id)? {
            0 => admin::STEP_NOT_SENT.to(language).to_string(),
            sent => admin::STEP_SENT.with(language, &[("count", &page::number(sent))]),
        };
        items.push(TimelineItem {
            marker,
            title: view::link(&url, subject),
            detail: html! { (detail) },
            actions: view::link_button(&url, admin::EDIT.to(language), ButtonKind::Secondary),
        });
    }
    Ok(view::timeline(&items))
}

/// `3日後 08:30`
pub(super) fn marker(step: &Step, language: Language) -> String {
    let Timing::AfterStart { days, at } = &step.timing else { return String::new() };
    let text = if *days == 0 { admin::STEP_SAME_DAY } else { admin::STEP_AFTER };
    text.with(language, &[("days", &days.to_string()), ("time", &at.to_string())])
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
    let lines: Vec<(String, &str)> = seen
        .steps
        .iter()
        .map(|one| {
            let when = page::time(app, one.due);
            let when = match one.due <= now {
                true => admin::SEQUENCE_AT_ONCE.with(language, &[("when", &when)]),
                false => when,
            };
            (when, one.subject.as_str())
        })
        .collect();
    let facts: Vec<(&str, Markup)> =
        lines.iter().map(|(when, subject)| (when.as_str(), html! { (subject) })).collect();
    Ok(view::card(admin::SEQUENCE_IF_NOW.to(language), view::definition_list(&facts)))
}

/// The page of one sequence.
pub(super) fn link_to(call: &Call, sequence: &Sequence) -> String {
    call.link(&format!("/admin/sequences/{}", sequence.id))
}

fn back_to_list(call: &Call) -> Markup {
    let label = admin::SEQUENCE_TO_LIST.to(call.language);
    view::back_link(Link { label, url: &call.link("/admin/sequences") })
}

fn people(count: i64, language: Language) -> String {
    admin::PEOPLE.with(language, &[("count", &page::number(count))])
}

fn mails(count: usize, language: Language) -> String {
    admin::MAILS.with(language, &[("count", &count.to_string())])
}
