//! A folder for unfinished files, one for each process that has the store open.
//!
//! Each has a lock file beside it that is held for as long as the process lives. A later process takes the lock of
//! one that died and clears what it left; no clock and no process id is trusted for that.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

const LOCK: &str = "lock";

#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    lock_path: PathBuf,
    /// Unlocked when it is closed, by whatever ends the process.
    lock: Option<File>,
}

impl Scratch {
    pub(crate) fn open(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        clear_abandoned(parent)?;
        loop {
            let named = tempfile::Builder::new()
                .prefix("w-")
                .suffix(".lock")
                .tempfile_in(parent)?;
            match named.as_file().try_lock() {
                Ok(()) => {}
                // Another process takes it for an abandoned one just now.
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let (lock, lock_path) = named.keep().map_err(|error| error.error)?;
            // Another process may have taken the file for an abandoned one before it was locked.
            if !lock_path.exists() {
                continue;
            }
            let folder = lock_path.with_extension("");
            fs::create_dir(&folder)?;
            return Ok(Self {
                folder,
                lock_path,
                lock: Some(lock),
            });
        }
    }

    /// A new file in here; deleted when dropped, unless it is persisted.
    pub(crate) fn file(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(&self.folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: whatever stays is cleared by the next one to open the store.
        let _ = fs::remove_dir_all(&self.folder);
        self.lock.take();
        let _ = fs::remove_file(&self.lock_path);
    }
}

fn clear_abandoned(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != LOCK) {
            continue;
        }
        let Ok(lock) = File::open(&path) else { continue };
        match lock.try_lock() {
            Ok(()) => {
                let _ = fs::remove_dir_all(path.with_extension(""));
                let _ = fs::remove_file(&path);
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_live_one_is_left_alone_and_a_dead_one_is_cleared() {
        let parent = tempfile::tempdir().unwrap();
        let live = Scratch::open(parent.path()).unwrap();
        fs::write(live.folder.join("block"), b"x").unwrap();
        // What a killed process leaves: a lock file that nobody holds, and its folder.
        fs::write(parent.path().join("w-dead.lock"), b"").unwrap();
        fs::create_dir(parent.path().join("w-dead")).unwrap();
        fs::write(parent.path().join("w-dead/block"), b"x").unwrap();

        let second = Scratch::open(parent.path()).unwrap();
        assert!(live.folder.join("block").exists());
        assert!(!parent.path().join("w-dead").exists());
        assert_eq!(names(parent.path()), 4);
        drop((live, second));
        assert_eq!(names(parent.path()), 0);
    }
}
