//! A coordinator that slept heard no heartbeat, so no lease ran out by its worker's fault.

use crate::{app::App, error::ApiResult, store};
use std::sync::{Arc, Mutex, PoisonError};
use veriframe_core::{Clock, Timestamp};

/// Longer than a sweep is late on a busy computer, and shorter than any lease.
const ASLEEP_SECONDS: i64 = 15;

/// When this process last did something.
pub struct Awake {
    clock: Arc<dyn Clock>,
    last: Mutex<Option<Timestamp>>,
}

impl Awake {
    /// By the computer's clock, whatever the coordinator goes by.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            last: Mutex::default(),
        }
    }

    /// Whether this process did nothing for long since this was asked last: the computer slept, or the process was stopped.
    fn slept(&self) -> bool {
        let now = self.clock.now();
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(now);
        last.is_some_and(|last| last.plus_seconds(ASLEEP_SECONDS) < now)
    }
}

/// To be called before a lease is judged by the time: after a sleep every lease begins anew.
pub async fn wake(app: &App) -> ApiResult<()> {
    if app.awake.slept() {
        tracing::warn!("this coordinator did not run for a while, so its leases begin anew");
        let mut tx = app.store.write().await?;
        let expires_at = tx.now.plus_seconds(i64::from(app.settings.lease_seconds));
        store::leases::extend_all(tx.db(), expires_at).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Set(AtomicI64);

    impl Clock for Set {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn only_a_long_silence_is_a_sleep() {
        let clock = Arc::new(Set(AtomicI64::new(0)));
        let awake = Awake::new(Arc::<Set>::clone(&clock));
        let slept_after = |seconds: i64| {
            clock.0.fetch_add(seconds * 1000, Ordering::Relaxed);
            awake.slept()
        };
        assert!(!slept_after(0), "it has just begun");
        assert!(!slept_after(10));
        assert!(slept_after(16));
        assert!(!slept_after(1), "told once");
        assert!(!slept_after(-3600), "a clock that was set back is no sleep");
    }
}
