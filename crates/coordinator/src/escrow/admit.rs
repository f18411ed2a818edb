//! Whether a job's payment is there.

use super::Escrow;
use crate::{
    app::App,
    error::{ApiError, ApiResult},
};
use veriframe_chain::market::{JobState, OnChainJob, commitment, pack_text};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::{ErrorCode, Time, job::PostJobRequest};

/// Seconds before the contract's deadline in which a result is committed and shown: a job ends by itself this long before.
const TO_SETTLE: i64 = 15 * 60;
/// Seconds that a job has at least.
const LEAST_TIME: i64 = 5 * 60;

/// A request with its payment checked, and the number of the payment; or a local one as it is.
///
/// # Errors
/// When the money is missing, is somebody else's, or was paid for something else; `chain_unavailable` when the node does
/// not say.
pub async fn admit(app: &App, creator: Address, request: &mut PostJobRequest) -> ApiResult<Option<u64>> {
    let (escrow, number) = match (&app.escrow, request.escrow) {
        (None, None) => return Ok(None),
        (Some(escrow), Some(number)) => (escrow, number),
        (None, Some(_)) => {
            return Err(
                ApiError::invalid("This coordinator takes no jobs that are paid on the chain.")
                    .hint("Cancel the job on the chain to get its budget back."),
            );
        }
        (Some(_), None) => {
            return Err(
                ApiError::invalid("This coordinator takes jobs that are paid on the chain.")
                    .hint("Pay the job's cap into the market contract, and name the job's number there."),
            );
        }
    };
    let paid = ask(escrow, number).await?;
    check(&paid, creator, request)?;
    let ends = Timestamp(i64::try_from(paid.deadline).unwrap_or(i64::MAX).saturating_mul(1000));
    let last = ends.plus_seconds(-TO_SETTLE);
    if last < app.clock.now().plus_seconds(LEAST_TIME) {
        return Err(
            ApiError::invalid("The deadline on the chain leaves no time to render and to settle.")
                .hint("Cancel the job on the chain, and post it with a later deadline: 20 minutes are the least."),
        );
    }
    let wanted = request.deadline.map_or(last, |deadline| deadline.0.min(last));
    request.deadline = Some(Time(wanted));
    Ok(Some(number))
}

async fn ask(escrow: &Escrow, number: u64) -> ApiResult<OnChainJob> {
    escrow
        .views()
        .job(escrow.contracts.market, number)
        .await
        .map_err(|error| {
            tracing::warn!(%error, "a payment could not be looked up");
            ApiError::new(ErrorCode::ChainUnavailable, "The chain's node did not answer.")
                .hint("Nothing is lost. Try again in a moment.")
        })
}

fn check(paid: &OnChainJob, creator: Address, request: &PostJobRequest) -> ApiResult<()> {
    let refuse = |message: &str| Err(ApiError::invalid(message));
    if paid.state == JobState::None || paid.creator != Some(creator) {
        // The same words for both: what others pay is nobody's business.
        return refuse("The market contract has no such job of this account.");
    }
    if paid.state != JobState::Open {
        return Err(ApiError::state("The job on the chain is no longer open."));
    }
    if paid.budget != request.cap.0 {
        return refuse("The budget on the chain is not the job's cap.");
    }
    if paid.self_assign {
        return refuse(
            "The job on the chain lets workers take it by themselves, so this coordinator cannot promise it.",
        );
    }
    if paid.spec_commitment != commitment(&pack_text(&request.specification())) {
        return refuse("The job on the chain was paid for another specification.");
    }
    Ok(())
}
