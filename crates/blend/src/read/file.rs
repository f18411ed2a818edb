use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    block::Block,
    dna::Dna,
    gather::{Gathered, Gatherer},
    header::Header,
    index,
    source::{self, Bytes, Compression, Loaded},
    structs::Struct,
    walk::Walk,
};
use crate::BlendError;

/// An open `.blend` file: its bytes, an index of its blocks and of the addresses they had, and its structs.
#[derive(Debug)]
pub struct BlendFile {
    path: PathBuf,
    bytes: Bytes,
    compression: Compression,
    stored: u64,
    header: Header,
    blocks: Vec<Block>,
    /// (address, block), sorted: an address may occur twice, as Blender frees and reuses memory while it saves.
    addresses: Vec<(u64, u32)>,
    /// Blocks of datablocks, in the order of the file.
    ids: Vec<u32>,
    dna: Dna,
    gathered: Gathered,
    /// How many more members of lists may be looked at.
    steps: AtomicU64,
    /// Where a list led back into itself; 0 when none did.
    circle: AtomicU64,
}

/// Steps through lists for each block of a file, and for any file: an honest one takes a handful each. A damaged one may
/// hold many lists without an end.
const STEPS_PER_BLOCK: u64 = 32;
const STEPS: u64 = 1 << 20;

impl BlendFile {
    pub fn open(path: &Path) -> Result<Self, BlendError> {
        Self::read(source::load(path)?, path)
    }

    /// The same for the bytes of a file. `path` is where it is, or is to be: what its own paths start from.
    pub fn of_bytes(bytes: Vec<u8>, path: &Path) -> Result<Self, BlendError> {
        Self::read(source::of_bytes(Bytes::Heap(bytes), path)?, path)
    }

    fn read(loaded: Loaded, path: &Path) -> Result<Self, BlendError> {
        let header = Header::parse(&loaded.bytes)?;
        let bytes = &loaded.bytes;
        let describe = |(offset, len): (u64, u64)| {
            let part = bytes.get(offset as usize..(offset + len) as usize);
            Dna::parse(part.unwrap_or_default(), offset, header)
        };
        // With the structs known beforehand, one walk finds everything.
        let likely = index::likely_dna(bytes, header);
        let early = likely.and_then(|place| describe(place).ok());
        let (list, mut gathered) = walk_through(bytes, header, early.as_ref())?;
        let place = index::dna_of(&list).ok_or_else(|| {
            let end = bytes.len() as u64;
            BlendError::corrupt(end, "the description of its structs is missing")
        })?;
        let dna = if let Some(dna) = early.filter(|_| likely == Some(place)) {
            dna
        } else {
            let dna = describe(place)?;
            gathered = walk_through(bytes, header, Some(&dna))?.1;
            dna
        };
        if gathered.is_full {
            return Err(BlendError::TooLarge {
                reason: "it holds more pointers than any scene".to_owned(),
            });
        }
        let mut addresses: Vec<(u64, u32)> = list
            .iter()
            .enumerate()
            .filter(|(_, block)| block.address != 0)
            .map(|(position, block)| (block.address, position as u32))
            .collect();
        addresses.sort_unstable();
        let ids = (0..).zip(&list).filter(|(_, block)| block.is_id());
        Ok(Self {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            ids: ids.map(|(position, _)| position).collect(),
            steps: AtomicU64::new(STEPS + STEPS_PER_BLOCK * list.len() as u64),
            circle: AtomicU64::new(0),
            bytes: loaded.bytes,
            compression: loaded.compression,
            stored: loaded.stored,
            header,
            blocks: list,
            addresses,
            dna,
            gathered,
        })
    }

    /// Absolute, symbolic links left alone.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that paths beginning with `//` start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Size on disk in bytes.
    pub fn stored_bytes(&self) -> u64 {
        self.stored
    }

    /// The uncompressed file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The version in the header, such as 304 for 3.4.
    pub fn version(&self) -> u16 {
        self.header.version
    }

    pub(crate) fn header(&self) -> Header {
        self.header
    }

    pub(crate) fn dna(&self) -> &Dna {
        &self.dna
    }

    /// Pointers that may lead to datablocks, and counts, found on the way.
    pub(crate) fn gathered(&self) -> &Gathered {
        &self.gathered
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub(crate) fn block(&self, position: u32) -> Option<&Block> {
        self.blocks.get(position as usize)
    }

    /// Blocks one after the other. What was looked at on the way is given back, so that little of a large file stays in
    /// memory.
    pub(crate) fn walk(&self, positions: impl IntoIterator<Item = u32>) -> impl Iterator<Item = (u32, &Block)> {
        let mut walk = Walk::of(&self.bytes);
        positions.into_iter().filter_map(move |position| {
            let block = self.block(position)?;
            walk.reached(block.offset);
            Some((position, block))
        })
    }

    /// The datablocks of the file, and the stand-ins for those of libraries.
    pub(crate) fn walk_ids(&self) -> impl Iterator<Item = (u32, &Block)> {
        self.walk(self.ids.iter().copied())
    }

    /// What datablocks hold in structs of these kinds, in the order of the file.
    pub(crate) fn data_of(&self, kinds: &[&str]) -> impl Iterator<Item = Struct<'_>> {
        let kinds: Vec<u32> = kinds.iter().filter_map(|name| self.dna.index_of(name)).collect();
        let wanted = (0..)
            .zip(&self.blocks)
            .filter(move |(_, block)| block.is_data() && kinds.contains(&block.kind));
        self.walk(wanted.map(|(position, _)| position))
            .filter_map(|(position, _)| self.struct_at(position))
    }

    /// What the file says about itself as a whole.
    pub(crate) fn global(&self) -> Option<Struct<'_>> {
        let position = self.blocks.iter().position(|block| &block.code == b"GLOB")?;
        self.struct_at(position as u32)
    }

    /// The scene that Blender renders when none is named.
    pub(crate) fn active_scene(&self) -> Option<Struct<'_>> {
        let current = self.global().and_then(|global| global.follow("curscene"));
        current
            .filter(|scene| scene.kind() == "Scene")
            .or_else(|| self.ids("SC").next())
    }

    /// Counts a step through a list.
    pub(crate) fn may_step(&self) -> bool {
        let left = self.steps.load(Ordering::Relaxed);
        self.steps.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
    }

    pub(crate) fn found_circle(&self, offset: usize) {
        self.circle.store(offset as u64, Ordering::Relaxed);
    }

    /// An error when lists had no end, so that what was read is not what was meant.
    pub(crate) fn came_to_an_end(&self) -> Result<(), BlendError> {
        match self.circle.load(Ordering::Relaxed) {
            0 if self.steps.load(Ordering::Relaxed) > 0 => Ok(()),
            0 => Err(BlendError::corrupt(0, "its lists have no end")),
            offset => Err(BlendError::corrupt(offset, "a list leads in a circle")),
        }
    }

    /// The block that an address stands for, seen from the block `from`: where an address was used twice, the one of
    /// the same datablock is meant.
    pub(crate) fn find(&self, address: u64, from: u32) -> Option<u32> {
        if address == 0 {
            return None;
        }
        let start = self.addresses.partition_point(|(known, _)| *known < address);
        let mut same = self
            .addresses
            .get(start..)?
            .iter()
            .take_while(|(known, _)| *known == address)
            .take(64);
        let (_, first) = same.next()?;
        let owner = self.block(from).map(|block| block.owner);
        let near = same.find(|(_, other)| self.block(*other).map(|block| block.owner) == owner);
        match near {
            Some((_, near)) if self.block(*first).map(|block| block.owner) != owner => Some(*near),
            _ => Some(*first),
        }
    }

    /// The first struct of a block; `None` for raw data and for structs the file does not describe.
    pub(crate) fn struct_at(&self, position: u32) -> Option<Struct<'_>> {
        Struct::of_block(self, position)
    }

    /// All datablocks of a kind, such as `SC` for scenes.
    pub fn ids(&self, code: &str) -> impl Iterator<Item = Struct<'_>> {
        let mut wanted = [0; 4];
        for (to, from) in wanted.iter_mut().zip(code.bytes()) {
            *to = from;
        }
        self.walk_ids()
            .filter(move |(_, block)| block.code == wanted)
            .filter_map(|(position, _)| self.struct_at(position))
    }
}

/// All blocks; and with `dna`, what is gathered on the way.
fn walk_through(bytes: &Bytes, header: Header, dna: Option<&Dna>) -> Result<(Vec<Block>, Gathered), BlendError> {
    let mut gathered = Gathered::default();
    let list = match dna {
        Some(dna) => index::index(
            bytes,
            header,
            || Gatherer::new(bytes, header, dna),
            |before, part: Gatherer<'_>| gathered.append(before, part.gathered),
        ),
        None => index::index(bytes, header, || Walk::of(bytes), |_, _| ()),
    }?;
    Ok((list, gathered))
}
