//! Table `tasks`.

use super::{chain_column::ROWS, statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
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
    /// The frame that a copy renders.
    pub copies: Option<i64>,
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

impl FromRow<'_, AnyRow> for TaskRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
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
            copies: row.try_get("copies")?,
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

/// From so many frames on that are equally far from each other the database counts them by itself.
const LONG_RUN: usize = 64;

/// One queued task for each frame, in their order: a hundred thousand take well under a second.
pub async fn insert_frames(
    db: &mut AnyConnection,
    job: &str,
    frames: &[i32],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut rest = frames;
    while !rest.is_empty() {
        let singles = rest.len().min(before_long_run(rest));
        insert_singles(db, job, &rest[..singles], now).await?;
        rest = &rest[singles..];
        let run = run_length(rest);
        insert_run(db, job, &rest[..run], now).await?;
        rest = &rest[run..];
    }
    Ok(())
}

/// How many frames stand before the next long run.
fn before_long_run(frames: &[i32]) -> usize {
    let mut before = 0;
    while before < frames.len() {
        let run = run_length(&frames[before..]);
        if run >= LONG_RUN {
            return before;
        }
        // The last of a run may begin the next one.
        before += run.saturating_sub(1).max(1);
    }
    before
}

/// How many of the first frames are equally far from each other.
fn run_length(frames: &[i32]) -> usize {
    let [first, second, ..] = frames else {
        return frames.len();
    };
    let step = second - first;
    1 + frames.windows(2).take_while(|pair| pair[1] - pair[0] == step).count()
}

async fn insert_run(db: &mut AnyConnection, job: &str, run: &[i32], now: Timestamp) -> Result<(), sqlx::Error> {
    let [first, second, .., last] = run else {
        return insert_singles(db, job, run, now).await;
    };
    sqlx::query(
        "WITH RECURSIVE run (frame) AS (
             SELECT CAST($1 AS INTEGER) UNION ALL SELECT frame + CAST($2 AS INTEGER) FROM run WHERE frame < CAST($3 AS INTEGER)
         )
         INSERT INTO tasks (job, kind, frame, state, updated_at)
         SELECT $4, 'frame', frame, 'queued', CAST($5 AS BIGINT) FROM run ORDER BY frame",
    )
    .bind(*first)
    .bind(second - first)
    .bind(*last)
    .bind(job)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_singles(db: &mut AnyConnection, job: &str, frames: &[i32], now: Timestamp) -> Result<(), sqlx::Error> {
    for frames in frames.chunks(ROWS) {
        let mut sql = Statement::new("INSERT INTO tasks (job, kind, frame, state, updated_at) ");
        sql.rows(frames, |row, frame| {
            row.bind(job).bind("frame").bind(*frame).bind("queued").bind(now.0)
        });
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// Finished frames of other jobs, as frames that this job has from the start.
pub async fn copy_done(db: &mut AnyConnection, job: &str, seqs: &[i64], now: Timestamp) -> Result<(), sqlx::Error> {
    for seqs in seqs.chunks(ROWS) {
        let mut sql = Statement::new(
            "INSERT INTO tasks (job, kind, frame, state, worker, result, seconds, verdict, updated_at) SELECT ",
        );
        sql.bind(job)
            .push(", kind, frame, state, worker, result, seconds, verdict, ");
        sql.bind(now.0).push(" FROM tasks WHERE seq IN ");
        sql.list(seqs.iter().copied());
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// Returns the number of the audit.
pub async fn insert_audit(
    db: &mut AnyConnection,
    frame: &TaskRow,
    round: u32,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO tasks (job, kind, frame, state, audits, round, updated_at)
         VALUES ($1, 'audit', $2, 'queued', $3, $4, $5) RETURNING seq",
    )
    .bind(&frame.job)
    .bind(frame.frame)
    .bind(frame.seq)
    .bind(i64::from(round))
    .bind(now.0)
    .fetch_one(db)
    .await
}

pub async fn find(db: &mut AnyConnection, seq: i64) -> Result<Option<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE seq = $1")
        .bind(seq)
        .fetch_optional(db)
        .await
}

/// In order of frame, after `(frame, seq)`.
pub async fn page(
    db: &mut AnyConnection,
    job: &str,
    kind: Option<TaskKind>,
    after: (i32, i64),
    limit: u32,
) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM tasks WHERE job = $1 AND (frame, seq) > ($2, $3) AND ($4 IS NULL OR kind = $4)
         ORDER BY frame, seq LIMIT $5",
    )
    .bind(job)
    .bind(after.0)
    .bind(after.1)
    .bind(kind.map(text::word))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await
}

/// What a lease holds that is not done.
pub async fn leased(db: &mut AnyConnection, fence: i64) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE lease = $1 AND state = 'leased' ORDER BY kind, frame, seq")
        .bind(fence)
        .fetch_all(db)
        .await
}

/// As [`leased`], of several leases.
pub async fn leased_under(db: &mut AnyConnection, fences: &[i64]) -> Result<Vec<TaskRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM tasks WHERE state = 'leased' AND lease IN ");
    sql.list(fences.iter().copied())
        .push(" ORDER BY lease, kind, frame, seq");
    sql.query_as().persistent(fences.len() == 1).fetch_all(db).await
}

/// Whether the worker holds or did a task of the job.
pub async fn any_of_worker(db: &mut AnyConnection, job: &str, worker: Address) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT seq FROM tasks WHERE worker = $1 AND job = $2 LIMIT 1")
        .bind(worker.to_string())
        .bind(job)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// What the worker holds or did of the job.
pub async fn of_worker(db: &mut AnyConnection, job: &str, worker: Address) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM tasks WHERE worker = $1 AND job = $2 AND lease IS NOT NULL
            AND state IN ('leased', 'submitted', 'verified', 'paid') ORDER BY frame, seq",
    )
    .bind(worker.to_string())
    .bind(job)
    .fetch_all(db)
    .await
}

/// The renders that check a frame, oldest first.
pub async fn audits_of(db: &mut AnyConnection, frame: i64) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE audits = $1 ORDER BY seq")
        .bind(frame)
        .fetch_all(db)
        .await
}

/// Frames that were handed in and wait for a verdict.
pub async fn submitted_frames(db: &mut AnyConnection, job: &str) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE job = $1 AND state = 'submitted' AND kind = 'frame' ORDER BY frame")
        .bind(job)
        .fetch_all(db)
        .await
}

/// Frames of a job that were paid for, by number.
pub async fn paid_frames(db: &mut AnyConnection, job: &str) -> Result<Vec<TaskRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM tasks WHERE job = $1 AND state = 'paid' AND kind = 'frame' ORDER BY frame")
        .bind(job)
        .fetch_all(db)
        .await
}

/// Whom a task is given to, and under which fence.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    pub task: i64,
    pub fence: i64,
    pub worker: Address,
}

pub async fn lease(db: &mut AnyConnection, given: Vec<Given>, now: Timestamp) -> Result<(), sqlx::Error> {
    for sql in leasing(&given, now) {
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

fn leasing(given: &[Given], now: Timestamp) -> Vec<Statement> {
    let statement = |given: &[Given]| {
        let mut sql = Statement::new("UPDATE tasks SET state = 'leased', updated_at = ");
        sql.bind(now.0)
            .push(", lease = given.column2, worker = given.column3 FROM (")
            .rows(given, |row, given| {
                row.bind(given.task).bind(given.fence).bind(given.worker.to_string())
            });
        sql.push(") AS given WHERE tasks.seq = given.column1");
        sql
    };
    given.chunks(ROWS).map(statement).collect()
}

/// Back into the queue, without result and holder.
pub async fn requeue(db: &mut AnyConnection, seq: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE tasks SET state = 'queued', worker = NULL, lease = NULL, result = NULL, seconds = NULL, verdict = NULL,
            updated_at = $1
         WHERE seq = $2",
    )
    .bind(now.0)
    .bind(seq)
    .execute(db)
    .await?;
    Ok(())
}

/// Back into the queue as new work that is paid for once more.
pub async fn begin_edition(db: &mut AnyConnection, seq: i64, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET edition = edition + 1, failures = 0, last_failure = '' WHERE seq = $1")
        .bind(seq)
        .execute(&mut *db)
        .await?;
    requeue(db, seq, now).await
}

pub async fn set_failure(
    db: &mut AnyConnection,
    seq: i64,
    failures: u32,
    last_failure: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET failures = $1, last_failure = $2 WHERE seq = $3")
        .bind(i64::from(failures))
        .bind(last_failure)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_state(db: &mut AnyConnection, seq: i64, state: TaskStatus, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET state = $1, updated_at = $2 WHERE seq = $3")
        .bind(text::word(state))
        .bind(now.0)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

/// What a render came out as, and whose it is.
pub async fn set_result(
    db: &mut AnyConnection,
    seq: i64,
    worker: Address,
    result: &FrameResult,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET worker = $1, result = $2, seconds = $3 WHERE seq = $4")
        .bind(worker.to_string())
        .bind(text::to_json(result)?)
        .bind(result.seconds)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_check(db: &mut AnyConnection, seq: i64, check: &Check) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET verdict = $1 WHERE seq = $2")
        .bind(text::to_json(check)?)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_paid(db: &mut AnyConnection, seq: i64, paid: Amount, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE tasks SET state = 'paid', paid = $1, updated_at = $2 WHERE seq = $3")
        .bind(paid.to_string())
        .bind(now.0)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

/// When a job ends, what was not done is not done any more. A copy that was handed in is done: its frame goes on for
/// it.
pub async fn cancel_open(db: &mut AnyConnection, job: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE tasks SET state = 'cancelled', updated_at = $1
         WHERE job = $2 AND state IN ('queued', 'leased', 'submitted', 'verified')
            AND NOT (kind = 'copy' AND state = 'submitted')",
    )
    .bind(now.0)
    .bind(job)
    .execute(db)
    .await?;
    Ok(())
}

/// Open audits that will be paid for on top of the frames they check.
pub async fn paid_audits(db: &mut AnyConnection, job: &str) -> Result<u32, sqlx::Error> {
    // A third render of an unpaid frame costs nothing on top: of the three, one is rejected and not paid.
    let row = sqlx::query(
        "SELECT count(*) AS n FROM tasks t
         WHERE job = $1 AND state IN ('queued', 'leased', 'submitted', 'verified') AND kind = 'audit'
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

pub async fn pending_of(db: &mut AnyConnection, worker: Address) -> Result<Vec<Pending>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT t.job, j.name, j.price, count(*) AS frames,
                t.updated_at / 86400000 AS day, max(t.updated_at) AS last_at
         FROM tasks t JOIN jobs j ON j.id = t.job
         WHERE t.worker = $1 AND t.state = 'submitted' AND t.kind <> 'copy'
         GROUP BY t.job, j.name, j.price, t.updated_at / 86400000",
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
                day: text::day(row, "day")?,
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
