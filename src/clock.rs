//! The only place that knows what time it is: UTC seconds, and civil days in the site's time zone.
//! Not a calendar of sequences: that is domain/calendar.

use std::cell::Cell;
use std::time::UNIX_EPOCH;

/// An instant: seconds since 1970-01-01T00:00:00Z.
pub type Instant = i64;

/// Tells the time; a rehearsal moves it by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    fixed: Cell<Option<Instant>>,
}

impl Clock {
    /// The machine's clock. In debug builds `NEO_TESTING_NOW` (UTC seconds) stands still instead.
    pub fn machine() -> Clock {
        let clock = Clock::default();
        #[cfg(debug_assertions)]
        if let Some(now) = std::env::var_os("NEO_TESTING_NOW").and_then(|now| now.to_str()?.parse().ok()) {
            clock.fixed.set(Some(now));
        }
        clock
    }

    /// A clock that stands at `instant` until moved.
    pub fn standing_at(instant: Instant) -> Clock {
        Clock { fixed: Cell::new(Some(instant)) }
    }

    /// Moves a standing clock.
    pub fn move_to(&self, instant: Instant) {
        self.fixed.set(Some(instant));
    }

    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    pub fn now(&self) -> Instant {
        self.fixed.get().unwrap_or_else(|| {
            let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
    }
}
