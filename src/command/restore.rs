//! `neo restore`: a backup in the place of the database.
//! The work itself: transfer/restore; which steps were due meanwhile: mail/due.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Place, say, say_json};
use crate::clock::Clock;
use crate::domain::calendar::{page_time, rfc3339_utc};
use crate::error::{Error, Result};
use crate::guard::{self, Limits};
use crate::mail::due;
use crate::texts::{errors, transfer};
use crate::transfer::restore;

#[derive(Args)]
pub(super) struct Restore {
    /// The backup; not needed with --release.
    file: Option<PathBuf>,
    /// Do not wait for the owner's word before mails go out again.
    #[arg(long)]
    go_on: bool,
    /// Give that word: mails go out again.
    #[arg(long)]
    release: bool,
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        guard::adjust(Limits::ceiling(guard::Flow::Command));
        let Some(file) = &self.file else {
            if !self.release {
                return Err(Error::invalid(errors::NOTHING_TO_DO));
            }
            let (_, store) = place.open()?;
            return store.release_hold().map(|_| ());
        };
        let staged = restore::stage(place.folder()?, Clock::machine(), file)?;
        // What came due since the backup was made is brought, and then counts as done: it may have been sent.
        while due::bring_due_steps(&staged.app, &staged.store)? {}
        let zone = staged.app.settings.zone();
        let language = staged.app.settings.language();
        let restored = staged.put_in_place(!self.go_on)?;
        if self.json {
            return say_json(&json!({
                "made_at": rfc3339_utc(restored.made_at), "aside": restored.aside, "stayed_away": restored.stayed_away,
                "held": !self.go_on,
            }));
        }
        let made_at = page_time(restored.made_at, zone);
        let aside = restored.aside.display().to_string();
        say(&transfer::RESTORED.with(language, &[("when", &made_at), ("aside", &aside)]))?;
        match self.go_on {
            true => Ok(()),
            false => say(transfer::RESTORED_HELD.to(language)),
        }
    }
}
