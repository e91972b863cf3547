//! Hands mails to the host's sendmail program, one process a mail.
//! Not a shell: the program comes from a fixed list, and nothing in a mail becomes an option.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::reply::tidy;
use super::{BeforeChild, Envelope, Outcome, Transport, Trouble, is_return_path};
use crate::domain::bounce::Stage;

const COMPLAINT_LIMIT: usize = 2048;
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

pub(super) struct Sendmail {
    program: PathBuf,
    timeout: Duration,
    before_child: BeforeChild,
}

/// How far a child came.
struct Ending {
    status: Option<ExitStatus>,
    was_fed: bool,
    complaint: String,
}

impl Sendmail {
    pub(super) fn new(program: PathBuf, timeout: Duration, before_child: BeforeChild) -> Sendmail {
        Sendmail { program, timeout, before_child }
    }

    fn start(&self, envelope: &Envelope<'_>) -> io::Result<Child> {
        // An empty return path has to be said; without -f the mail would come from the web server's user.
        let from = if envelope.from.is_empty() { "<>" } else { envelope.from };
        let mut command = Command::new(&self.program);
        command
            .args(["-i", "-f", from, "--", envelope.to.as_str()])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        (self.before_child)(&mut command);
        command.spawn()
    }
}

impl Transport for Sendmail {
    fn deliver(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> Result<Outcome, Trouble> {
        if !is_return_path(envelope.from) {
            return Err(Trouble::Unreachable(tidy(&format!("return path: {}", envelope.from))));
        }
        let mut child = self
            .start(envelope)
            .map_err(|why| Trouble::Unreachable(tidy(&format!("{}: {why}", self.program.display()))))?;
        let ending = attend(&mut child, &unix_lines(message), Instant::now() + self.timeout);
        judge(ending)
    }

    fn close(&mut self) {}

    fn name(&self) -> &'static str {
        "sendmail"
    }
}

/// Feeds the child and waits for it, until the deadline ends it. No pipe can block: a child that does not read would
/// otherwise hold us for ever, and threads are counted by the host like processes.
fn attend(child: &mut Child, message: &[u8], deadline: Instant) -> Ending {
    let mut mouth = child.stdin.take().filter(never_blocks);
    let mut complaints = child.stderr.take().filter(never_blocks);
    let mut rest = message;
    let mut complaint = Vec::new();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        let moved = feed(&mut mouth, &mut rest);
        listen(&mut complaints, &mut complaint);
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < deadline => {}
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
        }
        if moved {
            continue;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    };
    listen(&mut complaints, &mut complaint);
    let complaint = tidy(&String::from_utf8_lossy(&complaint));
    Ending { status, was_fed: rest.is_empty(), complaint }
}

/// Writes what the child takes now; at the end of the mail, or when the child no longer reads, the pipe is closed.
fn feed(mouth: &mut Option<impl Write>, rest: &mut &[u8]) -> bool {
    let Some(pipe) = mouth else { return false };
    match pipe.write(rest) {
        Ok(length) => {
            *rest = rest.get(length..).unwrap_or_default();
            if rest.is_empty() {
                *mouth = None;
            }
            true
        }
        Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => false,
        Err(_) => {
            *mouth = None;
            false
        }
    }
}

/// Takes what the child says on its error channel; all of it, but only the beginning is kept.
fn listen(complaints: &mut Option<impl Read>, kept: &mut Vec<u8>) {
    let Some(pipe) = complaints else { return };
    let mut chunk = [0; 1024];
    for _ in 0..64 {
        let Ok(length @ 1..) = pipe.read(&mut chunk) else { return };
        let room = COMPLAINT_LIMIT.saturating_sub(kept.len());
        kept.extend_from_slice(chunk.get(..length.min(room)).unwrap_or_default());
    }
}

fn judge(ending: Ending) -> Result<Outcome, Trouble> {
    let Ending { status, was_fed, complaint } = ending;
    let Some(status) = status else {
        let why = format!("sendmail did not end in time {complaint}");
        return Err(if was_fed { Trouble::Lost(tidy(&why)) } else { Trouble::Unreachable(tidy(&why)) });
    };
    let Some(code) = status.code() else {
        let why = tidy(&format!("sendmail was ended by signal {} {complaint}", status.signal().unwrap_or(0)));
        return Err(if was_fed { Trouble::Lost(why) } else { Trouble::Unreachable(why) });
    };
    let reply = tidy(&format!("exit {code} {complaint}"));
    match code {
        0 if was_fed => Ok(Outcome::Sent { reply }),
        // It claims success for a mail that it did not read to the end.
        0 => Err(Trouble::Lost(reply)),
        // sysexits.h. The mail or its recipient is wrong: EX_DATAERR, EX_NOUSER, EX_NOHOST.
        65 | 67 | 68 => Ok(Outcome::Never { code: None, reply, at: Stage::Unknown }),
        // Our call, the installation or our rights are wrong: EX_USAGE, EX_OSFILE, EX_NOPERM, EX_CONFIG. No reader
        // is to blame, and the next mail would meet the same. 126 and 127 are a wrapper that finds no program.
        64 | 72 | 77 | 78 | 126 | 127 => Err(Trouble::Unreachable(reply)),
        // EX_TEMPFAIL, and all that may pass by itself: full disks, a mail system that is down, bugs.
        _ => Ok(Outcome::Later { code: None, reply }),
    }
}

fn never_blocks(pipe: &impl AsFd) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    fcntl_getfl(pipe).and_then(|flags| fcntl_setfl(pipe, flags | OFlags::NONBLOCK)).is_ok()
}

/// sendmail reads local text: LF line ends, which it makes CRLF itself.
fn unix_lines(message: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(message.len());
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => {
                lines.extend_from_slice(text);
                lines.push(b'\n');
            }
            None => lines.extend_from_slice(line),
        }
    }
    lines
}
