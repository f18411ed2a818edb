use std::collections::VecDeque;

use super::header::Header;
use crate::BlendError;

/// No scene holds that many; a damaged file may claim so.
const MAX_BLOCKS: usize = 8 << 20;

/// One block of a file: a struct, or an array of structs, or raw data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    /// `SC`, `OB`, `DATA`..., padded with zeros.
    pub code: [u8; 4],
    /// Index of its struct in the DNA; 0 also stands for raw data.
    pub kind: u32,
    /// Where the block was in the memory of the Blender that saved it: what pointers point to.
    pub address: u64,
    /// Of its data, in the file.
    pub offset: u64,
    pub len: u64,
    pub count: u64,
    /// The block of the datablock that this one belongs to: itself, or the last one before it that is no `DATA`.
    pub owner: u32,
}

impl Block {
    pub fn is_data(&self) -> bool {
        &self.code == b"DATA"
    }

    /// A datablock, or the stand-in for one that is linked from a library.
    pub fn is_id(&self) -> bool {
        self.code[1] != 0 && self.code[2] == 0
    }

    /// Stands for a datablock in a library.
    pub fn is_linked_placeholder(&self) -> bool {
        &self.code == b"ID\0\0"
    }
}

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

/// The block that begins at a byte, without its owner; `None` at the end of the file.
fn block_at(bytes: &[u8], header: Header, at: usize) -> Result<Option<Block>, BlendError> {
    let head_size = header.block_header_size();
    let Some(head) = at.checked_add(head_size).and_then(|end| bytes.get(at..end)) else {
        // The last block of old files is cut after its code.
        if bytes.get(at..at.saturating_add(4)) == Some(b"ENDB") {
            return Ok(None);
        }
        return Err(BlendError::truncated(bytes.len() as u64, "its last block is missing"));
    };
    let Some(mut block) = parse(head, header) else {
        return Err(BlendError::corrupt(at as u64, "a block has a negative length"));
    };
    if &block.code == b"ENDB" {
        return Ok(None);
    }
    let is_name = |byte: &u8| *byte == 0 || byte.is_ascii_graphic() || *byte == b' ';
    if block.code[0] == 0 || !block.code.iter().all(is_name) {
        return Err(BlendError::corrupt(at as u64, "a block has no name"));
    }
    let start = at + head_size;
    let end = usize::try_from(block.len).ok().and_then(|len| start.checked_add(len));
    if end.is_none_or(|end| end > bytes.len()) {
        return Err(BlendError::truncated(
            bytes.len() as u64,
            format!(
                "the block {} at byte {at} holds {} bytes, of which {} are there",
                name(block.code),
                block.len,
                bytes.len() - start
            ),
        ));
    }
    block.offset = start as u64;
    Ok(Some(block))
}

/// Where blocks of a large file may begin.
mod guess {
    use super::{Header, block_at};

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
}

fn parse(head: &[u8], header: Header) -> Option<Block> {
    let raw: [u8; 4] = head.get(..4)?.try_into().ok()?;
    // Two-letter codes are numbers of 16 bits in a field of 32: big-endian files have the zeros in front.
    let code = if raw[0] == 0 && raw[1] == 0 {
        [raw[2], raw[3], 0, 0]
    } else {
        raw
    };
    let (kind, address, len, count) = if header.large_blocks {
        (
            header.u32(head, 4)?,
            header.u64(head, 8)?,
            i64::from_ne_bytes(header.u64(head, 16)?.to_ne_bytes()),
            header.u64(head, 24)?,
        )
    } else {
        let after = 8 + header.pointer_size;
        let len = i32::from_ne_bytes(header.u32(head, 4)?.to_ne_bytes());
        (
            header.u32(head, after)?,
            header.pointer(head, 8)?,
            i64::from(len),
            u64::from(header.u32(head, after + 4)?),
        )
    };
    Some(Block {
        code,
        kind,
        address,
        offset: 0,
        len: u64::try_from(len).ok()?,
        count,
        owner: 0,
    })
}

pub(crate) fn name(code: [u8; 4]) -> String {
    code.iter()
        .take_while(|byte| **byte != 0)
        .map(|byte| char::from(*byte))
        .collect()
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
