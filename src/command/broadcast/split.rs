//! `neo broadcast split` and `decide`: a test of several messages, the best one to the others.
//! Not the deciding by itself: mail/split.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::app::App;
use crate::command::{read_file, say};
use crate::domain::calendar::rfc3339_utc;
use crate::domain::id::MessageId;
use crate::domain::message::{Content, Kind};
use crate::domain::split::{Measure, Part, Split};
use crate::error::{Error, Result};
use crate::mail::{letter, split};
use crate::store::{Reader, Writer};
use crate::texts::errors;

#[derive(Args)]
pub(in crate::command) struct SplitFlags {
    /// A draft: the first of the messages.
    message: MessageId,
    /// Another subject to compare with its own.
    #[arg(long, conflicts_with = "text")]
    subject: Vec<String>,
    /// Another text to compare with its own.
    #[arg(long)]
    text: Vec<PathBuf>,
    /// Per cent of the audience for each message.
    #[arg(long, default_value_t = 10)]
    share: i64,
    #[arg(long, value_parser = ["open", "click"], default_value = "open")]
    measure: String,
    /// Hours to wait from when they have gone out.
    #[arg(long, value_name = "HOURS", default_value_t = 4)]
    wait: i64,
    /// Wait for `neo broadcast decide` instead of sending the best.
    #[arg(long)]
    owner_decides: bool,
    /// Take the test back.
    #[arg(long, conflicts_with_all = ["subject", "text"])]
    drop: bool,
}

impl SplitFlags {
    pub(super) fn run(self, app: &App, store: &Writer) -> Result<()> {
        let message = store.message(self.message)?;
        store.broadcast(self.message)?;
        if self.drop {
            return store.drop_split(self.message);
        }
        let measure = Measure::parse(&self.measure).unwrap_or(Measure::Open);
        if !split::is_counted(store, self.message, measure)? {
            return Err(Error::invalid(errors::SPLIT_NOT_COUNTED));
        }
        let list = store.list(message.list)?;
        let own = message.content;
        let mut others = Vec::new();
        for subject in &self.subject {
            others.push(Content::parse(subject, &own.text, &own.html)?);
        }
        for file in &self.text {
            others.push(Content::parse(&own.subject, &read_file(file)?, "")?);
        }
        others.iter().try_for_each(|content| letter::check(app, &list, Kind::Broadcast, content))?;
        let split = Split {
            part: if self.text.is_empty() { Part::Subject } else { Part::Body },
            share: self.share,
            measure,
            wait_seconds: self.wait.saturating_mul(3600),
            owner_decides: self.owner_decides,
        };
        for variant in store.set_split(self.message, split, &others, app.clock.now())? {
            say(&variant.to_string())?;
        }
        Ok(())
    }
}

/// How a test stands, for `status --json`.
pub(super) fn as_json(store: &Reader, message: MessageId) -> Result<Value> {
    let Some(test) = store.split(message)? else { return Ok(Value::Null) };
    Ok(json!({
        "part": test.split.part.word(),
        "share": test.split.share,
        "measure": test.split.measure.word(),
        "wait_hours": test.split.wait_seconds / 3600,
        "owner_decides": test.split.owner_decides,
        "decide_at": test.decide_at.map(rfc3339_utc),
        "winner": test.winner,
        "rest": test.rest,
        "outcomes": store.outcomes(&test)?,
    }))
}
