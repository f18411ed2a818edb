//! Table `leases`. The fence is the row's number, so it only ever grows.

use super::text;
use sqlx::{FromRow, Row, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_core::{Address, Timestamp, lease::Holding};

#[derive(Clone, Debug)]
pub struct LeaseRow {
    pub fence: i64,
    pub job: String,
    pub worker: Address,
    pub active: bool,
    pub expires_at: Timestamp,
}

impl LeaseRow {
    pub fn holding(&self) -> Holding {
        Holding {
            active: self.active,
            fence: self.fence.cast_unsigned(),
            expires_at: self.expires_at,
        }
    }
}

impl FromRow<'_, SqliteRow> for LeaseRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            fence: row.try_get("fence")?,
            job: row.try_get("job")?,
            worker: text::address(row, "worker")?,
            active: row.try_get::<&str, _>("state")? == "active",
            expires_at: text::time(row, "expires_at")?,
        })
    }
}

/// How a lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing of it is left to do.
    Done,
    Expired,
    /// Its worker started anew, or the job stopped.
    Released,
}

/// Returns the fence.
pub async fn insert(
    db: &mut SqliteConnection,
    job: &str,
    worker: Address,
    instance: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO leases (job, worker, instance, state, expires_at, created_at)
         VALUES (?, ?, ?, 'active', ?, ?)",
    )
    .bind(job)
    .bind(worker.to_string())
    .bind(instance)
    .bind(expires_at.0)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(done.last_insert_rowid())
}

pub async fn find(db: &mut SqliteConnection, fence: i64) -> Result<Option<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE fence = ?")
        .bind(fence)
        .fetch_optional(db)
        .await
}

pub async fn extend(db: &mut SqliteConnection, fence: i64, expires_at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE leases SET expires_at = ? WHERE fence = ? AND state = 'active'")
        .bind(expires_at.0)
        .bind(fence)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn end(db: &mut SqliteConnection, fence: i64, ending: Ending) -> Result<(), sqlx::Error> {
    let state = match ending {
        Ending::Done => "done",
        Ending::Expired => "expired",
        Ending::Released => "released",
    };
    sqlx::query("UPDATE leases SET state = ? WHERE fence = ? AND state = 'active'")
        .bind(state)
        .bind(fence)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn expired(db: &mut SqliteConnection, now: Timestamp) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND expires_at <= ? ORDER BY fence")
        .bind(now.0)
        .fetch_all(db)
        .await
}

pub async fn active_of_worker(db: &mut SqliteConnection, worker: Address) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND worker = ? ORDER BY fence")
        .bind(worker.to_string())
        .fetch_all(db)
        .await
}

/// Active leases of other runs of the worker's program than `instance`.
pub async fn of_other_instances(
    db: &mut SqliteConnection,
    worker: Address,
    instance: &str,
) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND worker = ? AND instance <> ? ORDER BY fence")
        .bind(worker.to_string())
        .bind(instance)
        .fetch_all(db)
        .await
}

pub async fn active_of_job(db: &mut SqliteConnection, job: &str) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND job = ? ORDER BY fence")
        .bind(job)
        .fetch_all(db)
        .await
}
