//! Progress, told a few times a second however many blocks pass.

use super::ProgressSink;
use crate::Progress;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

const INTERVAL: Duration = Duration::from_millis(100);

/// Counts bytes for a [`ProgressSink`].
pub(super) struct Meter {
    sink: ProgressSink,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    progress: Progress,
    told: Option<Instant>,
}

impl Meter {
    pub(super) fn new(sink: ProgressSink) -> Self {
        Self {
            sink,
            state: Mutex::default(),
        }
    }

    pub(super) fn add_total(&self, bytes: u64) {
        self.change(|progress| progress.total = progress.total.saturating_add(bytes));
    }

    /// At least this much there is.
    pub(super) fn at_least(&self, total: u64) {
        self.change(|progress| progress.total = progress.total.max(total));
    }

    pub(super) fn add_done(&self, bytes: u64) {
        self.change(|progress| {
            progress.done = progress.done.saturating_add(bytes);
            progress.total = progress.total.max(progress.done);
        });
    }

    pub(super) fn done(&self) -> u64 {
        self.lock().progress.done
    }

    /// Sets what is done, which may be less than before when something has to be sent again.
    pub(super) fn set_done(&self, done: u64) {
        self.change(|progress| {
            progress.done = done;
            progress.total = progress.total.max(done);
        });
    }

    /// Everything there was is done. Always told.
    pub(super) fn finish(&self) {
        let progress = {
            let mut state = self.lock();
            state.progress.total = state.progress.done;
            state.progress
        };
        (self.sink)(progress);
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        let progress = {
            let mut state = self.lock();
            change(&mut state.progress);
            let now = Instant::now();
            if state.told.is_some_and(|told| now.duration_since(told) < INTERVAL) {
                return;
            }
            state.told = Some(now);
            state.progress
        };
        (self.sink)(progress);
    }

    /// A panic elsewhere leaves the numbers whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
