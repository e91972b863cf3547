//! A newer NEO for tests of updates: it passes its test on a copy, and then fails on the site as its mark says.
//! Not a part of what is uploaded. Tests write version and fault into the file; see tests/support/updates.rs.

#![expect(unsafe_code, reason = "a real write to nowhere")]
#![allow(clippy::panic, clippy::disallowed_methods, reason = "it is built to fail")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use neo::guard::watch::{self, Start};
use neo::guard::{self, Flow, Limits};

/// `@(#)fault=WORD` and spaces.
#[used]
static FAULT: [u8; 40] = *b"@(#)fault=none                          ";

fn main() -> ExitCode {
    let start = watch::begin();
    let fault = std::str::from_utf8(std::hint::black_box(&FAULT)).unwrap_or_default();
    let fault = fault.trim_start_matches("@(#)fault=").trim().to_string();
    if !is_test() && is_run() {
        fail(&fault, &start);
    }
    neo::start::run(start)
}

/// On a copy of the data it behaves.
fn is_test() -> bool {
    let is_copy = std::env::var_os("NEO_DATA").is_some_and(|data| Path::new(&data).ends_with("update/copy"));
    is_copy || std::env::args_os().any(|argument| argument == "self-test")
}

/// Requests and ticks.
fn is_run() -> bool {
    let is_web = std::env::var_os("GATEWAY_INTERFACE").is_some();
    is_web || std::env::args_os().any(|argument| argument == "tick")
}

fn data() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or(Path::new("/")).join("data")
}

fn fail(fault: &str, start: &Start) {
    if !matches!(start, Start::Watched) {
        return;
    }
    match fault {
        "loop" => {
            arm();
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(30) {
                std::hint::spin_loop();
            }
        }
        "memory" => {
            arm();
            let mut hoard = Vec::new();
            for _ in 0..4096 {
                hoard.push(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
        }
        // SAFETY: there is none; the kernel ends us.
        "segfault" => unsafe { std::ptr::null_mut::<u8>().write_volatile(1) },
        "exit" => std::process::exit(1),
        "panic" => panic!("as asked"),
        // A format that the former program does not know, or one on which it can work, and then the end.
        "newer" => {
            migrate(false);
            std::process::exit(1)
        }
        "newer-readable" => {
            migrate(true);
            std::process::exit(1)
        }
        "damage" => {
            let _ = std::fs::write(data().join("neo.sqlite"), "no database any more".repeat(500));
            for ending in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(data().join(format!("neo.sqlite{ending}")));
            }
            std::process::exit(1)
        }
        _ => {}
    }
}

/// Short limits, and a log for what they cut off; who came by web gets the page of that.
fn arm() {
    let flow = if std::env::var_os("GATEWAY_INTERFACE").is_some() { Flow::Web } else { Flow::Cron };
    let usual = Limits::for_flow(flow);
    guard::arm(flow, Limits { cpu_seconds: 2, address_space_kib: 96 << 10, ..usual });
    let _ = guard::set_log(&data().join("guard.log"));
    guard::stage("tick/deliver");
}

/// What a migration would do that this program's successor has.
fn migrate(is_readable: bool) {
    let newest = neo::store::migrations::newest();
    let Ok(connection) = rusqlite::Connection::open(data().join("neo.sqlite")) else { return };
    let _ = connection.execute_batch("create table if not exists of_the_next_version (x integer)");
    let readable_from = if is_readable { newest } else { newest + 1 };
    let _ = connection.execute(
        "update settings set value = ?1 where key = 'format_readable_from'",
        [readable_from.to_string()],
    );
    let _ = connection.pragma_update(None, "user_version", newest + 1);
}
