//! Table `jobs`.

use super::text;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_core::{Address, Amount, Timestamp};
use veriframe_wire::job::{JobStatus, PostJobRequest};

#[derive(Clone, Debug)]
pub struct JobRow {
    /// Order of posting; the cursor of lists.
    pub seq: i64,
    pub id: String,
    pub creator: Address,
    pub status: JobStatus,
    pub frame_count: u32,
    /// As it was posted.
    pub request: PostJobRequest,
    pub price: Amount,
    pub cap: Amount,
    pub spent: Amount,
    pub refunded: Amount,
    pub created_at: Timestamp,
    pub deadline: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

impl FromRow<'_, SqliteRow> for JobRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            id: row.try_get("id")?,
            creator: text::address(row, "creator")?,
            status: text::from_word(row, "status")?,
            frame_count: text::count(row, "frame_count")?,
            request: text::json(row, "request")?,
            price: text::amount(row, "price")?,
            cap: text::amount(row, "cap")?,
            spent: text::amount(row, "spent")?,
            refunded: text::amount(row, "refunded")?,
            created_at: text::time(row, "created_at")?,
            deadline: text::maybe_time(row, "deadline")?,
            ended_at: text::maybe_time(row, "ended_at")?,
        })
    }
}

/// What a list of jobs is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<JobStatus>,
    pub creator: Option<Address>,
    /// Somebody who holds or did a task of the job.
    pub worker: Option<Address>,
    pub engine: Option<String>,
}

pub async fn insert(
    db: &mut SqliteConnection,
    id: &str,
    creator: Address,
    request: &PostJobRequest,
    frame_count: u32,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO jobs (id, creator, name, status, engine, asset_cid, frame_count, request, price, cap, created_at,
                           deadline)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(creator.to_string())
    .bind(&request.name)
    .bind(text::word(JobStatus::Open))
    .bind(&request.requirements.engine)
    .bind(&request.asset_cid)
    .bind(frame_count)
    .bind(text::to_json(request)?)
    .bind(request.price_per_frame.0.to_string())
    .bind(request.cap.0.to_string())
    .bind(now.0)
    .bind(request.deadline.map(|deadline| deadline.0.0))
    .execute(db)
    .await?;
    Ok(())
}

pub async fn find(db: &mut SqliteConnection, id: &str) -> Result<Option<JobRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM jobs WHERE id = ?")
        .bind(id)
        .fetch_optional(db)
        .await
}

/// Newest first, older than `before`.
pub async fn page(
    db: &mut SqliteConnection,
    filter: &Filter,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<JobRow>, sqlx::Error> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM jobs WHERE seq < ");
    sql.push_bind(before.unwrap_or(i64::MAX));
    if let Some(status) = filter.status {
        sql.push(" AND status = ").push_bind(text::word(status));
    }
    if let Some(creator) = filter.creator {
        sql.push(" AND creator = ").push_bind(creator.to_string());
    }
    if let Some(engine) = &filter.engine {
        sql.push(" AND engine = ").push_bind(engine.clone());
    }
    if let Some(worker) = filter.worker {
        sql.push(" AND id IN (SELECT job FROM tasks WHERE worker = ")
            .push_bind(worker.to_string())
            .push(")");
    }
    sql.push(" ORDER BY seq DESC LIMIT ").push_bind(limit);
    sql.build_query_as().fetch_all(db).await
}

/// Jobs that take workers and have something queued, oldest first.
pub async fn with_queued_tasks(db: &mut SqliteConnection, limit: u32) -> Result<Vec<JobRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM jobs WHERE status IN ('open', 'rendering', 'verifying')
            AND EXISTS (SELECT 1 FROM task_counts c WHERE c.job = jobs.id AND c.state = 'queued' AND c.n > 0)
         ORDER BY seq LIMIT ?",
    )
    .bind(limit)
    .fetch_all(db)
    .await
}

/// Jobs whose deadline has passed and that have not ended.
pub async fn overdue(db: &mut SqliteConnection, now: Timestamp) -> Result<Vec<JobRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM jobs WHERE deadline IS NOT NULL AND ended_at IS NULL AND deadline <= ?")
        .bind(now.0)
        .fetch_all(db)
        .await
}

/// Jobs of the creator that still hold money in escrow.
pub async fn running_of(db: &mut SqliteConnection, creator: Address) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM jobs WHERE creator = ? AND ended_at IS NULL")
        .bind(creator.to_string())
        .fetch_all(db)
        .await
}

pub async fn set_status(
    db: &mut SqliteConnection,
    id: &str,
    status: JobStatus,
    ended_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET status = ?, ended_at = ? WHERE id = ?")
        .bind(text::word(status))
        .bind(ended_at.map(|at| at.0))
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_money(
    db: &mut SqliteConnection,
    id: &str,
    spent: Amount,
    refunded: Amount,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET spent = ?, refunded = ? WHERE id = ?")
        .bind(spent.to_string())
        .bind(refunded.to_string())
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}
