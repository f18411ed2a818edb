//! A slot's Blender at work: the scene is fetched, opened and rendered frame by frame, whoever asked for it.

use super::{
    handle::{Controls, SlotActivity},
    held_lease::tail,
    kept::{self, Kept},
    plan::Plan,
    ready::Ready,
    scenes::Scenes,
    trouble::Trouble,
    warm::Warm,
};
use crate::{Context, view::CurrentFrame};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use veriframe_ipfs::{Progress, ProgressSink};
use veriframe_wire::{
    job::FrameResult,
    lease::{Lease, LeasedTask},
};

/// A Blender without work is let go after this.
const KEEP_WARM: Duration = Duration::from_mins(1);
const LOG_BYTES_AT_MOST: usize = 8 << 10;

/// What all slots of a worker render with.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub ctx: &'a Arc<Context>,
    pub plan: &'a Plan,
    pub scenes: &'a Scenes,
    pub controls: &'a Controls,
}

/// Work that somebody asked for. Cancelling `over` ends it, in the middle of a frame, too.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub lease: &'a Lease,
    pub over: &'a CancellationToken,
}

pub(super) struct Bench {
    number: u32,
    warm: Option<Warm>,
    /// A Blender that waits for the next scene.
    ready: Option<Ready>,
}

impl Bench {
    pub fn new(number: u32) -> Self {
        Self {
            number,
            warm: None,
            ready: None,
        }
    }

    /// The job whose scene is open.
    pub(crate) fn warm_job(&self) -> Option<&str> {
        self.warm.as_ref().map(|warm| &*warm.job)
    }

    /// Has a Blender wait for the next scene.
    pub async fn get_ready(&mut self, means: Means<'_>) {
        if self.ready.is_none() {
            self.ready = Ready::start(means.ctx, means.plan, means.plan.sandbox_for_strangers()).await;
        }
    }

    pub(crate) async fn let_go_when_cold(&mut self) {
        if self
            .warm
            .as_ref()
            .is_some_and(|warm| warm.last_used.elapsed() > KEEP_WARM)
        {
            self.let_go().await;
        }
    }

    /// Closes the scene: whatever happened, Blender may have lost its way.
    pub async fn let_go(&mut self) {
        if let Some(warm) = self.warm.take() {
            warm.close().await;
        }
    }

    pub async fn close(mut self, ctx: &Context) {
        self.let_go().await;
        if let Some(ready) = self.ready.take() {
            ready.close().await;
        }
        self.show(ctx, None);
    }

    pub fn show(&self, ctx: &Context, activity: Option<SlotActivity>) {
        ctx.provider.update(|all| match activity {
            Some(activity) => all.slots.insert(self.number, activity),
            None => all.slots.remove(&self.number),
        });
    }

    /// Scene, Blender, frame, kept folder. `report` hears how far the frame is, 0 to 1.
    pub async fn render(
        &mut self,
        means: Means<'_>,
        order: Order<'_>,
        task: &LeasedTask,
        report: impl Fn(f32) + Send + Sync,
    ) -> Result<Kept, Trouble> {
        self.make_ready(means, order).await?;
        let warm = self.warm.as_mut().ok_or(Trouble::Over)?;
        let (ctx, plan) = (means.ctx, means.plan);
        let (number, job, name, frame) = (self.number, &order.lease.job, &order.lease.job_name, task.frame);
        let show = |progress: f32| {
            let current = CurrentFrame {
                job: job.clone(),
                job_name: name.clone(),
                frame,
                progress: f64::from(progress),
            };
            ctx.provider
                .update(|activity| activity.slots.insert(number, SlotActivity::Rendering(current)));
            report(progress);
        };
        show(0.0);
        tracing::info!(job, frame, "a frame is begun");
        let outcome = {
            let mut rendering = std::pin::pin!(warm.session.render(frame, show, plan.frame_timeout()));
            tokio::select! {
                outcome = &mut rendering => outcome,
                () = order.over.cancelled() => {
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
            device: plan.device_kind(),
            threads: warm.threads,
            bytes: rendered.bytes,
            log_tail: tail(&rendered.log_tail, LOG_BYTES_AT_MOST).to_owned(),
        };
        Ok(kept::keep(ctx, order.lease, task, &rendered.path, facts).await?)
    }

    /// A warm Blender with the lease's scene open.
    async fn make_ready(&mut self, means: Means<'_>, order: Order<'_>) -> Result<(), Trouble> {
        let Order { lease, over } = order;
        let (ctx, plan, stop_now) = (means.ctx, means.plan, &means.controls.stop_now);
        let installation = plan.choose(&lease.requirements)?;
        let sandbox = plan.sandbox(lease, ctx.address);
        if let Some(warm) = &mut self.warm
            && !warm.cancel.is_cancelled()
            && warm.fits(lease, installation, sandbox)
        {
            warm.job.clone_from(&lease.job);
            return Ok(());
        }
        if let Some(warm) = self.warm.take() {
            // The next scene is fetched and opened meanwhile.
            ctx.tasks.spawn(warm.close());
        }
        let fetching = self.fetching(ctx, lease);
        fetching(Progress::default());
        let scene = tokio::select! {
            scene = means.scenes.fetch(ctx, lease, fetching) => scene?,
            () = over.cancelled() => return Err(Trouble::Over),
            () = stop_now.cancelled() => return Err(Trouble::Over),
        };
        self.show(
            ctx,
            Some(SlotActivity::Opening {
                job_name: lease.job_name.clone(),
            }),
        );
        let cancel = stop_now.child_token();
        let mut starting = std::pin::pin!(Warm::start(
            ctx,
            plan,
            lease,
            installation,
            scene,
            self.ready.take().or_else(|| ctx.provider.take_ready()),
            cancel.clone()
        ));
        let started = tokio::select! {
            started = &mut starting => started,
            () = over.cancelled() => {
                cancel.cancel();
                starting.await
            }
        };
        self.warm = Some(started?);
        Ok(())
    }

    fn fetching(&self, ctx: &Arc<Context>, lease: &Lease) -> ProgressSink {
        let (ctx, number, job_name) = (ctx.clone(), self.number, lease.job_name.clone());
        let total = lease.summary.bytes;
        Arc::new(move |progress: Progress| {
            let activity = SlotActivity::Fetching {
                job_name: job_name.clone(),
                done: progress.done,
                total: progress.total.max(total),
            };
            ctx.provider.update(|all| all.slots.insert(number, activity));
        })
    }
}
