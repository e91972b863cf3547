//! `neo export`: the readers of a list, to standard output.
//! The work itself: transfer/export. The page: web/admin/exports.

use std::io::Write;

use clap::Args;

use super::{Place, segment, warn};
use crate::domain::id::SubscriptionId;
use crate::domain::subscriber::SubscriptionState;
use crate::error::{Error, Result};
use crate::guard::{self, Limits};
use crate::transfer::export::{self, Format, Who};

#[derive(Args)]
pub(super) struct Export {
    list: String,
    #[arg(long, value_parser = ["csv", "jsonl"], default_value = "csv")]
    format: String,
    /// Of the CSV: utf-8 carries the mark that Excel looks for.
    #[arg(long, value_parser = ["utf-8", "cp932"], default_value = "utf-8")]
    encoding: String,
    /// Only readers in this state.
    #[arg(long, value_parser = ["confirmed", "pending", "left"])]
    state: Option<String>,
    /// Only readers who match a saved segment (its name), or a condition in a file (JSON).
    #[arg(long, value_name = "NAME|FILE")]
    segment: Option<String>,
}

impl Export {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        guard::adjust(Limits::ceiling(guard::Flow::Command));
        let (app, store) = place.open()?;
        let list = store.list_named(&self.list)?;
        let format = match (self.format.as_str(), self.encoding.as_str()) {
            ("jsonl", _) => Format::Jsonl,
            (_, "cp932") => Format::CsvCp932,
            _ => Format::Csv,
        };
        let state = self.state.as_deref().and_then(SubscriptionState::parse);
        let condition = match &self.segment {
            Some(named) => Some(segment::condition(&store, named)?),
            None => None,
        };
        let all = (SubscriptionId(0), SubscriptionId(i64::MAX));
        let mut export = export::Export::new(&app, &store, list.id, format, &Who { state, condition }, all)?;
        let mut out = std::io::stdout().lock();
        while let Some(piece) = export.next_piece()? {
            match out.write_all(&piece) {
                Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(|cause| Error::fault("writing to standard output", cause))?,
            }
        }
        out.flush().map_err(|cause| Error::fault("writing to standard output", cause))?;
        if export.lost > 0 {
            warn(&format!("{} letters are not in CP932 and were written as \u{3013}", export.lost));
        }
        Ok(())
    }
}
