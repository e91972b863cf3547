//! The innermost ring: a loop asks its budget before each step and stops cleanly at the end of it.
//! Not the brake: nothing is interrupted here, the caller finishes what it has in hand and leaves the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What a run may use: seconds on the wall, messages, loop steps. Clones draw on the same budget, also from
/// SQLite's progress handler or another thread.
#[derive(Clone, Debug)]
pub struct Budget {
    purse: Arc<Purse>,
}

#[derive(Debug)]
struct Purse {
    /// Whether SIGTERM ends it.
    heeds_finish: bool,
    deadline: Option<Instant>,
    messages: AtomicU64,
    steps: AtomicU64,
    /// A refusal was given; later questions get the same answer.
    out_of_messages: AtomicBool,
    out_of_steps: AtomicBool,
}

/// Why a loop has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    Wall,
    Messages,
    Steps,
    /// SIGTERM came: the server or the host wants the process to end.
    Finish,
}

impl Stopped {
    /// The word for `stopped_by`: the contract knows one for all four.
    pub fn as_str(self) -> &'static str {
        "budget"
    }

    /// Which part was used up, for the tick's history.
    pub fn part(self) -> &'static str {
        match self {
            Stopped::Wall => "wall",
            Stopped::Messages => "messages",
            Stopped::Steps => "steps",
            Stopped::Finish => "finish",
        }
    }
}

impl Budget {
    /// A budget that ends `wall` from now.
    pub fn new(wall: Duration, messages: u64, steps: u64) -> Budget {
        Budget::with(Instant::now().checked_add(wall), messages, steps)
    }

    /// No end but SIGTERM; for tests and for commands that a person watches.
    pub fn unlimited() -> Budget {
        Budget::with(None, u64::MAX, u64::MAX)
    }

    /// A budget for the few seconds between SIGTERM and SIGKILL: web servers send the first as soon as a reply ends,
    /// and a reader still waits for her mail.
    pub fn after_the_reply(wall: Duration, messages: u64) -> Budget {
        Budget::made(false, Instant::now().checked_add(wall), messages, u64::MAX)
    }

    fn with(deadline: Option<Instant>, messages: u64, steps: u64) -> Budget {
        Budget::made(true, deadline, messages, steps)
    }

    fn made(heeds_finish: bool, deadline: Option<Instant>, messages: u64, steps: u64) -> Budget {
        let purse = Purse {
            heeds_finish,
            deadline,
            messages: AtomicU64::new(messages),
            steps: AtomicU64::new(steps),
            out_of_messages: AtomicBool::new(false),
            out_of_steps: AtomicBool::new(false),
        };
        Budget { purse: Arc::new(purse) }
    }

    /// From here on no more than this: safe mode narrows a tick after it has begun.
    pub fn at_most(&self, messages: u64, steps: u64) {
        self.purse.messages.fetch_min(messages, Relaxed);
        self.purse.steps.fetch_min(steps, Relaxed);
    }

    /// Pays for `steps` loop steps, before they are done.
    pub fn spend(&self, steps: u64) -> Result<(), Stopped> {
        self.time()?;
        if self.purse.out_of_steps.load(Relaxed) || !take(&self.purse.steps, steps) {
            self.purse.out_of_steps.store(true, Relaxed);
            return Err(Stopped::Steps);
        }
        Ok(())
    }

    /// Pays for one message, before it is handed over. A refusal does not stop `spend`: chores still run.
    pub fn message(&self) -> Result<(), Stopped> {
        self.time()?;
        if !take(&self.purse.messages, 1) {
            self.purse.out_of_messages.store(true, Relaxed);
            return Err(Stopped::Messages);
        }
        Ok(())
    }

    /// Why to stop now, if so. Being used up to the last step is not over: something more must have been refused,
    /// so that a run which just fitted is not reported as cut short.
    pub fn over(&self) -> Option<Stopped> {
        if let Err(stopped) = self.time() {
            return Some(stopped);
        }
        if self.purse.out_of_steps.load(Relaxed) {
            return Some(Stopped::Steps);
        }
        self.purse.out_of_messages.load(Relaxed).then_some(Stopped::Messages)
    }

    /// Time left on the wall, for a timeout that must not outlive the budget; `None` without a deadline.
    pub fn time_left(&self) -> Option<Duration> {
        self.purse.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn time(&self) -> Result<(), Stopped> {
        if self.purse.heeds_finish && super::finish_requested() {
            return Err(Stopped::Finish);
        }
        match self.purse.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stopped::Wall),
            _ => Ok(()),
        }
    }
}

/// Takes `count` if that much is left.
fn take(left: &AtomicU64, count: u64) -> bool {
    left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(count)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_run_that_just_fits_is_not_over() {
        let budget = Budget::new(HOUR, 2, 10);
        assert_eq!(budget.spend(10), Ok(()));
        assert_eq!((budget.message(), budget.message()), (Ok(()), Ok(())));
        assert_eq!(budget.over(), None);
    }

    #[test]
    fn the_step_after_the_last_is_refused_and_so_is_every_later_one() {
        let budget = Budget::new(HOUR, 2, 10);
        assert_eq!(budget.spend(11), Err(Stopped::Steps));
        assert_eq!(budget.spend(1), Err(Stopped::Steps));
        assert_eq!(budget.over(), Some(Stopped::Steps));
    }

    #[test]
    fn the_message_after_the_last_is_refused_while_chores_go_on() {
        let budget = Budget::new(HOUR, 1, 10);
        assert_eq!(budget.message(), Ok(()));
        assert_eq!(budget.message(), Err(Stopped::Messages));
        assert_eq!(budget.over(), Some(Stopped::Messages));
        assert_eq!(budget.spend(1), Ok(()));
    }

    #[test]
    fn when_the_time_is_up_nothing_more_is_paid() {
        let budget = Budget::new(Duration::ZERO, 9, 9);
        assert_eq!(budget.spend(1), Err(Stopped::Wall));
        assert_eq!(budget.message(), Err(Stopped::Wall));
        assert_eq!(budget.over(), Some(Stopped::Wall));
        assert_eq!(budget.time_left(), Some(Duration::ZERO));
    }

    #[test]
    fn clones_draw_on_one_purse_from_any_thread() {
        let budget = Budget::new(HOUR, 0, 1000);
        let clone = budget.clone();
        let other: Box<dyn Fn() -> bool + Send + 'static> = Box::new(move || clone.spend(1).is_err());
        std::thread::spawn(move || (0..600).for_each(|_| assert!(!other()))).join().unwrap();
        assert_eq!((0..600).filter(|_| budget.spend(1).is_ok()).count(), 400);
    }

    #[test]
    fn without_limits_it_goes_on() {
        let budget = Budget::unlimited();
        assert!((0..100_000).all(|_| budget.spend(1_000_000).is_ok() && budget.message().is_ok()));
        assert_eq!((budget.over(), budget.time_left()), (None, None));
    }
}
