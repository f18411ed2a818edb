//! The coordinator's clock: simulated time, with jumps. It is also what kills the coordinator in the middle of a request.

use std::{
    panic,
    sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
};
use veriframe_core::{Clock, Timestamp};

/// When every world begins.
pub const EPOCH: i64 = 1_800_000_000_000;

#[derive(Debug, Default)]
pub struct SimClock {
    elapsed: AtomicI64,
    jumped: AtomicI64,
    /// Readings until the coordinator dies; 0: it does not.
    readings_left: AtomicI64,
    killed: AtomicBool,
}

impl SimClock {
    pub fn set(&self, elapsed: i64) {
        self.elapsed.store(elapsed, SeqCst);
    }

    pub fn jump(&self, millis: i64) {
        self.jumped.fetch_add(millis, SeqCst);
    }

    /// Every write transaction reads the clock when it begins, so this decides between which two of them the coordinator
    /// dies. What a transaction that was not committed did is gone in any case.
    pub fn kill_at_reading(&self, number: i64) {
        self.killed.store(false, SeqCst);
        self.readings_left.store(number, SeqCst);
    }

    /// Takes the order to kill back; whether it was carried out.
    pub fn was_killed(&self) -> bool {
        self.readings_left.store(0, SeqCst);
        self.killed.swap(false, SeqCst)
    }

    pub fn millis(&self) -> i64 {
        EPOCH + self.elapsed.load(SeqCst) + self.jumped.load(SeqCst)
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        if self.readings_left.load(SeqCst) > 0 && self.readings_left.fetch_sub(1, SeqCst) == 1 {
            self.killed.store(true, SeqCst);
            // Without the message of a panic: this one is wanted.
            panic::resume_unwind(Box::new("killed"));
        }
        Timestamp(self.millis())
    }
}
