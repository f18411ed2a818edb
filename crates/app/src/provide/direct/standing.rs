//! Whether this worker may take a job: registered, with stake that no job has locked, and with money for the bond.

use super::Direct;
use crate::{
    Context,
    chain::{self, ChainAccess},
    view::CommandError,
};
use veriframe_chain::number::of_address;
use veriframe_core::Amount;

/// Fees that are put by beside the bond, in transactions: commit, reveal, finalise, claim, withdraw, and one to spare.
const TRANSACTIONS: u64 = 6;

/// Not registered, or with no stake at all: nothing will change that but its owner.
pub(super) async fn check_registered(ctx: &Context, access: &ChainAccess) -> Result<(), CommandError> {
    let (worker, needed) = standing(ctx, access).await?;
    if !worker.registered {
        return Err(CommandError::new(
            "not_registered",
            "This worker is not registered on the chain.",
            format!(
                "Send STRK to {}, then: veriframe chain worker register --stake {}",
                ctx.address,
                needed.to_credits()
            ),
        ));
    }
    if worker.stake < needed {
        return Err(too_little(worker.stake, needed));
    }
    Ok(())
}

/// Why no further job can be taken at the moment.
pub(super) async fn reason_against(direct: &Direct) -> Result<Option<CommandError>, CommandError> {
    let (ctx, access) = (&direct.ctx, &direct.access);
    let (worker, needed) = standing(ctx, access).await?;
    let free = worker.stake.checked_sub(worker.locked).unwrap_or_default();
    if !worker.registered || free < needed {
        return Ok(Some(too_little(free, needed)));
    }
    let bond = access
        .views()
        .bond(access.deployment.market)
        .await
        .map_err(chain::of_node)?;
    let token = access.deployment.token;
    let has = access
        .views()
        .balance(token, of_address(&ctx.address))
        .await
        .map_err(chain::of_node)?;
    let fees = Amount::credits(1).checked_mul(TRANSACTIONS).unwrap_or_default();
    let fees = fees.min(direct.options.max_fee);
    let needs = bond.checked_add(fees).unwrap_or(bond);
    Ok((has < needs).then(|| {
        CommandError::new(
            "insufficient_funds",
            format!(
                "Showing a result takes a bond of {}, and fees; the wallet holds {}.",
                bond.to_credits(),
                has.to_credits()
            ),
            format!(
                "Send STRK to {}. Without the bond a job that was taken would be lost.",
                ctx.address
            ),
        )
    }))
}

async fn standing(
    ctx: &Context,
    access: &ChainAccess,
) -> Result<(veriframe_chain::market::OnChainWorker, Amount), CommandError> {
    let registry = access.deployment.registry;
    let worker = access.views().worker(registry, of_address(&ctx.address)).await;
    let needed = access.views().job_stake(registry).await;
    Ok((worker.map_err(chain::of_node)?, needed.map_err(chain::of_node)?))
}

fn too_little(free: Amount, needed: Amount) -> CommandError {
    CommandError::new(
        "stake_too_small",
        format!(
            "Each job that is taken locks a stake of {}, and {} is free.",
            needed.to_credits(),
            free.to_credits()
        ),
        "Wait until a job is over, or add some: veriframe chain worker add-stake AMOUNT",
    )
}
