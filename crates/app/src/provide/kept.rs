//! Finished frames on this computer: first the disk and the journal, then the network.

use super::{claim, direct};
use crate::{
    Context,
    db::kept_frames::{self, KeptRow},
    view::CommandError,
};
use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};
use veriframe_wire::{
    job::{FrameResult, RenderSpec},
    lease::{Lease, LeasedTask},
};

/// A frame that is safe on this computer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub task: LeasedTask,
    pub path: PathBuf,
    /// Everything but the CID, which the upload gives.
    pub facts: FrameResult,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    #[error("there is no room left on the disk for finished frames")]
    NoSpace,
    #[error("the finished frame could not be kept: {0}")]
    Disk(io::Error),
    #[error(transparent)]
    Journal(#[from] crate::db::DbError),
    #[error("the finished frame could not be kept: {0}")]
    Facts(#[from] serde_json::Error),
    #[error("the program is closing")]
    Closing,
}

impl From<io::Error> for KeepError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            _ => Self::Disk(error),
        }
    }
}

/// Moves the rendered file into the kept folder and writes the journal; both survive a power cut once this returns.
pub(super) async fn keep(
    ctx: &Context,
    lease: &Lease,
    task: &LeasedTask,
    rendered: &Path,
    facts: FrameResult,
) -> Result<Kept, KeepError> {
    let extension = rendered.extension().and_then(|e| e.to_str()).unwrap_or("frame");
    let file = format!("{}-{}.{extension}", file_stem(&lease.job), file_stem(&task.id));
    let path = ctx.home.kept().join(&file);
    let row = KeptRow {
        task: task.id.clone(),
        job: lease.job.clone(),
        frame: task.frame,
        asset_cid: lease.asset_cid.clone(),
        render: render_key(&lease.render)?,
        file,
        facts: serde_json::to_string(&facts)?,
        kept_at_ms: ctx.clock.now().0,
    };
    let (from, to) = (rendered.to_owned(), path.clone());
    tokio::task::spawn_blocking(move || move_durably(&from, &to))
        .await
        .map_err(|_| KeepError::Closing)??;
    ctx.db.call(move |conn| kept_frames::put(conn, &row)).await?;
    count(ctx).await;
    Ok(Kept {
        task: task.clone(),
        path,
        facts,
    })
}

/// The frame that an earlier run, or a lease that was lost, left for this very task.
pub(super) async fn find(ctx: &Context, lease: &Lease, task: &LeasedTask) -> Result<Option<Kept>, KeepError> {
    let (job, id, asset) = (lease.job.clone(), task.id.clone(), lease.asset_cid.clone());
    let render = render_key(&lease.render)?;
    let row = ctx
        .db
        .call(move |conn| kept_frames::find(conn, &job, &id, &asset, &render))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let path = ctx.home.kept().join(&row.file);
    match serde_json::from_str(&row.facts) {
        Ok(facts) if row.frame == task.frame && is_whole(&path, &facts) => Ok(Some(Kept {
            task: task.clone(),
            path,
            facts,
        })),
        _ => {
            forget(ctx, &row.job, &row.task, &path).await?;
            Ok(None)
        }
    }
}

/// The frame was taken, or is of no use to anybody any more.
pub(super) async fn forget(ctx: &Context, job: &str, task: &str, path: &Path) -> Result<(), KeepError> {
    let (job, task) = (job.to_owned(), task.to_owned());
    ctx.db.call(move |conn| kept_frames::remove(conn, &job, &task)).await?;
    match tokio::fs::remove_file(path).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "a frame that was handed in could not be deleted");
        }
        _ => {}
    }
    count(ctx).await;
    Ok(())
}

/// Brings journal and folder to agree. Only before the slots begin: a frame that is being kept has no row yet.
pub(super) async fn tidy(ctx: &Context) -> Result<(), CommandError> {
    let known = let_go_of_ended(ctx).await?;
    // A file without a row was being moved when the program was killed: its facts are lost, so it is rendered again.
    let mut folder = tokio::fs::read_dir(ctx.home.kept())
        .await
        .map_err(|e| CommandError::internal(&e))?;
    while let Ok(Some(entry)) = folder.next_entry().await {
        if !known.iter().any(|file| entry.file_name() == file.as_str()) {
            let _ = tokio::fs::remove_file(entry.path()).await;
        }
    }
    Ok(())
}

/// Lets go of frames whose job has ended; answers with the files that stay.
pub(super) async fn let_go_of_ended(ctx: &Context) -> Result<Vec<String>, CommandError> {
    let rows = ctx.db.call(|conn| kept_frames::all(conn)).await?;
    let mut stay = Vec::with_capacity(rows.len());
    let mut ended: HashMap<String, bool> = HashMap::new();
    for row in rows {
        let path = ctx.home.kept().join(&row.file);
        let gone = !path.is_file()
            || match ended.get(&row.job) {
                Some(&gone) => gone,
                None => *ended.entry(row.job.clone()).or_insert(has_ended(ctx, &row.job).await),
            };
        if !gone {
            stay.push(row.file);
        } else if let Err(error) = forget(ctx, &row.job, &row.task, &path).await {
            tracing::warn!(%error, "a kept frame could not be let go");
        }
    }
    count(ctx).await;
    Ok(stay)
}

/// Only a clear answer counts: while the coordinator is away, its frames stay.
async fn has_ended(ctx: &Context, job: &str) -> bool {
    if direct::is_direct(job) {
        return direct::has_ended(ctx, job).await.unwrap_or(false);
    }
    claim::has_ended(ctx, job).await.unwrap_or(false)
}

async fn count(ctx: &Context) {
    if let Ok(kept) = ctx.db.call(|conn| kept_frames::count(conn)).await {
        ctx.provider.update(|activity| activity.kept = kept);
    }
}

fn render_key(render: &RenderSpec) -> Result<String, serde_json::Error> {
    serde_json::to_string(render)
}

/// Task identifiers come from a stranger; a file name must not.
fn file_stem(task: &str) -> String {
    task.chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(100)
        .collect()
}

fn is_whole(path: &Path, facts: &FrameResult) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == facts.bytes && facts.bytes > 0)
}

fn move_durably(from: &Path, to: &Path) -> io::Result<()> {
    File::open(from)?.sync_all()?;
    fs::rename(from, to)?;
    #[cfg(unix)]
    if let Some(folder) = to.parent() {
        // On Unix the name itself is durable only once the folder is.
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_cannot_name_a_path() {
        assert_eq!(file_stem("../../etc/passwd"), "______etc_passwd");
        assert_eq!(file_stem("0199-4a").len(), 7);
    }
}
