//! `neo broadcast`: write, schedule, stop, resume, count, follow up, let recur, test, look.
//! The broadcasts' page: web/admin/broadcasts.

mod audience;
mod recur;
mod split;
mod timing;

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use self::audience::AudienceFlags;
use self::timing::{TimingFlags, lead};
use super::{Place, say, say_json, warn};
use crate::app::App;
use crate::clock::Instant;
use crate::domain::audience::{Audience, Gap};
use crate::domain::broadcast::{StopReason, Timing};
use crate::domain::calendar::{parse_moment, rfc3339_utc};
use crate::domain::id::MessageId;
use crate::domain::message::{Content, Kind};
use crate::error::{Error, Result};
use crate::mail::{activation, letter};
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
        #[command(flatten)]
        audience: AudienceFlags,
    },
    /// Give a draft its time, or another time.
    Schedule {
        message: MessageId,
        #[arg(long)]
        at: String,
        #[command(flatten)]
        timing: TimingFlags,
        #[command(flatten)]
        audience: AudienceFlags,
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
    /// Count the readers to whom it would go now.
    Audience {
        message: MessageId,
        #[arg(long)]
        json: bool,
    },
    /// Write a draft to those whom a broadcast did not reach, and print its number.
    Missing {
        message: MessageId,
        /// Why it did not reach them.
        #[arg(long, value_delimiter = ',', value_parser = Gap::ALL.map(Gap::word),
            default_values = ["failed", "cancelled", "suppressed"])]
        groups: Vec<String>,
    },
    /// Write a draft to those who got a broadcast and did not open it, and print its number; once for each broadcast.
    Unopened { message: MessageId },
    /// Write a draft with the same content, and print its number.
    Copy { message: MessageId },
    /// Let a draft be sent again and again: each time a message of its own.
    Recur(recur::Recur),
    /// Test several messages on a part of the audience each; the best one goes to the others.
    Split(split::SplitFlags),
    /// Choose the best message of a split test by hand; prints the number of the message to the others.
    Decide { message: MessageId, winner: MessageId },
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
            Broadcast::Create { list, subject, text, html, at, timing, audience } => {
                activation::refuse_new_broadcast(&app, &store)?;
                let list = store.list_named(&list)?;
                let text = super::read_file(&text)?;
                let html = html.as_deref().map(super::read_file).transpose()?.unwrap_or_default();
                let content = Content::parse(&subject, &text, &html)?;
                letter::check(&app, &list, Kind::Broadcast, &content)?;
                let at = at.as_deref().map(|at| moment(&app, at)).transpose()?;
                let timing = timing.apply(&app, Timing::default())?;
                let audience = audience.apply(&store, Audience::default())?;
                warn_about_sender(&app);
                let message = store.transaction(|| {
                    let message = store.add_message(Kind::Broadcast, list.id, &content, now)?;
                    store.add_broadcast(message, None)?;
                    store.set_audience(message, &audience)?;
                    store.time_broadcast(message, at, &timing, lead(&app, at, &timing))?;
                    Ok(message)
                })?;
                say(&message.to_string())
            }
            Broadcast::Schedule { message, at, timing, audience } => {
                activation::refuse_new_broadcast(&app, &store)?;
                let timing = timing.apply(&app, store.broadcast(message)?.timing)?;
                let audience = audience.apply(&store, store.audience(message)?)?;
                warn_about_sender(&app);
                let at = Some(moment(&app, &at)?);
                store.set_audience(message, &audience)?;
                store.schedule_broadcast(message, at, &timing, lead(&app, at, &timing))
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
            Broadcast::Audience { message, json } => audience::count(&app, &store, message, json),
            Broadcast::Missing { message, groups } => {
                activation::refuse_new_broadcast(&app, &store)?;
                let groups: Vec<Gap> = groups.iter().filter_map(|word| Gap::parse(word)).collect();
                say(&store.follow_missing(message, &groups, now)?.to_string())
            }
            Broadcast::Unopened { message } => {
                activation::refuse_new_broadcast(&app, &store)?;
                say(&store.follow_unopened(message, now)?.to_string())
            }
            Broadcast::Copy { message } => {
                activation::refuse_new_broadcast(&app, &store)?;
                store.broadcast(message)?;
                say(&store.copy_broadcast(message, now)?.to_string())
            }
            Broadcast::Recur(flags) => flags.run(&app, &store),
            Broadcast::Split(flags) => flags.run(&app, &store),
            Broadcast::Decide { message, winner } => {
                store.broadcast(message)?;
                say(&store.decide_split(message, winner, now)?.to_string())
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
            "stop_reason": broadcast.stop_reason.map(StopReason::word),
            "not_later_than": broadcast.timing.not_later_than.map(rfc3339_utc),
            "quiet_hours": broadcast.timing.keeps_quiet_hours,
            "reader_time_zone": broadcast.timing.in_reader_zone,
            "audience": store.audience(message)?,
            "recurs": recur::as_json(store, message)?,
            "split": split::as_json(store, message)?,
            "follows": broadcast.parent.map(|(parent, as_what)| json!({ "message": parent, "as": as_what.word() })),
            "engagement": store.engagement_counts(message)?,
        }));
    }
    say(&format!("{} {} {}", message, broadcast.state.word(), at.unwrap_or_default()))?;
    super::ledger::say_ledger(&ledger)
}
