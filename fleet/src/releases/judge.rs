//! Whether updated sites do worse than the others: Fisher's exact test, one-sided. Not which sites those are: rollout.rs.
//!
//! Who is offered an update first is drawn by a hash of the site and the version, so without an effect of the update the
//! bad sites are spread over both groups like cards: the chance of so many (or more) among the updated ones is a
//! hypergeometric tail, exact for groups of any size. A provider that fails as a whole hits both groups alike.
//!
//! One look that is less probable than `STOP` stops the rollout. The watch looks each hour, and looks at the same
//! sites again, so the limit is a tenth of the 5 % that one would allow one look; simulated fleets
//! (tests/release_rollout.rs) show that it stops fewer than one in twenty harmless rollouts. A step up asks for more: it is not taken while the figures are less
//! probable than `CALM`.

use serde::{Deserialize, Serialize};

/// A look less probable than this stops the rollout.
pub const STOP: f64 = 0.005;
/// No step is taken while the figures are less probable than this.
pub const CALM: f64 = 0.1;

/// Sites of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub bad: u64,
    pub all: u64,
}

impl Group {
    pub fn count(&mut self, is_bad: bool) {
        self.all += 1;
        self.bad += u64::from(is_bad);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As good as the others: a step may be taken.
    Calm,
    /// Too unlike them for a step, not unlike enough to stop.
    Wait,
    Stop,
}

/// Judges the updated group against the others.
pub fn judge(updated: Group, others: Group) -> Verdict {
    let chance = chance(updated, others);
    // One bad site proves nothing by itself, however many are well.
    if chance < STOP && updated.bad >= 2 {
        Verdict::Stop
    } else if chance < CALM {
        Verdict::Wait
    } else {
        Verdict::Calm
    }
}

/// The probability of at least so many bad sites among the updated ones if the update changed nothing.
pub fn chance(updated: Group, others: Group) -> f64 {
    let all = updated.all + others.all;
    let bad = updated.bad + others.bad;
    let most = updated.all.min(bad);
    let logs = Logs::up_to(all);
    let whole = logs.choose(all, updated.all);
    let mut sum = 0.0;
    for among in updated.bad..=most {
        let (rest, well) = (updated.all - among, all - bad);
        if rest <= well {
            sum += (logs.choose(bad, among) + logs.choose(well, rest) - whole).exp();
        }
    }
    sum.min(1.0)
}

/// Logarithms of factorials.
struct Logs(Vec<f64>);

impl Logs {
    fn up_to(most: u64) -> Logs {
        let mut logs = vec![0.0];
        let mut sum = 0.0;
        for number in 1..=most {
            #[expect(clippy::cast_precision_loss, reason = "counts of sites are far below 2^52")]
            let value = number as f64;
            sum += value.ln();
            logs.push(sum);
        }
        Logs(logs)
    }

    fn factorial(&self, number: u64) -> f64 {
        usize::try_from(number).ok().and_then(|number| self.0.get(number)).copied().unwrap_or(f64::INFINITY)
    }

    fn choose(&self, from: u64, number: u64) -> f64 {
        self.factorial(from) - self.factorial(number) - self.factorial(from.saturating_sub(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(bad: u64, all: u64) -> Group {
        Group { bad, all }
    }

    #[test]
    fn the_lady_tasting_tea_gets_her_known_chances() {
        // Fisher, The Design of Experiments: 4 of 4 by chance 1/70; at least 3 of 4, 17/70.
        assert!((chance(group(4, 4), group(0, 4)) - 1.0 / 70.0).abs() < 1e-12);
        assert!((chance(group(3, 4), group(1, 4)) - 17.0 / 70.0).abs() < 1e-12);
        assert!((chance(group(0, 4), group(4, 4)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn empty_groups_and_groups_without_anything_bad_are_calm() {
        assert_eq!(judge(group(0, 0), group(0, 0)), Verdict::Calm);
        assert_eq!(judge(group(0, 10), group(3, 990)), Verdict::Calm);
        assert_eq!(judge(group(0, 0), group(900, 990)), Verdict::Calm);
    }

    #[test]
    fn one_bad_site_makes_the_next_step_wait_and_two_of_two_stop() {
        assert_eq!(judge(group(1, 1), group(0, 99)), Verdict::Wait);
        assert_eq!(judge(group(2, 2), group(0, 98)), Verdict::Stop);
        assert_eq!(judge(group(5, 5), group(0, 45)), Verdict::Stop);
    }

    #[test]
    fn a_provider_that_fails_in_both_groups_alike_is_calm() {
        assert_eq!(judge(group(30, 100), group(270, 900)), Verdict::Calm);
    }
}
