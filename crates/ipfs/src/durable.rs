//! How bytes come to the disk for good: first all of a file, then its name, then the folder that has the name.
//!
//! One file is synced by itself. Of many, Linux is asked to sync the whole file system once: what others have written
//! to it is waited for as well, and that is still far less than to wait two thousand times.

use crate::{
    direct,
    store::{BlockStore, StoreError},
};
use cid::Cid;
use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};
use tempfile::{NamedTempFile, TempPath};

/// So few files are synced one by one.
const FEW: usize = 8;

/// Stores one block.
pub(crate) fn write_block(store: &BlockStore, cid: &Cid, data: &[u8]) -> Result<(), StoreError> {
    let path = store.block_path(cid);
    name_block(write_unsynced(store, data)?, &path)?;
    sync_folders(store, &path.parent().map(Path::to_owned).into_iter().collect())
}

/// A block under a name that nobody asks for.
pub(crate) fn write_unsynced(store: &BlockStore, data: &[u8]) -> Result<NamedTempFile, StoreError> {
    let error = |source| StoreError::io(store.blocks_folder(), source);
    let mut file = store.scratch().file().map_err(error)?;
    direct::write_new(file.as_file_mut(), data).map_err(error)?;
    Ok(file)
}

/// Gives a written block its name; the name itself becomes durable with [`sync_folders`].
pub(crate) fn name_block(file: NamedTempFile, path: &Path) -> Result<(), StoreError> {
    file.as_file()
        .sync_data()
        .map_err(|source| StoreError::io(path, source))?;
    // Closed, because Windows cannot rename what is open without more rights.
    rename(file.into_temp_path(), path)
}

/// Gives written blocks their names, once all their bytes are on the disk.
pub(crate) fn name_blocks(store: &BlockStore, blocks: Vec<(TempPath, PathBuf)>) -> Result<(), StoreError> {
    if blocks.len() <= FEW || !sync_all(store.blocks_folder())? {
        for (file, path) in &blocks {
            // To sync a file, Windows wants it open for writing.
            let file = File::options().write(true).open(file);
            file.and_then(|file| file.sync_data())
                .map_err(|source| StoreError::io(path, source))?;
        }
    }
    blocks.into_iter().try_for_each(|(file, path)| rename(file, &path))
}

fn rename(temporary: TempPath, path: &Path) -> Result<(), StoreError> {
    let refused = match temporary.persist(path) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    if refused.error.kind() != io::ErrorKind::NotFound {
        return Err(StoreError::io(path, refused.error));
    }
    // The first block of its shard.
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| StoreError::io(folder, source))?;
    }
    refused
        .path
        .persist(path)
        .map_err(|refused| StoreError::io(path, refused.error))
}

/// Makes the names in these folders, and the folders themselves, durable.
pub(crate) fn sync_folders(store: &BlockStore, folders: &HashSet<PathBuf>) -> Result<(), StoreError> {
    if folders.len() > FEW && sync_all(store.blocks_folder())? {
        return Ok(());
    }
    for folder in folders.iter().map(PathBuf::as_path).chain([store.blocks_folder()]) {
        sync_folder(folder).map_err(|source| StoreError::io(folder, source))?;
    }
    Ok(())
}

/// Syncs the file system that `folder` is on; `false` where there is no such thing.
#[cfg(target_os = "linux")]
fn sync_all(folder: &Path) -> Result<bool, StoreError> {
    let error = |source| StoreError::io(folder, source);
    let opened = File::open(folder).map_err(error)?;
    rustix::fs::syncfs(&opened).map_err(|source| error(source.into()))?;
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
fn sync_all(_folder: &Path) -> Result<bool, StoreError> {
    Ok(false)
}

#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no such call; its file systems journal names by themselves.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
