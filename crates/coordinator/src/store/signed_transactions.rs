//! Table `signed_transactions`: what the coordinator signed, before it was sent.

use super::{chain_column as column, text};
use sqlx::{AnyConnection, Row};
use veriframe_chain::{number, send::SignedTransaction};
use veriframe_core::Timestamp;

/// All that were signed for this, oldest first.
pub async fn of(db: &mut AnyConnection, id: &str) -> Result<Vec<SignedTransaction>, sqlx::Error> {
    let rows = sqlx::query("SELECT hash, nonce, body FROM signed_transactions WHERE id = $1 ORDER BY seq")
        .bind(id)
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(SignedTransaction {
                hash: column::felt(row, "hash")?,
                nonce: column::unsigned(row, "nonce")?,
                body: row.try_get("body")?,
            })
        })
        .collect()
}

pub async fn insert(
    db: &mut AnyConnection,
    id: &str,
    transaction: &SignedTransaction,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let nonce = i64::try_from(transaction.nonce).map_err(|error| text::broken("nonce", &error))?;
    sqlx::query("INSERT INTO signed_transactions (id, hash, nonce, body, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(number::format(&transaction.hash))
        .bind(nonce)
        .bind(&transaction.body)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
