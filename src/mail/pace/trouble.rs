//! Trouble with a way: not reached, the password refused, everybody refused. It shuts the way, each time for longer.
//! Not refusals for the pace's sake: refusals.

use std::collections::BTreeSet;

use super::Pace;
use crate::app::App;
use crate::clock::Instant;
use crate::domain::delivery::wait_before_retry;
use crate::error::Result;
use crate::mail::outlet;
use crate::mail::transport::{Trouble, Way};
use crate::store::Reader;
use crate::store::holds::WAITS_FOR_OWNER;

/// The longest that trouble with a mail server holds it back. A hold that ends later than any could was noted by a
/// clock that was ahead.
const LONGEST_HOLD: i64 = 2 * 3600;

/// Refused logins after which nothing is tried until the owner has acted: hosts ban addresses after a few.
const MOST_LOGINS: i64 = 2;

/// The throttle that counts trouble with a way.
pub fn trouble_subject(way: i64) -> String {
    if way <= 1 { "transport".to_string() } else { format!("transport-{way}") }
}

/// The throttle that counts refused logins: at the second nothing is tried until the owner has acted.
pub fn login_subject(way: i64) -> String {
    format!("login-{way}")
}

/// Until when trouble or a refused login shuts a way, if it does.
pub(super) fn shut_until(store: &Reader, way: i64, now: Instant) -> Result<Option<Instant>> {
    if store.throttle(&login_subject(way))?.blocked_until == WAITS_FOR_OWNER {
        return Ok(Some(WAITS_FOR_OWNER));
    }
    let until = store.throttle(&trouble_subject(way))?.blocked_until;
    Ok((now < until && until <= now + LONGEST_HOLD).then_some(until))
}

/// Whether mails may be handed over by a way.
pub fn is_open(store: &Reader, way: i64, now: Instant) -> Result<bool> {
    Ok(shut_until(store, way, now)?.is_none())
}

/// When the first way opens again, if all are shut: for the report of a tick that sent nothing.
pub fn all_shut_until(app: &App, store: &Reader) -> Result<Option<Instant>> {
    let now = app.clock.now();
    let mut first: Option<Instant> = None;
    for way in outlet::ways(app) {
        match shut_until(store, way.number, now)? {
            None => return Ok(None),
            Some(until) => first = Some(first.map_or(until, |other| other.min(until))),
        }
    }
    Ok(first)
}

/// The ways that had trouble lately.
pub(super) fn of_ways(store: &Reader, ways: &[Way]) -> Result<BTreeSet<i64>> {
    let mut found = BTreeSet::new();
    for way in ways {
        let had = store.throttle(&trouble_subject(way.number))?.count > 0
            || store.throttle(&login_subject(way.number))?.count > 0;
        if had {
            found.insert(way.number);
        }
    }
    Ok(found)
}

impl Pace<'_> {
    /// Shuts a way. Returns when the first way opens again if that was the last.
    pub fn note_trouble(&mut self, way: i64, trouble: &Trouble) -> Result<Option<Instant>> {
        let now = self.app.clock.now();
        let (subject, login) = (trouble_subject(way), login_subject(way));
        let until = self.store.transaction(|| {
            let count = self.store.count_event(&subject, 6 * 3600, now)?;
            let mut wait = wait_before_retry(count) / 5;
            if let Trouble::LoginRefused(_) = trouble {
                wait = 3600;
                if self.store.count_event(&login, WAITS_FOR_OWNER, now)? >= MOST_LOGINS {
                    self.store.block_until(&login, WAITS_FOR_OWNER)?;
                    self.store.add_notice("login", &way.to_string(), now)?;
                }
            }
            self.store.block_until(&subject, now + wait)?;
            Ok(now + wait)
        })?;
        self.had_trouble.insert(way);
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.number == way) {
            lane.shut_until = Some(until);
        }
        let shut: Vec<Instant> = self.lanes.iter().filter_map(|lane| lane.shut(now)).collect();
        Ok(if shut.len() == self.lanes.len() { shut.into_iter().min() } else { None })
    }

    /// The server of this way answers: what was wrong is over.
    pub(super) fn is_reached(&mut self, way: i64) -> Result<()> {
        if self.had_trouble.remove(&way) {
            self.store.clear_throttle(&trouble_subject(way))?;
            self.store.clear_throttle(&login_subject(way))?;
        }
        Ok(())
    }
}
