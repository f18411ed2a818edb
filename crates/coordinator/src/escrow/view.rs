//! A job's money on the chain, as it is shown.

use crate::{
    error::ApiResult,
    store::{chain_events, escrows},
};
use sqlx::AnyConnection;
use veriframe_chain::number;
use veriframe_core::Timestamp;
use veriframe_wire::{
    AmountText, Time,
    job::{EscrowTransaction, JobEscrow},
};

/// More transactions than these are not shown.
const SHOWN: u32 = 200;
/// 9999-12-31T23:59:59Z: later times have no text.
const LAST_SECOND: u64 = 253_402_300_799;

/// `None` for a job of local credits.
pub async fn of_job(db: &mut AnyConnection, job: &str) -> ApiResult<Option<JobEscrow>> {
    let Some(row) = escrows::find(db, job).await? else {
        return Ok(None);
    };
    let filter = chain_events::Filter {
        job: Some(row.chain_job),
        ..chain_events::Filter::default()
    };
    let transactions = chain_events::page(db, &filter, None, SHOWN)
        .await?
        .into_iter()
        .filter_map(|event| {
            Some(EscrowTransaction {
                what: event.name?,
                hash: number::format(&event.told.transaction),
                at: moment(event.timestamp),
            })
        })
        .collect();
    let shown = row.total_paid.is_some();
    Ok(Some(JobEscrow {
        job: row.chain_job,
        state: row.state,
        total_paid: row.total_paid.map(AmountText),
        ends_at: row.ends_at.map(moment),
        results_cid: row.decided.filter(|_| shown).map(|decided| decided.results_cid),
        paid_out: row.paid_out,
        note: row.note,
        transactions,
    }))
}

fn moment(seconds: u64) -> Time {
    let seconds = i64::try_from(seconds.min(LAST_SECOND)).unwrap_or_default();
    Time(Timestamp(seconds * 1000))
}
