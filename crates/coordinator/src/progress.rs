//! How far the frames that are being rendered are. Not kept: a restart begins at nothing, and heartbeats fill it again.
//! Of a task that another replica heard of, this one hears by `replicas::passing`.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use veriframe_core::Timestamp;

#[derive(Debug, Default)]
pub struct Progress(Mutex<HashMap<i64, Told>>);

#[derive(Debug, Clone, Copy)]
struct Told {
    /// Of the lease it was told under: what an earlier one told is of no use.
    fence: i64,
    share: f32,
    at: Timestamp,
}

impl Progress {
    fn map(&self) -> MutexGuard<'_, HashMap<i64, Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `share` is 0 to 1; anything else is pulled to the nearer end.
    pub fn set(&self, task: i64, fence: i64, share: f32, at: Timestamp) -> f32 {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.map().insert(task, Told { fence, share, at });
        share
    }

    pub fn get(&self, task: i64, fence: i64) -> f32 {
        let told = self.map().get(&task).copied();
        told.filter(|told| told.fence == fence)
            .map(|told| told.share)
            .unwrap_or_default()
    }

    pub fn forget(&self, tasks: &[i64]) {
        let mut map = self.map();
        for task in tasks {
            map.remove(task);
        }
    }

    /// Tasks that ended at another replica are forgotten by their age.
    pub fn forget_older(&self, than: Timestamp) {
        self.map().retain(|_, told| told.at >= than);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_lease_told_does_not_count() {
        let progress = Progress::default();
        progress.set(1, 7, 0.5, Timestamp(1000));
        assert!((progress.get(1, 7) - 0.5).abs() < f32::EPSILON);
        assert!(progress.get(1, 8).abs() < f32::EPSILON);
        progress.forget_older(Timestamp(1001));
        assert!(progress.map().is_empty());
    }
}
