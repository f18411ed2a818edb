//! Table `challenges`: nonces that were given out and not used.

use super::text;
use sqlx::AnyConnection;
use veriframe_core::{Address, Timestamp};

pub async fn insert(
    db: &mut AnyConnection,
    nonce: &str,
    address: Address,
    (asker, asked_at): (&str, Timestamp),
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO challenges (nonce, address, asker, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(nonce)
        .bind(address.to_string())
        .bind(asker)
        .bind(asked_at.0)
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

/// Of the challenges of the address that the same place asked for, only so many of the newest stay.
pub async fn make_room(db: &mut AnyConnection, address: Address, asker: &str, stay: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM challenges WHERE address = $1 AND asker = $2 AND nonce NOT IN (SELECT nonce FROM challenges
         WHERE address = $1 AND asker = $2 ORDER BY asked_at DESC, nonce LIMIT $3)",
    )
    .bind(address.to_string())
    .bind(asker)
    .bind(stay)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn delete_expired(db: &mut AnyConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM challenges WHERE expires_at <= $1")
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
