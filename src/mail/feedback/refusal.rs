//! What follows from a refusal, whether the mail server gave it at once or sent it back: the reason is written down, a
//! strike counted where the reader's address is to blame, and mailing ended when that is enough.
//! Not the reading of a returned mail (read) and not the rule (domain/strike).

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::bounce::{Reason, Said, Stage, classify};
use crate::domain::id::DeliveryId;
use crate::domain::strike;
use crate::domain::subscriber::Subscription;
use crate::error::Result;
use crate::mail::transport::Outcome;
use crate::store::Writer;

/// The reason behind what a mail server answered, if it refused.
pub fn reason_of(outcome: &Outcome, recipient: &Address) -> Option<Reason> {
    match outcome {
        Outcome::Sent { .. } => None,
        Outcome::Never { code, reply, at } => Some(reason(reply, *code, recipient, *at)),
        Outcome::Later { code, reply } => Some(reason(reply, *code, recipient, Stage::Unknown)),
    }
}

/// The reason behind a mail server's answer at the time of sending.
fn reason(reply: &str, code: Option<u16>, recipient: &Address, at: Stage) -> Reason {
    let said =
        Said { code: code.or(Said::reply(reply, "", at).code), ..Said::reply(reply, recipient.domain(), at) };
    match (code, reply.split_whitespace().take(2).collect::<Vec<_>>().as_slice()) {
        // sysexits.h, from a sendmail that may say no more: EX_NOUSER, EX_NOHOST.
        (None, ["exit", "67"]) => Reason::NoSuchAddress,
        (None, ["exit", "68"]) => Reason::NoSuchHost,
        _ => classify(&said),
    }
}

/// Writes the refusal of a row down, in the caller's transaction, and does what follows.
pub fn note(
    store: &Writer,
    delivery: DeliveryId,
    reader: &Subscription,
    reason: Reason,
    said: &str,
    now: Instant,
) -> Result<()> {
    store.note_failure(delivery, reason, now)?;
    // Who was erased has no address that could be blamed.
    let Ok(address) = Address::parse(&reader.address) else { return Ok(()) };
    if !strike::counts(reason) || !store.add_strike(reader.subscriber, delivery, reason, said, now)? {
        return Ok(());
    }
    let strikes = store.standing_strikes(reader.subscriber)?;
    let arrived = match reason {
        Reason::Filtered => store.last_arrival(reader.subscriber)?,
        _ => None,
    };
    match strike::verdict(&strikes, address.is_carrier(), arrived, now) {
        Some(reason) => store.end_mailing(&address.key(), reason.word(), said, now),
        None => Ok(()),
    }
}
