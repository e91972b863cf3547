//! What follows from a call: the site's next one, its server's rest, its provider's breaker.
//! Not the rules themselves (schedule, backoff, breaker), and not the tables (store).

use std::collections::BTreeSet;

use neo::clock::Instant;
use neo::error::Result;

use super::answer::Answer;
use super::backoff;
use super::breaker::{self, Rule, Verdict};
use super::call::{Called, End, seconds};
use super::outcome::Outcome;
use super::schedule::{self, DAY, Wish};
use crate::place;
use crate::store::Store;
use crate::store::breakers::Heard;
use crate::store::calls::{After, Call, Due, Said};

/// A call that is over.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) due: Due,
    pub(crate) brought: Brought,
    pub(crate) end: End,
}

/// The numbers of what a call brought along; they count as taken when the site answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brought {
    pub(crate) keys: Option<i64>,
    pub(crate) manifest: Option<i64>,
}

/// Who records.
pub(crate) struct Recorder<'a> {
    pub(crate) owner: &'a str,
    /// The least time between two calls at one server.
    pub(crate) gap: i64,
    pub(crate) rule: Rule,
}

/// A breaker that went from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Opened { provider: String, called: i64, stopped: i64 },
    OpenedAgain { provider: String },
    Closed { provider: String },
}

impl Recorder<'_> {
    /// Writes a batch down in one transaction, then asks the breakers of those that failed.
    pub(crate) fn record(&self, store: &mut Store, batch: &[Done], now: Instant) -> Result<Vec<Change>> {
        store.side_by_side(|store| batch.iter().try_for_each(|done| self.one(store, done)))?;
        let mut changes = Vec::new();
        let mut suspects = BTreeSet::new();
        for done in batch {
            let End::Called(called) = &done.end else { continue };
            if done.due.probe_round != 0 {
                changes.extend(self.probe(store, &done.due, called.outcome, now)?);
            } else if called.outcome.may_be_host() {
                suspects.insert(done.due.provider.as_str());
            }
        }
        for provider in suspects {
            changes.extend(self.suspect(store, provider, now)?);
        }
        Ok(changes)
    }

    fn one(&self, store: &mut Store, done: &Done) -> Result<()> {
        let called = match &done.end {
            End::Called(called) => called,
            End::Moved(to) => {
                let provider =
                    if done.due.has_plan { done.due.provider.clone() } else { place::network(*to) };
                return store.site_moved(self.owner, &done.due, &to.to_string(), &provider);
            }
        };
        let due = &done.due;
        let ended_at = seconds(called.ended_at_ms);
        store.add_call(due, &history(due, called))?;
        let after = match &called.answer {
            Some(answer) => after_answer(due, answer, done.brought, ended_at),
            None => after_failure(due, called, ended_at),
        };
        store.note_site(due, &after)?;
        let failures = if called.outcome.may_be_host() { due.server_failures + 1 } else { 0 };
        // A gap that is counted in whole seconds is counted from the next one, or it would be shorter than promised.
        let rests_from = seconds(called.ended_at_ms + 999);
        let free_at =
            schedule::server_free_at(called.outcome, called.retry_after, failures, self.gap, rests_from);
        store.release(self.owner, &due.server, Some((free_at, failures)))
    }

    /// Opens a provider's breaker if many of its sites stopped answering.
    fn suspect(&self, store: &mut Store, provider: &str, now: Instant) -> Result<Option<Change>> {
        let known = store.breaker(provider)?;
        if known.as_ref().is_some_and(|breaker| breaker.state != "closed") {
            return Ok(None);
        }
        // What was before it closed last is settled.
        let since = known.map_or(now - DAY, |breaker| breaker.since.max(now - DAY));
        let heard: Vec<Heard> = store.heard_of(provider, since)?;
        let Some(count) = breaker::opens(&heard, self.rule, now) else { return Ok(None) };
        let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (called, stopped) = (whole(count.called), whole(count.stopped));
        let until = breaker::open_until(0, now);
        let opened =
            store.side_by_side(|store| store.open_breaker(provider, (called, stopped), until, now))?;
        Ok(opened.then(|| Change::Opened { provider: provider.to_string(), called, stopped }))
    }

    /// Counts the end of a probe; most of them decide.
    fn probe(&self, store: &mut Store, due: &Due, outcome: Outcome, now: Instant) -> Result<Option<Change>> {
        let provider = &due.provider;
        store.side_by_side(|store| {
            let round = store.count_probe(provider, due.probe_round, outcome.is_alive())?;
            match round.map_or(Verdict::Wait, breaker::judge) {
                Verdict::Wait => Ok(None),
                Verdict::Close => Ok(store
                    .close_breaker(provider, now)?
                    .then(|| Change::Closed { provider: provider.clone() })),
                Verdict::OpenAgain => {
                    let rounds = store.breaker(provider)?.map_or(0, |breaker| breaker.rounds) + 1;
                    let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
                    let again = store.open_breaker_again(provider, breaker::open_until(rounds, now), now)?;
                    Ok(again.then(|| Change::OpenedAgain { provider: provider.clone() }))
                }
            }
        })
    }
}

/// Sends probes where a pause is over, or where probes were lost.
pub(crate) fn send_probes(store: &mut Store, now: Instant) -> Result<()> {
    for provider in store.breakers_due(now)? {
        store.side_by_side(|store| {
            store.begin_probes(&provider, breaker::PROBES, now + breaker::PROBES_LOST, now)
        })?;
    }
    Ok(())
}

fn history(due: &Due, called: &Called) -> Call {
    Call {
        at: seconds(called.began_at_ms),
        outcome: called.outcome.word(),
        status: called.status.map(i64::from),
        detail: called.detail.clone(),
        elapsed_ms: called.elapsed_ms,
        late_ms: (called.began_at_ms - due.call_at * 1000).max(0),
    }
}

fn after_answer(due: &Due, answer: &Answer, brought: Brought, now: Instant) -> After {
    let is_known = ["cron", "poller", "url", "visit"].contains(&answer.wanted_clock.as_str());
    let wanted = if is_known { &answer.wanted_clock } else { &due.wanted_clock };
    let wish = if wanted == "poller" { Wish::Ticks } else { Wish::Daily };
    After {
        at: now,
        outcome: Outcome::Answered.word(),
        call_at: schedule::next_call(&due.site, answer.next_due, wish, now),
        silent_since: None,
        failures: due.failures.after_an_answer(),
        keys_number: brought.keys.filter(|_| !answer.has_refused("keys")),
        manifest_number: brought.manifest.filter(|_| !answer.has_refused("manifest")),
        said: Some(Said {
            version: answer.version.clone(),
            trips: answer.trips,
            beats: serde_json::to_string(&answer.beats).unwrap_or_default(),
            last_beat: answer.beats.values().max().copied(),
            key_valid_until: answer.key_valid_until,
            feed_number: answer.feed_number,
            wanted_clock: is_known.then(|| answer.wanted_clock.clone()),
            waiting: answer.waiting,
        }),
    }
}

fn after_failure(due: &Due, called: &Called, now: Instant) -> After {
    let failures = due.failures.with_one_more(now);
    let silent_since = match called.outcome.is_alive() {
        true => None,
        false => due.silent_since.or_else(|| due.has_answered.then_some(now)),
    };
    After {
        at: now,
        outcome: called.outcome.word(),
        call_at: backoff::call_again(&due.site, called.outcome, failures, called.retry_after, now),
        silent_since,
        failures,
        // A site that says no may have lost the keys by which it knows us: a restored backup, a new root.
        keys_number: (called.outcome == Outcome::Declined).then_some(0),
        manifest_number: None,
        said: None,
    }
}
