//! `neo broadcast create|schedule|stop|status`.
//! The broadcasts' page: web/admin/broadcasts.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{Place, say, say_json, warn};
use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::{parse_moment, rfc3339_utc};
use crate::domain::id::MessageId;
use crate::domain::message::{Content, Kind};
use crate::error::{Error, Result};
use crate::mail::letter;
use crate::store::Reader;
use crate::texts::{Language, errors};

#[derive(Subcommand)]
pub(super) enum Broadcast {
    /// Write a broadcast and print its number; without --at it stays a draft.
    Create {
        #[arg(long)]
        list: String,
        #[arg(long)]
        subject: String,
        /// The text part (`-`: standard input).
        #[arg(long)]
        text: PathBuf,
        #[arg(long)]
        html: Option<PathBuf>,
        /// `now`, RFC 3339, or `YYYY-MM-DD HH:MM` in the site's time zone.
        #[arg(long)]
        at: Option<String>,
    },
    /// Give a draft its time, or another time.
    Schedule {
        message: MessageId,
        #[arg(long)]
        at: String,
    },
    /// Stop: nothing more is begun, what waits is cancelled.
    Stop { message: MessageId },
    /// Print where a broadcast stands.
    Status {
        message: MessageId,
        #[arg(long)]
        json: bool,
    },
}

impl Broadcast {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        let now = app.clock.now();
        match self {
            Broadcast::Create { list, subject, text, html, at } => {
                let list = store.list_named(&list)?;
                let text = super::read_file(&text)?;
                let html = html.as_deref().map(super::read_file).transpose()?.unwrap_or_default();
                let content = Content::parse(&subject, &text, &html)?;
                letter::check(&app, &list, &content)?;
                let at = at.as_deref().map(|at| moment(&app, at)).transpose()?;
                warn_about_sender(&app);
                let message = store.transaction(|| {
                    let message = store.add_message(Kind::Broadcast, list.id, &content, now)?;
                    store.add_broadcast(message, at)?;
                    Ok(message)
                })?;
                say(&message.to_string())
            }
            Broadcast::Schedule { message, at } => {
                store.broadcast(message)?;
                warn_about_sender(&app);
                store.schedule_broadcast(message, Some(moment(&app, &at)?))
            }
            Broadcast::Stop { message } => {
                store.broadcast(message)?;
                store.stop_broadcast(message, now)?;
                while store.cancel_waiting(message, 2000, now)? > 0 {}
                Ok(())
            }
            Broadcast::Status { message, json } => status(&store, message, json),
        }
    }
}

fn moment(app: &App, at: &str) -> Result<Instant> {
    match at {
        "now" => Ok(app.clock.now()),
        at => parse_moment(at, app.settings.zone()),
    }
}

/// A script is warned, not stopped: the footer then shows what is there. The page refuses (E3009).
fn warn_about_sender(app: &App) {
    let missing: Vec<&str> =
        app.settings.missing_sender_details().iter().map(|setting| setting.key).collect();
    if !missing.is_empty() {
        let error = Error::configuration(errors::SENDER_NOT_COMPLETE).with("missing", missing.join(", "));
        let said = error.refusal().map(|refusal| refusal.say(Language::En)).unwrap_or_default();
        warn(&said);
    }
}

fn status(store: &Reader, message: MessageId, as_json: bool) -> Result<()> {
    let broadcast = store.broadcast(message)?;
    let ledger = store.ledger(message)?;
    let at = broadcast.at.map(rfc3339_utc);
    if as_json {
        return say_json(&json!({
            "message": message, "state": broadcast.state.word(), "at": at, "ledger": ledger,
            "engagement": store.engagement_counts(message)?,
        }));
    }
    say(&format!("{} {} {}", message, broadcast.state.word(), at.unwrap_or_default()))?;
    super::ledger::say_ledger(&ledger)
}
