use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use veriframe_core::{Clock, Timestamp};

/// A clock that stands still until it is wound. Clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// `start` in milliseconds since 1970.
    pub fn at(start: i64) -> Self {
        Self(Arc::new(AtomicI64::new(start)))
    }

    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// The 14th of November 2023.
    fn default() -> Self {
        Self::at(1_700_000_000_000)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}
