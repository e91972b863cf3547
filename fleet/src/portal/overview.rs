//! The fleet at a glance: versions, clocks, trips per provider, and what waits for somebody.
//! Not one site: sites.

use neo::error::Result;
use neo::host::plans;
use neo::texts::{Language, Text};
use neo::web::admin::page::number;
use neo::web::call::Call;
use neo::web::message::Reply;
use neo::web::view::{self, Bar, Column, Markup, Tone, html};

use super::access::Staff;
use super::{customer, page};
use crate::app::Fleet;
use crate::incidents::house::House;
use crate::incidents::owed;
use crate::store::overview::Count;
use crate::texts::portal as texts;

/// An idle site is called about once a day: silent is who was not heard of for longer.
pub(super) const SILENT: i64 = 26 * 3600;

/// GET /fleet
pub fn show(call: &Call, fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    let language = call.language;
    let since = fleet.now() - SILENT;
    let versions = fleet.store.sites_by_version(since)?;
    let clocks = fleet.store.sites_by_clock(since)?;
    let providers = fleet.store.sites_by_provider(since)?;
    let sum = |of: fn(&Count) -> i64| number(versions.iter().map(of).sum());
    let breakers = fleet.store.open_breakers()?;
    let title = texts::FLEET_TITLE.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        (duties(call, fleet)?)
        @for (provider, at) in &breakers {
            @let words = texts::BREAKER_OPEN.with(language, &[("provider", &provider_name(provider, language)), ("at", &page::time(*at))]);
            (view::notice(Tone::Error, words))
        }
        (view::stats(&[
            view::stat_linked(&call.link("/sites"), texts::SITES.to(language), &sum(|count| count.sites), ""),
            view::stat(texts::SILENT.to(language), &sum(|count| count.silent), texts::SILENT_HINT.to(language)),
            view::stat(texts::TRIPS.to(language), &sum(|count| count.trips), texts::TRIPS_HINT.to(language)),
        ]))
        (view::columns(
            html! {
                (view::card(texts::BY_VERSION.to(language), chart(texts::BY_VERSION, &versions, |count| count.sites, version, language)))
                (view::card(texts::BY_PROVIDER.to(language), html! {
                    (chart(texts::TRIPS, &providers, |count| count.trips, provider_name, language))
                    (provider_table(call, &providers))
                }))
            },
            html! {
                (view::card(texts::BY_CLOCK.to(language), chart(texts::BY_CLOCK, &clocks, |count| count.sites, clock, language)))
            },
        ))
    };
    Ok(page::reply(call, staff.who, "/fleet", title, content))
}

/// What is owed today: a day without a report is seen here, too.
fn duties(call: &Call, fleet: &mut Fleet) -> Result<Markup> {
    let language = call.language;
    let house = House::load(&mut fleet.store)?;
    let today = house.day_of(fleet.now());
    let owed = owed::owed_on(&mut fleet.store, today, &house)?;
    Ok(html! {
        @for item in owed.iter().filter(|item| item.is_due) {
            @let what = match item.what { "confirm" => texts::OWES_DECISION, "daily" => texts::OWES_DAILY, _ => texts::OWES_REPORT };
            (view::notice(Tone::Warn, html! {
                p { (what.with(language, &[("title", customer::pick(&item.title, language))])) }
                p { (view::link(&call.link(&format!("/incidents/{}", item.incident)), texts::TO_INCIDENT.to(language))) }
            }))
        }
    })
}

fn chart(
    title: Text,
    counts: &[Count],
    value: fn(&Count) -> i64,
    name: fn(&str, Language) -> String,
    language: Language,
) -> Markup {
    let labels: Vec<(String, String)> =
        counts.iter().map(|count| (name(&count.word, language), number(value(count)))).collect();
    let bars: Vec<Bar> = counts
        .iter()
        .zip(&labels)
        .map(|(count, (label, words))| Bar { label, value: u64::try_from(value(count)).unwrap_or(0), words })
        .collect();
    let top = counts.iter().map(value).max().unwrap_or(0);
    view::bar_chart(title.to(language), &number(top), &bars)
}

fn provider_table(call: &Call, providers: &[Count]) -> Markup {
    let language = call.language;
    let rows: Vec<Vec<Markup>> = providers
        .iter()
        .map(|count| {
            let path = format!(
                "/sites?provider={}",
                url::form_urlencoded::byte_serialize(count.word.as_bytes()).collect::<String>()
            );
            vec![
                view::link(&call.link(&path), &provider_name(&count.word, language)),
                html! { (number(count.sites)) },
                html! { (number(count.silent)) },
                html! { (number(count.trips)) },
            ]
        })
        .collect();
    let columns = [
        Column::main(texts::PROVIDER.to(language)),
        Column::number(texts::SITES.to(language)),
        Column::number(texts::SILENT.to(language)),
        Column::number(texts::TRIPS.to(language)),
    ];
    view::table(texts::BY_PROVIDER.to(language), &columns, &rows)
}

pub(super) fn provider_name(provider: &str, language: Language) -> String {
    plans::find(provider).map_or(provider, |plan| plan.name.to(language)).to_string()
}

fn version(word: &str, language: Language) -> String {
    if word.is_empty() { texts::UNKNOWN.to(language).to_string() } else { word.to_string() }
}

fn clock(word: &str, language: Language) -> String {
    customer::clock(word, language).to_string()
}
