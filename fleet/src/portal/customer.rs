//! What a customer sees: news first, then her keys and sites, and what can be downloaded.
//! Staff see the same pages; they have no keys of their own.

use neo::domain::calendar::{day_of, rfc3339_utc};
use neo::error::{Error, Result};
use neo::link::activation::to_file;
use neo::link::envelope::Kind;
use neo::link::feed::{Incident, News, State, Words};
use neo::link::key::Role;
use neo::texts::{Language, errors as neo_errors};
use neo::web::call::Call;
use neo::web::message::Reply;
use neo::web::view::{self, Column, Markup, Tone, html};

use super::access::Who;
use super::page;
use crate::app::Fleet;
use crate::incidents::feed;
use crate::incidents::house::zone;
use crate::signing::{seeds, tokens};
use crate::store::keys::Key;
use crate::texts::portal as texts;

/// The most keys that a page shows.
const KEYS: i64 = 200;

/// GET /
pub fn home(call: &Call, fleet: &mut Fleet, who: &Who) -> Result<Reply> {
    let language = call.language;
    let now = fleet.now();
    let (incidents, news) = feed::content(&mut fleet.store, now)?;
    let (open, over): (Vec<&Incident>, Vec<&Incident>) =
        incidents.iter().partition(|incident| incident.state == State::Open);
    let sites = match who.customer() {
        Some(customer) => sites(call, fleet, customer)?,
        None => html! {},
    };
    let title = texts::HOME_TITLE.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        @if open.is_empty() { (view::notice(Tone::Success, texts::NO_INCIDENT.to(language))) }
        @for incident in &open { (course(incident, Tone::Error, language)) }
        @for incident in &over { (course(incident, Tone::Neutral, language)) }
        @for item in &news { (news_card(item, language)) }
        (sites)
    };
    Ok(page::reply(call, who, "/", title, content))
}

/// GET /keys
pub fn keys(call: &Call, fleet: &mut Fleet, who: &Who) -> Result<Reply> {
    let language = call.language;
    let now = fleet.now();
    let mut cards = Vec::new();
    for key in own_keys(fleet, who)? {
        let extensions = fleet.store.extensions_of(&key.key)?;
        let (tone, state) = match (key.state.as_str(), key.valid_until > now) {
            ("revoked", _) => (Tone::Neutral, texts::KEY_REVOKED),
            (_, true) => (Tone::Success, texts::KEY_VALID),
            (_, false) => (Tone::Warn, texts::KEY_OVER),
        };
        let mut facts = vec![
            (texts::PLAN.to(language), html! { (key.plan) }),
            (texts::STATE.to(language), view::badge(tone, state.to(language))),
            (texts::VALID_UNTIL.to(language), html! { (page::time(key.valid_until)) }),
            (texts::SITE.to(language), html! { (key.site.as_deref().unwrap_or("-")) }),
        ];
        for extension in &extensions {
            let words = texts::EXTENDED.with(
                language,
                &[
                    ("days", &extension.days.to_string()),
                    ("incident", &extension.incident),
                    ("at", &page::time(extension.at)),
                ],
            );
            facts.push((texts::EXTENSION.to(language), html! { (words) }));
        }
        let file = call.link(&format!("/keys/{}/file", key.key));
        cards.push(view::card(
            &key.key,
            html! {
                (view::definition_list(&facts))
                @if key.state == "active" {
                    p.hint { (texts::FILE_TEXT.to(language)) }
                    p { (view::link(&file, texts::FILE.to(language))) }
                }
            },
        ));
    }
    let title = texts::KEYS.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        @if cards.is_empty() {
            (view::empty_state(texts::NO_KEYS.to(language), texts::NO_KEYS_TEXT.to(language), html! {}))
        }
        @for card in &cards { (card) }
    };
    Ok(page::reply(call, who, "/keys", title, content))
}

/// GET /keys/KEY/file: the key's token as text with check words, for hosts without connections to the outside.
pub fn key_file(call: &Call, fleet: &mut Fleet, who: &Who) -> Result<Reply> {
    let wanted = call.parameter();
    let key = own_keys(fleet, who)?.into_iter().find(|key| key.key == wanted && key.state == "active");
    let key = key.ok_or_else(|| Error::not_found(neo_errors::PAGE_NOT_FOUND))?;
    let signer = seeds::present(&fleet.data.keys(), Role::Activation)?;
    let name = format!("attachment; filename=\"{}.txt\"", key.key);
    Ok(Reply::text(200, to_file(&tokens::of(&key, &signer)?)).with_header("content-disposition", name))
}

/// GET /downloads
pub fn downloads(call: &Call, fleet: &mut Fleet, who: &Who) -> Result<Reply> {
    let language = call.language;
    let manifest = fleet.store.publication(Kind::Manifest)?;
    let manifest: Option<neo::link::update::Manifest> =
        manifest.and_then(|kept| neo::link::envelope::read_kept(&kept.text));
    let folder = fleet.store.meta("publish_url")?.unwrap_or_default();
    let title = texts::DOWNLOADS.to(language);
    let shown = match &manifest {
        Some(manifest) if !manifest.halted => {
            let rows: Vec<Vec<Markup>> = manifest
                .targets
                .iter()
                .map(|target| {
                    vec![
                        html! { (target.name) },
                        match folder.is_empty() {
                            true => html! { (target.file) },
                            false => view::link(&format!("{folder}/{}", target.file), &target.file),
                        },
                        html! { (neo::web::admin::page::number(i64::try_from(target.length).unwrap_or(0))) },
                        html! { code { (target.sha256) } },
                    ]
                })
                .collect();
            let columns = [
                Column::main(texts::TARGET.to(language)),
                Column::text(texts::FILE_NAME.to(language)),
                Column::number(texts::BYTES.to(language)),
                Column::text("SHA-256"),
            ];
            let released = page::time(manifest.released_at);
            html! {
                h2 { "NEO " (manifest.version) }
                p { (texts::RELEASED.with(language, &[("at", &released)])) }
                p { (pick(&manifest.notes, language)) }
                (view::table(title, &columns, &rows))
            }
        }
        _ => view::empty_state(texts::NO_RELEASE.to(language), texts::NO_RELEASE_TEXT.to(language), html! {}),
    };
    let content = html! { (view::page_heading(title, html! {})) (view::card("", shown)) };
    Ok(page::reply(call, who, "/downloads", title, content))
}

fn own_keys(fleet: &mut Fleet, who: &Who) -> Result<Vec<Key>> {
    match who.customer() {
        Some(customer) => fleet.store.keys(Some(customer), None, KEYS),
        None => Ok(Vec::new()),
    }
}

fn sites(call: &Call, fleet: &mut Fleet, customer: &str) -> Result<Markup> {
    let language = call.language;
    let sites = fleet.store.sites_of_customer(customer)?;
    let rows: Vec<Vec<Markup>> = sites
        .iter()
        .map(|site| {
            vec![
                html! { (site.tick_url) },
                html! { (site.version.as_deref().unwrap_or("-")) },
                html! { (clock(&site.wanted_clock, language)) },
                html! { (page::time_or_never(site.last_ok, language)) },
                html! { (page::time_or_never(site.last_beat, language)) },
            ]
        })
        .collect();
    let columns = [
        Column::main(texts::SITE.to(language)),
        Column::text(texts::VERSION.to(language)),
        Column::text(texts::CLOCK.to(language)),
        Column::text(texts::LAST_ANSWER.to(language)),
        Column::text(texts::LAST_BEAT.to(language)),
    ];
    Ok(html! {
        @if !rows.is_empty() {
            (view::card(texts::YOUR_SITES.to(language), view::table(texts::YOUR_SITES.to(language), &columns, &rows)))
        }
    })
}

/// An incident with all that was said of it, the newest first.
fn course(incident: &Incident, tone: Tone, language: Language) -> Markup {
    let state = match incident.state {
        State::Open => texts::OPEN,
        State::Resolved => texts::RESOLVED,
    };
    let told = incident.updates.iter().rev();
    view::card(
        pick(&incident.title, language),
        html! {
            p {
                (view::badge(tone, state.to(language)))
                " " (page::time(incident.opened_at)) " – " (incident.resolved_at.map(page::time).unwrap_or_default())
            }
            @for update in told {
                p { strong { (page::time(update.at)) } }
                (paragraphs(pick(&update.text, language)))
            }
            @if let Some(procedure) = &incident.procedure {
                (view::details_box(texts::PROCEDURE.to(language), paragraphs(pick(procedure, language))))
            }
        },
    )
}

fn news_card(news: &News, language: Language) -> Markup {
    let day = day_of(news.at, zone()).to_string();
    view::card(
        pick(&news.title, language),
        html! {
            p { time datetime=(rfc3339_utc(news.at)) { (day) } }
            (paragraphs(pick(&news.text, language)))
            @if let Some(url) = &news.url { p { (view::link(url, url)) } }
        },
    )
}

/// A text's lines, its empty lines as gaps.
pub(super) fn paragraphs(text: &str) -> Markup {
    view::prose(html! {
        @for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            p { @for line in paragraph.lines() { (line) br; } }
        }
    })
}

pub(super) fn pick(words: &Words, language: Language) -> &str {
    match language {
        Language::Ja => &words.ja,
        Language::En => &words.en,
    }
}

pub(super) fn clock(word: &str, language: Language) -> &'static str {
    match word {
        "cron" => texts::CLOCK_CRON,
        "poller" => texts::CLOCK_POLLER,
        "url" => texts::CLOCK_URL,
        _ => texts::CLOCK_VISIT,
    }
    .to(language)
}
