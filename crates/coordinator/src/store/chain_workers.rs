//! Table `chain_workers`: workers as the registry tells of them.

use super::{chain_column as column, statement::Statement, text};
use sqlx::{AnyConnection, FromRow, any::AnyRow};
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

impl FromRow<'_, AnyRow> for ChainWorkerRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            registered: text::maybe_flag(row, "registered")?,
            verified: text::maybe_flag(row, "verified")?,
            stake: column::maybe_amount(row, "stake")?,
            locked: column::maybe_amount(row, "locked")?,
            unbonding: column::maybe_amount(row, "unbonding")?,
            reputation: column::maybe_small(row, "reputation")?,
        })
    }
}

/// Those of them that there are.
pub async fn find_all(
    db: &mut AnyConnection,
    workers: &BTreeSet<Address>,
) -> Result<BTreeMap<Address, ChainWorkerRow>, sqlx::Error> {
    let workers: Vec<_> = workers.iter().collect();
    let mut found = BTreeMap::new();
    for workers in workers.chunks(column::ROWS) {
        let mut sql = Statement::new("SELECT * FROM chain_workers WHERE address IN ");
        sql.list(workers.iter().map(ToString::to_string));
        for row in sql.query().persistent(false).fetch_all(&mut *db).await? {
            found.insert(text::address(&row, "address")?, ChainWorkerRow::from_row(&row)?);
        }
    }
    Ok(found)
}

/// `None` takes the row away.
pub async fn put(db: &mut AnyConnection, address: Address, row: Option<ChainWorkerRow>) -> Result<(), sqlx::Error> {
    if let Some(row) = row {
        return put_all(db, &BTreeMap::from([(address, row)])).await;
    }
    sqlx::query("DELETE FROM chain_workers WHERE address = $1")
        .bind(address.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn put_all(db: &mut AnyConnection, rows: &BTreeMap<Address, ChainWorkerRow>) -> Result<(), sqlx::Error> {
    let amount = |value: Option<Amount>| value.map(|amount| amount.to_string());
    let rows: Vec<_> = rows.iter().collect();
    for rows in rows.chunks(column::ROWS) {
        let mut sql = Statement::new(
            "INSERT INTO chain_workers (address, registered, verified, stake, locked, unbonding, reputation) ",
        );
        sql.rows(rows, |values, (address, row)| {
            values
                .bind(address.to_string())
                .bind(row.registered.map(i64::from))
                .bind(row.verified.map(i64::from))
                .bind(amount(row.stake))
                .bind(amount(row.locked))
                .bind(amount(row.unbonding))
                .bind(row.reputation.map(i64::from))
        });
        sql.push(
            " ON CONFLICT (address) DO UPDATE SET registered = excluded.registered, verified = excluded.verified,
                stake = excluded.stake, locked = excluded.locked, unbonding = excluded.unbonding,
                reputation = excluded.reputation",
        );
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// After `after`, in the order of their addresses.
pub async fn page(db: &mut AnyConnection, after: Option<Address>, limit: u32) -> Result<Vec<Address>, sqlx::Error> {
    let rows = sqlx::query("SELECT address FROM chain_workers WHERE address > $1 ORDER BY address LIMIT $2")
        .bind(after.map_or_else(String::new, |after| after.to_string()))
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| text::address(row, "address")).collect()
}

pub async fn clear(db: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_workers").execute(db).await?;
    Ok(())
}
