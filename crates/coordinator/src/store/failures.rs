//! Table `task_failures`: who failed which task.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, Row};
use veriframe_core::{Address, Timestamp};

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
