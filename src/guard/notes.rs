//! What the flow notes for the brake while it works: the stage, the item in hand, whether a reply has begun, a panic.
//! Not the brake itself, which reads all this in a signal handler (atomics only) and writes it to guard.log.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};

static HEADER_SENT: AtomicBool = AtomicBool::new(false);
static PANICKED: AtomicBool = AtomicBool::new(false);
static ITEM: AtomicI64 = AtomicI64::new(0);
/// The stage's bytes, zero-filled: copied, so that a handler between two stores reads a mixed name, never a bad one.
static STAGE: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
static PANIC: Mutex<Option<PanicNote>> = Mutex::new(None);

/// A panic's message and place, for the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicNote {
    pub message: String,
    pub location: String,
}

/// Notes where in the flow we are, e.g. `tick/deliver`; the first 40 bytes show in guard.log.
pub fn stage(name: &'static str) {
    let mut pieces = name.as_bytes().chunks(8);
    for word in &STAGE {
        let mut bytes = [0_u8; 8];
        bytes.iter_mut().zip(pieces.next().unwrap_or_default()).for_each(|(place, byte)| *place = *byte);
        word.store(u64::from_ne_bytes(bytes), SeqCst);
    }
}

/// Notes the delivery or message in hand; 0 is none.
pub fn working_on(item: i64) {
    ITEM.store(item, SeqCst);
}

/// From here on a cut-off writes nothing to standard output: a reply has begun.
pub fn header_sent() {
    HEADER_SENT.store(true, SeqCst);
}

/// The panic that was caught last, once.
pub fn take_panic() -> Option<PanicNote> {
    PANICKED.store(false, SeqCst);
    PANIC.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Keeps a panic for whoever catches it, instead of printing it where a CGI must not print.
pub(super) fn remember_panics() {
    std::panic::set_hook(Box::new(|info| {
        PANICKED.store(true, SeqCst);
        let message = info.payload_as_str().unwrap_or("a panic without a message").to_string();
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(PanicNote { message, location });
    }));
}

/// The stage's bytes, padded with zeros.
pub(super) fn stage_bytes() -> [u8; 40] {
    let mut stage = [0; 40];
    for (bytes, word) in stage.chunks_mut(8).zip(&STAGE) {
        bytes.copy_from_slice(&word.load(SeqCst).to_ne_bytes());
    }
    stage
}

pub(super) fn item() -> i64 {
    ITEM.load(SeqCst)
}

pub(super) fn is_header_sent() -> bool {
    HEADER_SENT.load(SeqCst)
}

pub(super) fn has_panicked() -> bool {
    PANICKED.load(SeqCst)
}
