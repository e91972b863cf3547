//! One step of a sequence: writing it, looking at it, taking it out; each edit shows first whom it concerns.
//! Not the timeline (sequences), not the fields (sheet), not the page in between (preview).

use crate::app::App;
use crate::domain::condition::Condition;
use crate::domain::id::{SequenceId, StepId};
use crate::domain::message::Kind as MessageKind;
use crate::domain::sequence::{Action, Draft, Reach, Sequence, Step};
use crate::error::{Error, Result};
use crate::mail::effect;
use crate::store::{Reader, Writer};
use crate::texts::{admin, errors, sequences as texts};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::sequences::choices::condition_choices;
use crate::web::admin::sequences::link_to;
use crate::web::admin::sequences::preview::{self, Kind as Edit, Preview};
use crate::web::admin::sequences::sheet::{Checked, Sheet};
use crate::web::admin::writing;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Link, Markup, Nav, PostButton, Tone, html};

/// GET /admin/sequences/NUMBER/steps/new
pub fn new(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let sheet = Sheet::next_after(&store.steps(sequence.id)?);
    show_form(call, admin, app, store, &sequence, &sheet, &Mistake::none(), None)
}

/// POST /admin/sequences/NUMBER/steps/new
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    save_or_ask(call, admin, app, store, form, &sequence, None)
}

/// GET /admin/sequences/NUMBER/steps/STEP
pub fn edit(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let (sequence, step) = named(call, store)?;
    show_stored(call, admin, app, store, &sequence, &step, None)
}

/// POST /admin/sequences/NUMBER/steps/STEP. What it said before stays as it was sent; who got that does not get it again.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let (sequence, step) = named(call, store)?;
    save_or_ask(call, admin, app, store, form, &sequence, Some(&step))
}

/// Saves when nobody is inside or the owner has chosen for whom; else shows whom it concerns.
fn save_or_ask(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Writer,
    form: &Form,
    sequence: &Sequence,
    step: Option<&Step>,
) -> Result<Reply> {
    let choices = condition_choices(store, sequence, step, call.language)?;
    let mut sheet = Sheet::typed(form);
    if sheet.pressed(form, store, &choices)? || form.has("again") {
        return show_form(
            call,
            admin,
            app,
            store,
            sequence,
            &sheet,
            &Mistake::none(),
            Extras::of(step, None),
        );
    }
    let stored = store.list(sequence.list).and_then(|list| {
        let checked = sheet.check(app, store, &choices, &list, sequence)?;
        let reach = Reach::parse(form.text("reach"));
        if reach.is_none() && store.active_enrolments(sequence.id)? > 0 {
            return ask(call, admin, app, store, form, sequence, step, &checked);
        }
        // Where nobody was asked, nobody is inside.
        store
            .transaction(|| put(app, store, sequence, step, &checked, reach.unwrap_or(Reach::NotThereYet)))?;
        Ok(done(call, sequence.id, "step-saved"))
    });
    page::or_again(call, stored, |mistake| {
        show_form(call, admin, app, store, sequence, &sheet, mistake, Extras::of(step, None))
    })
}

/// The edit itself.
fn put(
    app: &App,
    store: &Writer,
    sequence: &Sequence,
    step: Option<&Step>,
    checked: &Checked,
    reach: Reach,
) -> Result<StepId> {
    let now = app.clock.now();
    let known = match step {
        Some(step) if store.message(step.message)?.content == checked.content => Some(step.message),
        _ => None,
    };
    // A new wording is a new message: the old one is what was sent, and what an undo brings back.
    let message = match known {
        Some(message) => message,
        None => store.add_message(MessageKind::Step, sequence.list, &checked.content, now)?,
    };
    let draft = Draft {
        timing: checked.timing.clone(),
        condition: checked.condition.clone(),
        message,
        action: checked.action,
        then: checked.then,
        otherwise: checked.otherwise,
    };
    match step {
        None => store.add_step(sequence.id, &draft, checked.place, reach, now),
        Some(step) => {
            store.change_step(sequence.id, step.id, &draft, checked.place, reach, now)?;
            Ok(step.id)
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a page between two pages")]
fn ask(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Writer,
    form: &Form,
    sequence: &Sequence,
    step: Option<&Step>,
    checked: &Checked,
) -> Result<Reply> {
    let effect = effect::of_edit(app, store, sequence, || {
        put(app, store, sequence, step, checked, Reach::NotThereYet)
    })?;
    let action = format!("{}/steps/{}", link_to(call, sequence), step_word(step));
    let kind = match step {
        None => Edit::Added,
        Some(step) if step.timing == checked.timing && checked.place_stays() => Edit::Reworded,
        Some(_) => Edit::Moved,
    };
    preview::show(
        call,
        admin,
        app,
        sequence,
        &Preview { effect, action: &action, form, kind, is_mail: checked.action == Action::Mail },
    )
}

fn step_word(step: Option<&Step>) -> String {
    step.map_or_else(|| "new".to_string(), |step| step.id.to_string())
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
pub fn remove(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let (sequence, step) = named(call, store)?;
    let now = app.clock.now();
    if form.has("again") {
        return show_stored(call, admin, app, store, &sequence, &step, None);
    }
    let removed = if form.has("reach") || store.active_enrolments(sequence.id)? == 0 {
        store.remove_step(sequence.id, step.id, now).map(|()| done(call, sequence.id, "step-removed"))
    } else {
        let tried = effect::of_edit(app, store, &sequence, || {
            store.remove_step(sequence.id, step.id, now).map(|()| step.id)
        });
        tried.and_then(|effect| {
            let action = format!("{}/steps/{}/remove", link_to(call, &sequence), step.id);
            preview::show(
                call,
                admin,
                app,
                &sequence,
                &Preview {
                    effect,
                    action: &action,
                    form,
                    kind: Edit::Removed,
                    is_mail: step.action == Action::Mail,
                },
            )
        })
    };
    page::or_again(call, removed, |mistake| {
        let choices = condition_choices(store, &sequence, Some(&step), call.language)?;
        let sheet = Sheet::stored(&step, store.message(step.message)?.content, &choices);
        show_form(call, admin, app, store, &sequence, &sheet, mistake, Extras::of(Some(&step), None))
    })
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
    step: &'a Step,
    notice: Option<(Tone, Markup)>,
}

impl<'a> Extras<'a> {
    fn of(step: Option<&'a Step>, notice: Option<(Tone, Markup)>) -> Option<Extras<'a>> {
        step.map(|step| Extras { step, notice })
    }
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
    let choices = condition_choices(store, sequence, Some(step), call.language)?;
    let sheet = Sheet::stored(step, store.message(step.message)?.content, &choices);
    show_form(call, admin, app, store, sequence, &sheet, &Mistake::none(), Extras::of(Some(step), notice))
}

#[expect(clippy::too_many_arguments, reason = "all that the page is made of")]
fn show_form(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    sheet: &Sheet,
    mistake: &Mistake,
    extras: Option<Extras>,
) -> Result<Reply> {
    let language = call.language;
    let title = match &extras {
        None => admin::STEP_NEW,
        Some(extras) if extras.step.action == Action::Mail => admin::STEP_EDIT,
        Some(_) => admin::STEP_EDIT_OTHER,
    };
    let title = title.to(language);
    let own = link_to(call, sequence);
    let step = extras.as_ref().map(|extras| extras.step);
    let step_url = format!("{own}/steps/{}", step_word(step));
    let was_sent = match step {
        Some(step) => store.sent_of_step(step.id)? > 0,
        None => false,
    };
    let save = match store.active_enrolments(sequence.id)? {
        0 => admin::STEP_SAVE,
        _ => texts::CHECK,
    };
    let choices = condition_choices(store, sequence, step, language)?;
    let fields = html! {
        // Return in a line presses the first button of a form: it must not be one that takes a row out.
        button.unseen type="submit" tabindex="-1" aria-hidden="true" {}
        (sheet.fields(app, store, (sequence, step.map(|step| step.id)), &choices, mistake)?)
        (view::actions(view::button(save.to(language), ButtonKind::Primary)))
    };
    let content = html! {
        (view::back_link(Link { label: &sequence.title, url: &own }))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        @if was_sent { (view::notice(Tone::Info, admin::STEP_WAS_SENT.to(language))) }
        (view::columns(
            html! {
                (view::card("", view::form(&step_url, &admin.csrf, fields)))
                @if let Some(step) = step.filter(|step| step.action == Action::Mail) {
                    (stored_preview(call, app, store, step, &step_url)?)
                }
            },
            html! {
                @if step.is_none_or(|step| step.action == Action::Mail) {
                    (writing::help(MessageKind::Step, language))
                    (writing::field_help(call, store)?)
                }
                @if let Some(step) = step {
                    @if step.action == Action::Mail {
                        (writing::test_card(call, admin, &format!("{step_url}/test")))
                    }
                    (remove_box(call, admin, step.action, &step_url))
                }
            },
        ))
    };
    let mut frame = page::frame(call, admin, title);
    if let Some((tone, said)) = extras.and_then(|extras| extras.notice) {
        frame = frame.notice(tone, said);
    }
    Ok(page::reply(&frame, Nav::Sequences, content))
}

/// The mail as it is stored, not as it is being typed.
fn stored_preview(call: &Call, app: &App, store: &Reader, step: &Step, step_url: &str) -> Result<Markup> {
    let message = store.message(step.message)?;
    let list = store.list(message.list)?;
    let everybody = Condition::everybody();
    Ok(html! {
        (writing::gaps(call, app, store, &list, step.condition.as_ref().unwrap_or(&everybody), MessageKind::Step, &message.content)?)
        (writing::preview(call, app, &list, MessageKind::Step, &message.content, &format!("{step_url}/html")))
    })
}

/// Folded, so that it takes two deliberate presses.
fn remove_box(call: &Call, admin: &Admin, action: Action, step_url: &str) -> Markup {
    let language = call.language;
    let button = view::post_button(&PostButton {
        action: &format!("{step_url}/remove"),
        csrf: &admin.csrf,
        label: admin::STEP_REMOVE_BUTTON.to(language),
        kind: ButtonKind::Danger,
        ..PostButton::default()
    });
    let (title, text) = match action {
        Action::Mail => (admin::STEP_REMOVE, admin::STEP_REMOVE_TEXT),
        Action::Wait | Action::Lead => (admin::STEP_REMOVE_OTHER, admin::STEP_REMOVE_OTHER_TEXT),
    };
    view::details_box(title.to(language), html! { p { (text.to(language)) } (button) })
}
