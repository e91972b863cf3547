//! One process per part: what tests/guard.rs lets happen to an armed guard, which is armed once per process.
//! Not a program for people: GUARD_PART and GUARD_FOLDER say what to do.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a part of a test")]

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use neo::guard::{self, Budget, Flow, Limits, Stopped};

fn main() {
    let folder = PathBuf::from(std::env::var_os("GUARD_FOLDER").unwrap());
    let flow = |flow: Flow| {
        guard::arm(flow, Limits::for_flow(flow));
        guard::set_log(&folder.join("guard.log")).unwrap();
    };
    let say = |line: &str| println!("\n{line}");
    match std::env::var("GUARD_PART").unwrap().as_str() {
        "child" => {
            flow(Flow::Web);
            let mut shell = Command::new("/bin/sh");
            shell.args([
                "-c",
                "echo \"child $(ulimit -v) $(ulimit -St) $(ulimit -Sn)\"; grep SigIgn /proc/$$/status",
            ]);
            shell.status().unwrap();
            guard::before_child(&mut shell);
            shell.status().unwrap();
        }
        "term" => {
            flow(Flow::Cron);
            let budget = Budget::new(Duration::from_secs(60), 9, 9);
            assert_eq!((guard::finish_requested(), budget.over()), (false, None));
            Command::new("/bin/kill").arg(std::process::id().to_string()).status().unwrap();
            wait_until(guard::finish_requested); // another thread may take the signal
            assert_eq!(budget.over(), Some(Stopped::Finish));
            assert_eq!((budget.spend(1), budget.message()), (Err(Stopped::Finish), Err(Stopped::Finish)));
            say("term survived");
        }
        "panic" => {
            flow(Flow::Web);
            assert!(std::panic::catch_unwind(|| panic!("the {} broke", "boiler")).is_err());
            let note = guard::take_panic().unwrap();
            assert_eq!(note.message, "the boiler broke");
            assert!(note.location.contains("guarded.rs:"), "{note:?}");
            assert_eq!(guard::take_panic(), None);
            say("panic kept");
            std::process::abort(); // not blamed on the panic any more
        }
        "sleep" => {
            guard::stage("tick/deliver");
            flow(Flow::Web);
            std::thread::sleep(Duration::from_secs(20));
        }
        "panic in a panic" => {
            struct Grenade;
            impl Drop for Grenade {
                fn drop(&mut self) {
                    panic!("second");
                }
            }
            flow(Flow::Web);
            let _grenade = Grenade;
            panic!("first");
        }
        "late" => {
            flow(Flow::Web);
            guard::header_sent();
            std::process::abort();
        }
        "cron" => {
            flow(Flow::Cron);
            guard::stage("tick/deliver");
            guard::working_on(4711);
            std::process::abort();
        }
        "thread" => {
            flow(Flow::Web);
            let _ = std::thread::spawn(|| dig(0)).join();
        }
        "adjust" => {
            flow(Flow::Web);
            let usual = Limits::for_flow(Flow::Web);
            assert_eq!(Limits { processes: None, ..guard::in_effect() }, usual);
            guard::adjust(Limits {
                cpu_seconds: 30,
                wall_seconds: Some(60),
                address_space_kib: 160 << 10,
                ..usual
            });
            let now = guard::in_effect();
            assert_eq!((now.cpu_seconds, now.wall_seconds, now.address_space_kib), (30, Some(60), 160 << 10));
            guard::adjust(Limits { cpu_seconds: 3600, ..usual });
            assert_eq!(
                guard::in_effect().cpu_seconds,
                34,
                "a second below the hard limit that was set before"
            );
            std::fs::write(folder.join("private"), "").unwrap();
            say("adjusted");
        }
        "adjusted wall" => {
            flow(Flow::Web);
            std::thread::sleep(Duration::from_millis(1500));
            guard::adjust(Limits { wall_seconds: Some(2), ..Limits::for_flow(Flow::Web) });
            std::thread::sleep(Duration::from_secs(10));
        }
        other => panic!("no part {other}"),
    }
}

fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < deadline, "it never came");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[expect(unconditional_recursion, reason = "that is what is tried")]
fn dig(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    dig(depth + 1) + std::hint::black_box(frame).iter().sum::<u64>()
}
