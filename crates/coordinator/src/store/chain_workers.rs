//! Table `chain_workers`: workers as the registry tells of them.

use super::{chain_column as column, text};
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, sqlite::SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};
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

/// Those of them that there are.
pub async fn find_all(
    db: &mut SqliteConnection,
    workers: &BTreeSet<Address>,
) -> Result<BTreeMap<Address, ChainWorkerRow>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM chain_workers WHERE address IN (SELECT value FROM json_each(?))")
        .bind(column::list(workers.iter().map(Address::to_string))?)
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((text::address(row, "address")?, ChainWorkerRow::from_row(row)?)))
        .collect()
}

/// `None` takes the row away.
pub async fn put(db: &mut SqliteConnection, address: Address, row: Option<ChainWorkerRow>) -> Result<(), sqlx::Error> {
    if let Some(row) = row {
        return put_all(db, &BTreeMap::from([(address, row)])).await;
    }
    sqlx::query("DELETE FROM chain_workers WHERE address = ?")
        .bind(address.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn put_all(db: &mut SqliteConnection, rows: &BTreeMap<Address, ChainWorkerRow>) -> Result<(), sqlx::Error> {
    let amount = |value: Option<Amount>| value.map(|amount| amount.to_string());
    let rows: Vec<_> = rows.iter().collect();
    for rows in rows.chunks(column::ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT OR REPLACE INTO chain_workers (address, registered, verified, stake, locked, unbonding, reputation) ",
        );
        sql.push_values(rows, |mut values, (address, row)| {
            values
                .push_bind(address.to_string())
                .push_bind(row.registered)
                .push_bind(row.verified)
                .push_bind(amount(row.stake))
                .push_bind(amount(row.locked))
                .push_bind(amount(row.unbonding))
                .push_bind(row.reputation);
        });
        sql.build().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// After `after`, in the order of their addresses.
pub async fn page(db: &mut SqliteConnection, after: Option<Address>, limit: u32) -> Result<Vec<Address>, sqlx::Error> {
    let rows = sqlx::query("SELECT address FROM chain_workers WHERE address > ? ORDER BY address LIMIT ?")
        .bind(after.map_or_else(String::new, |after| after.to_string()))
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| text::address(row, "address")).collect()
}

pub async fn clear(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_workers").execute(db).await?;
    Ok(())
}
