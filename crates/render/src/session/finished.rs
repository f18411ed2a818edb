//! Takes a finished frame out of the folder that Blender can write to.
//!
//! A scene that got control of its Blender could put a link to a private file there, or change the file after it was
//! checked. So the bytes are read once, without following links, checked, and written anew out of its reach.

use crate::{
    disk::free_bytes,
    image_check::{self, Limits},
};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use tokio::task::spawn_blocking;

/// Bytes. The largest picture that is decoded, without compression, and its header.
const MAX_FILE: u64 = (1 << 30) + (1 << 20);

pub(super) struct Picture {
    pub bytes: u64,
    pub width: u32,
    pub height: u32,
    pub digest: String,
}

pub(super) enum TakeError {
    /// What is there is no picture.
    NoPicture(String),
    /// Writing the copy failed.
    Keep(io::Error),
}

/// Removes what an earlier attempt left, so that a file that is there afterwards is new.
pub(super) async fn forget(file: &Path) -> io::Result<()> {
    match tokio::fs::remove_file(file).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Reads, decodes and copies the frame, then removes it.
pub(super) async fn take(from: PathBuf, to: PathBuf) -> Result<Picture, TakeError> {
    spawn_blocking(move || take_blocking(&from, &to))
        .await
        .unwrap_or_else(|error| Err(TakeError::NoPicture(error.to_string())))
}

fn take_blocking(from: &Path, to: &Path) -> Result<Picture, TakeError> {
    let bytes = read(from).map_err(|error| TakeError::NoPicture(format!("reading the frame: {error}")))?;
    let pixels = image_check::decode(&bytes, Limits::default())
        .map_err(|error| TakeError::NoPicture(format!("decoding the frame: {error}")))?;
    keep(&bytes, to).map_err(TakeError::Keep)?;
    // It is only in the way from here on.
    let _ = fs::remove_file(from);
    Ok(Picture {
        bytes: bytes.len() as u64,
        width: pixels.width,
        height: pixels.height,
        digest: image_check::digest(&pixels),
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let refuse = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why.to_owned());
    let before = fs::symlink_metadata(path)?;
    if !before.is_file() {
        return Err(refuse("it is not a file"));
    }
    let file = File::open(path)?;
    let opened = file.metadata()?;
    if !opened.is_file() || !is_same(&before, &opened) {
        return Err(refuse("it was replaced by something else"));
    }
    if opened.len() > MAX_FILE {
        return Err(refuse("it is larger than any picture"));
    }
    let mut bytes = Vec::with_capacity(opened.len() as usize);
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same file, and not one that took its name: what was opened is what was looked at.
#[cfg(unix)]
fn is_same(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino()) && b.nlink() == 1
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

fn keep(bytes: &[u8], to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(to)?;
    Ok(())
}

/// Whether the disk under `folder` has less than a megabyte left.
pub(super) fn is_full(folder: &Path) -> bool {
    free_bytes(folder).is_some_and(|free| free < 1 << 20)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        fs::write(&secret, "private").unwrap();
        let (soft, hard) = (folder.path().join("soft.png"), folder.path().join("hard.png"));
        std::os::unix::fs::symlink(&secret, &soft).unwrap();
        // The target of the soft link has one name here, so that nothing but the link itself is refused.
        assert!(read(&soft).is_err());
        assert_eq!(read(&secret).unwrap(), b"private");
        fs::hard_link(&secret, &hard).unwrap();
        assert!(read(&hard).is_err());
        assert!(read(folder.path()).is_err());
    }

    #[tokio::test]
    async fn only_a_picture_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.png"), folder.path().join("b.png"));
        fs::write(&from, "no picture").unwrap();
        assert!(matches!(
            take(from.clone(), to.clone()).await,
            Err(TakeError::NoPicture(_))
        ));
        assert!(!to.exists());
        image::RgbImage::new(3, 2).save(&from).unwrap();
        let Ok(picture) = take(from.clone(), to.clone()).await else {
            panic!("not taken")
        };
        assert_eq!((picture.width, picture.height), (3, 2));
        assert!(to.exists() && !from.exists());
        forget(&from).await.unwrap();
    }
}
