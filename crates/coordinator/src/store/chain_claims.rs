//! Table `chain_claims`: what became owed to workers, job by job.

use super::chain_column as column;
use sqlx::sqlite::SqliteConnection;
use veriframe_chain::{node::EmittedEvent, number};
use veriframe_core::{Address, Amount};

pub async fn insert(
    db: &mut SqliteConnection,
    told: &EmittedEvent,
    job: u64,
    worker: Address,
    amount: Amount,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO chain_claims (block, tx_index, event_index, tx, job, worker, amount) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(column::whole(told.block.number))
    .bind(column::whole(told.transaction_index))
    .bind(column::whole(told.event_index))
    .bind(number::format(&told.transaction))
    .bind(column::whole(job))
    .bind(worker.to_string())
    .bind(amount.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Those of `block` and everything above it.
pub async fn delete_from(db: &mut SqliteConnection, block: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_claims WHERE block >= ?")
        .bind(column::whole(block))
        .execute(db)
        .await?;
    Ok(())
}
