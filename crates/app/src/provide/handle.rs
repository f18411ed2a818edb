//! What the worker is doing right now, as everybody in the program may see it, and the way to tell it to stop.

use super::{Whose, ready::Ready};
use crate::view::CurrentFrame;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use veriframe_core::{Amount, Timestamp};
use veriframe_render::Installation;

/// Clones look at the same worker.
#[derive(Clone, Default)]
pub struct ProviderHandle {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    activity: Mutex<Activity>,
    /// Grows with every change of `activity`.
    changed: watch::Sender<u64>,
    /// Held while looking for Blenders, so that none is asked twice at once.
    looking: tokio::sync::Mutex<()>,
    /// Whether the window is already told of changes.
    is_watched: AtomicBool,
    /// Started ahead of the first slot.
    ready: Mutex<Option<Ready>>,
    /// What the Blender that is being asked for the first time has said so far.
    facts: watch::Sender<Option<Installation>>,
}

/// Everything the reason line is made of.
#[derive(Clone, Default)]
pub(crate) struct Activity {
    /// Set while a worker runs.
    pub controls: Option<Controls>,
    pub registered: bool,
    /// It is being stopped and was switched on again meanwhile.
    pub starts_again: bool,
    /// What keeps the worker from working at all.
    pub blocked: Option<Blocked>,
    /// Set while the coordinator does not answer.
    pub outage: Option<Outage>,
    pub slots: BTreeMap<u32, SlotActivity>,
    /// Frames that are finished and not handed in.
    pub kept: u32,
    /// Of those, how many are on their way.
    pub handing_in: u32,
    pub snooze: Option<Snooze>,
    /// What cannot be taken and why, as of the last look.
    pub why_not: Vec<String>,
    pub numbers: Numbers,
    /// 0 to 1 while it runs.
    pub benchmark: Option<f64>,
    /// What the last look for Blenders found.
    pub blenders: Option<Arc<Vec<Found>>>,
    /// A frame was rejected or something failed; the newest such sentence.
    pub last_trouble: String,
}

/// A program that may be a Blender, and what it said about itself.
#[derive(Clone, Debug)]
pub struct Found {
    pub path: std::path::PathBuf,
    pub answer: Result<Installation, String>,
}

#[derive(Clone)]
pub(crate) struct Controls {
    pub whose: Whose,
    pub stop_now: CancellationToken,
    pub stop_after_frame: CancellationToken,
    /// Limits, devices or Blenders changed: register again after the frame.
    pub changed: Arc<Notify>,
    /// Cancelled when the worker has ended.
    pub ended: CancellationToken,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocked {
    pub reason: String,
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub since: Timestamp,
    pub retry_at: Timestamp,
}

#[derive(Clone)]
pub(crate) struct Snooze {
    pub until: Timestamp,
    /// Cancelled when it is over before its time.
    pub over: CancellationToken,
}

/// What one slot does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SlotActivity {
    /// Fetching the scene: bytes done and wanted.
    Fetching {
        job_name: String,
        done: u64,
        total: u64,
    },
    /// Blender starts and opens the scene.
    Opening {
        job_name: String,
    },
    Rendering(CurrentFrame),
    /// Waits after failures.
    Resting {
        until: Timestamp,
        why: String,
    },
}

/// What the coordinator says about this worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub earned_today: Amount,
    pub pending: Amount,
    pub frames_pending: u32,
    pub frames_today: u32,
    pub frames_rejected: u32,
    pub reputation: Option<u32>,
}

impl Activity {
    /// Whether a worker for others runs.
    pub fn provides(&self) -> bool {
        self.controls
            .as_ref()
            .is_some_and(|controls| controls.whose.is_anyone())
    }

    /// Whether a worker for own jobs only runs.
    pub fn renders_own(&self) -> bool {
        self.controls.is_some() && !self.provides()
    }
}

impl ProviderHandle {
    pub(super) fn keep_ready(&self, ready: Ready) {
        *self.inner.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
    }

    pub(super) fn hear_facts(&self, facts: Installation) {
        self.inner.facts.send_replace(Some(facts));
    }

    /// Completes when a Blender that is being asked has said the most of it; perhaps never.
    pub(super) async fn facts(&self) -> Option<Installation> {
        let mut facts = self.inner.facts.subscribe();
        facts.wait_for(Option::is_some).await.ok()?.clone()
    }

    pub(super) fn take_ready(&self) -> Option<Ready> {
        self.inner.ready.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a worker of this program runs, be it only for own jobs.
    pub fn is_on(&self) -> bool {
        self.lock().controls.is_some()
    }

    /// Whether a worker of this program runs for others.
    pub fn provides(&self) -> bool {
        self.lock().provides()
    }

    /// Changes what is seen and tells those who watch.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Activity) -> T) -> T {
        let outcome = change(&mut self.lock());
        self.inner.changed.send_modify(|count| *count = count.wrapping_add(1));
        outcome
    }

    pub(crate) fn look(&self) -> Activity {
        self.lock().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    pub(crate) fn controls(&self) -> Option<Controls> {
        self.lock().controls.clone()
    }

    pub(crate) async fn looking(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.inner.looking.lock().await
    }

    /// True for the first caller only.
    pub(crate) fn start_watching(&self) -> bool {
        !self.inner.is_watched.swap(true, Ordering::AcqRel)
    }

    /// Limits, devices or Blenders changed.
    pub(crate) fn settings_changed(&self) {
        if let Some(controls) = self.controls() {
            controls.changed.notify_one();
        }
        self.update(|_| ());
    }

    fn lock(&self) -> MutexGuard<'_, Activity> {
        self.inner.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Controls {
    /// `shutdown` ends the worker as *stop now* does.
    pub fn new(shutdown: &CancellationToken, whose: Whose) -> Self {
        Self {
            whose,
            stop_now: shutdown.child_token(),
            stop_after_frame: CancellationToken::new(),
            changed: Arc::default(),
            ended: CancellationToken::new(),
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop_now.is_cancelled() || self.stop_after_frame.is_cancelled()
    }

    /// Completes when either kind of stop was asked for.
    pub async fn stopping(&self) {
        tokio::select! {
            () = self.stop_now.cancelled() => {}
            () = self.stop_after_frame.cancelled() => {}
        }
    }
}
