//! Table `job_timeline`: the states a job went through.

use super::text;
use sqlx::{AnyConnection, Row};
use veriframe_core::Timestamp;
use veriframe_wire::{
    Time,
    job::{JobStatus, TimelineEntry},
};

/// The newest of a job's entries that are shown.
const SHOWN: u32 = 200;

pub async fn insert(
    db: &mut AnyConnection,
    job: &str,
    status: JobStatus,
    note: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO job_timeline (job, at, status, note) VALUES ($1, $2, $3, $4)")
        .bind(job)
        .bind(now.0)
        .bind(text::word(status))
        .bind(note)
        .execute(db)
        .await?;
    Ok(())
}

/// Oldest first.
pub async fn of_job(db: &mut AnyConnection, job: &str) -> Result<Vec<TimelineEntry>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT * FROM (SELECT * FROM job_timeline WHERE job = $1 ORDER BY seq DESC LIMIT $2) AS newest ORDER BY seq",
    )
    .bind(job)
    .bind(i64::from(SHOWN))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(TimelineEntry {
                at: Time(text::time(row, "at")?),
                status: text::from_word(row, "status")?,
                note: row.try_get("note")?,
            })
        })
        .collect()
}
