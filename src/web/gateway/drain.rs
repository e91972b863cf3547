//! Takes in the body of a request that is refused, and forgets it.
//! Not the reading of a body that is wanted: the crate does that.
//!
//! A program that ends with its input unread costs its own reply: mod_cgid and fcgiwrap see a broken connection and
//! cut the reply off, or put a page of theirs in its place.

use std::io::stdin;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long to wait for the next piece: the web server has the body, or its client is slow.
const PIECE: Duration = Duration::from_secs(2);
/// How long it may take in all, below the wall clock of the guard.
const ALL: Duration = Duration::from_secs(15);

/// Reads and forgets up to `expected` bytes of standard input; `None` if only the end tells the length.
pub(super) fn body(expected: Option<u64>) {
    let deadline = Instant::now() + ALL;
    let mut left = expected.unwrap_or(u64::MAX);
    let mut piece = [0; 16 * 1024];
    while left > 0 && is_ready(deadline) {
        match rustix::io::read(stdin(), &mut piece) {
            Ok(0) => return,
            Ok(length) => left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX)),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Whether a read would not wait, within the patience that is left.
fn is_ready(deadline: Instant) -> bool {
    let patience = PIECE.min(deadline.saturating_duration_since(Instant::now()));
    let Ok(patience) = Timespec::try_from(patience) else { return false };
    let input = stdin();
    let mut waiting = [PollFd::new(&input, PollFlags::IN)];
    matches!(poll(&mut waiting, Some(&patience)), Ok(1..) | Err(rustix::io::Errno::INTR))
        && Instant::now() < deadline
}
