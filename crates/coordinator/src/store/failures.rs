//! Table `task_failures`: who failed which task.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, Row};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::{AddressText, Time, admin::Failure};

pub async fn insert(
    db: &mut AnyConnection,
    task: i64,
    worker: Address,
    reason: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO task_failures (task, worker, reason, at) VALUES ($1, $2, $3, $4)")
        .bind(task)
        .bind(worker.to_string())
        .bind(reason)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The workers that failed the task, each with how often.
pub async fn of_task(db: &mut AnyConnection, task: i64) -> Result<Vec<(Address, u32)>, sqlx::Error> {
    let rows = sqlx::query("SELECT worker, count(*) AS n FROM task_failures WHERE task = $1 GROUP BY worker")
        .bind(task)
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((text::address(row, "worker")?, text::count(row, "n")?)))
        .collect()
}

/// Who failed which of the tasks.
pub async fn of_tasks(db: &mut AnyConnection, tasks: Vec<i64>) -> Result<Vec<(i64, Address)>, sqlx::Error> {
    let mut sql = Statement::new("SELECT DISTINCT task, worker FROM task_failures WHERE task IN ");
    sql.list(tasks);
    let rows = sql.query().persistent(false).fetch_all(db).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("task")?, text::address(row, "worker")?)))
        .collect()
}

/// A task starts anew for everybody.
pub async fn forget(db: &mut AnyConnection, task: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM task_failures WHERE task = $1")
        .bind(task)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn count_since(db: &mut AnyConnection, since: Timestamp) -> Result<u32, sqlx::Error> {
    let row = sqlx::query("SELECT count(*) AS n FROM task_failures WHERE at >= $1")
        .bind(since.0)
        .fetch_one(db)
        .await?;
    text::count(&row, "n")
}

/// Newest first, older than `before`.
pub async fn page(db: &mut AnyConnection, before: Option<i64>, limit: u32) -> Result<Vec<Failure>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT f.seq, f.at, f.task, f.worker, f.reason, t.job, t.frame, j.name
         FROM task_failures f JOIN tasks t ON t.seq = f.task JOIN jobs j ON j.id = t.job
         WHERE f.seq < $1 ORDER BY f.seq DESC LIMIT $2",
    )
    .bind(before.unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Failure {
                seq: row.try_get::<i64, _>("seq")?.cast_unsigned(),
                at: Time(text::time(row, "at")?),
                job: row.try_get("job")?,
                job_name: row.try_get("name")?,
                task: super::tasks::id_text(row.try_get("task")?),
                frame: row.try_get("frame")?,
                worker: AddressText(text::address(row, "worker")?),
                reason: row.try_get("reason")?,
            })
        })
        .collect()
}
