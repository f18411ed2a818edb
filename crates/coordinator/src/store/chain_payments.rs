//! Table `chain_payments`: what the contracts paid out.

use super::{chain_column as column, statement::Statement};
use sqlx::AnyConnection;
use veriframe_chain::{node::EmittedEvent, number};
use veriframe_core::{Address, Amount};

pub struct Payment<'a> {
    pub told: &'a EmittedEvent,
    pub account: Address,
    pub amount: Amount,
}

pub async fn insert(db: &mut AnyConnection, payments: &[Payment<'_>]) -> Result<(), sqlx::Error> {
    for payments in payments.chunks(column::ROWS) {
        let mut sql =
            Statement::new("INSERT INTO chain_payments (block, tx_index, event_index, tx, contract, account, amount) ");
        sql.rows(payments, |values, Payment { told, account, amount }| {
            values
                .bind(column::whole(told.block.number))
                .bind(column::whole(told.transaction_index))
                .bind(column::whole(told.event_index))
                .bind(number::format(&told.transaction))
                .bind(number::format(&told.from))
                .bind(account.to_string())
                .bind(amount.to_string())
        });
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// Those of `block` and everything above it.
pub async fn delete_from(db: &mut AnyConnection, block: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_payments WHERE block >= $1")
        .bind(column::whole(block))
        .execute(db)
        .await?;
    Ok(())
}
