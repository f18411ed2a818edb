//! What is known of the frames of the jobs that are being looked at.
//!
//! A job of ten thousand frames is read once, page by page. Afterwards only frames to which something happened are read
//! again.

use super::cells;
use crate::{Context, api::ApiError, view::FrameCell};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use veriframe_core::frames::FRAME_MIN;
use veriframe_wire::{job::Task, page::PAGE_MAX};

/// Changed frames closer together than this are read with what is between them.
const GAP: usize = 8;
/// Jobs kept; the one not looked at for the longest is dropped.
const JOBS_AT_MOST: usize = 6;

/// One frame without its log.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownFrame {
    pub cell: FrameCell,
    pub task: String,
    /// CID of the picture.
    pub result: Option<String>,
    pub audit: Option<String>,
}

#[derive(Default)]
pub struct Live {
    jobs: Mutex<State>,
}

#[derive(Default)]
struct State {
    by_id: HashMap<String, Frames>,
    /// Counts looks, to find the one longest ago.
    looks: u64,
}

#[derive(Default)]
struct Frames {
    by_frame: BTreeMap<i32, KnownFrame>,
    /// Something happened that was not seen: read everything again.
    stale: bool,
    looked_at: u64,
}

impl Live {
    fn state(&self) -> MutexGuard<'_, State> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody looks at this job's frames.
    pub fn watches(&self, job: &str) -> bool {
        self.state().by_id.contains_key(job)
    }

    /// The jobs that somebody looks at.
    pub fn watched(&self) -> Vec<String> {
        self.state().by_id.keys().cloned().collect()
    }

    pub fn frame(&self, job: &str, frame: i32) -> Option<KnownFrame> {
        self.state().by_id.get(job)?.by_frame.get(&frame).cloned()
    }

    fn fresh_cells(&self, job: &str) -> Option<Vec<FrameCell>> {
        let mut state = self.state();
        state.looks += 1;
        let looks = state.looks;
        let frames = state.by_id.get_mut(job).filter(|frames| !frames.stale)?;
        frames.looked_at = looks;
        Some(frames.by_frame.values().map(|known| known.cell.clone()).collect())
    }

    fn distrust(&self, job: &str) {
        if let Some(frames) = self.state().by_id.get_mut(job) {
            frames.stale = true;
        }
    }

    /// Events may have been missed.
    pub(crate) fn distrust_all(&self) -> Vec<String> {
        let mut state = self.state();
        state.by_id.values_mut().for_each(|frames| frames.stale = true);
        state.by_id.keys().cloned().collect()
    }

    /// Changes a cell that is known; the changed cell.
    pub fn update(&self, job: &str, frame: i32, change: impl FnOnce(&mut FrameCell)) -> Option<FrameCell> {
        let mut state = self.state();
        let known = state.by_id.get_mut(job)?.by_frame.get_mut(&frame)?;
        change(&mut known.cell);
        Some(known.cell.clone())
    }

    fn insert(&self, job: &str, frames: Frames) {
        let mut state = self.state();
        state.looks += 1;
        let looked_at = state.looks;
        state.by_id.insert(job.to_owned(), Frames { looked_at, ..frames });
        if state.by_id.len() > JOBS_AT_MOST
            && let Some(oldest) = state
                .by_id
                .iter()
                .min_by_key(|(_, frames)| frames.looked_at)
                .map(|(id, _)| id.clone())
        {
            state.by_id.remove(&oldest);
        }
    }

    /// Runs of known frames that hold the wanted ones: first frame and how many.
    fn runs(&self, job: &str, wanted: &BTreeSet<i32>) -> Vec<(i32, u32)> {
        let state = self.state();
        let Some(known) = state.by_id.get(job) else {
            return vec![];
        };
        let mut runs: Vec<(i32, u32)> = Vec::new();
        let mut gap = usize::MAX;
        for frame in known.by_frame.keys() {
            if !wanted.contains(frame) {
                gap = gap.saturating_add(1);
                continue;
            }
            match runs.last_mut() {
                Some((_, count)) if gap < GAP && *count + (gap as u32) < PAGE_MAX => *count += gap as u32 + 1,
                _ => runs.push((*frame, 1)),
            }
            gap = 0;
        }
        runs
    }

    /// Takes in tasks; the cells that are not what they were.
    fn take(&self, job: &str, tasks: &[Task], me: veriframe_core::Address) -> Vec<FrameCell> {
        let mut state = self.state();
        let Some(frames) = state.by_id.get_mut(job) else {
            return vec![];
        };
        let mut changed = Vec::new();
        for known in tasks.iter().map(|task| know(task, me)) {
            let cell = known.cell.clone();
            if frames
                .by_frame
                .insert(cell.frame, known)
                .is_none_or(|before| before.cell != cell)
            {
                changed.push(cell);
            }
        }
        changed
    }
}

fn know(task: &Task, me: veriframe_core::Address) -> KnownFrame {
    KnownFrame {
        cell: cells::cell(task, me),
        task: task.id.clone(),
        result: task.result.as_ref().map(|result| result.result_cid.clone()),
        audit: task.check.as_ref().and_then(|check| check.audit_cid.clone()),
    }
}

/// Every cell of a job, ascending.
pub(crate) async fn all_cells(ctx: &Context, job: &str) -> Result<Vec<FrameCell>, ApiError> {
    if let Some(cells) = ctx.live.fresh_cells(job) {
        return Ok(cells);
    }
    let mut frames = Frames::default();
    each_page(ctx, job, |tasks| {
        frames
            .by_frame
            .extend(tasks.iter().map(|task| (task.frame, know(task, ctx.address))));
    })
    .await?;
    let cells = frames.by_frame.values().map(|known| known.cell.clone()).collect();
    ctx.live.insert(job, frames);
    Ok(cells)
}

/// All frames of a job, ascending, a page at a time: with their logs they are too much to be held together.
pub(crate) async fn each_page(ctx: &Context, job: &str, mut take: impl FnMut(&[Task])) -> Result<(), ApiError> {
    let mut first = FRAME_MIN;
    loop {
        let tasks = ctx.api.frame_tasks(job, first, PAGE_MAX).await?;
        take(&tasks);
        match tasks.last() {
            Some(last) if tasks.len() == PAGE_MAX as usize => first = last.frame + 1,
            _ => return Ok(()),
        }
    }
}

/// Every cell as the coordinator has it now, whatever is known.
pub(crate) async fn fresh_cells(ctx: &Context, job: &str) -> Result<Vec<FrameCell>, ApiError> {
    ctx.live.distrust(job);
    all_cells(ctx, job).await
}

/// Reads these frames again; the cells that changed. Nothing is read of a job that nobody looks at.
pub async fn refresh(ctx: &Context, job: &str, frames: &BTreeSet<i32>) -> Result<Vec<FrameCell>, ApiError> {
    let mut changed = Vec::new();
    for (first, count) in ctx.live.runs(job, frames) {
        let tasks = ctx.api.frame_tasks(job, first, count).await?;
        changed.extend(ctx.live.take(job, &tasks, ctx.address));
    }
    Ok(changed)
}

/// The whole task of a frame, with its log; `None` when the job has no such frame.
pub(crate) async fn task_of(ctx: &Context, job: &str, frame: i32) -> Result<Option<Task>, ApiError> {
    let tasks = ctx.api.frame_tasks(job, frame, 1).await?;
    ctx.live.take(job, &tasks, ctx.address);
    Ok(tasks.into_iter().find(|task| task.frame == frame))
}

/// What is known of a frame, read when it is not known yet.
pub async fn known(ctx: &Context, job: &str, frame: i32) -> Result<Option<KnownFrame>, ApiError> {
    if let Some(known) = ctx.live.frame(job, frame) {
        return Ok(Some(known));
    }
    asked(ctx, job, frame).await
}

/// As the coordinator knows it now.
pub async fn asked(ctx: &Context, job: &str, frame: i32) -> Result<Option<KnownFrame>, ApiError> {
    Ok(task_of(ctx, job, frame).await?.map(|task| know(&task, ctx.address)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        jobs::cells::tests::{address, task},
        view::FrameStateView,
    };
    use veriframe_wire::job::TaskStatus;

    fn live(job: &str, tasks: &[Task]) -> Live {
        let live = Live::default();
        let frames = Frames {
            by_frame: tasks.iter().map(|task| (task.frame, know(task, address(1)))).collect(),
            ..Frames::default()
        };
        live.insert(job, frames);
        live
    }

    #[test]
    fn only_what_changed_is_told() {
        let live = live("j", &[task(1, TaskStatus::Queued), task(2, TaskStatus::Paid)]);
        let now = [task(1, TaskStatus::Paid), task(2, TaskStatus::Paid)];
        let changed = live.take("j", &now, address(1));
        assert_eq!(changed.len(), 1);
        assert_eq!((changed[0].frame, changed[0].state), (1, FrameStateView::Verified));
        assert!(live.take("other", &now, address(1)).is_empty());
    }

    #[test]
    fn changed_frames_that_are_close_are_read_together() {
        let tasks: Vec<Task> = (1..=200).map(|frame| task(frame * 2, TaskStatus::Queued)).collect();
        let live = live("j", &tasks);
        assert_eq!(live.runs("j", &BTreeSet::from([2, 6, 8])), [(2, 4)]);
        assert_eq!(live.runs("j", &BTreeSet::from([2, 400])), [(2, 1), (400, 1)]);
        assert!(live.runs("j", &BTreeSet::from([3])).is_empty());
        assert!(live.runs("other", &BTreeSet::from([2])).is_empty());
    }

    #[test]
    fn the_job_not_looked_at_for_the_longest_is_dropped() {
        let live = live("first", &[]);
        for n in 0..JOBS_AT_MOST {
            live.insert(&n.to_string(), Frames::default());
        }
        assert!(!live.watches("first") && live.watches("0"));
    }

    #[test]
    fn distrusted_cells_are_not_handed_out() {
        let live = live("j", &[task(1, TaskStatus::Queued)]);
        assert_eq!(live.fresh_cells("j").map(|cells| cells.len()), Some(1));
        live.distrust_all();
        assert!(live.fresh_cells("j").is_none());
    }
}
