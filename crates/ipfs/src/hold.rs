//! Who may delete blocks while others add some.
//!
//! Blocks are written before the pin that keeps them, so a collection in between would take them away. Whoever adds
//! holds the store, shared with all others who add, in this program or another; a collection waits until nobody does.
//! The lock is the system's: it ends with the program that took it, however that ends.

use crate::store::{BlockStore, StoreError};
use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How often a collection looks whether the last holder is gone; the system offers no wait with a deadline.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// While this lives, no block is collected.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "the lock is given back when the file is closed")] File);

/// While this lives, nobody adds blocks.
#[derive(Debug)]
pub(crate) struct Alone(#[expect(dead_code, reason = "the lock is given back when the file is closed")] File);

impl BlockStore {
    /// Keeps collections away. Waits for one that is running, which takes seconds at most.
    pub fn hold(&self) -> Result<Held, StoreError> {
        let path = self.lock_path();
        let file = open(path)?;
        file.lock_shared().map_err(|source| StoreError::io(path, source))?;
        Ok(Held(file))
    }

    /// [`StoreError::Busy`] when others add blocks for longer than `within`.
    pub(crate) fn alone(&self, within: Duration) -> Result<Alone, StoreError> {
        let path = self.lock_path();
        let file = open(path)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Alone(file)),
                Err(TryLockError::WouldBlock) if began.elapsed() < within => thread::sleep(LOOK_EVERY),
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
                Err(TryLockError::Error(source)) => return Err(StoreError::io(path, source)),
            }
        }
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    let open = || -> io::Result<File> { File::options().create(true).append(true).open(path) };
    open().map_err(|source| StoreError::io(path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_adds_keeps_collections_away() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        let (one, two) = (store.hold().unwrap(), store.hold().unwrap());
        drop(one);
        assert!(matches!(store.alone(Duration::ZERO), Err(StoreError::Busy)));
        drop(two);
        store.alone(Duration::ZERO).unwrap();
        let again = BlockStore::open(folder.path()).unwrap();
        let _held = again.hold().unwrap();
        assert!(matches!(store.alone(Duration::ZERO), Err(StoreError::Busy)));
    }
}
