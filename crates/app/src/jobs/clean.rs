//! What jobs that have ended leave behind: their scenes, which are needed no more, and their pictures, which their page shows.

use super::{list::all_jobs, live::each_page, view::has_ended};
use crate::{
    Context,
    provide::scenes::tree_bytes,
    store,
    view::{CleanedView, CommandError},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};
use veriframe_wire::job::Job;

/// Lets go of the scenes of all jobs that have ended; with `pictures`, of their frames, too. Nothing that was saved elsewhere
/// is touched.
pub async fn clean_jobs(ctx: &Arc<Context>, pictures: bool) -> Result<CleanedView, CommandError> {
    let jobs = all_jobs(ctx).await?;
    let (ended, open): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(|job| has_ended(job.status));
    let mut roots: BTreeSet<String> = ended.iter().map(|job| job.asset_cid.clone()).collect();
    let mut needed: BTreeSet<String> = open.iter().map(|job| job.asset_cid.clone()).collect();
    let unpacked: Vec<PathBuf> = roots
        .difference(&needed)
        .map(|scene| ctx.home.scenes().join(scene))
        .collect();
    if pictures {
        for job in &ended {
            roots.extend(pictures_of(ctx, job).await?);
        }
        // Frames that were rendered before are taken over with their pictures.
        for job in &open {
            needed.extend(pictures_of(ctx, job).await?);
        }
    }
    let_go(ctx, roots.difference(&needed).cloned().collect()).await?;
    let unpacked = tokio::task::spawn_blocking(move || unpacked.iter().map(|folder| remove(folder)).sum::<u64>())
        .await
        .map_err(|error| CommandError::internal(&error))?;
    let blocks: u64 = store::clean_storage(ctx).await?.parse().unwrap_or_default();
    Ok(CleanedView {
        jobs: u32::try_from(ended.len()).unwrap_or(u32::MAX),
        bytes: (blocks + unpacked).to_string(),
    })
}

async fn pictures_of(ctx: &Context, job: &Job) -> Result<BTreeSet<String>, CommandError> {
    let mut roots: BTreeSet<String> = job.results_cid.iter().cloned().collect();
    each_page(ctx, &job.id, |tasks| {
        let results = tasks.iter().filter_map(|task| task.result.as_ref());
        roots.extend(results.map(|result| result.result_cid.clone()));
    })
    .await?;
    Ok(roots)
}

/// Removes what a worker unpacked; the bytes that it took. Of what cannot be removed now nothing is lost but room.
fn remove(folder: &Path) -> u64 {
    let bytes = tree_bytes(folder);
    match veriframe_render::remove_all(folder) {
        Ok(()) => bytes,
        Err(error) => {
            tracing::warn!(%error, folder = %folder.display(), "an unpacked scene was not removed");
            0
        }
    }
}

/// A job has ended: its scene is kept no longer than there is room for it.
pub(super) async fn scene_is_needed_no_more(ctx: &Context, job: &Job) -> Result<(), CommandError> {
    if !ctx.is_embedded || !has_ended(job.status) {
        return Ok(());
    }
    let others = ctx.api.own_jobs_under_way().await?;
    if !others.iter().any(|other| other.asset_cid == job.asset_cid) {
        let_go(ctx, vec![job.asset_cid.clone()]).await?;
    }
    Ok(())
}

async fn let_go(ctx: &Context, roots: Vec<String>) -> Result<(), CommandError> {
    let blocks = ctx.blocks.clone();
    tokio::task::spawn_blocking(move || {
        for root in roots {
            if let Ok(root) = veriframe_ipfs::parse_cid(&root) {
                blocks.unpin(&root)?;
            }
        }
        Ok::<_, veriframe_ipfs::StoreError>(())
    })
    .await
    .map_err(|error| CommandError::internal(&error))?
    .map_err(|error| veriframe_ipfs::ContentError::from(error).into())
}
