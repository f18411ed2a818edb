//! The bytes of a frame's picture, from the content store.

use super::{
    find::posted,
    live::{self, KnownFrame},
};
use crate::{Context, view::CommandError};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use veriframe_ipfs::ContentStore as _;
use veriframe_render::picture as drawing;

/// Which picture of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PictureKind {
    /// Small, for the grid.
    Thumb,
    /// The frame itself as an 8-bit PNG.
    Full,
    /// The second render that it was compared with.
    Audit,
}

impl PictureKind {
    /// As in the address of a picture: `thumb`, `full`, `audit`.
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "thumb" => Some(Self::Thumb),
            "full" => Some(Self::Full),
            "audit" => Some(Self::Audit),
            _ => None,
        }
    }
}

/// Longest side of a thumbnail in pixels: twice the largest cell of the grid, for dense screens.
const THUMB_PIXELS: u32 = 512;
/// No frame of an honest job is larger.
const PICTURE_BYTES_AT_MOST: u64 = 1 << 30;

/// A picture and its media type.
pub struct Picture {
    pub bytes: Vec<u8>,
    pub content_type: &'static str,
}

/// `exposure` is in stops and counts for float pictures only.
pub async fn picture(
    ctx: &Arc<Context>,
    id: &str,
    frame: i32,
    kind: &str,
    exposure: f32,
) -> Result<Picture, CommandError> {
    let kind = PictureKind::from_name(kind)
        .ok_or_else(|| CommandError::new("not_found", format!("There is no picture “{kind}”."), ""))?;
    let job = posted(ctx, id).await?;
    let of_kind = |known: KnownFrame| match kind {
        PictureKind::Audit => known.audit,
        PictureKind::Thumb | PictureKind::Full => known.result,
    };
    let mut cid = live::known(ctx, &job, frame).await?.and_then(of_kind);
    if cid.is_none() {
        // Whoever asks may have heard of it a moment before it is remembered here.
        cid = live::asked(ctx, &job, frame).await?.and_then(of_kind);
    }
    let cid = cid.ok_or_else(|| CommandError::new("not_found", format!("Frame {frame} has no picture yet."), ""))?;
    match kind {
        PictureKind::Thumb => thumbnail(ctx, &cid).await,
        PictureKind::Full | PictureKind::Audit => {
            let bytes = read(ctx, &cid).await?;
            draw(move || drawing::display(&bytes, exposure)).await
        }
    }
}

/// Made once and kept in the home under the picture's own hash.
async fn thumbnail(ctx: &Arc<Context>, cid: &str) -> Result<Picture, CommandError> {
    let path = thumbnail_path(&ctx.home.thumbnails(), cid);
    let kept = path.clone();
    if let Ok(Ok(bytes)) = tokio::task::spawn_blocking(move || std::fs::read(kept)).await {
        return Ok(with_type(bytes));
    }
    let bytes = read(ctx, cid).await?;
    let thumbnail = draw(move || drawing::thumbnail(&bytes, THUMB_PIXELS)).await?;
    let copy = thumbnail.bytes.clone();
    let kept = tokio::task::spawn_blocking(move || keep(&path, &copy)).await;
    if let Ok(Err(error)) = kept {
        // It is shown all the same, and made again next time.
        tracing::debug!(%error, "a thumbnail could not be kept");
    }
    Ok(thumbnail)
}

/// Two letters of the hash make a folder, so that no folder holds ten thousand files.
fn thumbnail_path(folder: &Path, cid: &str) -> PathBuf {
    folder.join(&cid[cid.len().saturating_sub(2)..]).join(cid)
}

fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

async fn read(ctx: &Context, cid: &str) -> Result<Vec<u8>, CommandError> {
    Ok(ctx.content.read_file(cid, PICTURE_BYTES_AT_MOST).await?)
}

async fn draw<E: std::error::Error + Send + 'static>(
    work: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
) -> Result<Picture, CommandError> {
    let drawn = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| CommandError::internal(&error))?;
    drawn.map(with_type).map_err(|error| {
        CommandError::new(
            "corrupt",
            format!("The picture cannot be shown: {error}."),
            "Render the frame again.",
        )
    })
}

fn with_type(bytes: Vec<u8>) -> Picture {
    let content_type = if bytes.starts_with(&[0xff, 0xd8]) {
        "image/jpeg"
    } else {
        "image/png"
    };
    Picture { bytes, content_type }
}

/// A frame's file, byte for byte as Blender wrote it.
pub(super) async fn original(ctx: &Context, cid: &str) -> Result<Vec<u8>, CommandError> {
    read(ctx, cid).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_is_kept_under_its_hash() {
        let dir = tempfile::tempdir().unwrap();
        let path = thumbnail_path(dir.path(), "bafkreiabcd");
        assert!(path.ends_with("cd/bafkreiabcd"));
        keep(&path, b"one").unwrap();
        keep(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn media_types_are_read_from_the_bytes() {
        assert_eq!(with_type(vec![0xff, 0xd8, 0xff]).content_type, "image/jpeg");
        assert_eq!(with_type(b"\x89PNG".to_vec()).content_type, "image/png");
    }
}
