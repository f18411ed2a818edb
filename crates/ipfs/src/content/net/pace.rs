//! Whether the other side goes on, and fast enough. Only the time spent waiting for it counts.

use super::{super::ContentError, Limits};
use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// The pace of what is received.
#[derive(Debug)]
pub(super) struct Pace {
    window: Duration,
    floor: u64,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            window: limits.window,
            floor: limits.window_bytes,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Waits for the next piece.
    pub(super) async fn wait<T>(&mut self, next: impl Future<Output = T>) -> Result<T, ContentError> {
        let mut next = std::pin::pin!(next);
        loop {
            let began = Instant::now();
            let result = timeout(self.window.saturating_sub(self.waited), &mut next).await;
            self.waited += began.elapsed();
            if self.waited >= self.window {
                if self.bytes < self.floor {
                    return Err(ContentError::Stalled);
                }
                (self.waited, self.bytes) = (Duration::ZERO, 0);
            }
            if let Ok(value) = result {
                return Ok(value);
            }
        }
    }

    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }
}

/// The pace of what is sent: when the other side last took something.
#[derive(Debug, Clone)]
pub(super) struct Taking {
    last: Arc<Mutex<Instant>>,
    all_taken: Arc<AtomicBool>,
}

impl Taking {
    pub(super) fn new() -> Self {
        Self {
            last: Arc::new(Mutex::new(Instant::now())),
            all_taken: Arc::default(),
        }
    }

    pub(super) fn took(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn took_all(&self) {
        self.took();
        self.all_taken.store(true, Ordering::Relaxed);
    }

    /// Waits for an answer for as long as the other side takes what is sent; after the last of it, for `settle`.
    pub(super) async fn wait<T>(&self, limits: &Limits, answer: impl Future<Output = T>) -> Result<T, ContentError> {
        let mut answer = std::pin::pin!(answer);
        self.took();
        loop {
            let patience = if self.all_taken.load(Ordering::Relaxed) {
                limits.settle
            } else {
                limits.window
            };
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let deadline = last + patience;
            if Instant::now() >= deadline {
                return Err(ContentError::Stalled);
            }
            if let Ok(value) = tokio::time::timeout_at(deadline, &mut answer).await {
                return Ok(value);
            }
        }
    }
}
