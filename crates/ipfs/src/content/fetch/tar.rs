//! Plain files in a tar, the last way: a tree is made of them and used only if its root is the one that was asked for.

use super::{
    super::{ContentError, local::blocking, net::Download},
    Fetch,
};
use crate::{
    BlockStore, StoreError, cid_of_path, names,
    profile::{MAX_DEPTH, MAX_ENTRIES},
};
use bytes::{Buf, Bytes};
use cid::Cid;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};
use tar::{Archive, Entry, EntryType};
use tokio::sync::mpsc;

/// Pieces between the network and the disk.
const QUEUE: usize = 16;

impl Fetch<'_> {
    pub(super) async fn take_tars(&self) -> Result<(), ContentError> {
        for index in self.asking.without_cars() {
            let tar = match self.asking.source(index).source.tar(&self.root).await {
                Ok(Some(tar)) => tar,
                Ok(None) => continue,
                Err(error) => {
                    self.asking.failed(index, None, error, 0);
                    continue;
                }
            };
            match self.take_tar(tar).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_ours() => return Err(error),
                Err(error) => self.asking.failed(index, None, error, 0),
            }
        }
        Ok(())
    }

    async fn take_tar(&self, mut tar: Download) -> Result<(), ContentError> {
        let (queue, incoming) = mpsc::channel(QUEUE);
        let (store, root, limit) = (self.store.clone(), self.root, self.asking.limits().tar_bytes);
        let unpacked = blocking(move |_| store_tar(&store, root, Incoming::new(incoming), limit));
        let received = async {
            while let Some(piece) = tar.next().await? {
                self.meter.add_done(piece.len() as u64);
                if queue.send(piece).await.is_err() {
                    // It read all it wanted, or stopped for a reason that it tells itself.
                    break;
                }
            }
            drop(queue);
            Ok::<_, ContentError>(())
        };
        let (received, unpacked) = tokio::join!(received, unpacked);
        received.and(unpacked)
    }
}

fn store_tar(store: &BlockStore, root: Cid, incoming: Incoming, limit: u64) -> Result<(), ContentError> {
    let here = |source| ContentError::Store(StoreError::io(store.blocks_folder(), source));
    // Beside the unfinished blocks: cleared, if need be, by the next one to open the store.
    let marker = store.scratch().file().map_err(here)?;
    let parent = marker.path().parent().unwrap_or(Path::new("."));
    let folder = tempfile::tempdir_in(parent).map_err(here)?;
    let tree = folder.path().join("tree");
    unpack(incoming, &tree, limit).map_err(|error| match error {
        Unpack::Disk(error) => here(error),
        Unpack::Source(error) => *error,
    })?;
    // Hashed before it is stored: of another tree nothing stays.
    if cid_of_path(&tree)? != root {
        return Err(ContentError::Wrong(root));
    }
    store.import_path(&tree, &mut |_| {}, &|| false)?;
    Ok(())
}

enum Unpack {
    Disk(io::Error),
    Source(Box<ContentError>),
}

fn senseless() -> Unpack {
    Unpack::Source(Box::new(ContentError::Answer))
}

fn too_much() -> Unpack {
    Unpack::Source(Box::new(ContentError::TooMuch))
}

/// Writes files and folders below `tree`, and nothing else.
fn unpack(incoming: Incoming, tree: &Path, mut left: u64) -> Result<(), Unpack> {
    let mut archive = Archive::new(incoming);
    let entries = archive.entries().map_err(|_| senseless())?;
    for (number, entry) in entries.enumerate() {
        let mut entry = entry.map_err(|_| senseless())?;
        if number == MAX_ENTRIES {
            return Err(too_much());
        }
        let place = place(tree, &entry)?;
        match entry.header().entry_type() {
            EntryType::Directory => fs::create_dir_all(&place).map_err(Unpack::Disk)?,
            EntryType::Regular => {
                left = left.checked_sub(entry.size()).ok_or_else(too_much)?;
                write(&mut entry, &place)?;
            }
            _ => return Err(senseless()),
        }
    }
    if tree.exists() { Ok(()) } else { Err(senseless()) }
}

/// Where an entry goes. Its first part is the name of the whole, and no concern of ours.
fn place(tree: &Path, entry: &Entry<'_, Incoming>) -> Result<PathBuf, Unpack> {
    let path = entry.path().map_err(|_| senseless())?;
    let mut place = tree.to_owned();
    for (depth, part) in path.components().enumerate() {
        let Component::Normal(name) = part else {
            return Err(senseless());
        };
        let name = name.to_str().ok_or_else(senseless)?;
        names::check(name).map_err(|_| senseless())?;
        if depth > MAX_DEPTH {
            return Err(senseless());
        }
        if depth > 0 {
            place.push(name);
        }
    }
    Ok(place)
}

fn write(entry: &mut Entry<'_, Incoming>, place: &Path) -> Result<(), Unpack> {
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(Unpack::Disk)?;
    }
    // A second entry of the same name is refused here.
    let mut file = File::create_new(place).map_err(Unpack::Disk)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = entry.read(&mut buffer).map_err(|_| senseless())?;
        if length == 0 {
            return Ok(());
        }
        io::Write::write_all(&mut file, &buffer[..length]).map_err(Unpack::Disk)?;
    }
}

/// The pieces of a download, as something to read from.
struct Incoming {
    queue: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Incoming {
    fn new(queue: mpsc::Receiver<Bytes>) -> Self {
        Self {
            queue,
            piece: Bytes::new(),
        }
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let Some(piece) = self.queue.blocking_recv() else {
                return Ok(0);
            };
            self.piece = piece;
        }
        let length = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
