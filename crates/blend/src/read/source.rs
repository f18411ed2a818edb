use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    ops::Deref,
    path::Path,
};

use memmap2::Mmap;
use serde::Serialize;

use crate::BlendError;

/// The most that a compressed file may unfold to.
const MAX_UNCOMPRESSED: u64 = 8 << 30;
/// Up to here a file may unfold at any ratio; beyond, `MAX_RATIO` holds. Honest scenes stay far below it.
const RATIO_FREE: u64 = 256 << 20;
const MAX_RATIO: u64 = 1_000;
/// Beyond this an unfolded file lives in a nameless temporary file instead of in memory.
const SPILL_AFTER: usize = 128 << 20;
const CHUNK: usize = 256 << 10;

const MAGIC: &[u8; 7] = b"BLENDER";
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

/// The uncompressed bytes of a file.
#[derive(Debug)]
pub(crate) enum Bytes {
    Map(Mmap),
    Heap(Vec<u8>),
}

impl Bytes {
    /// Lets the system take back the pages that were looked at. It would do so by itself when memory runs short; but until
    /// then a large scene would count as memory of ours.
    #[cfg_attr(unix, expect(unsafe_code, reason = "advice about a map is, as the map itself"))]
    pub fn forget_pages(&self) {
        #[cfg(unix)]
        if let Self::Map(map) = self {
            // SAFETY: the map is of a file, read-only, and never written to: a page that is looked at again is read again.
            let advised = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
            // Advice is all it was.
            drop(advised);
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Map(map) => map,
            Self::Heap(bytes) => bytes,
        }
    }
}

pub(crate) struct Loaded {
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
    let stored = facts.len();
    let mut start = Vec::with_capacity(12);
    Read::by_ref(&mut file)
        .take(12)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    if start.is_empty() {
        return Err(BlendError::Empty { path: path.to_owned() });
    }
    io::Seek::rewind(&mut file).map_err(unreadable)?;
    let not_a_blend = || BlendError::NotABlend { path: path.to_owned() };
    let (bytes, compression) = if start.starts_with(MAGIC) {
        (Bytes::Map(map(&file).map_err(unreadable)?), Compression::None)
    } else if MAGIC.starts_with(&start) {
        return Err(BlendError::truncated(stored, "it ends within its first word"));
    } else if start.starts_with(&GZIP) {
        let reader = flate2::read::MultiGzDecoder::new(BufReader::with_capacity(CHUNK, file));
        (unfold(reader, stored)?.ok_or_else(not_a_blend)?, Compression::Gzip)
    } else if start.starts_with(&ZSTD) || start.get(1..4) == Some(&ZSTD_SKIPPABLE[..]) {
        let reader = zstd::stream::read::Decoder::new(file).map_err(unreadable)?;
        (unfold(reader, stored)?.ok_or_else(not_a_blend)?, Compression::Zstd)
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
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is private to this value, read-only, and never reinterpreted as anything but bytes.
    unsafe { Mmap::map(file) }
}

/// Unfolds a compressed stream within the limits; `None` when what unfolds is no .blend file.
fn unfold(mut reader: impl Read, stored: u64) -> Result<Option<Bytes>, BlendError> {
    let mut heap: Vec<u8> = Vec::new();
    let mut spilled: Option<File> = None;
    let mut total: u64 = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(BlendError::truncated(total, "the compressed data ends in the middle"));
            }
            Err(error) => return Err(BlendError::corrupt(total, format!("it does not decompress: {error}"))),
        };
        let part = chunk.get(..read).unwrap_or_default();
        total += read as u64;
        if total > MAX_UNCOMPRESSED {
            return Err(BlendError::TooLarge {
                reason: format!("it unfolds to more than {MAX_UNCOMPRESSED} bytes"),
            });
        }
        if total > RATIO_FREE && total / stored.max(1) > MAX_RATIO {
            return Err(BlendError::TooLarge {
                reason: format!("{stored} bytes unfold to more than {total}; no scene compresses like that"),
            });
        }
        let scratch = |source| BlendError::Unreadable {
            path: std::env::temp_dir(),
            source,
        };
        if let Some(file) = &mut spilled {
            file.write_all(part).map_err(scratch)?;
            continue;
        }
        heap.extend_from_slice(part);
        if heap.len() >= MAGIC.len() && !heap.starts_with(MAGIC) {
            return Ok(None);
        }
        if heap.len() > SPILL_AFTER {
            let mut file = tempfile::tempfile().map_err(scratch)?;
            file.write_all(&heap).map_err(scratch)?;
            heap = Vec::new();
            spilled = Some(file);
        }
    }
    match spilled {
        Some(file) => {
            let map = map(&file).map_err(|source| BlendError::Unreadable {
                path: std::env::temp_dir(),
                source,
            })?;
            Ok(Some(Bytes::Map(map)))
        }
        None if heap.starts_with(MAGIC) => Ok(Some(Bytes::Heap(heap))),
        None => Ok(None),
    }
}
