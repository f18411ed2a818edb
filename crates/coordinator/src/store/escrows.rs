//! Table `escrows`: jobs whose money lies in the market contract.

use super::{chain_column as column, text};
use sqlx::{FromRow, Row, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_chain::{Felt, number};
use veriframe_core::{Address, Amount};
use veriframe_wire::{job::EscrowState, results::ResultsManifest};

#[derive(Clone, Debug)]
pub struct EscrowRow {
    pub job: String,
    pub chain_job: u64,
    pub state: EscrowState,
    pub wanted_by: Option<Address>,
    pub decided: Option<Decided>,
    pub total_paid: Option<Amount>,
    /// Seconds since 1970.
    pub ends_at: Option<u64>,
    pub attempt: u32,
    pub closed: bool,
    pub paid_out: bool,
    pub note: String,
}

/// The result of a job, decided once.
#[derive(Clone, Debug)]
pub struct Decided {
    pub manifest: ResultsManifest,
    pub results_cid: String,
    pub salt: Felt,
}

impl FromRow<'_, SqliteRow> for EscrowRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let parts = (
            text::maybe_json(row, "manifest")?,
            row.try_get::<Option<String>, _>("results")?,
            column::maybe_felt(row, "salt")?,
        );
        let decided = match parts {
            (Some(manifest), Some(results_cid), Some(salt)) => Some(Decided {
                manifest,
                results_cid,
                salt,
            }),
            _ => None,
        };
        Ok(Self {
            job: row.try_get("job")?,
            chain_job: column::unsigned(row, "chain_job")?,
            state: text::from_word(row, "state")?,
            wanted_by: text::maybe_address(row, "wanted_by")?,
            decided,
            total_paid: column::maybe_amount(row, "total_paid")?,
            ends_at: column::maybe_unsigned(row, "ends_at")?,
            attempt: text::count(row, "attempt")?,
            closed: row.try_get("closed")?,
            paid_out: row.try_get("paid_out")?,
            note: row.try_get("note")?,
        })
    }
}

/// `false`: the payment belongs to another job.
pub async fn insert(db: &mut SqliteConnection, job: &str, chain_job: u64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("INSERT INTO escrows (job, chain_job, state) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(job)
        .bind(column::whole(chain_job))
        .bind(text::word(EscrowState::Open))
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn find(db: &mut SqliteConnection, job: &str) -> Result<Option<EscrowRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM escrows WHERE job = ?")
        .bind(job)
        .fetch_optional(db)
        .await
}

/// Those with something left to do, oldest payment first.
pub async fn unfinished(db: &mut SqliteConnection) -> Result<Vec<EscrowRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM escrows WHERE closed = 0 ORDER BY chain_job")
        .fetch_all(db)
        .await
}

/// The first worker that asks is the one that is named.
pub async fn want(db: &mut SqliteConnection, job: &str, worker: Address) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET wanted_by = ? WHERE job = ? AND wanted_by IS NULL")
        .bind(worker.to_string())
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

/// Only the first decision counts.
pub async fn decide(db: &mut SqliteConnection, job: &str, decided: &Decided) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET manifest = ?, results = ?, salt = ? WHERE job = ? AND manifest IS NULL")
        .bind(text::to_json(&decided.manifest)?)
        .bind(&decided.results_cid)
        .bind(number::format(&decided.salt))
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

/// What was seen on the chain.
pub async fn set_seen(
    db: &mut SqliteConnection,
    job: &str,
    state: EscrowState,
    total_paid: Option<Amount>,
    ends_at: Option<u64>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET state = ?, total_paid = ?, ends_at = ?, note = '' WHERE job = ?")
        .bind(text::word(state))
        .bind(total_paid.map(|amount| amount.to_string()))
        .bind(ends_at.map(column::whole))
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn next_attempt(db: &mut SqliteConnection, job: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET attempt = attempt + 1 WHERE job = ?")
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_note(db: &mut SqliteConnection, job: &str, note: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET note = ? WHERE job = ?")
        .bind(note)
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn close(db: &mut SqliteConnection, job: &str, paid_out: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET closed = 1, paid_out = ? WHERE job = ?")
        .bind(paid_out)
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}
