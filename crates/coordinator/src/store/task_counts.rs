//! Table `task_counts`, which triggers keep.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, Row, any::AnyRow};
use std::collections::HashMap;
use veriframe_wire::job::{TaskCounts, TaskKind, TaskStatus};

/// The tasks of a job by kind and state. Copies are no work of their own: they count in no sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub frames: TaskCounts,
    pub audits: TaskCounts,
    pub copies: TaskCounts,
}

impl Counts {
    pub fn queued(&self) -> u32 {
        self.frames.queued + self.audits.queued
    }

    /// Audits that were neither decided nor given up.
    pub fn open_audits(&self) -> u32 {
        self.audits.queued + self.audits.leased + self.audits.submitted
    }
}

/// Of all jobs together: the kind, the state, and how many.
pub async fn totals(db: &mut AnyConnection) -> Result<Vec<(String, String, i64)>, sqlx::Error> {
    // A sum of numbers is a decimal to PostgreSQL.
    sqlx::query_as("SELECT kind, state, CAST(sum(n) AS BIGINT) FROM task_counts GROUP BY kind, state")
        .fetch_all(db)
        .await
}

pub async fn of_job(db: &mut AnyConnection, job: &str) -> Result<Counts, sqlx::Error> {
    let counts = of_jobs(db, &[job.to_owned()]).await?.remove(job);
    Ok(counts.unwrap_or_default())
}

/// Of several jobs; one without tasks is not in it.
pub async fn of_jobs(db: &mut AnyConnection, jobs: &[String]) -> Result<HashMap<String, Counts>, sqlx::Error> {
    let mut sql = Statement::new("SELECT job, kind, state, n FROM task_counts WHERE job IN ");
    sql.list(jobs);
    read(&sql.query().persistent(jobs.len() == 1).fetch_all(db).await?)
}

/// Of all jobs that take workers, in one question.
pub async fn of_open_jobs(db: &mut AnyConnection) -> Result<HashMap<String, Counts>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT c.job, c.kind, c.state, c.n FROM jobs j JOIN task_counts c ON c.job = j.id
         WHERE j.status IN ('open', 'rendering', 'verifying') AND c.n > 0",
    )
    .fetch_all(db)
    .await?;
    read(&rows)
}

fn read(rows: &[AnyRow]) -> Result<HashMap<String, Counts>, sqlx::Error> {
    let mut counts: HashMap<String, Counts> = HashMap::new();
    for row in rows {
        let counts = counts.entry(row.try_get("job")?).or_default();
        let of_kind = match text::from_word(row, "kind")? {
            TaskKind::Frame => &mut counts.frames,
            TaskKind::Audit => &mut counts.audits,
            TaskKind::Copy => &mut counts.copies,
        };
        *match text::from_word(row, "state")? {
            TaskStatus::Queued => &mut of_kind.queued,
            TaskStatus::Leased => &mut of_kind.leased,
            TaskStatus::Submitted => &mut of_kind.submitted,
            TaskStatus::Verified => &mut of_kind.verified,
            TaskStatus::Paid => &mut of_kind.paid,
            TaskStatus::Failed => &mut of_kind.failed,
            TaskStatus::Cancelled => &mut of_kind.cancelled,
        } = text::count(row, "n")?;
    }
    Ok(counts)
}
