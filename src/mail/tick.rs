//! One tick: lease, recover, due, deliver, chores, record. The whole flow is `run`.
//! Not the clocks that start it: command/tick and web/public/tick.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::rfc3339_utc;
use crate::domain::delivery::Urgency;
use crate::error::{Error, Result};
use crate::guard::{self, Stopped};
use crate::mail::transport::Transport;
use crate::mail::{activation, deliver, due, notices, pace, safe_mode, vendor};
use crate::settings;
use crate::store::safe_mode::Peak;
use crate::store::ticks::Tick;
use crate::store::{Reader, Writer};
use crate::texts::errors;
use crate::transfer::{backup, inbox};

/// What started the tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Cron,
    /// The vendor's signed call.
    Poller,
    Url,
    /// A sign-up sends its own confirmation mail after the page was answered.
    SignUp,
    /// The owner's button.
    Admin,
    /// A page that somebody looked at, while the clocks were silent.
    Visit,
    Rehearsal,
}

impl Source {
    pub fn word(self) -> &'static str {
        match self {
            Source::Cron => "cron",
            Source::Poller => "poller",
            Source::Url => "url",
            Source::SignUp => "sign-up",
            Source::Admin => "admin",
            Source::Visit => "visit",
            Source::Rehearsal => "rehearsal",
        }
    }

    /// Whether only what a reader waits for is sent.
    fn is_urgent_only(self) -> bool {
        self == Source::SignUp
    }

    /// Whether a minimum gap keeps it harmless.
    fn keeps_gap(self) -> bool {
        matches!(self, Source::Url | Source::Poller)
    }

    /// Whether it comes by itself, day after day.
    pub fn is_clock(self) -> bool {
        matches!(self, Source::Cron | Source::Poller | Source::Url)
    }
}

/// The answer of a tick, by HTTP and by `--json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub run: Option<i64>,
    pub source: &'static str,
    pub sent: i64,
    pub deferred: i64,
    pub failed: i64,
    /// Mails that still wait.
    pub left: i64,
    /// When to come again: RFC 3339, UTC; at most a day ahead.
    pub next_due: String,
    /// `null`, `budget`, `pace`, `busy`, `too-soon` or `safe-mode` (also: held until the owner has looked).
    pub stopped_by: Option<&'static str>,
    pub elapsed_ms: u64,
    pub peak_rss_kib: u64,
    pub version: &'static str,
    /// Why mails could not be handed over, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// What came of the latest update of the program, or how far one is. Filled in by `update`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Updated>,
    /// Nothing more may go before this, says the pace.
    #[serde(skip)]
    pub wait_until: Instant,
}

/// An update in a report.
#[derive(Clone, Debug, Serialize)]
pub struct Updated {
    pub from: String,
    pub to: String,
    /// A step that is under way, or how it ended: see `update/state`.
    pub outcome: &'static str,
    pub at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// The lease outlives every tick by this: the brake ends one after the guard's time on the wall.
const LEASE_BEYOND: i64 = 40;
/// How often a short tick is waited for, 50 ms each time.
const PATIENCE: usize = 60;
/// An idle site is called about once a day.
const LONGEST_WAIT: i64 = 86_400;

/// A site that waits for its owner after a restore is called about once an hour.
const HELD_WAIT: i64 = 3600;

/// Runs one tick: at most one at a time, inside the budget, and leaves a record.
pub fn run(app: &App, store: &Writer, source: Source, transport: &mut dyn Transport) -> Result<Report> {
    let mut report = run_once(app, store, source, transport)?;
    // Who signed up meanwhile found the lease taken, and left: her mail would wait for the next clock.
    while report.stopped_by.is_none() && somebody_waits(app, store)? {
        let more = run_once(app, store, Source::SignUp, transport)?;
        if more.run.is_none() {
            break; // held back, or in another's hands
        }
        report = Report {
            run: report.run,
            source: report.source,
            sent: report.sent + more.sent,
            deferred: report.deferred + more.deferred,
            failed: report.failed + more.failed,
            ..more
        };
    }
    if source != Source::SignUp {
        guard::watch::note_tick();
    }
    Ok(report)
}

fn somebody_waits(app: &App, store: &Writer) -> Result<bool> {
    Ok(!store.due_deliveries(Urgency::AtOnce, app.clock.now(), 1)?.is_empty())
}

fn run_once(app: &App, store: &Writer, source: Source, transport: &mut dyn Transport) -> Result<Report> {
    guard::stage("tick/lease");
    let started_at = app.clock.now();
    let mut report =
        Report { source: source.word(), version: crate::version::version(), ..Report::default() };
    if source.keeps_gap()
        && let Some(end) = end_of_gap(app, store, source, started_at)?
    {
        return finish(app, store, report, Some("too-soon"), end);
    }
    let Some(lease) = Lease::take_soon(app, store, source)? else {
        return finish(app, store, report, Some("busy"), started_at);
    };
    if source != Source::SignUp {
        notices::look_at_clocks(store, source, started_at)?;
        store.beat(source.word(), "", started_at)?;
    }
    guard::stage("tick/recover");
    store.recover_sending()?;
    let is_safe_mode = safe_mode::begin(app, store)?;
    let worked = work(app, store, source, transport, &mut report);
    if source != Source::Rehearsal && !source.is_urgent_only() {
        notices::send(app, store, transport)?;
    }
    transport.close();
    let stopped_by = match worked? {
        Some("budget") if is_safe_mode && app.budget.over() != Some(Stopped::Wall) => Some("safe-mode"),
        other => other,
    };
    guard::stage("tick/record");
    if !source.is_urgent_only() && (stopped_by.is_none() || report.sent + report.deferred + report.failed > 0)
    {
        safe_mode::end_clean(store)?;
    }
    let gap = if source.keeps_gap() { app.settings.number(&settings::TICK_GAP) } else { 0 };
    let mut report = finish(app, store, report, stopped_by, started_at + gap)?;
    if !source.is_urgent_only() || report.sent + report.deferred + report.failed > 0 {
        report.run = Some(record(store, &report, started_at)?);
    }
    lease.release(store)?;
    Ok(report)
}

/// Clocks that are silent for longer than this leave the work to visits: hosts may allow one tick an hour.
pub const SILENT_AFTER: i64 = 65 * 60;
/// The shortest time between two ticks by visits.
const VISIT_GAP: i64 = 300;

/// Whether a visit is to run a tick: something is due, and the clocks, which should have done it, are silent.
pub fn visit_is_due(app: &App, store: &Reader) -> Result<bool> {
    if !app.settings.has(&settings::TICK_SOURCES_ALLOWED, Source::Visit.word()) {
        return Ok(false);
    }
    let now = app.clock.now();
    let is_over = |at: Option<Instant>, gap: i64| at.is_none_or(|at| now - at > gap || at > now);
    let beat = notices::last_clock(store)?;
    if !is_over(beat, SILENT_AFTER) || !is_over(store.last_beat(Source::Visit.word())?, VISIT_GAP) {
        return Ok(false);
    }
    // A site that was just set up has no clock yet.
    if beat.is_none() && !is_over(Some(store.set_up_at()?), SILENT_AFTER) {
        return Ok(false);
    }
    Ok(store.next_due()?.is_some_and(|due| due <= now) || store.unsure_to_retry_count()? > 0)
}

/// Due, deliver, until nothing is due or the budget ends; then chores.
fn work(
    app: &App,
    store: &Writer,
    source: Source,
    transport: &mut dyn Transport,
    report: &mut Report,
) -> Result<Option<&'static str>> {
    let mut courier = deliver::Courier::new(app, store, transport, report);
    // After a restore nobody knows what was sent meanwhile: only what a reader waits for goes out.
    let is_held = store.hold()?.is_some();
    if source.is_urgent_only() || is_held {
        let stopped_by = courier.deliver_urgent()?;
        return Ok(stopped_by.or(is_held.then_some("safe-mode")));
    }
    loop {
        if let Err(stopped) = app.budget.spend(1) {
            return Ok(Some(stopped.as_str()));
        }
        guard::stage("tick/due");
        let has_more = due::bring_due(app, store)?;
        guard::stage("tick/deliver");
        let stopped_by = courier.deliver_due()?;
        if stopped_by == Some("pace") || courier.is_in_trouble() {
            // Long queues last for days: what needs no mail server is not to wait for their end.
            while app.budget.spend(1).is_ok() && inbox::work(app, store)? {}
            chores(app, store, source)?;
        }
        if stopped_by.is_some() || courier.is_in_trouble() {
            return Ok(stopped_by);
        }
        if !has_more {
            break;
        }
    }
    guard::stage("tick/chores");
    chores(app, store, source)?;
    Ok(None)
}

/// What a tick would report that finds nothing to do: for showing, nothing is run.
pub fn quiet_report(app: &App, store: &Reader, source: Source) -> Result<Report> {
    let report = Report { source: source.word(), version: crate::version::version(), ..Report::default() };
    finish(app, store, report, None, app.clock.now())
}

/// When the gap since the last tick of this kind ends, if it has not yet.
fn end_of_gap(app: &App, store: &Writer, source: Source, now: Instant) -> Result<Option<Instant>> {
    let gap = app.settings.number(&settings::TICK_GAP);
    let last = store.last_beat(source.word())?.filter(|last| now >= *last && now - last < gap);
    Ok(last.map(|last| last + gap))
}

/// Completes the report. A caller who comes before `not_before` would be sent away.
fn finish(
    app: &App,
    store: &Reader,
    mut report: Report,
    stopped_by: Option<&'static str>,
    not_before: Instant,
) -> Result<Report> {
    let now = app.clock.now();
    let retries = match app.settings.value(&settings::UNSURE) {
        "retry" => store.unsure_to_retry_count()?,
        _ => 0,
    };
    let is_at_work = retries > 0 || store.import_at_work()?.is_some();
    let next = if is_at_work { now } else { store.next_due()?.unwrap_or(i64::MAX) };
    let hold = pace::all_shut_until(app, store)?.unwrap_or(now).max(report.wait_until);
    report.left = store.waiting_deliveries()? + retries;
    let next = if stopped_by == Some("safe-mode") { now + HELD_WAIT } else { next };
    report.next_due = rfc3339_utc(next.max(hold).max(not_before).clamp(now, now + LONGEST_WAIT));
    report.stopped_by = stopped_by;
    let measure = guard::measure();
    report.elapsed_ms = measure.elapsed_ms;
    report.peak_rss_kib = measure.peak_rss_kib;
    Ok(report)
}

fn record(store: &Writer, report: &Report, started_at: Instant) -> Result<i64> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let cpu_ms = whole(guard::measure().cpu_ms);
    let (elapsed_ms, peak_rss_kib) = (whole(report.elapsed_ms), whole(report.peak_rss_kib));
    store.transaction(|| {
        let peak = Peak { cpu_ms, elapsed_ms, peak_rss_kib, ..Peak::default() };
        store.note_peak("tick", &peak, started_at)?;
        store.add_tick(&Tick {
            id: 0,
            source: report.source.to_string(),
            started_at,
            elapsed_ms,
            cpu_ms,
            peak_rss_kib,
            sent: report.sent,
            deferred: report.deferred,
            failed: report.failed,
            waiting: report.left,
            stopped_by: report.stopped_by.unwrap_or_default().to_string(),
            trouble: report.trouble.clone().unwrap_or_default(),
        })
    })
}

/// What has to be done now and then; each is bounded.
fn chores(app: &App, store: &Writer, source: Source) -> Result<()> {
    let now = app.clock.now();
    while app.budget.spend(1).is_ok() && store.erase_some_values(2000)? {}
    inbox::clean_up(app, store)?;
    if source == Source::Cron {
        // Never within a web request: a copy of everything may take a while.
        backup::nightly(app, store)?;
    }
    if source != Source::Rehearsal {
        vendor::fetch::if_due(app, store)?;
        activation::look(app, store)?;
    }
    store.transaction(|| {
        store.finish_broadcasts(now)?;
        store.time_splits()?;
        store.forget_old_ticks(5000)?;
        store.fold_pace_counts(now)?;
        store.forget_old_trips_and_peaks(now)?;
        store.forget_old_sessions(now - 30 * 60, now - 12 * 3600)?;
        store.forget_old_throttles(now - 2 * 86_400)
    })
}

/// One tick at a time: a lock file that the kernel frees when its holder dies, and a row in the database for hosts
/// where several machines share one home.
struct Lease {
    owner: String,
    _lock: File,
}

impl Lease {
    /// Takes the lease. A sign-up's own tick is short, and the next clock may be an hour away: so a clock waits for it.
    fn take_soon(app: &App, store: &Writer, source: Source) -> Result<Option<Lease>> {
        for _ in 0..PATIENCE {
            if let Some(lease) = Lease::take(app, store, source)? {
                return Ok(Some(lease));
            }
            let holder = store.lease_owner("tick")?.unwrap_or_default();
            let is_short = holder.ends_with(Source::SignUp.word());
            if !is_short || source.is_urgent_only() || app.budget.over().is_some() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Ok(None)
    }

    fn take(app: &App, store: &Writer, source: Source) -> Result<Option<Lease>> {
        let now = app.clock.now();
        let lock = File::options().create(true).truncate(false).write(true).open(app.folder.tick_lock());
        let lock = lock.map_err(|cause| not_opened(&app.folder.tick_lock(), &cause))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        // With the lock in hand, an owner on this machine must be dead; one on another machine may live.
        let machine = format!(
            "{}:",
            rustix::system::uname().nodename().to_string_lossy().replace(['%', '_', ':'], "-")
        );
        let owner = format!("{machine}{}:{}", std::process::id(), source.word());
        let expires_at = now + app.settings.number(&settings::GUARD_WALL) + LEASE_BEYOND;
        let is_taken = store.take_lease("tick", &owner, &machine, expires_at, now)?;
        Ok(is_taken.then_some(Lease { owner, _lock: lock }))
    }

    fn release(self, store: &Writer) -> Result<()> {
        store.release_lease("tick", &self.owner)
    }
}

/// A lock file that cannot be made is nearly always a folder that the owner closed to us, or a full disk.
fn not_opened(file: &Path, cause: &std::io::Error) -> Error {
    match cause.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Error::configuration(errors::DATABASE_READ_ONLY).with("file", file)
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::busy(errors::DISK_FULL),
        _ => Error::fault("opening the tick's lock file", cause),
    }
}
