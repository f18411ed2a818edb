//! Everybody's money to their own accounts: claims for the workers, and withdrawals for whoever is owed something.

use super::{
    Escrow,
    manifest::settlement,
    send::{StepError, send},
};
use crate::{
    app::App,
    store::{escrows, escrows::EscrowRow},
};
use veriframe_chain::{
    market::{OnChainJob, market},
    number,
};
use veriframe_core::{Address, Amount};

/// Workers in one transaction.
const AT_ONCE: usize = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Paid {
    /// There may be more.
    Some,
    All,
}

/// What is left to be paid is asked of the contract each time: workers may have helped themselves.
pub(super) async fn pay(
    app: &App,
    escrow: &Escrow,
    row: &EscrowRow,
    job: &OnChainJob,
    share: u16,
) -> Result<Paid, StepError> {
    let Some(decided) = &row.decided else {
        return Ok(Paid::All);
    };
    let settlement = settlement(&decided.manifest)?;
    let (at, views) = (escrow.contracts.market, escrow.views());
    let owed = async |account: &Address| views.owed(at, number::of_address(account)).await;
    let mut calls = Vec::new();
    let mut workers = 0;
    for payment in settlement.payments() {
        if payment.amount == Amount::ZERO || share == 0 {
            continue;
        }
        let felt = number::of_address(&payment.worker);
        let claimed = views.has_claimed(at, row.chain_job, felt).await?;
        if claimed && owed(&payment.worker).await? == Amount::ZERO {
            continue;
        }
        if workers == AT_ONCE {
            break;
        }
        workers += 1;
        if !claimed && let Some((payment, proof)) = settlement.proof(&payment.worker) {
            calls.push(market::claim(
                at,
                row.chain_job,
                &payment.worker,
                payment.amount,
                payment.digest,
                &proof,
            ));
        }
        calls.push(market::withdraw_for(at, &payment.worker));
    }
    let paid_here = |account: &Address| settlement.payments().iter().any(|payment| payment.worker == *account);
    let others = [job.creator, escrow.scheduler_address()];
    for account in others.into_iter().flatten() {
        // A worker's withdrawal takes everything that is owed to it.
        if !(paid_here(&account) && share > 0 && workers > 0) && owed(&account).await? > Amount::ZERO {
            calls.push(market::withdraw_for(at, &account));
        }
    }
    if calls.is_empty() {
        return Ok(Paid::All);
    }
    send(app, escrow, row, "pay", &calls).await?;
    let mut tx = app.store.write().await?;
    escrows::next_attempt(tx.db(), &row.job).await?;
    tx.commit().await?;
    Ok(Paid::Some)
}
