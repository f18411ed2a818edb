//! Table `idempotency`: answers that are given again when a write comes a second time with the same key.

use sqlx::{AnyConnection, Row};
use veriframe_core::{Address, Timestamp};

/// What was answered to the first request with the key.
pub struct Kept {
    /// Digest of that request.
    pub request: String,
    /// JSON.
    pub answer: String,
}

pub async fn find(db: &mut AnyConnection, address: Address, key: &str) -> Result<Option<Kept>, sqlx::Error> {
    let row = sqlx::query("SELECT request, answer FROM idempotency WHERE address = $1 AND key = $2")
        .bind(address.to_string())
        .bind(key)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Kept {
            request: row.try_get("request")?,
            answer: row.try_get("answer")?,
        })
    })
    .transpose()
}

pub async fn insert(
    db: &mut AnyConnection,
    address: Address,
    key: &str,
    kept: &Kept,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO idempotency (address, key, request, answer, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(address.to_string())
        .bind(key)
        .bind(&kept.request)
        .bind(&kept.answer)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn delete_older(db: &mut AnyConnection, than: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM idempotency WHERE at < $1")
        .bind(than.0)
        .execute(db)
        .await?;
    Ok(())
}
