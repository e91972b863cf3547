//! `neo backup`: the whole site in one file.
//! The work itself: transfer/backup.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Place, say, say_json};
use crate::error::Result;
use crate::guard::{self, Limits};
use crate::transfer::backup;

#[derive(Args)]
pub(super) struct Backup {
    /// Where to; else into data/backups, with the time in its name.
    file: Option<PathBuf>,
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        guard::adjust(Limits::ceiling(guard::Flow::Command));
        let (app, store) = place.open()?;
        let made = backup::make(&app, &store, self.file.as_deref())?;
        if self.file.is_none() {
            let name =
                made.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            store.note_backup(&name, made.size, "", app.clock.now())?;
        }
        match self.json {
            true => say_json(&json!({ "file": made.path, "bytes": made.size })),
            false => say(&made.path.display().to_string()),
        }
    }
}
