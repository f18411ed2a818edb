//! Taking work: the job that was just announced, the scene that is warm, or the best that the coordinator names.

use super::{Whose, held_lease::HeldLease, outage, own, shift::Shift};
use crate::{Context, api::ApiError, jobs, settlement};
use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::time::Instant;
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode, Money,
    job::{AvailableJob, Job, JobStatus},
};

/// What cannot be taken and why is asked for at most this often.
const EXPLAIN_EVERY: Duration = Duration::from_secs(10);

/// A lease, or `None` when there is nothing to take. Own jobs go first, then `prefer`.
pub(super) async fn claim(shift: &Shift, prefer: Option<&str>) -> Result<Option<Arc<HeldLease>>, ApiError> {
    let outcome = look_and_claim(shift, prefer).await;
    match &outcome {
        Ok(_) => outage::over(&shift.ctx),
        Err(error) => tracing::debug!(%error, "nothing could be claimed"),
    }
    outcome
}

async fn look_and_claim(shift: &Shift, prefer: Option<&str>) -> Result<Option<Arc<HeldLease>>, ApiError> {
    match &shift.controls.whose {
        Whose::Anyone => {
            // Before anybody else's, also before the one whose scene is open here.
            if shift.own_may_wait.swap(false, Ordering::Relaxed) {
                let jobs = own::jobs_with_work(&shift.ctx).await;
                // Only the coordinator can say that there are none.
                if !matches!(&jobs, Ok(jobs) if jobs.is_empty()) {
                    shift.own_may_wait.store(true, Ordering::Relaxed);
                }
                if let Some(own) = first_of(shift, jobs?).await? {
                    return Ok(Some(own));
                }
            }
        }
        Whose::Own => {
            let jobs = own::jobs_with_work(&shift.ctx).await?;
            if jobs.is_empty() {
                shift.jobs_have_ended();
            }
            return first_of(shift, jobs).await;
        }
        Whose::Job(only) => return up_to(shift, only).await,
    }
    if let Some(prefer) = prefer.filter(|job| !shift.failures().is_set_aside(job))
        && let Some(lease) = take(shift, prefer).await?
    {
        return Ok(Some(lease));
    }
    for job in shift.ctx.api.available_jobs(false).await? {
        let wanted = job.why_not.is_none()
            && pays_enough(shift, job.price_per_frame.0)
            && prefer != Some(&*job.id)
            && !shift.failures().is_set_aside(&job.id);
        if wanted && let Some(lease) = take(shift, &job.id).await? {
            return Ok(Some(lease));
        }
    }
    Ok(None)
}

/// Of own jobs, in the order that their creator gave them.
async fn first_of(shift: &Shift, mut jobs: Vec<Job>) -> Result<Option<Arc<HeldLease>>, ApiError> {
    jobs.sort_by_key(|job| job.turn);
    for job in jobs {
        if !shift.failures().is_set_aside(&job.id)
            && let Some(lease) = take(shift, &job.id).await?
        {
            return Ok(Some(lease));
        }
    }
    Ok(None)
}

/// For one job: what was put before it goes first, and what comes after it is for others. While it is paused they have the
/// computer.
async fn up_to(shift: &Shift, only: &str) -> Result<Option<Arc<HeldLease>>, ApiError> {
    let job = known(&shift.ctx, only).await?;
    let Some(job) = job.filter(|job| !jobs::has_ended(job.status) && job.status != JobStatus::Paused) else {
        shift.jobs_have_ended();
        return Ok(None);
    };
    let mut before = if settlement::renders_here(&shift.ctx).await {
        own::jobs_with_work(&shift.ctx).await?
    } else {
        Vec::new()
    };
    before.retain(|other| other.turn < job.turn);
    before.push(job);
    first_of(shift, before).await
}

/// One job; `None` when another worker was faster or this one does not fit.
async fn take(shift: &Shift, job: &str) -> Result<Option<Arc<HeldLease>>, ApiError> {
    match shift.ctx.api.claim(job, None).await {
        Ok(lease) => Ok(Some(HeldLease::hold(&shift.ctx, lease))),
        Err(error) => match error.code() {
            Some(
                ErrorCode::AlreadyAssigned | ErrorCode::NotEligible | ErrorCode::InvalidState | ErrorCode::NotFound,
            ) => Ok(None),
            _ => Err(error),
        },
    }
}

/// Where nobody pays nobody asks for anything.
fn pays_enough(shift: &Shift, price: Amount) -> bool {
    shift.ctx.money.get() == Some(&Money::None) || price >= shift.plan.price_floor
}

/// Fills the lines that say why nothing is happening.
pub(super) async fn explain(shift: &Shift) {
    {
        let mut explained = shift.explained.lock().unwrap_or_else(PoisonError::into_inner);
        if explained.is_some_and(|at| at.elapsed() < EXPLAIN_EVERY) {
            return;
        }
        *explained = Some(Instant::now());
    }
    let Ok(jobs) = shift.ctx.api.available_jobs(true).await else {
        return;
    };
    let lines: Vec<String> = jobs.iter().filter_map(|job| why_not(shift, job)).collect();
    if shift.ctx.provider.look().why_not != lines {
        shift.ctx.provider.update(|activity| activity.why_not = lines);
    }
}

/// `Bowling: needs Blender 4.2 or newer, you have 3.4.1`.
fn why_not(shift: &Shift, job: &AvailableJob) -> Option<String> {
    let reason = if shift.failures().is_set_aside(&job.id) {
        "failed here before, so it is left to others".to_owned()
    } else if !pays_enough(shift, job.price_per_frame.0) {
        format!(
            "pays {} a frame, less than you ask for",
            job.price_per_frame.0.to_credits()
        )
    } else {
        job.why_not.clone()?
    };
    Some(format!("{}: {reason}", job.name))
}

/// Whether a job has ended. The coordinator forgetting it counts.
pub(super) async fn has_ended(ctx: &Context, job: &str) -> Result<bool, ApiError> {
    Ok(known(ctx, job).await?.is_none_or(|job| jobs::has_ended(job.status)))
}

/// `None`: the coordinator knows of no such job.
async fn known(ctx: &Context, job: &str) -> Result<Option<Job>, ApiError> {
    match ctx.api.job(job).await {
        Ok(job) => Ok(Some(job)),
        Err(error) if error.is(ErrorCode::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
