//! One command of a plan: no shell, its own process group, bounded in time and output.
//! Not which one: plan.rs.

use std::ffi::OsString;
use std::io::{PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use neo::error::{Error, Result};
use rustix::process::{Pid, Signal, kill_process_group};

/// As much is kept of the beginning, and of the end, of what a command writes.
const KEPT: usize = 128 * 1024;
/// A command that writes more than this is cut off.
const MOST: u64 = 64 * 1024 * 1024;
/// How long a cut-off command's output is waited for.
const GRACE: Duration = Duration::from_secs(5);

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub exit: Option<i32>,
    /// `time`, `output`, `start` (it could not be started), or `signal N`.
    pub cut_off: Option<String>,
    pub seconds: i64,
    /// Beginning and end, with a line between them if something was left out.
    pub output: Vec<u8>,
    pub length: u64,
}

impl Outcome {
    pub fn passed(&self) -> bool {
        self.exit == Some(0) && self.cut_off.is_none()
    }
}

/// Runs `argv` in `folder` for at most `seconds`.
pub fn run(
    argv: &[String],
    folder: &Path,
    variables: &[(String, OsString)],
    seconds: u64,
) -> Result<Outcome> {
    let started = Instant::now();
    let (program, arguments) =
        argv.split_first().ok_or_else(|| Error::fault("running a check", "no program"))?;
    let fault = |cause| Error::fault("running a check", cause);
    let (reader, writer) = std::io::pipe().map_err(fault)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).process_group(0);
    command.stdout(writer.try_clone().map_err(fault)?).stderr(writer);
    for own in ["NEO_FLEET_DATA", "NEO_FLEET_DATABASE", "NEO_FLEET_NOW", "NEO_FLEET_BOOT", "NEO_FLEET_UPTIME"]
    {
        command.env_remove(own);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let child = match command.spawn() {
        Ok(child) => child,
        Err(cause) => {
            let output = cause.to_string().into_bytes();
            let length = output.len() as u64;
            return Ok(Outcome { exit: None, cut_off: Some("start".into()), seconds: 0, output, length });
        }
    };
    // The writing ends are the child's alone now, or its end would never be seen.
    drop(command);
    let heard = listen(reader);
    let (status, mut cut_off) = wait(child, &heard, started + Duration::from_secs(seconds))?;
    let (output, length) = heard.rest();
    if cut_off.is_none() {
        cut_off = status.signal().map(|signal| format!("signal {signal}"));
    }
    let seconds = i64::try_from(started.elapsed().as_secs()).unwrap_or(i64::MAX);
    Ok(Outcome { exit: status.code(), cut_off, seconds, output, length })
}

/// Waits for the end, or makes it. What the command started and left goes with it.
fn wait(mut child: Child, heard: &Heard, deadline: Instant) -> Result<(ExitStatus, Option<String>)> {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let end = || group.map(|group| kill_process_group(group, Signal::KILL));
    let fault = |cause| Error::fault("waiting for a check", cause);
    loop {
        if let Some(status) = child.try_wait().map_err(fault)? {
            end();
            return Ok((status, None));
        }
        let why = match (heard.is_too_much(), Instant::now() >= deadline) {
            (true, _) => "output",
            (_, true) => "time",
            _ => {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
        };
        end();
        return Ok((child.wait().map_err(fault)?, Some(why.to_string())));
    }
}

/// What a thread hears of the command's output.
struct Heard {
    length: std::sync::Arc<std::sync::atomic::AtomicU64>,
    done: mpsc::Receiver<Vec<u8>>,
}

impl Heard {
    fn length(&self) -> u64 {
        self.length.load(std::sync::atomic::Ordering::Relaxed)
    }
    fn is_too_much(&self) -> bool {
        self.length() > MOST
    }
    /// Something that left the process group may hold the pipe open for ever; it is not waited for.
    fn rest(self) -> (Vec<u8>, u64) {
        let output = self.done.recv_timeout(GRACE).unwrap_or_else(|_| b"[output still open]\n".to_vec());
        (output, self.length())
    }
}

fn listen(mut reader: PipeReader) -> Heard {
    let length = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let (send, done) = mpsc::channel();
    let count = length.clone();
    std::thread::spawn(move || {
        let mut kept = Kept::default();
        let mut piece = vec![0; 1 << 16];
        while let Ok(read @ 1..) = reader.read(&mut piece) {
            count.fetch_add(read as u64, std::sync::atomic::Ordering::Relaxed);
            kept.take(piece.get(..read).unwrap_or_default());
        }
        // Nobody listens any more if the command was given up.
        let _ = send.send(kept.text());
    });
    Heard { length, done }
}

/// The beginning and the end of what goes by.
#[derive(Default)]
struct Kept {
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    left_out: u64,
}

impl Kept {
    fn take(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(KEPT - self.head.len()));
        self.head.extend(head);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..over);
        self.left_out += over as u64;
    }

    fn text(self) -> Vec<u8> {
        let mut text = self.head;
        if self.left_out > 0 {
            text.extend(format!("\n[{} bytes left out]\n", self.left_out).into_bytes());
        }
        text.extend(self.tail);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_here(argv: &[&str], seconds: u64) -> Outcome {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_string()).collect();
        run(&argv, Path::new("/"), &[("NEO_VERSION".into(), "1.2.3".into())], seconds).unwrap()
    }

    #[test]
    fn a_command_gets_its_words_as_they_are_and_says_how_it_ended() {
        let outcome = run_here(&["printf", "%s", "$HOME; exit 3"], 10);
        assert!(outcome.passed());
        assert_eq!(outcome.output, b"$HOME; exit 3");
        assert_eq!(run_here(&["false"], 10).exit, Some(1));
        assert_eq!(run_here(&["sh", "-c", "kill -9 $$"], 10).cut_off.as_deref(), Some("signal 9"));
        assert_eq!(run_here(&["no-such-program-anywhere"], 10).cut_off.as_deref(), Some("start"));
        assert_eq!(run_here(&["printenv", "NEO_VERSION"], 10).output, b"1.2.3\n");
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_all_that_it_started() {
        let outcome = run_here(&["sh", "-c", "sleep 600 & echo $!; sleep 600"], 1);
        assert_eq!(outcome.cut_off.as_deref(), Some("time"));
        assert!(!outcome.passed());
        let child: String = String::from_utf8(outcome.output).unwrap().trim().to_string();
        // It was killed; the system may take a moment to bury it.
        let is_gone = || {
            let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        assert!(
            (0..500).any(|_| is_gone() || {
                std::thread::sleep(Duration::from_millis(10));
                false
            }),
            "{child}"
        );
    }

    #[test]
    fn of_endless_output_the_beginning_and_the_end_are_kept_and_the_command_is_ended() {
        let outcome = run_here(&["yes"], 60);
        assert_eq!(outcome.cut_off.as_deref(), Some("output"));
        assert!(outcome.length > MOST && outcome.output.len() < 2 * KEPT + 100);
        assert!(outcome.output.starts_with(b"y\ny\n"));
    }
}
