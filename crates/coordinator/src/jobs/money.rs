//! What a job's escrow pays for.

use crate::{
    error::{ApiError, ApiResult},
    events::Topics,
    ledger::{self, Account},
    store::{self, WriteTx, accounts::Reason, jobs::JobRow, payouts::NewPayout, tasks::TaskRow},
    verification::reputation,
};
use sqlx::AnyConnection;
use veriframe_core::{Address, Amount};
use veriframe_wire::{AddressText, AmountText, EventData, account::EntryKind};

/// What is left in the escrow beyond everything that is already promised: open frames and the audits that are paid
/// on top of them.
pub async fn room(db: &mut AnyConnection, job: &JobRow) -> ApiResult<Amount> {
    let counts = store::task_counts::of_job(db, &job.id).await?.frames;
    let open = counts.queued + counts.leased + counts.submitted + counts.verified;
    let renders = open + store::tasks::paid_audits(db, &job.id).await?;
    let escrow = ledger::balance(db, &Account::Escrow(job.id.clone())).await?;
    let promised = job.price.checked_mul(u64::from(renders)).unwrap_or(escrow);
    Ok(escrow.checked_sub(promised).unwrap_or_default())
}

/// Pays `worker` for the task out of the escrow: payout, state, reputation and events, once.
pub async fn pay(tx: &mut WriteTx, job: &mut JobRow, task: &TaskRow, worker: Address) -> ApiResult<()> {
    let now = tx.now;
    let amount = job.pays(worker);
    let payout = NewPayout {
        task: task.seq,
        edition: task.edition,
        job: &job.id,
        worker,
        amount,
        seconds: task.result.as_ref().map_or(0.0, |result| result.seconds),
    };
    // First, so that a second payout stops here, before money moves.
    store::payouts::insert(tx.db(), payout, now).await?;
    let overflow = || ApiError::internal("a sum of payouts does not fit in 128 bits");
    let paid = task.paid.checked_add(amount).ok_or_else(overflow)?;
    store::tasks::set_paid(tx.db(), task.seq, paid, now).await?;
    job.spent = job.spent.checked_add(amount).ok_or_else(overflow)?;
    store::jobs::set_money(tx.db(), &job.id, job.spent, job.refunded).await?;

    let topics = Topics::job(&job.id, job.creator).and_worker(worker);
    let (id, frame) = (store::tasks::id_text(task.seq), task.frame);
    let verified = EventData::TaskVerified {
        job: job.id.clone(),
        task: id.clone(),
        frame,
        worker: AddressText(worker),
    };
    tx.emit(topics.clone(), verified).await?;
    let reason = Reason {
        kind: EntryKind::Payout,
        job: Some(&job.id),
        frame: Some(frame),
    };
    let escrow = Account::Escrow(job.id.clone());
    ledger::transfer(tx, &escrow, &Account::User(worker), amount, reason).await?;
    let paid = EventData::Payout {
        job: job.id.clone(),
        task: id,
        frame,
        worker: AddressText(worker),
        amount: AmountText(amount),
    };
    tx.emit(topics, paid).await?;
    reputation::verified(tx, worker, job, task).await
}

/// Gives the creator back what is left, when a job ends.
pub async fn refund(tx: &mut WriteTx, job: &mut JobRow) -> ApiResult<Amount> {
    let escrow = Account::Escrow(job.id.clone());
    let rest = ledger::balance(tx.db(), &escrow).await?;
    let reason = Reason {
        kind: EntryKind::Refund,
        job: Some(&job.id),
        frame: None,
    };
    ledger::transfer(tx, &escrow, &Account::User(job.creator), rest, reason).await?;
    job.refunded = job
        .refunded
        .checked_add(rest)
        .ok_or_else(|| ApiError::internal("a sum of refunds does not fit in 128 bits"))?;
    store::jobs::set_money(tx.db(), &job.id, job.spent, job.refunded).await?;
    Ok(rest)
}
