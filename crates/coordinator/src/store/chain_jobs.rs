//! Table `chain_jobs`: jobs as the market tells of them.

use super::{chain_column as column, text};
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, sqlite::SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};
use veriframe_chain::{Felt, number};
use veriframe_core::{Address, Amount};

/// Where a job stands on the chain, after the last event that told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainJobState {
    Open,
    Assigned,
    Committed,
    Challengeable,
    Disputed,
    /// The dispute is over; `Finalised` follows.
    Resolved,
    Finalised,
    Cancelled,
    Expired,
}

const STATES: [(ChainJobState, &str); 9] = [
    (ChainJobState::Open, "open"),
    (ChainJobState::Assigned, "assigned"),
    (ChainJobState::Committed, "committed"),
    (ChainJobState::Challengeable, "challengeable"),
    (ChainJobState::Disputed, "disputed"),
    (ChainJobState::Resolved, "resolved"),
    (ChainJobState::Finalised, "finalised"),
    (ChainJobState::Cancelled, "cancelled"),
    (ChainJobState::Expired, "expired"),
];

impl ChainJobState {
    pub fn word(self) -> &'static str {
        STATES
            .iter()
            .find(|(state, _)| *state == self)
            .map_or("unknown", |(_, word)| *word)
    }
}

/// `None`: not told yet, or told in a block before the first one that is indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainJobRow {
    pub state: ChainJobState,
    pub creator: Option<Address>,
    pub budget: Option<Amount>,
    /// Seconds since 1970, as are all times here.
    pub deadline: Option<u64>,
    pub challenge_window: Option<u32>,
    pub self_assign: Option<bool>,
    pub spec_commitment: Option<Felt>,
    pub worker: Option<Address>,
    pub aggregator: Option<Address>,
    pub settlement_root: Option<Felt>,
    /// What the result that was shown says it pays.
    pub total_paid: Option<Amount>,
    /// What workers can claim of that, after the share that a dispute left them. Told when the job is finalised.
    pub claimable: Option<Amount>,
    pub refund: Option<Amount>,
    /// Parts of 10,000.
    pub worker_share: Option<u16>,
    pub ends_at: Option<u64>,
    pub results_cid: Option<String>,
    pub created_block: Option<u64>,
    pub created_tx: Option<Felt>,
    pub last_tx: Felt,
}

impl FromRow<'_, SqliteRow> for ChainJobRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let word: &str = row.try_get("state")?;
        let state = STATES.iter().find(|(_, known)| *known == word);
        let &(state, _) = state.ok_or_else(|| text::broken("state", &word))?;
        Ok(Self {
            state,
            creator: text::maybe_address(row, "creator")?,
            budget: column::maybe_amount(row, "budget")?,
            deadline: column::maybe_unsigned(row, "deadline")?,
            challenge_window: column::maybe_small(row, "challenge_window")?,
            self_assign: row.try_get("self_assign")?,
            spec_commitment: column::maybe_felt(row, "spec_commitment")?,
            worker: text::maybe_address(row, "worker")?,
            aggregator: text::maybe_address(row, "aggregator")?,
            settlement_root: column::maybe_felt(row, "settlement_root")?,
            total_paid: column::maybe_amount(row, "total_paid")?,
            claimable: column::maybe_amount(row, "claimable")?,
            refund: column::maybe_amount(row, "refund")?,
            worker_share: column::maybe_small(row, "worker_share")?,
            ends_at: column::maybe_unsigned(row, "ends_at")?,
            results_cid: row.try_get("results_cid")?,
            created_block: column::maybe_unsigned(row, "created_block")?,
            created_tx: column::maybe_felt(row, "created_tx")?,
            last_tx: column::felt(row, "last_tx")?,
        })
    }
}

pub async fn find(db: &mut SqliteConnection, id: u64) -> Result<Option<ChainJobRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM chain_jobs WHERE id = ?")
        .bind(column::whole(id))
        .fetch_optional(db)
        .await
}

/// Those of them that there are.
pub async fn find_all(
    db: &mut SqliteConnection,
    ids: &BTreeSet<u64>,
) -> Result<BTreeMap<u64, ChainJobRow>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM chain_jobs WHERE id IN (SELECT value FROM json_each(?))")
        .bind(column::list(ids.iter().map(|id| column::whole(*id)))?)
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((column::unsigned(row, "id")?, ChainJobRow::from_row(row)?)))
        .collect()
}

/// `None` takes the row away.
pub async fn put(db: &mut SqliteConnection, id: u64, row: Option<ChainJobRow>) -> Result<(), sqlx::Error> {
    if let Some(row) = row {
        return put_all(db, &BTreeMap::from([(id, row)])).await;
    }
    sqlx::query("DELETE FROM chain_jobs WHERE id = ?")
        .bind(column::whole(id))
        .execute(db)
        .await?;
    Ok(())
}

pub async fn put_all(db: &mut SqliteConnection, rows: &BTreeMap<u64, ChainJobRow>) -> Result<(), sqlx::Error> {
    let amount = |value: Option<Amount>| value.map(|amount| amount.to_string());
    let address = |value: Option<Address>| value.map(|address| address.to_string());
    let felt = |value: Option<Felt>| value.map(|felt| number::format(&felt));
    let rows: Vec<_> = rows.iter().collect();
    for rows in rows.chunks(column::ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT OR REPLACE INTO chain_jobs (id, state, creator, budget, deadline, challenge_window, self_assign,
                spec_commitment, worker, aggregator, settlement_root, total_paid, claimable, refund, worker_share,
                ends_at, results_cid, created_block, created_tx, last_tx) ",
        );
        sql.push_values(rows, |mut values, (id, row)| {
            values
                .push_bind(column::whole(**id))
                .push_bind(row.state.word())
                .push_bind(address(row.creator))
                .push_bind(amount(row.budget))
                .push_bind(row.deadline.map(column::whole))
                .push_bind(row.challenge_window)
                .push_bind(row.self_assign)
                .push_bind(felt(row.spec_commitment))
                .push_bind(address(row.worker))
                .push_bind(address(row.aggregator))
                .push_bind(felt(row.settlement_root))
                .push_bind(amount(row.total_paid))
                .push_bind(amount(row.claimable))
                .push_bind(amount(row.refund))
                .push_bind(row.worker_share)
                .push_bind(row.ends_at.map(column::whole))
                .push_bind(row.results_cid.clone())
                .push_bind(row.created_block.map(column::whole))
                .push_bind(felt(row.created_tx))
                .push_bind(number::format(&row.last_tx));
        });
        sql.build().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// Numbers of jobs that may still change, after `after`, lowest first.
pub async fn unfinished(db: &mut SqliteConnection, after: u64, limit: u32) -> Result<Vec<u64>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id FROM chain_jobs WHERE id > ? AND state NOT IN ('finalised', 'cancelled', 'expired')
         ORDER BY id LIMIT ?",
    )
    .bind(column::whole(after))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| column::unsigned(row, "id")).collect()
}

/// The lowest and the highest number.
pub async fn span(db: &mut SqliteConnection) -> Result<Option<(u64, u64)>, sqlx::Error> {
    let row = sqlx::query("SELECT min(id) AS first, max(id) AS last FROM chain_jobs")
        .fetch_one(db)
        .await?;
    let (first, last) = (
        column::maybe_unsigned(&row, "first")?,
        column::maybe_unsigned(&row, "last")?,
    );
    Ok(first.zip(last))
}

pub async fn clear(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_jobs").execute(db).await?;
    Ok(())
}
