//! A buffer for a chunk that begins where a page of memory does.
//!
//! The allocator puts large buffers 16 bytes behind the beginning of a page. There, on the one processor where this was
//! measured (an AMD EPYC), reading from the system's cache took about four times as long as at any other place that was
//! tried. Besides, only what is aligned can be written past that cache.

use crate::profile::CHUNK_BYTES;
use std::ops::{Deref, DerefMut};

/// Of memory, and at least the blocks of any disk.
pub(crate) const PAGE: usize = 4096;
const CHUNK: usize = CHUNK_BYTES as usize;

#[derive(Debug)]
pub(crate) struct ChunkBuffer {
    memory: Box<[u8]>,
    start: usize,
}

impl Default for ChunkBuffer {
    fn default() -> Self {
        let memory: Box<[u8]> = vec![0; CHUNK + PAGE].into();
        // `usize::MAX` where it cannot be told: then it is a buffer like any other.
        let start = Some(memory.as_ptr().align_offset(PAGE)).filter(|start| *start < PAGE);
        Self {
            memory,
            start: start.unwrap_or(0),
        }
    }
}

impl Deref for ChunkBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[self.start..self.start + CHUNK]
    }
}

impl DerefMut for ChunkBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.start + CHUNK]
    }
}
