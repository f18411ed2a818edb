//! One slot: takes a lease, renders its frames in a warm Blender, and never waits for an upload.

use super::{
    bench::{Bench, Order},
    claim,
    hand_in::{HandedIn, hand_in},
    handle::SlotActivity,
    held_lease::HeldLease,
    kept::{self, Kept},
    outage,
    shift::Shift,
    trouble::{self, Reach, Trouble},
};
use crate::api::Backoff;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::timeout};
use veriframe_wire::lease::{FailReason, LeasedTask};

/// Without push, and in case a push was lost.
const POLL_EVERY: Duration = Duration::from_secs(10);
const POLL_AT_LEAST_EVERY: Duration = Duration::from_mins(2);
/// What *stop now* leaves for frames that are being handed in. They are kept in any case.
const GRACE: Duration = Duration::from_secs(3);

/// Works until the shift closes.
pub(super) async fn work(shift: Arc<Shift>, number: u32) {
    let mut slot = Slot {
        bench: Bench::new(number),
        shift,
        handing_in: JoinSet::new(),
        give_back: Vec::new(),
    };
    slot.run().await;
    slot.close().await;
}

struct Slot {
    shift: Arc<Shift>,
    bench: Bench,
    handing_in: JoinSet<HandedIn>,
    /// Leases with frames that will not be rendered here.
    give_back: Vec<Arc<HeldLease>>,
}

impl Slot {
    async fn run(&mut self) {
        let mut next = None;
        while !self.shift.is_closing() {
            let held = match next.take() {
                Some(held) => held,
                None => match self.wait_for_work().await {
                    Some(held) => held,
                    None => break,
                },
            };
            next = self.work_off(&held).await;
            while self.handing_in.try_join_next().is_some() {}
        }
        self.give_back.extend(next);
    }

    async fn close(mut self) {
        self.bench.close(&self.shift.ctx).await;
        let stop_now = self.shift.controls.stop_now.clone();
        let all_in = async { while self.handing_in.join_next().await.is_some() {} };
        tokio::select! {
            () = all_in => {}
            () = async { stop_now.cancelled().await; tokio::time::sleep(GRACE).await } => {}
        }
        self.handing_in.shutdown().await;
        for held in &self.give_back {
            let message = "the provider stopped";
            held.fail(&self.shift.ctx, None, FailReason::Stopped, message, "").await;
        }
    }

    /// `None` when the shift closes.
    async fn wait_for_work(&mut self) -> Option<Arc<HeldLease>> {
        self.bench.show(&self.shift.ctx, None);
        let shift = self.shift.clone();
        let mut news = shift.news.subscribe();
        let mut backoff = Backoff::new(POLL_EVERY, POLL_AT_LEAST_EVERY);
        loop {
            // Old news is no hint: what it was about has been looked at.
            let is_news = news.has_changed().unwrap_or(false);
            let announced = news.borrow_and_update().job.clone().filter(|_| is_news);
            let prefer = announced.or_else(|| self.bench.warm_job().map(str::to_owned));
            let claimed = tokio::select! {
                claimed = claim::claim(&shift, prefer.as_deref()) => claimed,
                () = shift.controls.stop_now.cancelled() => return None,
            };
            let wait = match claimed {
                Ok(Some(held)) => return Some(held),
                Ok(None) => {
                    backoff.reset();
                    claim::explain(&shift).await;
                    shift.tidy_kept().await;
                    POLL_EVERY
                }
                Err(error) => {
                    let wait = backoff.next();
                    if error.is_temporary() {
                        outage::began(&shift.ctx, wait);
                    } else {
                        tracing::warn!(%error, "work could not be asked for");
                        shift
                            .ctx
                            .provider
                            .update(|activity| activity.last_trouble = error.to_string());
                    }
                    wait
                }
            };
            self.bench.let_go_when_cold().await;
            // Own jobs end with this one, or the next is known when it is posted: a Blender that waits would wait in vain.
            if shift.controls.whose.is_anyone() {
                self.bench.get_ready(shift.means()).await;
            }
            tokio::select! {
                () = shift.closing.cancelled() => return None,
                () = shift.controls.stop_now.cancelled() => return None,
                changed = news.changed() => if changed.is_err() { return None },
                () = tokio::time::sleep(wait) => {}
            }
            if shift.is_closing() {
                return None;
            }
        }
    }

    /// Renders what the lease asks for. Answers with the next lease, claimed before the last frame was finished.
    async fn work_off(&mut self, held: &Arc<HeldLease>) -> Option<Arc<HeldLease>> {
        let shift = self.shift.clone();
        let mut open: VecDeque<LeasedTask> = VecDeque::new();
        for task in &held.lease.tasks {
            match kept::find(&shift.ctx, &held.lease, task).await {
                Ok(Some(kept)) => {
                    tracing::info!(frame = task.frame, "a frame of an earlier run is handed in");
                    self.hand_in(held, kept);
                }
                Ok(None) => open.push_back(task.clone()),
                Err(error) => {
                    tracing::warn!(%error, "the journal of finished frames could not be read");
                    open.push_back(task.clone());
                }
            }
        }
        let mut next = None;
        while let Some(task) = open.pop_front() {
            if !held.wants(&task.id) {
                continue;
            }
            if shift.is_closing() {
                self.give_back.push(held.clone());
                break;
            }
            let rendered = if open.is_empty() {
                let job = held.lease.job.clone();
                let ahead = async {
                    if shift.is_closing() {
                        return None;
                    }
                    claim::claim(&shift, Some(&job)).await.ok().flatten()
                };
                let (rendered, claimed) = tokio::join!(self.render(held, &task), ahead);
                next = claimed;
                rendered
            } else {
                self.render(held, &task).await
            };
            match rendered {
                Ok(kept) => {
                    shift.failures().succeeded();
                    self.hand_in(held, kept);
                }
                Err(trouble) => {
                    if !self.deal_with(held, trouble, task, &mut open).await {
                        break;
                    }
                }
            }
        }
        next
    }

    fn hand_in(&mut self, held: &Arc<HeldLease>, kept: Kept) {
        let shift = &self.shift;
        self.handing_in
            .spawn(hand_in(shift.ctx.clone(), held.clone(), kept, shift.closing.clone()));
    }

    async fn render(&mut self, held: &Arc<HeldLease>, task: &LeasedTask) -> Result<Kept, Trouble> {
        let order = Order {
            lease: &held.lease,
            over: held.is_over_for(&task.id),
        };
        // From now on it is begun: should the job be paused, this frame is still finished.
        held.report(&task.id, 0.0);
        let report = |progress| held.report(&task.id, progress);
        self.bench.render(self.shift.means(), order, task, report).await
    }

    /// Reports, and answers whether the next frame of the lease may be tried.
    async fn deal_with(
        &mut self,
        held: &Arc<HeldLease>,
        trouble: Trouble,
        task: LeasedTask,
        open: &mut VecDeque<LeasedTask>,
    ) -> bool {
        self.bench.let_go().await;
        let shift = self.shift.clone();
        let Trouble::Failed {
            reason,
            message,
            log,
            reach,
        } = trouble
        else {
            if held.why_over().is_some() {
                return false;
            }
            if !held.wants(&task.id) {
                // Somebody else was first with this one; the others are still ours.
                return true;
            }
            self.give_back.push(held.clone());
            return false;
        };
        trouble::tell(&shift.ctx, &held.lease, task.frame, reason, &message, &log);
        let rest = {
            let mut failures = shift.failures();
            if reach == Reach::Job {
                failures.set_aside(&held.lease.job);
            }
            failures.add(&held.lease.job)
        };
        held.fail(&shift.ctx, Some(&task), reason, &message, &log).await;
        let go_on = reach == Reach::Frame && !shift.failures().is_set_aside(&held.lease.job);
        if !go_on {
            let others = if reach == Reach::Frame {
                FailReason::Stopped
            } else {
                reason
            };
            for other in open.drain(..) {
                held.fail(&shift.ctx, Some(&other), others, &message, "").await;
            }
        }
        if reach == Reach::Computer {
            // Looks at disk, devices and Blenders again; says so if they are the reason.
            shift.controls.changed.notify_one();
        }
        if let Some(rest) = rest {
            self.rest(rest, &message).await;
        }
        go_on
    }

    async fn rest(&self, wait: Duration, why: &str) {
        let now = self.shift.ctx.clock.now();
        self.bench.show(
            &self.shift.ctx,
            Some(SlotActivity::Resting {
                until: now.plus_seconds(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX)),
                why: why.to_owned(),
            }),
        );
        let closing = async {
            tokio::select! {
                () = self.shift.closing.cancelled() => {}
                () = self.shift.controls.stop_now.cancelled() => {}
            }
        };
        let _ = timeout(wait, closing).await;
    }
}
