//! One program at a time works on a draft, although several may stand on one home.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// The system gives the lock back when the program dies, however it dies.
pub struct Claim {
    lock: Option<File>,
    path: PathBuf,
}

impl Claim {
    /// `None` when another program works on the draft.
    pub fn take(packed: &Path, draft: &str) -> io::Result<Option<Self>> {
        let path = packed.join(format!("{draft}.lock"));
        let lock = File::create(&path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { lock: Some(lock), path })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Removed while it is still held, so that nobody can hold a lock on a file that is about to go.
        let _ = std::fs::remove_file(&self.path);
        drop(self.lock.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_worked_on_once() {
        let dir = tempfile::tempdir().unwrap();
        let first = Claim::take(dir.path(), "draft-1").unwrap().unwrap();
        assert!(Claim::take(dir.path(), "draft-1").unwrap().is_none());
        assert!(Claim::take(dir.path(), "draft-2").unwrap().is_some());
        drop(first);
        assert!(Claim::take(dir.path(), "draft-1").unwrap().is_some());
    }
}
