//! Finding all blocks of a file.

use std::collections::VecDeque;

use super::{
    block::{Block, block_at},
    guess,
    header::Header,
};
use crate::BlendError;

/// No scene holds that many; a damaged file may claim so.
const MAX_BLOCKS: usize = 8 << 20;

/// Looks at every block along one walk through a part of the file.
pub(super) trait Look: Send {
    /// `position` counts from the start of the walk.
    fn look(&mut self, position: u32, block: &Block);
}

/// Finds all blocks. `new_look` makes one for each walk; `take` gets them in the order of the file, each with the number of
/// blocks before its own.
///
/// Each block only tells where the next one begins. Of a large file further threads begin where a block seems to be, and what
/// they find counts when the walk from the start of the file arrives at that very byte.
pub(super) fn index<L: Look>(
    bytes: &[u8],
    header: Header,
    new_look: impl Fn() -> L + Sync,
    take: impl FnMut(u32, L),
) -> Result<Vec<Block>, BlendError> {
    index_in_parts(
        bytes,
        header,
        &guess::starts(bytes, header, guess::WORTH),
        new_look,
        take,
    )
}

fn index_in_parts<L: Look>(
    bytes: &[u8],
    header: Header,
    starts: &[usize],
    new_look: impl Fn() -> L + Sync,
    mut take: impl FnMut(u32, L),
) -> Result<Vec<Block>, BlendError> {
    let mut parts = VecDeque::new();
    if !starts.is_empty() {
        std::thread::scope(|scope| {
            let new_look = &new_look;
            let begins = [header.size].into_iter().chain(starts.iter().copied());
            let ends = starts.iter().copied().chain([usize::MAX]);
            let running: Vec<_> = begins
                .zip(ends)
                .map(|(start, end)| scope.spawn(move || (start, stretch(bytes, header, start, end, new_look()))))
                .collect();
            let found = running
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            parts.extend(found);
        });
    }
    let mut list: Vec<Block> = Vec::new();
    let mut at = header.size;
    loop {
        let found = match parts.pop_front() {
            Some((start, found)) if start == at => found,
            // Begun in the middle of something.
            Some(_) => continue,
            None => stretch(bytes, header, at, usize::MAX, new_look()),
        }?;
        take(list.len() as u32, found.look);
        list.extend(found.list);
        if list.len() > MAX_BLOCKS {
            return Err(too_many());
        }
        at = found.end;
        if found.is_last {
            break;
        }
    }
    let mut owner = 0;
    for (position, block) in (0..).zip(&mut list) {
        if !block.is_data() {
            owner = position;
        }
        block.owner = owner;
    }
    Ok(list)
}

/// Blocks in a row.
struct Stretch<L> {
    list: Vec<Block>,
    look: L,
    /// Where the next one begins.
    end: usize,
    /// The file ends here.
    is_last: bool,
}

/// The blocks from `at` on, up to the first that begins at `until` or later.
fn stretch<L: Look>(
    bytes: &[u8],
    header: Header,
    mut at: usize,
    until: usize,
    mut look: L,
) -> Result<Stretch<L>, BlendError> {
    let mut list: Vec<Block> = Vec::with_capacity((bytes.len() / 512).min(1 << 16));
    let mut is_last = false;
    while at < until {
        let Some(block) = block_at(bytes, header, at)? else {
            is_last = true;
            break;
        };
        if list.len() >= MAX_BLOCKS {
            return Err(too_many());
        }
        look.look(list.len() as u32, &block);
        // Checked to be inside of the file.
        at = (block.offset + block.len) as usize;
        list.push(block);
    }
    Ok(Stretch {
        list,
        look,
        end: at,
        is_last,
    })
}

/// The data of the block that describes the structs, as far as can be told without walking there: it is the last one.
pub(super) fn likely_dna(bytes: &[u8], header: Header) -> Option<(u64, u64)> {
    const LOOK: usize = 1 << 20;
    let from = bytes.len().saturating_sub(LOOK);
    let place = bytes.get(from..)?.windows(4).rposition(|code| code == b"DNA1")?;
    let block = block_at(bytes, header, from + place).ok().flatten()?;
    Some((block.offset, block.len))
}

pub(super) fn dna_of(blocks: &[Block]) -> Option<(u64, u64)> {
    let dna = blocks.iter().rfind(|block| &block.code == b"DNA1")?;
    Some((dna.offset, dna.len))
}

fn too_many() -> BlendError {
    BlendError::TooLarge {
        reason: format!("it holds more than {MAX_BLOCKS} blocks"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Look for Nothing {
        fn look(&mut self, _: u32, _: &Block) {}
    }

    fn block(code: [u8; 4], data: &[u8]) -> Vec<u8> {
        let mut block = code.to_vec();
        block.extend((data.len() as u32).to_le_bytes());
        block.extend([0; 16]);
        block.extend(data);
        block
    }

    /// Blocks whose data looks like blocks itself, in a row that ends where no block does.
    fn deceiving() -> Vec<u8> {
        let decoys: Vec<u8> = (0..40).flat_map(|len| block(*b"DATA", &vec![7; len])).collect();
        let mut file = b"BLENDER-v304".to_vec();
        for number in 0..200 {
            file.extend(block(*b"OB\0\0", &[1; 64]));
            file.extend(block(*b"DATA", &decoys[number % 30..]));
        }
        file.extend(block(*b"DNA1", b"SDNA"));
        file.extend(block(*b"ENDB", b""));
        file
    }

    #[test]
    fn parts_find_what_one_walk_finds_whatever_they_guess() {
        let file = deceiving();
        let header = Header::parse(&file).unwrap();
        let alone = index_in_parts(&file, header, &[], || Nothing, |_, _| ()).unwrap();
        assert_eq!(alone.len(), 401);
        let places = |list: &[Block]| -> Vec<_> { list.iter().map(|block| (block.offset, block.owner)).collect() };
        let right = (alone[150].offset - 24) as usize;
        let wrong = (alone[151].offset + 24) as usize;
        let guessed = guess::starts(&file, header, 1 << 12);
        for starts in [
            vec![right],
            vec![wrong],
            vec![right, wrong],
            vec![wrong, right],
            guessed,
            vec![file.len()],
        ] {
            let mut before = Vec::new();
            let parts = index_in_parts(&file, header, &starts, || Nothing, |count, _| before.push(count)).unwrap();
            assert_eq!(places(&parts), places(&alone), "{starts:?}");
            assert_eq!(before[0], 0);
            assert!(before.is_sorted());
        }
    }
}
