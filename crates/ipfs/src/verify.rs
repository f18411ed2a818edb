//! Reading everything again, to know that it is what it was.

use crate::{
    import::worker_pool,
    store::{BlockStore, StoreError},
    tree::TreeError,
};
use cid::Cid;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was found. Damaged blocks were removed, so that they can be fetched again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    pub blocks: u64,
    pub bytes: u64,
    pub damaged: Vec<Cid>,
    /// Pinned trees that lack blocks, damaged ones included.
    pub incomplete: Vec<Cid>,
}

impl BlockStore {
    /// Checks every block that has a file here, and then every pinned tree for blocks that are missing.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        let pool = worker_pool().map_err(|source| StoreError::io(self.folder(), source))?;
        let cids: Vec<Cid> = self
            .block_files()?
            .iter()
            .filter_map(|path| path.file_name()?.to_str()?.parse().ok())
            .collect();
        let (blocks, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        let damaged = pool.install(|| {
            cids.par_iter()
                .with_max_len(1)
                .filter_map(|cid| match self.get(cid) {
                    Ok(data) => {
                        blocks.fetch_add(1, Ordering::Relaxed);
                        bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
                        None
                    }
                    Err(StoreError::Damaged(_)) => Some(Ok(*cid)),
                    // Collected in the meantime.
                    Err(StoreError::Missing(_)) => None,
                    Err(error) => Some(Err(error)),
                })
                .collect::<Result<Vec<Cid>, StoreError>>()
        })?;
        let mut incomplete = Vec::new();
        for root in self.pins()? {
            match self.missing_blocks(&root, 1) {
                Ok(missing) if missing.is_empty() && self.sources_are_unchanged(&root)? => {}
                Err(TreeError::Store(error)) => return Err(error),
                Ok(_) | Err(_) => incomplete.push(root),
            }
        }
        Ok(Verified {
            blocks: blocks.into_inner(),
            bytes: bytes.into_inner(),
            damaged,
            incomplete,
        })
    }

    /// Whether all that a tree refers to elsewhere is still what it was. What only somebody with a key can make again is
    /// not looked at.
    fn sources_are_unchanged(&self, root: &Cid) -> Result<bool, StoreError> {
        let folder = self.references().folder();
        let roots = self
            .references()
            .roots()
            .map_err(|source| StoreError::io(folder, source))?;
        if !roots.contains(&root.to_string()) {
            return Ok(true);
        }
        let Ok(blocks) = self.tree_blocks(root) else {
            return Ok(false);
        };
        for block in blocks {
            match self.get(&block.cid) {
                Ok(_) => {}
                Err(StoreError::SourceChanged { .. } | StoreError::Missing(_) | StoreError::Damaged(_)) => {
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;
    use std::fs;

    #[test]
    fn damage_is_found_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        let (good, bad) = (raw_cid(b"good"), raw_cid(b"bad"));
        for (cid, data) in [(&good, &b"good"[..]), (&bad, b"bad")] {
            store.put(cid, data).unwrap();
            store.pin(cid).unwrap();
        }
        assert_eq!(store.verify().unwrap().blocks, 2);
        fs::write(store.block_path(&bad), b"baD").unwrap();
        let verified = store.verify().unwrap();
        assert_eq!((verified.blocks, verified.bytes), (1, 4));
        assert_eq!((verified.damaged, verified.incomplete), (vec![bad], vec![bad]));
    }
}
