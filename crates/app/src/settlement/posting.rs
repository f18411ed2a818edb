//! Paying for a job: approving its cap and posting it, in one transaction.

use super::{fee_limit, quote_view};
use crate::{
    Context,
    chain::{self, Payment, What, of_node},
    db::jobs::DraftRow,
    view::{CommandError, QuoteView},
};
use veriframe_chain::{
    Felt,
    events::{ContractEvent, MarketEvent},
    market::{MAX_SPEC_FELTS, Policy, Posting, market, pack_text},
};
use veriframe_core::{Amount, Timestamp};
use veriframe_wire::job::PostJobRequest;

/// Seconds that a result can be challenged: a night and a day to look at the frames.
const CHALLENGE_WINDOW: u32 = 24 * 3600;
/// Seconds until the money of a job without a deadline comes back by itself.
const DEADLINE: i64 = 30 * 24 * 3600;
/// As long as any root is, so that a job costs the same before its root is known.
const SOME_ROOT: &str = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

/// What it would cost to pay for the job; `request` may lack the root of the scene.
pub(crate) async fn quote_job(ctx: &Context, request: &PostJobRequest) -> Result<QuoteView, CommandError> {
    let mut request = request.clone();
    if request.asset_cid.is_empty() {
        SOME_ROOT.clone_into(&mut request.asset_cid);
    }
    let calls = calls(ctx, &request, ctx.clock.now())?;
    Ok(quote_view(&chain::quote(ctx, &calls, request.cap.0).await?))
}

/// Pays for the draft's job, once; the job's number in the market contract.
pub(crate) async fn pay_for(
    ctx: &Context,
    draft: &DraftRow,
    request: &PostJobRequest,
    limit: &str,
) -> Result<u64, CommandError> {
    let payment = Payment {
        id: payment_id(draft),
        what: What::PostJob,
        words: draft.name.clone(),
        calls: calls(ctx, request, Timestamp(draft.created_at_ms))?,
        amount: request.cap.0,
        job: draft.id.clone(),
        limit: fee_limit(limit)?,
    };
    let delivered = chain::pay(ctx, &payment).await?;
    number_of(ctx, delivered.transaction).await
}

fn payment_id(draft: &DraftRow) -> String {
    format!("job {}", draft.id)
}

/// Whether money of this draft may be on its way.
pub(crate) async fn is_begun(ctx: &Context, draft: &DraftRow) -> Result<bool, CommandError> {
    chain::is_begun(ctx, &payment_id(draft)).await
}

/// After the coordinator refused a job that was paid for.
pub(crate) async fn take_back(ctx: &Context, draft: &DraftRow, number: u64, limit: &str) -> Result<(), CommandError> {
    let at = ctx.chain()?.deployment.market;
    let payment = Payment {
        id: format!("cancel {}", draft.id),
        what: What::Cancel,
        words: draft.name.clone(),
        calls: vec![market::cancel(at, number), market::withdraw(at)],
        amount: Amount::ZERO,
        job: draft.id.clone(),
        limit: fee_limit(limit)?,
    };
    chain::pay(ctx, &payment).await.map(drop)
}

/// The same for the same request and moment, so that what was cut off goes on.
fn calls(
    ctx: &Context,
    request: &PostJobRequest,
    posted: Timestamp,
) -> Result<Vec<veriframe_chain::send::Call>, CommandError> {
    let deployment = &ctx.chain()?.deployment;
    let spec = pack_text(&request.specification());
    if spec.len() > MAX_SPEC_FELTS {
        return Err(CommandError::new(
            "invalid_settings",
            "The job's description is too long for the chain.",
            "Give the scene and its file shorter names, or the frames as a range. Nothing was paid.",
        ));
    }
    let latest = posted.plus_seconds(DEADLINE);
    let deadline = request.deadline.map_or(latest, |deadline| deadline.0);
    let posting = Posting {
        budget: request.cap.0,
        deadline: u64::try_from(deadline.0 / 1000).unwrap_or_default(),
        policy: Policy {
            challenge_window: CHALLENGE_WINDOW,
            self_assign: false,
        },
        spec,
    };
    Ok(market::post_job(deployment.token, deployment.market, &posting))
}

/// From what the contract told in that transaction.
async fn number_of(ctx: &Context, transaction: Felt) -> Result<u64, CommandError> {
    let access = ctx.chain()?;
    let told = access.node.events_of(transaction).await.map_err(of_node)?;
    let contracts = access.deployment.contracts();
    told.iter()
        .find_map(|event| match ContractEvent::decode(&contracts, event) {
            Ok(Some(ContractEvent::Market(MarketEvent::JobCreated { job, .. }))) => Some(job),
            _ => None,
        })
        .ok_or_else(|| {
            CommandError::new(
                "chain_unavailable",
                "The Starknet node does not show the payment yet.",
                "Nothing is lost, and nothing is paid twice. It is asked again.",
            )
        })
}
