//! Blocks as files.
//!
//! ```text
//! DIR/blocks/XY/NAME    a block under its multihash, written as the CID of a raw leaf; XY are the last two characters
//!                       before the end, as in flatfs
//! DIR/layout            which layout this is
//! DIR/pins/CID          this tree is to be kept; see pins.rs
//! DIR/refs/CID          blocks that are parts of files elsewhere; see refs.rs
//! DIR/tmp/              unfinished files, one folder for each process
//! DIR/lock              held while blocks are added or collected; see hold.rs
//! ```
//! A block gets its name only after its bytes are on the disk, so a name never stands for half a block, whatever
//! happens in between. Several processes may use one folder: they can only ever give a name the same content.

use crate::{
    block::{self, RAW},
    durable,
    pins::Pins,
    profile::MAX_BLOCK_BYTES,
    refs::{self, References},
    scratch::Scratch,
    seal::SealKey,
    writer::BlockWriter,
};
use cid::Cid;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

/// The embedded block store. Clones share one handle.
#[derive(Debug, Clone)]
pub struct BlockStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    blocks: PathBuf,
    lock: PathBuf,
    pins: Pins,
    references: References,
    scratch: Scratch,
    /// Bytes that all blocks may take.
    limit: AtomicU64,
}

/// Written when the store has the present layout.
const LAYOUT: &str = "2";

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
    #[error("{path} changed since it was read, or is gone: the block {cid} cannot be made from it any more")]
    SourceChanged { cid: Box<Cid>, path: PathBuf },
    #[error("other work adds content to the store; try again when it is done")]
    Busy,
    /// In bytes.
    #[error("the store may hold {limit} bytes, and what is kept in it takes {kept}")]
    OverLimit { limit: u64, kept: u64 },
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
        let blocks = dir.join("blocks");
        let temporary = dir.join("tmp");
        fs::create_dir_all(&blocks).map_err(|source| StoreError::io(&blocks, source))?;
        let scratch = Scratch::open(&temporary).map_err(|source| StoreError::io(&temporary, source))?;
        let (pins, refs) = (dir.join("pins"), dir.join("refs"));
        let store = Self {
            inner: Arc::new(Inner {
                dir: dir.to_owned(),
                lock: dir.join("lock"),
                pins: Pins::open(pins.clone()).map_err(|source| StoreError::io(&pins, source))?,
                references: References::open(refs.clone()).map_err(|source| StoreError::io(&refs, source))?,
                blocks,
                scratch,
                limit: AtomicU64::new(u64::MAX),
            }),
        };
        store.take_up_layout()?;
        Ok(store)
    }

    /// Earlier versions named a block by its CID, so that one block could have two names.
    fn take_up_layout(&self) -> Result<(), StoreError> {
        let marker = self.inner.dir.join("layout");
        if fs::read_to_string(&marker).is_ok_and(|layout| layout == LAYOUT) {
            return Ok(());
        }
        for path in self.block_files()? {
            let named = path.file_name().and_then(|name| name.to_str()?.parse::<Cid>().ok());
            let Some(cid) = named.filter(|cid| cid.codec() != RAW) else {
                continue;
            };
            let target = self.block_path(&cid);
            let folder = target.parent().unwrap_or(&self.inner.blocks);
            fs::create_dir_all(folder).map_err(|source| StoreError::io(folder, source))?;
            fs::rename(&path, &target).map_err(|source| StoreError::io(&path, source))?;
        }
        // Their pins had no lists.
        for root in self.pins()? {
            self.pin(&root)?;
        }
        fs::write(&marker, LAYOUT).map_err(|source| StoreError::io(&marker, source))
    }

    /// The files of all blocks, in no order.
    pub(crate) fn block_files(&self) -> Result<Vec<PathBuf>, StoreError> {
        let blocks = &self.inner.blocks;
        let mut files = Vec::new();
        for shard in fs::read_dir(blocks).map_err(|source| StoreError::io(blocks, source))? {
            let shard = shard.map_err(|source| StoreError::io(blocks, source))?.path();
            if shard.is_dir() {
                for file in fs::read_dir(&shard).map_err(|source| StoreError::io(&shard, source))? {
                    files.push(file.map_err(|source| StoreError::io(&shard, source))?.path());
                }
            }
        }
        Ok(files)
    }

    /// Stores one block durably. For many, use [`Self::writer`].
    pub fn put(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError> {
        if !block::matches(cid, data) {
            return Err(StoreError::Mismatch(*cid));
        }
        if self.has_file(cid, data.len() as u64) {
            return Ok(());
        }
        durable::write_block(self, cid, data)
    }

    /// The bytes of a block, checked against its CID.
    pub fn get(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
        if let Some(data) = block::inline(cid) {
            return Ok(data.to_vec());
        }
        let path = self.block_path(cid);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.get_from_source(cid),
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

    /// From a file that an import refers to.
    fn get_from_source(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
        let place = self.references().find(cid).ok_or(StoreError::Missing(*cid))?;
        match self.references().make(&place) {
            Ok(data) if block::matches(cid, &data) => Ok(data),
            Ok(_) => Err(refs::changed(cid, &place)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
                Err(refs::changed(cid, &place))
            }
            Err(source) => Err(StoreError::io(&place.path, source)),
        }
    }

    /// Lets this program read chunks of files elsewhere that were sealed with this key.
    pub fn unlock(&self, key: &SealKey) {
        self.references().unlock(key);
    }

    /// Whether there is a block of this name. Its bytes are checked when they are read, by [`Self::get`].
    pub fn has(&self, cid: &Cid) -> bool {
        self.block_size(cid).is_some()
    }

    /// Bytes of a stored block.
    pub fn block_size(&self, cid: &Cid) -> Option<u64> {
        if let Some(data) = block::inline(cid) {
            return Some(data.len() as u64);
        }
        match fs::metadata(self.block_path(cid)) {
            Ok(metadata) => Some(metadata.len()),
            Err(_) => self.references().block_size(cid),
        }
    }

    /// A writer for many blocks at once.
    pub fn writer(&self) -> BlockWriter {
        BlockWriter::new(self.clone())
    }

    /// Whether the block has a file of its own here, of this length.
    pub(crate) fn has_file(&self, cid: &Cid, length: u64) -> bool {
        fs::metadata(self.block_path(cid)).is_ok_and(|metadata| metadata.len() == length)
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

    pub(crate) fn folder(&self) -> &Path {
        &self.inner.dir
    }

    pub(crate) fn lock_path(&self) -> &Path {
        &self.inner.lock
    }

    pub(crate) fn pinned(&self) -> &Pins {
        &self.inner.pins
    }

    pub(crate) fn references(&self) -> &References {
        &self.inner.references
    }

    pub(crate) fn limit_cell(&self) -> &AtomicU64 {
        &self.inner.limit
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
    fn blocks_under_their_old_names_are_found() {
        let (folder, store) = store();
        let node = block::node_cid(b"node");
        store.put(&node, b"node").unwrap();
        let new = store.block_path(&node);
        let shard = folder.path().join("blocks").join("xy");
        fs::create_dir_all(&shard).unwrap();
        fs::rename(&new, shard.join(node.to_string())).unwrap();
        fs::remove_file(folder.path().join("layout")).unwrap();
        let again = BlockStore::open(folder.path()).unwrap();
        assert_eq!(again.get(&node).unwrap(), b"node");
        // One block, whatever codec it is asked for with.
        assert_eq!(again.get(&raw_cid(b"node")).unwrap(), b"node");
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
