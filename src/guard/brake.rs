//! The brake: signal handlers that answer with a complete 503, leave one line in guard.log, and end the process.
//! Not the budget, which stops work cleanly; here nothing of ours can be trusted any more but this file.
//!
//! What runs in a handler allocates nothing, takes no lock and calls only async-signal-safe functions.

#![expect(unsafe_code, reason = "sigaction, sigaltstack and setitimer have no safe interface")]

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::fs::OpenOptions;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use super::history::Line;
use super::{Flow, measure, notes, reply};
use crate::error::{Error, Result};

/// sysexits.h EX_TEMPFAIL: busy or cut off.
pub(super) const CUT_OFF: u8 = 75;

/// The signals that trip the brake. SIGILL is how a Rust intrinsic aborts.
const TRIPS: [c_int; 6] =
    [libc::SIGALRM, libc::SIGXCPU, libc::SIGABRT, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL];

/// Seconds that the handler itself may take, if whoever reads our output has stopped reading.
const LAST_SECONDS: u32 = 3;

static TRIPPED: AtomicBool = AtomicBool::new(false);
static FINISH: AtomicBool = AtomicBool::new(false);
static LOG: AtomicI32 = AtomicI32::new(-1);
static WALL: AtomicU64 = AtomicU64::new(0);
static STACK_TOP: AtomicUsize = AtomicUsize::new(0);
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);
static LAST_WORDS: OnceLock<LastWords> = OnceLock::new();

struct LastWords {
    flow: Flow,
    bytes: Vec<u8>,
}

/// Where the handler writes: static, since std gives its threads an alternate stack of 8 KiB at most.
struct Desk {
    table: [u8; measure::TABLE],
    line: Line,
}

struct OneUser<T>(UnsafeCell<T>);
// SAFETY: each static of this type has one user at a time, named where it is used.
unsafe impl<T> Sync for OneUser<T> {}

static DESK: OneUser<Desk> = OneUser(UnsafeCell::new(Desk { table: [0; measure::TABLE], line: Line::new() }));
static STACK: OneUser<[u8; STACK_BYTES]> = OneUser(UnsafeCell::new([0; STACK_BYTES]));
const STACK_BYTES: usize = 64 << 10;

/// Installs the handlers, their own stack and the panic hook.
pub(super) fn install(flow: Flow) {
    let words = if flow.replies() { reply::page("") } else { reply::notice() };
    let _ = LAST_WORDS.set(LastWords { flow, bytes: words.into_bytes() });
    let here = 0_u8;
    STACK_TOP.store((&raw const here).addr(), SeqCst);
    let size = rustix::process::getrlimit(rustix::process::Resource::Stack).current.unwrap_or(1 << 30);
    STACK_SIZE.store(usize::try_from(size).unwrap_or(1 << 30), SeqCst);
    use_own_stack();
    for signal in TRIPS {
        // std has its own SIGSEGV handler by now; the later one holds.
        set_action(signal, on_trip as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK);
    }
    set_action(libc::SIGTERM, on_finish as *const () as usize, libc::SA_ONSTACK | libc::SA_RESTART);
    // The write fails with EFBIG or EPIPE instead, which SQLite and we can handle.
    set_action(libc::SIGXFSZ, libc::SIG_IGN, 0);
    set_action(libc::SIGPIPE, libc::SIG_IGN, 0);
    block(false, &[&TRIPS[..], &[libc::SIGTERM]].concat());
    notes::remember_panics();
}

/// Opens guard.log, so that a later trip is recorded there.
pub fn set_log(path: &Path) -> Result<()> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(|why| Error::fault("opening guard.log", why))?;
    let former = LOG.swap(file.into_raw_fd(), SeqCst);
    if former >= 0 {
        // SAFETY: `former` came from into_raw_fd above and is used nowhere else.
        unsafe { libc::close(former) };
    }
    Ok(())
}

/// SIGTERM came: finish what is in hand, begin nothing new.
pub fn finish_requested() -> bool {
    FINISH.load(SeqCst)
}

/// Starts the wall clock, or moves its end: `seconds` count from the start of the process' guard.
pub(super) fn wall(seconds: Option<u64>) {
    WALL.store(seconds.unwrap_or(0), SeqCst);
    // Zero would switch the timer off, so a wall that has passed rings at once.
    let left = seconds.map(|seconds| {
        Duration::from_secs(seconds).saturating_sub(measure::elapsed()).max(Duration::from_millis(1))
    });
    let left = left.unwrap_or_default();
    // SAFETY: itimerval is plain numbers, for which zero is a value; setitimer only reads it.
    unsafe {
        let mut timer: libc::itimerval = std::mem::zeroed();
        timer.it_value.tv_sec = left.as_secs().try_into().unwrap_or(i64::MAX);
        timer.it_value.tv_usec = left.subsec_micros().into();
        libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut());
    }
}

pub(super) fn wall_in_effect() -> Option<u64> {
    Some(WALL.load(SeqCst)).filter(|seconds| *seconds > 0)
}

/// Undoes our ignoring of SIGXFSZ, which exec would pass on. Async-signal-safe.
pub(super) fn heed_file_size_signal() {
    set_action(libc::SIGXFSZ, libc::SIG_DFL, 0);
}

fn set_action(signal: c_int, action: usize, flags: c_int) {
    // SAFETY: sigaction is plain data, for which zero is a value; `action` is SIG_IGN, SIG_DFL or one of the two
    // handlers below, whose signatures fit `flags`.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = action;
        new.sa_flags = flags;
        libc::sigfillset(&raw mut new.sa_mask);
        libc::sigaction(signal, &raw const new, std::ptr::null_mut());
    }
}

/// Blocks or unblocks `signals`: a server may have started us with some of them blocked.
fn block(block: bool, signals: &[c_int]) {
    // SAFETY: the set is initialised by sigemptyset before it is read.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        let how = if block { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
        libc::pthread_sigmask(how, &raw const set, std::ptr::null_mut());
    }
}

/// A stack for the handlers of the main thread, since the usual one may be what ran out. (std gives its threads one.)
fn use_own_stack() {
    // SAFETY: the memory is static, and only the kernel uses it, as the stack of the main thread's handlers.
    unsafe {
        let mut stack: libc::stack_t = std::mem::zeroed();
        stack.ss_sp = STACK.0.get().cast();
        stack.ss_size = STACK_BYTES;
        libc::sigaltstack(&raw const stack, std::ptr::null_mut());
    }
}

extern "C" fn on_finish(_signal: c_int) {
    FINISH.store(true, SeqCst);
}

extern "C" fn on_trip(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    if TRIPPED.swap(true, SeqCst) {
        // Another thread is already at it; its _exit ends this one too.
        loop {
            // SAFETY: pause has no preconditions.
            unsafe { libc::pause() };
        }
    }
    // If the reader of our output or the disk hangs, the plain SIGALRM ends us.
    set_action(libc::SIGALRM, libc::SIG_DFL, 0);
    block(false, &[libc::SIGALRM]);
    // SAFETY: alarm has no preconditions.
    unsafe { libc::alarm(LAST_SECONDS) };
    let words = LAST_WORDS.get();
    if let Some((file, line)) = super::watch::failure_line() {
        write_all(file.as_raw_fd(), line);
    }
    write_line(signal, tripped(signal, info), words.map_or("-", |words| words.flow.as_str()));
    if let Some(words) = words {
        match words.flow.replies() {
            true if !notes::is_header_sent() => write_all(1, &words.bytes),
            true => {}
            false => write_all(2, &words.bytes),
        }
    }
    // SAFETY: _exit is async-signal-safe and does not return.
    unsafe { libc::_exit(i32::from(CUT_OFF)) }
}

/// What ran out. An abort without a panic is an allocation that failed.
fn tripped(signal: c_int, info: *mut libc::siginfo_t) -> &'static [u8] {
    match signal {
        libc::SIGALRM => b"wall",
        libc::SIGXCPU => b"cpu",
        libc::SIGABRT if notes::has_panicked() => b"panic",
        libc::SIGABRT => b"memory",
        // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo, and these signals fill its address.
        libc::SIGSEGV | libc::SIGBUS if on_main_stack(unsafe { (*info).si_addr() }.addr()) => b"stack",
        _ => b"fault",
    }
}

/// Whether `address` lies where the main thread's stack is or would have grown (with the kernel's 1 MiB gap).
fn on_main_stack(address: usize) -> bool {
    let top = STACK_TOP.load(SeqCst);
    let lowest = top.saturating_sub(STACK_SIZE.load(SeqCst)).saturating_sub(1 << 20);
    (lowest..=top).contains(&address)
}

fn name(signal: c_int) -> &'static [u8] {
    match signal {
        libc::SIGALRM => b"SIGALRM",
        libc::SIGXCPU => b"SIGXCPU",
        libc::SIGABRT => b"SIGABRT",
        libc::SIGSEGV => b"SIGSEGV",
        libc::SIGBUS => b"SIGBUS",
        _ => b"SIGILL",
    }
}

fn write_line(signal: c_int, tripped: &[u8], flow: &str) {
    let log = LOG.load(SeqCst);
    if log < 0 {
        return;
    }
    let stage = notes::stage_bytes();
    let stage = stage.split(|byte| *byte == 0).next().unwrap_or_default();
    // SAFETY: the gate of TRIPPED lets one handler of the whole process come here, once.
    let desk = unsafe { &mut *DESK.0.get() };
    let used = measure::measure_with(&mut desk.table);
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    // SAFETY: time with a null pointer only returns, getpid always succeeds.
    #[allow(clippy::useless_conversion)] // time_t differs between systems
    let (now, pid) = unsafe { (i64::from(libc::time(std::ptr::null_mut())), i64::from(libc::getpid())) };
    desk.line
        .at(now)
        .number("pid", pid)
        .text("tripped", tripped)
        .text("signal", name(signal))
        .text("flow", flow.as_bytes())
        .text("stage", stage)
        .number("item", notes::item())
        .number("peak_rss_kib", signed(used.peak_rss_kib))
        .number("cpu_ms", signed(used.cpu_ms))
        .number("elapsed_ms", signed(used.elapsed_ms));
    write_all(log, desk.line.end());
}

/// Writes to the end, or until it fails. Async-signal-safe.
fn write_all(descriptor: c_int, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: pointer and length are those of `bytes`.
        let written = unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(0) => return,
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(_) => match std::io::Error::last_os_error().raw_os_error() {
                Some(libc::EINTR) => {}
                Some(libc::EAGAIN) => wait_until_writable(descriptor),
                _ => return,
            },
        }
    }
}

fn wait_until_writable(descriptor: c_int) {
    let mut waiting = libc::pollfd { fd: descriptor, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one valid pollfd; the alarm ends us if this lasts.
    unsafe { libc::poll(&raw mut waiting, 1, 1000) };
}
