//! Table `refresh_tokens`: digests of the tokens that renew a sign-in.

use super::text;
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use veriframe_core::{Address, Timestamp};

pub struct RefreshRow {
    pub family: String,
    pub address: Address,
    pub expires_at: Timestamp,
    pub spent: bool,
}

impl FromRow<'_, AnyRow> for RefreshRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            family: row.try_get("family")?,
            address: text::address(row, "address")?,
            expires_at: text::time(row, "expires_at")?,
            spent: text::flag(row, "spent")?,
        })
    }
}

pub async fn insert(
    db: &mut AnyConnection,
    digest: &str,
    family: &str,
    address: Address,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO refresh_tokens (digest, family, address, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(digest)
        .bind(family)
        .bind(address.to_string())
        .bind(expires_at.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut AnyConnection, digest: &str) -> Result<Option<RefreshRow>, sqlx::Error> {
    sqlx::query_as("SELECT family, address, expires_at, spent FROM refresh_tokens WHERE digest = $1")
        .bind(digest)
        .fetch_optional(db)
        .await
}

pub async fn spend(db: &mut AnyConnection, digest: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE refresh_tokens SET spent = 1 WHERE digest = $1")
        .bind(digest)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn revoke_family(db: &mut AnyConnection, family: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM refresh_tokens WHERE family = $1")
        .bind(family)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn delete_expired(db: &mut AnyConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM refresh_tokens WHERE expires_at <= $1")
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
