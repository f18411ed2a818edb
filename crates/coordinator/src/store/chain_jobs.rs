//! Table `chain_jobs`: jobs as the market tells of them.

use super::{chain_column as column, text};
use sqlx::{FromRow, Row, sqlite::SqliteConnection, sqlite::SqliteRow};
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
    pub total_paid: Option<Amount>,
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

/// `None` takes the row away.
pub async fn put(db: &mut SqliteConnection, id: u64, row: Option<&ChainJobRow>) -> Result<(), sqlx::Error> {
    let Some(row) = row else {
        sqlx::query("DELETE FROM chain_jobs WHERE id = ?")
            .bind(column::whole(id))
            .execute(db)
            .await?;
        return Ok(());
    };
    let word = STATES
        .iter()
        .find(|(state, _)| *state == row.state)
        .map(|(_, word)| *word);
    let amount = |value: Option<Amount>| value.map(|amount| amount.to_string());
    let address = |value: Option<Address>| value.map(|address| address.to_string());
    let felt = |value: Option<Felt>| value.map(|felt| number::format(&felt));
    sqlx::query(
        "INSERT OR REPLACE INTO chain_jobs (id, state, creator, budget, deadline, challenge_window, self_assign,
            spec_commitment, worker, aggregator, settlement_root, total_paid, refund, worker_share, ends_at,
            results_cid, created_block, created_tx, last_tx)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(column::whole(id))
    .bind(word)
    .bind(address(row.creator))
    .bind(amount(row.budget))
    .bind(row.deadline.map(column::whole))
    .bind(row.challenge_window)
    .bind(row.self_assign)
    .bind(felt(row.spec_commitment))
    .bind(address(row.worker))
    .bind(address(row.aggregator))
    .bind(felt(row.settlement_root))
    .bind(amount(row.total_paid))
    .bind(amount(row.refund))
    .bind(row.worker_share)
    .bind(row.ends_at.map(column::whole))
    .bind(&row.results_cid)
    .bind(row.created_block.map(column::whole))
    .bind(felt(row.created_tx))
    .bind(number::format(&row.last_tx))
    .execute(db)
    .await?;
    Ok(())
}

pub async fn clear(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_jobs").execute(db).await?;
    Ok(())
}
