//! Working for others: the worker loop and what the Provide page shows and changes.
//!
//! Invariants: one worker a home; a finished frame is on the disk and in the journal before anything is sent; every
//! Blender belongs to a slot and dies with it; there is always one reason line that says what happens.

mod bench;
mod benchmark;
mod blenders;
mod claim;
mod direct;
mod failures;
mod hand_in;
mod handle;
mod held_lease;
mod kept;
mod limits;
mod lock;
mod market;
mod numbers;
mod outage;
mod own;
mod plan;
mod ready;
pub(crate) mod reason;
pub(crate) mod scenes;
mod shift;
mod show;
mod slot;
mod trouble;
mod warm;
mod worker;

pub use benchmark::run_benchmark;
pub use blenders::{installations, look_ahead};
pub use direct::{DirectOptions, DirectStep, run_direct};
pub use handle::{Found, ProviderHandle};
pub use own::render_own_jobs;
pub(crate) use own::{has_work, is_blocked, jobs_with_work, why_own_job_waits};
pub(crate) use plan::DISK_AT_LEAST;
pub use ready::get_ready;
pub(crate) use show::watch;

use crate::{
    Context, db,
    settings::{self, load_value, save_value},
    view::{CommandError, LimitsView, ProviderView, StopMode},
};
use handle::{Controls, Snooze};
use lock::{LockError, WorkerLock};
use std::{sync::Arc, time::Duration};

/// The code of the error that says that another program on this home renders.
pub const WORKER_BUSY: &str = "worker_busy";
/// Remembers across restarts that the switch was on.
const WAS_ON: &str = "provide.was_on";
const SNOOZE_AT_MOST_MINUTES: u32 = 7 * 24 * 60;

/// Whose jobs a worker takes. For one's own a sandbox is used where there is one, and not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's, until it is stopped.
    #[default]
    Anyone,
    /// Those of this account, in their order, until none of them has work left.
    Own,
    /// This job of this account, until it has ended or is paused. Where this computer renders its own, what its creator put
    /// before it goes first.
    Job(String),
}

impl Whose {
    pub(crate) fn is_anyone(&self) -> bool {
        *self == Self::Anyone
    }
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody stopped it, or the program ends.
    Stopped,
    /// The jobs it was for have ended.
    JobsEnded,
}

/// Works until it is stopped, the program shuts down, or the jobs it was started for have ended.
pub async fn run(ctx: &Arc<Context>, whose: Whose) -> Result<Ended, CommandError> {
    let begun = Begun::begin(ctx, whose)?;
    Ok(begun.work().await)
}

/// Whether no program of this home renders.
pub fn nobody_renders(ctx: &Context) -> bool {
    WorkerLock::take(&ctx.home).is_ok()
}

/// The Provide page; the first call looks for Blenders, which takes seconds.
pub async fn provider(ctx: &Arc<Context>) -> Result<ProviderView, CommandError> {
    if !ctx.provider.is_on() {
        // While it is on, its events keep the numbers fresh.
        let fetched = tokio::time::timeout(Duration::from_secs(3), numbers::fetch(ctx)).await;
        if let Ok(Err(error)) = fetched {
            tracing::debug!(%error, "the earnings could not be fetched");
        }
    }
    show::fresh_view(ctx).await
}

/// Switches the worker on, as a task of the context. It stays on after a restart until it is stopped.
pub async fn start_providing(ctx: &Arc<Context>) -> Result<(), CommandError> {
    if !limits::consented(ctx).await? {
        return Err(CommandError::new(
            "invalid_state",
            "Read first what a stranger's file can and cannot do on this computer.",
            "Nothing is rendered before you agree.",
        ));
    }
    end_snooze(ctx);
    show::watch(ctx);
    save_value(ctx, WAS_ON, true).await?;
    match ctx.provider.controls() {
        None => begin_in_background(ctx),
        Some(running) if running.is_stopping() || !running.whose.is_anyone() => {
            // What was begun to be stopped ends, and a worker for own jobs makes way after its frame; then it starts anew,
            // unless somebody changes their mind again.
            running.stop_after_frame.cancel();
            ctx.provider.update(|activity| activity.starts_again = true);
            let ctx = ctx.clone();
            ctx.tasks.clone().spawn(async move {
                running.ended.cancelled().await;
                if ctx
                    .provider
                    .update(|activity| std::mem::take(&mut activity.starts_again))
                    && let Err(error) = begin_in_background(&ctx)
                {
                    tracing::warn!(%error, "providing did not start again");
                }
            });
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

fn begin_in_background(ctx: &Arc<Context>) -> Result<(), CommandError> {
    let begun = Begun::begin(ctx, Whose::Anyone)?;
    ctx.tasks.spawn(async move { begun.work().await });
    Ok(())
}

/// For the start of the program: provides again if the last run did, or if Settings say so.
pub async fn resume_providing(ctx: &Arc<Context>) -> Result<(), CommandError> {
    let was_on = load_value::<bool>(ctx, WAS_ON).await?.unwrap_or_default();
    let wanted = was_on || settings::present(ctx).await?.provide_on_start;
    if wanted && limits::consented(ctx).await? {
        start_providing(ctx).await?;
    }
    Ok(())
}

/// Switches the worker off: at once, or after the frames that are being rendered. Returns before it has ended.
pub async fn stop_providing(ctx: &Arc<Context>, mode: StopMode) -> Result<(), CommandError> {
    end_snooze(ctx);
    stop(ctx, mode);
    save_value(ctx, WAS_ON, false).await
}

/// Stops at once and goes on by itself after so many minutes.
pub async fn snooze_providing(ctx: &Arc<Context>, minutes: u32) -> Result<(), CommandError> {
    if !(1..=SNOOZE_AT_MOST_MINUTES).contains(&minutes) {
        return Err(CommandError::new(
            "invalid_settings",
            "Snooze for a minute at least and a week at most.",
            "",
        ));
    }
    let Some(worker) = ctx.provider.controls().filter(|controls| controls.whose.is_anyone()) else {
        return Err(CommandError::new(
            "invalid_state",
            "This computer is not providing.",
            "There is nothing to snooze.",
        ));
    };
    // A program that is started again in the meantime provides at once: nobody is there to be disturbed.
    save_value(ctx, WAS_ON, true).await?;
    end_snooze(ctx);
    let over = ctx.shutdown.child_token();
    let until = ctx.clock.now().plus_seconds(i64::from(minutes) * 60);
    ctx.provider.update(|activity| {
        activity.snooze = Some(Snooze {
            until,
            over: over.clone(),
        });
    });
    stop(ctx, StopMode::Now);
    let ctx = ctx.clone();
    ctx.tasks.clone().spawn(async move {
        let wait = tokio::time::sleep(Duration::from_mins(u64::from(minutes)));
        if over.run_until_cancelled(wait).await.is_none() {
            return;
        }
        worker.ended.cancelled().await;
        if let Err(error) = start_providing(&ctx).await {
            tracing::warn!(%error, "providing did not go on after the snooze");
        }
    });
    Ok(())
}

/// The person has read what a stranger's file can and cannot do.
pub async fn consent_to_providing(ctx: &Arc<Context>) -> Result<(), CommandError> {
    limits::consent(ctx).await?;
    ctx.provider.settings_changed();
    Ok(())
}

pub async fn set_device(ctx: &Arc<Context>, id: &str, enabled: bool) -> Result<(), CommandError> {
    limits::switch_device(ctx, id, enabled).await?;
    ctx.provider.settings_changed();
    Ok(())
}

/// Counts from the next frame on.
pub async fn set_limits(ctx: &Arc<Context>, limits: LimitsView) -> Result<(), CommandError> {
    limits::save(ctx, limits).await?;
    ctx.provider.settings_changed();
    Ok(())
}

/// Asks every Blender anew.
pub async fn rescan_blenders(ctx: &Arc<Context>) -> Result<(), CommandError> {
    ctx.db.call(|conn| db::blenders::clear(conn)).await?;
    blenders::look(ctx).await?;
    ctx.provider.settings_changed();
    Ok(())
}

fn stop(ctx: &Context, mode: StopMode) {
    ctx.provider.update(|activity| activity.starts_again = false);
    // Own jobs are not what is switched off.
    if let Some(controls) = ctx.provider.controls().filter(|controls| controls.whose.is_anyone()) {
        match mode {
            StopMode::Now => controls.stop_now.cancel(),
            StopMode::AfterFrame => controls.stop_after_frame.cancel(),
        }
        ctx.provider.update(|_| ());
    }
}

/// Gives back the frames of own jobs that this computer renders now.
pub(crate) fn stop_own_jobs(ctx: &Context) {
    if let Some(controls) = ctx.provider.controls().filter(|controls| !controls.whose.is_anyone()) {
        controls.stop_now.cancel();
    }
}

fn end_snooze(ctx: &Context) {
    if let Some(snooze) = ctx.provider.update(|activity| activity.snooze.take()) {
        snooze.over.cancel();
    }
}

/// A worker that holds the lock of the home. Dropping it, even in the middle, leaves the switch off.
struct Begun {
    ctx: Arc<Context>,
    controls: Controls,
    /// Let go before anybody hears that the worker has ended.
    lock: Option<WorkerLock>,
    /// Ends the worker when whoever waits for it goes away.
    _abandoned: tokio_util::sync::DropGuard,
}

impl Begun {
    fn begin(ctx: &Arc<Context>, whose: Whose) -> Result<Self, CommandError> {
        let lock = WorkerLock::take(&ctx.home).map_err(|error| match error {
            LockError::Taken => CommandError::new(
                WORKER_BUSY,
                "Another VeriFrame on this computer is already rendering.",
                "Stop it there first, or wait until it is done.",
            ),
            LockError::Disk(_) => CommandError::internal(&error),
        })?;
        let abandoned = ctx.shutdown.child_token();
        let controls = Controls::new(&abandoned, whose);
        ctx.provider.update(|activity| {
            activity.controls = Some(controls.clone());
            activity.registered = false;
            activity.blocked = None;
            activity.outage = None;
            activity.last_trouble.clear();
        });
        Ok(Self {
            ctx: ctx.clone(),
            controls,
            lock: Some(lock),
            _abandoned: abandoned.drop_guard(),
        })
    }

    async fn work(self) -> Ended {
        worker::work(&self.ctx, &self.controls).await
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.lock = None;
        self.ctx.provider.update(|activity| {
            activity.controls = None;
            activity.registered = false;
            activity.blocked = None;
            activity.outage = None;
            activity.slots.clear();
            activity.why_not.clear();
        });
        self.controls.ended.cancel();
    }
}
