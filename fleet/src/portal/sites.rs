//! The vendor's list of sites, and one site with its calls.
//! Not what its owner sees: customer.

use neo::error::Result;
use neo::web::admin::page::{back, number};
use neo::web::call::Call;
use neo::web::message::Reply;
use neo::web::view::{self, Column, Link, Markup, Tone, html};

use super::access::Staff;
use super::overview::{SILENT, provider_name};
use super::{customer, page};
use crate::app::Fleet;
use crate::store::sites::Site;
use crate::texts::portal as texts;

const PAGE: i64 = 50;

/// GET /sites?provider=P&after=ID
pub fn list(call: &Call, fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    let language = call.language;
    let provider = call.request.query_value("provider").filter(|provider| !provider.is_empty());
    let after = call.request.query_value("after").filter(|after| !after.is_empty());
    let sites = fleet.store.sites(provider, false, after, PAGE)?;
    let silent_since = fleet.now() - SILENT;
    let rows: Vec<Vec<Markup>> = sites
        .iter()
        .map(|site| {
            vec![
                view::link(&call.link(&format!("/sites/{}", site.id)), &site.id),
                html! { (provider_name(&site.provider, language)) },
                html! { (site.version.as_deref().unwrap_or("-")) },
                html! { (customer::clock(&site.wanted_clock, language)) },
                html! { (state(site, silent_since, call)) },
                html! { (number(site.trips)) },
            ]
        })
        .collect();
    let columns = [
        Column::main(texts::SITE.to(language)),
        Column::text(texts::PROVIDER.to(language)),
        Column::text(texts::VERSION.to(language)),
        Column::text(texts::CLOCK.to(language)),
        Column::text(texts::LAST_ANSWER.to(language)),
        Column::number(texts::TRIPS.to(language)),
    ];
    let is_full = i64::try_from(sites.len()).is_ok_and(|shown| shown == PAGE);
    let escaped = |word: &str| url::form_urlencoded::byte_serialize(word.as_bytes()).collect::<String>();
    let chosen = provider.map(|provider| format!("provider={}&", escaped(provider))).unwrap_or_default();
    let first = call.link(&format!("/sites?{chosen}"));
    let next = sites.last().map(|site| call.link(&format!("/sites?{chosen}after={}", escaped(&site.id))));
    let title = texts::SITES.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        @if let Some(provider) = provider { p { (provider_name(provider, language)) } }
        @if rows.is_empty() {
            (view::empty_state(texts::NO_SITES.to(language), texts::NO_SITES_TEXT.to(language), html! {}))
        } @else {
            (view::table(title, &columns, &rows))
        }
        (view::pager(title,
            after.map(|_| Link { label: texts::FIRST.to(language), url: &first }),
            next.as_deref().filter(|_| is_full).map(|url| Link { label: texts::NEXT.to(language), url })))
    };
    Ok(page::reply(call, staff.who, "/sites", title, content))
}

/// GET /sites/ID
pub fn show(call: &Call, fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    let language = call.language;
    let site = fleet.store.site(call.parameter())?;
    let lines = fleet.store.audit_lines(Some(&site.id), None, 20)?;
    let key = site.key.clone().unwrap_or_else(|| "-".to_string());
    let when = |at| html! { (page::time_or_never(at, language)) };
    let facts = [
        (texts::TICK_URL.to(language), html! { (site.tick_url) }),
        (texts::KEY.to(language), html! { (key) }),
        (texts::PROVIDER.to(language), html! { (provider_name(&site.provider, language)) }),
        ("IP", html! { (site.ip.as_deref().unwrap_or("-")) }),
        (texts::TARGET.to(language), html! { (site.target.as_deref().unwrap_or("-")) }),
        (texts::VERSION.to(language), html! { (site.version.as_deref().unwrap_or("-")) }),
        (texts::CLOCK.to(language), html! { (customer::clock(&site.wanted_clock, language)) }),
        (texts::LAST_CALL.to(language), when(site.last_call)),
        (texts::LAST_ANSWER.to(language), when(site.last_ok)),
        (texts::LAST_BEAT.to(language), when(site.last_beat)),
        (texts::NEXT_CALL.to(language), when(site.next_due)),
        (texts::TRIPS.to(language), html! { (number(site.trips)) }),
    ];
    let content = html! {
        (back(call, "/sites", texts::SITES))
        (view::page_heading(&site.id, html! {}))
        (view::card("", view::definition_list(&facts)))
        (view::card(texts::AUDIT.to(language), super::audit::table(&lines, language)))
    };
    Ok(page::reply(call, staff.who, "/sites", &site.id, content))
}

fn state(site: &Site, silent_since: i64, call: &Call) -> Markup {
    let language = call.language;
    let is_silent = site.last_ok.unwrap_or(site.added_at) < silent_since;
    html! {
        (page::time_or_never(site.last_ok, language))
        @if is_silent { " " (view::badge(Tone::Warn, texts::SILENT.to(language))) }
    }
}
