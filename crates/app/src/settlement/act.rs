//! What a creator does to a job's money: takes it back, accepts a result, or challenges it.

use super::{fee_limit, quote_view};
use crate::{
    Context,
    chain::{self, Payment, What},
    jobs,
    view::{AppEvent, ChainAction, CommandError, QuoteView},
};
use std::sync::Arc;
use veriframe_chain::{market::market, send::Call};
use veriframe_core::Amount;
use veriframe_wire::job::{EscrowState, Job};

/// What it would cost; nothing is signed.
pub async fn quote_on_chain(ctx: &Arc<Context>, id: String, action: ChainAction) -> Result<QuoteView, CommandError> {
    let job = ctx.api.job(&jobs::posted(ctx, &id).await?).await?;
    let planned = plan(ctx, &job, action).await?;
    Ok(quote_view(&chain::quote(ctx, &planned.calls, planned.spends).await?))
}

/// Does it, for at most `fee_most` of fees.
pub async fn act_on_chain(
    ctx: &Arc<Context>,
    id: String,
    action: ChainAction,
    fee_most: String,
) -> Result<(), CommandError> {
    let id = jobs::posted(ctx, &id).await?;
    let job = ctx.api.job(&id).await?;
    let planned = plan(ctx, &job, action).await?;
    let payment = Payment {
        id: format!("{} {id}", planned.what.name()),
        what: planned.what,
        words: job.name.clone(),
        calls: planned.calls,
        amount: planned.spends,
        job: id.clone(),
        limit: fee_limit(&fee_most)?,
    };
    if action == ChainAction::Cancel && !jobs::has_ended(job.status) {
        // First, so that no worker begins in between.
        ctx.api.cancel_job(&id).await?;
    }
    let done = chain::pay(ctx, &payment).await;
    ctx.tell(AppEvent::Wallet);
    jobs::tell_job(ctx, &id).await;
    done.map(drop)
}

struct Planned {
    what: What,
    calls: Vec<Call>,
    spends: Amount,
}

async fn plan(ctx: &Context, job: &Job, action: ChainAction) -> Result<Planned, CommandError> {
    let access = ctx.chain()?;
    let escrow = job
        .escrow
        .as_ref()
        .ok_or_else(|| CommandError::new("invalid_state", "This job is not paid on the chain.", ""))?;
    let (at, number) = (access.deployment.market, escrow.job);
    let refuse = |message: &str| Err(CommandError::new("invalid_state", message, ""));
    let planned = |what, calls, spends| Planned { what, calls, spends };
    Ok(match (action, escrow.state) {
        (ChainAction::Cancel, EscrowState::Open) => planned(
            What::Cancel,
            vec![market::cancel(at, number), market::withdraw(at)],
            Amount::ZERO,
        ),
        (ChainAction::Cancel, _) => {
            return refuse("A worker has the job: end it with Cancel, and what is not used comes back.");
        }
        (ChainAction::Accept, EscrowState::Challengeable) => {
            planned(What::Accept, vec![market::accept(at, number)], Amount::ZERO)
        }
        (ChainAction::Challenge, EscrowState::Challengeable) => {
            let bond = access.views().bond(at).await.map_err(chain::of_node)?;
            let calls = market::challenge(access.deployment.token, at, bond, number);
            planned(What::Challenge, calls, bond)
        }
        (ChainAction::Accept | ChainAction::Challenge, _) => {
            return refuse("The job has no result that can be accepted or challenged now.");
        }
        (ChainAction::Expire, EscrowState::Open | EscrowState::Assigned | EscrowState::Committed) => {
            planned(What::Expire, vec![market::expire(at, number)], Amount::ZERO)
        }
        (ChainAction::Expire, _) => return refuse("The job can no longer expire."),
    })
}
