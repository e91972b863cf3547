//! The kernel's limits: address space, CPU, file size, open files, no core dumps; never above what we inherited.
//! Not the wall clock, which is a timer of the brake.

#![expect(unsafe_code, reason = "pre_exec: a child gets its limits back between fork and exec")]

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

use super::Flow;

/// Seconds between SIGXCPU, where the brake answers, and the kernel's SIGKILL.
const CPU_GRACE: u64 = 5;

/// The resources that we lower and give back to children.
const LOWERED: [Resource; 6] =
    [Resource::As, Resource::Cpu, Resource::Fsize, Resource::Nofile, Resource::Core, Resource::Nproc];

/// Bytes that a file may have whatever the limits say: the database's own size, and as much again.
static ROOM: AtomicU64 = AtomicU64::new(0);

static INHERITED: OnceLock<[Rlimit; LOWERED.len()]> = OnceLock::new();

/// How much one process may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub address_space_kib: u64,
    pub cpu_seconds: u64,
    /// `None`: no wall clock.
    pub wall_seconds: Option<u64>,
    pub file_size_mib: u64,
    pub open_files: u64,
    /// Counts all processes of the account, so it is left alone unless the account is known to be ours alone.
    pub processes: Option<u64>,
}

impl Limits {
    /// The defaults of `flow`, which settings may change up to [`Limits::ceiling`].
    pub fn for_flow(flow: Flow) -> Limits {
        let (cpu_seconds, wall_seconds) = match flow {
            Flow::Web => (10, Some(25)),
            Flow::Cron => (20, Some(50)),
            Flow::Command => (20, None),
            Flow::Drill => (2, Some(10)),
        };
        // FreeBSD's malloc maps more address space than it uses.
        let address_space_kib = if cfg!(target_os = "freebsd") { 256 << 10 } else { 128 << 10 };
        Limits {
            address_space_kib,
            cpu_seconds,
            wall_seconds,
            file_size_mib: 1024,
            open_files: 64,
            processes: None,
        }
    }

    /// These limits with the owner's wishes, as far as the ceiling goes.
    #[must_use]
    pub fn wished(self, flow: Flow, memory_mib: u64, cpu_seconds: u64, wall_seconds: u64) -> Limits {
        let ceiling = Limits::ceiling(flow);
        Limits {
            address_space_kib: memory_mib.saturating_mul(1024).min(ceiling.address_space_kib),
            cpu_seconds: cpu_seconds.min(ceiling.cpu_seconds),
            wall_seconds: self
                .wall_seconds
                .map(|_| wall_seconds.min(ceiling.wall_seconds.unwrap_or(wall_seconds))),
            ..self
        }
    }

    /// The most that a setting may ask for: the hard limits until the settings are read.
    pub fn ceiling(flow: Flow) -> Limits {
        let usual = Limits::for_flow(flow);
        let (cpu_seconds, wall_seconds) = match flow {
            Flow::Web => (60, Some(120)),
            Flow::Cron => (120, Some(600)),
            Flow::Command => (3600, None),
            Flow::Drill => return usual,
        };
        Limits {
            address_space_kib: 1 << 20,
            cpu_seconds,
            wall_seconds,
            file_size_mib: 16 << 10,
            open_files: 256,
            ..usual
        }
    }
}

/// Applies `soft`, with hard limits at `hard`; neither above what was inherited. Also umask 077.
///
/// A refusal is not an error: some sandboxes forbid the call. `in_effect` tells what holds.
pub(super) fn apply(soft: &Limits, hard: &Limits) {
    inherited();
    umask(Mode::from_raw_mode(0o077));
    let mebibytes = |count: u64| count.saturating_mul(1 << 20);
    narrow(Resource::As, soft.address_space_kib.saturating_mul(1024), None);
    narrow(Resource::Cpu, soft.cpu_seconds, Some(hard.cpu_seconds.saturating_add(CPU_GRACE)));
    let room = |mebibytes_allowed| mebibytes(mebibytes_allowed).max(ROOM.load(Relaxed));
    narrow(Resource::Fsize, room(soft.file_size_mib), Some(room(hard.file_size_mib)));
    narrow(Resource::Nofile, soft.open_files, Some(hard.open_files));
    narrow(Resource::Core, 0, Some(0));
    if let Some(processes) = soft.processes {
        narrow(Resource::Nproc, processes, None);
    }
}

/// Lets a database that is `length` bytes long be written, and doubled, e.g. by a migration. A write beyond the limit
/// fails in SQLite's checkpoints, silently: the write-ahead log would grow for ever and be copied at every commit.
pub fn make_room_for(length: u64) {
    let room = length.saturating_mul(2);
    ROOM.fetch_max(room, Relaxed);
    if getrlimit(Resource::Fsize).current.is_some_and(|soft| soft < room) {
        narrow(Resource::Fsize, room, None);
    }
}

/// Sets one resource; `firm` is the hard limit, or `None` to leave it, since a child may need more.
fn narrow(resource: Resource, wanted: u64, firm: Option<u64>) {
    let maximum = least(getrlimit(resource).maximum, firm);
    let mut current = least(least(Some(wanted), inherited_soft(resource)), maximum);
    if resource == Resource::Cpu && current == maximum {
        // At the hard limit the kernel kills at once: keep a second for the brake to answer.
        current = current.map(|seconds| seconds.saturating_sub(1).max(1));
    }
    let _ = setrlimit(resource, Rlimit { current, maximum });
}

/// The smaller of two limits, where `None` is "no limit".
fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn inherited() -> &'static [Rlimit; LOWERED.len()] {
    INHERITED.get_or_init(|| LOWERED.map(getrlimit))
}

fn inherited_soft(resource: Resource) -> Option<u64> {
    LOWERED
        .iter()
        .zip(inherited())
        .find(|(known, _)| **known == resource)
        .and_then(|(_, limit)| limit.current)
}

/// The address space that we were given.
pub(super) fn inherited_address_space_kib() -> u64 {
    inherited_soft(Resource::As).map_or(u64::MAX, |bytes| bytes / 1024)
}

/// The limits that hold now, for the Guard page and the doctor. "No limit" is `u64::MAX`, or `None` where it can be.
pub fn in_effect() -> Limits {
    let soft = |resource| getrlimit(resource).current;
    let scaled = |resource, unit| soft(resource).map_or(u64::MAX, |limit| limit / unit);
    Limits {
        address_space_kib: scaled(Resource::As, 1024),
        cpu_seconds: scaled(Resource::Cpu, 1),
        wall_seconds: super::brake::wall_in_effect(),
        file_size_mib: scaled(Resource::Fsize, 1 << 20),
        open_files: scaled(Resource::Nofile, 1),
        processes: soft(Resource::Nproc),
    }
}

/// Binds this process, and all that it becomes, to `limits`: soft and hard. Async-signal-safe.
pub(super) fn bind(limits: &Limits) {
    let room = limits.file_size_mib.saturating_mul(1 << 20).max(ROOM.load(Relaxed));
    let wanted = [
        (Resource::As, limits.address_space_kib.saturating_mul(1024)),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Fsize, room),
        (Resource::Nofile, limits.open_files),
        (Resource::Core, 0),
    ];
    for (resource, wanted) in wanted {
        let bound = least(getrlimit(resource).maximum, Some(wanted));
        let _ = setrlimit(resource, Rlimit { current: bound, maximum: bound });
    }
    super::brake::heed_file_size_signal();
}

/// Gives `command` the inherited soft limits back (as far as the hard ones allow), and SIGXFSZ its default:
/// a host's sendmail may need more memory than we allow ourselves.
pub fn before_child(command: &mut Command) {
    let inherited = *inherited();
    let give_back = move || {
        for (resource, limit) in LOWERED.into_iter().zip(inherited) {
            let maximum = getrlimit(resource).maximum;
            let _ = setrlimit(resource, Rlimit { current: least(limit.current, maximum), maximum });
        }
        super::brake::heed_file_size_signal();
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; these are getrlimit, setrlimit and
    // signal on copied values, without allocation.
    unsafe {
        command.pre_exec(give_back);
    }
}
