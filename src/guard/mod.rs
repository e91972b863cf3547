//! The guard: four rings (budget, brake, rlimits, safe mode) that keep a runaway from hurting the host.
//! Not a scheduler and not a monitor: it bounds this one process, and says in guard.log what cut it short.
//!
//! `arm` comes first in `main`, before anything that can grow. Settings are read later and may `adjust`.

mod brake;
pub mod budget;
pub mod drill;
pub mod history;
mod limits;
mod measure;
mod notes;
mod reply;
mod runaway;
pub mod trial;
pub mod watch;

pub use brake::{finish_requested, set_log};
pub use budget::{Budget, Stopped};
pub use limits::{Limits, before_child, in_effect, make_room_for};
pub use measure::{Measure, measure};
pub use notes::{PanicNote, header_sent, stage, take_panic, working_on};

/// What the process was started for; each has its own limits and its own way to say that it was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// A CGI request: a cut-off is a complete 503 page on standard output.
    Web,
    /// A tick by cron: a cut-off is one line on standard error.
    Cron,
    /// Any other command of the owner; no wall clock, since a person watches.
    Command,
    /// A deliberate runaway: answers like `Web`, under short limits.
    Drill,
}

impl Flow {
    /// The word in guard.log.
    pub fn as_str(self) -> &'static str {
        match self {
            Flow::Web => "web",
            Flow::Cron => "cron",
            Flow::Command => "command",
            Flow::Drill => "drill",
        }
    }

    /// Whether standard output is a CGI reply.
    fn replies(self) -> bool {
        matches!(self, Flow::Web | Flow::Drill)
    }
}

/// Arms the brake, then lets the kernel hold `limits`. Once per process, on the main thread, before anything else.
///
/// Soft limits are `limits`; hard limits are the flow's ceiling, so that a setting may still raise the soft ones.
pub fn arm(flow: Flow, limits: Limits) {
    measure::begin();
    brake::install(flow);
    limits::apply(&limits, &Limits::ceiling(flow));
    brake::wall(limits.wall_seconds);
}

/// Replaces the limits by those of the settings: soft up to the ceiling, and hard limits close above them.
pub fn adjust(limits: Limits) {
    limits::apply(&limits, &limits);
    brake::wall(limits.wall_seconds);
}
