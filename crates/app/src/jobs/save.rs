//! Frames as files in a folder of the artist's.

use super::{find::posted, live, picture::original, still};
use crate::{
    Context,
    create::of_io,
    db::jobs as table,
    view::{CommandError, SavedFrames},
};
use std::{
    collections::BTreeSet,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use veriframe_core::OutputFormat;
use veriframe_ipfs::BlockStore;
use veriframe_wire::job as wire;

/// Writes frames as `frame_0001.png` and so on: the very bytes that Blender wrote. An empty list is every finished
/// frame. Of a still in pieces it is the joined picture, whatever the list names. A file appears complete or not at
/// all, and one of the same name is replaced.
pub async fn save_frames(
    ctx: &Arc<Context>,
    id: String,
    frames: Vec<i32>,
    folder: String,
) -> Result<SavedFrames, CommandError> {
    let job_id = posted(ctx, &id).await?;
    let job = ctx.api.job(&job_id).await?;
    let folder = std::path::absolute(&folder).unwrap_or_else(|_| folder.into());
    make(folder.clone()).await?;
    let files = match &job.render.pieces {
        Some(pieces) => still::save(ctx, &job, pieces, &folder).await.map(|_| 1)?,
        None => save_each(ctx, &job, frames, &folder).await?,
    };
    let text = folder.to_string_lossy().into_owned();
    remember_folder(ctx, &job_id, &folder).await?;
    Ok(SavedFrames {
        folder: text,
        files: u32::try_from(files).unwrap_or(u32::MAX),
    })
}

/// Where the frames of a job go, for the next time.
pub async fn remember_folder(ctx: &Context, job: &str, folder: &Path) -> Result<(), CommandError> {
    let (job, folder) = (job.to_owned(), folder.to_string_lossy().into_owned());
    Ok(ctx
        .db
        .call(move |conn| Ok(table::set_saved_to(conn, &job, &folder)?))
        .await?)
}

/// How many were written.
async fn save_each(ctx: &Context, job: &wire::Job, frames: Vec<i32>, folder: &Path) -> Result<usize, CommandError> {
    let format = format(job.render.format);
    let finished = finished(ctx, &job.id, frames).await?;
    for (frame, cid) in &finished {
        let bytes = original(ctx, cid).await?;
        put(folder.join(format.file_name(*frame)), bytes).await?;
    }
    Ok(finished.len())
}

/// Writes the joined picture of a still that was rendered in pieces: its frame, and where it went. `None` for other jobs.
pub async fn save_still(ctx: &Arc<Context>, job: &str, folder: &Path) -> Result<Option<(i32, PathBuf)>, CommandError> {
    let job = ctx.api.job(job).await?;
    let Some(pieces) = &job.render.pieces else {
        return Ok(None);
    };
    make(folder.to_owned()).await?;
    let path = still::save(ctx, &job, pieces, folder).await?;
    Ok(Some((pieces.frame, path)))
}

/// Where a frame went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFrame {
    pub path: PathBuf,
    /// Where a picture of the same name is now that VeriFrame did not make: painted over, or of another program.
    pub aside: Option<PathBuf>,
}

/// Writes one finished frame; `None` when it is not finished. What it would replace and nobody could make again is kept.
pub async fn save_frame(
    ctx: &Arc<Context>,
    job: &str,
    frame: i32,
    format: OutputFormat,
    folder: &Path,
) -> Result<Option<SavedFrame>, CommandError> {
    let known = live::known(ctx, job, frame).await?;
    let Some(cid) = known
        .filter(|known| known.cell.state.is_done())
        .and_then(|known| known.result)
    else {
        return Ok(None);
    };
    make(folder.to_owned()).await?;
    let path = folder.join(format.file_name(frame));
    let (blocks, there) = (ctx.blocks.clone(), path.clone());
    let aside = blocking(move || keep_aside(&blocks, &there).map_err(|error| of_io(&error, &there))).await?;
    put(path.clone(), original(ctx, &cid).await?).await?;
    Ok(Some(SavedFrame { path, aside }))
}

/// Renames a file that is no picture of this home: each of those is in the store under its CID.
fn keep_aside(blocks: &BlockStore, path: &Path) -> std::io::Result<Option<PathBuf>> {
    if !path.is_file() || veriframe_ipfs::cid_of_path(path).is_ok_and(|cid| blocks.has(&cid)) {
        return Ok(None);
    }
    let (stem, ending) = (
        path.file_stem().unwrap_or_default(),
        path.extension().unwrap_or_default(),
    );
    let aside = (1..)
        .map(|number| path.with_file_name(format!("{} (before {number}).{}", stem.display(), ending.display())))
        .find(|free| free.symlink_metadata().is_err());
    if let Some(aside) = &aside {
        std::fs::rename(path, aside)?;
    }
    Ok(aside)
}

/// Frames, or pieces, and the CIDs of their pictures.
pub(super) async fn finished(ctx: &Context, job: &str, frames: Vec<i32>) -> Result<Vec<(i32, String)>, CommandError> {
    let wanted: BTreeSet<i32> = frames.into_iter().collect();
    let cells = live::fresh_cells(ctx, job).await?;
    Ok(cells
        .iter()
        .filter(|cell| cell.state.is_done() && (wanted.is_empty() || wanted.contains(&cell.frame)))
        .filter_map(|cell| Some((cell.frame, ctx.live.frame(job, cell.frame)?.result?)))
        .collect())
}

pub fn format(format: wire::OutputFormat) -> OutputFormat {
    match format {
        wire::OutputFormat::Png => OutputFormat::Png,
        wire::OutputFormat::Exr => OutputFormat::Exr,
        wire::OutputFormat::Jpeg => OutputFormat::Jpeg,
    }
}

async fn make(folder: PathBuf) -> Result<(), CommandError> {
    blocking(move || std::fs::create_dir_all(&folder).map_err(|error| of_io(&error, &folder))).await
}

pub(super) async fn put(path: PathBuf, bytes: Vec<u8>) -> Result<(), CommandError> {
    blocking(move || write(&path, &bytes).map_err(|error| of_io(&error, &path))).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CommandError> + Send + 'static,
) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| CommandError::internal(&error))?
}

/// Under another name first, then renamed. A full disk leaves nothing behind.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".frame-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    readable(file.as_file())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Temporary files are private; a frame is an ordinary file.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_replaces_an_older_one_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("frame_0001.png");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_picture_that_was_not_made_here_is_kept_aside() {
        let dir = tempfile::tempdir().unwrap();
        let blocks = BlockStore::open(dir.path().join("blocks")).unwrap();
        let path = dir.path().join("frame_0001.png");
        assert_eq!(keep_aside(&blocks, &path).unwrap(), None, "nothing is there");
        for number in 1..=2 {
            std::fs::write(&path, format!("painted {number}")).unwrap();
            let aside = dir.path().join(format!("frame_0001 (before {number}).png"));
            assert_eq!(keep_aside(&blocks, &path).unwrap(), Some(aside.clone()));
            assert_eq!(std::fs::read(aside).unwrap(), format!("painted {number}").as_bytes());
        }
        std::fs::write(&path, "ours").unwrap();
        blocks.put(&veriframe_ipfs::block::raw_cid(b"ours"), b"ours").unwrap();
        assert_eq!(keep_aside(&blocks, &path).unwrap(), None, "it can be had again");
        assert!(path.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_full_disk() {
        // A file may be opened on this device, but nothing can be written to it.
        let error = std::fs::write("/dev/full", b"x").unwrap_err();
        assert_eq!(of_io(&error, Path::new("/dev/full")).code, "no_space");
    }
}
