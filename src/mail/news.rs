//! The vendor's incidents and news as they concern this site, from what was heard last.
//! Not the hearing (vendor) and not the pages.

use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::link::feed::{Advice, Feed, Incident, State, Update, Words};
use crate::mail::tick::Source;
use crate::settings;
use crate::store::Reader;
use crate::texts::Language;

/// For how long after its end a feed's open incidents are still shown on every page.
const STALE: i64 = 14 * 86_400;

/// A clock that is not heard for longer is not what the site goes by.
const ASLEEP: i64 = 26 * 3600;

/// The feed with when it was heard.
pub struct News {
    pub feed: Feed,
    pub heard_at: Instant,
    pub is_expired: bool,
    now: Instant,
    host_plan: String,
}

/// What was heard last, however long ago.
pub fn heard(app: &App, store: &Reader) -> Result<Option<News>> {
    let Some(mut feed) = store.feed()? else { return Ok(None) };
    let Some(kept) = store.heard("neo-feed")? else { return Ok(None) };
    feed.incidents.sort_by_key(|incident| {
        std::cmp::Reverse(newest(incident).map_or(incident.opened_at, |update| update.at))
    });
    feed.news.sort_by_key(|news| std::cmp::Reverse(news.at));
    let now = app.clock.now();
    Ok(Some(News {
        is_expired: feed.expires <= now,
        feed,
        heard_at: kept.heard_at,
        now,
        host_plan: app.settings.value(&settings::HOST_PLAN).to_string(),
    }))
}

impl News {
    /// Whether an incident concerns this site's host.
    pub fn concerns(&self, incident: &Incident) -> bool {
        incident.plans.is_empty() || incident.plans.contains(&self.host_plan)
    }

    /// The open incidents that concern this site, the one with the newest word first.
    pub fn open_here(&self) -> impl Iterator<Item = &Incident> {
        self.feed.incidents.iter().filter(|incident| incident.state == State::Open && self.concerns(incident))
    }

    /// Those that every page tells of: not for ever from a feed that outlived its time.
    pub fn announced(&self) -> impl Iterator<Item = &Incident> {
        let is_told = self.now < self.feed.expires + STALE;
        self.open_here().filter(move |_| is_told)
    }
}

/// The newest word on an incident.
pub fn newest(incident: &Incident) -> Option<&Update> {
    incident.updates.iter().max_by_key(|update| update.at)
}

/// In the owner's language, or in the other one where the vendor has written only that.
pub fn say(words: &Words, language: Language) -> &str {
    let (first, second) = match language {
        Language::Ja => (&words.ja, &words.en),
        Language::En => (&words.en, &words.ja),
    };
    if first.trim().is_empty() { second } else { first }
}

/// What the vendor asks the owner to do, since when, and because of which incident.
pub struct Asked {
    pub advice: Advice,
    pub reason: Option<Words>,
}

/// Whether the vendor asks this site to go by its host's cron: told by a call to this site, or by an open incident. It is
/// answered when cron was chosen and is heard.
pub fn asked(app: &App, store: &Reader) -> Result<Option<Asked>> {
    let is_cron = app.settings.value(&settings::WANTED_CLOCK) == Source::Cron.word();
    let is_heard = store.last_beat(Source::Cron.word())?.is_some_and(|at| app.clock.now() - at < ASLEEP);
    if is_cron && is_heard {
        return Ok(None);
    }
    let news = heard(app, store)?;
    let incident = news
        .as_ref()
        .and_then(|news| news.announced().find(|incident| incident.advice == Some(Advice::UseLocalCron)));
    let reason = incident.map(|incident| incident.title.clone());
    let told = store.line()?.advice.map(|(advice, _)| advice);
    let advice = told.or(incident.and_then(|incident| incident.advice));
    Ok(advice.map(|advice| Asked { advice, reason }))
}
