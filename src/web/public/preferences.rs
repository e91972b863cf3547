//! A reader's own page: her name, what the forms of her lists ask for, and the lists she is on.
//! Not the address: a new one has to be confirmed.

use maud::html;

use super::{circumstances, subscription};
use crate::app::App;
use crate::domain::field::AskedField;
use crate::domain::subscriber::{LONGEST_NAME, Name, Subscription, SubscriptionState};
use crate::domain::token::Purpose;
use crate::error::{Error, Result};
use crate::store::enrolments::{Enrolment, Hold};
use crate::store::{Reader, Writer};
use crate::texts::{common, errors, feedback, public, sequences as texts};
use crate::web::call::{Call, product_name};
use crate::web::field_input;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Tone};

/// GET /p/TOKEN
pub fn show(call: &Call, app: &App, store: &Reader) -> Result<Reply> {
    let reader = person(call, app, store)?;
    page(call, store, &reader, None, None)
}

/// POST /p/TOKEN: stores the name and the fields, and leaves the lists whose box was shown and is empty now. What the page did not
/// show stays: a program that posts nothing changes nothing.
pub fn change(call: &Call, app: &App, store: &Writer, form: &Form) -> Result<Reply> {
    let reader = person(call, app, store)?;
    let asked = asked_of(store, &reader)?;
    let typed = form.has("name").then(|| Name::parse(form.text("name"))).transpose();
    let typed = typed.and_then(|name| Ok((name, field_input::read(&shown_of(&asked, form), form)?)));
    let (name, fields) = match typed {
        Ok(typed) => typed,
        Err(error) => {
            let page = page(call, store, &reader, Some(form), Some(&error))?;
            return Ok(Reply { status: 422, ..page });
        }
    };
    let how = circumstances(call, "link");
    let now = app.clock.now();
    store.transaction(|| {
        if let Some(name) = &name {
            store.rename_subscriber(reader.subscriber, name)?;
        }
        if !fields.is_empty() {
            store.put_fields(reader.subscriber, &field_input::put_over(&reader.fields, &fields))?;
        }
        for place in store.subscriptions_of(reader.subscriber)? {
            let was_shown = form.all(SHOWN).any(|list| list == place.list.to_string());
            if was_shown && place.state == SubscriptionState::Confirmed && !form.has(&box_name(&place)) {
                store.leave(place.id, &how, now)?;
            }
        }
        for way in ways_of(store, &reader)? {
            let was_shown = form.all(SHOWN_SEQUENCE).any(|id| id == way.enrolment.id.to_string());
            if was_shown && !form.has(&way.box_name()) {
                store.end_enrolment(&way.enrolment, "reader", now)?;
            }
        }
        if form.has(TRACKING_SHOWN) {
            store.refuse_tracking(reader.subscriber, form.has(NO_TRACKING), now)?;
        }
        Ok(())
    })?;
    let reader = person(call, app, store)?;
    page(call, store, &reader, Some(form), None)
}

/// What the forms of her lists ask for, each once.
fn asked_of(store: &Reader, reader: &Subscription) -> Result<Vec<AskedField>> {
    let mut asked: Vec<AskedField> = Vec::new();
    for place in store.subscriptions_of(reader.subscriber)? {
        if place.state == SubscriptionState::Confirmed {
            for field in store.list_fields(place.list)? {
                if asked.iter().all(|other| other.field.id != field.field.id) {
                    asked.push(field);
                }
            }
        }
    }
    Ok(asked)
}

/// Those that the page showed: what was not there is not missing.
fn shown_of(asked: &[AskedField], form: &Form) -> Vec<AskedField> {
    asked.iter().filter(|asked| form.has(asked.field.key.as_str())).cloned().collect()
}

/// The hidden fields that name the lists whose boxes the page showed.
const SHOWN: &str = "shown";
/// The same for the sequences she is in.
const SHOWN_SEQUENCE: &str = "shown_sequence";
/// The box that refuses to be counted, and the hidden field that says it was shown.
const NO_TRACKING: &str = "no_tracking";
const TRACKING_SHOWN: &str = "no_tracking_shown";

/// The reader behind the link. Who was erased has nothing here any more, and must not get a name again.
fn person(call: &Call, app: &App, store: &Reader) -> Result<Subscription> {
    let reader = subscription(app, store, Purpose::Preferences, call.parameter())?;
    match reader.address.is_empty() {
        true => Err(Error::not_found(errors::LINK_NOT_VALID)),
        false => Ok(reader),
    }
}

fn box_name(place: &Subscription) -> String {
    format!("list-{}", place.list)
}

/// A sequence she is in, of a list that she stays on.
struct Way {
    enrolment: Enrolment,
    title: String,
}

impl Way {
    fn box_name(&self) -> String {
        format!("sequence-{}", self.enrolment.id)
    }
}

/// The most sequences of one list that are shown.
const MOST_WAYS: i64 = 50;

fn ways_of(store: &Reader, reader: &Subscription) -> Result<Vec<Way>> {
    let mut ways = Vec::new();
    for place in store.subscriptions_of(reader.subscriber)? {
        if place.state != SubscriptionState::Confirmed {
            continue;
        }
        for enrolment in store.enrolments_of(place.id, MOST_WAYS)? {
            // Who has been all through has nothing to leave.
            let has_more = enrolment.due_at.is_some() || enrolment.hold != Hold::Nothing;
            if enrolment.is_active && has_more {
                let title = store.sequence(enrolment.sequence)?.title;
                ways.push(Way { enrolment, title });
            }
        }
    }
    Ok(ways)
}

fn page(
    call: &Call,
    store: &Reader,
    reader: &Subscription,
    sent: Option<&Form>,
    error: Option<&Error>,
) -> Result<Reply> {
    let language = call.language;
    let title = public::PREFERENCES_TITLE.to(language);
    let mut places = Vec::new();
    let refuses = store.refuses_tracking(reader.subscriber)?;
    let mut is_counted = refuses;
    for place in store.subscriptions_of(reader.subscriber)? {
        if place.state == SubscriptionState::Confirmed {
            let list = store.list(place.list)?;
            is_counted |= list.tracking.is_on();
            places.push((box_name(&place), place.list.to_string(), list.title));
        }
    }
    let ways = ways_of(store, reader)?;
    let asked = asked_of(store, reader)?;
    let refusal = error.and_then(Error::refusal);
    let sentence = refusal.map(|refusal| refusal.say_to_stranger(language));
    let blamed = refusal.and_then(|refusal| refusal.field.as_deref()).unwrap_or("name");
    let wrong = |key: &str| sentence.as_deref().filter(|_| key == blamed);
    let value = |key: &str| match sent.filter(|_| error.is_some()) {
        Some(form) => form.text(key).to_string(),
        None => reader.fields.get(key).cloned().unwrap_or_default(),
    };
    let name = sent.filter(|_| error.is_some()).map_or(reader.name.as_str(), |form| form.text("name"));
    // After a mistake the boxes stay as she left them.
    let ticked = |name: &str| match sent.filter(|_| error.is_some()) {
        Some(form) if !form.has(name) => "",
        _ => "1",
    };
    let content = html! {
        h1 { (title) }
        @if let Some(sentence) = &sentence {
            (view::error_summary(common::CHECK_INPUT.to(language), &[(blamed, sentence)]))
        } @else if sent.is_some() {
            (view::notice(Tone::Success, public::PREFERENCES_SAVED.to(language)))
        }
        form method="post" action=(call.link(&call.request.path)) {
            @for (_, list, _) in &places { (view::hidden(SHOWN, list)) }
            (Field::new("name", public::NAME.to(language), Input::Text).value(name).autocomplete("name")
                .maxlength(u32::try_from(LONGEST_NAME).unwrap_or(100)).error(wrong("name")))
            @for asked in &asked {
                @let key = asked.field.key.as_str();
                (field_input::input(asked, &value(key), wrong(key), error.is_some(), language))
            }
            @if places.is_empty() {
                p { (public::NO_LISTS.to(language)) }
            } @else {
                (view::fieldset(public::YOUR_LISTS.to(language), html! {
                    @for (name, _, title) in &places {
                        (Field::new(name, title, Input::Checkbox).value(ticked(name)))
                    }
                    p.hint { (public::YOUR_LISTS_HINT.to(language)) }
                }))
            }
            @if !ways.is_empty() {
                @for way in &ways { (view::hidden(SHOWN_SEQUENCE, &way.enrolment.id.to_string())) }
                (view::fieldset(texts::YOUR_SEQUENCES.to(language), html! {
                    @for way in &ways {
                        (Field::new(&way.box_name(), &way.title, Input::Checkbox).value(ticked(&way.box_name())))
                    }
                    p.hint { (texts::YOUR_SEQUENCES_HINT.to(language)) }
                }))
            }
            @if is_counted {
                (view::hidden(TRACKING_SHOWN, "1"))
                (Field::new(NO_TRACKING, feedback::REFUSE_TRACKING.to(language), Input::Checkbox)
                    .value(if refuses { "1" } else { "" }))
            }
            (view::button(public::SAVE.to(language), ButtonKind::Primary))
        }
    };
    Ok(Reply::html(200, view::public_page(&call.frame(product_name(language), title), content)))
}
