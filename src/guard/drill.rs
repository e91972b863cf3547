//! The drill: starts a real runaway in a process of its own and reports, from the evidence, what stopped it.
//! Not the runaways themselves: those are in runaway.rs.

#![expect(unsafe_code, reason = "wait4: std does not tell what one child used")]

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::history::{self, Trip};
use super::runaway::{ARGUMENT, MARK, log_path};
pub use super::runaway::{asked, runaway};
use super::{Flow, Limits, before_child, brake, limits, measure};
use crate::error::{Error, Result};
use crate::texts::errors;

/// A runaway that lives longer than this is killed: no ring held it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What runs away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DrillKind {
    Memory,
    Cpu,
    Loop,
    Wall,
    Stack,
    Disk,
    Processes,
}

impl DrillKind {
    /// Every kind, in the order of the Guard page.
    pub const ALL: [DrillKind; 7] = [
        DrillKind::Memory,
        DrillKind::Cpu,
        DrillKind::Loop,
        DrillKind::Wall,
        DrillKind::Stack,
        DrillKind::Disk,
        DrillKind::Processes,
    ];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        self.stage().trim_start_matches("drill/")
    }

    /// Reads the word on the command line.
    pub fn parse(word: &str) -> Option<DrillKind> {
        DrillKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    pub(super) fn stage(self) -> &'static str {
        match self {
            DrillKind::Memory => "drill/memory",
            DrillKind::Cpu => "drill/cpu",
            DrillKind::Loop => "drill/loop",
            DrillKind::Wall => "drill/wall",
            DrillKind::Stack => "drill/stack",
            DrillKind::Disk => "drill/disk",
            DrillKind::Processes => "drill/processes",
        }
    }
}

/// What stopped the runaway. The field names are the contract of `neo drill --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrillReport {
    pub kind: DrillKind,
    /// budget, brake or rlimit.
    pub stopped_by: &'static str,
    pub signal: Option<String>,
    pub after_ms: u64,
    pub peak_rss_kib: u64,
    /// The limit on the address space that held.
    pub limit_kib: u64,
    pub reply_complete: bool,
}

/// What is left of a runaway.
struct Remains {
    status: ExitStatus,
    killed_by_us: bool,
    peak_rss_kib: u64,
    output: String,
    trip: Option<Trip>,
}

/// Runs one drill. `folder` takes a log and a file for a moment; both are gone afterwards.
pub fn run(kind: DrillKind, folder: &Path) -> Result<DrillReport> {
    let limit_kib =
        Limits::for_flow(Flow::Drill).address_space_kib.min(limits::inherited_address_space_kib());
    let begun = Instant::now();
    let mut child = start(kind, folder)?;
    let (status, usage, killed_by_us) = wait(&child)?;
    let after_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let log = log_path(folder, child.id());
    let remains = Remains {
        status,
        killed_by_us,
        peak_rss_kib: measure::peak_of(&usage),
        output: read_output(&mut child),
        trip: std::fs::read_to_string(&log).ok().and_then(|line| history::parse(&line)),
    };
    let _ = std::fs::remove_file(&log);
    let (stopped_by, signal) = remains.verdict(kind)?;
    Ok(DrillReport {
        kind,
        stopped_by,
        signal,
        after_ms,
        peak_rss_kib: remains.peak(),
        limit_kib,
        reply_complete: is_complete(&remains.output),
    })
}

/// Starts ourselves anew, with nothing of the environment: it may be that of a request.
fn start(kind: DrillKind, folder: &Path) -> Result<Child> {
    let program = std::env::current_exe().map_err(|why| Error::fault("looking for our own program", why))?;
    let mut command = Command::new(program);
    command.arg(ARGUMENT).arg(kind.as_str()).arg(folder).env_clear().env(MARK, "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    before_child(&mut command);
    command.spawn().map_err(|why| Error::fault("starting a runaway", why))
}

/// Waits for the child, and kills it when the guard did not hold it.
fn wait(child: &Child) -> Result<(ExitStatus, libc::rusage, bool)> {
    let id = libc::pid_t::try_from(child.id()).map_err(|why| Error::fault("waiting for a runaway", why))?;
    let deadline = Instant::now() + PATIENCE;
    let mut killed = false;
    loop {
        let mut status = 0;
        // SAFETY: rusage is plain numbers, for which zero is a value; wait4 writes only into the two; the child is
        // ours and not yet waited for, so its number is still its own when it is killed.
        let (found, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            let options = if killed { 0 } else { libc::WNOHANG };
            (libc::wait4(id, &raw mut status, options, &raw mut usage), usage)
        };
        if found == id {
            return Ok((ExitStatus::from_raw(status), usage, killed));
        }
        let why = std::io::Error::last_os_error();
        if found == -1 && why.kind() != std::io::ErrorKind::Interrupted {
            return Err(Error::fault("waiting for a runaway", why));
        }
        if Instant::now() >= deadline {
            killed = true;
            // SAFETY: see above.
            unsafe { libc::kill(id, libc::SIGKILL) };
        } else {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What the child wrote; a reply is far smaller than a pipe, so it could end without being read.
fn read_output(child: &mut Child) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        let _ = pipe.take(64 << 10).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Remains {
    /// Which ring it was: the brake leaves its line and its exit code, a gentle ring lets the runaway say so, the
    /// kernel alone leaves a signal.
    fn verdict(&self, kind: DrillKind) -> Result<(&'static str, Option<String>)> {
        let cut_off = self.status.code() == Some(i32::from(brake::CUT_OFF));
        if let (true, Some(trip)) = (cut_off, &self.trip) {
            return Ok(("brake", Some(trip.signal.clone())));
        }
        match (cut_off, self.header("X-Neo-Stopped")) {
            (true, Some("budget")) => return Ok(("budget", None)),
            (true, Some("rlimit")) => return Ok(("rlimit", None)),
            _ => {}
        }
        if let (false, Some(signal)) = (self.killed_by_us, self.status.signal().and_then(limit_signal)) {
            return Ok(("rlimit", Some(signal.to_string())));
        }
        let found = self.header("X-Neo-Cause").map_or_else(|| self.status.to_string(), str::to_string);
        Err(Error::configuration(errors::DRILL_NOT_STOPPED).with("kind", kind.as_str()).with("found", found))
    }

    /// The peak that the runaway measured, or else the kernel's, which counts our own memory before exec as well.
    fn peak(&self) -> u64 {
        let told = self.header("X-Neo-Peak-Kib").and_then(|peak| peak.parse().ok());
        self.trip.as_ref().map(|trip| trip.peak_rss_kib).or(told).unwrap_or(self.peak_rss_kib)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let (headers, _) = self.output.split_once("\r\n\r\n")?;
        headers.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The signals by which the kernel alone enforces a limit.
fn limit_signal(signal: i32) -> Option<&'static str> {
    match signal {
        libc::SIGXCPU => Some("SIGXCPU"),
        libc::SIGXFSZ => Some("SIGXFSZ"),
        libc::SIGSEGV => Some("SIGSEGV"),
        libc::SIGABRT => Some("SIGABRT"),
        _ => None,
    }
}

/// Whether a browser would get a whole page: status, type, blank line, the end of the document.
fn is_complete(output: &str) -> bool {
    let Some((headers, body)) = output.split_once("\r\n\r\n") else { return false };
    headers.starts_with("Status: 503 ")
        && headers.contains("\r\nContent-Type: text/html; charset=utf-8")
        && body.starts_with("<!doctype html>")
        && body.ends_with("</html>\n")
}
