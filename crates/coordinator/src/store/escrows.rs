//! Table `escrows`: jobs whose money lies in the market contract.

use super::{chain_column as column, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
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

impl FromRow<'_, AnyRow> for EscrowRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
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
            closed: text::flag(row, "closed")?,
            paid_out: text::flag(row, "paid_out")?,
            note: row.try_get("note")?,
        })
    }
}

/// `false`: the payment belongs to another job.
pub async fn insert(db: &mut AnyConnection, job: &str, chain_job: u64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("INSERT INTO escrows (job, chain_job, state) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(job)
        .bind(column::whole(chain_job))
        .bind(text::word(EscrowState::Open))
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn find(db: &mut AnyConnection, job: &str) -> Result<Option<EscrowRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM escrows WHERE job = $1")
        .bind(job)
        .fetch_optional(db)
        .await
}

/// Those with something left to do, oldest payment first.
pub async fn unfinished(db: &mut AnyConnection) -> Result<Vec<EscrowRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM escrows WHERE closed = 0 ORDER BY chain_job")
        .fetch_all(db)
        .await
}

/// The first worker that asks is the one that is named.
pub async fn want(db: &mut AnyConnection, job: &str, worker: Address) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET wanted_by = $1 WHERE job = $2 AND wanted_by IS NULL")
        .bind(worker.to_string())
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

/// Only the first decision counts.
pub async fn decide(db: &mut AnyConnection, job: &str, decided: &Decided) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET manifest = $1, results = $2, salt = $3 WHERE job = $4 AND manifest IS NULL")
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
    db: &mut AnyConnection,
    job: &str,
    state: EscrowState,
    total_paid: Option<Amount>,
    ends_at: Option<u64>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET state = $1, total_paid = $2, ends_at = $3, note = '' WHERE job = $4")
        .bind(text::word(state))
        .bind(total_paid.map(|amount| amount.to_string()))
        .bind(ends_at.map(column::whole))
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn next_attempt(db: &mut AnyConnection, job: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET attempt = attempt + 1 WHERE job = $1")
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_note(db: &mut AnyConnection, job: &str, note: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET note = $1 WHERE job = $2")
        .bind(note)
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn close(db: &mut AnyConnection, job: &str, paid_out: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE escrows SET closed = 1, paid_out = $1 WHERE job = $2")
        .bind(i64::from(paid_out))
        .bind(job)
        .execute(db)
        .await?;
    Ok(())
}
