//! Table `challenges`: nonces that were given out and not used.

use super::text;
use sqlx::{AnyConnection, Row};
use veriframe_core::{Address, Timestamp};

pub async fn insert(
    db: &mut AnyConnection,
    nonce: &str,
    address: Address,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO challenges (nonce, address, expires_at) VALUES ($1, $2, $3)")
        .bind(nonce)
        .bind(address.to_string())
        .bind(expires_at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes the challenge out: from here on it is used, whatever becomes of the sign-in.
pub async fn take(db: &mut AnyConnection, nonce: &str, address: Address) -> Result<Option<Timestamp>, sqlx::Error> {
    let row = sqlx::query("DELETE FROM challenges WHERE nonce = $1 AND address = $2 RETURNING expires_at")
        .bind(nonce)
        .bind(address.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| text::time(&row, "expires_at")).transpose()
}

/// Challenges of the address that can still be used.
pub async fn count(db: &mut AnyConnection, address: Address, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT count(*) AS n FROM challenges WHERE address = $1 AND expires_at > $2")
        .bind(address.to_string())
        .bind(now.0)
        .fetch_one(db)
        .await?
        .try_get("n")
}

pub async fn delete_expired(db: &mut AnyConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM challenges WHERE expires_at <= $1")
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
