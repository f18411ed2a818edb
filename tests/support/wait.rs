//! Waiting for what is observed, never for time to pass.

use std::time::{Duration, Instant};

const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How long to wait before the next look: what looks by starting a program must not take the processor from what it waits for.
pub fn pause_after(look: Duration) -> Duration {
    LOOK_AGAIN.max(look * 4)
}

/// Looks until there is something to see, and gives it back.
///
/// # Panics
/// When `at_most` is over; the message says what was waited for.
pub async fn until<T>(what: &str, at_most: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        let began = Instant::now();
        if let Some(seen) = look().await {
            return seen;
        }
        let pause = pause_after(began.elapsed());
        assert!(
            started.elapsed() < at_most,
            "waited {} s in vain: {what}",
            at_most.as_secs_f64()
        );
        tokio::time::sleep(pause).await;
    }
}

pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}
