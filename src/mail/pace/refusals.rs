//! What the pace makes of a server's answer: slow down, rest, hold the message, or leave it to the ledger.
//! Not the meaning of a reply: domain/bounce.

use std::collections::BTreeSet;

use super::{Lane, Pace};
use crate::clock::Instant;
use crate::domain::bounce::Reason;
use crate::domain::delivery::wait_before_retry;
use crate::domain::id::MessageId;
use crate::domain::message::Kind;
use crate::domain::pace::Limits;
use crate::domain::pace::domains::group_of;
use crate::domain::pace::learn::slow_down;
use crate::error::Result;
use crate::mail::transport::Outcome;
use crate::store::holds::WAITS_FOR_OWNER;

/// So many refusals in a row, without one mail taken between, are about us and not about the readers.
const TOO_FAST_IN_ROW: usize = 3;
const TEMPORARY_IN_ROW: usize = 5;
/// Refusals of a message for the sender's sake that hold it: at once where nothing goes through, else so many, and a
/// quarter of what went out.
const POLICY_AT_ONCE: i64 = 3;
const POLICY_IN_ALL: i64 = 5;
/// A mail that one server refuses for the sender's sake is tried so often.
const POLICY_TRIES: i64 = 3;
/// Being too fast does not count towards failure, but not for ever.
const UNCOUNTED_FOR: i64 = 5 * 86_400;

/// Refusals since the last mail that was taken.
#[derive(Default)]
pub(super) struct InRow {
    too_fast: usize,
    temporary: usize,
    providers: BTreeSet<String>,
    /// Providers that refused while others took.
    suspects: BTreeSet<String>,
}

/// What was heard about one mail.
pub struct Heard<'a> {
    pub way: i64,
    pub domain: &'a str,
    pub message: MessageId,
    pub kind: Kind,
    /// Attempts with this one, and when the first was.
    pub attempts: i64,
    pub begun_at: Instant,
    pub outcome: &'a Outcome,
    /// Why it was refused, if it was.
    pub reason: Option<Reason>,
}

/// What becomes of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As the outcome says.
    Usual,
    /// Again at this time; the attempt does not count.
    PutBack(Instant),
    /// Again at this time, though it was refused for good.
    Again(Instant),
    /// As the outcome says, and the way rests: it refuses everybody.
    Rest,
}

impl Pace<'_> {
    /// Hears what became of a mail. The one call after each hand-over.
    pub fn heard(&mut self, heard: &Heard<'_>) -> Result<Verdict> {
        if !matches!(heard.outcome, Outcome::Later { .. }) {
            self.is_reached(heard.way)?;
        }
        let (code, reply, reason) = match (heard.outcome, heard.reason) {
            (Outcome::Sent { .. }, _) | (_, None) => {
                self.refusals.suspects.append(&mut self.refusals.providers);
                self.refusals.too_fast = 0;
                self.refusals.temporary = 0;
                return Ok(Verdict::Usual);
            }
            (Outcome::Later { code, reply } | Outcome::Never { code, reply, .. }, Some(reason)) => {
                (*code, reply.as_str(), reason)
            }
        };
        // A transport without ways takes no part in this, and a line that broke says nothing.
        if heard.way == 0 || code.is_none() {
            return Ok(Verdict::Usual);
        }
        let is_for_now = matches!(heard.outcome, Outcome::Later { .. });
        match reason {
            Reason::TooFast => self.too_fast(heard, code, reply),
            Reason::Policy | Reason::Content if !is_for_now => self.policy(heard, reply),
            Reason::Temporary | Reason::Unknown | Reason::Policy if is_for_now => {
                Ok(self.temporary(heard, reply))
            }
            _ => Ok(Verdict::Usual),
        }
    }

    fn too_fast(&mut self, heard: &Heard<'_>, code: Option<u16>, reply: &str) -> Result<Verdict> {
        let now = self.app.clock.now();
        let provider = group_of(heard.domain);
        self.refusals.too_fast += 1;
        self.refusals.providers.insert(provider.clone());
        self.store.transaction(|| {
            let lane = self.lanes.iter_mut().find(|lane| lane.number == heard.way);
            for lane in
                lane.into_iter().chain(self.providers.get_mut(&provider)).filter(|lane| lane.is_counted)
            {
                lane.window.add(0, 1, now);
                self.store.count_refused(&lane.subject, now)?;
            }
            Ok(())
        })?;
        let is_about_provider = reply.to_ascii_lowercase().contains(&provider)
            || (self.refusals.suspects.contains(&provider) && self.refusals.providers.len() == 1);
        let is_about_us = self.refusals.too_fast >= TOO_FAST_IN_ROW || self.refusals.providers.len() > 1;
        let until = if is_about_provider {
            Some(self.slow_provider(&provider, reply, now)?)
        } else if is_about_us || code == Some(421) {
            self.slow_way(heard.way, reply, now)?
        } else {
            None
        };
        if now - heard.begun_at > UNCOUNTED_FOR {
            return Ok(Verdict::Usual);
        }
        Ok(Verdict::PutBack(until.unwrap_or(now).max(now + 60)))
    }

    fn slow_way(&mut self, way: i64, reply: &str, now: Instant) -> Result<Option<Instant>> {
        let Some(lane) = self.lanes.iter_mut().find(|lane| lane.number == way && lane.is_counted) else {
            return Ok(None);
        };
        let learnt = slow_down(lane.learnt.as_ref(), &lane.window, reply, now);
        self.store.put_learnt(&lane.subject, &learnt)?;
        let until = learnt.wait_until;
        lane.set_learnt(Some(learnt));
        Ok(Some(until))
    }

    fn slow_provider(&mut self, provider: &str, reply: &str, now: Instant) -> Result<Instant> {
        if !self.providers.contains_key(provider) {
            // It was not counted so far: what is learnt begins with what this tick knows, which is the refusal.
            let lane = Lane::of_provider(self.store, provider, Limits::NONE, now)?;
            self.providers.insert(provider.to_string(), lane);
        }
        let Some(lane) = self.providers.get_mut(provider) else { return Ok(now) };
        let learnt = slow_down(lane.learnt.as_ref(), &lane.window, reply, now);
        self.store.put_learnt(&lane.subject, &learnt)?;
        let until = learnt.wait_until;
        lane.set_learnt(Some(learnt));
        Ok(until)
    }

    /// Who answers 4xx to everybody is not asked about every reader.
    fn temporary(&mut self, heard: &Heard<'_>, reply: &str) -> Verdict {
        // A greylist asks each pair of addresses to come again.
        let is_greylist =
            ["greylist", "graylist"].iter().any(|word| reply.to_ascii_lowercase().contains(word));
        if is_greylist || heard.way == 0 {
            return Verdict::Usual;
        }
        self.refusals.temporary += 1;
        if self.refusals.temporary < TEMPORARY_IN_ROW {
            return Verdict::Usual;
        }
        self.refusals.temporary = 0;
        Verdict::Rest
    }

    /// Refused for the sender's sake: no reader is struck, and after a few the message waits for the owner.
    fn policy(&mut self, heard: &Heard<'_>, reply: &str) -> Result<Verdict> {
        let now = self.app.clock.now();
        if heard.kind == Kind::Confirmation {
            return Ok(Verdict::Usual);
        }
        let (refusals, taken) = self.store.count_policy_refusal(heard.message, reply, now)?;
        let is_enough = (taken == 0 && refusals >= POLICY_AT_ONCE)
            || (refusals >= POLICY_IN_ALL && refusals * 4 >= refusals + taken);
        if is_enough {
            self.store.transaction(|| {
                self.store.hold_message(heard.message, now)?;
                self.store.add_notice("hold", &heard.message.to_string(), now)
            })?;
            self.held.insert(heard.message);
            return Ok(Verdict::PutBack(WAITS_FOR_OWNER));
        }
        Ok(match heard.attempts < POLICY_TRIES {
            true => Verdict::Again(now + wait_before_retry(heard.attempts)),
            false => Verdict::Usual,
        })
    }
}
