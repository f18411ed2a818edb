//! Table `tasks`: its copies of frames that somebody else holds.

use super::{statement::Statement, tasks::TaskRow, text};
use sqlx::{AnyConnection, Row};
use std::collections::HashMap;
use veriframe_core::{Address, Timestamp};
use veriframe_wire::job::FrameResult;

/// In its worker's hands from its first moment; under which lease is to be said in the same transaction. Returns its
/// number.
pub async fn insert(
    db: &mut AnyConnection,
    job: &str,
    (frame, number): (i64, i32),
    worker: Address,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO tasks (job, kind, frame, state, copies, worker, updated_at)
         VALUES ($1, 'copy', $2, 'leased', $3, $4, $5) RETURNING seq",
    )
    .bind(job)
    .bind(number)
    .bind(frame)
    .bind(worker.to_string())
    .bind(now.0)
    .fetch_one(db)
    .await
}

/// The copy of the frame that somebody renders now: there is one at most.
pub async fn live(db: &mut AnyConnection, frame: i64) -> Result<Option<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE copies = $1 AND state = 'leased'")
        .bind(frame)
        .fetch_optional(db)
        .await
}

/// The frames that these workers render copies of now, each with its worker.
pub async fn rendered_by(db: &mut AnyConnection, workers: &[Address]) -> Result<HashMap<i64, Address>, sqlx::Error> {
    let mut sql =
        Statement::new("SELECT copies, worker FROM tasks WHERE copies IS NOT NULL AND state = 'leased' AND worker IN ");
    sql.list(workers.iter().map(Address::to_string));
    let rows = sql.query().persistent(workers.len() == 1).fetch_all(db).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("copies")?, text::address(row, "worker")?)))
        .collect()
}

/// What the leases held and somebody else was first with: the fence and the task's number.
pub async fn not_wanted(db: &mut AnyConnection, fences: &[i64]) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    let mut sql =
        Statement::new("SELECT lease, seq FROM tasks WHERE kind = 'copy' AND state = 'cancelled' AND lease IN ");
    sql.list(fences.iter().copied())
        .push(" UNION ALL SELECT displaced, copies FROM tasks WHERE displaced IN ")
        .list(fences.iter().copied());
    sql.query_as().persistent(fences.len() == 1).fetch_all(db).await
}

/// The copy was first. Its result stays with it, so that handing it in again is known for what it is.
pub async fn was_first(
    db: &mut AnyConnection,
    copy: i64,
    result: &FrameResult,
    displaced: Option<i64>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET state = 'submitted', result = $1, displaced = $2, updated_at = $3 WHERE seq = $4")
        .bind(text::to_json(result)?)
        .bind(displaced)
        .bind(now.0)
        .bind(copy)
        .execute(db)
        .await?;
    Ok(())
}

/// The frame is its copier's from now on, under the lease of the copy.
pub async fn take_over(
    db: &mut AnyConnection,
    frame: i64,
    worker: Address,
    fence: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET state = 'leased', worker = $1, lease = $2, updated_at = $3 WHERE seq = $4")
        .bind(worker.to_string())
        .bind(fence)
        .bind(now.0)
        .bind(frame)
        .execute(db)
        .await?;
    Ok(())
}
