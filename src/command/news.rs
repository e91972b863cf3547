//! `neo news`: incidents and news as they were heard last.
//! The page of the same name: web/admin/news.

use clap::Args;
use serde_json::json;

use super::{Place, say, say_json};
use crate::domain::calendar::{page_time, rfc3339_utc};
use crate::error::Result;
use crate::link::feed::State;
use crate::mail::news::{self, newest};

#[derive(Args)]
pub(super) struct News {
    #[arg(long)]
    json: bool,
}

impl News {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        let Some(news) = news::heard(&app, &store)? else {
            return if self.json { say_json(&json!({ "heard_at": null })) } else { Ok(()) };
        };
        let zone = app.settings.zone();
        if self.json {
            let here: Vec<&str> = news.open_here().map(|incident| incident.id.as_str()).collect();
            return say_json(&json!({
                "heard_at": rfc3339_utc(news.heard_at),
                "expires": rfc3339_utc(news.feed.expires),
                "is_expired": news.is_expired,
                "number": news.feed.number,
                "open_here": here,
                "incidents": news.feed.incidents,
                "news": news.feed.news,
            }));
        }
        let language = app.settings.language();
        for incident in &news.feed.incidents {
            let state = if incident.state == State::Open { "open" } else { "resolved" };
            let at = page_time(newest(incident).map_or(incident.opened_at, |update| update.at), zone);
            say(&format!("{at} {state} {} {}", incident.id, news::say(&incident.title, language)))?;
            if let Some(update) = newest(incident) {
                say(&format!("    {}", news::say(&update.text, language).replace('\n', "\n    ")))?;
            }
        }
        for item in &news.feed.news {
            say(&format!(
                "{} news {} {}",
                page_time(item.at, zone),
                item.id,
                news::say(&item.title, language)
            ))?;
        }
        Ok(())
    }
}
