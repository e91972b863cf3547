//! What an activation key's time means for a site: which of its four standings holds, and what a clock that jumps may
//! change about it. Not the token itself (link/activation) and not who asks (mail/activation).
//!
//! An expiry stops new broadcasts and nothing else. Sign-ups, confirmations, leaving, sequences, broadcasts that were
//! started or scheduled, export and backup never ask.

use crate::clock::Instant;
use crate::texts::{Text, activation};

const DAY: i64 = 86_400;
/// How long before its end the owner is told.
pub const NOTICE: i64 = 14 * DAY;
/// A site ticks at least once a day; a clock that is further ahead than this at once was set, by whomever.
const LEAP: i64 = 3 * DAY;
/// For how long a clock has to go on after a leap until it is believed.
const PROOF: i64 = DAY;

/// Where a site stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No key was ever entered: everything works.
    TryOut,
    Valid {
        until: Instant,
    },
    /// It ends within two weeks; everything works.
    Ending {
        until: Instant,
        days: i64,
    },
    /// No new broadcasts.
    Over {
        since: Instant,
    },
}

impl Standing {
    /// `seen` is the latest moment that is known to have come: a clock that was put back revives nothing.
    pub fn of(valid_until: Option<Instant>, now: Instant, seen: Instant) -> Standing {
        let Some(until) = valid_until else { return Standing::TryOut };
        let left = until - now.max(seen);
        match left {
            ..=0 => Standing::Over { since: until },
            1..=NOTICE => Standing::Ending { until, days: (left + DAY - 1) / DAY },
            _ => Standing::Valid { until },
        }
    }

    /// The one thing that an expiry takes away.
    pub fn allows_new_broadcasts(self) -> bool {
        !matches!(self, Standing::Over { .. })
    }

    pub fn word(self) -> &'static str {
        match self {
            Standing::TryOut => "try-out",
            Standing::Valid { .. } => "valid",
            Standing::Ending { .. } => "ending",
            Standing::Over { .. } => "over",
        }
    }

    pub fn name(self) -> Text {
        match self {
            Standing::TryOut => activation::STANDING_TRY_OUT,
            Standing::Valid { .. } => activation::STANDING_VALID,
            Standing::Ending { .. } => activation::STANDING_ENDING,
            Standing::Over { .. } => activation::STANDING_OVER,
        }
    }
}

/// The latest moment that is known to have come, and a leap of the clock that is not believed yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub newest: Instant,
    /// When a leap began, and when the clock was last looked at since, both by the clock that leapt.
    pub leap: Option<(Instant, Instant)>,
}

impl Seen {
    /// What is known after a look at the clock. A step of some days is time going by. A larger one is believed once the
    /// clock has gone on for a day from there: a clock that was wrong for an afternoon takes no year away.
    pub fn look(self, now: Instant) -> Seen {
        if now <= self.newest + LEAP || self.newest == 0 {
            return Seen { newest: self.newest.max(now), leap: None };
        }
        match self.leap {
            Some((from, last)) if (last..=last + LEAP).contains(&now) => match now - from >= PROOF {
                true => Seen { newest: now, leap: None },
                false => Seen { leap: Some((from, now)), ..self },
            },
            _ => Seen { leap: Some((now, now)), ..self },
        }
    }

    /// What the vendor signed at a moment proves that it has come.
    pub fn prove(self, at: Instant) -> Seen {
        Seen { newest: self.newest.max(at), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 1_795_482_000;
    const YEAR: i64 = 365 * DAY;

    fn look_daily(mut seen: Seen, from: Instant, days: i64) -> Seen {
        for day in 0..=days {
            seen = seen.look(from + day * DAY);
        }
        seen
    }

    #[test]
    fn a_site_without_a_key_may_do_everything() {
        let standing = Standing::of(None, NOW, NOW + 10 * YEAR);
        assert_eq!(standing, Standing::TryOut);
        assert!(standing.allows_new_broadcasts());
    }

    #[test]
    fn notice_is_given_fourteen_days_ahead_and_the_end_comes_at_its_second() {
        let until = NOW + 100 * DAY;
        let at = |now| Standing::of(Some(until), now, 0);
        assert_eq!(at(until - NOTICE - 1), Standing::Valid { until });
        assert_eq!(at(until - NOTICE), Standing::Ending { until, days: 14 });
        assert_eq!(at(until - DAY - 1), Standing::Ending { until, days: 2 });
        assert_eq!(at(until - 1), Standing::Ending { until, days: 1 });
        assert_eq!(at(until), Standing::Over { since: until });
        for (now, may) in [(until - 1, true), (until, false), (until + 50 * YEAR, false)] {
            assert_eq!(at(now).allows_new_broadcasts(), may);
        }
    }

    #[test]
    fn a_clock_that_goes_back_revives_nothing() {
        let until = NOW + 10 * DAY;
        let seen = look_daily(Seen::default(), NOW, 11);
        for back in [NOW, NOW - YEAR, 0] {
            assert_eq!(seen.look(back), seen, "looking by a wrong clock forgets nothing");
            assert_eq!(
                Standing::of(Some(until), back, seen.look(back).newest),
                Standing::Over { since: until }
            );
        }
    }

    #[test]
    fn a_clock_that_leaps_ahead_for_an_afternoon_takes_nothing_away() {
        let until = NOW + 100 * DAY;
        let mut seen = look_daily(Seen::default(), NOW - 5 * DAY, 5);
        for minute in 0..600 {
            seen = seen.look(NOW + YEAR + minute * 60);
        }
        assert!(
            !Standing::of(Some(until), NOW + YEAR, seen.newest).allows_new_broadcasts(),
            "as long as it lasts"
        );
        let mended = seen.look(NOW + 12 * 3600);
        assert_eq!(Standing::of(Some(until), NOW + 12 * 3600, mended.newest), Standing::Valid { until });
        assert_eq!(mended.leap, None);
    }

    #[test]
    fn two_leaps_prove_no_more_than_one() {
        let seen = Seen { newest: NOW, leap: None };
        let twice = seen.look(NOW + YEAR).look(NOW + 2 * YEAR);
        assert_eq!(twice.newest, NOW);
        assert_eq!(twice.look(NOW + YEAR).newest, NOW, "and back again");
    }

    #[test]
    fn a_site_that_slept_for_a_year_believes_its_clock_after_a_day() {
        let seen = Seen { newest: NOW, leap: None };
        let awake = NOW + YEAR;
        let seen = seen.look(awake).look(awake + 3600);
        assert_eq!(seen.newest, NOW);
        let seen = seen.look(awake + DAY);
        assert_eq!(seen.newest, awake + DAY);
        assert_eq!(
            Standing::of(Some(NOW + 30 * DAY), NOW, seen.newest),
            Standing::Over { since: NOW + 30 * DAY }
        );
    }

    #[test]
    fn what_the_vendor_signed_proves_its_moment_at_once() {
        let seen = Seen { newest: NOW, leap: None }.prove(NOW + YEAR);
        assert_eq!(seen.newest, NOW + YEAR);
        assert_eq!(seen.prove(NOW), seen);
    }
}
