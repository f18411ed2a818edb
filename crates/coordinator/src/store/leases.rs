//! Table `leases`. The fence is the row's number, so it only ever grows.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use std::collections::HashMap;
use veriframe_core::{Address, Timestamp, lease::Holding};
use veriframe_wire::worker::Capabilities;

#[derive(Clone, Debug)]
pub struct LeaseRow {
    pub fence: i64,
    pub job: String,
    pub worker: Address,
    pub active: bool,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
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

impl FromRow<'_, AnyRow> for LeaseRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            fence: row.try_get("fence")?,
            job: row.try_get("job")?,
            worker: text::address(row, "worker")?,
            active: row.try_get::<&str, _>("state")? == "active",
            expires_at: text::time(row, "expires_at")?,
            created_at: text::time(row, "created_at")?,
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

pub struct NewLease<'a> {
    pub job: &'a str,
    pub worker: Address,
    pub instance: &'a str,
}

/// Returns the fences, in the order of the leases.
pub async fn insert(
    db: &mut AnyConnection,
    leases: &[NewLease<'_>],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<i64>, sqlx::Error> {
    let mut sql = Statement::new("INSERT INTO leases (job, worker, instance, state, expires_at, created_at) ");
    sql.rows(leases, |row, lease| {
        row.bind(lease.job)
            .bind(lease.worker.to_string())
            .bind(lease.instance)
            .bind("active")
            .bind(expires_at.0)
            .bind(now.0)
    });
    sql.push(" RETURNING fence");
    let rows = sql.query().persistent(leases.len() == 1).fetch_all(db).await?;
    let fences = rows.iter().map(|row| row.try_get("fence"));
    let mut fences: Vec<i64> = fences.collect::<Result<_, _>>()?;
    // Numbers are given in the order of the rows; how they come back is nobody's promise.
    fences.sort_unstable();
    Ok(fences)
}

pub async fn find(db: &mut AnyConnection, fence: i64) -> Result<Option<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE fence = $1")
        .bind(fence)
        .fetch_optional(db)
        .await
}

pub async fn find_all(db: &mut AnyConnection, fences: &[i64]) -> Result<Vec<LeaseRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM leases WHERE fence IN ");
    sql.list(fences.iter().copied());
    sql.query_as().persistent(fences.len() == 1).fetch_all(db).await
}

pub async fn extend(db: &mut AnyConnection, fences: &[i64], expires_at: Timestamp) -> Result<(), sqlx::Error> {
    let mut sql = Statement::new("UPDATE leases SET expires_at = ");
    sql.bind(expires_at.0).push(" WHERE state = 'active' AND fence IN ");
    sql.list(fences.iter().copied());
    sql.query().persistent(fences.len() == 1).execute(db).await?;
    Ok(())
}

/// Every active one, of everybody.
pub async fn extend_all(db: &mut AnyConnection, expires_at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE leases SET expires_at = $1 WHERE state = 'active' AND expires_at < $1")
        .bind(expires_at.0)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn end(db: &mut AnyConnection, fence: i64, ending: Ending) -> Result<(), sqlx::Error> {
    let state = match ending {
        Ending::Done => "done",
        Ending::Expired => "expired",
        Ending::Released => "released",
    };
    sqlx::query("UPDATE leases SET state = $1 WHERE fence = $2 AND state = 'active'")
        .bind(state)
        .bind(fence)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn expired(db: &mut AnyConnection, now: Timestamp) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND expires_at <= $1 ORDER BY fence")
        .bind(now.0)
        .fetch_all(db)
        .await
}

/// How many active leases each of the workers holds; one that holds none is not in it.
pub async fn held_by(db: &mut AnyConnection, workers: &[Address]) -> Result<HashMap<Address, u32>, sqlx::Error> {
    let mut sql = Statement::new("SELECT worker, count(*) AS n FROM leases WHERE state = 'active' AND worker IN ");
    sql.list(workers.iter().map(Address::to_string))
        .push(" GROUP BY worker");
    let rows = sql.query().persistent(workers.len() == 1).fetch_all(db).await?;
    rows.iter()
        .map(|row| Ok((text::address(row, "worker")?, text::count(row, "n")?)))
        .collect()
}

/// Active leases of other runs of the worker's program than `instance`.
pub async fn of_other_instances(
    db: &mut AnyConnection,
    worker: Address,
    instance: &str,
) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND worker = $1 AND instance <> $2 ORDER BY fence")
        .bind(worker.to_string())
        .bind(instance)
        .fetch_all(db)
        .await
}

pub async fn active_of_worker(db: &mut AnyConnection, worker: Address) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND worker = $1 ORDER BY fence")
        .bind(worker.to_string())
        .fetch_all(db)
        .await
}

pub async fn active_of_job(db: &mut AnyConnection, job: &str) -> Result<Vec<LeaseRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM leases WHERE state = 'active' AND job = $1 ORDER BY fence")
        .bind(job)
        .fetch_all(db)
        .await
}

/// How many frames of the job are rendered at the same time: a worker may hold more than it has slots, to have the next one
/// at hand.
pub async fn at_work_on(db: &mut AnyConnection, job: &str) -> Result<u32, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT count(*) AS n, w.capabilities AS capabilities FROM leases l JOIN workers w ON w.address = l.worker
         WHERE l.state = 'active' AND l.job = $1 GROUP BY l.worker, w.capabilities",
    )
    .bind(job)
    .fetch_all(db)
    .await?;
    rows.iter().try_fold(0_u32, |all, row| {
        let capabilities: Capabilities = text::json(row, "capabilities")?;
        Ok(all.saturating_add(text::count(row, "n")?.min(capabilities.slots.max(1))))
    })
}

/// How many are active, of everybody.
pub async fn active_in_all(db: &mut AnyConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM leases WHERE state = 'active'")
        .fetch_one(db)
        .await
}

/// An active lease: who renders for whom.
pub struct AtWork {
    pub worker: Address,
    pub creator: Address,
}

pub async fn at_work(db: &mut AnyConnection) -> Result<Vec<AtWork>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT l.worker, j.creator FROM leases l JOIN jobs j ON j.id = l.job WHERE l.state = 'active' ORDER BY l.fence",
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AtWork {
                worker: text::address(row, "worker")?,
                creator: text::address(row, "creator")?,
            })
        })
        .collect()
}
