//! Table `tasks`.

use super::text;
use sqlx::{FromRow, Row, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_core::{Address, Amount, Timestamp};
use veriframe_wire::job::{Check, FrameResult, TaskKind, TaskStatus};

#[derive(Clone, Debug)]
pub struct TaskRow {
    pub seq: i64,
    pub job: String,
    pub kind: TaskKind,
    pub frame: i32,
    pub state: TaskStatus,
    /// How often its creator had it rendered again.
    pub edition: i64,
    pub worker: Option<Address>,
    /// Fence of the lease that took it last.
    pub lease: Option<i64>,
    /// The frame that an audit checks.
    pub audits: Option<i64>,
    /// 1: the second render of a frame; 2: the third.
    pub round: u32,
    /// Without the log, which stands in `job_log`.
    pub result: Option<FrameResult>,
    pub check: Option<Check>,
    pub paid: Amount,
    pub failures: u32,
    pub last_failure: String,
    pub updated_at: Timestamp,
}

impl FromRow<'_, SqliteRow> for TaskRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            job: row.try_get("job")?,
            kind: text::from_word(row, "kind")?,
            frame: row.try_get("frame")?,
            state: text::from_word(row, "state")?,
            edition: row.try_get("edition")?,
            worker: text::maybe_address(row, "worker")?,
            lease: row.try_get("lease")?,
            audits: row.try_get("audits")?,
            round: text::count(row, "round")?,
            result: text::maybe_json(row, "result")?,
            check: text::maybe_json(row, "verdict")?,
            paid: text::amount(row, "paid")?,
            failures: text::count(row, "failures")?,
            last_failure: row.try_get("last_failure")?,
            updated_at: text::time(row, "updated_at")?,
        })
    }
}

/// How a task is called outside.
pub fn id_text(seq: i64) -> String {
    format!("t{seq}")
}

pub fn parse_id(id: &str) -> Option<i64> {
    let digits = id.strip_prefix('t')?;
    // `parse` would take a sign as well, and a task has one name only.
    (digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'))
        .then(|| digits.parse().ok())
        .flatten()
}

/// One queued task for each frame, in one statement: ten thousand frames take well under a second.
pub async fn insert_frames(
    db: &mut SqliteConnection,
    job: &str,
    frames: &[i32],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO tasks (job, kind, frame, state, updated_at)
         SELECT ?, 'frame', value, 'queued', ? FROM json_each(?)",
    )
    .bind(job)
    .bind(now.0)
    .bind(text::to_json(&frames)?)
    .execute(db)
    .await?;
    Ok(())
}

/// Returns the number of the audit.
pub async fn insert_audit(
    db: &mut SqliteConnection,
    frame: &TaskRow,
    round: u32,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO tasks (job, kind, frame, state, audits, round, updated_at)
         VALUES (?, 'audit', ?, 'queued', ?, ?, ?)",
    )
    .bind(&frame.job)
    .bind(frame.frame)
    .bind(frame.seq)
    .bind(round)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(done.last_insert_rowid())
}

pub async fn find(db: &mut SqliteConnection, seq: i64) -> Result<Option<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE seq = ?")
        .bind(seq)
        .fetch_optional(db)
        .await
}

/// In order of frame, after `(frame, seq)`.
pub async fn page(
    db: &mut SqliteConnection,
    job: &str,
    kind: Option<TaskKind>,
    after: (i32, i64),
    limit: u32,
) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM tasks WHERE job = ?1 AND (frame, seq) > (?2, ?3) AND (?4 IS NULL OR kind = ?4)
         ORDER BY frame, seq LIMIT ?5",
    )
    .bind(job)
    .bind(after.0)
    .bind(after.1)
    .bind(kind.map(text::word))
    .bind(limit)
    .fetch_all(db)
    .await
}

/// Queued tasks of a job, audits first (somebody waits for their money), then by frame. With `fresh_to`, only those
/// which that worker neither failed nor rendered itself.
pub async fn queued(
    db: &mut SqliteConnection,
    job: &str,
    fresh_to: Option<Address>,
    limit: u32,
) -> Result<Vec<TaskRow>, sqlx::Error> {
    let Some(worker) = fresh_to else {
        return sqlx::query_as(
            "SELECT * FROM tasks WHERE job = ? AND state = 'queued' ORDER BY kind, frame, seq LIMIT ?",
        )
        .bind(job)
        .bind(limit)
        .fetch_all(db)
        .await;
    };
    sqlx::query_as(
        "SELECT * FROM tasks t WHERE job = ?1 AND state = 'queued'
            AND NOT EXISTS (SELECT 1 FROM task_failures f WHERE f.task = t.seq AND f.worker = ?2)
            AND (t.audits IS NULL OR NOT EXISTS (
                SELECT 1 FROM tasks o WHERE o.worker = ?2 AND o.seq <> t.seq AND (o.seq = t.audits OR o.audits = t.audits)
            ))
         ORDER BY kind, frame, seq LIMIT ?3",
    )
    .bind(job)
    .bind(worker.to_string())
    .bind(limit)
    .fetch_all(db)
    .await
}

/// What a lease holds that is not done.
pub async fn leased(db: &mut SqliteConnection, fence: i64) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE lease = ? AND state = 'leased' ORDER BY kind, frame, seq")
        .bind(fence)
        .fetch_all(db)
        .await
}

/// The renders that check a frame, oldest first.
pub async fn audits_of(db: &mut SqliteConnection, frame: i64) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE audits = ? ORDER BY seq")
        .bind(frame)
        .fetch_all(db)
        .await
}

/// Frames that were handed in and wait for a verdict.
pub async fn submitted_frames(db: &mut SqliteConnection, job: &str) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE job = ? AND state = 'submitted' AND kind = 'frame' ORDER BY frame")
        .bind(job)
        .fetch_all(db)
        .await
}

/// Frames of a job that were paid for, by number.
pub async fn paid_frames(db: &mut SqliteConnection, job: &str) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE job = ? AND state = 'paid' AND kind = 'frame' ORDER BY frame")
        .bind(job)
        .fetch_all(db)
        .await
}

/// Seconds a frame took this worker on this job, on average.
pub async fn seconds_per_frame(
    db: &mut SqliteConnection,
    job: &str,
    worker: Address,
) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query(
        "SELECT avg(json_extract(result, '$.seconds')) AS seconds FROM (
            SELECT result FROM tasks WHERE worker = ? AND state IN ('paid', 'submitted') AND job = ? LIMIT 50)",
    )
    .bind(worker.to_string())
    .bind(job)
    .fetch_one(db)
    .await?
    .try_get("seconds")
}

pub async fn lease(
    db: &mut SqliteConnection,
    seq: i64,
    fence: i64,
    worker: Address,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET state = 'leased', lease = ?, worker = ?, updated_at = ? WHERE seq = ?")
        .bind(fence)
        .bind(worker.to_string())
        .bind(now.0)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

/// Back into the queue, without result and holder.
pub async fn requeue(db: &mut SqliteConnection, seq: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE tasks SET state = 'queued', worker = NULL, lease = NULL, result = NULL, verdict = NULL, updated_at = ?
         WHERE seq = ?",
    )
    .bind(now.0)
    .bind(seq)
    .execute(db)
    .await?;
    Ok(())
}

/// Back into the queue as new work that is paid for once more.
pub async fn begin_edition(db: &mut SqliteConnection, seq: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET edition = edition + 1, failures = 0, last_failure = '' WHERE seq = ?")
        .bind(seq)
        .execute(&mut *db)
        .await?;
    requeue(db, seq, now).await
}

pub async fn set_failure(
    db: &mut SqliteConnection,
    seq: i64,
    failures: u32,
    last_failure: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET failures = ?, last_failure = ? WHERE seq = ?")
        .bind(failures)
        .bind(last_failure)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_state(
    db: &mut SqliteConnection,
    seq: i64,
    state: TaskStatus,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET state = ?, updated_at = ? WHERE seq = ?")
        .bind(text::word(state))
        .bind(now.0)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

/// What a render came out as, and whose it is.
pub async fn set_result(
    db: &mut SqliteConnection,
    seq: i64,
    worker: Address,
    result: &FrameResult,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET worker = ?, result = ? WHERE seq = ?")
        .bind(worker.to_string())
        .bind(text::to_json(result)?)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_check(db: &mut SqliteConnection, seq: i64, check: &Check) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET verdict = ? WHERE seq = ?")
        .bind(text::to_json(check)?)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_paid(db: &mut SqliteConnection, seq: i64, paid: Amount, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET state = 'paid', paid = ?, updated_at = ? WHERE seq = ?")
        .bind(paid.to_string())
        .bind(now.0)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

/// When a job ends, what was not done is not done any more.
pub async fn cancel_open(db: &mut SqliteConnection, job: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE tasks SET state = 'cancelled', updated_at = ?
         WHERE job = ? AND state IN ('queued', 'leased', 'submitted', 'verified')",
    )
    .bind(now.0)
    .bind(job)
    .execute(db)
    .await?;
    Ok(())
}

/// Open audits that will be paid for on top of the frames they check.
pub async fn paid_audits(db: &mut SqliteConnection, job: &str) -> Result<u32, sqlx::Error> {
    // A third render of an unpaid frame costs nothing on top: of the three, one is rejected and not paid.
    let row = sqlx::query(
        "SELECT count(*) AS n FROM tasks t
         WHERE job = ? AND state IN ('queued', 'leased', 'submitted', 'verified') AND kind = 'audit'
            AND (round < 2 OR EXISTS (SELECT 1 FROM tasks f WHERE f.seq = t.audits AND f.state = 'paid'))",
    )
    .bind(job)
    .fetch_one(db)
    .await?;
    text::count(&row, "n")
}

/// Tasks of the worker that wait for a verdict, by job and day.
pub struct Pending {
    pub job: String,
    pub job_name: String,
    pub price: Amount,
    pub frames: u32,
    pub day: String,
    pub last_at: Timestamp,
}

pub async fn pending_of(db: &mut SqliteConnection, worker: Address) -> Result<Vec<Pending>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT t.job, j.name, j.price, count(*) AS frames,
                date(t.updated_at / 1000, 'unixepoch') AS day, max(t.updated_at) AS last_at
         FROM tasks t JOIN jobs j ON j.id = t.job
         WHERE t.worker = ? AND t.state = 'submitted' GROUP BY t.job, day",
    )
    .bind(worker.to_string())
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Pending {
                job: row.try_get("job")?,
                job_name: row.try_get("name")?,
                price: text::amount(row, "price")?,
                frames: text::count(row, "frames")?,
                day: row.try_get("day")?,
                last_at: text::time(row, "last_at")?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_one_name() {
        assert_eq!(parse_id(&id_text(42)), Some(42));
        for id in ["", "t", "42", "t+42", "t-1", "t042", "t99999999999999999999"] {
            assert_eq!(parse_id(id), None, "{id}");
        }
    }
}
