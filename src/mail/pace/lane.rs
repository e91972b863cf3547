//! One way out, or one provider, with its counts, its limits and what shuts it.
//! Not the choice among several: pace.

use super::trouble::shut_until;
use crate::clock::Instant;
use crate::domain::pace::learn::Learnt;
use crate::domain::pace::{Limits, Room, Window};
use crate::error::Result;
use crate::mail::transport::Way;
use crate::store::Writer;

pub(super) struct Lane {
    pub(super) number: i64,
    pub(super) subject: String,
    weight: i64,
    pub(super) is_counted: bool,
    /// Known beforehand.
    limits: Limits,
    pub(super) learnt: Option<Learnt>,
    pub(super) window: Window,
    /// Mails that may go before it has to be worked out again.
    free: i64,
    /// Mails of this tick.
    handed: i64,
    pub(super) shut_until: Option<Instant>,
}

impl Lane {
    /// For a transport that knows no ways: nothing is counted and nothing limited.
    pub(super) fn unpaced() -> Lane {
        Lane {
            number: 0,
            subject: String::new(),
            weight: 1,
            is_counted: false,
            limits: Limits::NONE,
            learnt: None,
            window: Window::default(),
            free: 0,
            handed: 0,
            shut_until: None,
        }
    }

    pub(super) fn of_way(store: &Writer, way: &Way, now: Instant) -> Result<Lane> {
        let lane = Lane {
            number: way.number,
            weight: way.weight,
            limits: way.limits,
            shut_until: shut_until(store, way.number, now)?,
            ..Lane::unpaced()
        };
        if way.is_counted { lane.counted(store, way.number.to_string(), now) } else { Ok(lane) }
    }

    pub(super) fn of_provider(store: &Writer, provider: &str, limits: Limits, now: Instant) -> Result<Lane> {
        Lane { limits, ..Lane::unpaced() }.counted(store, format!("@{provider}"), now)
    }

    fn counted(self, store: &Writer, subject: String, now: Instant) -> Result<Lane> {
        let window = Window::new(store.pace_counts(&subject, now)?, now);
        let learnt = store.learnt(&subject)?;
        Ok(Lane { is_counted: true, window, learnt, subject, ..self })
    }

    /// When a mail may go: `None` is now.
    pub(super) fn opens_at(&mut self, reserve: i64, now: Instant) -> Option<Instant> {
        if let Some(until) = self.shut(now) {
            return Some(until);
        }
        if let Some(learnt) = self.learnt.as_ref().filter(|learnt| now < learnt.wait_until) {
            return Some(learnt.wait_until);
        }
        // Time only makes room: what was free stays free.
        if self.free > 0 && reserve > 0 {
            return None;
        }
        match self.window.room(&self.all_limits(), reserve, now) {
            Room::Full { until } => Some(until),
            Room::Free(free) => {
                if reserve > 0 {
                    self.free = free;
                }
                None
            }
        }
    }

    /// Known beforehand and learnt.
    fn all_limits(&self) -> Limits {
        self.learnt.as_ref().map_or(self.limits, |learnt| self.limits.and(learnt.span, learnt.most))
    }

    pub(super) fn shut(&self, now: Instant) -> Option<Instant> {
        self.shut_until.filter(|until| now < *until)
    }

    /// How much of its share it has had, so that the emptiest goes next.
    pub(super) fn load(&self) -> i64 {
        match self.weight {
            0 => i64::MAX,
            weight => (self.handed + 1) * 1000 / weight,
        }
    }

    pub(super) fn gone(&mut self, now: Instant) {
        self.handed += 1;
        if self.is_counted {
            self.free = self.free.saturating_sub(1);
            self.window.add(1, 0, now);
        }
    }

    pub(super) fn set_learnt(&mut self, learnt: Option<Learnt>) {
        self.learnt = learnt;
        self.free = 0;
    }
}
