//! Table `reputation_history`: each change of a worker's reputation, with what led to it.

use super::text;
use sqlx::{AnyConnection, Row, any::AnyRow};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::{
    Time,
    worker::{ReputationChange, ReputationReason},
};

pub struct NewChange<'a> {
    pub worker: Address,
    pub was: u32,
    pub became: u32,
    pub reason: ReputationReason,
    pub job: &'a str,
    pub frame: i32,
}

pub async fn insert(db: &mut AnyConnection, change: NewChange<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO reputation_history (worker, at, was, became, reason, job, frame) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(change.worker.to_string())
    .bind(now.0)
    .bind(i64::from(change.was))
    .bind(i64::from(change.became))
    .bind(text::word(change.reason))
    .bind(change.job)
    .bind(change.frame)
    .execute(db)
    .await?;
    Ok(())
}

/// Newest first, older than `before`.
pub async fn page(
    db: &mut AnyConnection,
    worker: Address,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<ReputationChange>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT * FROM reputation_history WHERE worker = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3")
            .bind(worker.to_string())
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(db)
            .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<ReputationChange, sqlx::Error> {
    Ok(ReputationChange {
        seq: row.try_get::<i64, _>("seq")?.cast_unsigned(),
        at: Time(text::time(row, "at")?),
        before: text::count(row, "was")?,
        after: text::count(row, "became")?,
        reason: text::from_word(row, "reason")?,
        job: row.try_get("job")?,
        frame: row.try_get("frame")?,
    })
}
