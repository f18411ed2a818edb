//! Zstandard as Blender writes it: frames of a megabyte each that tell their size, so that all can be unfolded into place at
//! once.

use std::{
    fs::File,
    io,
    sync::{Mutex, PoisonError},
};

use zstd::zstd_safe;

use super::unfold;
use crate::BlendError;

/// Skippable frames have this number in their upper 28 bits.
const SKIPPABLE: u32 = 0x0184_D2A5;
const MOST_WORKERS: usize = 4;

/// The frames of a file, each with its place in what it unfolds to.
pub(super) struct Frames<'a> {
    frames: Vec<(&'a [u8], usize)>,
    pub total: u64,
}

impl<'a> Frames<'a> {
    /// `None` when a frame does not tell its size, or is not whole: such files have to be read as a stream.
    pub fn of(stored: &'a [u8]) -> Option<Self> {
        let mut found = Self {
            frames: Vec::new(),
            total: 0,
        };
        let mut rest = stored;
        while !rest.is_empty() {
            let len = zstd_safe::find_frame_compressed_size(rest).ok()?;
            let (frame, after) = rest.split_at_checked(len).filter(|_| len > 0)?;
            let magic = u32::from_le_bytes(frame.get(..4)?.try_into().ok()?);
            if magic >> 4 != SKIPPABLE {
                let size = zstd_safe::get_frame_content_size(frame).ok()??;
                found.frames.push((frame, usize::try_from(size).ok()?));
                found.total = found.total.checked_add(size)?;
            }
            rest = after;
        }
        Some(found)
    }

    /// Bytes of the largest frame, unfolded.
    pub fn largest(&self) -> usize {
        self.frames.iter().map(|(_, size)| *size).max().unwrap_or(0)
    }

    /// Unfolds all into `to`, which has their total size.
    pub fn unfold(self, to: &mut [u8]) -> Result<(), BlendError> {
        let mut rest = to;
        let mut open = Vec::with_capacity(self.frames.len());
        let mut at: u64 = 0;
        for (frame, size) in self.frames {
            let (place, after) = rest.split_at_mut_checked(size).unwrap_or_default();
            open.push((frame, place, at));
            at += size as u64;
            rest = after;
        }
        side_by_side(open, |decoder, (frame, place, at)| decoder.unfold(frame, place, at))
    }

    /// Unfolds all into a file, so that little of it is in memory.
    pub fn unfold_to(self, file: &File) -> Result<(), BlendError> {
        let mut at: u64 = 0;
        let mut open = Vec::with_capacity(self.frames.len());
        for (frame, size) in self.frames {
            open.push((frame, size, at));
            at += size as u64;
        }
        side_by_side(open, |decoder, (frame, size, at)| {
            let mut buffer = std::mem::take(&mut decoder.buffer);
            buffer.resize(size, 0);
            decoder.unfold(frame, &mut buffer, at)?;
            write_at(file, &buffer, at).map_err(unfold::scratch)?;
            decoder.buffer = buffer;
            Ok(())
        })
    }
}

struct Decoder {
    zstd: zstd::bulk::Decompressor<'static>,
    buffer: Vec<u8>,
}

impl Decoder {
    /// `at` is the place in what the whole file unfolds to, for messages.
    fn unfold(&mut self, frame: &[u8], place: &mut [u8], at: u64) -> Result<(), BlendError> {
        let size = place.len();
        let unfolded = self.zstd.decompress_to_buffer(frame, place);
        match unfolded {
            Ok(len) if len == size => Ok(()),
            Ok(_) => Err(BlendError::corrupt(at, "a part unfolds to less than it claims")),
            Err(error) => Err(BlendError::corrupt(at, format!("it does not decompress: {error}"))),
        }
    }
}

/// Does all of `work`, on a few threads when there is more than one piece. Of several failures one is told.
fn side_by_side<T: Send>(
    work: Vec<T>,
    each: impl Fn(&mut Decoder, T) -> Result<(), BlendError> + Sync,
) -> Result<(), BlendError> {
    let workers = if work.len() < 2 {
        1
    } else {
        std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_WORKERS).min(work.len()))
    };
    // In the order of the file: a disk likes that.
    let open = Mutex::new(work.into_iter());
    let worker = || {
        let zstd = zstd::bulk::Decompressor::new().map_err(unfold::scratch)?;
        let mut decoder = Decoder {
            zstd,
            buffer: Vec::new(),
        };
        loop {
            let next = open.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(next) = next else { return Ok(()) };
            each(&mut decoder, next)?;
        }
    };
    if workers < 2 {
        return worker();
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        running
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    let mut done = 0;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match file.seek_write(rest, at + done as u64)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => done += written,
        }
    }
    Ok(())
}
