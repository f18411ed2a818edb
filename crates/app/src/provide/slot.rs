//! One slot: takes a lease, renders its frames in a warm Blender, and never waits for an upload.

use super::{
    claim,
    hand_in::{HandedIn, hand_in},
    handle::SlotActivity,
    held_lease::{HeldLease, tail},
    kept::{self, Kept},
    outage,
    ready::Ready,
    shift::Shift,
    trouble::{Reach, Trouble},
    warm::Warm,
};
use crate::{api::Backoff, view::CurrentFrame};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};
use veriframe_ipfs::{Progress, ProgressSink};
use veriframe_wire::{
    job::FrameResult,
    lease::{FailReason, LeasedTask},
};

/// Without push, and in case a push was lost.
const POLL_EVERY: Duration = Duration::from_secs(10);
const POLL_AT_LEAST_EVERY: Duration = Duration::from_mins(2);
/// A Blender without work is let go after this.
const KEEP_WARM: Duration = Duration::from_mins(1);
/// What *stop now* leaves for frames that are being handed in. They are kept in any case.
const GRACE: Duration = Duration::from_secs(3);
const LOG_BYTES_AT_MOST: usize = 8 << 10;

/// Works until the shift closes.
pub(super) async fn work(shift: Arc<Shift>, number: u32) {
    let mut slot = Slot {
        number,
        shift,
        warm: None,
        ready: None,
        handing_in: JoinSet::new(),
        give_back: Vec::new(),
    };
    slot.run().await;
    slot.close().await;
}

struct Slot {
    shift: Arc<Shift>,
    number: u32,
    warm: Option<Warm>,
    /// A Blender that waits for the next scene.
    ready: Option<Ready>,
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
        if let Some(warm) = self.warm.take() {
            warm.close().await;
        }
        if let Some(ready) = self.ready.take() {
            ready.close().await;
        }
        self.show(None);
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
        self.show(None);
        let shift = self.shift.clone();
        let mut news = shift.news.subscribe();
        let mut backoff = Backoff::new(POLL_EVERY, POLL_AT_LEAST_EVERY);
        loop {
            // Old news is no hint: what it was about has been looked at.
            let is_news = news.has_changed().unwrap_or(false);
            let announced = news.borrow_and_update().job.clone().filter(|_| is_news);
            let prefer = announced.or_else(|| self.warm.as_ref().map(|warm| warm.job.clone()));
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
            self.let_go_when_cold().await;
            if self.ready.is_none() {
                let (ctx, plan) = (&shift.ctx, &shift.plan);
                self.ready = Ready::start(ctx, plan, plan.sandbox_for_strangers()).await;
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

    async fn let_go_when_cold(&mut self) {
        if self
            .warm
            .as_ref()
            .is_some_and(|warm| warm.last_used.elapsed() > KEEP_WARM)
            && let Some(warm) = self.warm.take()
        {
            warm.close().await;
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

    /// Scene, Blender, frame, kept folder.
    async fn render(&mut self, held: &Arc<HeldLease>, task: &LeasedTask) -> Result<Kept, Trouble> {
        self.make_ready(held).await?;
        let warm = self.warm.as_mut().ok_or(Trouble::Over)?;
        let shift = &self.shift;
        let (number, job, name, frame) = (self.number, &held.lease.job, &held.lease.job_name, task.frame);
        let show = |progress: f32| {
            let current = CurrentFrame {
                job: job.clone(),
                job_name: name.clone(),
                frame,
                progress: f64::from(progress),
            };
            shift
                .ctx
                .provider
                .update(|activity| activity.slots.insert(number, SlotActivity::Rendering(current)));
        };
        show(0.0);
        held.report(&task.id, 0.0);
        tracing::info!(job, frame, "a frame is begun");
        let outcome = {
            let report = |progress: f32| {
                show(progress);
                held.report(&task.id, progress);
            };
            let mut rendering = std::pin::pin!(warm.session.render(frame, report, shift.plan.frame_timeout()));
            tokio::select! {
                outcome = &mut rendering => outcome,
                () = held.over() => {
                    warm.cancel.cancel();
                    rendering.await
                }
            }
        };
        warm.last_used = Instant::now();
        let rendered = outcome?;
        let facts = FrameResult {
            result_cid: String::new(),
            pixel_digest: rendered.digest,
            width: rendered.width,
            height: rendered.height,
            seconds: rendered.seconds,
            peak_memory: rendered.peak_memory,
            blender: warm.blender.clone(),
            device: shift.plan.device_kind(),
            threads: warm.threads,
            bytes: rendered.bytes,
            log_tail: tail(&rendered.log_tail, LOG_BYTES_AT_MOST).to_owned(),
        };
        Ok(kept::keep(&shift.ctx, &held.lease, task, &rendered.path, facts).await?)
    }

    /// A warm Blender with the lease's scene open.
    async fn make_ready(&mut self, held: &Arc<HeldLease>) -> Result<(), Trouble> {
        let shift = self.shift.clone();
        let lease = &held.lease;
        let installation = shift.plan.choose(&lease.requirements)?;
        let sandbox = shift.plan.sandbox(lease, shift.ctx.address);
        if let Some(warm) = &mut self.warm
            && !warm.cancel.is_cancelled()
            && warm.fits(held, installation, sandbox)
        {
            warm.job.clone_from(&lease.job);
            return Ok(());
        }
        if let Some(warm) = self.warm.take() {
            // The next scene is fetched and opened meanwhile.
            shift.ctx.tasks.spawn(warm.close());
        }
        let total = lease.summary.bytes;
        let fetching: ProgressSink = {
            let (ctx, number, job_name) = (shift.ctx.clone(), self.number, lease.job_name.clone());
            Arc::new(move |progress: Progress| {
                let activity = SlotActivity::Fetching {
                    job_name: job_name.clone(),
                    done: progress.done,
                    total: progress.total.max(total),
                };
                ctx.provider.update(|all| all.slots.insert(number, activity));
            })
        };
        fetching(Progress::default());
        let scene = tokio::select! {
            scene = shift.scenes.fetch(&shift.ctx, lease, fetching) => scene?,
            () = held.over() => return Err(Trouble::Over),
            () = shift.controls.stop_now.cancelled() => return Err(Trouble::Over),
        };
        self.show(Some(SlotActivity::Opening {
            job_name: lease.job_name.clone(),
        }));
        let cancel = shift.controls.stop_now.child_token();
        let mut starting = std::pin::pin!(Warm::start(
            &shift.ctx,
            &shift.plan,
            held,
            installation,
            scene,
            self.ready.take().or_else(|| shift.ctx.provider.take_ready()),
            cancel.clone()
        ));
        let started = tokio::select! {
            started = &mut starting => started,
            () = held.over() => {
                cancel.cancel();
                starting.await
            }
        };
        self.warm = Some(started?);
        Ok(())
    }

    /// Reports, and answers whether the next frame of the lease may be tried.
    async fn deal_with(
        &mut self,
        held: &Arc<HeldLease>,
        trouble: Trouble,
        task: LeasedTask,
        open: &mut VecDeque<LeasedTask>,
    ) -> bool {
        // Whatever happened, Blender may have lost its way.
        if let Some(warm) = self.warm.take() {
            warm.close().await;
        }
        let shift = self.shift.clone();
        let Trouble::Failed {
            reason,
            message,
            log,
            reach,
        } = trouble
        else {
            if held.why_over().is_none() {
                self.give_back.push(held.clone());
            }
            return false;
        };
        let sentence = format!("Frame {} of {}: {message}", task.frame, held.lease.job_name);
        tracing::warn!(job = held.lease.job, ?reason, log, "{sentence}");
        shift.ctx.provider.update(|activity| activity.last_trouble = sentence);
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
        self.show(Some(SlotActivity::Resting {
            until: now.plus_seconds(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX)),
            why: why.to_owned(),
        }));
        let closing = async {
            tokio::select! {
                () = self.shift.closing.cancelled() => {}
                () = self.shift.controls.stop_now.cancelled() => {}
            }
        };
        let _ = timeout(wait, closing).await;
    }

    fn show(&self, activity: Option<SlotActivity>) {
        self.shift.ctx.provider.update(|all| match activity {
            Some(activity) => all.slots.insert(self.number, activity),
            None => all.slots.remove(&self.number),
        });
    }
}
