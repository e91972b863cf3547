//! How a release reaches more sites, and what stops it. Pure; the statistics are judge.rs, the rows store/releases.rs.
//!
//! Steps of 1, 10, 50 and 100 %, each with a time that it has to last. Two comparisons are made at each look:
//! *offered*: all sites that the step offers the release against those that it does not, bad being a site whose guard
//! tripped or that did not answer its last call. This catches sites that the update silenced or that went back by
//! themselves, which no longer say that they run it. *running*: the sites that say they run it against those not offered
//! it, bad being a tripped guard. This is sharper while few of those offered have taken it. At 100 % nobody is left to
//! compare with; the figures of the others at the last step stand in.

use neo::link::update::bucket;

use super::history::{Release, Step};
use super::judge::{self, Group, Verdict};
use crate::store::releases::Seen;

const DAY: i64 = 86_400;

/// Thousandths of the sites, and how long that step lasts at least.
const STEPS: &[(u16, i64)] = &[(10, DAY), (100, DAY), (500, 2 * DAY), (1000, 0)];

/// The groups that are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub offered: Group,
    pub others: Group,
    pub running: Group,
    pub others_running: Group,
}

/// Why a step cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    NotPublished,
    Withdrawn { why: String },
    Stopped { why: String },
    Complete,
    OutOfOrder { next: u16 },
    TooEarly { until: i64 },
    Unhealthy { why: String },
}

/// Counts the sites that were called since `since`.
pub fn figures<'s>(sites: impl IntoIterator<Item = &'s Seen>, release: &Release, since: i64) -> Figures {
    let version = &release.candidate.version;
    let permille = release.permille();
    let mut figures = Figures::default();
    for site in sites {
        let Some(called) = site.last_call.filter(|called| *called >= since) else { continue };
        let is_silent = site.last_ok.is_none_or(|ok| ok < called);
        let has_tripped = !is_silent && site.trips > 0;
        let is_offered = bucket(&site.id, version) < permille;
        match is_offered {
            true => figures.offered.count(is_silent || has_tripped),
            false => figures.others.count(is_silent || has_tripped),
        }
        match (is_silent, site.version == *version, is_offered) {
            (false, true, _) => figures.running.count(has_tripped),
            (false, false, false) => figures.others_running.count(has_tripped),
            _ => {}
        }
    }
    if let Some(last) = release.steps.last().filter(|step| step.permille == 1000) {
        figures.others = last.others;
        figures.others_running = last.others;
    }
    figures
}

/// Since when figures count: the last step, or when somebody let the rollout go on.
pub fn counted_since(release: &Release) -> i64 {
    let step = release.steps.last().map_or(0, |step| step.at);
    step.max(release.resumed_at.unwrap_or(0))
}

impl Figures {
    pub fn verdict(&self) -> Verdict {
        let offered = judge::judge(self.offered, self.others);
        let running = judge::judge(self.running, self.others_running);
        match (offered, running) {
            (Verdict::Stop, _) | (_, Verdict::Stop) => Verdict::Stop,
            (Verdict::Wait, _) | (_, Verdict::Wait) => Verdict::Wait,
            _ => Verdict::Calm,
        }
    }

    /// As it is recorded and shown.
    pub fn words(&self) -> String {
        let pair = |name: &str, updated: Group, others: Group| {
            let chance = judge::chance(updated, others);
            format!("{name} {}/{} : {}/{} (p={chance:.2e})", updated.bad, updated.all, others.bad, others.all)
        };
        let offered = pair("offered", self.offered, self.others);
        format!("{offered}, {}", pair("running", self.running, self.others_running))
    }
}

/// The step after the present one.
pub fn next(release: &Release) -> Option<u16> {
    let now = release.permille();
    STEPS.iter().map(|(permille, _)| *permille).find(|permille| *permille > now)
}

/// When the present step has lasted long enough; a rehearsal may have shorter ones.
pub fn lasts_until(release: &Release, rehearsed: Option<i64>) -> Option<i64> {
    let Step { at, permille, .. } = release.steps.last()?;
    let dwell = STEPS.iter().find(|(step, _)| step == permille).map(|(_, dwell)| *dwell)?;
    let dwell = rehearsed.unwrap_or(dwell);
    // Who let it go on after a stop has it watched for the whole step again.
    Some(at.max(&release.resumed_at.unwrap_or(0)) + dwell)
}

/// Whether the rollout may go to `permille` now.
pub fn may_step(
    release: &Release,
    permille: u16,
    figures: &Figures,
    now: i64,
    rehearsed: Option<i64>,
) -> Result<(), Hindrance> {
    if let Some((_, why)) = &release.halted {
        return Err(Hindrance::Withdrawn { why: why.clone() });
    }
    if release.published_at.is_none() {
        return Err(Hindrance::NotPublished);
    }
    if let Some((_, why)) = &release.stopped {
        return Err(Hindrance::Stopped { why: why.clone() });
    }
    let next = next(release).ok_or(Hindrance::Complete)?;
    if next != permille {
        return Err(Hindrance::OutOfOrder { next });
    }
    if let Some(until) = lasts_until(release, rehearsed).filter(|until| now < *until) {
        return Err(Hindrance::TooEarly { until });
    }
    let is_first = release.steps.is_empty();
    // Where sites were offered it, one at least has to have taken it and said so; a share of a small fleet may be nobody.
    let nobody_took_it = figures.offered.all > 0 && figures.running.all == 0;
    if !is_first && (nobody_took_it || figures.verdict() != Verdict::Calm) {
        return Err(Hindrance::Unhealthy { why: figures.words() });
    }
    Ok(())
}
