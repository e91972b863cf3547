//! What this process has used so far: peak memory, CPU time, time on the wall.
//! Not a history: the tick stores what it wants to keep. Safe to call from a signal handler (no allocation).

#![expect(unsafe_code, reason = "getrusage: std and rustix do not offer it")]

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use serde::Serialize;

static BEGUN: OnceLock<Instant> = OnceLock::new();

/// What was used since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measure {
    pub peak_rss_kib: u64,
    pub cpu_ms: u64,
    pub elapsed_ms: u64,
}

/// Starts the clock of `elapsed_ms`.
pub(super) fn begin() {
    BEGUN.get_or_init(Instant::now);
}

/// Time since the guard was armed.
pub(super) fn elapsed() -> Duration {
    BEGUN.get().map(Instant::elapsed).unwrap_or_default()
}

/// What was used until now.
pub fn measure() -> Measure {
    measure_with(&mut [0; TABLE])
}

/// Bytes of /proc/self/status that are read; the peak stands in the first half.
pub(super) const TABLE: usize = 2048;

/// The same with a given buffer, for a handler whose stack may be small.
pub(super) fn measure_with(table: &mut [u8; TABLE]) -> Measure {
    let usage = usage();
    let milliseconds = |time: libc::timeval| {
        let of = |number: i64| u64::try_from(number).unwrap_or(0);
        // The widths of timeval's fields differ between systems.
        #[allow(clippy::useless_conversion)]
        let (seconds, micros) = (i64::from(time.tv_sec), i64::from(time.tv_usec));
        of(seconds).saturating_mul(1000).saturating_add(of(micros) / 1000)
    };
    Measure {
        peak_rss_kib: high_water_mark(table).unwrap_or_else(|| peak_of(&usage)),
        cpu_ms: milliseconds(usage.ru_utime).saturating_add(milliseconds(usage.ru_stime)),
        elapsed_ms: u64::try_from(elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

fn usage() -> libc::rusage {
    // SAFETY: rusage is plain numbers, for which zero is a value; getrusage writes only into it.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    }
}

/// The peak in KiB from the kernel's accounting (Linux, FreeBSD: KiB; macOS: bytes).
pub(super) fn peak_of(usage: &libc::rusage) -> u64 {
    let unit = if cfg!(target_vendor = "apple") { 1024 } else { 1 };
    u64::try_from(usage.ru_maxrss).unwrap_or(0) / unit
}

/// `VmHWM` of /proc/self/status. Preferred, since ru_maxrss survives exec and so shows the peak of whoever started us.
fn high_water_mark(table: &mut [u8; TABLE]) -> Option<u64> {
    let file =
        rustix::fs::open(c"/proc/self/status", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let length = rustix::io::read(&file, &mut table[..]).ok()?;
    number_after(table.get(..length)?, b"VmHWM:")
}

fn number_after(text: &[u8], name: &[u8]) -> Option<u64> {
    let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(name))?;
    let digits =
        line.iter().skip_while(|byte| !byte.is_ascii_digit()).take_while(|byte| byte.is_ascii_digit());
    Some(
        digits
            .fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_from_the_kernels_table() {
        let table = b"Name:\tneo\nVmPeak:\t  999 kB\nVmHWM:\t    5124 kB\nVmRSS:\t 12 kB\n";
        assert_eq!(number_after(table, b"VmHWM:"), Some(5124));
        assert_eq!(number_after(b"Name:\tneo\n", b"VmHWM:"), None);
    }

    #[test]
    fn memory_that_was_touched_shows_in_the_peak() {
        let before = measure().peak_rss_kib;
        let block = std::hint::black_box(vec![1_u8; 32 << 20]);
        assert!(measure().peak_rss_kib >= before.max(32 << 10), "{} then {:?}", before, measure());
        drop(block);
    }
}
