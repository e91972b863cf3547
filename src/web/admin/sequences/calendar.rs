//! "If she joins on this date she gets these mails on these dates": for anybody, or for one reader where she stands.
//! Not the working out: mail/foresee.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::calendar::{self, TimeOfDay};
use crate::domain::civil;
use crate::domain::sequence::Sequence;
use crate::domain::subscriber::Fields;
use crate::error::{Error, Result};
use crate::mail::foresee::{self, Foresight};
use crate::store::Reader;
use crate::texts::{errors, sequences as texts};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::sequences::{Tab, at, head, link_to, words};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Markup, Nav, TimelineItem, Tone, html};

/// GET /admin/sequences/NUMBER/calendar?join=DATE&reader=ADDRESS
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let query = |name: &str| call.request.query_value(name).unwrap_or_default();
    let (join, address) = (query("join"), query("reader"));
    let seen = foreseen(app, store, &sequence, join, address);
    let shown = seen.and_then(|seen| {
        page(call, admin, app, store, &sequence, (join, address), Some(&seen), &Mistake::none())
    });
    page::or_again(call, shown, |mistake| {
        page(call, admin, app, store, &sequence, (join, address), None, mistake)
    })
}

fn foreseen(app: &App, store: &Reader, sequence: &Sequence, join: &str, address: &str) -> Result<Foresight> {
    let mut fields = Fields::new();
    if !address.trim().is_empty() {
        let address = Address::parse(address).map_err(|error| error.on("reader"))?;
        let unknown = || Error::invalid(errors::SUBSCRIBER_NOT_FOUND).on("reader");
        let reader = store.subscription_of(sequence.list, &address)?.ok_or_else(unknown)?;
        let inside = store.latest_enrolment(sequence.id, reader.id)?.filter(|one| one.is_active);
        if let Some(enrolment) = inside.filter(|_| join.trim().is_empty()) {
            return foresee::for_reader(app, store, sequence, &enrolment, &reader.fields);
        }
        fields = reader.fields;
    }
    foresee::for_joiner(app, store, sequence, joining(app, join)?, &fields)
}

/// A day means its noon; today means now.
fn joining(app: &App, join: &str) -> Result<Instant> {
    let (now, zone) = (app.clock.now(), app.settings.zone());
    if join.trim().is_empty() {
        return Ok(now);
    }
    let day = civil::parse_day(join).ok_or_else(|| Error::invalid(errors::DATE_NOT_VALID).on("join"))?;
    Ok(match day == calendar::day_of(now, zone) {
        true => now,
        false => calendar::moment(day, TimeOfDay::from_minutes(12 * 60), zone),
    })
}

#[expect(clippy::too_many_arguments, reason = "all that the page is made of")]
fn page(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    (join, address): (&str, &str),
    seen: Option<&Foresight>,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let action = format!("{}/calendar", link_to(call, sequence));
    let today = calendar::day_of(app.clock.now(), app.settings.zone()).to_string();
    let shown = if join.is_empty() && address.is_empty() { today.as_str() } else { join };
    let content = html! {
        (head(call, sequence, Tab::Calendar, html! {}))
        (kinds(call, sequence, false))
        (mistake.summary())
        (view::columns(
            html! {
                @if let Some(seen) = seen { (dates(call, app, store, sequence, seen)?) }
            },
            view::card(texts::CALENDAR_TITLE.to(language), html! {
                form method="get" action=(action) {
                    (Field::new("join", texts::CALENDAR_JOIN.to(language), Input::Date).value(shown)
                        .error(mistake.on("join")))
                    (Field::new("reader", texts::CALENDAR_READER.to(language), Input::Email).value(address)
                        .error(mistake.on("reader")))
                    (view::actions(view::button(texts::CALENDAR_SHOW.to(language), ButtonKind::Primary)))
                }
                p.hint { (texts::CALENDAR_NOTE.to(language)) }
            }),
        ))
    };
    Ok(page::reply(&page::frame(call, admin, &sequence.title), Nav::Sequences, content))
}

/// The two calendars: of one reader, of everybody.
pub(super) fn kinds(call: &Call, sequence: &Sequence, is_list: bool) -> Markup {
    let language = call.language;
    let own = format!("{}/calendar", link_to(call, sequence));
    let list = format!("{own}/list");
    let tabs = [
        view::Tab { label: texts::CALENDAR_ONE.to(language), url: &own, active: !is_list },
        view::Tab { label: texts::CALENDAR_LIST.to(language), url: &list, active: is_list },
    ];
    view::tabs(texts::CALENDAR.to(language), &tabs)
}

fn dates(call: &Call, app: &App, store: &Reader, sequence: &Sequence, seen: &Foresight) -> Result<Markup> {
    let language = call.language;
    let now = app.clock.now();
    let markers: Vec<String> = seen.steps.iter().map(|one| at(app, one.due, now, language)).collect();
    let steps = store.steps(sequence.id)?;
    let mut items = Vec::new();
    for (one, marker) in seen.steps.iter().zip(&markers) {
        let Some(step) = steps.iter().find(|step| step.id == one.step) else { continue };
        let when = words::timing(store, &step.timing, &sequence.options.start, language)?;
        let who = match &step.condition {
            Some(condition) => Some(words::condition(store, condition, language)?),
            None => None,
        };
        items.push(TimelineItem {
            marker,
            title: html! { (one.subject) },
            detail: html! {
                (when)
                @if let Some(who) = who { " · " (texts::ONLY_FOR.with(language, &[("who", &who)])) }
            },
            actions: html! {},
        });
    }
    let missing = match &seen.missing {
        Some(missing) => {
            let field = words::field_label(store, &missing.field)?;
            Some(view::notice(Tone::Warn, texts::CALENDAR_MISSING.with(language, &[("field", &field)])))
        }
        None => None,
    };
    Ok(html! {
        @if let Some(missing) = missing { (missing) }
        @else if items.is_empty() { p { (texts::CALENDAR_NOTHING.to(language)) } }
        @if !items.is_empty() { (view::timeline(&items)) }
    })
}
