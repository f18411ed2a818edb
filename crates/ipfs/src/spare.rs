//! Buffers and open files that parallel work hands around instead of making new ones for every piece.

use std::sync::{Mutex, PoisonError};

/// As many values as there are threads at work.
#[derive(Debug)]
pub(crate) struct Spare<T>(Mutex<Vec<T>>);

impl<T: Default> Spare<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Lends a value that nobody else is using.
    pub(crate) fn lend<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let taken = self.values().pop();
        let mut value = taken.unwrap_or_default();
        let result = work(&mut value);
        self.values().push(value);
        result
    }

    fn values(&self) -> std::sync::MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
