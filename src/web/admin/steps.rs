//! One step of a sequence: writing it, looking at it, taking it out.
//! Not the timeline (sequences) and not the fields of a mail (writing).

use crate::app::App;
use crate::domain::calendar::TimeOfDay;
use crate::domain::condition::Condition;
use crate::domain::id::{SequenceId, StepId};
use crate::domain::list::List;
use crate::domain::message::{Content, Kind};
use crate::domain::sequence::{FURTHEST_DAY, Sequence, Step, parse_day};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{admin, errors};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::sequences::link_to;
use crate::web::admin::writing::{self, Draft};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Link, Markup, Nav, PostButton, Tone, html};

/// What the form holds.
struct Sheet {
    after_days: String,
    at: String,
    draft: Draft,
}

impl Sheet {
    fn empty() -> Sheet {
        Sheet { after_days: "0".to_string(), at: "08:30".to_string(), draft: Draft::default() }
    }

    fn typed(form: &Form) -> Sheet {
        let field = |name: &str| form.text(name).to_string();
        Sheet { after_days: field("after_days"), at: field("at"), draft: Draft::typed(form) }
    }

    fn stored(step: &Step, content: Content) -> Sheet {
        Sheet {
            after_days: step.after_days.to_string(),
            at: step.at.to_string(),
            draft: Draft::stored(content),
        }
    }

    fn check(&self, app: &App, list: &List) -> Result<(i64, TimeOfDay, Content)> {
        // What is no number is refused with the sentence of a number out of range.
        let after_days = parse_day(self.after_days.trim().parse().unwrap_or(-1))?;
        let at = TimeOfDay::parse(&self.at)?;
        Ok((after_days, at, self.draft.check(app, list)?))
    }
}

/// GET /admin/sequences/NUMBER/steps/new
pub fn new(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    // The day after the last step is the likely next.
    let mut sheet = Sheet::empty();
    if let Some(last) = store.steps(sequence.id)?.last() {
        sheet.after_days = (last.after_days + 1).min(FURTHEST_DAY).to_string();
        sheet.at = last.at.to_string();
    }
    show_form(call, admin, app, &sequence, &sheet, &Mistake::none(), None)
}

/// POST /admin/sequences/NUMBER/steps/new
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let sheet = Sheet::typed(form);
    let stored = store.list(sequence.list).and_then(|list| {
        let (after_days, at, content) = sheet.check(app, &list)?;
        let now = app.clock.now();
        store.transaction(|| {
            let message = store.add_message(Kind::Step, list.id, &content, now)?;
            store.add_step(sequence.id, after_days, at, message, now)
        })?;
        Ok(done(call, sequence.id, "step-saved"))
    });
    page::or_again(call, stored, |mistake| show_form(call, admin, app, &sequence, &sheet, mistake, None))
}

/// GET /admin/sequences/NUMBER/steps/STEP
pub fn edit(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let (sequence, step) = named(call, store)?;
    show_stored(call, admin, app, store, &sequence, &step, None)
}

/// POST /admin/sequences/NUMBER/steps/STEP. A message that is in the ledger stays as it was sent: the step then gets
/// a new one.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let (sequence, step) = named(call, store)?;
    let sheet = Sheet::typed(form);
    let stored = store.list(sequence.list).and_then(|list| {
        let (after_days, at, content) = sheet.check(app, &list)?;
        let now = app.clock.now();
        store.transaction(|| {
            let (_, step) = named(call, store)?;
            let is_same = store.message(step.message)?.content == content;
            let message = match is_same {
                true => step.message,
                false if store.has_deliveries(step.message)? => {
                    store.add_message(Kind::Step, list.id, &content, now)?
                }
                false => {
                    store.change_message(step.message, &content)?;
                    step.message
                }
            };
            store.change_step(sequence.id, step.id, after_days, at, message)
        })?;
        Ok(done(call, sequence.id, "step-saved"))
    });
    page::or_again(call, stored, |mistake| {
        let extras = Extras { store, step: &step };
        show_form(call, admin, app, &sequence, &sheet, mistake, Some((&extras, None)))
    })
}

/// GET /admin/sequences/NUMBER/steps/STEP/html: the HTML part, for the preview's frame.
pub fn html_part(call: &Call, _admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    writing::html_part(app, store, named(call, store)?.1.message)
}

/// POST /admin/sequences/NUMBER/steps/STEP/test: the page again, with what the mail server said.
pub fn send_test(call: &Call, admin: &Admin, app: &mut App, store: &Writer, _form: &Form) -> Result<Reply> {
    let (sequence, step) = named(call, store)?;
    let said = writing::send_test(call, admin, app, store, step.message)?;
    show_stored(call, admin, app, store, &sequence, &step, Some(said))
}

/// POST /admin/sequences/NUMBER/steps/STEP/remove
pub fn remove(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _form: &Form) -> Result<Reply> {
    let (sequence, step) = named(call, store)?;
    store.transaction(|| store.remove_step(sequence.id, step.id, app.clock.now()))?;
    Ok(done(call, sequence.id, "step-removed"))
}

fn done(call: &Call, sequence: SequenceId, word: &str) -> Reply {
    call.redirect(&format!("/admin/sequences/{sequence}?done={word}"))
}

/// The step that the path names.
fn named(call: &Call, store: &Reader) -> Result<(Sequence, Step)> {
    let sequence = store.sequence_named(call.parameter())?;
    let unknown = || Error::not_found(errors::STEP_NOT_FOUND);
    let id: StepId = call.parameter_at(1).parse().map_err(|_| unknown())?;
    let step = store.step(sequence.id, id)?.ok_or_else(unknown)?;
    Ok((sequence, step))
}

/// What only a step that is stored has beside its form.
struct Extras<'a> {
    store: &'a Reader,
    step: &'a Step,
}

fn show_stored(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    step: &Step,
    notice: Option<(Tone, Markup)>,
) -> Result<Reply> {
    let sheet = Sheet::stored(step, store.message(step.message)?.content);
    let extras = Extras { store, step };
    show_form(call, admin, app, sequence, &sheet, &Mistake::none(), Some((&extras, notice)))
}

fn show_form(
    call: &Call,
    admin: &Admin,
    app: &App,
    sequence: &Sequence,
    sheet: &Sheet,
    mistake: &Mistake,
    extras: Option<(&Extras, Option<(Tone, Markup)>)>,
) -> Result<Reply> {
    let language = call.language;
    let title = if extras.is_some() { admin::STEP_EDIT } else { admin::STEP_NEW }.to(language);
    let own = link_to(call, sequence);
    let (stored, notice) = extras.map_or((None, None), |(extras, notice)| (Some(extras), notice));
    let step_url = match stored {
        Some(extras) => format!("{own}/steps/{}", extras.step.id),
        None => format!("{own}/steps/new"),
    };
    let was_sent = match stored {
        Some(extras) => extras.store.has_deliveries(extras.step.message)?,
        None => false,
    };
    let fields = html! {
        (time_fields(app, sheet, mistake, call))
        (writing::fields(&sheet.draft, mistake, language))
        (view::actions(view::button(admin::STEP_SAVE.to(language), ButtonKind::Primary)))
    };
    let content = html! {
        (view::back_link(Link { label: &sequence.title, url: &own }))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        @if was_sent { (view::notice(Tone::Info, admin::STEP_WAS_SENT.to(language))) }
        (view::columns(
            html! {
                (view::card("", view::form(&step_url, &admin.csrf, fields)))
                @if let Some(extras) = stored { (stored_preview(call, app, extras, &step_url)?) }
            },
            html! {
                (writing::help(language))
                @if let Some(extras) = stored { (writing::field_help(call, extras.store)?) }
                @if stored.is_some() {
                    (writing::test_card(call, admin, &format!("{step_url}/test")))
                    (remove_box(call, admin, &step_url))
                }
            },
        ))
    };
    let mut frame = page::frame(call, admin, title);
    if let Some((tone, said)) = notice {
        frame = frame.notice(tone, said);
    }
    Ok(page::reply(&frame, Nav::Sequences, content))
}

fn time_fields(app: &App, sheet: &Sheet, mistake: &Mistake, call: &Call) -> Markup {
    let language = call.language;
    let hint = admin::STEP_TIME_HINT.with(language, &[("zone", app.settings.zone().name())]);
    let days = Input::Number { min: 0, max: FURTHEST_DAY };
    html! {
        (Field::new("after_days", admin::STEP_DAYS.to(language), days).value(&sheet.after_days)
            .required(language).unit(admin::STEP_DAYS_UNIT.to(language))
            .hint(admin::STEP_DAYS_HINT.to(language)).error(mistake.on("after_days")))
        (Field::new("at", admin::STEP_TIME.to(language), Input::Time).value(&sheet.at).required(language)
            .hint(hint).error(mistake.on("at")))
    }
}

/// The mail as it is stored, not as it is being typed.
fn stored_preview(call: &Call, app: &App, extras: &Extras, step_url: &str) -> Result<Markup> {
    let message = extras.store.message(extras.step.message)?;
    let list = extras.store.list(message.list)?;
    let everybody = Condition::everybody();
    Ok(html! {
        (writing::gaps(call, app, extras.store, &list, &everybody, &message.content)?)
        (writing::preview(call, app, &list, &message.content, &format!("{step_url}/html")))
    })
}

/// Folded, so that it takes two deliberate presses.
fn remove_box(call: &Call, admin: &Admin, step_url: &str) -> Markup {
    let language = call.language;
    let button = view::post_button(&PostButton {
        action: &format!("{step_url}/remove"),
        csrf: &admin.csrf,
        label: admin::STEP_REMOVE_BUTTON.to(language),
        kind: ButtonKind::Danger,
        ..PostButton::default()
    });
    let content = html! { p { (admin::STEP_REMOVE_TEXT.to(language)) } (button) };
    view::details_box(admin::STEP_REMOVE.to(language), content)
}
