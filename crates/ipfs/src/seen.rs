//! Which blocks a walk has met. The same bytes may be met as a leaf and as a node, with other blocks below.

use crate::block::{BlockKey, DAG_CBOR};
use cid::Cid;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<BlockKey, u8>);

/// What a walk does with a block only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Once {
    /// To name it, or to send it.
    Block,
    /// To follow all that it points to.
    Everything,
    /// To follow what belongs to the file or folder that it is.
    Entity,
}

impl Seen {
    /// Whether this is the first time.
    pub(crate) fn first(&mut self, cid: &Cid, once: Once) -> bool {
        let bit = match (once, cid.codec() == DAG_CBOR) {
            (Once::Block, _) => 1,
            (Once::Everything, false) => 2,
            (Once::Everything, true) => 4,
            (Once::Entity, _) => 8,
        };
        let met = self.0.entry(BlockKey::of(cid)).or_default();
        let first = *met & bit == 0;
        *met |= bit;
        first
    }

    /// Different blocks.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
