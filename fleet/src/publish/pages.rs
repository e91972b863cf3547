//! The news as two small pages, Japanese and English, for whoever has no install at hand. Without scripts and cookies.
//! Not the signed feed, which they only repeat.

use maud::{DOCTYPE, Markup, html};
use neo::domain::calendar::{Zone, page_time};
use neo::error::Result;
use neo::link::feed::{Feed, Incident, News, State, Update, UpdateKind, Words};
use neo::texts::{Language, Text};

use super::write::Folder;
use crate::texts::pages as texts;

const STYLE: &str = "body{font:1rem/1.7 sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}\
    h1{font-size:1.4rem}h2{font-size:1.15rem}article{border-top:1px solid #ccc;padding:1rem 0}\
    time,small{color:#555}.open{color:#a30000}p{white-space:pre-line}";

/// Writes `news/index.html` and `news/en.html`.
pub(super) fn write(folder: &mut Folder, feed: &Feed) -> Result<()> {
    for (name, language) in [("news/index.html", Language::Ja), ("news/en.html", Language::En)] {
        folder.put(name, page(feed, language).into_string().as_bytes())?;
    }
    Ok(())
}

fn page(feed: &Feed, language: Language) -> Markup {
    let other =
        if language == Language::Ja { ("en.html", Language::En) } else { ("index.html", Language::Ja) };
    let say = |text: Text| text.to(language);
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (say(texts::NEWS_TITLE)) }
                style { (STYLE) }
            }
            body {
                h1 { (say(texts::NEWS_TITLE)) }
                p { a href=(other.0) lang=(other.1.tag()) { (other.1.own_name()) } }
                @if feed.incidents.is_empty() && feed.news.is_empty() { p { (say(texts::NEWS_NONE)) } }
                @for incident in &feed.incidents { (show_incident(incident, language)) }
                @for news in &feed.news { (show_news(news, language)) }
            }
        }
    }
}

fn show_incident(incident: &Incident, language: Language) -> Markup {
    let (class, state) = match incident.state {
        State::Open => ("open", texts::STATE_OPEN),
        State::Resolved => ("resolved", texts::STATE_RESOLVED),
    };
    html! {
        article id=(incident.id) {
            h2 { span class=(class) { (state.to(language)) } " " (pick(&incident.title, language)) }
            small { (moment(incident.opened_at)) @if let Some(at) = incident.resolved_at { " – " (moment(at)) } }
            @for update in incident.updates.iter().rev() { (show_update(update, language)) }
            @if let Some(procedure) = &incident.procedure {
                h3 { (texts::PROCEDURE.to(language)) }
                p { (pick(procedure, language)) }
            }
        }
    }
}

fn show_update(update: &Update, language: Language) -> Markup {
    let kind = match update.kind {
        UpdateKind::Opened => texts::UPDATE_OPENED,
        UpdateKind::Daily => texts::UPDATE_DAILY,
        UpdateKind::Update => texts::UPDATE_UPDATE,
        UpdateKind::Resolved => texts::UPDATE_RESOLVED,
        UpdateKind::Report => texts::UPDATE_REPORT,
    };
    html! {
        section {
            small { (moment(update.at)) " " (kind.to(language)) }
            p { (pick(&update.text, language)) }
        }
    }
}

fn show_news(news: &News, language: Language) -> Markup {
    let is_link = |url: &&String| url.starts_with("https://") || url.starts_with("http://");
    html! {
        article id=(news.id) {
            h2 { (pick(&news.title, language)) }
            small { (moment(news.at)) }
            p { (pick(&news.text, language)) }
            @if let Some(url) = news.url.as_ref().filter(is_link) { p { a href=(url) { (url) } } }
        }
    }
}

fn pick(words: &Words, language: Language) -> &str {
    match language {
        Language::En if !words.en.is_empty() => &words.en,
        _ => &words.ja,
    }
}

/// In Japan's time, which the pages name.
fn moment(at: i64) -> String {
    format!("{} JST", page_time(at, Zone::default()))
}
