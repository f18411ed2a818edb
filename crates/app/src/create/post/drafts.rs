//! Drafts that are being worked on in this program.

use crate::jobs::stages::DraftProgress;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Part of the context; clones of a [`Run`] are held by the task that works on the draft.
#[derive(Default)]
pub struct Drafts {
    running: Mutex<HashMap<String, Arc<Run>>>,
}

/// One draft at work.
#[derive(Default)]
pub struct Run {
    pub cancel: CancellationToken,
    /// Whether the upload rests. What was sent stays sent.
    paused: watch::Sender<bool>,
    progress: Mutex<DraftProgress>,
}

impl Run {
    pub fn progress(&self) -> DraftProgress {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn pause(&self) {
        self.paused.send_replace(true);
    }

    pub fn resume(&self) {
        self.paused.send_replace(false);
    }

    /// Returns when the upload is to rest.
    pub(super) async fn paused(&self) {
        // The sender lives as long as this does.
        let _ = self.paused.subscribe().wait_for(|paused| *paused).await;
    }

    /// Returns when it is to go on.
    pub(super) async fn resumed(&self) {
        let _ = self.paused.subscribe().wait_for(|paused| !paused).await;
    }

    pub(crate) fn set_progress(&self, progress: DraftProgress) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }
}

impl Drafts {
    /// Whether any is on its way to be posted.
    pub(crate) fn any(&self) -> bool {
        !self.running.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub fn find(&self, id: &str) -> Option<Arc<Run>> {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    pub fn progress(&self, id: &str) -> DraftProgress {
        self.find(id).map(|run| run.progress()).unwrap_or_default()
    }

    /// `None` when it is being worked on already.
    pub(super) fn begin(&self, id: &str) -> Option<Arc<Run>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(id) {
            return None;
        }
        let run = Arc::new(Run::default());
        running.insert(id.to_owned(), Arc::clone(&run));
        Some(run)
    }

    pub(super) fn end(&self, id: &str) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
