//! The loop, owned by the coordinator that was launched.

use super::{
    ChainSettings, Limits, Memory, PassError, Reading, Status,
    deployment::{self, DeploymentError},
    pass::{Passed, pass},
};
use crate::{
    app::App,
    store::{Store, chain_differences},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, watch},
    time,
};
use veriframe_wire::health::Component;

/// How long a launch waits for the node to say whether it is the right one.
const VERIFY_WITHIN: Duration = Duration::from_secs(10);
/// Between two passes, however often we are woken: many blocks at once are one pass.
const AT_LEAST: Duration = Duration::from_millis(100);
/// The longest wait after failures.
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// Passes between two looks at what code the contracts run.
const CLASSES_EVERY: u64 = 150;

/// The part of the app by which the indexer is asked.
#[derive(Debug)]
pub struct Indexer {
    pub settings: ChainSettings,
    status: watch::Sender<Status>,
    woken: Notify,
}

impl Indexer {
    /// Refuses a database of another deployment, and a node that has not got this one. A node that does not answer is
    /// asked again by [`run`]: it must not keep the coordinator from serving.
    pub async fn prepare(settings: ChainSettings, store: &Store) -> Result<Self, DeploymentError> {
        deployment::claim(store, &settings.deployment).await?;
        let indexer = Self {
            settings,
            status: watch::Sender::default(),
            woken: Notify::new(),
        };
        let differences = chain_differences::count(&mut *store.read().await?).await?;
        indexer.status.send_modify(|status| status.differences = differences);
        match time::timeout(VERIFY_WITHIN, indexer.verify()).await {
            Ok(Err(error)) if !error.is_transient() => Err(error),
            _ => Ok(indexer),
        }
    }

    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Lets the next pass begin.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    pub(super) fn watched(&self) -> &watch::Sender<Status> {
        &self.status
    }

    /// For whoever looks after the coordinator.
    pub fn component(&self) -> Component {
        self.status.borrow().component(self.settings.deployment.start_block)
    }

    async fn verify(&self) -> Result<(), DeploymentError> {
        let result = deployment::verify(&*self.settings.node, &self.settings.deployment).await;
        self.status.send_modify(|status| match &result {
            Ok(classes) => {
                status.classes = Some(*classes);
                status.refused = false;
            }
            Err(error) => status.refused = !error.is_transient(),
        });
        result.map(|_| ())
    }
}

/// Passes until the coordinator stops. A pass that is cut off in the middle leaves whole batches.
pub async fn run(app: Arc<App>) {
    let Some(indexer) = &app.indexer else { return };
    let limits = Limits::default();
    let mut memory = Memory::new(&limits);
    loop {
        let next = app
            .shutdown
            .run_until_cancelled(step(&app, indexer, limits, &mut memory));
        let Some(wait) = next.await else { return };
        if app.shutdown.run_until_cancelled(rest(indexer, wait)).await.is_none() {
            return;
        }
    }
}

/// Waits until the next pass, or until somebody says that there is something new.
async fn rest(indexer: &Indexer, wait: Duration) {
    let soon = AT_LEAST.min(wait);
    time::sleep(soon).await;
    tokio::select! {
        () = time::sleep(wait.saturating_sub(soon)) => {}
        () = indexer.woken.notified() => {}
    }
}

/// One pass; how long to wait until the next.
async fn step(app: &App, indexer: &Indexer, limits: Limits, memory: &mut Memory) -> Duration {
    let begun = Instant::now();
    let result = attempt(app, indexer, limits, memory).await;
    let took_ms = begun.elapsed().as_secs_f64() * 1000.0;
    let every = indexer.settings.poll_interval;
    let (error, wait) = match result {
        Ok(Passed::Again) => (None, Duration::ZERO),
        Ok(Passed::Done) | Err(StepError::Pass(PassError::Moved)) => (None, every),
        Err(error) => {
            let failures = indexer.status.borrow().failures;
            let wait = backoff(every, failures);
            // Anywhere in the upper half, so that many coordinators do not come back together.
            let half = u64::try_from(wait.as_millis() / 2).unwrap_or(u64::MAX);
            let wait = wait.saturating_sub(Duration::from_millis(app.chance.below(half + 1)));
            tracing::warn!(%error, failures, "a pass over the chain failed");
            (Some(error.to_string()), wait)
        }
    };
    indexer.status.send_modify(|status| {
        status.took_ms = took_ms;
        match error {
            None => {
                status.passes += 1;
                status.failures = 0;
                status.error.clear();
            }
            Some(error) => {
                status.failures = status.failures.saturating_add(1);
                status.error = error;
            }
        }
    });
    wait
}

#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    #[error(transparent)]
    Pass(#[from] PassError),
}

async fn attempt(app: &App, indexer: &Indexer, limits: Limits, memory: &mut Memory) -> Result<Passed, StepError> {
    let known = {
        let status = indexer.status.borrow();
        status.classes.is_some() && !status.refused && !(status.passes + 1).is_multiple_of(CLASSES_EVERY)
    };
    if !known {
        indexer.verify().await?;
    }
    let reading = Reading {
        node: &*indexer.settings.node,
        store: &app.store,
        chance: &app.chance,
        deployment: &indexer.settings.deployment,
        limits,
        status: &indexer.status,
    };
    Ok(pass(&reading, memory).await?)
}

/// Doubles with each failure.
fn backoff(every: Duration, failures: u32) -> Duration {
    every.saturating_mul(1 << failures.min(16)).min(MAX_BACKOFF.max(every))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute() {
        let every = Duration::from_secs(2);
        let waits: Vec<u64> = (0..7).map(|failures| backoff(every, failures).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff(every, u32::MAX).as_secs(), 60);
        assert_eq!(backoff(Duration::from_mins(10), 3), Duration::from_mins(10));
    }
}
