//! A job's results, gathered into one folder: what its frames are, where they came from, and what they cost, under one CID.
//!
//! Done when a job is complete, by [`crate::work`]. The frames' blocks are here, so only the folder and its manifest are new.
//! Done twice, it gives the same folder.

use crate::{
    app::App,
    content,
    error::{ApiError, ApiResult},
    store::{self, WriteTx, jobs::JobRow, tasks::TaskRow},
    work::{self, Work},
};
use std::io::Write as _;
use veriframe_core::output::OutputFormat;
use veriframe_ipfs::{BlockStore, Cid, FolderError};
use veriframe_wire::{
    AddressText, AmountText,
    job::JobStatus,
    result_folder::{FolderCheck, FolderFrame, FolderManifest, MANIFEST_NAME},
    results::ResultFrame,
};

/// Frames of one folder; of more, each so many have a folder of their own, because a folder is one block.
const IN_A_FOLDER: usize = 1000;
/// Seconds after which it is looked whether everything is still here.
const LOOK_AGAIN_AFTER: i64 = 3600;

impl From<FolderError> for ApiError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

/// Pins every frame, and the folder of them, and says so in the job.
pub async fn gather(app: &App, id: &str) -> ApiResult<()> {
    let (job, frames) = {
        let mut db = app.store.read().await?;
        let job = store::jobs::find(&mut db, id).await?;
        let Some(job) = job.filter(|job| job.status == JobStatus::Complete) else {
            return Ok(());
        };
        (job, store::tasks::paid_frames(&mut db, id).await?)
    };
    if frames.is_empty() {
        return Ok(());
    }
    let frames: Vec<FolderFrame> = frames.iter().filter_map(|task| frame(&job, task)).collect();
    for frame in &frames {
        content::pin(app, &frame.result.result_cid).await?;
    }
    let spent = AmountText(job.spent);
    let manifest = FolderManifest::new(job.id, job.request.name, spent, frames);
    let root = content::blocking(app, move |blocks| put(blocks, &manifest)).await?;
    let mut tx = app.store.write().await?;
    store::jobs::set_results(tx.db(), id, &root.to_string()).await?;
    let at = tx.now.plus_seconds(LOOK_AGAIN_AFTER);
    work::enqueue_at(&mut tx, &Work::CheckPins { job: id.to_owned() }, at).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether all of a job's results are still here and pinned; what is not is fetched, or named by the error.
pub async fn check_pins(app: &App, id: &str) -> ApiResult<()> {
    let job = {
        let mut db = app.store.read().await?;
        store::jobs::find(&mut db, id).await?
    };
    match job.and_then(|job| job.results_cid) {
        Some(root) => content::pin(app, &root).await,
        None => Ok(()),
    }
}

/// For the transaction that completes a job.
pub async fn gather_later(tx: &mut WriteTx, job: &str) -> ApiResult<()> {
    work::enqueue(tx, &Work::GatherResults { job: job.to_owned() }).await
}

fn frame(job: &JobRow, task: &TaskRow) -> Option<FolderFrame> {
    let result = task.result.clone()?;
    let format: OutputFormat = store::text::word(job.request.render.format).parse().ok()?;
    Some(FolderFrame {
        file: format.file_name(task.frame),
        result: ResultFrame {
            frame: task.frame,
            result_cid: result.result_cid,
            worker: AddressText(task.worker?),
            pixel_digest: result.pixel_digest,
        },
        check: task.check.as_ref().map(|check| FolderCheck {
            outcome: check.outcome,
            by: check.by,
            differing: check.differing,
        }),
        cost: AmountText(task.paid),
    })
}

/// Stores and pins the folder.
fn put(blocks: &BlockStore, manifest: &FolderManifest) -> ApiResult<Cid> {
    let _held = blocks.hold()?;
    let mut manifest = manifest.clone();
    let mut entries: Vec<(String, Cid)> = Vec::new();
    let several = manifest.frames.len() > IN_A_FOLDER;
    for frames in manifest.frames.chunks_mut(IN_A_FOLDER) {
        let name = match frames {
            [first, .., last] if several => format!("{}-{}", first.result.frame, last.result.frame),
            [first, ..] => first.result.frame.to_string(),
            [] => continue,
        };
        let mut links = Vec::with_capacity(frames.len());
        for frame in frames {
            links.push((frame.file.clone(), content::cid(&frame.result.result_cid)?));
            if several {
                frame.file = format!("{name}/{}", frame.file);
            }
        }
        if several {
            entries.push((name, blocks.put_folder(&links)?));
        } else {
            entries = links;
        }
    }
    entries.push((MANIFEST_NAME.to_owned(), put_file(blocks, &manifest.to_json()?)?));
    let root = blocks.put_folder(&entries)?;
    blocks.pin(&root)?;
    Ok(root)
}

fn put_file(blocks: &BlockStore, bytes: &[u8]) -> ApiResult<Cid> {
    let mut file = tempfile::NamedTempFile::new().map_err(ApiError::internal)?;
    file.write_all(bytes).map_err(ApiError::internal)?;
    let imported = blocks.import_path(file.path(), &mut |_| {}, &|| false);
    Ok(imported.map_err(ApiError::internal)?.root)
}
