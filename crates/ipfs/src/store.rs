//! Blocks as files.
//!
//! ```text
//! DIR/blocks/XY/CID     a block; XY are the last two characters of its CID before the end, as in flatfs
//! DIR/pins/CID          an empty file: this tree is to be kept
//! DIR/tmp/              unfinished files, one folder for each process
//! ```
//! A block gets its name only after its bytes are on the disk, so a name never stands for half a block, whatever
//! happens in between. Several processes may use one folder: they can only ever give a name the same content.

use crate::{
    block,
    profile::MAX_BLOCK_BYTES,
    scratch::Scratch,
    writer::{self, BlockWriter},
};
use cid::Cid;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The embedded block store. Clones share one handle.
#[derive(Debug, Clone)]
pub struct BlockStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    blocks: PathBuf,
    pins: PathBuf,
    scratch: Scratch,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the disk that holds {path} is full")]
    NoSpace { path: PathBuf },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("the block {0} is not in the store")]
    Missing(Cid),
    /// The damaged file is removed, so that the block can be fetched again.
    #[error("the block {0} was damaged on the disk")]
    Damaged(Cid),
    #[error("the bytes given for the block {0} are not that block")]
    Mismatch(Cid),
}

impl StoreError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if is_disk_full(&source) {
            Self::NoSpace { path }
        } else {
            Self::Io { path, source }
        }
    }
}

/// Whether the disk, or the user's share of it, is used up.
pub(crate) fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl BlockStore {
    /// Opens the store in `dir`, which is made when it is not there.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        let (blocks, pins, temporary) = (dir.join("blocks"), dir.join("pins"), dir.join("tmp"));
        for folder in [&blocks, &pins] {
            fs::create_dir_all(folder).map_err(|source| StoreError::io(folder, source))?;
        }
        let scratch = Scratch::open(&temporary).map_err(|source| StoreError::io(&temporary, source))?;
        Ok(Self {
            inner: Arc::new(Inner { blocks, pins, scratch }),
        })
    }

    /// Stores one block durably. For many, use [`Self::writer`].
    pub fn put(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError> {
        if !block::matches(cid, data) {
            return Err(StoreError::Mismatch(*cid));
        }
        if self.holds(cid, Some(data.len() as u64)) {
            return Ok(());
        }
        let path = writer::write_block(self, cid, data)?;
        writer::sync_folders(self, path.parent())
    }

    /// The bytes of a block, checked against its CID.
    pub fn get(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
        if let Some(data) = block::inline(cid) {
            return Ok(data.to_vec());
        }
        let path = self.block_path(cid);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(StoreError::Missing(*cid)),
            Err(source) => return Err(StoreError::io(&path, source)),
        };
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let mut data = Vec::with_capacity((length as usize).min(MAX_BLOCK_BYTES + 1));
        file.take(MAX_BLOCK_BYTES as u64 + 1)
            .read_to_end(&mut data)
            .map_err(|source| StoreError::io(&path, source))?;
        if block::matches(cid, &data) {
            return Ok(data);
        }
        tracing::warn!(%cid, "a block was damaged on the disk and is removed");
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::io(&path, source)),
            _ => Err(StoreError::Damaged(*cid)),
        }
    }

    /// Whether there is a block of this name. Its bytes are checked when they are read, by [`Self::get`].
    pub fn has(&self, cid: &Cid) -> bool {
        self.holds(cid, None)
    }

    /// Bytes of a stored block.
    pub fn block_size(&self, cid: &Cid) -> Option<u64> {
        if let Some(data) = block::inline(cid) {
            return Some(data.len() as u64);
        }
        fs::metadata(self.block_path(cid)).ok().map(|metadata| metadata.len())
    }

    /// A writer for many blocks at once.
    pub fn writer(&self) -> BlockWriter {
        BlockWriter::new(self.clone())
    }

    pub(crate) fn holds(&self, cid: &Cid, length: Option<u64>) -> bool {
        match (self.block_size(cid), length) {
            (Some(found), Some(expected)) => found == expected,
            (found, _) => found.is_some(),
        }
    }

    pub(crate) fn block_path(&self, cid: &Cid) -> PathBuf {
        // One block, one file, whatever version and codec it is asked for with.
        let name = Cid::new_v1(block::RAW, *cid.hash()).to_string();
        // Characters of ASCII, 59 with SHA2-256.
        let shard = &name[name.len() - 3..name.len() - 1];
        self.inner.blocks.join(shard).join(&name)
    }

    pub(crate) fn blocks_folder(&self) -> &Path {
        &self.inner.blocks
    }

    pub(crate) fn pins_folder(&self) -> &Path {
        &self.inner.pins
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.inner.scratch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;

    fn store() -> (tempfile::TempDir, BlockStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        (folder, store)
    }

    #[test]
    fn a_block_is_kept() {
        let (folder, store) = store();
        let cid = raw_cid(b"hello");
        assert!(!store.has(&cid));
        assert!(matches!(store.get(&cid), Err(StoreError::Missing(_))));
        store.put(&cid, b"hello").unwrap();
        store.put(&cid, b"hello").unwrap();
        assert!(store.has(&cid));
        let again = BlockStore::open(folder.path()).unwrap();
        assert_eq!(again.get(&cid).unwrap(), b"hello");
    }

    #[test]
    fn a_wrong_block_is_not_stored() {
        let (_folder, store) = store();
        let cid = raw_cid(b"hello");
        assert!(matches!(store.put(&cid, b"hullo"), Err(StoreError::Mismatch(_))));
        let large = vec![0; MAX_BLOCK_BYTES + 1];
        assert!(matches!(
            store.put(&raw_cid(&large), &large),
            Err(StoreError::Mismatch(_))
        ));
        assert!(!store.has(&cid));
    }

    #[test]
    fn a_damaged_block_is_found_and_can_be_put_again() {
        let (_folder, store) = store();
        let cid = raw_cid(b"hello");
        store.put(&cid, b"hello").unwrap();
        for damage in [&b"hellO"[..], b"hel", b""] {
            fs::write(store.block_path(&cid), damage).unwrap();
            assert!(matches!(store.get(&cid), Err(StoreError::Damaged(_))));
            assert!(!store.has(&cid));
            store.put(&cid, b"hello").unwrap();
            assert_eq!(store.get(&cid).unwrap(), b"hello");
        }
        // A truncated file is seen without reading it.
        fs::write(store.block_path(&cid), b"hel").unwrap();
        store.put(&cid, b"hello").unwrap();
        assert_eq!(store.get(&cid).unwrap(), b"hello");
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert!(matches!(
            StoreError::io(Path::new("x"), full),
            StoreError::NoSpace { .. }
        ));
        let other = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(matches!(StoreError::io(Path::new("x"), other), StoreError::Io { .. }));
    }
}
