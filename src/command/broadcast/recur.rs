//! `neo broadcast recur`: lets a draft be sent again and again, or ends that.
//! Not the making of the broadcasts: mail/recur.

use clap::Args;
use serde_json::{Value, json};

use crate::app::App;
use crate::command::say;
use crate::domain::calendar::{TimeOfDay, day_of, parse_until, rfc3339_utc};
use crate::domain::id::MessageId;
use crate::domain::recurrence::{Every, Recurrence};
use crate::error::{Error, Result};
use crate::mail::activation;
use crate::store::{Reader, Writer};
use crate::texts::errors;

#[derive(Args)]
pub(in crate::command) struct Recur {
    /// A draft.
    message: MessageId,
    #[arg(long, value_parser = ["day", "week", "month"])]
    every: Option<String>,
    /// Of a week 1 (Monday) to 7, of a month 1 to 31 (of a shorter one the last day).
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    on: u32,
    /// `HH:MM` in the site's time zone.
    #[arg(long)]
    at: Option<String>,
    /// The last day.
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// How many times.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..=10_000))]
    times: Option<i64>,
    /// Send it no more.
    #[arg(long, conflicts_with_all = ["every", "at", "until", "times"])]
    stop: bool,
}

impl Recur {
    pub(super) fn run(self, app: &App, store: &Writer) -> Result<()> {
        store.broadcast(self.message)?;
        if self.stop {
            return store.end_recurrence(self.message);
        }
        let (Some(every), Some(at)) = (&self.every, &self.at) else {
            return Err(Error::invalid(errors::NOTHING_TO_DO));
        };
        activation::refuse_new_broadcast(app, store)?;
        let (now, zone) = (app.clock.now(), app.settings.zone());
        let until = self.until.as_deref().map(|typed| parse_until(typed, zone)).transpose()?;
        let recurrence = Recurrence {
            every: Every::parse(every, self.on)?,
            at: TimeOfDay::parse(at)?,
            ends_on: until.map(|last| day_of(last, zone)),
            times_left: self.times,
        };
        let next = recurrence.next(now, zone);
        store.set_recurrence(self.message, &recurrence, next, now)?;
        say(&next.map(rfc3339_utc).unwrap_or_default())
    }
}

/// How a draft recurs, for `status --json`.
pub(super) fn as_json(store: &Reader, message: MessageId) -> Result<Value> {
    Ok(match store.recurring(message)? {
        None => Value::Null,
        Some(recurring) => json!({
            "every": recurring.recurrence.every.word(),
            "on": recurring.recurrence.every.on_day(),
            "at": recurring.recurrence.at.to_string(),
            "until": recurring.recurrence.ends_on.map(|day| day.to_string()),
            "times_left": recurring.recurrence.times_left,
            "is_active": recurring.is_active,
            "next": recurring.is_active.then(|| rfc3339_utc(recurring.next_at)),
        }),
    })
}
