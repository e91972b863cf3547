//! `neo-fleet poll`: calls sites until it is told to end, or with `--once` what is due now; `poll status` says how it goes.
//! Not the poller: poller/run.

use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::time::Duration;

use clap::{Args, Subcommand};
use neo::error::{Error, Result};
use neo::link::key::Role;
use ring::rand::{SecureRandom, SystemRandom};

use super::Answer;
use crate::app::Fleet;
use crate::poller::call::Caller;
use crate::poller::dial::Dialer;
use crate::poller::run::{Options, Poller, Report};
use crate::poller::status::{Status, status};
use crate::poller::time::Time;
use crate::signing::seeds;
use crate::texts::errors;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Poll {
    #[command(subcommand)]
    what: Option<What>,
    /// End when nothing is due any more, e.g. from cron.
    #[arg(long)]
    once: bool,
    /// With --once: end after so many seconds though servers still rest between two calls.
    #[arg(long, default_value_t = 50)]
    seconds: u64,
    /// Lines open at a time, at most.
    #[arg(long, default_value_t = 4000)]
    connections: usize,
    /// Seconds for a whole call.
    #[arg(long, default_value_t = 40)]
    deadline: u64,
    /// Seconds between two calls at one server, at least.
    #[arg(long, default_value_t = 10)]
    gap: i64,
    /// Where a host can ask who calls it; remembered.
    #[arg(long, value_name = "URL")]
    contact: Option<String>,
    /// Call sites on this machine too.
    #[arg(long)]
    allow_loopback: bool,
    /// Further certification authorities (PEM).
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// In a rehearsal: seconds of its clock in each second, from now (or NEO_FLEET_NOW) on.
    #[arg(long, value_name = "N")]
    speed: Option<u32>,
}

#[derive(Subcommand)]
enum What {
    /// Breakers, back-offs and delays.
    Status,
}

/// What a rehearsal says about itself where nobody was named.
const NOBODY: &str = "https://neo.example/poller";
const CONTACT: &str = "poller_contact";
/// Files that are open beside lines.
const OTHER_FILES: u64 = 200;

impl Poll {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        match self.what {
            Some(What::Status) => {
                let now = fleet.now();
                show(&status(&mut fleet.store, now)?)
            }
            None => self.poll(fleet),
        }
    }

    fn poll(self, fleet: &mut Fleet) -> Result<Answer> {
        let caller = Caller {
            dialer: self.dialer()?,
            key: RwLock::new(seeds::present(&fleet.data.keys(), Role::Tick)?),
            user_agent: format!("neo-fleet/{} (+{})", env!("CARGO_PKG_VERSION"), self.contact(fleet)?),
            deadline: Duration::from_secs(self.deadline.clamp(1, 300)),
            time: self.time(fleet)?,
        };
        let options = Options {
            once: self.once,
            once_seconds: self.seconds,
            connections: self.connections.clamp(1, lines_possible(self.connections)),
            deadline: caller.deadline,
            gap: self.gap.clamp(0, 3600),
            keys: fleet.data.keys(),
        };
        let report = Poller::new(&mut fleet.store, options, caller, owner()?)?.run()?;
        tell(&report)
    }

    fn dialer(&self) -> Result<Dialer> {
        let file = self.trust.as_deref().unwrap_or(Path::new(""));
        let wrong = |why: String| Error::invalid(errors::TRUST_NOT_VALID).with("why", why).with("file", file);
        let more =
            self.trust.as_ref().map(std::fs::read).transpose().map_err(|cause| wrong(cause.to_string()))?;
        Dialer::new(self.allow_loopback, more.as_deref()).map_err(wrong)
    }

    fn contact(&self, fleet: &mut Fleet) -> Result<String> {
        if let Some(contact) = &self.contact {
            let url = url::Url::parse(contact).ok().filter(|url| url.scheme() == "https");
            let url = url.ok_or_else(|| Error::invalid(errors::CONTACT_NOT_VALID))?;
            fleet.store.set_meta(CONTACT, url.as_str())?;
        }
        match fleet.store.meta(CONTACT)? {
            Some(contact) => Ok(contact),
            None if fleet.is_rehearsal => Ok(NOBODY.to_string()),
            None => Err(Error::configuration(errors::CONTACT_MISSING)),
        }
    }

    fn time(&self, fleet: &Fleet) -> Result<Time> {
        let is_moved = std::env::var_os("NEO_FLEET_NOW").is_some();
        match (self.speed, fleet.is_rehearsal) {
            (Some(_), false) => Err(Error::invalid(errors::SPEED_IS_REHEARSAL)),
            (None, false) => Ok(Time::Machine),
            (Some(speed), true) => Ok(Time::moved(fleet.now(), speed)),
            (None, true) if is_moved => Ok(Time::moved(fleet.now(), 0)),
            (None, true) => Ok(Time::Machine),
        }
    }
}

/// Raises the limit of open files as far as it goes; so many lines fit.
fn lines_possible(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let most = limit.maximum.unwrap_or(u64::MAX);
    let current = limit.current.unwrap_or(u64::MAX).max(needed.min(most));
    // What cannot be raised is what there is.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    let current = if raised.is_ok() { current } else { limit.current.unwrap_or(u64::MAX) };
    usize::try_from(current.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(1)
}

/// A name that no other poller has, on whatever machine.
fn owner() -> Result<String> {
    let mut bytes = [0_u8; 5];
    SystemRandom::new().fill(&mut bytes).map_err(|cause| Error::fault("drawing a name", cause))?;
    let random = data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let system = rustix::system::uname();
    Ok(format!("{}:{}:{random}", system.nodename().to_string_lossy(), std::process::id()))
}

fn tell(report: &Report) -> Result<Answer> {
    let json = serde_json::to_value(report).map_err(|cause| Error::fault("writing a report", cause))?;
    let mut lines = vec![format!(
        "{} calls: {} answered, {} failed; {} sites found",
        report.calls, report.answered, report.failed, report.found
    )];
    lines.extend(report.opened.iter().map(|provider| format!("breaker opened: {provider}")));
    lines.extend(report.closed.iter().map(|provider| format!("breaker closed: {provider}")));
    Ok(Answer::new(json, lines))
}

fn show(status: &Status) -> Result<Answer> {
    let mut lines = vec![format!(
        "{} sites, {} due (oldest {} s), {} calls in the last hour, late {} ms (median), {} ms (p99)",
        status.queue.sites,
        status.queue.due,
        status.queue.oldest,
        status.last_hour.calls,
        status.last_hour.late_median_ms,
        status.last_hour.late_p99_ms
    )];
    lines.extend(status.pollers.iter().map(|poller| {
        format!("poller {}: heard {}, {} open calls", poller.owner, poller.heard_at, poller.open_calls)
    }));
    lines.extend(status.breakers.iter().map(|breaker| {
        format!(
            "breaker {}: {} since {} until {}, {} of {} stopped, incident {}",
            breaker.provider,
            breaker.state,
            breaker.since,
            breaker.until,
            breaker.stopped,
            breaker.called,
            breaker.incident.as_deref().unwrap_or("-")
        )
    }));
    lines.extend(status.providers.iter().filter(|provider| provider.backing_off + provider.held > 0).map(
        |provider| {
            format!(
                "{}: {} sites, {} silent, {} backing off, {} held",
                provider.provider, provider.sites, provider.silent, provider.backing_off, provider.held
            )
        },
    ));
    lines.extend(status.backing_off.iter().map(|site| {
        let next = site.next_call.map_or_else(|| "held".to_string(), |at| at.to_string());
        format!(
            "{} {}: {} ({}), {} in a row, next {next}",
            site.site, site.provider, site.outcome, site.detail, site.failures
        )
    }));
    let json = serde_json::to_value(status).map_err(|cause| Error::fault("writing the status", cause))?;
    Ok(Answer::new(json, lines))
}
