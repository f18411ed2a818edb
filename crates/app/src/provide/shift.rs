//! One stretch of work under one plan: the slots, and what they share.

use super::{
    bench::Means, failures::Failures, handle::Controls, kept, market, outage, plan::Plan, scenes::Scenes, slot,
};
use crate::Context;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;
use veriframe_wire::{
    ErrorCode,
    worker::{StatusRequest, WorkerStatus},
};

const STATUS_EVERY: Duration = Duration::from_secs(20);
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// What the slots of a worker share.
pub(super) struct Shift {
    pub ctx: Arc<Context>,
    pub plan: Plan,
    pub controls: Controls,
    /// Cancelled to end this shift after the frame, whatever comes then.
    pub closing: CancellationToken,
    pub scenes: Scenes,
    pub news: watch::Sender<News>,
    pub failures: Arc<Mutex<Failures>>,
    /// Own jobs may have frames for this worker, which takes everybody's.
    pub own_may_wait: AtomicBool,
    /// When it was last asked what cannot be taken and why.
    pub explained: Mutex<Option<Instant>>,
    tidied: Mutex<Option<Instant>>,
    /// Cancelled when the jobs that this worker is for have ended.
    pub jobs_ended: CancellationToken,
}

/// Something to claim may have come up.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    pub count: u64,
    /// The job that the newest news is about.
    pub job: Option<String>,
}

/// Why a shift ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShiftEnd {
    Stopped,
    /// Limits, devices or Blenders changed.
    PlanChanged,
    JobsEnded,
}

impl Shift {
    pub fn new(ctx: Arc<Context>, plan: Plan, controls: Controls, failures: Arc<Mutex<Failures>>) -> Arc<Self> {
        let scenes = Scenes::new(ctx.home.scenes(), plan.disk_budget());
        Arc::new(Self {
            closing: controls.stop_after_frame.child_token(),
            jobs_ended: CancellationToken::new(),
            scenes,
            news: watch::Sender::default(),
            failures,
            own_may_wait: AtomicBool::new(true),
            explained: Mutex::default(),
            tidied: Mutex::default(),
            ctx,
            plan,
            controls,
        })
    }

    /// Runs the slots until something ends the shift, and waits for each of them.
    pub async fn run(self: Arc<Self>) -> ShiftEnd {
        let background = CancellationToken::new();
        let _end_background = background.clone().drop_guard();
        self.ctx.tasks.spawn(market::listen(self.clone(), background.clone()));
        self.ctx.tasks.spawn(keep_status(self.clone(), background.clone()));
        let mut slots = JoinSet::new();
        for slot in 0..self.plan.limits.slots {
            // Tracked, too: whoever shuts down waits for a slot that was abandoned in the middle.
            slots.spawn(self.ctx.tasks.track_future(slot::work(self.clone(), slot)));
        }
        let mut plan_changed = false;
        loop {
            tokio::select! {
                ended = slots.join_next() => match ended {
                    Some(Ok(())) => {}
                    Some(Err(error)) => tracing::error!(%error, "a slot broke down"),
                    None => break,
                },
                () = self.controls.changed.notified(), if !plan_changed => {
                    plan_changed = true;
                    self.closing.cancel();
                }
            }
        }
        if self.controls.is_stopping() {
            ShiftEnd::Stopped
        } else if self.jobs_ended.is_cancelled() {
            ShiftEnd::JobsEnded
        } else {
            ShiftEnd::PlanChanged
        }
    }

    /// Whether the slots take nothing new.
    pub fn is_closing(&self) -> bool {
        self.closing.is_cancelled() || self.controls.stop_now.is_cancelled()
    }

    pub fn means(&self) -> Means<'_> {
        Means {
            ctx: &self.ctx,
            plan: &self.plan,
            scenes: &self.scenes,
            controls: &self.controls,
        }
    }

    pub fn failures(&self) -> MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now and then while there is nothing to do: frames that were refused or came too late need not stay for ever.
    pub(crate) async fn tidy_kept(&self) {
        {
            let activity = self.ctx.provider.look();
            let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
            if activity.kept == 0 || activity.handing_in > 0 || tidied.is_some_and(|at| at.elapsed() < TIDY_EVERY) {
                return;
            }
            *tidied = Some(Instant::now());
        }
        if let Err(error) = kept::let_go_of_ended(&self.ctx).await {
            tracing::debug!(%error, "kept frames could not be looked through");
        }
    }

    /// Something to claim may have come up.
    pub fn announce(&self, job: Option<String>) {
        self.news.send_modify(|news| {
            news.count = news.count.wrapping_add(1);
            news.job = job;
        });
    }

    /// The jobs that this worker is for have ended.
    pub(crate) fn jobs_have_ended(&self) {
        self.jobs_ended.cancel();
        self.closing.cancel();
    }
}

/// Tells the coordinator every 20 s that this worker is there, and how many slots are free.
async fn keep_status(shift: Arc<Shift>, end: CancellationToken) {
    let mut ticks = tokio::time::interval(STATUS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while end.run_until_cancelled(ticks.tick()).await.is_some() {
        let busy = shift.ctx.provider.look().slots.len();
        let request = StatusRequest {
            status: WorkerStatus::Online,
            reason: String::new(),
            free_slots: shift
                .plan
                .limits
                .slots
                .saturating_sub(u32::try_from(busy).unwrap_or(u32::MAX)),
            temperatures: Vec::new(),
            leases: None,
        };
        match end.run_until_cancelled(shift.ctx.api.set_worker_status(&request)).await {
            Some(Ok(_)) => outage::over(&shift.ctx),
            Some(Err(error)) => {
                tracing::debug!(%error, "the coordinator was not told that this worker is there");
                if error.is(ErrorCode::NotFound) {
                    // It has forgotten this worker: register again.
                    shift.controls.changed.notify_one();
                }
                if error.is_temporary() {
                    outage::began(&shift.ctx, STATUS_EVERY);
                }
            }
            None => return,
        }
    }
}
