//! `neo ledger MESSAGE|all`: the counts of a message, which add up to its audience.
//! The rows: store/deliveries.

use clap::Args;

use super::{Place, say, say_json};
use crate::domain::delivery;
use crate::domain::id::MessageId;
use crate::error::{Error, Result};
use crate::texts::errors;

#[derive(Args)]
pub(super) struct Ledger {
    /// A message's number, or `all`.
    message: String,
    #[arg(long)]
    json: bool,
}

impl Ledger {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (_, store) = place.open()?;
        let ledger = match self.message.as_str() {
            "all" => store.whole_ledger()?,
            number => {
                let message = number.parse::<MessageId>();
                let unknown = |_| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", number);
                let message = store.message(message.map_err(unknown)?)?;
                store.ledger(message.id)?
            }
        };
        if self.json { say_json(&ledger) } else { say_ledger(&ledger) }
    }
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
