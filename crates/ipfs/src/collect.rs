//! Room: what nobody asked to keep is let go, the oldest first.

use crate::{
    block::BlockKey,
    refs::References,
    source::bytes_below,
    store::{BlockStore, StoreError},
};
use cid::Cid;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

/// How long a store that ran over its limit waits for those who add content.
const TRIM_WITHIN: Duration = Duration::from_secs(1);

/// What a collection lets go.
#[derive(Debug, Clone, Copy)]
pub struct Collection {
    /// Ends as soon as all blocks together take no more bytes than this; 0: everything that is not pinned goes.
    pub down_to: u64,
    /// Blocks written after this stay: what is sent shard by shard is pinned only at its end.
    pub before: Option<SystemTime>,
    /// How long to wait for those who add content; after that [`StoreError::Busy`].
    pub wait: Duration,
}

impl Default for Collection {
    fn default() -> Self {
        Self {
            down_to: 0,
            before: None,
            wait: Duration::from_secs(30),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    pub blocks: u64,
    pub bytes: u64,
    /// Files elsewhere that are not referred to any more, by their trees.
    pub references: u64,
}

/// What a store takes on the disk, in bytes of blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub blocks: u64,
    pub bytes: u64,
    /// Of these, what pins keep.
    pub kept_blocks: u64,
    pub kept_bytes: u64,
}

struct Stored {
    path: PathBuf,
    bytes: u64,
    written: SystemTime,
    kept: bool,
}

impl BlockStore {
    /// Deletes blocks that no pin keeps, the oldest first.
    pub fn collect(&self, collection: &Collection) -> Result<Collected, StoreError> {
        let _alone = self.alone(collection.wait)?;
        let mut stored = self.stored()?;
        stored.sort_by_key(|block| block.written);
        let mut total: u64 = stored.iter().map(|block| block.bytes).sum();
        let mut collected = Collected {
            references: self.drop_references()?,
            ..Collected::default()
        };
        for block in stored.iter().filter(|block| !block.kept) {
            if collection.down_to > 0 && total <= collection.down_to {
                break;
            }
            if collection.before.is_some_and(|before| block.written >= before) {
                continue;
            }
            match fs::remove_file(&block.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io(&block.path, error));
                }
                _ => {}
            }
            total -= block.bytes;
            collected.blocks += 1;
            collected.bytes += block.bytes;
        }
        Ok(collected)
    }

    pub fn usage(&self) -> Result<Usage, StoreError> {
        let mut usage = Usage::default();
        for block in self.stored()? {
            usage.blocks += 1;
            usage.bytes += block.bytes;
            if block.kept {
                usage.kept_blocks += 1;
                usage.kept_bytes += block.bytes;
            }
        }
        Ok(usage)
    }

    /// Bytes that all blocks may take; what is pinned stays even beyond it. `None`: as much as the disk holds.
    pub fn set_limit(&self, bytes: Option<u64>) {
        self.limit_cell().store(bytes.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Lets go of old blocks until `needed` more bytes fit below the limit. To be called before holding the store.
    pub fn make_room(&self, needed: u64) -> Result<(), StoreError> {
        let limit = self.limit_cell().load(Ordering::Relaxed);
        if limit == u64::MAX {
            return Ok(());
        }
        let usage = self.usage()?;
        if usage.kept_bytes.saturating_add(needed) > limit {
            return Err(StoreError::OverLimit {
                limit,
                kept: usage.kept_bytes,
            });
        }
        if usage.bytes + needed <= limit {
            return Ok(());
        }
        // At least one byte: nothing would mean everything.
        let down_to = (limit - needed).max(1);
        let collection = Collection {
            down_to,
            ..Collection::default()
        };
        self.collect(&collection).map(|_| ())
    }

    /// As [`Self::make_room`], for a file or a folder that is to be copied; it is looked through only when there is a limit.
    pub fn make_room_for(&self, path: &Path) -> Result<(), StoreError> {
        if self.limit_cell().load(Ordering::Relaxed) == u64::MAX {
            return Ok(());
        }
        self.make_room(bytes_below(path))
    }

    /// Brings the store back below its limit, if nobody is adding to it now.
    pub fn trim(&self) -> Result<(), StoreError> {
        let limit = self.limit_cell().load(Ordering::Relaxed);
        if limit == u64::MAX || self.usage()?.bytes <= limit {
            return Ok(());
        }
        let collection = Collection {
            down_to: limit.max(1),
            before: None,
            wait: TRIM_WITHIN,
        };
        match self.collect(&collection) {
            // Whoever adds now trims when it is done.
            Err(StoreError::Busy) => Ok(()),
            result => result.map(|_| ()),
        }
    }

    /// All blocks with files of their own.
    fn stored(&self) -> Result<Vec<Stored>, StoreError> {
        let kept = self.kept_blocks()?;
        let mut stored = Vec::new();
        for path in self.block_files()? {
            // What has another name is not ours.
            let Some(cid) = path.file_name().and_then(|name| name.to_str()?.parse::<Cid>().ok()) else {
                continue;
            };
            let metadata = match fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata.map_err(|source| StoreError::io(&path, source))?,
            };
            stored.push(Stored {
                bytes: metadata.len(),
                written: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                kept: kept.contains(&BlockKey::of(&cid)),
                path,
            });
        }
        Ok(stored)
    }

    /// References serve an upload or a pin; whoever uploads holds the store.
    fn drop_references(&self) -> Result<u64, StoreError> {
        let references: &References = self.references();
        let error = |source| StoreError::io(references.folder(), source);
        let mut dropped = 0;
        for root in references.roots().map_err(error)? {
            if root.parse::<Cid>().is_ok_and(|root| !self.is_pinned(&root)) {
                references.remove(&root).map_err(error)?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    /// Forgets where the chunks of `root` lie elsewhere; to be called when the upload is through.
    pub(crate) fn forget_references(&self, root: &Cid) -> Result<(), StoreError> {
        let references = self.references();
        references
            .remove(&root.to_string())
            .map_err(|source| StoreError::io(references.folder(), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;
    use std::fs::File;

    fn store() -> (tempfile::TempDir, BlockStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path().join("store")).unwrap();
        (folder, store)
    }

    fn put(store: &BlockStore, byte: u8, age: u64) -> Cid {
        let data = [byte; 100];
        let cid = raw_cid(&data);
        store.put(&cid, &data).unwrap();
        let written = SystemTime::now() - Duration::from_secs(age);
        let file = File::options().write(true).open(store.block_path(&cid)).unwrap();
        file.set_modified(written).unwrap();
        cid
    }

    #[test]
    fn what_is_not_pinned_goes() {
        let (folder, store) = store();
        let source = folder.path().join("source");
        fs::write(&source, vec![1; (2 << 20) + 1]).unwrap();
        let root = store.import_path(&source, &mut |_| {}, &|| false).unwrap().root;
        store.pin(&root).unwrap();
        let stray = put(&store, 7, 0);
        let usage = store.usage().unwrap();
        assert_eq!(usage.bytes, usage.kept_bytes + 100);
        let collected = store.collect(&Collection::default()).unwrap();
        assert_eq!((collected.blocks, collected.bytes), (1, 100));
        assert!(!store.has(&stray));
        assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
        store.unpin(&root).unwrap();
        store.collect(&Collection::default()).unwrap();
        assert_eq!(store.usage().unwrap(), Usage::default());
    }

    #[test]
    fn the_oldest_goes_first_and_only_as_much_as_needed() {
        let (_folder, store) = store();
        let (old, new) = (put(&store, 1, 100), put(&store, 2, 10));
        store.set_limit(Some(250));
        store.make_room(50).unwrap();
        assert!(store.has(&old) && store.has(&new));
        store.make_room(100).unwrap();
        assert!(!store.has(&old) && store.has(&new));
        store.pin(&new).unwrap();
        assert!(matches!(
            store.make_room(200),
            Err(StoreError::OverLimit { limit: 250, kept: 100 })
        ));
        let young = Collection {
            before: Some(SystemTime::now() - Duration::from_secs(50)),
            ..Collection::default()
        };
        let fresh = put(&store, 3, 10);
        assert_eq!(store.collect(&young).unwrap(), Collected::default());
        assert!(store.has(&fresh));
    }

    #[test]
    fn nothing_goes_while_somebody_adds() {
        let (_folder, store) = store();
        let stray = put(&store, 1, 100);
        let held = store.hold().unwrap();
        let now = Collection {
            wait: Duration::ZERO,
            ..Collection::default()
        };
        assert!(matches!(store.collect(&now), Err(StoreError::Busy)));
        drop(held);
        store.collect(&now).unwrap();
        assert!(!store.has(&stray));
    }
}
