//! How far the frames that are being rendered are. Not kept: a restart begins at nothing, and heartbeats fill it again.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Debug, Default)]
pub struct Progress(Mutex<HashMap<i64, f32>>);

impl Progress {
    fn map(&self) -> MutexGuard<'_, HashMap<i64, f32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `share` is 0 to 1; anything else is pulled to the nearer end.
    pub fn set(&self, task: i64, share: f32) -> f32 {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.map().insert(task, share);
        share
    }

    pub fn get(&self, task: i64) -> f32 {
        self.map().get(&task).copied().unwrap_or_default()
    }

    pub fn forget(&self, tasks: &[i64]) {
        let mut map = self.map();
        for task in tasks {
            map.remove(task);
        }
    }
}
