//! The loops of a worker without a coordinator: one takes jobs and shows results, the other waits for the money.

use super::{
    Direct, DirectOptions,
    choose::{LEAST_SECONDS, choose},
    find,
    settle::settle,
    standing,
    submit::{Submitted, submit},
    take::{self, Prepared},
};
use crate::{
    Context,
    db::direct_jobs::DirectStage,
    provide::{
        Begun, Ended, Whose,
        handle::Blocked,
        kept,
        plan::{NoPlan, Plan},
        ready,
        scenes::Scenes,
    },
    view::CommandError,
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often the chain is looked at. A block of the public networks takes a few seconds.
const LOOK_EVERY: Duration = Duration::from_secs(3);
const AGAIN_AFTER_TROUBLE: Duration = Duration::from_secs(5);
/// What blocks the worker is looked at again after this.
const BLOCKED: Duration = Duration::from_secs(30);

/// Takes jobs from the chain until it is stopped, or one job is paid. Needs no coordinator.
pub async fn run_direct(ctx: &Arc<Context>, options: DirectOptions) -> Result<Ended, CommandError> {
    let access = ctx.chain()?.clone();
    access.check().await?;
    standing::check_registered(ctx, &access).await?;
    let begun = Begun::begin(ctx, Whose::Anyone)?;
    let direct = Direct::new(ctx, &access, options, begun.controls.clone());
    ready::sweep(ctx).await;
    if let Err(error) = kept::tidy(ctx).await {
        tracing::warn!(%error, "finished frames of earlier runs could not be looked through");
    }
    if direct.options.once {
        return once(&direct).await;
    }
    let nothing_new = CancellationToken::new();
    let (ended, ()) = tokio::join!(
        async {
            let ended = take_jobs(&direct).await;
            nothing_new.cancel();
            ended
        },
        collect_until(&direct, &nothing_new),
    );
    Ok(ended)
}

/// One job, or what is unfinished, to its end.
async fn once(direct: &Direct) -> Result<Ended, CommandError> {
    loop {
        if take_jobs(direct).await == Ended::Stopped {
            return Ok(Ended::Stopped);
        }
        let mut waiting = true;
        while waiting {
            waiting = collect(direct).await;
            if waiting && !pause(direct, LOOK_EVERY).await {
                return Ok(Ended::Stopped);
            }
        }
        if direct.unfinished().await?.is_empty() {
            return Ok(Ended::JobsEnded);
        }
    }
}

/// Takes and works off jobs, one at a time. With `once`, ends after the first that is shown or was shown before.
async fn take_jobs(direct: &Direct) -> Ended {
    let mut aside = HashSet::new();
    while !direct.controls.is_stopping() {
        let wait = match round(direct, &mut aside).await {
            Ok(Round::Worked) if direct.options.once => return Ended::JobsEnded,
            Ok(Round::Worked) => continue,
            Ok(Round::Nothing) => LOOK_EVERY,
            Ok(Round::Blocked(blocked)) => {
                direct.ctx.provider.update(|activity| activity.blocked = Some(blocked));
                BLOCKED
            }
            Err(error) => {
                tracing::warn!(%error, code = error.code, "direct mode has to wait");
                direct.ctx.provider.update(|activity| {
                    activity.last_trouble.clone_from(&error.message);
                    activity.slots.clear();
                });
                AGAIN_AFTER_TROUBLE
            }
        };
        if !pause(direct, wait).await {
            break;
        }
    }
    Ended::Stopped
}

enum Round {
    Worked,
    Nothing,
    Blocked(Blocked),
}

async fn round(direct: &Direct, aside: &mut HashSet<u64>) -> Result<Round, CommandError> {
    let ctx = &direct.ctx;
    let plan = match Plan::make(ctx, &Whose::Anyone).await {
        Ok(plan) => plan,
        Err(NoPlan::Blocked(blocked)) => return Ok(Round::Blocked(blocked)),
        Err(NoPlan::Failed(error)) => return Err(error),
    };
    ctx.provider.update(|activity| {
        activity.registered = true;
        activity.blocked = None;
    });
    let scenes = Scenes::new(ctx.home.scenes(), plan.disk_budget());
    let unfinished = direct.unfinished().await?;
    let mut work = unfinished
        .iter()
        .find(|job| job.row.stage != DirectStage::Waiting)
        .cloned();
    if work.is_none() && direct.options.once && !unfinished.is_empty() {
        return Ok(Round::Worked);
    }
    if work.is_none() {
        find::look(direct).await?;
        let choice = choose(direct, &plan, aside).await?;
        ctx.provider.update(|activity| activity.why_not = choice.why_not);
        let Some(offer) = choice.offer else {
            return Ok(Round::Nothing);
        };
        if let Some(why) = standing::reason_against(direct).await? {
            return Ok(Round::Blocked(Blocked {
                reason: why.message,
                detail: why.hint,
            }));
        }
        let number = offer.job;
        match take::prepare(direct, &scenes, offer).await? {
            Prepared::Ready(job) if job.offer.deadline < direct.now().await?.saturating_add(LEAST_SECONDS) => {
                // Fetching took too long.
                direct.lost(&job, "there is too little time left").await?;
                return Ok(Round::Nothing);
            }
            Prepared::Ready(job) => work = Some(*job),
            Prepared::Not { why } => {
                tracing::warn!(job = number, why, "the scene of a job could not be fetched");
                aside.insert(number);
                return Ok(Round::Nothing);
            }
        }
    }
    let Some(job) = work else {
        return Ok(Round::Nothing);
    };
    match Box::pin(submit(direct, &plan, &scenes, &job)).await? {
        Submitted::Shown => Ok(Round::Worked),
        Submitted::Over { retry } => {
            if retry {
                aside.insert(job.offer.job);
            }
            Ok(Round::Nothing)
        }
        Submitted::Interrupted => {
            let left = "it is still this worker's: start again before its deadline, or its stake is lost";
            direct.tell(&job, "trouble", None, left);
            Ok(Round::Nothing)
        }
    }
}

/// Collects money until no job is worked on any more.
async fn collect_until(direct: &Direct, nothing_new: &CancellationToken) {
    loop {
        collect(direct).await;
        tokio::select! {
            () = nothing_new.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Settles what can be settled now. Whether something is still waited for.
async fn collect(direct: &Direct) -> bool {
    let waiting = async || -> Result<Vec<super::job::Taken>, CommandError> {
        let mut jobs = direct.unfinished().await?;
        jobs.retain(|job| job.row.stage == DirectStage::Waiting);
        Ok(jobs)
    };
    let settled = async {
        for job in waiting().await? {
            settle(direct, &job).await?;
        }
        Ok::<_, CommandError>(!waiting().await?.is_empty())
    };
    settled.await.unwrap_or_else(|error| {
        tracing::warn!(%error, code = error.code, "a job could not be settled yet");
        true
    })
}

/// `false` when the worker stops meanwhile.
async fn pause(direct: &Direct, wait: Duration) -> bool {
    tokio::select! {
        () = direct.controls.stopping() => false,
        () = direct.controls.changed.notified() => true,
        () = tokio::time::sleep(wait) => true,
    }
}
