//! Lets a draft be sent again and again: its form, and where it stands.
//! Not the days (domain/recurrence) and not the making of the broadcasts (mail/recur).

use super::sheet::Sheet;
use super::{link_to, named};
use crate::app::App;
use crate::domain::calendar::{self, TimeOfDay, day_of};
use crate::domain::recurrence::{Every, Recurrence};
use crate::error::{Error, Result};
use crate::mail::activation;
use crate::store::recurrences::Recurring;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, broadcasts, errors};
use crate::web::access::Admin;
use crate::web::admin::activation as keys;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Link, Markup, Nav, html};

const WEEKDAYS: [Text; 7] = [
    broadcasts::MONDAY,
    broadcasts::TUESDAY,
    broadcasts::WEDNESDAY,
    broadcasts::THURSDAY,
    broadcasts::FRIDAY,
    broadcasts::SATURDAY,
    broadcasts::SUNDAY,
];
const MOST_TIMES: i64 = 10_000;

/// What stands in the form.
struct Typed {
    every: String,
    weekday: String,
    day: String,
    time: String,
    until: String,
    times: String,
}

impl Typed {
    fn stored(recurring: Option<&Recurring>) -> Typed {
        let recurrence = recurring.map(|recurring| &recurring.recurrence);
        let (weekday, day) = match recurrence.map(|recurrence| recurrence.every) {
            Some(Every::Week(weekday)) => (weekday, 1),
            Some(Every::Month(day)) => (1, day),
            _ => (1, 1),
        };
        Typed {
            every: recurrence.map_or("week", |recurrence| recurrence.every.word()).to_string(),
            weekday: weekday.to_string(),
            day: day.to_string(),
            time: recurrence.map_or("08:00".to_string(), |recurrence| recurrence.at.to_string()),
            until: recurrence
                .and_then(|recurrence| recurrence.ends_on)
                .map(|day| day.to_string())
                .unwrap_or_default(),
            times: recurrence
                .and_then(|recurrence| recurrence.times_left)
                .map(|left| left.to_string())
                .unwrap_or_default(),
        }
    }

    fn sent(form: &Form) -> Typed {
        let text = |name: &str| form.text(name).trim().to_string();
        Typed {
            every: text("every"),
            weekday: text("weekday"),
            day: text("day"),
            time: text("time"),
            until: text("until"),
            times: text("times"),
        }
    }

    fn recurrence(&self, app: &App) -> Result<Recurrence> {
        let typed_day = if self.every == "month" { &self.day } else { &self.weekday };
        let every =
            Every::parse(&self.every, typed_day.parse().unwrap_or(0)).map_err(|error| error.on("day"))?;
        let zone = app.settings.zone();
        let ends_on = match self.until.as_str() {
            "" => None,
            typed => {
                let last = calendar::parse_until(typed, zone).map_err(|error| error.on("until"))?;
                Some(day_of(last, zone))
            }
        };
        let times_left = match self.times.as_str() {
            "" => None,
            typed => {
                let times = typed.parse::<i64>().ok().filter(|times| (1..=MOST_TIMES).contains(times));
                let refuse = || Error::invalid(errors::RECURRENCE_HAS_NO_DAY).on("times");
                Some(times.ok_or_else(refuse)?)
            }
        };
        let at = TimeOfDay::parse(&self.time).map_err(|error| error.on("time"))?;
        Ok(Recurrence { every, at, ends_on, times_left })
    }
}

/// GET /admin/broadcasts/NUMBER/recur
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let stored = store.recurring(broadcast.message)?;
    page_of(call, admin, app, store, &Typed::stored(stored.as_ref()), &Mistake::none())
}

/// POST /admin/broadcasts/NUMBER/recur; with `stop` it ends.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let message = named(call, store)?.message;
    if form.has("stop") {
        store.end_recurrence(message)?;
        return Ok(call.redirect(&format!("/admin/broadcasts/{message}?done=recur-end")));
    }
    let typed = Typed::sent(form);
    let (now, zone) = (app.clock.now(), app.settings.zone());
    let refused = super::show::missing_sender_details(app, call.language);
    let saved = refused.map_or_else(|| typed.recurrence(app), Err).and_then(|recurrence| {
        activation::refuse_new_broadcast(app, store)?;
        let next = recurrence.next(now, zone);
        store.set_recurrence(message, &recurrence, next, now)?;
        Ok(call.redirect(&format!("/admin/broadcasts/{message}?done=recur")))
    });
    page::or_again(call, saved, |mistake| page_of(call, admin, app, store, &typed, mistake))
}

fn page_of(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    typed: &Typed,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let message = named(call, store)?.message;
    let (subject, _) = store.message_subject(message)?;
    let title = broadcasts::RECUR_TITLE.to(language);
    let back = link_to(call, message);
    let is_active = store.recurring(message)?.is_some_and(|recurring| recurring.is_active);
    let save = if is_active { broadcasts::RECUR_CHANGE } else { broadcasts::RECUR_SAVE };
    let content = html! {
        (view::back_link(Link { label: &subject, url: &back }))
        (view::page_heading(title, html! {}))
        (view::prose(html! { p { (broadcasts::RECUR_TEXT.to(language)) } }))
        (mistake.summary())
        (view::card("", view::form(&format!("{back}/recur"), &admin.csrf, fields(app, typed, save, mistake, language))))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

fn fields(app: &App, typed: &Typed, save: Text, mistake: &Mistake, language: Language) -> Markup {
    let every = [
        Choice::new("day", broadcasts::EVERY_DAY.to(language)),
        Choice::new("week", broadcasts::EVERY_WEEK.to(language)),
        Choice::new("month", broadcasts::EVERY_MONTH.to(language)),
    ];
    let numbers: Vec<String> = (1..=7).map(|number: i32| number.to_string()).collect();
    let weekdays: Vec<Choice> =
        numbers.iter().zip(WEEKDAYS).map(|(number, text)| Choice::new(number, text.to(language))).collect();
    let hint = broadcasts::RECUR_TIME_HINT.with(language, &[("zone", app.settings.zone().name())]);
    html! {
        (Field::new("every", broadcasts::RECUR_EVERY.to(language), Input::Radio(&every)).value(&typed.every))
        (view::fields_row(html! {
            (Field::new("weekday", broadcasts::RECUR_WEEKDAY.to(language), Input::Select(&weekdays)).value(&typed.weekday))
            (Field::new("day", broadcasts::RECUR_DAY.to(language), Input::Number { min: 1, max: 31 }).value(&typed.day)
                .hint(broadcasts::RECUR_DAY_HINT.to(language)).error(mistake.on("day")))
        }))
        (Field::new("time", broadcasts::RECUR_TIME.to(language), Input::Time).value(&typed.time)
            .hint(hint).error(mistake.on("time")))
        (view::fields_row(html! {
            (Field::new("until", broadcasts::RECUR_UNTIL.to(language), Input::Date).value(&typed.until)
                .hint(broadcasts::RECUR_END_HINT.to(language)).error(mistake.on("until").or(mistake.on("ends_on"))))
            (Field::new("times", broadcasts::RECUR_TIMES.to(language), Input::Number { min: 1, max: MOST_TIMES })
                .value(&typed.times).error(mistake.on("times")))
        }))
        (view::actions(view::button(save.to(language), ButtonKind::Primary)))
    }
}

/// How a draft recurs, on its page; nothing where it does not.
pub(super) fn card(sheet: &Sheet) -> Result<Option<Markup>> {
    let language = sheet.call.language;
    let recurring = sheet.store.recurring(sheet.broadcast.message)?.filter(|recurring| recurring.is_active);
    let over = keys::in_place_of_sending(sheet.call, sheet.app, sheet.store)?;
    Ok(recurring.map(|recurring| {
        let next = page::time(sheet.app, recurring.next_at);
        view::card(
            &how(&recurring.recurrence, language),
            html! {
                @if let Some(over) = over {
                    (over)
                } @else {
                    p { (broadcasts::RECUR_NEXT.with(language, &[("when", &next)])) }
                }
                @if let Some(left) = recurring.recurrence.times_left {
                    p { (broadcasts::RECUR_LEFT.with(language, &[("count", &page::number(left))])) }
                }
                @if let Some(last) = recurring.recurrence.ends_on {
                    p { (broadcasts::RECUR_LAST.with(language, &[("day", &last.to_string())])) }
                }
                p.hint { (sheet.say(broadcasts::RECUR_DRAFT)) }
                (view::actions(html! {
                    (view::link_button(&sheet.url("recur"), sheet.say(broadcasts::RECUR_CHANGE), ButtonKind::Secondary))
                    (sheet.post("recur", broadcasts::RECUR_STOP, ButtonKind::Quiet, &[("stop", "1")]))
                }))
            },
        )
    }))
}

/// `毎週金曜日 18:00`
fn how(recurrence: &Recurrence, language: Language) -> String {
    let at = recurrence.at.to_string();
    match recurrence.every {
        Every::Day => broadcasts::HOW_DAY.with(language, &[("time", &at)]),
        Every::Week(weekday) => {
            let place = usize::try_from(weekday).unwrap_or(1).saturating_sub(1);
            let weekday = WEEKDAYS.get(place).map_or("", |text| text.to(language));
            broadcasts::HOW_WEEK.with(language, &[("weekday", weekday), ("time", &at)])
        }
        Every::Month(day) => {
            broadcasts::HOW_MONTH.with(language, &[("day", &day.to_string()), ("time", &at)])
        }
    }
}
