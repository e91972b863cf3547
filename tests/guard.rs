//! The promise that NEO cannot hurt the host: real runaways in real processes, under the real limits.
//! Not what the tick makes of a trip: that is tests of safe mode.

#![cfg(test)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use neo::guard::history::{self, Trip};

const NEO: &str = env!("CARGO_BIN_EXE_neo");

/// A folder of the test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("neo-guard-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn leftovers(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with("drill")).collect()
    }

    fn trips(&self, log: &str) -> Vec<Trip> {
        let text = std::fs::read_to_string(self.0.join(log)).unwrap();
        text.lines().map(|line| history::parse(line).unwrap_or_else(|| panic!("no trip: {line}"))).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `NEO` behind a shell that first sets the limits of a host, such as `ulimit -v 65536`.
fn neo(folder: &Folder, host: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(format!("{host}\nexec \"$@\"")).arg("sh").arg(NEO).args(arguments);
    command.env("NEO_DATA", &folder.0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn drill(kind: &str, host: &str) -> serde_json::Value {
    let folder = Folder::new();
    let output = neo(&folder, host, &["drill", kind, "--json"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let contract =
        ["after_ms", "kind", "limit_kib", "peak_rss_kib", "reply_complete", "signal", "stopped_by"];
    assert!(names.len() == contract.len() && contract.iter().all(|name| names.contains(name)), "{report}");
    assert_eq!(report["kind"], kind);
    assert_eq!(report["reply_complete"], true, "{report}");
    let (peak, limit) = (report["peak_rss_kib"].as_u64().unwrap(), report["limit_kib"].as_u64().unwrap());
    assert!(peak > 500 && peak < limit, "{report}");
    assert_eq!(folder.leftovers(), Vec::<String>::new());
    assert_eq!(processes_that_name(&folder.0), Vec::<String>::new());
    report
}

fn processes_that_name(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).into_owned())
        .filter(|line| line.contains(folder))
        .collect()
}

#[test]
fn endless_memory_trips_the_brake_below_the_limit() {
    let report = drill("memory", "");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"brake".into(), &"SIGABRT".into()));
    assert!(report["peak_rss_kib"].as_u64().unwrap() > 100 << 10, "it was memory that ran out: {report}");
}

#[test]
fn endless_work_trips_the_brake_at_the_cpu_limit() {
    let report = drill("cpu", "");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"brake".into(), &"SIGXCPU".into()));
    assert!(report["after_ms"].as_u64().unwrap() >= 1900, "{report}");
}

#[test]
fn an_endless_loop_ends_with_its_budget() {
    let report = drill("loop", "");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"budget".into(), &serde_json::Value::Null));
}

#[test]
fn endless_waiting_trips_the_brake_at_the_wall() {
    let report = drill("wall", "");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"brake".into(), &"SIGALRM".into()));
    assert!((1900..10_000).contains(&report["after_ms"].as_u64().unwrap()), "{report}");
}

#[test]
fn endless_recursion_trips_the_brake() {
    let report = drill("stack", "");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"brake".into(), &"SIGSEGV".into()));
}

#[test]
fn endless_recursion_trips_the_brake_where_the_stack_is_not_limited() {
    let report = drill("stack", "ulimit -s unlimited");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"brake".into(), &"SIGSEGV".into()));
}

#[test]
fn an_endless_file_ends_at_the_limit_and_leaves_nothing() {
    let report = drill("disk", "");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"rlimit".into(), &serde_json::Value::Null));
}

#[test]
fn endless_children_end_at_the_limit_and_leave_nobody() {
    let report = drill("processes", "");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"rlimit".into(), &serde_json::Value::Null));
}

#[test]
fn a_host_that_allows_less_memory_is_obeyed() {
    let report = drill("memory", "ulimit -v 65536");
    assert_eq!((&report["stopped_by"], &report["limit_kib"]), (&"brake".into(), &65536.into()));
}

#[test]
fn a_host_that_kills_at_its_cpu_limit_is_forestalled_with_a_complete_reply() {
    let report = drill("cpu", "ulimit -t 2");
    assert_eq!((&report["stopped_by"], &report["signal"]), (&"brake".into(), &"SIGXCPU".into()));
}

#[test]
fn drills_also_hold_for_an_ordinary_user() {
    if !rustix::process::getuid().is_root() {
        return; // then all the tests above ran as one
    }
    let folder = Folder::new();
    std::os::unix::fs::chown(&folder.0, Some(65534), Some(65534)).unwrap();
    let program = folder.0.join("neo"); // the build folder may be closed to others
    std::fs::copy(NEO, &program).unwrap();
    for (kind, ring) in [("memory", "brake"), ("disk", "rlimit"), ("processes", "rlimit"), ("stack", "brake")]
    {
        let output = Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&program)
            .args(["drill", kind, "--json"])
            .env("NEO_DATA", &folder.0)
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect(kind);
        assert_eq!(
            (&report["stopped_by"], &report["reply_complete"]),
            (&ring.into(), &true.into()),
            "{kind}"
        );
    }
    assert_eq!(folder.leftovers(), Vec::<String>::new());
}

/// A runaway that sleeps, once its guard is armed and its log is open.
struct Sleeper {
    child: Child,
    log: String,
}

impl Sleeper {
    fn start(folder: &Folder, host: &str) -> Sleeper {
        let arguments = ["drill-runaway", "wall", folder.0.to_str().unwrap()];
        let child = neo(folder, host, &arguments).env("NEO_DRILL_RUNAWAY", "1").spawn().unwrap();
        let log = format!("drill-{}.log", child.id());
        wait_until(|| folder.0.join(&log).exists());
        Sleeper { child, log }
    }

    /// Soft and hard limit as the kernel shows them.
    fn limit(&self, name: &str) -> (String, String) {
        let table = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id())).unwrap();
        let line = table.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        let mut words = line.split_whitespace().map(str::to_string);
        (words.next().unwrap(), words.next().unwrap())
    }
}

fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < deadline, "it never came");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn is(soft: &str, hard: &str) -> (String, String) {
    (soft.to_string(), hard.to_string())
}

#[test]
fn the_kernel_holds_our_limits() {
    let folder = Folder::new();
    let mut sleeper = Sleeper::start(&folder, "");
    assert_eq!(sleeper.limit("Max address space"), is("134217728", "unlimited"));
    assert_eq!(sleeper.limit("Max cpu time"), is("2", "7"));
    assert_eq!(sleeper.limit("Max file size"), is("1073741824", "1073741824"));
    assert_eq!(sleeper.limit("Max open files"), is("64", "64"));
    assert_eq!(sleeper.limit("Max core file size"), is("0", "0"));
    let ours = std::fs::read_to_string("/proc/self/limits").unwrap();
    let ours = ours.lines().find(|line| line.starts_with("Max processes")).unwrap();
    let (soft, hard) = sleeper.limit("Max processes");
    assert!(ours.contains(&soft) && ours.contains(&hard), "left alone: {ours}, {soft} {hard}");
    sleeper.child.wait().unwrap();
}

#[test]
fn what_the_host_allows_is_never_raised() {
    let folder = Folder::new();
    let mut sleeper = Sleeper::start(&folder, "ulimit -v 65536; ulimit -n 20; ulimit -f 2048; ulimit -t 5");
    assert_eq!(sleeper.limit("Max address space"), is("67108864", "67108864"));
    assert_eq!(sleeper.limit("Max open files"), is("20", "20"));
    assert_eq!(sleeper.limit("Max file size"), is("1048576", "1048576"));
    assert_eq!(sleeper.limit("Max cpu time"), is("2", "5"));
    sleeper.child.wait().unwrap();
}

#[test]
fn a_server_that_starts_us_with_signals_blocked_does_not_disarm_the_brake() {
    let folder = Folder::new();
    let arguments = ["drill-runaway", "wall", folder.0.to_str().unwrap()];
    let host = "exec env --block-signal=ALRM,XCPU,TERM \"$@\"";
    let output = neo(&folder, host, &arguments).env("NEO_DRILL_RUNAWAY", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(output.stdout.ends_with(b"</html>\n"));
}

#[test]
fn the_peak_is_ours_and_not_that_of_whoever_started_us() {
    let big = std::hint::black_box(vec![1_u8; 64 << 20]);
    let folder = Folder::new();
    let mut sleeper = Sleeper::start(&folder, "");
    sleeper.child.wait().unwrap();
    let peak = folder.trips(&sleeper.log)[0].peak_rss_kib;
    assert!(peak > 500 && peak < 32 << 10, "{peak} KiB");
    drop(big);
}

#[test]
fn a_stray_argument_alone_does_not_run_away() {
    let folder = Folder::new();
    let begun = Instant::now();
    let arguments = ["drill-runaway", "wall", folder.0.to_str().unwrap()];
    let output = neo(&folder, "", &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(begun.elapsed() < Duration::from_millis(1900) && folder.leftovers().is_empty());
}

// What follows runs parts of examples/guarded.rs, since a guard is armed once per process.

/// One part of `examples/guarded.rs`, to be run in a process of its own.
fn own_process(part: &str, folder: &Folder) -> Command {
    let program = std::env::current_exe().unwrap();
    let built = program.parent().and_then(Path::parent).unwrap();
    let mut command = Command::new(built.join("examples/guarded"));
    command.env("GUARD_PART", part).env("GUARD_FOLDER", &folder.0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn in_own_process(part: &str, folder: &Folder) -> Output {
    own_process(part, folder).output().unwrap()
}

#[test]
fn a_signal_in_the_middle_leaves_one_line_and_a_whole_page() {
    for (signal, tripped) in [("XCPU", "cpu"), ("ABRT", "memory"), ("ALRM", "wall"), ("BUS", "fault")] {
        let folder = Folder::new();
        let log = folder.0.join("guard.log");
        let sleeper = own_process("sleep", &folder).spawn().unwrap();
        wait_until(|| log.exists());
        let process = sleeper.id();
        Command::new("/bin/kill").arg(format!("-{signal}")).arg(process.to_string()).status().unwrap();
        let output = sleeper.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(75), "{signal}");
        let trips = folder.trips("guard.log");
        assert_eq!(trips.len(), 1);
        let trip = &trips[0];
        assert_eq!((trip.pid, trip.tripped.as_str()), (process, tripped));
        assert_eq!((trip.flow.as_str(), trip.stage.as_str(), trip.item), ("web", "tick/deliver", None));
        assert!(trip.at > 1_700_000_000 && trip.elapsed_ms < 15_000 && trip.peak_rss_kib > 500, "{trip:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let page = text.split_once("Status: 503 Service Unavailable\r\n").expect("a status").1;
        for part in ["\r\nRetry-After: 120\r\n", "\r\nCache-Control: no-store\r\n", "(E4006)", "中断しました"]
        {
            assert!(page.contains(part), "{part}");
        }
        assert!(page.ends_with("</html>\n"), "{page}");
        assert_eq!(std::fs::metadata(log).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_child_gets_the_inherited_limits_back() {
    let output = in_own_process("child", &Folder::new());
    let text = String::from_utf8(output.stdout).unwrap();
    let said: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("child ").map(|(_, rest)| rest)).collect();
    assert_eq!(said, ["131072 10 64", "unlimited 65 256"], "without and with before_child: {text}");
    let ignored: Vec<u64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"))
        .map(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (libc::SIGXFSZ - 1) & 1)
        .collect();
    assert_eq!(ignored, [1, 0], "SIGXFSZ ignored: {text}");
}

#[test]
fn sigterm_asks_to_finish_and_ends_every_budget() {
    let output = in_own_process("term", &Folder::new());
    assert!(output.status.success() && contains(&output.stdout, "term survived"), "{output:?}");
}

#[test]
fn a_caught_panic_is_kept_for_the_incident_and_not_printed() {
    let folder = Folder::new();
    let output = in_own_process("panic", &folder);
    assert!(contains(&output.stdout, "panic kept"), "{output:?}");
    assert_eq!(folder.trips("guard.log")[0].tripped, "memory");
    assert!(!contains(&output.stderr, "boiler") && !contains(&output.stdout, "boiler"), "{output:?}");
}

#[test]
fn a_panic_in_a_panic_trips_the_brake_with_a_page() {
    let folder = Folder::new();
    let output = in_own_process("panic in a panic", &folder);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(contains(&output.stdout, "Status: 503 ") && contains(&output.stdout, "</html>"));
    assert_eq!(folder.trips("guard.log")[0].tripped, "panic");
}

#[test]
fn after_the_header_nothing_is_added_to_the_reply() {
    let folder = Folder::new();
    let output = in_own_process("late", &folder);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(!contains(&output.stdout, "503") && !contains(&output.stdout, "html"), "{output:?}");
    assert_eq!(folder.trips("guard.log").len(), 1);
}

#[test]
fn a_tick_that_is_cut_off_names_its_stage_and_item_and_tells_cron_in_one_line() {
    let folder = Folder::new();
    let output = in_own_process("cron", &folder);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(!contains(&output.stdout, "Status:") && contains(&output.stderr, "(E4006)\n"), "{output:?}");
    let trips = folder.trips("guard.log");
    assert_eq!((trips.len(), trips[0].flow.as_str()), (1, "cron"));
    assert_eq!((trips[0].stage.as_str(), trips[0].item), ("tick/deliver", Some(4711)));
}

#[test]
fn a_thread_that_recurses_trips_the_brake_as_well() {
    let folder = Folder::new();
    let output = in_own_process("thread", &folder);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(contains(&output.stdout, "</html>"), "{output:?}");
    assert_eq!(folder.trips("guard.log")[0].signal, "SIGSEGV");
}

#[test]
fn settings_may_change_the_limits_up_to_the_ceiling_and_files_are_private() {
    let folder = Folder::new();
    let output = in_own_process("adjust", &folder);
    assert!(output.status.success() && contains(&output.stdout, "adjusted"), "{output:?}");
    assert_eq!(std::fs::metadata(folder.0.join("private")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_shorter_wall_from_the_settings_counts_from_the_start() {
    let folder = Folder::new();
    let output = in_own_process("adjusted wall", &folder);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    let trip = &folder.trips("guard.log")[0];
    assert!(trip.tripped == "wall" && (1950..3400).contains(&trip.elapsed_ms), "{trip:?}");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}
