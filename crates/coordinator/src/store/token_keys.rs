//! Table `token_keys`: the secrets that sign access tokens.

use super::text;
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use std::fmt;
use veriframe_core::Timestamp;
use zeroize::Zeroizing;

pub struct KeyRow {
    pub kid: String,
    pub secret: Zeroizing<Vec<u8>>,
    pub created_at: Timestamp,
    pub signs_from: Timestamp,
}

impl fmt::Debug for KeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRow").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl FromRow<'_, AnyRow> for KeyRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let digits: Zeroizing<String> = Zeroizing::new(row.try_get("secret")?);
        // The decoder's error would say a digit of the secret.
        let secret = hex::decode(&*digits).map_err(|_| text::broken("secret", &"not hexadecimal"))?;
        Ok(Self {
            kid: row.try_get("kid")?,
            secret: Zeroizing::new(secret),
            created_at: text::time(row, "created_at")?,
            signs_from: text::time(row, "signs_from")?,
        })
    }
}

/// Oldest first.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<KeyRow>, sqlx::Error> {
    sqlx::query_as("SELECT kid, secret, created_at, signs_from FROM token_keys ORDER BY signs_from, created_at, kid")
        .fetch_all(db)
        .await
}

pub async fn insert(db: &mut AnyConnection, key: &KeyRow) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO token_keys (kid, secret, created_at, signs_from) VALUES ($1, $2, $3, $4)")
        .bind(&key.kid)
        .bind(hex::encode(&*key.secret))
        .bind(key.created_at.0)
        .bind(key.signs_from.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn delete(db: &mut AnyConnection, kid: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM token_keys WHERE kid = $1")
        .bind(kid)
        .execute(db)
        .await?;
    Ok(())
}
