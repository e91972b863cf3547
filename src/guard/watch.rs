//! The watch over a program that was just put in place: its starts and ends are counted in a small file beside it, and
//! when it has failed twice the former program is put back. Not the update itself: update.
//!
//! `begin` is the first thing that main does, before anything of this version that may be broken. Without a watch it
//! costs one look for a file. To go back takes one rename, so it needs no space on the disk.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::clock::{Clock, Instant};

/// Runs that end well before a new program is trusted; one of them must be a tick.
pub const RUNS: u32 = 20;
/// Seconds after which it is trusted anyway.
pub const SECONDS: i64 = 86_400;
/// Failures that put the former program back.
const TOO_MANY: u32 = 2;
/// Bytes of the file that are read, and beyond which nothing more is written.
const LARGEST: u64 = 64 * 1024;
/// Seconds after which a run on another machine that never ended must be dead.
const DEAD_AFTER: i64 = 600;

static RUN: OnceLock<Run> = OnceLock::new();

/// What main has to know of the watch.
pub enum Start {
    /// There is none, or this run is none that counts.
    Unwatched,
    /// How this run ends is counted.
    Watched,
    /// This is the former program, put back after the new one failed; the rest is for `update`.
    PutBack(PathBuf),
}

/// This run, if it is counted.
struct Run {
    file: File,
    /// Written when it fails, also by the brake: so it is made before.
    failure: Vec<u8>,
    has_ended: AtomicBool,
    is_tick: AtomicBool,
}

/// This run failed: something of ours broke, or the database could not be read.
pub fn note_failure() {
    if let Some((file, line)) = failure_line() {
        let _ = (&*file).write_all(line);
    }
}

/// Where and what the brake writes when it cuts this run off. Async-signal-safe: nothing is made here.
pub(super) fn failure_line() -> Option<(&'static File, &'static [u8])> {
    RUN.get().map(|run| {
        run.has_ended.store(true, Relaxed);
        (&run.file, run.failure.as_slice())
    })
}

/// This run was a tick that came to its end.
pub fn note_tick() {
    if let Some(run) = RUN.get() {
        run.is_tick.store(true, Relaxed);
    }
}

/// The run came to its end, as far as it is judged: after its reply a web server may kill it. A failure that is noted
/// later still counts.
pub fn end() {
    let Some(run) = RUN.get() else { return };
    if !run.has_ended.swap(true, Relaxed) {
        let how = if run.is_tick.load(Relaxed) { "tick" } else { "run" };
        let _ = (&run.file).write_all(format!("e {} {how}\n", std::process::id()).as_bytes());
    }
}

/// What lies beside the program while it is watched.
pub fn file_beside(program: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(program.file_name().unwrap_or(OsStr::new("neo")));
    name.push(".watch");
    program.with_file_name(name)
}

/// Looks whether this program is being watched, counts the start, and goes back if it failed too often.
pub fn begin() -> Start {
    match std::env::current_exe() {
        Ok(program) => begin_at(&program),
        Err(_) => Start::Unwatched,
    }
}

fn begin_at(program: &Path) -> Start {
    let path = file_beside(program);
    let Some(watch) = Watch::read(&path) else { return Start::Unwatched };
    let now = Clock::machine().now();
    let tally = watch.tally(now);
    if !watch.is_of(program) {
        return if tally.put_back.is_some() { Start::PutBack(path) } else { Start::Unwatched };
    }
    if tally.put_back.is_some() || tally.failed >= TOO_MANY {
        put_back(program, &path, &watch, &tally, now);
    }
    if tally.is_over(now) || !is_counted() {
        return Start::Unwatched;
    }
    let Some(mut file) = open_to_append(&path) else { return Start::Unwatched };
    let line = format!("s {} {now} {}\n", std::process::id(), machine());
    if file.write_all(line.as_bytes()).is_err() {
        return Start::Unwatched;
    }
    let failure = format!("f {}\n", std::process::id()).into_bytes();
    let _ =
        RUN.set(Run { file, failure, has_ended: AtomicBool::new(false), is_tick: AtomicBool::new(false) });
    Start::Watched
}

/// Requests and ticks are counted. A command may be broken off by the person who gave it.
fn is_counted() -> bool {
    let is_web = ["GATEWAY_INTERFACE", "REQUEST_METHOD"].iter().any(|name| std::env::var_os(name).is_some());
    is_web || std::env::args_os().len() <= 1 || std::env::args_os().any(|argument| argument == "tick")
}

/// Renames the former program over this one and starts it with the same arguments. Comes back only if that fails.
fn put_back(program: &Path, path: &Path, watch: &Watch, tally: &Tally, now: Instant) {
    if tally.put_back.is_none() && order(path, "failed", now).is_err() {
        // A full disk: going back is what counts, and `update` sees by itself which program runs.
    }
    if std::fs::rename(&watch.former, program).is_err() {
        return;
    }
    for folder in [program.parent(), watch.former.parent()].into_iter().flatten() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    let _ = command.args(arguments).exec();
}

/// Orders that the former program is put back by the next start.
pub fn order(path: &Path, why: &str, now: Instant) -> std::io::Result<()> {
    let mut file = open_to_append(path).ok_or(std::io::ErrorKind::NotFound)?;
    file.write_all(format!("r {now} {why}\n").as_bytes())?;
    file.sync_all()
}

fn open_to_append(path: &Path) -> Option<File> {
    let file = OpenOptions::new().append(true).open(path).ok()?;
    (file.metadata().ok()?.len() < LARGEST).then_some(file)
}

fn machine() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    name.chars().filter(char::is_ascii_graphic).take(64).collect()
}

/// The file beside a watched program: which one it is, which one it replaced, and what was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The file that is watched, by its number and its length.
    pub inode: u64,
    pub length: u64,
    pub since: Instant,
    /// Where the former program lies, on the same file system.
    pub former: PathBuf,
    records: String,
}

/// What the records say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs that ended well, and how many of them were ticks.
    pub clean: u32,
    pub ticks: u32,
    /// Runs that ended badly or not at all.
    pub failed: u32,
    /// Why the former program is to be put back.
    pub put_back: Option<String>,
    since: Instant,
    first: Option<Instant>,
}

impl Watch {
    pub fn new(program: &Path, former: &Path, since: Instant) -> std::io::Result<Watch> {
        let found = std::fs::metadata(program)?;
        let (inode, length) = (found.ino(), found.len());
        Ok(Watch { inode, length, since, former: former.to_path_buf(), records: String::new() })
    }

    /// Writes the file durably, in one piece.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let former = self.former.as_os_str().as_bytes();
        if former.contains(&b'\n') {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let head = format!("neo-watch 1\n{} {} {}\n", self.inode, self.length, self.since);
        let part = path.with_extension("part");
        let _ = std::fs::remove_file(&part);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
        file.write_all(&[head.as_bytes(), former, b"\n", self.records.as_bytes()].concat())?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    }

    pub fn read(path: &Path) -> Option<Watch> {
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(LARGEST + 1024).read_to_end(&mut bytes).ok()?;
        Watch::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Option<Watch> {
        let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
        (lines.next()? == b"neo-watch 1").then_some(())?;
        let mut numbers = std::str::from_utf8(lines.next()?).ok()?.split(' ');
        let (inode, length) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        let since = numbers.next()?.parse().ok()?;
        let former = PathBuf::from(OsStr::from_bytes(lines.next()?));
        let records = String::from_utf8_lossy(lines.next()?).into_owned();
        former.is_absolute().then_some(Watch { inode, length, since, former, records })
    }

    /// Whether this file is the one that is watched.
    pub fn is_of(&self, program: &Path) -> bool {
        let found = std::fs::metadata(program);
        found.is_ok_and(|found| (found.ino(), found.len()) == (self.inode, self.length))
    }

    pub fn tally(&self, now: Instant) -> Tally {
        let mut tally = Tally { since: self.since, ..Tally::default() };
        let mut open: BTreeMap<&str, (Instant, &str)> = BTreeMap::new();
        // A line that is not whole was torn by a full disk.
        let whole = self.records.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for line in whole.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["s", process, at, machine] => {
                    let at = at.parse().unwrap_or(now);
                    tally.first.get_or_insert(at);
                    if open.insert(process, (at, machine)).is_some() {
                        tally.failed += 1; // its number was given away again
                    }
                }
                ["e", process, how] if open.remove(process).is_some() => {
                    tally.clean += 1;
                    tally.ticks += u32::from(*how == "tick");
                }
                // Also after its end: then it failed behind its reply.
                ["f", process] => {
                    open.remove(process);
                    tally.failed += 1;
                }
                ["r", _, why] => tally.put_back = Some((*why).to_string()),
                _ => {}
            }
        }
        let here = machine();
        let dead = open.iter().filter(|(process, (at, machine))| match *machine == here {
            true => !is_alive(process),
            false => now - at > DEAD_AFTER,
        });
        tally.failed += u32::try_from(dead.count()).unwrap_or(u32::MAX);
        tally
    }
}

impl Tally {
    /// Whether the program is trusted from now on.
    pub fn is_over(&self, now: Instant) -> bool {
        let has_run = self.clean >= RUNS && self.ticks > 0;
        has_run || self.first.is_some_and(|first| now - first.max(self.since) >= SECONDS && self.clean > 0)
    }
}

fn is_alive(process: &str) -> bool {
    let process = process.parse().ok().and_then(rustix::process::Pid::from_raw);
    process.is_some_and(|process| {
        // Not allowed to ask means that there is one.
        rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(records: &str) -> Watch {
        let former = PathBuf::from("/home/x/data/update/previous");
        Watch { inode: 1, length: 2, since: 1000, former, records: records.to_string() }
    }

    /// A process that is certainly over.
    fn dead() -> u32 {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    #[test]
    fn the_file_says_what_was_written_and_anything_else_is_no_watch() {
        let folder = std::env::temp_dir().join(format!("neo-watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(".neo.cgi.watch");
        watch("s 1 1000 here\n").write(&path).unwrap();
        assert_eq!(Watch::read(&path), Some(watch("s 1 1000 here\n")));
        for odd in ["", "neo-watch 2\n1 2 3\n/x\n", "neo-watch 1\n1 2\n/x\n", "neo-watch 1\n1 2 3\nx\n"] {
            std::fs::write(&path, odd).unwrap();
            assert_eq!(Watch::read(&path), None, "{odd:?}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn who_ended_badly_or_died_failed_and_who_still_runs_did_not() {
        let (here, dead, me) = (machine(), dead(), std::process::id());
        let records = format!(
            "s 10 1000 {here}\ne 10 run\ns 11 1001 {here}\nf 11\ns {dead} 1002 {here}\n\
             s {me} 1003 {here}\ns 12 1004 elsewhere\ns 13 1005 {here}\ne 13 tick\ns 14 10"
        );
        let tally = watch(&records).tally(1010);
        assert_eq!((tally.clean, tally.ticks, tally.failed), (2, 1, 2), "{tally:?}");
        assert_eq!(watch(&records).tally(1004 + 700).failed, 3, "nothing runs that long");
    }

    #[test]
    fn it_is_over_after_enough_runs_with_a_tick_among_them_or_a_day_of_use() {
        let here = machine();
        let runs = |how: &str| -> String { format!("s 1 1000 {here}\ne 1 {how}\n") };
        let pages = runs("run").repeat(25);
        assert!(!watch(&pages).tally(1001).is_over(1001), "no tick yet");
        let with_tick = format!("{pages}{}", runs("tick"));
        assert!(watch(&with_tick).tally(1001).is_over(1001));
        let one = runs("run");
        assert!(!watch(&one).tally(2000).is_over(1000 + SECONDS - 1));
        assert!(watch(&one).tally(2000).is_over(1000 + SECONDS));
        assert!(!watch("").tally(1).is_over(i64::MAX), "nobody ran it");
    }
}
