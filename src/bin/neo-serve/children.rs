//! The programs that are running: each leads a process group of its own, is reaped, and can be ended.
//! Not what they are run for: that is `script`.

use std::collections::BTreeMap;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How often a child that should end is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// From the polite signal to the other one, as Apache does.
const PATIENCE: Duration = Duration::from_secs(3);

/// All children by process id. A child leaves the list in the moment it is reaped, so no signal hits a stranger.
#[derive(Default)]
pub(crate) struct Children {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: BTreeMap<u32, Child>,
    ending: bool,
}

impl Children {
    /// Starts a program; gives its id and the child's pipes through `take`.
    pub(crate) fn start<T>(
        &self,
        command: &mut Command,
        take: impl FnOnce(&mut Child) -> T,
    ) -> std::io::Result<(u32, T)> {
        use std::os::unix::process::CommandExt;
        let mut state = self.lock();
        if state.ending {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let mut child = command.process_group(0).spawn()?;
        let id = child.id();
        let taken = take(&mut child);
        state.running.insert(id, child);
        Ok((id, taken))
    }

    /// Waits until `deadline`, then ends the child; it is reaped in any case.
    pub(crate) fn finish(&self, id: u32, deadline: Instant) -> Option<ExitStatus> {
        self.wait(id, deadline).or_else(|| self.end(id))
    }

    /// Asks the child to end, then makes it.
    pub(crate) fn end(&self, id: u32) -> Option<ExitStatus> {
        self.signal(id, Signal::TERM);
        if let Some(status) = self.wait(id, Instant::now() + PATIENCE) {
            return Some(status);
        }
        self.signal(id, Signal::KILL);
        self.wait(id, Instant::now() + PATIENCE)
    }

    /// Lets no child start any more, and ends those that run; their workers reap them.
    pub(crate) fn end_all(&self, grace: Duration) {
        self.lock().ending = true;
        for signal in [Signal::TERM, Signal::KILL] {
            let running: Vec<u32> = self.lock().running.keys().copied().collect();
            for id in running {
                self.signal(id, signal);
            }
            let until = Instant::now() + grace;
            while self.reap() > 0 && Instant::now() < until {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// The exit status, or `None` if the child still runs at `deadline`, or was reaped by `end_all`.
    fn wait(&self, id: u32, deadline: Instant) -> Option<ExitStatus> {
        loop {
            let mut state = self.lock();
            let status = state.running.get_mut(&id)?.try_wait().ok().flatten();
            if status.is_some() {
                state.running.remove(&id);
                return status;
            }
            drop(state);
            if Instant::now() >= deadline {
                return None;
            }
            std::thread::sleep(LOOK);
        }
    }

    fn reap(&self) -> usize {
        let mut state = self.lock();
        state.running.retain(|_, child| !matches!(child.try_wait(), Ok(Some(_))));
        state.running.len()
    }

    fn signal(&self, id: u32, signal: Signal) {
        let state = self.lock();
        let group = i32::try_from(id).ok().and_then(Pid::from_raw);
        if let (true, Some(group)) = (state.running.contains_key(&id), group) {
            let _ = kill_process_group(group, signal); // it may have ended by itself
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
