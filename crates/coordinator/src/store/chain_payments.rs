//! Table `chain_payments`: what the contracts paid out.

use super::chain_column as column;
use sqlx::sqlite::SqliteConnection;
use veriframe_chain::{node::EmittedEvent, number};
use veriframe_core::{Address, Amount};

pub async fn insert(
    db: &mut SqliteConnection,
    told: &EmittedEvent,
    account: Address,
    amount: Amount,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO chain_payments (block, tx_index, event_index, tx, contract, account, amount)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(column::whole(told.block.number))
    .bind(column::whole(told.transaction_index))
    .bind(column::whole(told.event_index))
    .bind(number::format(&told.transaction))
    .bind(number::format(&told.from))
    .bind(account.to_string())
    .bind(amount.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Those of `block` and everything above it.
pub async fn delete_from(db: &mut SqliteConnection, block: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_payments WHERE block >= ?")
        .bind(column::whole(block))
        .execute(db)
        .await?;
    Ok(())
}
