//! A program on trial: started under the kernel's limits and a time on the wall, and killed with all its children when
//! that is over. Not the judgement of what it says: update/stage.
//!
//! The limits are set between fork and exec, so that they hold whatever the program does.

#![expect(unsafe_code, reason = "pre_exec: the limits are set between fork and exec")]

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::{Limits, limits};

/// Bytes of output that are read.
const MOST: u64 = 128 * 1024;

/// How a trial ended.
#[derive(Clone, Debug)]
pub struct Trial {
    pub status: ExitStatus,
    pub is_timed_out: bool,
    pub output: String,
    pub errors: String,
}

/// What is tried.
pub struct Candidate<'a> {
    pub program: &'a Path,
    pub arguments: Vec<OsString>,
    /// All of its environment.
    pub variables: Vec<(OsString, OsString)>,
    /// Takes its output for a moment.
    pub folder: &'a Path,
}

impl Trial {
    pub fn is_good(&self) -> bool {
        self.status.success() && !self.is_timed_out
    }

    /// What ended it, e.g. `exit 1`, `signal 9`, `time`.
    pub fn end(&self) -> String {
        match (self.is_timed_out, self.status.code(), self.status.signal()) {
            (true, _, _) => "time".to_string(),
            (_, Some(code), _) => format!("exit {code}"),
            (_, _, Some(signal)) => format!("signal {signal}"),
            _ => "unknown".to_string(),
        }
    }
}

/// Runs it to its end, or to the end of its time.
pub fn run(candidate: &Candidate<'_>, limits: &Limits, wall: Duration) -> std::io::Result<Trial> {
    let [out, err] = ["trial.out", "trial.err"].map(|name| candidate.folder.join(name));
    let tried = start(candidate, limits, &out, &err).and_then(|child| wait(child, wall));
    let read = |path: &Path| -> String {
        let mut bytes = Vec::new();
        let _ = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (output, errors) = (read(&out), read(&err));
    let _ = std::fs::remove_file(&out);
    let _ = std::fs::remove_file(&err);
    let (status, is_timed_out) = tried?;
    Ok(Trial { status, is_timed_out, output, errors })
}

fn start(candidate: &Candidate<'_>, limits: &Limits, out: &Path, err: &Path) -> std::io::Result<Child> {
    let file = |path: &Path| {
        let _ = std::fs::remove_file(path);
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    };
    let mut command = Command::new(candidate.program);
    command.args(&candidate.arguments).env_clear().envs(candidate.variables.iter().cloned());
    // Files, not pipes: who only fills a pipe would wait for us for ever, and nobody need read while it runs.
    command.stdin(Stdio::null()).stdout(file(out)?).stderr(file(err)?).process_group(0);
    let limits = *limits;
    let narrow = move || {
        limits::bind(&limits);
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; these are setrlimit, signal and prctl on
    // copied values, without allocation.
    unsafe {
        command.pre_exec(narrow);
    }
    command.spawn()
}

fn wait(mut child: Child, wall: Duration) -> std::io::Result<(ExitStatus, bool)> {
    let end = Instant::now() + wall;
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let mut pause = Duration::from_millis(2);
    let found = loop {
        if let Some(status) = child.try_wait()? {
            break (status, false);
        }
        if Instant::now() >= end {
            if let Some(group) = group {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            break (child.wait()?, true);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    // What it may have started must not outlive it. The number of a group is not given away while it has members.
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    Ok(found)
}
