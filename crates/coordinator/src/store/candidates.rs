//! Table `tasks`, as the scheduler looks at it: what is queued, and who should not get it.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use veriframe_core::Address;
use veriframe_wire::job::TaskKind;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub seq: i64,
    pub job: String,
    pub kind: TaskKind,
    pub frame: i32,
    pub failures: u32,
    /// The frame that an audit checks.
    pub audits: Option<i64>,
}

impl FromRow<'_, AnyRow> for Candidate {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            job: row.try_get("job")?,
            kind: text::from_word(row, "kind")?,
            frame: row.try_get("frame")?,
            failures: text::count(row, "failures")?,
            audits: row.try_get("audits")?,
        })
    }
}

/// Tasks with a history that are looked at for each job.
const WITH_HISTORY: i64 = 200;

/// Of each job, its queued tasks by number of frame: as many without a history as are wanted, and those with one.
pub async fn queued(db: &mut AnyConnection, wanted: Vec<(String, u32)>) -> Result<Vec<Candidate>, sqlx::Error> {
    const COLUMNS: &str = "SELECT * FROM (SELECT seq, job, kind, frame, failures, audits FROM tasks WHERE job = ";
    let mut sql = Statement::new("");
    for (n, (job, limit)) in wanted.into_iter().enumerate() {
        if n > 0 {
            sql.push(" UNION ALL ");
        }
        sql.push(COLUMNS).bind(job.clone());
        sql.push(" AND state = 'queued' AND kind = 'frame' AND failures = 0 ORDER BY frame LIMIT ");
        sql.bind(i64::from(limit)).push(") AS fresh UNION ALL ");
        sql.push(COLUMNS).bind(job);
        sql.push(" AND state = 'queued' AND (failures > 0 OR audits IS NOT NULL) ORDER BY kind, frame LIMIT ");
        sql.bind(WITH_HISTORY).push(") AS known");
    }
    sql.query_as().persistent(false).fetch_all(db).await
}

/// Who rendered the frames, or checks them: the frame's number and the worker.
pub async fn hands_on(db: &mut AnyConnection, frames: &[i64]) -> Result<Vec<(i64, Address)>, sqlx::Error> {
    let mut sql = Statement::new(
        "SELECT coalesce(audits, seq) AS frame, worker FROM tasks WHERE worker IS NOT NULL AND (seq IN ",
    );
    sql.list(frames.iter().copied())
        .push(" OR audits IN ")
        .list(frames.iter().copied())
        .push(")");
    let rows = sql.query().persistent(false).fetch_all(db).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("frame")?, text::address(row, "worker")?)))
        .collect()
}
