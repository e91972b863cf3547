//! How often the set-up code was guessed: a small file beside it, since there is no database yet.
//! Not the code itself: install. Not guesses of a password: web/admin/login, which count in the database.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::texts::errors;

/// The first tries are slips of the finger; then the wait doubles from a second to a minute. Not longer: the wait is
/// everybody's, and who only wants to disturb must not keep the owner out.
const FREE: u32 = 5;
const LONGEST_WAIT: i64 = 60;
/// Tries are forgotten when none came for so long.
const WINDOW: i64 = 3600;

/// Counts one try before its code is looked at, so that tries side by side do not share one count. Refused while the
/// wait after the last one runs.
pub fn count(file: &Path, now: Instant) -> Result<()> {
    let fault = |cause: std::io::Error| Error::fault("counting the tries of the set-up code", cause);
    let opened =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(file);
    let mut tries = opened.map_err(fault)?;
    // Where a disk knows no locks, tries side by side may share a count; more cannot be done there.
    let _ = flock(&tries, FlockOperation::LockExclusive);
    let mut written = String::new();
    tries.read_to_string(&mut written).map_err(fault)?;
    let (count, until) = parse(&written);
    // A wait that ends later than any could was noted by a clock that was ahead.
    if now < until && until <= now + LONGEST_WAIT {
        return Err(Error::denied(errors::SETUP_THROTTLED).with("seconds", (until - now).to_string()));
    }
    let count = if (0..WINDOW).contains(&(now - until)) { count.saturating_add(1) } else { 1 };
    let wait = count.checked_sub(FREE).map_or(0, |over| (1_i64 << over.min(6)).min(LONGEST_WAIT));
    tries.seek(SeekFrom::Start(0)).map_err(fault)?;
    tries.set_len(0).map_err(fault)?;
    tries.write_all(format!("{count} {}\n", now + wait).as_bytes()).map_err(fault)
}

/// The right code was typed: what went before were mistakes.
pub fn forget(file: &Path) {
    let _ = std::fs::remove_file(file);
}

/// How many tries, and until when the next has to wait.
fn parse(written: &str) -> (u32, Instant) {
    let (count, until) = written.trim().split_once(' ').unwrap_or_default();
    (count.parse().unwrap_or(0), until.parse().unwrap_or(0))
}
