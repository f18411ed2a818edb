//! Where a path leads.

use crate::{
    block::DAG_PB,
    store::{BlockStore, StoreError},
    tree::TreeError,
    unixfs::{Node, NodeError},
};
use cid::Cid;

/// Names in one path.
const MAX_NAMES: usize = 256;

/// The end of a path and what lies before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What each part of the path stands for, the root first and the target last.
    pub roots: Vec<Cid>,
    /// The blocks that prove the way to the target, which is not among them: each folder, and of one in shards those
    /// on the way.
    pub way: Vec<Cid>,
    pub target: Cid,
}

#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("there is no {name:?} below {folder}")]
    NoSuchName { folder: Cid, name: String },
    #[error("the path has more than {MAX_NAMES} names")]
    TooLong,
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl BlockStore {
    /// Follows the names in `path`, which are separated by `/`, from `root` down through folders. The target itself
    /// must be held but is not read.
    pub fn resolve(&self, root: &Cid, path: &str) -> Result<Resolved, ResolveError> {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        if names.len() > MAX_NAMES {
            return Err(ResolveError::TooLong);
        }
        let mut resolved = Resolved {
            roots: vec![*root],
            way: Vec::new(),
            target: *root,
        };
        for name in names {
            let folder = resolved.target;
            resolved.way.push(folder);
            let found = self.entry(&folder, name, &mut resolved.way)?;
            resolved.target = found.ok_or_else(|| ResolveError::NoSuchName {
                folder,
                name: name.to_owned(),
            })?;
            resolved.roots.push(resolved.target);
        }
        if self.has(&resolved.target) {
            Ok(resolved)
        } else {
            Err(TreeError::from(StoreError::Missing(resolved.target)).into())
        }
    }

    fn entry(&self, folder: &Cid, name: &str, way: &mut Vec<Cid>) -> Result<Option<Cid>, TreeError> {
        // A path ends at everything but a folder.
        if folder.codec() != DAG_PB {
            return Ok(None);
        }
        let entry = match self.node(folder) {
            Ok(Node::Directory(entries)) => entries.into_iter().find(|entry| entry.name == name),
            Ok(Node::Shard(shard)) => self.find_in_shards(shard, name, way)?,
            Ok(Node::Leaf(_) | Node::File { .. })
            | Err(TreeError::Node {
                problem: NodeError::Symlink | NodeError::Malformed | NodeError::Sizes,
                ..
            }) => None,
            Err(error) => return Err(error),
        };
        Ok(entry.map(|entry| entry.cid))
    }
}
