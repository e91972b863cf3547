//! The release gate: no release without seven full days of checks, two signatures, and two days on the own list.
//! Not the commands (command/release) and not the rows (store/releases.rs).
//!
//! All that happens to a candidate is an entry of one log (event.rs, entry.rs), chained, sealed and with the machine's own
//! count of time. What is known is read from the log (history.rs), held against what lies on the disk (facts.rs), and
//! judged by one pure function (gate.rs), which gives every reason that holds.

/// The day board.
pub mod board;
/// Two days on the own list.
pub mod canary;
/// Calendar days in Asia/Tokyo.
pub mod day;
/// The chain.
pub mod entry;
/// What can be recorded.
pub mod event;
/// What the log proves about time.
pub mod evidence;
/// From log and disk to what the gate looks at.
pub mod facts;
/// The gate itself.
pub mod gate;
/// What the log tells, put together.
pub mod history;
/// The open log: reading it, and adding to it.
pub mod journal;
/// Whether updated sites do worse.
pub mod judge;
/// Artefacts, kept by their hash.
pub mod kept;
/// What is published.
pub mod manifest;
/// The machine's clocks.
pub mod moment;
/// The keys of people.
pub mod person;
/// What is checked on which day.
pub mod plan;
/// Why not.
pub mod reason;
/// How a release reaches more sites, and stops.
pub mod rollout;
/// How a round begins, and begins again.
pub mod round;
/// One command of a plan, bounded.
pub mod run;
/// What is signed.
pub mod statement;

pub use self::manifest::manifest_content;
