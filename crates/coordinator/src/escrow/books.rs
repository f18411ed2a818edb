//! The books, after the contract has paid: what it holds for a job is no longer here.

use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    jobs,
    ledger::{self, Account},
    store::{self, accounts::Reason, escrows, escrows::EscrowRow},
};
use veriframe_core::Amount;
use veriframe_wire::{EventData, account::EntryKind};

/// How a job's money went on the chain.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    /// Workers got this many parts of 10,000 of what was earned, the creator the rest of the budget.
    Paid(u16),
    /// All of it is the creator's again.
    Void,
}

const WHOLE: u128 = 10_000;

/// Rounded down.
fn part_of(amount: Amount, share: u128) -> Option<Amount> {
    Some(Amount::from_units(amount.units().checked_mul(share)? / WHOLE))
}

/// Moves every account's part out of the books, and closes the escrow.
pub(super) async fn close(app: &App, row: &EscrowRow, outcome: Outcome) -> ApiResult<()> {
    let share = match outcome {
        Outcome::Paid(share) => u128::from(share),
        Outcome::Void => 0,
    };
    let mut tx = app.store.write().await?;
    let job = jobs::find(tx.db(), &row.job).await?;
    let reason = Reason {
        kind: EntryKind::Settled,
        job: Some(&row.job),
        frame: None,
    };
    let creator = Account::User(job.creator);
    let mut left = job.cap;
    for (worker, earned) in store::payouts::by_worker(tx.db(), &row.job).await? {
        // As the contract rounds.
        let got = part_of(earned, share).ok_or_else(|| ApiError::internal("a share does not fit in 128 bits"))?;
        let lost = earned.checked_sub(got).unwrap_or_default();
        let account = Account::User(worker);
        ledger::transfer(&mut tx, &account, &creator, lost, reason).await?;
        ledger::transfer(&mut tx, &account, &Account::Chain, got, reason).await?;
        left = left.checked_sub(got).unwrap_or(Amount::ZERO);
    }
    ledger::transfer(&mut tx, &creator, &Account::Chain, left, reason).await?;
    escrows::close(tx.db(), &row.job, matches!(outcome, Outcome::Paid(_))).await?;
    let data = EventData::JobUpdated {
        job: job.id.clone(),
        status: job.status,
        note: String::new(),
    };
    tx.emit(Topics::job(&job.id, job.creator), data).await?;
    tx.commit().await?;
    Ok(())
}
