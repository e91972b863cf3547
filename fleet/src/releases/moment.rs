//! The machine's clocks: wall time, which run of the machine this is, and what it has counted since its start.
//! Not what is concluded from them: evidence.rs.
//!
//! In a rehearsal the wall clock stands where `NEO_FLEET_NOW` says; the count goes with it, unless `NEO_FLEET_UPTIME` and
//! `NEO_FLEET_BOOT` play another machine.

use neo::clock::Instant;

use super::entry::Moment;

/// Now, on this machine.
pub fn machine(at: Instant) -> Moment {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default().trim().to_string();
    let uptime = read("/proc/uptime");
    let whole = uptime.split('.').next().and_then(|seconds| seconds.parse().ok());
    Moment {
        at,
        boot: read("/proc/sys/kernel/random/boot_id"),
        uptime: whole.unwrap_or(0),
        host: read("/proc/sys/kernel/hostname"),
    }
}

/// Now, as it is played.
pub fn rehearsed(at: Instant) -> Moment {
    let variable = |name: &str| std::env::var_os(name).and_then(|value| value.to_str().map(str::to_string));
    Moment {
        at,
        boot: variable("NEO_FLEET_BOOT").unwrap_or_else(|| "rehearsal".to_string()),
        uptime: variable("NEO_FLEET_UPTIME").and_then(|value| value.parse().ok()).unwrap_or(at),
        host: "rehearsal".to_string(),
    }
}
