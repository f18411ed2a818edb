//! What is known of the frames of the jobs that are being looked at.
//!
//! A job of ten thousand frames is read once, page by page. Afterwards only the pages in which something happened are
//! read again.

use super::cells;
use crate::{Context, api::ApiError, view::FrameCell};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use veriframe_wire::{
    PageQuery,
    job::{Task, TaskKind},
};

/// Small enough to be read again for one changed frame.
const PAGE: u32 = 250;
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
    /// First frame of each page and the cursor that gives it.
    pages: BTreeMap<i32, Option<String>>,
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

    /// Events may have been missed.
    pub fn distrust_all(&self) -> Vec<String> {
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
            && let Some(oldest) = state.by_id.iter().min_by_key(|(_, frames)| frames.looked_at).map(|(id, _)| id.clone())
        {
            state.by_id.remove(&oldest);
        }
    }

    /// The cursors of the pages that hold these frames.
    fn pages_of(&self, job: &str, frames: &BTreeSet<i32>) -> BTreeSet<Option<String>> {
        let state = self.state();
        let Some(known) = state.by_id.get(job) else {
            return BTreeSet::new();
        };
        frames.iter().filter_map(|frame| known.pages.range(..=frame).next_back()).map(|(_, cursor)| cursor.clone()).collect()
    }

    /// Takes in tasks; the cells that are not what they were.
    fn take(&self, job: &str, tasks: &[Task], me: veriframe_core::Address) -> Vec<FrameCell> {
        let mut state = self.state();
        let Some(frames) = state.by_id.get_mut(job) else {
            return vec![];
        };
        let mut changed = Vec::new();
        for known in tasks.iter().filter(|task| task.kind == TaskKind::Frame).map(|task| know(task, me)) {
            let cell = known.cell.clone();
            if frames.by_frame.insert(cell.frame, known).is_none_or(|before| before.cell != cell) {
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
pub async fn all_cells(ctx: &Context, job: &str) -> Result<Vec<FrameCell>, ApiError> {
    if let Some(cells) = ctx.live.fresh_cells(job) {
        return Ok(cells);
    }
    let mut frames = Frames::default();
    let mut cursor = None;
    loop {
        let page = ctx.api.tasks(job, &page_query(cursor.clone())).await?;
        // An audit stands behind its frame, which may be on the page before.
        if let Some(first) = page.items.iter().find(|task| task.kind == TaskKind::Frame) {
            frames.pages.insert(first.frame, cursor);
        }
        for task in page.items.iter().filter(|task| task.kind == TaskKind::Frame) {
            frames.by_frame.insert(task.frame, know(task, ctx.address));
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let cells = frames.by_frame.values().map(|known| known.cell.clone()).collect();
    ctx.live.insert(job, frames);
    Ok(cells)
}

/// Reads the pages that hold `frames` again; the cells that changed.
pub async fn refresh(ctx: &Context, job: &str, frames: &BTreeSet<i32>) -> Result<Vec<FrameCell>, ApiError> {
    let mut changed = Vec::new();
    for cursor in ctx.live.pages_of(job, frames) {
        let page = ctx.api.tasks(job, &page_query(cursor)).await?;
        changed.extend(ctx.live.take(job, &page.items, ctx.address));
    }
    Ok(changed)
}

/// The whole task of a frame, with its log; `None` when the job has no such frame.
pub async fn task_of(ctx: &Context, job: &str, frame: i32) -> Result<Option<Task>, ApiError> {
    if !ctx.live.watches(job) {
        all_cells(ctx, job).await?;
    }
    for cursor in ctx.live.pages_of(job, &BTreeSet::from([frame])) {
        let page = ctx.api.tasks(job, &page_query(cursor)).await?;
        ctx.live.take(job, &page.items, ctx.address);
        let own = |task: &&Task| task.frame == frame && task.kind == TaskKind::Frame;
        if let Some(task) = page.items.iter().find(own) {
            return Ok(Some(task.clone()));
        }
    }
    Ok(None)
}

/// What is known of a frame, read when it is not known yet.
pub async fn known(ctx: &Context, job: &str, frame: i32) -> Result<Option<KnownFrame>, ApiError> {
    if !ctx.live.watches(job) {
        all_cells(ctx, job).await?;
    }
    Ok(ctx.live.frame(job, frame))
}

fn page_query(cursor: Option<String>) -> PageQuery {
    PageQuery {
        limit: Some(PAGE),
        cursor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{jobs::cells::tests::{address, task}, view::FrameStateView};
    use veriframe_wire::job::TaskStatus;

    fn live(job: &str, tasks: &[Task]) -> Live {
        let live = Live::default();
        let frames = Frames {
            by_frame: tasks.iter().map(|task| (task.frame, know(task, address(1)))).collect(),
            pages: BTreeMap::from([(1, None), (251, Some("c".to_owned()))]),
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
    fn a_frame_is_looked_for_on_its_own_page() {
        let live = live("j", &[]);
        let pages = live.pages_of("j", &BTreeSet::from([3, 250, 251]));
        assert_eq!(pages, BTreeSet::from([None, Some("c".to_owned())]));
        assert_eq!(live.pages_of("j", &BTreeSet::from([900])), BTreeSet::from([Some("c".to_owned())]));
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
