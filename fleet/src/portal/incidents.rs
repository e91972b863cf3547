//! The vendor's own pages of incidents: what is open and what it owes, and writing the day's report.
//! Opening, resolving and the after-report are the command's; customers read on their first page.

use neo::error::Result;
use neo::link::feed::Words;
use neo::web::admin::page::{Mistake, back, or_again};
use neo::web::call::Call;
use neo::web::form::Form;
use neo::web::message::Reply;
use neo::web::view::{self, ButtonKind, Column, Field, Input, Markup, Tone, html};

use super::access::Staff;
use super::customer::{paragraphs, pick};
use super::overview::provider_name;
use super::page;
use crate::app::Fleet;
use crate::course::state::State;
use crate::incidents::{self as work, Changes, house::House, owed};
use crate::store::audit::Act;
use crate::store::incidents::Incident;
use crate::texts::portal as texts;

const PAGE: i64 = 50;

/// GET /incidents
pub fn list(call: &Call, fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    let language = call.language;
    let incidents = fleet.store.incidents(None, PAGE)?;
    let rows: Vec<Vec<Markup>> = incidents
        .iter()
        .map(|incident| {
            vec![
                view::link(
                    &call.link(&format!("/incidents/{}", incident.id)),
                    pick(&incident.title, language),
                ),
                badge(incident, call),
                html! { (page::time(incident.began_at)) },
                html! { (incident.ended_at.map(page::time).unwrap_or_default()) },
            ]
        })
        .collect();
    let columns = [
        Column::main(texts::INCIDENT.to(language)),
        Column::text(texts::STATE.to(language)),
        Column::text(texts::BEGAN.to(language)),
        Column::text(texts::ENDED.to(language)),
    ];
    let title = texts::INCIDENTS.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        @if rows.is_empty() { (view::notice(Tone::Success, texts::NO_INCIDENT.to(language))) }
        @else { (view::table(title, &columns, &rows)) }
        (view::card(texts::BY_COMMAND.to(language), view::code_block(texts::BY_COMMAND_TEXT.to(language),
            "neo-fleet incident open · confirm · dismiss · resolve · report · due")))
    };
    Ok(page::reply(call, staff.who, "/incidents", title, content))
}

/// GET /incidents/ID
pub fn show(call: &Call, fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    shown(call, fleet, staff, &Form::default(), &Mistake::none())
}

/// POST /incidents/ID: the day's report, in both languages.
pub fn write(call: &Call, fleet: &mut Fleet, staff: &Staff, sent: &Form) -> Result<Reply> {
    let id = call.parameter().to_string();
    let text = Words::new(sent.text("ja").trim(), sent.text("en").trim());
    let act = Act { now: fleet.now(), who: staff.who.user.email.clone() };
    let is_important = sent.has("important");
    let written = work::update(&mut fleet.store, &id, &Changes::default(), &text, is_important, &act)
        .map(|_| call.redirect(&format!("/incidents/{id}?done=written")));
    or_again(call, written, |mistake| shown(call, fleet, staff, sent, mistake))
}

fn shown(call: &Call, fleet: &mut Fleet, staff: &Staff, sent: &Form, mistake: &Mistake) -> Result<Reply> {
    let language = call.language;
    let incident = work::find(&mut fleet.store, call.parameter())?;
    let entries = fleet.store.entries(&incident.id)?;
    let house = House::load(&mut fleet.store)?;
    let today = house.day_of(fleet.now());
    let missed = owed::missed(&incident, &entries, today, &house)?;
    let providers: Vec<String> =
        incident.providers.iter().map(|provider| provider_name(provider, language)).collect();
    let facts = [
        (texts::STATE.to(language), badge(&incident, call)),
        (texts::PROVIDER.to(language), html! { (providers.join(", ")) }),
        (texts::BEGAN.to(language), html! { (page::time(incident.began_at)) }),
        (texts::ENDED.to(language), html! { (incident.ended_at.map(page::time).unwrap_or_default()) }),
    ];
    let days: Vec<String> = missed.iter().map(ToString::to_string).collect();
    let title = pick(&incident.title, language);
    let content = html! {
        (back(call, "/incidents", texts::INCIDENTS))
        (view::page_heading(title, html! {}))
        @if !days.is_empty() {
            (view::notice(Tone::Error, texts::MISSED.with(language, &[("days", &days.join(", "))])))
        }
        (view::card("", view::definition_list(&facts)))
        @if matches!(incident.state, State::Open | State::Resolved) {
            (view::card(texts::WRITE_REPORT.to(language), html! {
                (mistake.summary())
                (view::form(&call.link(&format!("/incidents/{}", incident.id)), &staff.who.csrf, html! {
                    (Field::new("ja", texts::IN_JAPANESE.to(language), Input::Textarea { rows: 6 }).lang("ja")
                        .value(sent.text("ja")).required(language))
                    (Field::new("en", texts::IN_ENGLISH.to(language), Input::Textarea { rows: 6 }).lang("en")
                        .value(sent.text("en")).required(language))
                    (Field::new("important", texts::IMPORTANT.to(language), Input::Checkbox)
                        .value(if sent.has("important") { "1" } else { "" }).hint(texts::IMPORTANT_HINT.to(language)))
                    (view::button(texts::PUBLISH_REPORT.to(language), ButtonKind::Primary))
                }))
            }))
        }
        @for entry in entries.iter().rev() {
            (view::card(&page::time(entry.at), html! {
                (paragraphs(pick(&entry.text, language)))
                p.hint { (entry.kind) " · " (entry.who) }
            }))
        }
    };
    Ok(page::reply(call, staff.who, "/incidents", title, content))
}

fn badge(incident: &Incident, call: &Call) -> Markup {
    let (tone, text) = match incident.state {
        State::Draft => (Tone::Warn, texts::DRAFT),
        State::Open => (Tone::Error, texts::OPEN),
        State::Resolved => (Tone::Info, texts::RESOLVED),
        State::Reported => (Tone::Success, texts::REPORTED),
        State::Dismissed => (Tone::Neutral, texts::DISMISSED),
    };
    view::badge(tone, text.to(call.language))
}
