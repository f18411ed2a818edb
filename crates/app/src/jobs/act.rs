//! What a creator can do to a job and to its frames.

use super::{
    find::{Found, find, posted},
    live, tell_job,
};
use crate::{
    Context,
    api::ApiError,
    create::cancel_draft,
    provide,
    view::{AppEvent, CommandError, FrameAction},
};
use std::{collections::BTreeSet, sync::Arc};
use veriframe_wire::job::JobStatus;

/// Pauses a job, or the upload of one that is not posted yet.
pub async fn pause_job(ctx: &Arc<Context>, id: String) -> Result<(), CommandError> {
    if let Some(upload) = ctx.drafts.find(&id) {
        upload.pause();
        return Ok(());
    }
    let job = posted(ctx, &id).await?;
    ctx.api.pause_job(&job).await?;
    tell_job(ctx, &job).await;
    Ok(())
}

pub async fn resume_job(ctx: &Arc<Context>, id: String) -> Result<(), CommandError> {
    if let Some(upload) = ctx.drafts.find(&id) {
        upload.resume();
        return Ok(());
    }
    let job = posted(ctx, &id).await?;
    ctx.api.resume_job(&job).await?;
    tell_job(ctx, &job).await;
    Ok(())
}

/// Renders these in this order, before and after whatever else stands where it stood.
pub async fn order_jobs(ctx: &Arc<Context>, ids: Vec<String>) -> Result<(), CommandError> {
    let mut jobs: Vec<String> = Vec::with_capacity(ids.len());
    for id in ids {
        let job = posted(ctx, &id).await?;
        // A job may be named by both of its ids.
        if !jobs.contains(&job) {
            jobs.push(job);
        }
    }
    ctx.api.order_jobs(jobs).await?;
    Ok(())
}

/// Renders these before whatever else of this account is under way, which stays in its order; how many others there are.
pub async fn put_first(ctx: &Arc<Context>, first: &[String]) -> Result<usize, CommandError> {
    let mut others = ctx.api.own_jobs_under_way().await?;
    others.sort_by_key(|job| job.turn);
    let others = others.into_iter().map(|job| job.id).filter(|id| !first.contains(id));
    let order: Vec<String> = first.iter().cloned().chain(others).collect();
    let others = order.len() - first.len();
    order_jobs(ctx, order).await?;
    Ok(others)
}

/// Pauses every job that is under way. Frames in hand are finished first, unless the computer is wanted `now`: then they
/// are given back, and rendered anew later.
pub async fn pause_all_jobs(ctx: &Arc<Context>, now: bool) -> Result<(), CommandError> {
    let mut refused = Ok(());
    for status in [JobStatus::Open, JobStatus::Rendering, JobStatus::Verifying] {
        for job in ctx.api.own_jobs(status).await? {
            // One may have ended meanwhile; the others are paused all the same.
            refused = pause_job(ctx, job.id).await.and(refused);
        }
    }
    if now {
        provide::stop_own_jobs(ctx);
    }
    refused
}

/// Goes on with every job that is paused.
pub async fn resume_all_jobs(ctx: &Arc<Context>) -> Result<(), CommandError> {
    let mut refused = Ok(());
    for job in ctx.api.own_jobs(JobStatus::Paused).await? {
        refused = resume_job(ctx, job.id).await.and(refused);
    }
    refused
}

/// Ends a job or a draft. What a job did not use comes back at once.
pub async fn cancel_job(ctx: &Arc<Context>, id: String) -> Result<(), CommandError> {
    match find(ctx, &id).await? {
        Found::Draft(draft) => cancel_draft(ctx, &draft).await?,
        Found::Posted { job, .. } => {
            ctx.api.cancel_job(&job).await?;
            ctx.tell(AppEvent::Wallet);
        }
    }
    tell_job(ctx, &id).await;
    Ok(())
}

/// Does the same to every frame. The first refusal ends it; what was done before stays done.
pub async fn act_on_frames(
    ctx: &Arc<Context>,
    id: String,
    frames: Vec<i32>,
    action: FrameAction,
) -> Result<(), CommandError> {
    let job = posted(ctx, &id).await?;
    let done = act(ctx, &job, &frames, action).await;
    let frames: BTreeSet<i32> = frames.into_iter().collect();
    if let Ok(cells) = live::refresh(ctx, &job, &frames).await
        && !cells.is_empty()
    {
        ctx.tell(AppEvent::Frames {
            job: job.clone(),
            cells,
        });
    }
    tell_job(ctx, &job).await;
    done
}

async fn act(ctx: &Context, job: &str, frames: &[i32], action: FrameAction) -> Result<(), CommandError> {
    for &frame in frames {
        let known = live::known(ctx, job, frame)
            .await?
            .ok_or_else(|| CommandError::new("not_found", format!("The job has no frame {frame}."), ""))?;
        let answer = match action {
            FrameAction::Accept => ctx.api.accept_task(job, &known.task).await,
            FrameAction::Rerender => ctx.api.rerender_task(job, &known.task).await,
            FrameAction::Dispute => ctx.api.dispute_task(job, &known.task).await,
        };
        answer.map_err(|error| of_frame(error, frame))?;
    }
    Ok(())
}

/// Says which frame it was.
fn of_frame(error: ApiError, frame: i32) -> CommandError {
    let error = CommandError::from(error);
    CommandError {
        message: format!("Frame {frame}: {}", error.message),
        ..error
    }
}
