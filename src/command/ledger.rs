//! `neo ledger MESSAGE|all`: the counts of a message, which add up to its audience; with `--rows` every row.
//! The ledger's page: web/admin/ledger.

use std::io::Write;

use clap::Args;

use super::{Place, say, say_json};
use crate::domain::delivery::{self, State};
use crate::domain::id::MessageId;
use crate::error::{Error, Result};
use crate::mail::ledger_file::Format;
use crate::store::Reader;
use crate::store::ledger_rows::Of;
use crate::texts::errors;

/// Rows read at once.
const CHUNK: i64 = 1000;

#[derive(Args)]
pub(super) struct Ledger {
    /// A message's number, or `all`.
    message: String,
    #[arg(long)]
    json: bool,
    /// Print each row: to whom, in which state, when, and what the mail server said.
    #[arg(long, conflicts_with = "json")]
    rows: bool,
    /// Only rows in this state, e.g. `failed`.
    #[arg(long, requires = "rows", value_parser = State::ALL.map(State::word))]
    state: Option<String>,
    #[arg(long, requires = "rows", value_parser = ["csv", "jsonl"], default_value = "csv")]
    format: String,
}

impl Ledger {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (_, store) = place.open()?;
        if self.rows {
            return self.print_rows(&store);
        }
        let ledger = match self.message.as_str() {
            "all" => store.whole_ledger()?,
            number => store.ledger(named(&store, number)?)?,
        };
        if self.json { say_json(&ledger) } else { say_ledger(&ledger) }
    }

    fn print_rows(&self, store: &Reader) -> Result<()> {
        let format = Format::parse(&self.format).unwrap_or(Format::Csv);
        let state = self.state.as_deref().and_then(State::parse);
        let mut messages = match self.message.as_str() {
            "all" => store.ledger_messages()?,
            number => vec![named(store, number)?],
        };
        messages.reverse();
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let printed = write_rows(store, &mut out, &messages, state, format);
        match printed {
            // Who reads has seen enough, e.g. `head`.
            Err(Stop::Writing(cause)) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(Stop::Writing(cause)) => Err(Error::fault("writing to standard output", cause)),
            Err(Stop::Reading(error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }
}

enum Stop {
    Reading(Error),
    Writing(std::io::Error),
}

/// Chunk by chunk: the memory is the same for any number of rows.
fn write_rows(
    store: &Reader,
    out: &mut impl Write,
    messages: &[MessageId],
    state: Option<State>,
    format: Format,
) -> std::result::Result<(), Stop> {
    out.write_all(format.head().as_bytes()).map_err(Stop::Writing)?;
    for message in messages {
        let mut place = None;
        loop {
            let page =
                store.ledger_page(Of::Message(*message), state, place, CHUNK).map_err(Stop::Reading)?;
            for row in &page.rows {
                let line = format.line(row).map_err(Stop::Reading)?;
                out.write_all(line.as_bytes()).map_err(Stop::Writing)?;
            }
            place = page.next;
            if place.is_none() {
                break;
            }
        }
    }
    out.flush().map_err(Stop::Writing)
}

fn named(store: &Reader, number: &str) -> Result<MessageId> {
    let unknown = |_| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", number);
    Ok(store.message(number.parse::<MessageId>().map_err(unknown)?)?.id)
}

/// One line for people.
pub(super) fn say_ledger(ledger: &delivery::Ledger) -> Result<()> {
    say(&format!(
        "audience {}: sent {}, queued {}, sending {}, deferred {}, failed {}, bounced {}, suppressed {}, cancelled {}, \
         unsure {}",
        ledger.audience,
        ledger.sent,
        ledger.queued,
        ledger.sending,
        ledger.deferred,
        ledger.failed,
        ledger.bounced,
        ledger.suppressed,
        ledger.cancelled,
        ledger.unsure
    ))
}
