//! The deliberate runaways of the drill, in a process of their own: each grows until a ring of the guard stops it.
//! Not the judge: drill.rs looks at what is left of the process. Each is bounded even where no ring holds.

#![expect(unsafe_code, reason = "fork, and giving up root, which the process limit does not bind")]

use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::drill::DrillKind;
use super::reply::page;
use super::{Budget, Flow, Limits, arm, brake, header_sent, measure, set_log, stage};

/// The argument and the variable that together make a process run away; a stray argument alone does nothing.
pub(super) const ARGUMENT: &str = "drill-runaway";
pub(super) const MARK: &str = "NEO_DRILL_RUNAWAY";

/// Seconds of the short limits.
const SHORT: u64 = 2;
/// How far a runaway goes when nothing holds it.
const TOO_MUCH_MIB: usize = 512;
const FILE_LIMIT_MIB: u64 = 8;
const TOO_MANY_CHILDREN: u64 = 64;

/// What a runaway learnt by itself when no signal came.
struct Learnt {
    stopped_by: &'static str,
    cause: String,
}

/// Whether this process was started by a drill, and for what.
pub fn asked() -> Option<(DrillKind, PathBuf)> {
    std::env::var_os(MARK)?;
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let kind = DrillKind::parse(arguments.next()?.to_str()?)?;
    Some((kind, PathBuf::from(arguments.next()?)))
}

/// Runs away under the real guard. Comes back only where a gentle ring, or none, stopped it.
pub fn runaway(kind: DrillKind, folder: &Path) -> ExitCode {
    let mut limits = Limits::for_flow(Flow::Drill);
    match kind {
        DrillKind::Wall => limits.wall_seconds = Some(SHORT),
        DrillKind::Disk => limits.file_size_mib = FILE_LIMIT_MIB,
        _ => limits.cpu_seconds = SHORT,
    }
    arm(Flow::Drill, limits);
    stage(kind.stage());
    if set_log(&log_path(folder, std::process::id())).is_err() {
        return ExitCode::from(70);
    }
    let learnt = match kind {
        DrillKind::Memory => grow_memory(),
        DrillKind::Cpu => spin(),
        DrillKind::Loop => turn_in_circles(),
        DrillKind::Wall => sleep_on(),
        DrillKind::Stack => Learnt { stopped_by: "nothing", cause: format!("{}", recurse(0)) },
        DrillKind::Disk => grow_file(folder),
        DrillKind::Processes => multiply(limits),
    };
    reply(&learnt)
}

/// Where the runaway with this process number leaves its line; not guard.log, since a drill is no trip.
pub(super) fn log_path(folder: &Path, process: u32) -> PathBuf {
    folder.join(format!("drill-{process}.log"))
}

/// The reply of a runaway that was stopped without a signal, with what it learnt as headers for the judge.
fn reply(learnt: &Learnt) -> ExitCode {
    let used = measure();
    let headers = format!(
        "X-Neo-Stopped: {}\r\nX-Neo-Cause: {}\r\nX-Neo-Peak-Kib: {}\r\n",
        learnt.stopped_by, learnt.cause, used.peak_rss_kib
    );
    header_sent();
    let mut out = std::io::stdout();
    match out.write_all(page(&headers).as_bytes()).and_then(|()| out.flush()) {
        Ok(()) if learnt.stopped_by == "nothing" => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(brake::CUT_OFF),
        Err(_) => ExitCode::from(70),
    }
}

fn grow_memory() -> Learnt {
    let mut hoard = Vec::new();
    for _ in 0..TOO_MUCH_MIB {
        hoard.push(black_box(vec![1_u8; 1 << 20]));
    }
    Learnt { stopped_by: "nothing", cause: format!("{} MiB", hoard.len()) }
}

/// Ends by itself only when the wall clock fails as well.
fn spin() -> Learnt {
    let mut turns = 0_u64;
    while measure_every(turns) < Duration::from_secs(15) {
        turns = black_box(turns.wrapping_add(1));
    }
    Learnt { stopped_by: "nothing", cause: format!("{turns} turns") }
}

/// The time so far, asked rarely enough that the loop stays a busy one.
fn measure_every(turns: u64) -> Duration {
    if turns.is_multiple_of(1 << 16) { super::measure::elapsed() } else { Duration::ZERO }
}

fn turn_in_circles() -> Learnt {
    let budget = Budget::new(Duration::from_secs(SHORT), 0, 1_000_000);
    loop {
        if let Err(stopped) = budget.spend(1) {
            return Learnt { stopped_by: stopped.as_str(), cause: stopped.part().to_string() };
        }
    }
}

fn sleep_on() -> Learnt {
    std::thread::sleep(Duration::from_secs(15));
    Learnt { stopped_by: "nothing", cause: "slept".to_string() }
}

/// Endless for any real stack; the bound is for a host whose stack is not limited at all.
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth > (TOO_MUCH_MIB as u64) << 11 {
        return depth;
    }
    recurse(black_box(depth + 1)).wrapping_add(black_box(&frame).iter().sum())
}

fn grow_file(folder: &Path) -> Learnt {
    let nothing = |cause: String| Learnt { stopped_by: "nothing", cause };
    let path = folder.join(format!("drill-{}.tmp", std::process::id()));
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(why) => return nothing(why.kind().to_string()),
    };
    // Unlinked at once: whatever ends this process, nothing is left on the disk.
    if let Err(why) = std::fs::remove_file(&path) {
        return nothing(why.kind().to_string());
    }
    match fill(&mut file) {
        Some(why) if why.raw_os_error() == Some(libc::EFBIG) => {
            Learnt { stopped_by: "rlimit", cause: "EFBIG".to_string() }
        }
        Some(why) => nothing(why.kind().to_string()),
        None => nothing("the file grew".to_string()),
    }
}

/// Writes until it fails.
fn fill(file: &mut File) -> Option<std::io::Error> {
    let block = vec![0_u8; 1 << 18];
    (0..FILE_LIMIT_MIB * 16).find_map(|_| file.write_all(&block).err())
}

/// Forks until the process limit, or else the budget, says no. The children hang on a pipe and end with us.
fn multiply(limits: Limits) -> Learnt {
    give_up_root();
    super::adjust(Limits { processes: Some(tasks_of_user().saturating_add(8)), ..limits });
    let Ok((reader, writer)) = std::io::pipe() else {
        return Learnt { stopped_by: "nothing", cause: "no pipe".to_string() };
    };
    let budget = Budget::new(Duration::from_secs(SHORT), 0, TOO_MANY_CHILDREN);
    let mut children = Vec::new();
    let learnt = loop {
        if let Err(stopped) = budget.spend(1) {
            break Learnt { stopped_by: stopped.as_str(), cause: stopped.part().to_string() };
        }
        match fork_one(reader.as_raw_fd(), writer.as_raw_fd()) {
            Ok(child) => children.push(child),
            Err(why) if why.raw_os_error() == Some(libc::EAGAIN) => {
                break Learnt { stopped_by: "rlimit", cause: "EAGAIN".to_string() };
            }
            Err(why) => break Learnt { stopped_by: "nothing", cause: why.kind().to_string() },
        }
    };
    drop(writer); // end of file for every child
    for child in children {
        // SAFETY: waits for a child of ours; no status is stored.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    }
    learnt
}

/// A child that waits for the end of the pipe, which comes at the latest with the end of its parent.
fn fork_one(reader: i32, writer: i32) -> std::io::Result<libc::pid_t> {
    // SAFETY: this process has one thread, and the child calls only async-signal-safe functions.
    unsafe {
        match libc::fork() {
            -1 => Err(std::io::Error::last_os_error()),
            0 => {
                libc::close(writer);
                let mut byte = 0_u8;
                libc::read(reader, (&raw mut byte).cast(), 1);
                libc::_exit(0)
            }
            child => Ok(child),
        }
    }
}

/// Root is exempt from the process limit. Where this fails the budget ends the drill.
fn give_up_root() {
    const NOBODY: u32 = 65534;
    if rustix::process::getuid().is_root() {
        // SAFETY: these calls have no preconditions; an empty list of groups may be null.
        unsafe {
            libc::setgroups(0, std::ptr::null());
            libc::setgid(NOBODY);
            libc::setuid(NOBODY);
        }
    }
}

/// How many tasks (processes and threads) this user has, as far as /proc shows them; at least ours.
fn tasks_of_user() -> u64 {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::getuid().as_raw();
    let mut tasks = 1;
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let is_process = entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit);
        if is_process && entry.metadata().is_ok_and(|found| found.uid() == user) {
            tasks += std::fs::read_dir(entry.path().join("task")).map_or(1, |tasks| tasks.count() as u64);
        }
    }
    tasks
}
