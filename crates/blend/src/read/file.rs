use std::path::{Path, PathBuf};

use super::{
    block::{self, Block},
    dna::Dna,
    header::Header,
    source::{self, Bytes, Compression},
    structs::Struct,
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
    dna: Dna,
}

impl BlendFile {
    pub fn open(path: &Path) -> Result<Self, BlendError> {
        let loaded = source::load(path)?;
        let header = Header::parse(&loaded.bytes)?;
        let blocks = block::index(&loaded.bytes, header, &|| loaded.bytes.forget_pages())?;
        let (offset, len) = blocks.dna;
        let dna_bytes = loaded
            .bytes
            .get(offset as usize..(offset + len) as usize)
            .unwrap_or_default();
        let dna = Dna::parse(dna_bytes, offset, header)?;
        let mut addresses: Vec<(u64, u32)> = blocks
            .list
            .iter()
            .enumerate()
            .filter(|(_, block)| block.address != 0)
            .map(|(position, block)| (block.address, position as u32))
            .collect();
        addresses.sort_unstable();
        Ok(Self {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            bytes: loaded.bytes,
            compression: loaded.compression,
            stored: loaded.stored,
            header,
            blocks: blocks.list,
            addresses,
            dna,
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

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub(crate) fn block(&self, position: u32) -> Option<&Block> {
        self.blocks.get(position as usize)
    }

    /// For whoever walks over all blocks: keeps little of a large file in memory.
    pub(crate) fn walked_past(&self, position: u32) {
        if position > 0 && position.is_multiple_of(block::FORGET_AFTER) {
            self.bytes.forget_pages();
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
        self.blocks
            .iter()
            .enumerate()
            .inspect(|(position, _)| self.walked_past(*position as u32))
            .filter(move |(_, block)| block.code == wanted)
            .filter_map(|(position, _)| self.struct_at(position as u32))
    }
}
