//! Table `challenges`: nonces that were given out and not used.

use super::text;
use sqlx::{Row, sqlite::SqliteConnection};
use veriframe_core::{Address, Timestamp};

pub async fn insert(
    db: &mut SqliteConnection,
    nonce: &str,
    address: Address,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO challenges (nonce, address, expires_at) VALUES (?, ?, ?)")
        .bind(nonce)
        .bind(address.to_string())
        .bind(expires_at.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes the challenge out: from here on it is used, whatever becomes of the sign-in.
pub async fn take(db: &mut SqliteConnection, nonce: &str, address: Address) -> Result<Option<Timestamp>, sqlx::Error> {
    let row = sqlx::query("DELETE FROM challenges WHERE nonce = ? AND address = ? RETURNING expires_at")
        .bind(nonce)
        .bind(address.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| text::time(&row, "expires_at")).transpose()
}

/// Challenges of the address that can still be used.
pub async fn count(db: &mut SqliteConnection, address: Address, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT count(*) AS n FROM challenges WHERE address = ? AND expires_at > ?")
        .bind(address.to_string())
        .bind(now.0)
        .fetch_one(db)
        .await?
        .try_get("n")
}

pub async fn delete_expired(db: &mut SqliteConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM challenges WHERE expires_at <= ?")
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
