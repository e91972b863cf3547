//! `neo-fleet news add|remove|list` and `neo-fleet closure add|remove|list`: small things that staff keep.
//! Not incidents: incident.

use clap::Subcommand;
use neo::domain::calendar::page_time;
use neo::domain::token::random_code;
use neo::error::{Error, Result};
use neo::link::feed::News;
use neo::texts::errors as neo_errors;
use serde_json::json;

use super::Answer;
use super::words::{TextArgs, TitleArgs, needed};
use crate::app::Fleet;
use crate::course::business_days::Closure;
use crate::incidents::house::zone;
use crate::incidents::required;
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum NewsCommand {
    /// Tell every install something; prints its id.
    Add {
        #[command(flatten)]
        title: TitleArgs,
        #[command(flatten)]
        text: TextArgs,
        #[arg(long)]
        url: Option<String>,
        /// A name of your own (a-z, 0-9, -).
        #[arg(long)]
        id: Option<String>,
    },
    Remove {
        id: String,
    },
    /// Newest first.
    List,
}

#[derive(Subcommand)]
pub(super) enum ClosureCommand {
    /// Days on which the company is closed: 12-29..01-03 (each year), 2027-08-12..2027-08-16 (once).
    Add {
        days: String,
    },
    Remove {
        days: String,
    },
    List,
}

impl NewsCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let act = fleet.act();
        match self {
            NewsCommand::Add { title, text, url, id } => {
                let news = News {
                    id: parse_id(id)?,
                    at: act.now,
                    title: needed("title", title.words()?)?,
                    text: needed("text", text.words()?)?,
                    url: url.map(|url| parse_url(&url)).transpose()?,
                };
                required("title", &news.title)?;
                required("text", &news.text)?;
                fleet.store.transaction(|store| {
                    if !store.add_news(&news)? {
                        return Err(
                            Error::invalid(neo_errors::NAME_ALREADY_USED).with("name", news.id.clone())
                        );
                    }
                    store.audit(act.now, &act.who, "news added", &news.id)
                })?;
                Ok(Answer::line(json!(news), &news.id))
            }
            NewsCommand::Remove { id } => {
                fleet.store.transaction(|store| match store.remove_news(&id)? {
                    true => store.audit(act.now, &act.who, "news removed", &id),
                    false => Err(Error::not_found(errors::NEWS_NOT_FOUND).with("id", id.clone())),
                })?;
                Ok(Answer::line(json!({ "removed": id }), &id))
            }
            NewsCommand::List => {
                let news = fleet.store.news(0, 500)?;
                let line =
                    |news: &News| format!("{} {} {}", news.id, page_time(news.at, zone()), news.title.ja);
                Ok(Answer::new(json!({ "news": news }), news.iter().map(line).collect()))
            }
        }
    }
}

impl ClosureCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let act = fleet.act();
        match self {
            ClosureCommand::Add { days } => {
                let days = Closure::parse(&days)?.to_string();
                fleet.store.transaction(|store| {
                    store.add_closure(&days)?;
                    store.audit(act.now, &act.who, "closure added", &days)
                })?;
            }
            ClosureCommand::Remove { days } => {
                let days = Closure::parse(&days)?.to_string();
                fleet.store.transaction(|store| match store.remove_closure(&days)? {
                    true => store.audit(act.now, &act.who, "closure removed", &days),
                    false => Err(Error::not_found(errors::CLOSURE_UNKNOWN).with("days", days.clone())),
                })?;
            }
            ClosureCommand::List => {}
        }
        let closures = fleet.store.closures()?;
        Ok(Answer::new(json!({ "closures": closures }), closures))
    }
}

fn parse_id(typed: Option<String>) -> Result<String> {
    let Some(typed) = typed else { return random_code(10) };
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match !typed.is_empty() && typed.len() <= 60 && typed.bytes().all(is_plain) {
        true => Ok(typed),
        false => {
            Err(Error::invalid(neo_errors::FIELD_NOT_VALID).with("field", "id").with("why", "a-z 0-9 -"))
        }
    }
}

fn parse_url(typed: &str) -> Result<String> {
    let parsed = url::Url::parse(typed.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    match parsed {
        Some(url) => Ok(url.to_string()),
        None => {
            Err(Error::invalid(neo_errors::FIELD_NOT_VALID).with("field", "url").with("why", "http, https"))
        }
    }
}
