//! *Render here*: this computer renders the jobs of its own account, whether or not it provides.
//!
//! A worker for them begins with the first and ends with the last. Consent to files of strangers is not needed, and not
//! given by it: it takes nothing else.

use super::{Begun, WORKER_BUSY, Whose, handle::Activity, reason::headline};
use crate::{
    Context,
    api::ApiError,
    settlement,
    view::{AppEvent, ProviderState},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast::error::RecvError;
use veriframe_wire::job::{Job, JobStatus};

/// Should news be lost, and while another program of this home renders.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// From now on own jobs are rendered here, as a task of the context; where it is not for this computer to do so, none are.
pub fn render_own_jobs(ctx: &Arc<Context>) {
    let ctx = Arc::clone(ctx);
    ctx.tasks.clone().spawn(async move {
        let end = ctx.shutdown.clone();
        end.run_until_cancelled(follow(&ctx)).await;
    });
}

async fn follow(ctx: &Arc<Context>) {
    loop {
        // Before the look, so that nothing is missed in between.
        let mut events = ctx.events.subscribe();
        match is_wanted(ctx).await {
            Ok(true) => work(ctx).await,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "it is not known whether own jobs wait"),
        }
        let news = async {
            loop {
                match events.recv().await {
                    Ok(AppEvent::Job(_)) | Err(RecvError::Lagged(_)) => return,
                    Ok(_) => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(LOOK_EVERY, news).await;
    }
}

async fn is_wanted(ctx: &Context) -> Result<bool, ApiError> {
    let Activity {
        controls,
        starts_again,
        snooze,
        ..
    } = ctx.provider.look();
    // Somebody works already, is about to, or wants the computer for themselves.
    if controls.is_some() || starts_again || snooze.is_some() || !settlement::renders_here(ctx).await {
        return Ok(false);
    }
    Ok(!jobs_with_work(ctx).await?.is_empty())
}

/// Until the last own job has ended, or somebody starts to provide.
async fn work(ctx: &Arc<Context>) {
    match Begun::begin(ctx, Whose::Own) {
        // As a task, so that frames in hand are given back when the program ends.
        Ok(begun) => {
            let ended = ctx.tasks.spawn(async move { begun.work().await }).await;
            tracing::debug!(?ended, "own jobs were rendered");
        }
        Err(error) if error.code == WORKER_BUSY => tracing::debug!("another program of this home renders"),
        Err(error) => tracing::warn!(%error, "own jobs are not rendered"),
    }
}

/// Jobs of this account with frames that nobody has begun, or that are being rendered.
pub(super) async fn jobs_with_work(ctx: &Context) -> Result<Vec<Job>, ApiError> {
    let mut jobs = Vec::new();
    for status in [JobStatus::Open, JobStatus::Rendering] {
        jobs.extend(ctx.api.own_jobs(status).await?);
    }
    jobs.retain(|job| job.counts.queued + job.counts.leased > 0);
    Ok(jobs)
}

/// For the page of a job that waits: what this computer does instead. Empty when it is about to begin.
pub(crate) fn why_own_jobs_wait(ctx: &Context, job: &Job) -> String {
    let now = headline(&ctx.provider.look(), ctx.clock.now());
    match now.state {
        ProviderState::Rendering if now.reason.contains(&job.name) => now.reason,
        ProviderState::Rendering => format!("Waits for its turn. {}", now.reason),
        ProviderState::Blocked => format!("{}. {}", now.reason, now.detail).trim().to_owned(),
        ProviderState::Stopping | ProviderState::Snoozed => now.reason,
        ProviderState::Off | ProviderState::Starting | ProviderState::Idle => String::new(),
    }
}
