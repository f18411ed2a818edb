//! Table `speeds`: how fast workers are on jobs.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, Row};
use std::collections::HashMap;
use veriframe_core::{Address, schedule::Pace};

/// One more frame that the worker handed in.
pub async fn add(db: &mut AnyConnection, job: &str, worker: Address, seconds: f64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO speeds (job, worker, frames, seconds) VALUES ($1, $2, 1, $3)
         ON CONFLICT (job, worker) DO UPDATE SET frames = speeds.frames + 1, seconds = speeds.seconds + $3",
    )
    .bind(job)
    .bind(worker.to_string())
    .bind(seconds)
    .execute(db)
    .await?;
    Ok(())
}

/// What is known of these workers on these jobs.
pub async fn of(
    db: &mut AnyConnection,
    jobs: &[String],
    workers: &[Address],
) -> Result<HashMap<(String, Address), Pace>, sqlx::Error> {
    let mut sql = Statement::new("SELECT job, worker, frames, seconds FROM speeds WHERE job IN ");
    sql.list(jobs)
        .push(" AND worker IN ")
        .list(workers.iter().map(Address::to_string));
    let rows = sql.query().persistent(false).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let pace = Pace {
                frames: text::count(row, "frames")?,
                seconds: row.try_get("seconds")?,
            };
            Ok(((row.try_get("job")?, text::address(row, "worker")?), pace))
        })
        .collect()
}
