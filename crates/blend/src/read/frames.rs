//! Zstandard as Blender writes it: frames of a megabyte each that tell their size, so that all can be unfolded into place at
//! once.

use std::{io, sync::Mutex};

use zstd::zstd_safe;

use crate::BlendError;

/// Skippable frames have this number in their upper 28 bits.
const SKIPPABLE: u32 = 0x184D_2A5;
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
        let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_WORKERS));
        if open.len() < 2 || workers < 2 {
            return work(&Mutex::new(open));
        }
        // Taken from the end, so that the first failure told is not always the first in the file; one is enough.
        let open = Mutex::new(open);
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(&open))).collect();
            running
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }
}

type Open<'a, 'b> = Mutex<Vec<(&'a [u8], &'b mut [u8], u64)>>;

fn work(open: &Open<'_, '_>) -> Result<(), BlendError> {
    let wrong = |at, error: io::Error| BlendError::corrupt(at, format!("it does not decompress: {error}"));
    let mut decoder = zstd::bulk::Decompressor::new().map_err(|error| wrong(0, error))?;
    loop {
        let next = open.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let Some((frame, place, at)) = next else { return Ok(()) };
        let size = place.len();
        let unfolded = decoder
            .decompress_to_buffer(frame, place)
            .map_err(|error| wrong(at, error))?;
        if unfolded != size {
            return Err(BlendError::corrupt(at, "a part unfolds to less than it claims"));
        }
    }
}
