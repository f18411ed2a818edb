//! Counts over whole tables, for an operator's glance.

use super::text;
use sqlx::{AnyConnection, Row, any::AnyRow};
use std::collections::BTreeMap;
use veriframe_core::Timestamp;

pub async fn jobs_by_status(db: &mut AnyConnection) -> Result<BTreeMap<String, u32>, sqlx::Error> {
    let rows = sqlx::query("SELECT status AS word, count(*) AS n FROM jobs GROUP BY status")
        .fetch_all(db)
        .await?;
    counts(&rows)
}

/// Frames and audits of jobs that have not ended.
pub async fn tasks_by_status(db: &mut AnyConnection) -> Result<BTreeMap<String, u32>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT c.state AS word, CAST(sum(c.n) AS BIGINT) AS n FROM task_counts c JOIN jobs j ON j.id = c.job
         WHERE j.ended_at IS NULL AND c.kind <> 'copy' GROUP BY c.state",
    )
    .fetch_all(db)
    .await?;
    counts(&rows)
}

/// Those that were not heard of since `since` count as offline.
pub async fn workers_by_status(db: &mut AnyConnection, since: Timestamp) -> Result<BTreeMap<String, u32>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT CASE WHEN last_seen_at > $1 THEN status ELSE 'offline' END AS word, count(*) AS n
         FROM workers GROUP BY 1",
    )
    .bind(since.0)
    .fetch_all(db)
    .await?;
    counts(&rows)
}

/// Of what is not done.
pub async fn work_by_state(db: &mut AnyConnection) -> Result<BTreeMap<String, u32>, sqlx::Error> {
    let rows = sqlx::query("SELECT state AS word, count(*) AS n FROM work WHERE state <> 'done' GROUP BY state")
        .fetch_all(db)
        .await?;
    counts(&rows)
}

pub async fn active_leases(db: &mut AnyConnection) -> Result<u32, sqlx::Error> {
    let row = sqlx::query("SELECT count(*) AS n FROM leases WHERE state = 'active'")
        .fetch_one(db)
        .await?;
    text::count(&row, "n")
}

fn counts(rows: &[AnyRow]) -> Result<BTreeMap<String, u32>, sqlx::Error> {
    rows.iter()
        .map(|row| Ok((row.try_get("word")?, text::count(row, "n")?)))
        .collect()
}
