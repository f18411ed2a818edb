//! A folder of what is here already: only its own node is new.

use crate::{
    block::{DAG_PB, inline},
    dag_pb,
    names::{self, NameProblem},
    profile::MAX_DIRECTORY_BYTES,
    store::{BlockStore, StoreError},
    unixfs::{NodeError, Subtree, encode_directory},
};
use cid::Cid;
use std::collections::BTreeSet;

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the name {name:?} cannot stand in a folder: {problem}")]
    Name { name: String, problem: NameProblem },
    #[error("the name {0:?} is there twice")]
    Twice(String),
    #[error("the block {cid} cannot stand in a folder: {error}")]
    Node { cid: Cid, error: NodeError },
    #[error("the folder has more entries than fit in one block")]
    TooLarge,
}

impl BlockStore {
    /// Stores a folder of files and folders whose first blocks are here. Nothing of them is copied, and nothing is pinned:
    /// whoever pins calls [`Self::hold`] before.
    ///
    /// # Errors
    /// When a block is not here, a name is not one that every computer can write, or the node would be too large.
    pub fn put_folder(&self, entries: &[(String, Cid)]) -> Result<Cid, FolderError> {
        let mut seen = BTreeSet::new();
        let mut children = Vec::with_capacity(entries.len());
        for (name, cid) in entries {
            names::check(name).map_err(|problem| FolderError::Name {
                name: name.clone(),
                problem,
            })?;
            if !seen.insert(name) {
                return Err(FolderError::Twice(name.clone()));
            }
            children.push((name.clone(), self.subtree(cid)?));
        }
        let node = encode_directory(&children);
        if node.bytes.len() > MAX_DIRECTORY_BYTES {
            return Err(FolderError::TooLarge);
        }
        self.put(&node.subtree.cid, &node.bytes)?;
        Ok(node.subtree.cid)
    }

    /// What a link to it says: its size with everything below, as its own links claim it.
    fn subtree(&self, cid: &Cid) -> Result<Subtree, FolderError> {
        let bytes = match inline(cid) {
            Some(bytes) => bytes.to_vec(),
            None => self.get(cid)?,
        };
        let own = bytes.len() as u64;
        let below = if cid.codec() == DAG_PB {
            let failed = |error: dag_pb::PbError| FolderError::Node {
                cid: *cid,
                error: error.into(),
            };
            let node = dag_pb::decode(&bytes).map_err(failed)?;
            node.links.iter().fold(0_u64, |sum, link| sum.saturating_add(link.size))
        } else {
            0
        };
        let total = own.saturating_add(below);
        Ok(Subtree {
            cid: *cid,
            content: total,
            total,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{block::raw_cid, unixfs::Node};

    #[test]
    fn a_folder_is_the_one_that_an_import_would_make() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path().join("blocks")).unwrap();
        let source = folder.path().join("source");
        std::fs::create_dir_all(source.join("inner")).unwrap();
        let big: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(source.join("b.bin"), &big).unwrap();
        std::fs::write(source.join("a.txt"), "a").unwrap();
        std::fs::write(source.join("inner/c.txt"), "c").unwrap();
        let import = |path: &std::path::Path| store.import_path(path, &mut |_| {}, &|| false).unwrap().root;
        let whole = import(&source);
        let inner = store.put_folder(&[("c.txt".to_owned(), raw_cid(b"c"))]).unwrap();
        let made = store.put_folder(&[
            ("b.bin".to_owned(), import(&source.join("b.bin"))),
            ("inner".to_owned(), inner),
            ("a.txt".to_owned(), raw_cid(b"a")),
        ]);
        assert_eq!(made.unwrap(), whole);
    }

    #[test]
    fn what_cannot_be_a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        let cid = raw_cid(b"x");
        let entry = |name: &str| (name.to_owned(), cid);
        assert!(matches!(
            store.put_folder(&[entry("x")]),
            Err(FolderError::Store(StoreError::Missing(_)))
        ));
        store.put(&cid, b"x").unwrap();
        assert!(matches!(
            store.put_folder(&[entry("a/b")]),
            Err(FolderError::Name { .. })
        ));
        assert!(matches!(
            store.put_folder(&[entry("x"), entry("x")]),
            Err(FolderError::Twice(_))
        ));
        let many: Vec<_> = (0..10_000).map(|number| entry(&format!("{number:020}"))).collect();
        assert!(matches!(store.put_folder(&many), Err(FolderError::TooLarge)));
        let empty = store.put_folder(&[]).unwrap();
        assert!(matches!(store.node(&empty), Ok(Node::Directory(entries)) if entries.is_empty()));
    }
}
