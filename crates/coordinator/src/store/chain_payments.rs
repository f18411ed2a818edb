//! Table `chain_payments`: what the contracts paid out.

use super::chain_column as column;
use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteConnection};
use veriframe_chain::{node::EmittedEvent, number};
use veriframe_core::{Address, Amount};

pub struct Payment<'a> {
    pub told: &'a EmittedEvent,
    pub account: Address,
    pub amount: Amount,
}

pub async fn insert(db: &mut SqliteConnection, payments: &[Payment<'_>]) -> Result<(), sqlx::Error> {
    for payments in payments.chunks(column::ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO chain_payments (block, tx_index, event_index, tx, contract, account, amount) ",
        );
        sql.push_values(payments, |mut values, Payment { told, account, amount }| {
            values
                .push_bind(column::whole(told.block.number))
                .push_bind(column::whole(told.transaction_index))
                .push_bind(column::whole(told.event_index))
                .push_bind(number::format(&told.transaction))
                .push_bind(number::format(&told.from))
                .push_bind(account.to_string())
                .push_bind(amount.to_string());
        });
        sql.build().persistent(false).execute(&mut *db).await?;
    }
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
