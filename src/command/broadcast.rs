//! `neo broadcast create|schedule|stop|status`.
//! The broadcasts' page: web/admin/broadcasts.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Place, say, say_json, warn};
use crate::app::App;
use crate::clock::Instant;
use crate::domain::broadcast::Timing;
use crate::domain::calendar::{lead_of_earliest_zone, parse_moment, rfc3339_utc};
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
        #[command(flatten)]
        timing: TimingFlags,
    },
    /// Give a draft its time, or another time.
    Schedule {
        message: MessageId,
        #[arg(long)]
        at: String,
        #[command(flatten)]
        timing: TimingFlags,
    },
    /// Stop: nothing more is begun, what waits is cancelled until it is resumed.
    Stop {
        message: MessageId,
        /// Do not let it be resumed.
        #[arg(long)]
        for_good: bool,
    },
    /// Let a stopped broadcast go on with the same readers.
    Resume { message: MessageId },
    /// Print where a broadcast stands.
    Status {
        message: MessageId,
        #[arg(long)]
        json: bool,
    },
}

/// When mails may go out; what is not given stays as it is.
#[derive(Args)]
pub(super) struct TimingFlags {
    /// Cancel what has not gone out by then; `never` takes it back.
    #[arg(long, value_name = "TIME")]
    not_later_than: Option<String>,
    /// Send nothing in the site's quiet hours.
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = ["yes", "no"])]
    quiet_hours: Option<String>,
    /// Send at this time of day in each reader's own zone (her field `time_zone`).
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = ["yes", "no"])]
    reader_time_zone: Option<String>,
}

impl TimingFlags {
    fn apply(&self, app: &App, stored: Timing) -> Result<Timing> {
        let not_later_than = match self.not_later_than.as_deref() {
            None => stored.not_later_than,
            Some("never") => None,
            Some(typed) => Some(parse_moment(typed, app.settings.zone())?),
        };
        let choice =
            |typed: &Option<String>, stored: bool| typed.as_ref().map_or(stored, |word| word == "yes");
        Ok(Timing {
            not_later_than,
            keeps_quiet_hours: choice(&self.quiet_hours, stored.keeps_quiet_hours),
            in_reader_zone: choice(&self.reader_time_zone, stored.in_reader_zone),
        })
    }
}

impl Broadcast {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        let now = app.clock.now();
        match self {
            Broadcast::Create { list, subject, text, html, at, timing } => {
                let list = store.list_named(&list)?;
                let text = super::read_file(&text)?;
                let html = html.as_deref().map(super::read_file).transpose()?.unwrap_or_default();
                let content = Content::parse(&subject, &text, &html)?;
                letter::check(&app, &list, &content)?;
                let at = at.as_deref().map(|at| moment(&app, at)).transpose()?;
                let timing = timing.apply(&app, Timing::default())?;
                warn_about_sender(&app);
                let message = store.transaction(|| {
                    let message = store.add_message(Kind::Broadcast, list.id, &content, now)?;
                    store.add_broadcast(message, None)?;
                    store.time_broadcast(message, at, &timing, lead(&app, at, &timing))?;
                    Ok(message)
                })?;
                say(&message.to_string())
            }
            Broadcast::Schedule { message, at, timing } => {
                let timing = timing.apply(&app, store.broadcast(message)?.timing)?;
                warn_about_sender(&app);
                let at = Some(moment(&app, &at)?);
                store.time_broadcast(message, at, &timing, lead(&app, at, &timing))
            }
            Broadcast::Stop { message, for_good } => {
                store.broadcast(message)?;
                store.stop_broadcast(message, now)?;
                while store.cancel_waiting(message, 2000, now)? > 0 {}
                if for_good {
                    store.give_up_broadcast(message)?;
                }
                Ok(())
            }
            Broadcast::Resume { message } => {
                store.broadcast(message)?;
                match store.resume_broadcast(message)? {
                    true => Ok(()),
                    false => Err(Error::invalid(errors::NOT_TO_BE_RESUMED)),
                }
            }
            Broadcast::Status { message, json } => status(&store, message, json),
        }
    }
}

/// How long before its time it has to start.
fn lead(app: &App, at: Option<Instant>, timing: &Timing) -> i64 {
    match at.filter(|_| timing.in_reader_zone) {
        Some(at) => lead_of_earliest_zone(at, app.settings.zone()),
        None => 0,
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
        return say_json(
            &json!({ "message": message, "state": broadcast.state.word(), "at": at, "ledger": ledger }),
        );
    }
    say(&format!("{} {} {}", message, broadcast.state.word(), at.unwrap_or_default()))?;
    super::ledger::say_ledger(&ledger)
}
