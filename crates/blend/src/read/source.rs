use std::{
    fs::File,
    io::{self, Read},
    ops::Deref,
    path::Path,
};

use memmap2::Mmap;
use serde::Serialize;

use super::unfold;
use crate::BlendError;

pub(super) const MAGIC: &[u8; 7] = b"BLENDER";
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Zstandard's skippable frames, 0x184D2A50 to 0x184D2A5F: a file may begin with one.
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// How a file is stored on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// Of a file.
    Map(Mmap),
    Heap(Vec<u8>),
    /// Of nothing: memory in large pages.
    Memory(Mmap),
}

impl Bytes {
    /// Lets the system take back the pages of a part that was looked at. It would do so by itself when memory runs short; but
    /// until then a large scene would count as memory of ours.
    #[cfg_attr(unix, expect(unsafe_code, reason = "advice about a map is, as the map itself"))]
    pub fn forget_pages(&self, offset: u64, len: u64) {
        #[cfg(unix)]
        if let Self::Map(map) = self
            && let Ok(offset) = usize::try_from(offset)
            && let Some(left) = map.len().checked_sub(offset)
        {
            let len = usize::try_from(len).unwrap_or(usize::MAX).min(left);
            // SAFETY: the map is of a file, read-only, and never written to: a page that is looked at again is read again.
            let advised = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, len) };
            // Advice is all it was.
            drop(advised);
        }
        #[cfg(not(unix))]
        let _ = (offset, len);
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Map(map) | Self::Memory(map) => map,
            Self::Heap(bytes) => bytes,
        }
    }
}

pub(crate) struct Loaded {
    /// Uncompressed.
    pub bytes: Bytes,
    pub compression: Compression,
    pub stored: u64,
}

pub(crate) fn load(path: &Path) -> Result<Loaded, BlendError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => BlendError::NotFound { path: path.to_owned() },
        io::ErrorKind::IsADirectory => BlendError::IsFolder { path: path.to_owned() },
        _ => BlendError::Unreadable {
            path: path.to_owned(),
            source,
        },
    };
    // Asked before opening: opening a pipe waits for ever, and opening a folder fails differently on each system.
    let facts = std::fs::metadata(path).map_err(unreadable)?;
    if facts.is_dir() {
        return Err(BlendError::IsFolder { path: path.to_owned() });
    }
    if !facts.is_file() {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(BlendError::Unreadable {
            path: path.to_owned(),
            source,
        });
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::with_capacity(MAGIC.len());
    Read::by_ref(&mut file)
        .take(MAGIC.len() as u64)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    if start.is_empty() {
        return Err(BlendError::Empty { path: path.to_owned() });
    }
    of_bytes(Bytes::Map(map(&file).map_err(unreadable)?), path)
}

/// The same for bytes that are there already. `path` is for messages.
pub(crate) fn of_bytes(bytes: Bytes, path: &Path) -> Result<Loaded, BlendError> {
    let stored = bytes.len() as u64;
    let not_a_blend = || BlendError::NotABlend { path: path.to_owned() };
    let (bytes, compression) = if bytes.starts_with(MAGIC) {
        (bytes, Compression::None)
    } else if bytes.is_empty() {
        return Err(BlendError::Empty { path: path.to_owned() });
    } else if MAGIC.starts_with(&bytes) {
        return Err(BlendError::truncated(stored, "it ends within its first word"));
    } else if bytes.starts_with(&GZIP) {
        (unfold::gzip(&bytes)?.ok_or_else(not_a_blend)?, Compression::Gzip)
    } else if bytes.starts_with(&ZSTD) || bytes.get(1..4) == Some(&ZSTD_SKIPPABLE[..]) {
        (unfold::zstd(&bytes)?.ok_or_else(not_a_blend)?, Compression::Zstd)
    } else {
        return Err(not_a_blend());
    };
    Ok(Loaded {
        bytes,
        compression,
        stored,
    })
}

#[expect(
    unsafe_code,
    reason = "a map is the only way to read a scene of many gigabytes without holding it. It is opened for reading \
              only and every access is checked against its length; a file that another program cuts short while it is \
              read can end this process, which the user's own file on the user's own computer may."
)]
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is private to this value, read-only, and never reinterpreted as anything but bytes.
    unsafe { Mmap::map(file) }
}
