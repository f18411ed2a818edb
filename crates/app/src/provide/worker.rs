//! The worker: plan, register, work, and again whenever the plan changes, until it is stopped.

use super::{
    Ended,
    failures::Failures,
    handle::{Blocked, Controls},
    kept, outage,
    plan::{NoPlan, Plan},
    ready,
    shift::{Shift, ShiftEnd},
};
use crate::{
    Context,
    api::{ApiError, Backoff},
    settlement,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::timeout;
use veriframe_wire::{
    AmountText, ErrorCode,
    worker::{RegisterRequest, StatusRequest, WorkerStatus},
};

/// What blocks the worker is looked at again after this, for it may have gone away by itself.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
const SIGN_IN_AGAIN: Duration = Duration::from_secs(5);
const NETWORK_AGAIN: Duration = Duration::from_secs(10);
const NETWORK_AGAIN_AT_MOST: Duration = Duration::from_mins(5);
/// Saying goodbye is a courtesy: the coordinator notices by itself.
const GOODBYE_WITHIN: Duration = Duration::from_secs(3);

/// Works until it is stopped. The caller holds the lock of the home.
pub(super) async fn work(ctx: &Arc<Context>, controls: &Controls) -> Ended {
    ready::sweep(ctx).await;
    // A new one for each run: leases of the run before end when this one registers.
    let instance = uuid::Uuid::new_v4().to_string();
    let failures = Arc::new(Mutex::new(Failures::default()));
    let mut is_tidy = false;
    let mut is_known = false;
    let ended = loop {
        let plan = match Plan::make(ctx, &controls.whose).await {
            Ok(plan) => plan,
            Err(no_plan) => {
                block(ctx, why(no_plan));
                if wait(controls, LOOK_AGAIN).await {
                    continue;
                }
                break Ended::Stopped;
            }
        };
        if !register(ctx, &plan, &instance, controls).await {
            break Ended::Stopped;
        }
        is_known = true;
        if let Err(error) = settlement::money(ctx).await {
            tracing::debug!(%error.message, "what jobs are paid in is not known");
        }
        ctx.provider.update(|activity| {
            activity.registered = true;
            activity.blocked = None;
        });
        if !is_tidy {
            is_tidy = true;
            if let Err(error) = kept::tidy(ctx).await {
                tracing::warn!(%error, "finished frames of earlier runs could not be looked through");
            }
        }
        let shift = Shift::new(ctx.clone(), plan, controls.clone(), failures.clone());
        match shift.run().await {
            ShiftEnd::Stopped => break Ended::Stopped,
            ShiftEnd::JobsEnded => break Ended::JobsEnded,
            ShiftEnd::PlanChanged => tracing::debug!("what this worker offers has changed"),
        }
    };
    if is_known {
        say_goodbye(ctx).await;
    }
    ended
}

/// Registers, again and again. `false` when the worker was stopped meanwhile.
async fn register(ctx: &Arc<Context>, plan: &Plan, instance: &str, controls: &Controls) -> bool {
    let request = RegisterRequest {
        capabilities: plan.capabilities.clone(),
        instance: instance.to_owned(),
        contact: String::new(),
        price_floor: AmountText(plan.price_floor),
    };
    let mut backoff = Backoff::new(NETWORK_AGAIN, NETWORK_AGAIN_AT_MOST);
    loop {
        let answer = tokio::select! {
            answer = ctx.api.register_worker(&request) => answer,
            () = controls.stopping() => return false,
        };
        let Err(error) = answer else {
            outage::over(ctx);
            return true;
        };
        tracing::warn!(%error, "this worker could not register");
        let again = if is_about_signing_in(&error) {
            SIGN_IN_AGAIN
        } else {
            backoff.next()
        };
        if error.is_temporary() {
            outage::began(ctx, again);
        } else {
            let words = crate::view::CommandError::from(error);
            block(
                ctx,
                Blocked {
                    reason: words.message,
                    detail: words.hint,
                },
            );
        }
        if !wait(controls, again).await {
            return false;
        }
    }
}

fn is_about_signing_in(error: &ApiError) -> bool {
    matches!(error, ApiError::NotSigned { .. })
        || matches!(
            error.code(),
            Some(
                ErrorCode::Unauthenticated
                    | ErrorCode::TokenExpired
                    | ErrorCode::InvalidSignature
                    | ErrorCode::InvalidChallenge
            )
        )
}

/// `false` when the worker is to stop; ends early when something was changed.
async fn wait(controls: &Controls, at_most: Duration) -> bool {
    tokio::select! {
        () = controls.stopping() => false,
        () = controls.changed.notified() => true,
        () = tokio::time::sleep(at_most) => true,
    }
}

fn block(ctx: &Context, blocked: Blocked) {
    ctx.provider.update(|activity| {
        activity.blocked = Some(blocked);
        activity.outage = None;
    });
}

fn why(no_plan: NoPlan) -> Blocked {
    match no_plan {
        NoPlan::Blocked(blocked) => blocked,
        NoPlan::Failed(error) => Blocked {
            reason: error.message,
            detail: error.hint,
        },
    }
}

async fn say_goodbye(ctx: &Context) {
    let request = StatusRequest {
        status: WorkerStatus::Paused,
        reason: "switched off".to_owned(),
        free_slots: 0,
        temperatures: Vec::new(),
        leases: None,
    };
    if let Ok(Err(error)) = timeout(GOODBYE_WITHIN, ctx.api.set_worker_status(&request)).await {
        tracing::debug!(%error, "the coordinator was not told that this worker stops");
    }
}
