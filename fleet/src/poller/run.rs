//! The poller at work: results in batches, chores, leases, calls; one thread holds the store, tokio holds the lines.
//! Not one call (call) and not what follows from it (record).

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use neo::clock::Instant;
use neo::error::{Error, Result};
use neo::link::key::Role;
use serde::Serialize;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::announce::announce;
use super::breaker::Rule;
use super::call::{Caller, End, Task};
use super::documents::Documents;
use super::record::{Change, Done, Recorder, send_probes};
use super::schedule::DAY;
use super::time::Time;
use crate::signing::seeds;
use crate::store::Store;

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    /// Ends when nothing is due any more.
    pub(crate) once: bool,
    /// … or after so many seconds.
    pub(crate) once_seconds: u64,
    pub(crate) connections: usize,
    pub(crate) deadline: Duration,
    pub(crate) gap: i64,
    /// The folder of the signing keys: for calls, and for renewed tokens where that key is on this machine.
    pub(crate) keys: PathBuf,
}

/// What a run did.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) calls: u64,
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    /// Sites that were found on a server for the first time, or on another one.
    pub(crate) found: u64,
    pub(crate) opened: Vec<String>,
    pub(crate) closed: Vec<String>,
    /// Calls that were cut off at the end; their sites are due again.
    pub(crate) cut_off: usize,
}

/// How long results are waited for before the next look at the queue.
const TURN: Duration = Duration::from_millis(100);
/// The most results in one transaction.
const BATCH: usize = 500;
/// The most leases in one transaction.
const MOST_LEASES: usize = 1000;
/// A lease outlives its call by this.
const LEASE_BEYOND: i64 = 30;
/// How long open calls may go on after the poller was told to end.
const GRACE: Duration = Duration::from_secs(10);
/// Seconds between two rounds of chores, by the poller's clock.
const CHORES_EVERY: i64 = 15;
/// Calls are remembered for so long.
const KEPT: i64 = 40 * DAY;

/// A poller at work.
pub(crate) struct Poller<'a> {
    store: &'a mut Store,
    options: Options,
    caller: Arc<Caller>,
    time: Time,
    owner: String,
    runtime: Runtime,
    results: (Sender<Done>, Receiver<Done>),
    documents: Documents,
    open: usize,
    report: Report,
    told_to_end: Arc<AtomicU32>,
}

impl<'a> Poller<'a> {
    pub(crate) fn new(
        store: &'a mut Store,
        options: Options,
        caller: Caller,
        owner: String,
    ) -> Result<Poller<'a>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .max_blocking_threads(64) // names are looked up on these
            .enable_all()
            .build()
            .map_err(|cause| Error::fault("starting the poller", cause))?;
        let told_to_end = Arc::new(AtomicU32::new(0));
        listen_for_the_end(&runtime, Arc::clone(&told_to_end))?;
        let documents = Documents::default();
        let time = caller.time;
        let caller = Arc::new(caller);
        let (results, report) = (channel(), Report::default());
        Ok(Poller {
            store,
            options,
            caller,
            time,
            owner,
            runtime,
            results,
            documents,
            open: 0,
            report,
            told_to_end,
        })
    }

    /// Polls until it is told to end, or with `once` until nothing is due.
    pub(crate) fn run(mut self) -> Result<Report> {
        let (started, began_at) = (std::time::Instant::now(), self.time.now());
        self.do_chores(began_at)?;
        let mut chores_at = began_at + CHORES_EVERY;
        while self.told_to_end.load(Ordering::Relaxed) == 0 {
            let now = self.time.now();
            if now >= chores_at {
                self.do_chores(now)?;
                chores_at = now + CHORES_EVERY;
            }
            send_probes(self.store, now)?;
            let taken = self.call_due(now)?;
            if self.options.once && taken == 0 && self.open == 0 {
                let is_over = started.elapsed().as_secs() >= self.options.once_seconds || self.time.stands();
                if is_over || !self.store.is_any_due(began_at)? {
                    break;
                }
            }
            self.take_results(TURN)?;
        }
        self.end()
    }

    /// Waits for the first result, takes what else is there, and writes it down in one transaction.
    fn take_results(&mut self, wait: Duration) -> Result<()> {
        let Ok(first) = self.results.1.recv_timeout(wait) else { return Ok(()) };
        let mut batch = vec![first];
        batch.extend(self.results.1.try_iter().take(BATCH - 1));
        self.open = self.open.saturating_sub(batch.len());
        for done in &batch {
            self.count(done);
        }
        let now = self.time.now();
        let recorder = Recorder { owner: &self.owner, gap: self.options.gap, rule: Rule::default() };
        let changes = recorder.record(self.store, &batch, now)?;
        for change in changes {
            self.heed(&change, now)?;
        }
        Ok(())
    }

    fn count(&mut self, done: &Done) {
        match &done.end {
            End::Moved(_) => self.report.found += 1,
            End::Called(called) => {
                self.report.calls += 1;
                match called.answer {
                    Some(_) => self.report.answered += 1,
                    None => self.report.failed += 1,
                }
            }
        }
    }

    fn heed(&mut self, change: &Change, now: Instant) -> Result<()> {
        match change {
            Change::Opened { provider, .. } => self.report.opened.push(provider.clone()),
            Change::Closed { provider } => {
                self.report.closed.push(provider.clone());
                self.store.mend_queue()?;
            }
            Change::OpenedAgain { .. } => {}
        }
        announce(self.store, change, now)
    }

    fn do_chores(&mut self, now: Instant) -> Result<()> {
        self.store.adopt_sites(now)?;
        self.store.side_by_side(Store::hold_the_rest)?;
        self.store.side_by_side(Store::end_settled_advice)?;
        self.store.mend_queue()?;
        self.store.forget_calls(now - KEPT)?;
        let open = i64::try_from(self.open).unwrap_or(i64::MAX);
        let owner = &self.owner;
        self.store.side_by_side(|store| store.poller_lives(owner, now, open))?;
        if let Ok(key) = seeds::present(&self.options.keys, Role::Tick) {
            *self.caller.key.write().unwrap_or_else(PoisonError::into_inner) = key;
        }
        self.documents.read(self.store, seeds::present(&self.options.keys, Role::Activation).ok())
    }

    /// Leases what is due, as far as there are lines for it, and begins the calls.
    fn call_due(&mut self, now: Instant) -> Result<usize> {
        let room = self.options.connections.saturating_sub(self.open).min(MOST_LEASES);
        let seconds = i64::try_from(self.options.deadline.as_secs()).unwrap_or(60) + LEASE_BEYOND;
        let until = now + seconds * self.time.speed().max(1);
        let room = i64::try_from(room).unwrap_or(0);
        let due = self.store.lease_due(&self.owner, until, now, room)?;
        let taken = due.len();
        for due in due {
            let (body, brought) = self.documents.body(self.store, &due)?;
            let task =
                Task { site: due.site.clone(), url: due.tick_url.clone(), server: due.server.clone(), body };
            let (caller, results) = (Arc::clone(&self.caller), self.results.0.clone());
            self.runtime.spawn(async move {
                let end = caller.call(&task).await;
                // Nobody listens any more only when the poller has ended.
                let _ = results.send(Done { due, brought, end });
            });
        }
        self.open += taken;
        Ok(taken)
    }

    /// Open calls finish within a grace; what is left is cut off, and its leases are given back.
    fn end(mut self) -> Result<Report> {
        let told = self.told_to_end.load(Ordering::Relaxed);
        let started = std::time::Instant::now();
        while self.open > 0 && started.elapsed() < GRACE && self.told_to_end.load(Ordering::Relaxed) == told {
            self.take_results(TURN)?;
        }
        self.report.cut_off = self.open;
        self.runtime.shutdown_background();
        self.store.release_all(&self.owner)?;
        self.store.poller_ends(&self.owner)?;
        Ok(self.report)
    }
}

/// The first signal ends it in order, the second at once.
fn listen_for_the_end(runtime: &Runtime, told: Arc<AtomicU32>) -> Result<()> {
    let _inside = runtime.enter();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let mut heard = signal(kind).map_err(|cause| Error::fault("listening for signals", cause))?;
        let told = Arc::clone(&told);
        runtime.spawn(async move {
            while heard.recv().await.is_some() {
                told.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    Ok(())
}
