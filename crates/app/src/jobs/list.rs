//! The Jobs page.

use super::{
    find::{Found, find},
    live,
    standstill::{why_it_stands_still, why_it_stands_still_here},
    view,
    view::Beside,
};
use crate::{
    Context,
    api::JobFilter,
    create::post::StoredSettings,
    db::jobs::{self as table, DraftStage},
    provide, settlement,
    view::{AppEvent, CommandError, FrameCell, FrameStateView, JobRow, JobView},
};
use std::{cmp::Reverse, sync::Arc};
use veriframe_core::{FrameSet, frames::FRAME_MIN};
use veriframe_wire::{
    PageQuery,
    job::{Job, TaskStatus},
};

/// More jobs than a person scrolls through.
const JOBS_AT_MOST: usize = 2000;

/// Every job of this account and every draft that has none yet: first what has not ended, in the order in which it is
/// rendered, then what has, newest first. While the coordinator is away, what this
/// computer knows is listed.
pub async fn jobs(ctx: &Arc<Context>) -> Result<Vec<JobRow>, CommandError> {
    let drafts = ctx.db.call(|conn| Ok(table::all_drafts(conn)?)).await?;
    let jobs = all_jobs(ctx).await?;
    let mut rows: Vec<(Place, JobRow)> = Vec::with_capacity(jobs.len() + drafts.len());
    let with_work: Vec<Job> = jobs.iter().filter(|job| provide::has_work(job)).cloned().collect();
    let here = settlement::renders_here(ctx).await;
    for job in &jobs {
        let beside = Beside {
            newest: newest(ctx, job).await,
            standstill: here
                .then(|| why_it_stands_still_here(ctx, job, &with_work))
                .unwrap_or_default(),
            ..Beside::default()
        };
        let row = view::row(job, &beside);
        let place = if view::has_ended(job.status) {
            Place::Past(Reverse(job.created_at.0.0))
        } else {
            Place::Queue(job.turn)
        };
        rows.push((place, row));
    }
    for draft in drafts.iter().filter(|draft| draft.stage != DraftStage::Posted) {
        let row = view::draft_view(draft, &ctx.drafts.progress(&draft.id), &Beside::default()).row;
        let place = if draft.stage.is_unfinished() {
            Place::OnItsWay(draft.created_at_ms)
        } else {
            Place::Past(Reverse(draft.created_at_ms))
        };
        rows.push((place, row));
    }
    rows.sort_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Queue(i64),
    /// When it was begun.
    OnItsWay(i64),
    /// When it was posted.
    Past(Reverse<i64>),
}

pub(super) async fn all_jobs(ctx: &Context) -> Result<Vec<Job>, CommandError> {
    let filter = JobFilter {
        creator: Some(ctx.address),
        status: None,
    };
    let mut page = PageQuery {
        limit: Some(veriframe_wire::page::PAGE_MAX),
        cursor: None,
    };
    let mut jobs = Vec::new();
    loop {
        let answer = ctx.api.jobs(&filter, &page).await?;
        jobs.extend(answer.items);
        match answer.next_cursor {
            Some(next) if jobs.len() < JOBS_AT_MOST => page.cursor = Some(next),
            _ => return Ok(jobs),
        }
    }
}

/// A finished frame to stand for the job: the last of its first ones, which are rendered first.
async fn newest(ctx: &Context, job: &Job) -> Option<(i32, String)> {
    if job.counts.submitted + job.counts.verified + job.counts.paid == 0 {
        return None;
    }
    let tasks = ctx.api.frame_tasks(&job.id, FRAME_MIN, 20).await.ok()?;
    let done = |status| matches!(status, TaskStatus::Submitted | TaskStatus::Verified | TaskStatus::Paid);
    tasks
        .iter()
        .rev()
        .filter(|task| done(task.status))
        .find_map(|task| Some((task.frame, task.result.as_ref()?.result_cid.clone())))
}

/// One job with its stages.
pub async fn job(ctx: &Arc<Context>, id: String) -> Result<JobView, CommandError> {
    view_of(ctx, &id).await
}

async fn view_of(ctx: &Arc<Context>, id: &str) -> Result<JobView, CommandError> {
    let chosen = crate::settings::settings(ctx).await?.save_folder;
    let mut beside = Beside {
        save_folder: view::save_folder(&chosen),
        ..Beside::default()
    };
    match find(ctx, id).await? {
        Found::Draft(draft) => Ok(view::draft_view(&draft, &ctx.drafts.progress(&draft.id), &beside)),
        Found::Posted { job, draft } => {
            let job = ctx.api.job(&job).await?;
            let wanted = job.id.clone();
            beside.saved_to = ctx
                .db
                .call(move |conn| Ok(table::saved_to(conn, &wanted)?))
                .await?
                .unwrap_or_default();
            beside.newest = newest(ctx, &job).await;
            beside.standstill = why_it_stands_still(ctx, &job).await;
            Ok(JobView {
                escrow: settlement::escrow_view(ctx, &job),
                ..view::job_view(&job, draft.as_ref(), &beside)
            })
        }
    }
}

/// Sends the new state of a job to the window. Without an answer of the coordinator there is none to send.
pub async fn tell_job(ctx: &Arc<Context>, id: &str) {
    match view_of(ctx, id).await {
        Ok(view) => ctx.tell(AppEvent::Job(Box::new(view))),
        Err(error) => tracing::debug!(job = id, %error, "no news of a job"),
    }
}

/// A cell for every frame, ascending; also of a job that is not posted yet.
pub async fn job_frames(ctx: &Arc<Context>, id: String) -> Result<Vec<FrameCell>, CommandError> {
    match find(ctx, &id).await? {
        Found::Posted { job, .. } => Ok(live::all_cells(ctx, &job).await?),
        Found::Draft(draft) => {
            let stored = StoredSettings::from_json(&draft.settings)?;
            let frames = stored.settings.frames.parse::<FrameSet>().ok();
            Ok(frames.iter().flat_map(FrameSet::iter).map(waiting).collect())
        }
    }
}

/// The same read anew, whatever was known before.
pub async fn fresh_frames(ctx: &Arc<Context>, job: &str) -> Result<Vec<FrameCell>, CommandError> {
    Ok(live::fresh_cells(ctx, job).await?)
}

fn waiting(frame: i32) -> FrameCell {
    FrameCell {
        frame,
        state: FrameStateView::Waiting,
        progress: 0.0,
        thumbnail: String::new(),
        on_this_computer: false,
    }
}
