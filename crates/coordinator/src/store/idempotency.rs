//! Table `idempotency`: answers that are given again when a write comes a second time with the same key.

use super::text;
use sqlx::{AnyConnection, Row};
use veriframe_core::{Address, Timestamp};

/// What was answered to the first request with the key.
pub struct Kept {
    /// Digest of that request.
    pub request: String,
    /// Of HTTP.
    pub status: u16,
    /// JSON; empty for an answer without a body.
    pub answer: String,
}

pub async fn find(db: &mut AnyConnection, address: Address, key: &str) -> Result<Option<Kept>, sqlx::Error> {
    let row = sqlx::query("SELECT request, status, answer FROM idempotency WHERE address = $1 AND key = $2")
        .bind(address.to_string())
        .bind(key)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Kept {
            request: row.try_get("request")?,
            status: text::count(&row, "status")?
                .try_into()
                .map_err(|error| text::broken("status", &error))?,
            answer: row.try_get("answer")?,
        })
    })
    .transpose()
}

/// False: the key is taken.
pub async fn insert(
    db: &mut AnyConnection,
    address: Address,
    key: &str,
    kept: &Kept,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO idempotency (address, key, request, status, answer, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
    )
    .bind(address.to_string())
    .bind(key)
    .bind(&kept.request)
    .bind(i64::from(kept.status))
    .bind(&kept.answer)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete_older(db: &mut AnyConnection, than: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM idempotency WHERE at < $1")
        .bind(than.0)
        .execute(db)
        .await?;
    Ok(())
}
