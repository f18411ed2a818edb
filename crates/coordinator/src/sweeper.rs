//! What happens by itself: leases and deadlines run out, silent workers go offline, old records are dropped.
//!
//! The timer is the computer's; the time that counts is the [`veriframe_core::Clock`]'s.

use crate::{app::App, auth, error::ApiResult, jobs, leases, store, workers};
use std::sync::Arc;
use tokio::time::{self, MissedTickBehavior};
use veriframe_core::Timestamp;

/// Seconds between two looks at old records.
const TIDY_EVERY: i64 = 3600;
/// Seconds an idempotency key is remembered.
const REMEMBER_KEYS: i64 = 24 * 3600;
/// Seconds that work which is done is shown.
const REMEMBER_WORK: i64 = 7 * 24 * 3600;
/// Seconds that a delivery to a webhook is shown.
const REMEMBER_DELIVERIES: i64 = 30 * 24 * 3600;

/// Seconds after which nobody asks for the progress of a task that was not heard of.
const REMEMBER_PROGRESS: i64 = 3600;

/// Runs until the coordinator stops.
pub async fn run(app: Arc<App>) {
    let mut timer = time::interval(app.settings.sweep_interval);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut tidied, mut turned) = (Timestamp(i64::MIN), Timestamp(i64::MIN));
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = timer.tick() => {}
        }
        // The next tick tries again, so a failure is worth a line and no more.
        if let Err(error) = sweep(&app).await {
            tracing::error!(%error, "the sweep failed");
        }
        let now = app.clock.now();
        if now >= turned.plus_seconds(auth::READ_EVERY) {
            turned = now;
            if let Err(error) = auth::turn(&app).await {
                tracing::error!(%error, "the keys of tokens could not be looked after");
            }
        }
        if now >= tidied.plus_seconds(TIDY_EVERY) {
            tidied = now;
            app.progress.forget_older(now.plus_seconds(-REMEMBER_PROGRESS));
            if let Err(error) = tidy(&app).await {
                tracing::error!(%error, "old records could not be dropped");
            }
        }
    }
}

pub async fn sweep(app: &App) -> ApiResult<()> {
    workers::mark_silent(app).await?;
    leases::sweep(app).await?;
    jobs::expire_overdue(app).await
}

pub async fn tidy(app: &App) -> ApiResult<()> {
    let mut tx = app.store.write().await?;
    let now = tx.now;
    store::challenges::delete_expired(tx.db(), now).await?;
    store::refresh_tokens::delete_expired(tx.db(), now).await?;
    store::work::delete_done(tx.db(), now.plus_seconds(-REMEMBER_WORK)).await?;
    store::webhook_deliveries::delete_delivered(tx.db(), now.plus_seconds(-REMEMBER_DELIVERIES)).await?;
    store::idempotency::delete_older(tx.db(), now.plus_seconds(-REMEMBER_KEYS)).await?;
    tx.commit().await?;
    Ok(())
}
