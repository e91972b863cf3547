//! `neo-fleet release status`: the day board, and every reason why not yet. Writes nothing.
//! Not the board itself: releases/board.rs.

use clap::Args;
use neo::error::{Error, Result};
use neo::texts::Language;
use serde_json::json;

use super::Answer;
use crate::app::Fleet;
use crate::releases::board::{self, Said};
use crate::releases::journal::Journal;
use crate::releases::reason::Reason;
use crate::texts::releases as texts;

#[derive(Args)]
pub(crate) struct Status {
    /// Only this one.
    version: Option<String>,
    /// The reasons in English.
    #[arg(long)]
    english: bool,
}

impl Status {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &Journal) -> Result<Answer> {
        let language = if self.english { Language::En } else { Language::Ja };
        let versions: Vec<String> = match self.version {
            Some(version) => vec![version],
            None => journal.history.releases.keys().cloned().collect(),
        };
        let (mut boards, mut lines) = (Vec::new(), Vec::new());
        let flaw = journal.flaw.clone().map(Reason::Log);
        lines.extend(flaw.as_ref().map(|flaw| flaw.say(language)));
        for version in versions {
            let board = board::board(fleet, journal, &version)?;
            let board = board.ok_or_else(|| Error::not_found(texts::NOT_OPENED))?;
            lines.extend(board.lines(language));
            boards.push(board);
        }
        let answer = json!({
            "now": fleet.now(), "log_entries": journal.entries.len(), "log_flaw": flaw.as_ref().map(Said::of),
            "rehearsal": journal.history.is_rehearsal, "own_sites": journal.history.own_sites, "releases": boards,
        });
        Ok(Answer::new(answer, lines))
    }
}
