//! Table `chain_claims`: what became owed to workers, job by job.

use super::{chain_column as column, statement::Statement};
use sqlx::AnyConnection;
use veriframe_chain::{node::EmittedEvent, number};
use veriframe_core::{Address, Amount};

pub struct Claim<'a> {
    pub told: &'a EmittedEvent,
    pub job: u64,
    pub worker: Address,
    pub amount: Amount,
}

pub async fn insert(db: &mut AnyConnection, claims: &[Claim<'_>]) -> Result<(), sqlx::Error> {
    for claims in claims.chunks(column::ROWS) {
        let mut sql =
            Statement::new("INSERT INTO chain_claims (block, tx_index, event_index, tx, job, worker, amount) ");
        sql.rows(claims, |values, claim| {
            values
                .bind(column::whole(claim.told.block.number))
                .bind(column::whole(claim.told.transaction_index))
                .bind(column::whole(claim.told.event_index))
                .bind(number::format(&claim.told.transaction))
                .bind(column::whole(claim.job))
                .bind(claim.worker.to_string())
                .bind(claim.amount.to_string())
        });
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// What was claimed of a job so far; `None` when that is more than there can be.
pub async fn sum(db: &mut AnyConnection, job: u64) -> Result<Option<Amount>, sqlx::Error> {
    let rows = sqlx::query("SELECT amount FROM chain_claims WHERE job = $1")
        .bind(column::whole(job))
        .fetch_all(db)
        .await?;
    let mut sum = Some(0_u128);
    for row in &rows {
        let amount = column::maybe_amount(row, "amount")?.map_or(0, Amount::units);
        sum = sum.and_then(|sum| sum.checked_add(amount));
    }
    Ok(sum.map(Amount::from_units))
}

/// Those of `block` and everything above it.
pub async fn delete_from(db: &mut AnyConnection, block: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_claims WHERE block >= $1")
        .bind(column::whole(block))
        .execute(db)
        .await?;
    Ok(())
}
