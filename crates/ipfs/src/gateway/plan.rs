//! The blocks of an answer, one after the other, read while it is sent.

use super::{ByteRange, CarOptions, Duplicates, Resolved, Scope};
use crate::{
    block::{self, RAW},
    hamt::Target,
    links,
    profile::MAX_BLOCKS,
    seen::{Once, Seen},
    store::BlockStore,
    tree::{MAX_LEVELS, MAX_WAITING, TreeError},
    unixfs::{self, Node, NodeError},
};
use cid::Cid;
use std::ops::Range;

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("the file has {size} bytes, and none of them was asked for")]
    Outside { size: u64 },
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Gives each block with its bytes, checked; depth first, a parent before its children. After an error nothing more
/// comes, and what came before it is not the whole.
#[derive(Debug)]
pub struct Plan {
    store: BlockStore,
    /// The next is the last.
    stack: Vec<Step>,
    seen: Seen,
    duplicates: Duplicates,
    steps: usize,
}

#[derive(Debug, Clone)]
struct Step {
    cid: Cid,
    depth: Depth,
    level: usize,
}

/// How far to go below a block.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Depth {
    Block,
    Everything,
    /// What it takes to read it as a file, or these bytes of it, or to list it as a folder.
    Entity(Option<Range<u64>>),
}

impl Plan {
    /// The blocks on the way first, then those of the target.
    pub fn new(store: &BlockStore, resolved: &Resolved, options: &CarOptions) -> Result<Self, PlanError> {
        let depth = match options.scope {
            Scope::Block => Depth::Block,
            Scope::All => Depth::Everything,
            Scope::Entity => match options.bytes {
                Some(range) => part_of(store, &resolved.target, range)?,
                None => Depth::Entity(None),
            },
        };
        let target = Step {
            cid: resolved.target,
            depth,
            level: 0,
        };
        let way = resolved.way.iter().rev().map(|cid| Step {
            cid: *cid,
            depth: Depth::Block,
            level: 0,
        });
        Ok(Self {
            store: store.clone(),
            stack: std::iter::once(target).chain(way).collect(),
            seen: Seen::default(),
            duplicates: options.duplicates,
            steps: 0,
        })
    }

    fn step(&mut self, step: Step) -> Result<Option<(Cid, Vec<u8>)>, TreeError> {
        self.steps += 1;
        if self.steps > MAX_BLOCKS {
            return Err(TreeError::TooManyBlocks);
        }
        let Step { cid, depth, level } = step;
        if level > MAX_LEVELS {
            return Err(TreeError::TooDeep);
        }
        let once = self.duplicates == Duplicates::Excluded;
        // Whoever asks has a block that lies in its CID.
        let send = block::inline(&cid).is_none() && (!once || self.seen.first(&cid, Once::Block));
        let follow = cid.codec() != RAW
            && match &depth {
                Depth::Block => false,
                Depth::Everything => !once || self.seen.first(&cid, Once::Everything),
                // The same node may come with other bytes.
                Depth::Entity(Some(_)) => true,
                Depth::Entity(None) => !once || self.seen.first(&cid, Once::Entity),
            };
        if !send && !follow {
            return Ok(None);
        }
        let data = self.store.get(&cid)?;
        if follow {
            let below = below(&cid, &data, depth).map_err(|problem| TreeError::Node { cid, problem })?;
            let level = level + 1;
            let steps = below.into_iter().map(|(cid, depth)| Step { cid, depth, level });
            let before = self.stack.len();
            self.stack.extend(steps);
            self.stack[before..].reverse();
            if self.stack.len() > MAX_WAITING {
                return Err(TreeError::TooManyBlocks);
            }
        }
        Ok(send.then_some((cid, data)))
    }
}

impl Iterator for Plan {
    type Item = Result<(Cid, Vec<u8>), TreeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let step = self.stack.pop()?;
            match self.step(step) {
                Ok(Some(block)) => return Some(Ok(block)),
                Ok(None) => {}
                Err(error) => {
                    self.stack.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// What follows a block, in its order.
fn below(cid: &Cid, data: &[u8], depth: Depth) -> Result<Vec<(Cid, Depth)>, NodeError> {
    let everything = || {
        let children = links::children(cid, data)?;
        Ok(children
            .into_iter()
            .map(|child| (child.cid, Depth::Everything))
            .collect())
    };
    let bytes = match depth {
        Depth::Block => return Ok(Vec::new()),
        Depth::Everything => return everything(),
        Depth::Entity(bytes) => bytes,
    };
    match unixfs::decode(cid, data.to_vec()) {
        Ok(Node::File { parts, .. }) => {
            let mut start = 0;
            let mut wanted = Vec::new();
            for part in parts {
                let place = start..start + part.size;
                start = place.end;
                wanted.extend(overlap(bytes.as_ref(), &place).map(|depth| (part.cid, depth)));
            }
            Ok(wanted)
        }
        Ok(Node::Shard(shard)) => Ok(shard
            .links()
            .iter()
            .filter_map(|link| match link.target {
                Target::Shard(cid) => Some((cid, Depth::Entity(None))),
                Target::Entry(_) => None,
            })
            .collect()),
        // A file whose sizes say nothing: whoever reads it needs all of it.
        Err(NodeError::Sizes) => everything(),
        // A leaf, a folder in one block, or nothing that is a file or a folder.
        _ => Ok(Vec::new()),
    }
}

/// What is wanted of the part of a file that lies at `place`, if anything.
fn overlap(bytes: Option<&Range<u64>>, place: &Range<u64>) -> Option<Depth> {
    let Some(bytes) = bytes else {
        return Some(Depth::Entity(None));
    };
    let (start, end) = (bytes.start.max(place.start), bytes.end.min(place.end));
    if start >= end {
        return None;
    }
    let whole = start == place.start && end == place.end;
    let inside = start - place.start..end - place.start;
    Some(Depth::Entity((!whole).then_some(inside)))
}

/// Which part of the target a range means. Where it is no file, the range means nothing.
fn part_of(store: &BlockStore, target: &Cid, range: ByteRange) -> Result<Depth, PlanError> {
    let size = match store.file_size(target) {
        Ok(size) => size,
        Err(TreeError::NotAFile(_) | TreeError::Node { .. }) => return Ok(Depth::Entity(None)),
        Err(error) => return Err(error.into()),
    };
    let place = |number: i64| {
        if number < 0 {
            size.checked_sub(number.unsigned_abs())
        } else {
            Some(number.unsigned_abs())
        }
    };
    let start = place(range.from).unwrap_or(0);
    let end = match range.to {
        None => size,
        // Before the first byte.
        Some(to) => place(to).map_or(0, |last| last.saturating_add(1)).min(size),
    };
    if start > 0 && start >= size {
        return Err(PlanError::Outside { size });
    }
    if start < end {
        Ok(Depth::Entity(Some(start..end)))
    } else {
        // Nothing, but enough to see why.
        Ok(Depth::Block)
    }
}
