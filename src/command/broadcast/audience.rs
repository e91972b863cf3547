//! The flags of `neo broadcast` that say who of a list gets it, and the counting of them.
//! Not the flags of its time (timing).

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::command::{read_file, say, say_json, segment};
use crate::domain::audience::Audience;
use crate::domain::condition::Condition;
use crate::domain::id::MessageId;
use crate::domain::list::ListName;
use crate::domain::when::Today;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::errors;

/// Who of the list; what is not given stays as it is.
#[derive(Args)]
pub(in crate::command) struct AudienceFlags {
    /// A saved segment by its name, or JSON: a condition on readers, or a whole audience (`-`: standard input).
    #[arg(long, value_name = "NAME|FILE")]
    segment: Option<String>,
    /// JSON: a condition; who matches is left out.
    #[arg(long, value_name = "FILE")]
    exclude: Option<PathBuf>,
    /// Leave out who is on this list as well.
    #[arg(long, value_name = "LIST")]
    exclude_list: Vec<String>,
}

impl AudienceFlags {
    pub(super) fn apply(&self, store: &Reader, stored: Audience) -> Result<Audience> {
        let mut audience = stored;
        if let Some(named) = &self.segment {
            audience = self::named(store, audience, named)?;
        }
        if let Some(file) = &self.exclude {
            audience.exclude = Some(condition(file)?);
        }
        for name in &self.exclude_list {
            audience.exclude_lists.push(ListName::parse(store.list_named(name)?.name.as_str())?);
        }
        store.check_audience(&audience)
    }
}

/// The audience with the segment of this name; its condition is copied. Without such a segment it is a file's.
fn named(store: &Reader, audience: Audience, named: &str) -> Result<Audience> {
    if let Some(condition) = segment::saved(store, named)? {
        return Ok(Audience { condition: Some(condition), ..audience });
    }
    if named != "-" && !Path::new(named).exists() {
        return Err(Error::not_found(errors::SEGMENT_NOT_FOUND).with("name", named));
    }
    let text = read_file(Path::new(named))?;
    match Audience::parse_json(&text) {
        Ok(whole) => Ok(Audience { share: audience.share, ..whole }),
        Err(_) => Ok(Audience { condition: Some(Condition::parse_json(&text)?), ..audience }),
    }
}

fn condition(file: &Path) -> Result<Condition> {
    Condition::parse_json(&read_file(file)?)
}

/// Counts the readers to whom it would go now.
pub(super) fn count(app: &App, store: &Reader, message: MessageId, as_json: bool) -> Result<()> {
    let (_, list) = store.message_subject(message)?;
    store.broadcast(message)?;
    let audience = store.audience(message)?;
    let today = Today::new(app.clock.now(), app.settings.zone());
    let count = store.count_audience(list, &audience, &today, |_| true)?;
    if as_json {
        return say_json(&json!({
            "message": message, "matching": count.matching, "looked_at": count.looked_at,
            "is_whole": count.is_whole, "audience": audience,
        }));
    }
    say(&count.matching.to_string())
}
