//! Frames that were rendered before are not rendered again, where nobody pays for them.
//!
//! A frame is the same when its creator, its content and its settings are: the root of the packed folder names every byte
//! that Blender reads.

use crate::{app::App, content, error::ApiResult, store};
use std::collections::{BTreeMap, HashSet};
use veriframe_core::Address;
use veriframe_wire::job::PostJobRequest;

/// Jobs that are looked through, the newest first.
const JOBS_AT_MOST: u32 = 50;

/// Of `frames` those that earlier jobs finished and whose pictures are still here: their numbers and their tasks.
pub(super) async fn find(
    app: &App,
    creator: Address,
    request: &PostJobRequest,
    frames: &[i32],
) -> ApiResult<BTreeMap<i32, i64>> {
    let mut missing: HashSet<i32> = frames.iter().copied().collect();
    let mut found = BTreeMap::new();
    let mut db = app.store.read().await?;
    let earlier = store::jobs::of_content(&mut db, creator, &request.asset_cid, JOBS_AT_MOST).await?;
    for job in earlier.iter().filter(|job| job.request.render == request.render) {
        if missing.is_empty() {
            break;
        }
        for task in store::tasks::paid_frames(&mut db, &job.id).await? {
            let Some(result) = task.result.filter(|_| missing.contains(&task.frame)) else {
                continue;
            };
            // Somebody may have cleaned up.
            if content::pin(app, &result.result_cid).await.is_ok() {
                missing.remove(&task.frame);
                found.insert(task.frame, task.seq);
            }
        }
    }
    Ok(found)
}

/// For the timeline; empty when every frame has to be rendered.
pub(super) fn words(taken: usize, frames: usize) -> String {
    match (taken, frames) {
        (0, _) => String::new(),
        (1, 1) => "The frame was rendered before.".to_owned(),
        (taken, frames) if taken == frames => format!("All {frames} frames were rendered before."),
        (1, frames) => format!("1 of {frames} frames was rendered before."),
        (taken, frames) => format!("{taken} of {frames} frames were rendered before."),
    }
}
