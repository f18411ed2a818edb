//! Table `chain_events`: what the contracts told, in the order of the chain.

use super::{chain_column as column, statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use std::collections::BTreeSet;
use veriframe_chain::{
    Felt,
    node::{BlockRef, EmittedEvent},
    number,
};
use veriframe_core::Address;

/// An event, and what it was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEventRow {
    pub told: EmittedEvent,
    /// Of the block; seconds since 1970.
    pub timestamp: u64,
    /// `None` when the selector is not known.
    pub name: Option<String>,
    pub job: Option<u64>,
    /// Whom it is about.
    pub account: Option<Address>,
    /// Why it could not be read.
    pub reason: Option<String>,
}

impl FromRow<'_, AnyRow> for ChainEventRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            told: EmittedEvent {
                block: BlockRef {
                    number: column::unsigned(row, "block")?,
                    hash: column::felt(row, "block_hash")?,
                },
                transaction: column::felt(row, "tx")?,
                transaction_index: column::unsigned(row, "tx_index")?,
                event_index: column::unsigned(row, "event_index")?,
                from: column::felt(row, "contract")?,
                keys: column::felts(row, "keys")?,
                data: column::felts(row, "data")?,
            },
            timestamp: column::unsigned(row, "timestamp")?,
            name: row.try_get("name")?,
            job: column::maybe_unsigned(row, "job")?,
            account: text::maybe_address(row, "account")?,
            reason: row.try_get("reason")?,
        })
    }
}

/// Where an event is on the chain: block, transaction in it, event in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub block: u64,
    pub transaction: u64,
    pub event: u64,
}

/// What makes an event the one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub block: u64,
    pub block_hash: Felt,
    pub transaction: Felt,
    pub event: u64,
}

impl Key {
    pub fn of(told: &EmittedEvent) -> Self {
        Self {
            block: told.block.number,
            block_hash: told.block.hash,
            transaction: told.transaction,
            event: told.event_index,
        }
    }
}

/// What a list of events is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub name: Option<String>,
    pub job: Option<u64>,
    pub account: Option<Address>,
    pub contract: Option<Felt>,
    pub from_block: Option<u64>,
    pub readable: Readable,
}

/// Which events a list holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readable {
    #[default]
    All,
    /// Those that could not be read.
    Unread,
}

/// None of them may be there.
pub async fn insert(db: &mut AnyConnection, rows: &[ChainEventRow]) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(column::ROWS) {
        let mut sql = Statement::new(
            "INSERT INTO chain_events (block_hash, tx, event_index, block, tx_index, timestamp, contract, keys, data,
                                       name, job, account, reason) ",
        );
        sql.rows(rows, |values, row| {
            let told = &row.told;
            values
                .bind(number::format(&told.block.hash))
                .bind(number::format(&told.transaction))
                .bind(column::whole(told.event_index))
                .bind(column::whole(told.block.number))
                .bind(column::whole(told.transaction_index))
                .bind(column::whole(row.timestamp))
                .bind(number::format(&told.from))
                .bind(column::felts_text(&told.keys))
                .bind(column::felts_text(&told.data))
                .bind(row.name.clone())
                .bind(row.job.map(column::whole))
                .bind(row.account.map(|account| account.to_string()))
                .bind(row.reason.clone())
        });
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// In the order of the chain, after `after`.
pub async fn page(
    db: &mut AnyConnection,
    filter: &Filter,
    after: Option<Place>,
    limit: u32,
) -> Result<Vec<ChainEventRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM chain_events WHERE block >= ");
    sql.bind(column::whole(filter.from_block.unwrap_or(0)));
    if let Some(after) = after {
        sql.push(" AND (block, tx_index, event_index) > (")
            .bind(column::whole(after.block))
            .push(", ")
            .bind(column::whole(after.transaction))
            .push(", ")
            .bind(column::whole(after.event))
            .push(")");
    }
    if let Some(name) = &filter.name {
        sql.push(" AND name = ").bind(name.clone());
    }
    if let Some(job) = filter.job {
        sql.push(" AND job = ").bind(column::whole(job));
    }
    if let Some(account) = filter.account {
        sql.push(" AND account = ").bind(account.to_string());
    }
    if let Some(contract) = filter.contract {
        sql.push(" AND contract = ").bind(number::format(&contract));
    }
    if filter.readable == Readable::Unread {
        sql.push(" AND reason IS NOT NULL");
    }
    sql.push(" ORDER BY block, tx_index, event_index LIMIT ")
        .bind(i64::from(limit));
    sql.query_as().fetch_all(db).await
}

/// Every event that names the job, in the order of the chain.
pub async fn of_job(db: &mut AnyConnection, job: u64) -> Result<Vec<ChainEventRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM chain_events WHERE job = $1 ORDER BY block, tx_index, event_index")
        .bind(column::whole(job))
        .fetch_all(db)
        .await
}

/// Every event about the account, in the order of the chain.
pub async fn of_account(db: &mut AnyConnection, account: Address) -> Result<Vec<ChainEventRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM chain_events WHERE account = $1 ORDER BY block, tx_index, event_index")
        .bind(account.to_string())
        .fetch_all(db)
        .await
}

/// Jobs that events of `block` and above name.
pub async fn jobs_from(db: &mut AnyConnection, block: u64) -> Result<Vec<u64>, sqlx::Error> {
    let rows = sqlx::query("SELECT DISTINCT job FROM chain_events WHERE block >= $1 AND job IS NOT NULL")
        .bind(column::whole(block))
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| column::unsigned(row, "job")).collect()
}

/// Accounts that events of `block` and above are about.
pub async fn accounts_from(db: &mut AnyConnection, block: u64) -> Result<Vec<Address>, sqlx::Error> {
    let rows = sqlx::query("SELECT DISTINCT account FROM chain_events WHERE block >= $1 AND account IS NOT NULL")
        .bind(column::whole(block))
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| text::address(row, "account")).collect()
}

/// Those of `block` and everything above it.
pub async fn delete_from(db: &mut AnyConnection, block: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_events WHERE block >= $1")
        .bind(column::whole(block))
        .execute(db)
        .await?;
    Ok(())
}

/// What is kept of these blocks, both included.
pub async fn keys(db: &mut AnyConnection, first: u64, last: u64) -> Result<BTreeSet<Key>, sqlx::Error> {
    let rows = sqlx::query("SELECT block, block_hash, tx, event_index FROM chain_events WHERE block BETWEEN $1 AND $2")
        .bind(column::whole(first))
        .bind(column::whole(last))
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Key {
                block: column::unsigned(row, "block")?,
                block_hash: column::felt(row, "block_hash")?,
                transaction: column::felt(row, "tx")?,
                event: column::unsigned(row, "event_index")?,
            })
        })
        .collect()
}

/// How many events there are of a name; `None` is what is not known.
pub async fn counts(db: &mut AnyConnection) -> Result<Vec<(Option<String>, u64)>, sqlx::Error> {
    let rows = sqlx::query("SELECT name, count(*) AS n FROM chain_events GROUP BY name ORDER BY name")
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("name")?, column::unsigned(row, "n")?)))
        .collect()
}

/// Events that could not be read.
pub async fn count_unread(db: &mut AnyConnection) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT count(*) AS n FROM chain_events WHERE reason IS NOT NULL")
        .fetch_one(db)
        .await?;
    column::unsigned(&row, "n")
}

/// The first and the last block with an event.
pub async fn span(db: &mut AnyConnection) -> Result<(Option<u64>, Option<u64>), sqlx::Error> {
    let row = sqlx::query("SELECT min(block) AS first, max(block) AS last FROM chain_events")
        .fetch_one(db)
        .await?;
    Ok((
        column::maybe_unsigned(&row, "first")?,
        column::maybe_unsigned(&row, "last")?,
    ))
}
