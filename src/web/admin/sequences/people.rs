//! The readers of one sequence: where each stands, those who wait or cannot start, and bringing others in.
//! Not the readers of the site (subscribers).

use crate::app::App;
use crate::domain::address::Address;
use crate::domain::id::{EnrolmentId, StepId, SubscriptionId};
use crate::domain::sequence::{Sequence, Step};
use crate::error::{Error, Result};
use crate::mail::ways;
use crate::store::enrolments::{Enrolment, Hold};
use crate::store::entries::{CountedFrom, Entry};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, sequences as texts};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::sequences::{Tab, head, link_to, people as count_of, words};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Column, Field, Input, Link, Markup, Nav, PostButton, html};

/// Readers on one page.
const PAGE: i64 = 30;
/// Readers who go on with one press; the rest with the next.
const AT_ONCE: i64 = 5000;

const DONE: &[(&str, Text)] = &[
    ("went-on", texts::WENT_ON),
    ("paused", texts::PAUSED_ONE),
    ("resumed", texts::RESUMED),
    ("stopped", texts::STOPPED_ONE),
    ("one", texts::ADDED_ONE),
    ("all", texts::ADDED_ALL),
    ("nobody", texts::NOT_ADDED),
];

const PLACES: [(Hold, Text); 4] = [
    (Hold::Nothing, texts::WHERE_ALL),
    (Hold::Waiting, texts::WHERE_WAITING),
    (Hold::Paused, texts::WHERE_PAUSED),
    (Hold::NoDate, texts::WHERE_NO_DATE),
];

/// GET /admin/sequences/NUMBER/people?where=waiting|paused|no-date&after=NUMBER
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    page(call, admin, app, store, &Form::default(), &Mistake::none())
}

/// POST /admin/sequences/NUMBER/people: brings readers in.
pub fn add(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let added = bring_in(app, store, &sequence, form)
        .map(|word| call.redirect(&format!("/admin/sequences/{}/people?done={word}", sequence.id)));
    page::or_again(call, added, |mistake| page(call, admin, app, store, form, mistake))
}

fn bring_in(app: &App, store: &Writer, sequence: &Sequence, form: &Form) -> Result<&'static str> {
    let at = match form.text("begin") {
        "" => None,
        typed => {
            let unknown = || Error::not_found(errors::STEP_NOT_FOUND);
            let id: StepId = typed.parse().map_err(|_| unknown())?;
            Some(store.step(sequence.id, id)?.ok_or_else(unknown)?.id)
        }
    };
    let entry = Entry { counted_from: CountedFrom::parse(form.text("from")).unwrap_or(CountedFrom::Now), at };
    let now = app.clock.now();
    if form.text("email").trim().is_empty() {
        store.transaction(|| store.begin_entry(sequence, entry, now))?;
        return Ok("all");
    }
    let address = Address::parse(form.text("email")).map_err(|error| error.on("email"))?;
    let unknown = || Error::invalid(errors::SUBSCRIBER_NOT_FOUND).on("email");
    let reader = store.subscription_of(sequence.list, &address)?.ok_or_else(unknown)?;
    let brought = store.bring_in(sequence, &reader, entry, app.settings.zone(), now)?;
    Ok(if brought.is_some() { "one" } else { "nobody" })
}

/// POST /admin/sequences/NUMBER/people/ENROLMENT: `do` is `go-on`, `pause`, `resume`, `shift` or `stop`.
pub fn act(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let unknown = || Error::not_found(errors::ENROLMENT_NOT_FOUND);
    let id: EnrolmentId = call.parameter_at(1).parse().map_err(|_| unknown())?;
    let enrolment = store.enrolment(id)?.filter(|one| one.sequence == sequence.id && one.is_active);
    let enrolment = enrolment.ok_or_else(unknown)?;
    let now = app.clock.now();
    let word = match form.text("do") {
        "go-on" => {
            ways::go_on(app, store, &enrolment)?;
            "went-on"
        }
        "pause" => {
            store.pause_enrolment(id, now)?;
            "paused"
        }
        "resume" | "shift" => {
            store.transaction(|| store.resume_enrolment(id, form.text("do") == "shift", now))?;
            "resumed"
        }
        "stop" => {
            store.transaction(|| store.end_enrolment(&enrolment, "owner", now))?;
            "stopped"
        }
        _ => return Err(unknown()),
    };
    Ok(call.redirect(&format!("/admin/sequences/{}/people?done={word}", sequence.id)))
}

/// POST /admin/sequences/NUMBER/go-on: all who wait.
pub fn go_on(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    store.transaction(|| {
        for enrolment in store.held_enrolments(sequence.id, Hold::Waiting, EnrolmentId(0), AT_ONCE)? {
            if app.budget.spend(1).is_err() {
                break;
            }
            ways::go_on(app, store, &enrolment)?;
        }
        Ok(())
    })?;
    Ok(call.redirect(&format!("/admin/sequences/{}/people?done=went-on", sequence.id)))
}

fn page(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    form: &Form,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let sequence = store.sequence_named(call.parameter())?;
    let hold = Hold::parse(call.request.query_value("where").unwrap_or_default()).unwrap_or(Hold::Nothing);
    let after = call.request.query_value("after").and_then(|after| after.parse::<i64>().ok()).unwrap_or(0);
    let found = match hold {
        Hold::Nothing => store.enrolments_page(sequence.id, SubscriptionId(after), PAGE + 1)?,
        hold => store.held_enrolments(sequence.id, hold, EnrolmentId(after), PAGE + 1)?,
    };
    let steps = store.steps(sequence.id)?;
    let shown = found.get(..usize::try_from(PAGE).unwrap_or(30)).unwrap_or(&found);
    let mut rows = Vec::new();
    for enrolment in shown {
        rows.push(row(call, admin, app, store, &sequence, &steps, enrolment)?);
    }
    let columns = [
        Column::main(texts::ADDRESS.to(language)),
        Column::text(texts::STATE.to(language)),
        Column::actions(texts::DO.to(language)),
    ];
    let content = html! {
        (head(call, &sequence, Tab::People, html! {}))
        (mistake.summary())
        (filters(call, store, &sequence, hold)?)
        @if rows.is_empty() {
            p { (texts::NOBODY.to(language)) }
        } @else {
            (view::table(texts::PEOPLE_PAGE.to(language), &columns, &rows))
        }
        (pager(call, &sequence, hold, after, shown, found.len() > shown.len()))
        @if hold == Hold::Waiting && !rows.is_empty() { (go_on_all(call, admin, &sequence)) }
        (add_card(call, admin, store, &sequence, &steps, form, mistake)?)
    };
    let frame = page::done_notice(page::frame(call, admin, &sequence.title), call, DONE);
    Ok(page::reply(&frame, Nav::Sequences, content))
}

fn filters(call: &Call, store: &Reader, sequence: &Sequence, here: Hold) -> Result<Markup> {
    let language = call.language;
    let places = store.places(sequence.id)?;
    let own = link_to(call, sequence);
    let mut labels = Vec::new();
    for (hold, text) in PLACES {
        let count = match hold {
            Hold::Nothing => store.active_enrolments(sequence.id)?,
            hold => places.held(hold.word()),
        };
        let label = format!("{} {}", text.to(language), count_of(count, language));
        labels.push((hold, label, format!("{own}/people?where={}", hold.word())));
    }
    let tabs: Vec<view::Tab> =
        labels.iter().map(|(hold, label, url)| view::Tab { label, url, active: *hold == here }).collect();
    Ok(view::tabs(texts::STATE.to(language), &tabs))
}

fn row(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    steps: &[Step],
    enrolment: &Enrolment,
) -> Result<Vec<Markup>> {
    let language = call.language;
    let address =
        store.subscription(enrolment.subscription)?.map(|reader| reader.address).unwrap_or_default();
    let url = call.link(&format!("/admin/subscribers/{}", enrolment.subscription));
    let action = format!("{}/people/{}", link_to(call, sequence), enrolment.id);
    let button = |word: &'static str, text: Text| {
        view::post_button(&PostButton {
            action: &action,
            csrf: &admin.csrf,
            label: text.to(language),
            kind: ButtonKind::Secondary,
            hidden: &[("do", word)],
        })
    };
    let buttons = html! {
        @match enrolment.hold {
            Hold::Waiting | Hold::NoDate => { (button("go-on", texts::GO_ON)) }
            Hold::Paused => { (button("shift", texts::RESUME_SHIFT)) (button("resume", texts::RESUME)) }
            Hold::Nothing | Hold::Sequence => { (button("pause", texts::PAUSE_ONE)) }
        }
        (button("stop", texts::STOP_ONE))
    };
    Ok(vec![
        view::link(&url, &address),
        html! { (state(app, store, steps, enrolment, language)?) },
        view::actions(buttons),
    ])
}

/// Where she stands, in words.
fn state(
    app: &App,
    store: &Reader,
    steps: &[Step],
    enrolment: &Enrolment,
    language: Language,
) -> Result<String> {
    let next = match steps.iter().find(|step| step.id == enrolment.next_step) {
        Some(step) => words::name(store, step)?,
        None => String::new(),
    };
    Ok(match (enrolment.hold, enrolment.due_at) {
        (Hold::NoDate, _) => no_date(store, &enrolment.why, language)?,
        (Hold::Waiting, _) => format!("{}: {next}", texts::WHERE_WAITING.to(language)),
        (Hold::Paused | Hold::Sequence, _) => format!("{}: {next}", texts::PAUSED.to(language)),
        (Hold::Nothing, None) => texts::ALL_THROUGH.to(language).to_string(),
        (Hold::Nothing, Some(due)) if due == 0 || next.is_empty() => {
            texts::BEING_WORKED_OUT.to(language).to_string()
        }
        (Hold::Nothing, Some(due)) => format!("{next} · {}", page::time(app, due)),
    })
}

fn no_date(store: &Reader, why: &str, language: Language) -> Result<String> {
    let Some((key, value)) = why.split_once('=') else {
        return Ok(texts::WHERE_NO_DATE.to(language).to_string());
    };
    let field = words::field_label(store, key)?;
    Ok(match value {
        "" => texts::NO_DATE_EMPTY.with(language, &[("field", &field)]),
        value => texts::NO_DATE_WHY.with(language, &[("field", &field), ("value", value)]),
    })
}

fn pager(
    call: &Call,
    sequence: &Sequence,
    hold: Hold,
    after: i64,
    shown: &[Enrolment],
    has_more: bool,
) -> Markup {
    let language = call.language;
    let first = format!("{}/people?where={}", link_to(call, sequence), hold.word());
    let last = shown.last().map(|last| if hold == Hold::Nothing { last.subscription.0 } else { last.id.0 });
    let next = format!("{first}&after={}", last.unwrap_or(0));
    view::pager(
        texts::PEOPLE_PAGE.to(language),
        (after > 0).then_some(Link { label: texts::FIRST_PAGE.to(language), url: &first }),
        has_more.then_some(Link { label: texts::NEXT_PAGE.to(language), url: &next }),
    )
}

fn go_on_all(call: &Call, admin: &Admin, sequence: &Sequence) -> Markup {
    view::post_button(&PostButton {
        action: &format!("{}/go-on", link_to(call, sequence)),
        csrf: &admin.csrf,
        label: texts::GO_ON_ALL.to(call.language),
        kind: ButtonKind::Primary,
        ..PostButton::default()
    })
}

fn add_card(
    call: &Call,
    admin: &Admin,
    store: &Reader,
    sequence: &Sequence,
    steps: &[Step],
    form: &Form,
    mistake: &Mistake,
) -> Result<Markup> {
    let language = call.language;
    let mut names = vec![(String::new(), texts::ADD_AT_FIRST.to(language).to_string())];
    for step in steps {
        names.push((step.id.to_string(), words::name(store, step)?));
    }
    let steps: Vec<Choice> = names.iter().map(|(value, label)| Choice::new(value, label)).collect();
    let froms = [
        Choice::new(CountedFrom::Now.word(), texts::ADD_FROM_NOW.to(language)),
        Choice::new(CountedFrom::Joined.word(), texts::ADD_FROM_JOINED.to(language)),
    ];
    let from = if form.has("from") { form.text("from") } else { CountedFrom::Now.word() };
    let fields = html! {
        (Field::new("email", texts::ADD_ADDRESS.to(language), Input::Text).value(form.text("email"))
            .hint(texts::ADD_ADDRESS_HINT.to(language)).autocomplete("off").error(mistake.on("email")))
        (Field::new("begin", texts::ADD_AT.to(language), Input::Select(&steps)).value(form.text("begin")))
        (Field::new("from", texts::ADD_FROM.to(language), Input::Radio(&froms)).value(from))
        (view::actions(view::button(texts::ADD_BUTTON.to(language), ButtonKind::Primary)))
    };
    let action = format!("{}/people", link_to(call, sequence));
    Ok(view::card(texts::ADD_PEOPLE.to(language), view::form(&action, &admin.csrf, fields)))
}
