//! Table `jobs`.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use veriframe_core::{Address, Amount, Timestamp, schedule::speed::Measured};
use veriframe_wire::{
    AddressText, Money,
    job::{JobStatus, PostJobRequest},
};

#[derive(Clone, Debug)]
pub struct JobRow {
    /// Order of posting; the cursor of lists.
    pub seq: i64,
    pub id: String,
    pub creator: Address,
    /// Accounts of the creator's house, as the operator listed them when it was posted.
    pub house: Vec<AddressText>,
    /// Where the creator put it among its own; `None`: where it was posted.
    pub turn: Option<i64>,
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
    /// The folder of its frames, when they were gathered.
    pub results_cid: Option<String>,
    /// The work of its frames that came in.
    pub measured: Measured,
    /// Seconds of a frame, the newer ones weighing more; `None` before the first.
    pub frame_seconds: Option<f64>,
}

impl FromRow<'_, AnyRow> for JobRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            id: row.try_get("id")?,
            creator: text::address(row, "creator")?,
            house: text::json(row, "house")?,
            turn: row.try_get("turn")?,
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
            results_cid: row.try_get("results_cid")?,
            measured: Measured {
                frames: text::count(row, "measured")?,
                log_work: row.try_get("log_work")?,
            },
            frame_seconds: row.try_get("frame_seconds")?,
        })
    }
}

impl JobRow {
    /// Whether the worker belongs to the creator: then it is not audited, needs no record, and is not paid.
    pub fn is_own(&self, worker: Address) -> bool {
        worker == self.creator || self.house.contains(&AddressText(worker))
    }

    /// Its place among its creator's: the lower is rendered sooner.
    pub fn turn(&self) -> i64 {
        self.turn.unwrap_or(self.seq)
    }

    /// What the worker gets for a frame. Nobody pays oneself; on the chain the contract pays everybody who is in the results.
    pub fn pays(&self, worker: Address) -> Amount {
        if self.is_own(worker) && self.request.money() != Money::Strk {
            Amount::ZERO
        } else {
            self.price
        }
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
    /// Only what this account may see; `None`: all.
    pub seen_by: Option<Address>,
}

pub async fn insert(
    db: &mut AnyConnection,
    id: &str,
    creator: Address,
    request: &PostJobRequest,
    house: &[AddressText],
    frame_count: u32,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO jobs (id, creator, name, status, engine, asset_cid, frame_count, request, price, cap, created_at,
                           deadline, house)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(id)
    .bind(creator.to_string())
    .bind(&request.name)
    .bind(text::word(JobStatus::Open))
    .bind(&request.requirements.engine)
    .bind(&request.asset_cid)
    .bind(i64::from(frame_count))
    .bind(text::to_json(request)?)
    .bind(request.price_per_frame.0.to_string())
    .bind(request.cap.0.to_string())
    .bind(now.0)
    .bind(request.deadline.map(|deadline| deadline.0.0))
    .bind(text::to_json(&house)?)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn find(db: &mut AnyConnection, id: &str) -> Result<Option<JobRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM jobs WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await
}

/// Those with this content, newest first.
pub async fn of_content(
    db: &mut AnyConnection,
    creator: Address,
    asset_cid: &str,
    limit: u32,
) -> Result<Vec<JobRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM jobs WHERE creator = $1 AND asset_cid = $2 ORDER BY seq DESC LIMIT $3")
        .bind(creator.to_string())
        .bind(asset_cid)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
}

pub async fn find_all(db: &mut AnyConnection, ids: &[String]) -> Result<Vec<JobRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM jobs WHERE id IN ");
    sql.list(ids);
    sql.query_as().persistent(false).fetch_all(db).await
}

/// Where a page of jobs begins.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// Newest first.
    Before(i64),
    /// Oldest first.
    After(i64),
}

pub async fn page(
    db: &mut AnyConnection,
    filter: &Filter,
    start: Start,
    limit: u32,
) -> Result<Vec<JobRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM jobs WHERE seq ");
    let order = match start {
        Start::Before(seq) => {
            sql.push("< ").bind(seq);
            " ORDER BY seq DESC LIMIT "
        }
        Start::After(seq) => {
            sql.push("> ").bind(seq);
            " ORDER BY seq LIMIT "
        }
    };
    if let Some(status) = filter.status {
        sql.push(" AND status = ").bind(text::word(status));
    }
    if let Some(creator) = filter.creator {
        sql.push(" AND creator = ").bind(creator.to_string());
    }
    if let Some(engine) = &filter.engine {
        sql.push(" AND engine = ").bind(engine.clone());
    }
    if let Some(worker) = filter.worker {
        sql.push(" AND id IN (SELECT job FROM tasks WHERE worker = ")
            .bind(worker.to_string())
            .push(")");
    }
    if let Some(caller) = filter.seen_by {
        sql.push(" AND (status IN ('open', 'rendering', 'verifying') OR creator = ")
            .bind(caller.to_string())
            .push(" OR id IN (SELECT job FROM tasks WHERE worker = ")
            .bind(caller.to_string())
            .push("))");
    }
    sql.push(order).bind(i64::from(limit));
    sql.query_as().fetch_all(db).await
}

/// Jobs that take workers and have something queued, oldest first.
pub async fn with_queued_tasks(db: &mut AnyConnection, limit: u32) -> Result<Vec<JobRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM jobs WHERE status IN ('open', 'rendering', 'verifying')
            AND EXISTS (SELECT 1 FROM task_counts c WHERE c.job = jobs.id AND c.state = 'queued' AND c.n > 0)
         ORDER BY seq LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(db)
    .await
}

/// Whether a job that its creator put before this turn has frames that nobody has begun.
pub async fn any_before(db: &mut AnyConnection, creator: Address, turn: i64) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "SELECT count(*) AS n FROM jobs WHERE creator = $1 AND turn < $2 AND status IN ('open', 'rendering')
            AND EXISTS (SELECT 1 FROM task_counts c WHERE c.job = jobs.id AND c.state = 'queued' AND c.n > 0)",
    )
    .bind(creator.to_string())
    .bind(turn)
    .fetch_one(db)
    .await?;
    Ok(text::count(&row, "n")? > 0)
}

/// Jobs that take workers, have nothing queued, and frames in workers' hands, and of which a frame came in; oldest first.
pub async fn only_in_hands(db: &mut AnyConnection, limit: u32) -> Result<Vec<JobRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM jobs WHERE status IN ('open', 'rendering', 'verifying') AND measured > 0
            AND EXISTS (SELECT 1 FROM task_counts c
                        WHERE c.job = jobs.id AND c.kind = 'frame' AND c.state = 'leased' AND c.n > 0)
            AND NOT EXISTS (SELECT 1 FROM task_counts c WHERE c.job = jobs.id AND c.state = 'queued' AND c.n > 0)
         ORDER BY seq LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(db)
    .await
}

/// Jobs whose deadline has passed and that have not ended.
pub async fn overdue(db: &mut AnyConnection, now: Timestamp) -> Result<Vec<JobRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM jobs WHERE deadline IS NOT NULL AND ended_at IS NULL AND deadline <= $1")
        .bind(now.0)
        .fetch_all(db)
        .await
}

/// Jobs of the creator that still hold money in escrow.
pub async fn running_of(db: &mut AnyConnection, creator: Address) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM jobs WHERE creator = $1 AND ended_at IS NULL")
        .bind(creator.to_string())
        .fetch_all(db)
        .await
}

pub async fn set_status(
    db: &mut AnyConnection,
    id: &str,
    status: JobStatus,
    ended_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET status = $1, ended_at = $2 WHERE id = $3")
        .bind(text::word(status))
        .bind(ended_at.map(|at| at.0))
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_turn(db: &mut AnyConnection, id: &str, turn: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET turn = $1 WHERE id = $2")
        .bind(turn)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_results(db: &mut AnyConnection, id: &str, root: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET results_cid = $1 WHERE id = $2")
        .bind(root)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_money(db: &mut AnyConnection, id: &str, spent: Amount, refunded: Amount) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET spent = $1, refunded = $2 WHERE id = $3")
        .bind(spent.to_string())
        .bind(refunded.to_string())
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// How many there are of each status.
pub async fn by_status(db: &mut AnyConnection) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT status, count(*) FROM jobs GROUP BY status")
        .fetch_all(db)
        .await
}

/// One more frame came in, of so much work (its logarithm); a frame takes so many seconds now.
pub async fn measured(db: &mut AnyConnection, id: &str, log_work: f64, frame_seconds: f64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE jobs SET measured = measured + 1, log_work = log_work + $1, frame_seconds = $2 WHERE id = $3")
        .bind(log_work)
        .bind(frame_seconds)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}
