//! Many blocks, durably and fast.
//!
//! Waiting for the disk after every block would make an import as slow as the disk's latency. Here the hashing goes
//! on while a few threads wait for the disk, and small blocks wait for it together.

use crate::{
    block::{self, BlockKey},
    durable::{name_block, name_blocks, sync_folders, write_unsynced},
    import::BlockSink,
    store::{BlockStore, StoreError},
};
use cid::Cid;
use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
};
use tempfile::{NamedTempFile, TempPath};

const SYNC_THREADS: usize = 8;
/// Written blocks that wait for the disk. Each is an open file; its bytes are the system's, not ours.
const QUEUE: usize = 64;
/// Bytes of a block that rather waits for others than has the disk to itself.
const SMALL: usize = 256 << 10;
/// Blocks, and bytes, that wait together at most. What is lost when the program is killed has to be fetched again.
const BATCH: usize = 1024;
const BATCH_BYTES: usize = 8 << 20;

/// Stores many blocks. Nothing is promised until [`Self::finish`] has returned.
#[derive(Debug)]
pub struct BlockWriter {
    store: BlockStore,
    queue: Option<SyncSender<Unsynced>>,
    threads: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    failed: AtomicBool,
    error: Mutex<Option<StoreError>>,
    folders: Mutex<HashSet<PathBuf>>,
    /// Blocks under way, so that a file full of equal chunks writes one.
    started: Mutex<HashSet<BlockKey>>,
    small: Mutex<Small>,
}

/// Small blocks, and where they belong.
#[derive(Debug, Default)]
struct Small {
    files: Vec<(TempPath, PathBuf)>,
    bytes: usize,
}

#[derive(Debug)]
struct Unsynced {
    file: NamedTempFile,
    path: PathBuf,
}

impl BlockWriter {
    pub(crate) fn new(store: BlockStore) -> Self {
        Self {
            store,
            queue: None,
            threads: Vec::new(),
            shared: Arc::default(),
        }
        .started()
    }

    fn started(mut self) -> Self {
        let (queue, receiver) = mpsc::sync_channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        self.threads = (0..SYNC_THREADS)
            .map(|_| {
                let (receiver, shared) = (Arc::clone(&receiver), Arc::clone(&self.shared));
                thread::spawn(move || sync_blocks(&receiver, &shared))
            })
            .collect();
        self.queue = Some(queue);
        self
    }

    /// Stores a block from outside, after checking it against its CID. May be called from many threads.
    pub fn put(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError> {
        if block::matches(cid, data) {
            self.put_trusted(cid, data)
        } else {
            Err(StoreError::Mismatch(*cid))
        }
    }

    /// For a block whose CID was just computed from these bytes.
    fn put_trusted(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError> {
        if self.shared.failed.load(Ordering::Relaxed) {
            return Err(self.shared.take_error());
        }
        if !lock(&self.shared.started).insert(BlockKey::of(cid)) || self.store.has_file(cid, data.len() as u64) {
            return Ok(());
        }
        let file = write_unsynced(&self.store, data)?;
        let path = self.store.block_path(cid);
        if data.len() <= SMALL {
            return self.gather(file.into_temp_path(), path, data.len());
        }
        match self.queue.as_ref().map(|queue| queue.send(Unsynced { file, path })) {
            Some(Ok(())) => Ok(()),
            // The threads end only after a failure.
            _ => Err(self.shared.take_error()),
        }
    }

    /// Keeps a small block until there are enough of them. Whoever brings the last one waits for the disk.
    fn gather(&self, file: TempPath, path: PathBuf, bytes: usize) -> Result<(), StoreError> {
        let mut small = lock(&self.shared.small);
        small.files.push((file, path));
        small.bytes += bytes;
        if small.files.len() < BATCH && small.bytes < BATCH_BYTES {
            return Ok(());
        }
        let batch = std::mem::take(&mut *small);
        drop(small);
        self.name_batch(batch)
    }

    fn name_batch(&self, batch: Small) -> Result<(), StoreError> {
        for (_, path) in &batch.files {
            self.shared.note_folder(path);
        }
        name_blocks(&self.store, batch.files)
    }

    /// Waits until every block is on the disk under its name.
    pub fn finish(mut self) -> Result<(), StoreError> {
        let batch = std::mem::take(&mut *lock(&self.shared.small));
        self.name_batch(batch)?;
        self.join();
        if self.shared.failed.load(Ordering::Relaxed) {
            return Err(self.shared.take_error());
        }
        let folders = std::mem::take(&mut *lock(&self.shared.folders));
        sync_folders(&self.store, &folders)
    }

    fn join(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                self.shared.fail(StoreError::io(
                    self.store.blocks_folder(),
                    io::Error::other("a thread that writes blocks panicked"),
                ));
            }
        }
    }
}

impl Drop for BlockWriter {
    fn drop(&mut self) {
        self.join();
    }
}

impl BlockSink for BlockWriter {
    fn takes_leaves(&self) -> bool {
        true
    }

    fn put(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError> {
        self.put_trusted(cid, data)
    }
}

impl Shared {
    fn fail(&self, error: StoreError) {
        lock(&self.error).get_or_insert(error);
        self.failed.store(true, Ordering::Relaxed);
    }

    fn note_folder(&self, path: &Path) {
        let mut folders = lock(&self.folders);
        if let Some(folder) = path.parent()
            && !folders.contains(folder)
        {
            folders.insert(folder.to_owned());
        }
    }

    /// The first error; whoever asks later gets a pale copy of it.
    fn take_error(&self) -> StoreError {
        let mut slot = lock(&self.error);
        let repeated = match slot.as_ref() {
            Some(StoreError::NoSpace { path }) => StoreError::NoSpace { path: path.clone() },
            Some(StoreError::Io { path, source }) => StoreError::Io {
                path: path.clone(),
                source: source.kind().into(),
            },
            _ => StoreError::Io {
                path: PathBuf::new(),
                source: io::Error::other("writing blocks failed before"),
            },
        };
        slot.replace(repeated).unwrap_or_else(|| StoreError::Io {
            path: PathBuf::new(),
            source: io::Error::other("writing blocks failed"),
        })
    }
}

fn sync_blocks(receiver: &Mutex<Receiver<Unsynced>>, shared: &Shared) {
    loop {
        let next = lock(receiver).recv();
        let Ok(Unsynced { file, path }) = next else { return };
        // After a failure the rest is only drained: the files delete themselves.
        if shared.failed.load(Ordering::Relaxed) {
            continue;
        }
        match name_block(file, &path) {
            Ok(()) => shared.note_folder(&path),
            Err(error) => shared.fail(error),
        }
    }
}

/// A panic elsewhere leaves these values whole: each is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;
    use std::fs;

    #[test]
    fn many_blocks_from_many_threads() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        let writer = store.writer();
        thread::scope(|scope| {
            for start in 0..4u32 {
                let writer = &writer;
                // Neighbours write the same blocks.
                scope.spawn(move || {
                    for number in start * 500..start * 500 + 1000 {
                        let data = number.to_le_bytes();
                        writer.put(&raw_cid(&data), &data).unwrap();
                    }
                });
            }
        });
        writer.finish().unwrap();
        for number in 0..2500u32 {
            let data = number.to_le_bytes();
            assert_eq!(store.get(&raw_cid(&data)).unwrap(), data);
        }
    }

    #[test]
    fn a_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        // A file where the shard's folder should be.
        let cid = raw_cid(b"hello");
        fs::write(store.block_path(&cid).parent().unwrap(), b"").unwrap();
        let writer = store.writer();
        writer.put(&cid, b"hello").unwrap();
        assert!(writer.finish().is_err());
        assert!(matches!(
            store.writer().put(&cid, b"hullo"),
            Err(StoreError::Mismatch(_))
        ));
    }
}
