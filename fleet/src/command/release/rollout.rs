//! `neo-fleet release rollout` and `watch`: more sites step by step, and the stop.
//! Not the rules: releases/rollout.rs.

use clap::Args;
use neo::error::{Error, Result};
use serde_json::json;

use super::{Answer, find, words};
use crate::app::Fleet;
use crate::releases::day;
use crate::releases::event::Event;
use crate::releases::history::Release;
use crate::releases::journal::Journal;
use crate::releases::judge::{Group, Verdict};
use crate::releases::reason::Reason;
use crate::releases::rollout::{self, Figures, Hindrance};
use crate::store::releases::Seen;
use crate::texts::releases as texts;

#[derive(Args)]
pub(crate) struct Rollout {
    version: String,
    /// How many of a thousand sites: 10, 100, 500, 1000.
    #[arg(long)]
    permille: Option<u16>,
    /// The next step, if its time has come and the figures allow it; else nothing.
    #[arg(long, conflicts_with = "permille")]
    auto: bool,
    /// Go on after a stop that turned out to be none of the release's doing.
    #[arg(long, conflicts_with_all = ["permille", "auto"])]
    resume: bool,
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    #[arg(long, value_name = "SENTENCE")]
    says: Option<String>,
}

impl Rollout {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        journal.refuse_flaw()?;
        let release = find(journal, &self.version)?;
        if self.resume {
            return self.go_on(fleet, journal, &release);
        }
        let figures = figures(fleet, &release)?;
        let wanted = self.permille.or_else(|| rollout::next(&release)).unwrap_or(1000);
        if let Err(hindrance) = rollout::may_step(&release, wanted, &figures, fleet.now(), dwell(fleet)) {
            return match self.auto {
                true => Ok(Answer::new(told(fleet, &release, &figures), Vec::new())),
                false => Err(refusal(&self.version, hindrance)),
            };
        }
        step(fleet, journal, &release, wanted, &figures, self.auto)?;
        let release = find(journal, &self.version)?;
        Ok(Answer::line(
            told(fleet, &release, &figures),
            format!("{} {wanted}/1000; next: publish DIR", self.version),
        ))
    }

    fn go_on(&self, fleet: &mut Fleet, journal: &mut Journal, release: &Release) -> Result<Answer> {
        if let Some((_, why)) = &release.halted {
            return Err(Reason::Withdrawn { why: why.clone() }.refusal());
        }
        if release.stopped.is_none() {
            return Err(Error::invalid(texts::ROLLOUT_NOT_STOPPED));
        }
        let (by, says) = words(self.by.as_deref(), self.says.as_deref(), texts::WHO_MISSING)?;
        journal.add(fleet, &Event::Resumed { version: self.version.clone(), by, says })?;
        fleet.store.audit(fleet.clock.now(), &fleet.who, "rollout resumed", &self.version)?;
        let release = find(journal, &self.version)?;
        Ok(Answer::line(told(fleet, &release, &Figures::default()), format!("{} goes on", self.version)))
    }
}

/// Looks at every release that is on its way.
#[derive(Args)]
pub(crate) struct Watch {
    /// Also take the steps whose time has come.
    #[arg(long)]
    auto: bool,
}

impl Watch {
    pub(crate) fn run(self, fleet: &mut Fleet, journal: &mut Journal) -> Result<Answer> {
        journal.add(fleet, &Event::Beat)?;
        let is_watched = |release: &&Release| {
            release.published_at.is_some()
                && release.halted.is_none()
                && release.stopped.is_none()
                && release.permille() > 0
        };
        let newest = journal.history.published.last().cloned();
        let watched: Vec<Release> = journal.history.releases.values().filter(is_watched).cloned().collect();
        let (mut all, mut lines) = (Vec::new(), Vec::new());
        // Only the newest is offered; the manifest names one.
        for release in watched.into_iter().filter(|each| Some(&each.candidate.version) == newest.as_ref()) {
            let figures = figures(fleet, &release)?;
            let version = release.candidate.version.clone();
            if figures.verdict() == Verdict::Stop {
                let (permille, why) = (release.permille(), figures.words());
                lines.push(format!("{version} STOPPED at {permille}/1000: {why}; next: publish DIR"));
                journal.add(fleet, &Event::Stopped { version: version.clone(), permille, why })?;
                fleet.store.audit(fleet.clock.now(), "release watch", "rollout stopped", &version)?;
            } else if self.auto {
                let next = rollout::next(&release).filter(|next| {
                    rollout::may_step(&release, *next, &figures, fleet.now(), dwell(fleet)).is_ok()
                });
                if let Some(next) = next {
                    step(fleet, journal, &release, next, &figures, true)?;
                    lines.push(format!("{version} {next}/1000; next: publish DIR"));
                }
            }
            all.push(told(fleet, &find(journal, &version)?, &figures));
        }
        Ok(Answer::new(json!({ "watched": all }), lines))
    }
}

fn step(
    fleet: &mut Fleet,
    journal: &mut Journal,
    release: &Release,
    permille: u16,
    figures: &Figures,
    automatic: bool,
) -> Result<()> {
    let version = release.candidate.version.clone();
    let others = figures.others;
    journal.add(fleet, &Event::Rollout { version: version.clone(), permille, automatic, others })?;
    fleet.store.audit(fleet.clock.now(), &fleet.who, &format!("rollout to {permille} of 1000"), &version)
}

/// In a rehearsal `NEO_FLEET_DWELL` says for how many seconds a step lasts.
fn dwell(fleet: &Fleet) -> Option<i64> {
    let said = std::env::var_os("NEO_FLEET_DWELL").filter(|_| fleet.is_rehearsal)?;
    said.to_str()?.parse().ok()
}

/// What the registry says now; the registry is read in pages.
fn figures(fleet: &mut Fleet, release: &Release) -> Result<Figures> {
    let mut sites: Vec<Seen> = Vec::new();
    loop {
        let after = sites.last().map(|site| site.id.clone()).unwrap_or_default();
        let page = fleet.store.sites_seen_after(&after)?;
        if page.is_empty() {
            return Ok(rollout::figures(&sites, release, rollout::counted_since(release)));
        }
        sites.extend(page);
    }
}

fn told(fleet: &Fleet, release: &Release, figures: &Figures) -> serde_json::Value {
    let group = |group: Group| json!({ "bad": group.bad, "all": group.all });
    json!({
        "version": release.candidate.version, "permille": release.permille(),
        "stopped": release.stopped.as_ref().map(|(_, why)| why),
        "withdrawn": release.halted.as_ref().map(|(_, why)| why),
        "next": rollout::next(release), "lasts_until": rollout::lasts_until(release, dwell(fleet)),
        "offered": group(figures.offered), "others": group(figures.others),
        "running": group(figures.running), "others_running": group(figures.others_running),
        "verdict": format!("{:?}", figures.verdict()).to_lowercase(),
    })
}

fn refusal(version: &str, hindrance: Hindrance) -> Error {
    match hindrance {
        Hindrance::NotPublished => Error::invalid(texts::NOT_PUBLISHED).with("version", version),
        Hindrance::Withdrawn { why } => Reason::Withdrawn { why }.refusal(),
        Hindrance::Stopped { why } => Error::invalid(texts::ROLLOUT_STOPPED).with("why", why),
        Hindrance::Complete => Error::invalid(texts::ROLLOUT_COMPLETE),
        Hindrance::OutOfOrder { next } => {
            Error::invalid(texts::STEP_OUT_OF_ORDER).with("next", next.to_string())
        }
        Hindrance::TooEarly { until } => Error::invalid(texts::STEP_TOO_EARLY).with("until", day::say(until)),
        Hindrance::Unhealthy { why } => Error::invalid(texts::STEP_NOT_HEALTHY).with("why", why),
    }
}
