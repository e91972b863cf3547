//! The pace of a tick: by which way the next mail may go, or when; and what is learnt from what servers say.
//! Not the rules (domain/pace), not the rows (store/pace), not the sending (deliver).

mod lane;
mod refusals;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::clock::Instant;
use crate::domain::delivery::Urgency;
use crate::domain::id::MessageId;
use crate::domain::pace::domains::{self, group_of};
use crate::domain::pace::{Limits, learn};
use crate::error::Result;
use crate::mail::transport::Way;
use crate::settings;
use crate::store::Writer;
use lane::Lane;
pub use refusals::{Heard, Verdict};
pub use trouble::{all_shut_until, is_open, login_subject, trouble_subject};

/// Parts of a hundred of each limit that newsletters leave for confirmations.
pub const RESERVE: i64 = 5;

/// Whether a mail may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// By this way.
    Go(i64),
    /// Its provider has had enough; others may go.
    Postpone(Instant),
    /// No way takes more before this.
    Stop(Instant),
}

/// The counts and limits of this tick: read at its first mail, written with each.
pub struct Pace<'a> {
    app: &'a App,
    store: &'a Writer,
    lanes: Vec<Lane>,
    /// Providers that are limited, by their group.
    providers: BTreeMap<String, Lane>,
    held: BTreeSet<MessageId>,
    refusals: refusals::InRow,
    /// Ways by which a mail server could not be reached lately: the first answer from it clears that.
    had_trouble: BTreeSet<i64>,
    /// Rows postponed in this tick, by provider: they do not all come back in the same second.
    postponed: BTreeMap<String, i64>,
}

impl<'a> Pace<'a> {
    pub fn load(app: &'a App, store: &'a Writer, ways: Vec<Way>) -> Result<Pace<'a>> {
        let now = app.clock.now();
        let mut pace = Pace {
            app,
            store,
            lanes: Vec::new(),
            providers: BTreeMap::new(),
            held: store.holds()?.into_iter().map(|hold| hold.message).collect(),
            refusals: refusals::InRow::default(),
            had_trouble: trouble::of_ways(store, &ways)?,
            postponed: BTreeMap::new(),
        };
        if ways.is_empty() {
            pace.lanes.push(Lane::unpaced());
            return Ok(pace);
        }
        let is_counted = ways.iter().any(|way| way.is_counted);
        for way in ways {
            pace.lanes.push(Lane::of_way(store, &way, now)?);
        }
        if is_counted {
            pace.load_providers(now)?;
        }
        pace.recover(now)?;
        Ok(pace)
    }

    fn load_providers(&mut self, now: Instant) -> Result<()> {
        let typed = self.app.settings.value(&settings::PACE_DOMAINS);
        let mut limited: BTreeMap<String, Limits> =
            domains::parse(typed).unwrap_or_default().into_iter().collect();
        for (subject, _) in self.store.all_learnt()? {
            if let Some(provider) = subject.strip_prefix('@') {
                limited.entry(provider.to_string()).or_insert(Limits::NONE);
            }
        }
        for (provider, limits) in limited {
            let lane = Lane::of_provider(self.store, &provider, limits, now)?;
            self.providers.insert(provider, lane);
        }
        Ok(())
    }

    /// What was learnt is trusted a little less with each clean span.
    fn recover(&mut self, now: Instant) -> Result<()> {
        for lane in self.lanes.iter_mut().chain(self.providers.values_mut()) {
            let Some(known) = &lane.learnt else { continue };
            let recovered = learn::recover(known, &lane.window, now);
            match &recovered {
                Some(learnt) if learnt == known => continue,
                Some(learnt) => self.store.put_learnt(&lane.subject, learnt)?,
                None => self.store.forget_learnt(&lane.subject)?,
            }
            lane.set_learnt(recovered);
        }
        Ok(())
    }

    /// By which way the next mail to `domain` may go. The one question before each hand-over.
    pub fn ask(&mut self, domain: &str, urgency: Urgency) -> Result<Answer> {
        let now = self.app.clock.now();
        let reserve = if urgency == Urgency::AtOnce { 0 } else { RESERVE };
        let mut best: Option<(i64, i64)> = None;
        let mut opens_at: Option<Instant> = None;
        for lane in &mut self.lanes {
            match lane.opens_at(reserve, now) {
                None if best.is_none_or(|(load, _)| lane.load() < load) => {
                    best = Some((lane.load(), lane.number))
                }
                None => {}
                Some(at) => opens_at = Some(opens_at.map_or(at, |other| other.min(at))),
            }
        }
        let Some((_, way)) = best else { return Ok(Answer::Stop(opens_at.unwrap_or(now + 60))) };
        if self.providers.is_empty() {
            return Ok(Answer::Go(way));
        }
        let group = group_of(domain);
        match self.providers.get_mut(&group).and_then(|provider| provider.opens_at(reserve, now)) {
            None => Ok(Answer::Go(way)),
            Some(at) => {
                let count = self.postponed.entry(group).or_default();
                *count += 1;
                Ok(Answer::Postpone(at.max(now + 1) + *count / 10))
            }
        }
    }

    /// Counts a mail that is about to be handed over. Inside the transaction that begins it.
    pub fn count(&mut self, way: i64, domain: &str) -> Result<()> {
        let now = self.app.clock.now();
        let provider =
            if self.providers.is_empty() { None } else { self.providers.get_mut(&group_of(domain)) };
        let lane = self.lanes.iter_mut().find(|lane| lane.number == way);
        for lane in lane.into_iter().chain(provider) {
            if lane.is_counted {
                self.store.count_handed(&lane.subject, now)?;
            }
            lane.gone(now);
        }
        Ok(())
    }

    /// Whether a message waits for the owner.
    pub fn is_held(&self, message: MessageId) -> bool {
        self.held.contains(&message)
    }
}
