//! The balanced tree above a file's chunks, built from the left while the chunks come in.
//!
//! All chunks lie at the same depth, every node but the last of a level has [`MAX_LINKS`] children, and a file of one
//! chunk is that chunk. At most one unfinished node a level is held, so memory does not grow with the file.

use crate::{
    import::BlockSink,
    profile::MAX_LINKS,
    store::StoreError,
    unixfs::{Subtree, encode_file},
};

#[derive(Default)]
pub(crate) struct Balanced {
    /// Children of the unfinished node of each level, lowest first.
    levels: Vec<Vec<Subtree>>,
}

impl Balanced {
    /// Adds the next chunk.
    pub(crate) fn push(&mut self, chunk: Subtree, sink: &dyn BlockSink) -> Result<(), StoreError> {
        self.add(0, chunk, sink)
    }

    fn add(&mut self, level: usize, child: Subtree, sink: &dyn BlockSink) -> Result<(), StoreError> {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        // A full node is closed only when it gets a brother: it may be the root.
        if self.levels[level].len() == MAX_LINKS {
            self.close(level, sink)?;
        }
        self.levels[level].push(child);
        Ok(())
    }

    fn close(&mut self, level: usize, sink: &dyn BlockSink) -> Result<(), StoreError> {
        let parts = std::mem::take(&mut self.levels[level]);
        let node = encode_file(&parts);
        sink.put(&node.subtree.cid, &node.bytes)?;
        self.add(level + 1, node.subtree, sink)
    }

    /// The root; `None` when no chunk was added.
    pub(crate) fn finish(mut self, sink: &dyn BlockSink) -> Result<Option<Subtree>, StoreError> {
        let mut level = 0;
        while level < self.levels.len() {
            let last = level + 1 == self.levels.len();
            if last && self.levels[level].len() <= 1 {
                return Ok(self.levels[level].pop());
            }
            self.close(level, sink)?;
            level += 1;
        }
        Ok(None)
    }
}
