//! Where blocks of a large file may begin.

use super::{block::block_at, header::Header};

/// Bytes that are worth a thread.
pub(super) const WORTH: usize = 64 << 20;
const MOST: usize = 4;
/// Bytes looked through for a beginning.
const LOOK: usize = 4 << 20;
/// Blocks in a row that make a beginning likely.
const IN_A_ROW: usize = 4;

/// A likely beginning in each part of the file but the first. A part holds `worth` bytes or more.
pub(super) fn starts(bytes: &[u8], header: Header, worth: usize) -> Vec<usize> {
    if bytes.len() / worth < 2 {
        return Vec::new();
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let parts = (bytes.len() / worth).min(cores).min(MOST);
    (1..parts)
        .filter_map(|part| likely(bytes, header, bytes.len() / parts * part))
        .collect()
}

fn likely(bytes: &[u8], header: Header, from: usize) -> Option<usize> {
    let look = bytes.get(from..)?.get(..LOOK.min(bytes.len() - from))?;
    look.windows(4)
        .enumerate()
        .filter(|(_, code)| code == b"DATA")
        .map(|(place, _)| from + place)
        .find(|at| {
            let mut next = Some(*at);
            (0..IN_A_ROW).all(|_| {
                let block = next.and_then(|at| block_at(bytes, header, at).ok().flatten());
                next = block.map(|block| (block.offset + block.len) as usize);
                next.is_some()
            })
        })
}
