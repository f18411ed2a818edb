//! Table `chain_workers`: workers as the registry tells of them.

use super::chain_column as column;
use sqlx::{FromRow, Row, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_core::{Address, Amount};

/// `None`: not told yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainWorkerRow {
    pub registered: Option<bool>,
    pub verified: Option<bool>,
    pub stake: Option<Amount>,
    pub locked: Option<Amount>,
    pub unbonding: Option<Amount>,
    /// 0 to 1000.
    pub reputation: Option<u16>,
}

impl FromRow<'_, SqliteRow> for ChainWorkerRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            registered: row.try_get("registered")?,
            verified: row.try_get("verified")?,
            stake: column::maybe_amount(row, "stake")?,
            locked: column::maybe_amount(row, "locked")?,
            unbonding: column::maybe_amount(row, "unbonding")?,
            reputation: column::maybe_small(row, "reputation")?,
        })
    }
}

pub async fn find(db: &mut SqliteConnection, address: Address) -> Result<Option<ChainWorkerRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM chain_workers WHERE address = ?")
        .bind(address.to_string())
        .fetch_optional(db)
        .await
}

/// `None` takes the row away.
pub async fn put(db: &mut SqliteConnection, address: Address, row: Option<&ChainWorkerRow>) -> Result<(), sqlx::Error> {
    let Some(row) = row else {
        sqlx::query("DELETE FROM chain_workers WHERE address = ?")
            .bind(address.to_string())
            .execute(db)
            .await?;
        return Ok(());
    };
    let amount = |value: Option<Amount>| value.map(|amount| amount.to_string());
    sqlx::query(
        "INSERT OR REPLACE INTO chain_workers (address, registered, verified, stake, locked, unbonding, reputation)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(address.to_string())
    .bind(row.registered)
    .bind(row.verified)
    .bind(amount(row.stake))
    .bind(amount(row.locked))
    .bind(amount(row.unbonding))
    .bind(row.reputation)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn clear(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_workers").execute(db).await?;
    Ok(())
}
