//! Updates that are cut off: killed at any moment, on a full disk, by a power cut between any two steps. There is always
//! a program that runs, the data is whole, and the next tick finishes the work. Not what an update does: update.rs.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/updates.rs"]
mod updates;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use updates::{Manner, NEW, OLD, Rig, next_version, pause, started};

/// xorshift: the same kills for the same seed, which stands in every message.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn seed() -> u64 {
    std::env::var("NEO_UPDATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_090_114)
}

fn kills() -> usize {
    std::env::var("NEO_UPDATE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(40)
}

fn offered(fault: &str) -> Rig {
    let rig = Rig::new();
    rig.publish(NEW, &next_version(NEW, fault), |_| ());
    rig
}

/// A site on which the new version is installed and watched.
fn installed(fault: &str) -> Rig {
    let rig = offered(fault);
    rig.ok(&["update", "--apply"]);
    assert_eq!(rig.running(), NEW);
    rig
}

fn state(rig: &Rig) -> Value {
    serde_json::from_str(&std::fs::read_to_string(rig.update().join("state.json")).unwrap()).unwrap()
}

fn put_state(rig: &Rig, state: &Value) {
    std::fs::write(rig.update().join("state.json"), state.to_string()).unwrap();
}

/// The present program is one of the two, whole.
fn check_program(rig: &Rig, when: &str) -> String {
    let output = rig.run(&["version"]);
    assert!(output.status.success(), "{when}: {:?}", output.status);
    let version = String::from_utf8(output.stdout).unwrap().trim().trim_start_matches("neo ").to_string();
    assert!([OLD, NEW].contains(&version.as_str()), "{when}: {version}");
    version
}

/// The next ticks finish the work; the update that was asked for is in place.
fn check_finishes(rig: &mut Rig, when: &str) {
    for _ in 0..6 {
        rig.now += 1800;
        rig.run(&["tick"]);
        if rig.running() == NEW && rig.status()["work"]["step"] != "place" {
            break;
        }
    }
    assert_eq!(rig.running(), NEW, "{when}: {}", rig.status());
    rig.check_works(when);
    rig.watch_it_through();
    assert!(!rig.watch().exists(), "{when}");
    rig.check_works(when);
    rig.check_no_leftovers(when);
}

#[test]
fn a_kill_at_any_moment_leaves_a_site_that_works_and_an_update_that_goes_on() {
    let mut chance = Chance(seed());
    let mut rig = offered("none");
    // How long it takes when nobody disturbs it.
    let begun = Instant::now();
    rig.ok(&["update", "--apply"]);
    let whole = u64::try_from(begun.elapsed().as_micros()).unwrap();
    let (mut killed, mut round) = (0, 0);
    while killed < kills() {
        round += 1;
        rig = offered("none");
        let when = |killed| format!("seed {}, round {round}, kill {killed}", seed());
        // Later kills of a round find less left to do. Five times cut off in its test, and a program is refused.
        for _ in 0..4 {
            let mut apply = started(&mut rig.command(&["update", "--apply"]));
            pause(chance.below(whole));
            let _ = apply.kill();
            let ended = apply.wait().unwrap();
            killed += usize::from(ended.signal().is_some());
            check_program(&rig, &when(killed));
            let (status, page) = rig.get("/f/news");
            assert!(status.ends_with("200 OK") && page.contains("</html>"), "{}: {status}", when(killed));
            rig.check_readers(&when(killed));
        }
        // What the kills interrupted as tries is not counted against the update.
        rig.run(&["update", "--apply"]);
        check_finishes(&mut rig, &when(killed));
    }
}

#[test]
fn a_kill_during_the_way_back_leaves_a_program_and_the_next_start_goes_on() {
    let mut chance = Chance(seed());
    for round in 0..8 {
        let fault = if round % 2 == 0 { "exit" } else { "newer" };
        let rig = installed(fault);
        rig.run(&["tick"]);
        rig.run(&["tick"]);
        let when = format!("seed {}, round {round}", seed());
        for _ in 0..4 {
            let mut version = started(&mut rig.command(&["version"]));
            pause(chance.below(120_000));
            let _ = version.kill();
            version.wait().unwrap();
        }
        assert_eq!(check_program(&rig, &when), OLD, "{when}");
        let (status, _) = rig.get("/f/news");
        assert!(status.ends_with("200 OK"), "{when}: {status}");
        assert_eq!(rig.outcomes(), ["installed", "rolled-back"], "{when}");
        rig.check_readers(&when);
        rig.check_no_leftovers(&when);
        assert!(!rig.data().join("restore").exists(), "{when}");
    }
}

/// What lies on the disk after a power cut at each step of the procedure; `new` is the new program's bytes.
type Cut = (&'static str, fn(&Rig, &[u8]));

const CUTS: &[Cut] = &[
    ("while the state was written", |rig, _| {
        std::fs::write(rig.update().join("state.tmp"), "{\"held\":").unwrap();
        back_to(rig, "download");
    }),
    ("the state is lost, the file half fetched", |rig, new| {
        back_to(rig, "download");
        std::fs::write(rig.update().join("new.part"), &new[..new.len() / 2]).unwrap();
        std::fs::write(rig.update().join("state.json"), "").unwrap();
    }),
    ("half fetched, and its end never reached the disk", |rig, new| {
        back_to(rig, "download");
        let mut half = new[..new.len() / 2].to_vec();
        half.extend_from_slice(&[0; 4096]);
        std::fs::write(rig.update().join("new.part"), half).unwrap();
    }),
    ("fetched, not yet renamed", |rig, new| {
        back_to(rig, "download");
        std::fs::write(rig.update().join("new.part"), new).unwrap();
    }),
    ("fetched and renamed, not written down", |rig, new| {
        back_to(rig, "download");
        std::fs::write(rig.update().join("new"), new).unwrap();
    }),
    ("a backup half made", |rig, new| {
        back_to(rig, "copy");
        std::fs::write(rig.update().join("new"), new).unwrap();
        std::fs::write(rig.data().join("backups/before-update-20090101-000000.part"), "half").unwrap();
    }),
    ("the copy half made", |rig, new| {
        back_to(rig, "copy");
        std::fs::write(rig.update().join("new"), new).unwrap();
        std::fs::create_dir(rig.update().join("copy")).unwrap();
        std::fs::write(rig.update().join("copy/neo.sqlite"), "half").unwrap();
    }),
    ("the copy is there, the test not begun or cut off", |rig, new| {
        back_to(rig, "test");
        std::fs::write(rig.update().join("new"), new).unwrap();
        std::fs::create_dir(rig.update().join("copy")).unwrap();
        std::fs::write(rig.update().join("copy/copy.json"), "").unwrap();
        std::fs::write(rig.update().join("trial.out"), "half").unwrap();
    }),
    ("the test is noted, the copy gone", |rig, new| {
        back_to(rig, "test");
        std::fs::write(rig.update().join("new"), new).unwrap();
    }),
    ("passed, nothing put in place", |rig, new| {
        back_to(rig, "place");
        std::fs::write(rig.update().join("new"), new).unwrap();
    }),
    ("passed, and the new file is damaged since", |rig, new| {
        back_to(rig, "place");
        std::fs::write(rig.update().join("new"), &new[..new.len() / 2]).unwrap();
    }),
    ("the present program has its second name", |rig, new| {
        back_to(rig, "place");
        std::fs::write(rig.update().join("new"), new).unwrap();
        std::fs::hard_link(rig.program(), rig.update().join("previous")).unwrap();
        std::fs::hard_link(rig.program(), rig.update().join("previous.tmp")).unwrap();
    }),
    ("the watch lies there, the program is the old one", |rig, new| {
        let watch = std::fs::read(rig.watch()).unwrap();
        back_to(rig, "place");
        std::fs::write(rig.update().join("new"), new).unwrap();
        std::fs::write(rig.watch(), watch).unwrap();
    }),
    ("renamed, not written down", |rig, _| {
        let mut state = state(rig);
        state["work"]["step"] = json!("place");
        state["history"] = json!([]);
        put_state(rig, &state);
    }),
    ("renamed, and the state is lost", |rig, _| {
        std::fs::write(rig.update().join("state.json"), "\0\0\0\0").unwrap();
    }),
    ("renamed, and the watch is lost", |rig, _| std::fs::remove_file(rig.watch()).unwrap()),
    ("renamed, and the watch is no watch", |rig, _| std::fs::write(rig.watch(), "neo-wat").unwrap()),
];

/// Undoes an installation up to a step: the old program is in place, and nothing of the new one is left.
fn back_to(rig: &Rig, step: &str) {
    std::fs::rename(rig.update().join("previous"), rig.program()).unwrap();
    std::fs::remove_file(rig.watch()).unwrap();
    let mut state = state(rig);
    state["work"]["step"] = json!(step);
    state["wanted"] = json!(NEW);
    state["history"] = json!([]);
    if ["download", "copy"].contains(&step) {
        state["previous"] = Value::Null;
    }
    put_state(rig, &state);
}

#[test]
fn a_power_cut_between_any_two_steps_leaves_a_site_that_works_and_an_update_that_goes_on() {
    let new = next_version(NEW, "none");
    for (when, cut) in CUTS {
        let mut rig = installed("none");
        // Where the state is lost, so is the owner's word.
        rig.update_by_itself();
        cut(&rig, &new);
        check_program(&rig, when);
        rig.check_works(when);
        check_finishes(&mut rig, when);
    }
}

#[test]
fn a_power_cut_on_the_way_back_is_finished_by_the_next_start() {
    let append = |rig: &Rig, line: &str| {
        let text = std::fs::read_to_string(rig.watch()).unwrap() + line;
        std::fs::write(rig.watch(), text).unwrap();
    };
    type Way = (&'static str, Box<dyn Fn(&Rig)>);
    let ways: Vec<Way> = vec![
        ("ordered, not renamed", Box::new(move |rig| append(rig, "r 1 failed\n"))),
        (
            "renamed, not settled",
            Box::new(move |rig| {
                append(rig, "r 1 failed\n");
                std::fs::rename(rig.update().join("previous"), rig.program()).unwrap();
            }),
        ),
        (
            "renamed, and the state is lost",
            Box::new(move |rig| {
                append(rig, "r 1 failed\n");
                std::fs::rename(rig.update().join("previous"), rig.program()).unwrap();
                std::fs::remove_file(rig.update().join("state.json")).unwrap();
            }),
        ),
    ];
    for (when, way) in ways {
        let rig = installed("none");
        way(&rig);
        rig.check_works(when);
        assert_eq!(rig.running(), OLD, "{when}");
        assert!(!rig.watch().exists(), "{when}");
        assert_eq!(rig.outcomes().last().unwrap(), "rolled-back", "{when}");
        rig.check_no_leftovers(when);
    }
}

#[test]
fn a_former_program_that_is_gone_keeps_the_present_one_at_work() {
    let rig = installed("none");
    std::fs::remove_file(rig.update().join("previous")).unwrap();
    let text = std::fs::read_to_string(rig.watch()).unwrap() + "r 1 failed\n";
    std::fs::write(rig.watch(), text).unwrap();
    let (status, _) = rig.get("/f/news");
    assert!(status.ends_with("200 OK"));
    assert_eq!(rig.running(), NEW);
}

#[test]
fn files_that_may_not_grow_stop_an_update_and_nothing_else() {
    let size = next_version(NEW, "none").len() / 1024;
    for kib in [1, 64, 700, size / 2, size - 1] {
        let mut rig = offered("none");
        let when = format!("files of {kib} KiB");
        let mut limited = Command::new("sh");
        // The shell counts blocks of 512 bytes.
        let line = format!("ulimit -f {}; exec \"$0\" update --apply", kib * 2);
        limited.args(["-c", &line]).arg(rig.program()).current_dir(&rig.root).env_clear();
        limited.env("PATH", "/usr/bin:/bin").env("NEO_TESTING_NOW", rig.now.to_string());
        limited.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = started(&mut limited).wait_with_output().unwrap();
        assert!(!output.status.success(), "{when}");
        assert_eq!(check_program(&rig, &when), OLD);
        rig.check_works(&when);
        rig.run(&["update", "--apply"]);
        check_finishes(&mut rig, &when);
    }
}

/// Needs a file system of its own, so root; elsewhere it proves nothing and says so.
#[test]
fn a_full_disk_stops_an_update_and_the_site_goes_on_when_there_is_room_again() {
    let root = std::env::temp_dir().join(format!("neo-full-{}", std::process::id()));
    std::fs::create_dir_all(&root).unwrap();
    let program = next_version(NEW, "none").len();
    let size = format!("size={}k", (program * 5 + (60 << 20)) / 1024);
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&root).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("no right to mount a small file system: not tried");
        std::fs::remove_dir_all(&root).unwrap();
        return;
    }
    let tried = std::panic::catch_unwind(|| fill_disk(&root, program));
    let unmounted = Command::new("umount").arg("-l").arg(&root).status().unwrap();
    let _ = std::fs::remove_dir_all(&root);
    assert!(unmounted.success());
    if let Err(panic) = tried {
        std::panic::resume_unwind(panic);
    }
}

fn fill_disk(root: &Path, program: usize) {
    for free in
        [16, 200, 1000, program / 2048, program / 1024 + 40, program / 1024 + 400, program / 1024 + 20_000]
    {
        let mut rig = Rig::at(root.join(format!("site-{free}")));
        rig.publish(NEW, &next_version(NEW, "none"), |_| ());
        let when = format!("{free} KiB free");
        let filler = root.join("filler");
        fill(&filler, root, free);
        rig.run(&["update", "--apply"]);
        let ran = check_program(&rig, &when);
        let (status, _) = rig.get("/admin/login");
        assert!(!status.is_empty(), "{when}: an answer");
        std::fs::remove_file(&filler).unwrap();
        assert!(ran == OLD || free > program / 1024, "{when}");
        rig.check_works(&when);
        rig.run(&["update", "--apply"]);
        check_finishes(&mut rig, &when);
    }
}

/// Leaves so many KiB.
fn fill(filler: &Path, root: &Path, free: usize) {
    let found = rustix::fs::statvfs(root).unwrap();
    let left = usize::try_from(found.f_bavail * found.f_frsize).unwrap();
    std::fs::write(filler, vec![1_u8; left.saturating_sub(free * 1024)]).unwrap();
}

#[test]
fn two_at_once_do_not_disturb_each_other_and_requests_go_on_throughout() {
    let mut rig = offered("none");
    rig.behave(Manner::Ranges);
    let mut both: Vec<_> = (0..2).map(|_| started(&mut rig.command(&["update", "--apply"]))).collect();
    let deadline = Instant::now() + Duration::from_secs(60);
    while both.iter_mut().any(|one| one.try_wait().unwrap().is_none()) && Instant::now() < deadline {
        let (status, page) = rig.get("/f/news");
        assert!(status.ends_with("200 OK") && page.contains("</html>"), "{status}");
    }
    for mut one in both {
        let _ = one.kill();
        one.wait().unwrap();
    }
    check_finishes(&mut rig, "two at once");
    assert_eq!(std::fs::metadata(rig.program()).unwrap().permissions().mode() & 0o777, 0o705);
}

/// What a power cut leaves depends on what was forced to the disk before: so the order of the calls is looked at. Where
/// there is no strace it proves nothing and says so.
#[test]
fn every_file_is_on_the_disk_before_it_gets_its_name_and_every_name_before_the_next_step() {
    let rig = offered("none");
    let log = rig.root.join("trace");
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-qq", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2", "-o"]).arg(&log);
    traced.arg(rig.program()).args(["update", "--apply"]).current_dir(&rig.root).env_clear();
    traced.env("PATH", "/usr/bin:/bin").env("NEO_TESTING_NOW", rig.now.to_string());
    let Ok(output) = traced.stdout(Stdio::piped()).stderr(Stdio::piped()).output() else {
        eprintln!("no strace: not looked at");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    let calls: Vec<Call> = trace.lines().filter_map(call).collect();
    let swap =
        Call::Rename(rig.update().join("new").display().to_string(), rig.program().display().to_string());
    assert!(calls.contains(&swap), "{trace}");
    for (place, one) in calls.iter().enumerate() {
        let Call::Rename(from, to) = one else { continue };
        // A second name of a file that was always there, and a trial of whether renaming works.
        if from.ends_with("previous.tmp") || from.contains("probe-") || from.contains("/copy/") {
            continue;
        }
        // The new program's file was forced to the disk when it was whole, under its name of then.
        let names = [from.clone(), from.replace("update/new", "update/new.part")];
        let is_synced =
            calls[..place].iter().any(|call| matches!(call, Call::Sync(file) if names.contains(file)));
        assert!(is_synced, "{from} was not on the disk before it was called {to}\n{trace}");
        let folder = Path::new(to).parent().unwrap().display().to_string();
        let next = calls[place + 1..].iter().position(|call| matches!(call, Call::Rename(..)));
        let until = next.map_or(calls.len(), |next| place + 1 + next);
        let is_named = calls[place..until].contains(&Call::Sync(folder.clone()));
        assert!(is_named, "the name {to} was not on the disk before the next step\n{trace}");
    }
}

#[derive(PartialEq)]
enum Call {
    Sync(String),
    Rename(String, String),
}

fn call(line: &str) -> Option<Call> {
    if line.contains("sync(") {
        return Some(Call::Sync(line.split_once('<')?.1.split_once('>')?.0.to_string()));
    }
    let names: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    match names.as_slice() {
        [from, to] if line.contains("rename") => Some(Call::Rename((*from).to_string(), (*to).to_string())),
        _ => None,
    }
}
