//! The poller's clock: the machine's, or in a rehearsal one that runs faster.
//! Not neo's clock, which a rehearsal moves by hand: several threads ask this one, and it knows parts of a second.

use std::time::{Duration, UNIX_EPOCH};

use neo::clock::Instant;

/// Which time it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Time {
    Machine,
    /// From a moment on, so many seconds in each second; 0 stands still.
    Moved {
        from: Instant,
        started: std::time::Instant,
        speed: u32,
    },
}

impl Time {
    pub(crate) fn moved(from: Instant, speed: u32) -> Time {
        Time::Moved { from, started: std::time::Instant::now(), speed }
    }

    /// Its seconds in each second.
    pub(crate) fn speed(self) -> i64 {
        match self {
            Time::Machine => 1,
            Time::Moved { speed, .. } => i64::from(speed),
        }
    }

    pub(crate) fn stands(self) -> bool {
        self.speed() == 0
    }

    /// Seconds since 1970 (UTC).
    pub(crate) fn now(self) -> Instant {
        self.millis().div_euclid(1000)
    }

    /// The same in thousandths, for delays that are shorter than a second.
    #[expect(clippy::disallowed_methods, reason = "neo's clock has whole seconds")]
    pub(crate) fn millis(self) -> i64 {
        let whole = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        match self {
            Time::Machine => {
                whole(std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
            }
            Time::Moved { from, started, speed } => {
                (from * 1000).saturating_add(whole(started.elapsed()).saturating_mul(i64::from(speed)))
            }
        }
    }
}
