//! Table `chain_jobs`: jobs as the market tells of them.

use super::{chain_column as column, statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
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

impl FromRow<'_, AnyRow> for ChainJobRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let word: &str = row.try_get("state")?;
        let state = STATES.iter().find(|(_, known)| *known == word);
        let &(state, _) = state.ok_or_else(|| text::broken("state", &word))?;
        Ok(Self {
            state,
            creator: text::maybe_address(row, "creator")?,
            budget: column::maybe_amount(row, "budget")?,
            deadline: column::maybe_unsigned(row, "deadline")?,
            challenge_window: column::maybe_small(row, "challenge_window")?,
            self_assign: text::maybe_flag(row, "self_assign")?,
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

pub async fn find(db: &mut AnyConnection, id: u64) -> Result<Option<ChainJobRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM chain_jobs WHERE id = $1")
        .bind(column::whole(id))
        .fetch_optional(db)
        .await
}

/// Those of them that there are.
pub async fn find_all(db: &mut AnyConnection, ids: &BTreeSet<u64>) -> Result<BTreeMap<u64, ChainJobRow>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().collect();
    let mut found = BTreeMap::new();
    for ids in ids.chunks(column::ROWS) {
        let mut sql = Statement::new("SELECT * FROM chain_jobs WHERE id IN ");
        sql.list(ids.iter().map(|id| column::whole(**id)));
        for row in sql.query().persistent(false).fetch_all(&mut *db).await? {
            found.insert(column::unsigned(&row, "id")?, ChainJobRow::from_row(&row)?);
        }
    }
    Ok(found)
}

/// `None` takes the row away.
pub async fn put(db: &mut AnyConnection, id: u64, row: Option<ChainJobRow>) -> Result<(), sqlx::Error> {
    if let Some(row) = row {
        return put_all(db, &BTreeMap::from([(id, row)])).await;
    }
    sqlx::query("DELETE FROM chain_jobs WHERE id = $1")
        .bind(column::whole(id))
        .execute(db)
        .await?;
    Ok(())
}

pub async fn put_all(db: &mut AnyConnection, rows: &BTreeMap<u64, ChainJobRow>) -> Result<(), sqlx::Error> {
    let amount = |value: Option<Amount>| value.map(|amount| amount.to_string());
    let address = |value: Option<Address>| value.map(|address| address.to_string());
    let felt = |value: Option<Felt>| value.map(|felt| number::format(&felt));
    let rows: Vec<_> = rows.iter().collect();
    for rows in rows.chunks(column::ROWS) {
        let mut sql = Statement::new(
            "INSERT INTO chain_jobs (id, state, creator, budget, deadline, challenge_window, self_assign,
                spec_commitment, worker, aggregator, settlement_root, total_paid, claimable, refund, worker_share,
                ends_at, results_cid, created_block, created_tx, last_tx) ",
        );
        sql.rows(rows, |values, (id, row)| {
            values
                .bind(column::whole(**id))
                .bind(row.state.word())
                .bind(address(row.creator))
                .bind(amount(row.budget))
                .bind(row.deadline.map(column::whole))
                .bind(row.challenge_window.map(i64::from))
                .bind(row.self_assign.map(i64::from))
                .bind(felt(row.spec_commitment))
                .bind(address(row.worker))
                .bind(address(row.aggregator))
                .bind(felt(row.settlement_root))
                .bind(amount(row.total_paid))
                .bind(amount(row.claimable))
                .bind(amount(row.refund))
                .bind(row.worker_share.map(i64::from))
                .bind(row.ends_at.map(column::whole))
                .bind(row.results_cid.clone())
                .bind(row.created_block.map(column::whole))
                .bind(felt(row.created_tx))
                .bind(number::format(&row.last_tx))
        });
        sql.push(
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state, creator = excluded.creator, budget = excluded.budget,
                deadline = excluded.deadline, challenge_window = excluded.challenge_window,
                self_assign = excluded.self_assign, spec_commitment = excluded.spec_commitment,
                worker = excluded.worker, aggregator = excluded.aggregator,
                settlement_root = excluded.settlement_root, total_paid = excluded.total_paid,
                claimable = excluded.claimable, refund = excluded.refund, worker_share = excluded.worker_share,
                ends_at = excluded.ends_at, results_cid = excluded.results_cid,
                created_block = excluded.created_block, created_tx = excluded.created_tx, last_tx = excluded.last_tx",
        );
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// Numbers of jobs that may still change, after `after`, lowest first.
pub async fn unfinished(db: &mut AnyConnection, after: u64, limit: u32) -> Result<Vec<u64>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id FROM chain_jobs WHERE id > $1 AND state NOT IN ('finalised', 'cancelled', 'expired')
         ORDER BY id LIMIT $2",
    )
    .bind(column::whole(after))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| column::unsigned(row, "id")).collect()
}

/// The lowest and the highest number.
pub async fn span(db: &mut AnyConnection) -> Result<Option<(u64, u64)>, sqlx::Error> {
    let row = sqlx::query("SELECT min(id) AS first, max(id) AS last FROM chain_jobs")
        .fetch_one(db)
        .await?;
    let (first, last) = (
        column::maybe_unsigned(&row, "first")?,
        column::maybe_unsigned(&row, "last")?,
    );
    Ok(first.zip(last))
}

pub async fn clear(db: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_jobs").execute(db).await?;
    Ok(())
}
