//! One worker a home.

use crate::Home;
use std::fs::{File, TryLockError};

/// Held for as long as a worker runs; the system lets go of it when the program dies, however it dies.
#[derive(Debug)]
pub(super) struct WorkerLock(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

#[derive(Debug, thiserror::Error)]
pub(super) enum LockError {
    #[error("another VeriFrame on this computer is already providing")]
    Taken,
    #[error("the lock of the worker cannot be used: {0}")]
    Disk(#[from] std::io::Error),
}

impl WorkerLock {
    pub fn take(home: &Home) -> Result<Self, LockError> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(home.worker_lock())?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_workers_do_not_share_a_home() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        home.create().unwrap();
        let first = WorkerLock::take(&home).unwrap();
        assert!(matches!(WorkerLock::take(&home), Err(LockError::Taken)));
        drop(first);
        WorkerLock::take(&home).unwrap();
    }
}
