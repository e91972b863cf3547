//! お知らせ: the vendor's incidents with their course, and its news; the banner of every page, and the part of 今日.
//! Not how they come here (mail/vendor): what is shown lies in the database.

use crate::app::App;
use crate::error::Result;
use crate::host::plans;
use crate::link::feed::{Incident, State, Update, UpdateKind};
use crate::mail::news::{self as heard, News, newest, say};
use crate::store::Reader;
use crate::texts::{Language, Text, clocks, news};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, Markup, Nav, TimelineItem, Tone, html};

/// News shown on 今日.
const NEWS_TODAY: usize = 3;

/// GET /admin/news
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let title = news::TITLE.to(call.language);
    let content = html! {
        (view::page_heading(title, html! {}))
        @match heard::heard(app, store)? {
            None => (view::empty_state(news::NEVER_TITLE.to(call.language), news::NEVER_TEXT.to(call.language), html! {})),
            Some(news) => (whole(call, app, &news)),
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Today, content))
}

/// What every page of the owner tells on top while an incident is open; on 今日 with the newest word.
pub fn banner(call: &Call, app: &App, store: &Reader) -> Result<Option<(Tone, Markup)>> {
    if call.request.path.starts_with("/admin/news") {
        return Ok(None);
    }
    let Some(news) = heard::heard(app, store)? else { return Ok(None) };
    let mut announced = news.announced();
    let Some(first) = announced.next() else { return Ok(None) };
    let language = call.language;
    let more = announced.count();
    let newest = newest(first);
    let when = newest.map(|update| page::time(app, update.at));
    let title = news::BANNER.with(language, &[("title", say(&first.title, language))]);
    let is_today = call.request.path.trim_end_matches('/') == "/admin";
    let markup = html! {
        p {
            strong { (title) } " "
            @if let Some(when) = when { (news::BANNER_UPDATED.with(language, &[("when", &when)])) " " }
            @if more > 0 { (news::MORE_INCIDENTS.with(language, &[("count", &more.to_string())])) " " }
            (view::link(&call.link("/admin/news"), news::BANNER_MORE.to(language)))
        }
        @if is_today {
            @if let Some(update) = newest { (paragraphs(say(&update.text, language))) }
            @if heard::asked(app, store)?.is_some_and(|asked| asked.reason.is_some()) {
                p { (view::link(&call.link("/admin/settings/tick"), clocks::ADVICE_TITLE.to(language))) }
            }
        }
        @if news.is_expired {
            p.hint { (news::EXPIRED_SHORT.with(language, &[("when", &page::time(app, news.heard_at))])) }
        }
    };
    Ok(Some((if news.is_expired { Tone::Neutral } else { Tone::Warn }, markup)))
}

/// The newest news, for 今日; nothing while nothing was ever heard.
pub fn card_of_today(call: &Call, app: &App, store: &Reader) -> Result<Markup> {
    let Some(news) = heard::heard(app, store)? else { return Ok(html! {}) };
    let language = call.language;
    Ok(view::card(
        news::TITLE.to(language),
        html! {
            @if news.feed.news.is_empty() { p { (news::NOTHING.to(language)) } }
            @for item in news.feed.news.iter().take(NEWS_TODAY) {
                div {
                    p.hint { (page::time(app, item.at)) }
                    p { (view::link(&format!("{}#{}", call.link("/admin/news"), anchor(&item.id)), say(&item.title, language))) }
                }
            }
            (freshness(app, &news, language))
            p { (view::link(&call.link("/admin/news"), news::TO_NEWS.to(language))) }
        },
    ))
}

fn whole(call: &Call, app: &App, news: &News) -> Markup {
    let language = call.language;
    let (open, past): (Vec<&Incident>, Vec<&Incident>) =
        news.feed.incidents.iter().partition(|incident| incident.state == State::Open);
    html! {
        (freshness(app, news, language))
        h2 { (news::OPEN_TITLE.to(language)) }
        @if open.is_empty() { p { (news::NOTHING_OPEN.to(language)) } }
        @for incident in &open { (incident_card(app, news, incident, language)) }
        h2 { (news::NEWS_TITLE.to(language)) }
        @if news.feed.news.is_empty() { p { (news::NOTHING.to(language)) } }
        @for item in &news.feed.news {
            section.card id=(anchor(&item.id)) {
                p.hint { (page::time(app, item.at)) }
                h3 { (say(&item.title, language)) }
                (view::prose(paragraphs(say(&item.text, language))))
                @if let Some(url) = item.url.as_deref().filter(|url| is_web(url)) {
                    p { (view::link(url, news::READ_ON.to(language))) }
                }
            }
        }
        @if !past.is_empty() {
            h2 { (news::PAST_TITLE.to(language)) }
            @for incident in &past { (incident_card(app, news, incident, language)) }
        }
    }
}

/// When it was heard, and whether that is too long ago.
fn freshness(app: &App, news: &News, language: Language) -> Markup {
    let when = page::time(app, news.heard_at);
    if news.is_expired {
        let until = page::time(app, news.feed.expires);
        return view::notice(Tone::Warn, news::EXPIRED.with(language, &[("until", &until), ("when", &when)]));
    }
    let ago = page::distance(app.clock.now(), news.heard_at, language);
    html! { p.hint { (news::HEARD.with(language, &[("when", &when), ("ago", &ago)])) } }
}

fn incident_card(app: &App, news: &News, incident: &Incident, language: Language) -> Markup {
    let (tone, word) = match incident.state {
        State::Open => (Tone::Warn, news::OPEN),
        State::Resolved => (Tone::Success, news::RESOLVED),
    };
    let mut updates: Vec<&Update> = incident.updates.iter().collect();
    updates.sort_by_key(|update| std::cmp::Reverse(update.at));
    let (reports, course): (Vec<&Update>, Vec<&Update>) =
        updates.into_iter().partition(|update| update.kind == UpdateKind::Report);
    let resolved = incident.resolved_at.map(|at| page::time(app, at));
    let hosts = concerned(news, incident, language);
    let opened = page::time(app, incident.opened_at);
    let mut facts =
        vec![(news::FROM.to(language), html! { (opened) }), (news::CONCERNS.to(language), html! { (hosts) })];
    if let Some(resolved) = &resolved {
        facts.insert(1, (news::UNTIL.to(language), html! { (resolved) }));
    }
    let times: Vec<String> = course.iter().map(|update| page::time(app, update.at)).collect();
    let items: Vec<TimelineItem> = course
        .iter()
        .zip(&times)
        .map(|(update, at)| TimelineItem {
            marker: at,
            title: html! { (kind_name(update.kind).to(language)) },
            detail: paragraphs(say(&update.text, language)),
            actions: html! {},
        })
        .collect();
    view::card(
        say(&incident.title, language),
        html! {
            p { (view::badge(tone, word.to(language))) }
            (view::definition_list(&facts))
            @if let Some(procedure) = &incident.procedure {
                h3 { (news::PROCEDURE.to(language)) }
                (view::prose(paragraphs(say(procedure, language))))
            }
            @for report in &reports {
                h3 { (news::REPORT.to(language)) " (" (page::time(app, report.at)) ")" }
                (view::prose(paragraphs(say(&report.text, language))))
            }
            @if !items.is_empty() {
                h3 { (news::COURSE.to(language)) }
                (view::timeline(&items))
            }
        },
    )
}

fn kind_name(kind: UpdateKind) -> Text {
    match kind {
        UpdateKind::Opened => news::KIND_OPENED,
        UpdateKind::Daily => news::KIND_DAILY,
        UpdateKind::Update => news::KIND_UPDATE,
        UpdateKind::Resolved => news::KIND_RESOLVED,
        UpdateKind::Report => news::KIND_REPORT,
    }
}

/// Whom an incident concerns: hosts by their names, and whether this site's is one of them.
fn concerned(news: &News, incident: &Incident, language: Language) -> String {
    if incident.plans.is_empty() {
        return news::CONCERNS_ALL.to(language).to_string();
    }
    let names: Vec<&str> = incident
        .plans
        .iter()
        .map(|id| plans::find(id).map_or(id.as_str(), |plan| plan.name.to(language)))
        .collect();
    let names = names.join(", ");
    match news.concerns(incident) {
        true => names,
        false => format!("{names} ({})", news::CONCERNS_OTHERS.to(language)),
    }
}

/// A text of the vendor, a paragraph for each of its lines.
fn paragraphs(text: &str) -> Markup {
    html! { @for line in text.lines().filter(|line| !line.trim().is_empty()) { p { (line) } } }
}

/// Only what a browser opens as a page.
fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// An id for the address: letters of a word of the vendor's.
fn anchor(id: &str) -> String {
    let letters: String = id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("news-{letters}")
}
