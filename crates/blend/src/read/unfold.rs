//! Unfolding compressed files, within limits that no honest scene meets.

use std::{
    fs::File,
    io::{self, Read, Write},
};

use memmap2::MmapMut;

use super::{
    frames::Frames,
    source::{self, Bytes, MAGIC},
};
use crate::BlendError;

/// The most that a compressed file may unfold to.
const MAX_UNCOMPRESSED: u64 = 8 << 30;
/// Up to here a file may unfold at any ratio; beyond, `MAX_RATIO` holds. Honest scenes stay far below it.
const RATIO_FREE: u64 = 64 << 20;
const MAX_RATIO: u64 = 1_000;
/// What deflate can reach at the very best.
const DEFLATE_RATIO: u64 = 1_032;
/// Beyond this an unfolded file lives in a nameless temporary file instead of in memory.
const SPILL_AFTER: u64 = 64 << 20;
const CHUNK: usize = 256 << 10;

/// `None` when what unfolds is no .blend file.
pub(super) fn gzip(stored: &[u8]) -> Result<Option<Bytes>, BlendError> {
    match whole_gzip(stored) {
        Some(whole) => Ok(Some(whole)),
        None => stream(flate2::bufread::MultiGzDecoder::new(stored), stored.len() as u64),
    }
}

/// The common case, several times as fast as a stream: a file that ends with the size of all it unfolds to, which is not
/// large. `None` when it does not, or when anything is odd: the stream then tells what.
fn whole_gzip(stored: &[u8]) -> Option<Bytes> {
    let total = u64::from(u32::from_le_bytes(*stored.last_chunk()?));
    // Deflate cannot do better than that ratio, so that such a size is none.
    if total > SPILL_AFTER || total / (stored.len() as u64) > DEFLATE_RATIO {
        return None;
    }
    let mut unfolded = None;
    let bytes = in_memory(total as usize, |place| {
        unfolded = libdeflater::Decompressor::new().gzip_decompress(stored, place).ok();
        Ok(())
    });
    bytes
        .ok()
        .filter(|bytes| unfolded == Some(total as usize) && bytes.starts_with(MAGIC))
}

/// Below this, pages of the usual size do.
const LARGE: usize = 1 << 20;

/// Memory of this size, filled.
fn in_memory(total: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), BlendError>) -> Result<Bytes, BlendError> {
    if total < LARGE {
        let mut heap = vec![0; total];
        fill(&mut heap)?;
        return Ok(Bytes::Heap(heap));
    }
    let mut map = MmapMut::map_anon(total).map_err(scratch)?;
    // Asking the system for one large page instead of 512 small ones is a good part of the time of a small report.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    fill(&mut map)?;
    Ok(Bytes::Memory(map.make_read_only().map_err(scratch)?))
}

/// `None` when what unfolds is no .blend file.
pub(super) fn zstd(stored: &[u8]) -> Result<Option<Bytes>, BlendError> {
    let Some(frames) = Frames::of(stored) else {
        let reader = zstd::stream::read::Decoder::with_buffer(stored).map_err(scratch)?;
        return stream(reader, stored.len() as u64);
    };
    allowed(frames.total, stored.len() as u64)?;
    let bytes = if frames.total <= SPILL_AFTER {
        in_memory(frames.total as usize, |place| frames.unfold(place))?
    } else if frames.largest() > SPILL_AFTER as usize {
        let reader = zstd::stream::read::Decoder::with_buffer(stored).map_err(scratch)?;
        return stream(reader, stored.len() as u64);
    } else {
        let file = tempfile::tempfile().map_err(scratch)?;
        frames.unfold_to(&file)?;
        Bytes::Map(source::map(&file).map_err(scratch)?)
    };
    Ok(Some(bytes).filter(|bytes| bytes.starts_with(MAGIC)))
}

fn allowed(total: u64, stored: u64) -> Result<(), BlendError> {
    if total > MAX_UNCOMPRESSED {
        return Err(BlendError::TooLarge {
            reason: format!("it unfolds to more than {MAX_UNCOMPRESSED} bytes"),
        });
    }
    if total > RATIO_FREE && total / stored.max(1) > MAX_RATIO {
        return Err(BlendError::TooLarge {
            reason: format!("{stored} bytes unfold to {total} or more; no scene compresses like that"),
        });
    }
    Ok(())
}

pub(super) fn scratch(source: io::Error) -> BlendError {
    BlendError::Unreadable {
        path: std::env::temp_dir(),
        source,
    }
}

/// Unfolds a stream whose size is not known.
fn stream(mut reader: impl Read, stored: u64) -> Result<Option<Bytes>, BlendError> {
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
        allowed(total, stored)?;
        if let Some(file) = &mut spilled {
            file.write_all(part).map_err(scratch)?;
            continue;
        }
        heap.extend_from_slice(part);
        if heap.len() >= MAGIC.len() && !heap.starts_with(MAGIC) {
            return Ok(None);
        }
        if total > SPILL_AFTER {
            let mut file = tempfile::tempfile().map_err(scratch)?;
            file.write_all(&heap).map_err(scratch)?;
            heap = Vec::new();
            spilled = Some(file);
        }
    }
    let bytes = match spilled {
        Some(file) => Bytes::Map(source::map(&file).map_err(scratch)?),
        None => Bytes::Heap(heap),
    };
    Ok(Some(bytes).filter(|bytes| bytes.starts_with(MAGIC)))
}
