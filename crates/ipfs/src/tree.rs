//! Walking a tree of blocks, within limits: whoever made the tree may be hostile.

use crate::{
    block::{self, RAW},
    links,
    profile::{MAX_BLOCKS, MAX_FILE_LEVELS, MAX_LINKS_READ},
    seen::{Once, Seen},
    store::{BlockStore, StoreError},
    unixfs::{self, Node, NodeError},
};
use cid::Cid;

/// Blocks above a block: folders, the shards of each, and the nodes of a file.
pub(crate) const MAX_LEVELS: usize = 1024;
/// Links that wait to be followed: deep trees are narrow, and wide ones are flat.
pub(crate) const MAX_WAITING: usize = 16 * MAX_LINKS_READ;

/// Bytes that are reserved for a file's content before any of it was seen.
const MAX_PREALLOCATED: u64 = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the block {cid} cannot be used: {problem}")]
    Node { cid: Cid, problem: NodeError },
    #[error("the block {cid} holds {found} bytes of content where its parent says {expected}")]
    Size { cid: Cid, expected: u64, found: u64 },
    #[error("{0} is a folder, not a file")]
    NotAFile(Cid),
    #[error("the content has {bytes} bytes; at most {limit} are accepted")]
    TooLarge { bytes: u64, limit: u64 },
    #[error("the tree is too deep")]
    TooDeep,
    #[error("the tree has too many blocks")]
    TooManyBlocks,
}

/// A block of a tree, as [`BlockStore::tree_blocks`] lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeBlock {
    pub cid: Cid,
    /// Bytes of the block, when it is held.
    pub size: Option<u64>,
}

impl BlockStore {
    /// Reads and understands a block.
    pub fn node(&self, cid: &Cid) -> Result<Node, TreeError> {
        unixfs::decode(cid, self.get(cid)?).map_err(|problem| TreeError::Node { cid: *cid, problem })
    }

    /// Blocks of the tree that are not held, at most `limit`. What lies below a missing node is not known yet: fetch
    /// and ask again until none is missing.
    pub fn missing_blocks(&self, root: &Cid, limit: usize) -> Result<Vec<Cid>, TreeError> {
        let mut missing = Vec::new();
        self.walk(root, &mut |block| {
            if block.size.is_none() {
                missing.push(block.cid);
            }
            missing.len() < limit
        })?;
        Ok(missing)
    }

    /// Every different block of the tree once, parents before children; missing ones included.
    pub fn tree_blocks(&self, root: &Cid) -> Result<Vec<TreeBlock>, TreeError> {
        let mut blocks = Vec::new();
        self.walk(root, &mut |block| {
            blocks.push(block);
            true
        })?;
        Ok(blocks)
    }

    /// Goes on while `visit` says so. Blocks that lie in their own CIDs are followed but not visited: nobody has to
    /// store or send them.
    fn walk(&self, root: &Cid, visit: &mut dyn FnMut(TreeBlock) -> bool) -> Result<(), TreeError> {
        let mut seen = Seen::default();
        // CID, size of a leaf if its parent says it, levels above.
        let mut stack = vec![(*root, None, 0)];
        while let Some((cid, expected, level)) = stack.pop() {
            let first = seen.first(&cid, Once::Block);
            if seen.len() > MAX_BLOCKS {
                return Err(TreeError::TooManyBlocks);
            }
            if level > MAX_LEVELS {
                return Err(TreeError::TooDeep);
            }
            let visited = !first || block::inline(&cid).is_some();
            let size = self.block_size(&cid);
            if cid.codec() == RAW {
                // A file of another length cannot be the block; it is found damaged when it is read.
                let size = size.filter(|size| expected.is_none_or(|expected| expected == *size));
                if !visited && !visit(TreeBlock { cid, size }) {
                    return Ok(());
                }
                continue;
            }
            if !seen.first(&cid, Once::Everything) {
                continue;
            }
            let children = self.children(&cid)?;
            let size = size.filter(|_| children.is_some());
            if !visited && !visit(TreeBlock { cid, size }) {
                return Ok(());
            }
            let children = children.unwrap_or_default();
            stack.extend(children.iter().rev().map(|child| (child.cid, child.content, level + 1)));
            if stack.len() > MAX_WAITING {
                return Err(TreeError::TooManyBlocks);
            }
        }
        Ok(())
    }

    /// `None` when the block is not here.
    fn children(&self, cid: &Cid) -> Result<Option<Vec<links::Child>>, TreeError> {
        let data = match self.get(cid) {
            Err(StoreError::Missing(_) | StoreError::Damaged(_)) => return Ok(None),
            data => data?,
        };
        let children = links::children(cid, &data);
        children
            .map(Some)
            .map_err(|problem| TreeError::Node { cid: *cid, problem })
    }

    /// Bytes of a file's content, from its root block alone.
    pub fn file_size(&self, cid: &Cid) -> Result<u64, TreeError> {
        if cid.codec() == RAW {
            return self.block_size(cid).ok_or(TreeError::Store(StoreError::Missing(*cid)));
        }
        match self.node(cid)? {
            Node::Leaf(data) => Ok(data.len() as u64),
            Node::File { size, .. } => Ok(size),
            Node::Directory(_) | Node::Shard(_) => Err(TreeError::NotAFile(*cid)),
        }
    }

    /// The content of a file, every block checked. Nothing is read when it has more than `max_bytes`.
    pub fn read_file(&self, cid: &Cid, max_bytes: u64) -> Result<Vec<u8>, TreeError> {
        let size = self.file_size(cid)?;
        if size > max_bytes {
            return Err(TreeError::TooLarge {
                bytes: size,
                limit: max_bytes,
            });
        }
        // The size is a claim until the blocks were read.
        let mut content = Vec::with_capacity(size.min(MAX_PREALLOCATED) as usize);
        for piece in Pieces::new(self, *cid, size) {
            content.extend_from_slice(&piece?.read(self)?);
        }
        Ok(content)
    }
}

/// A leaf of a file and its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub cid: Cid,
    pub offset: u64,
    pub bytes: u64,
}

impl Piece {
    pub(crate) fn read(&self, store: &BlockStore) -> Result<Vec<u8>, TreeError> {
        let found = match store.node(&self.cid)? {
            Node::Leaf(data) if data.len() as u64 == self.bytes => return Ok(data),
            Node::Leaf(data) => data.len() as u64,
            Node::File { size, .. } => size,
            Node::Directory(_) | Node::Shard(_) => return Err(TreeError::NotAFile(self.cid)),
        };
        Err(TreeError::Size {
            cid: self.cid,
            expected: self.bytes,
            found,
        })
    }
}

/// The leaves of a file in order. Only the nodes above them are read; what is held at once does not grow with the file.
pub(crate) struct Pieces<'a> {
    store: &'a BlockStore,
    /// What is still to be visited: CID, bytes of content, level.
    stack: Vec<(Cid, u64, usize)>,
    offset: u64,
    visited: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(store: &'a BlockStore, file: Cid, size: u64) -> Self {
        Self {
            store,
            stack: vec![(file, size, 0)],
            offset: 0,
            visited: 0,
        }
    }

    fn step(&mut self, cid: Cid, bytes: u64, level: usize) -> Result<Option<Piece>, TreeError> {
        self.visited += 1;
        if self.visited > MAX_BLOCKS {
            return Err(TreeError::TooManyBlocks);
        }
        if level > MAX_FILE_LEVELS {
            return Err(TreeError::TooDeep);
        }
        if cid.codec() != RAW
            && let Node::File { size, parts } = self.store.node(&cid)?
        {
            if size != bytes {
                return Err(TreeError::Size {
                    cid,
                    expected: bytes,
                    found: size,
                });
            }
            self.stack
                .extend(parts.iter().rev().map(|part| (part.cid, part.size, level + 1)));
            return Ok(None);
        }
        let piece = Piece {
            cid,
            offset: self.offset,
            bytes,
        };
        self.offset += bytes;
        Ok(Some(piece))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Piece, TreeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (cid, bytes, level) = self.stack.pop()?;
            match self.step(cid, bytes, level) {
                Ok(Some(piece)) => return Some(Ok(piece)),
                Ok(None) => {}
                Err(error) => {
                    self.stack.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}
