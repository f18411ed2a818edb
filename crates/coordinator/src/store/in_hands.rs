//! Tables `tasks`, `leases`, `workers` and `speeds`, as the rule about copies looks at them: what workers hold, since
//! when, and how fast they are.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use std::collections::BTreeSet;
use veriframe_core::{Address, Timestamp, schedule::Pace};
use veriframe_wire::job::TaskKind;

/// A task of a lease that is not done.
#[derive(Clone, Debug)]
pub struct InHand {
    pub seq: i64,
    pub job: String,
    pub kind: TaskKind,
    pub frame: i32,
    pub worker: Address,
    pub fence: i64,
    pub failures: u32,
    /// When its lease was given, or the last task of the lease came in.
    pub since: Timestamp,
    /// Of its worker, in general and on this job.
    pub speed: f64,
    pub pace: Pace,
    /// Somebody renders a copy of it.
    pub copied: bool,
}

impl FromRow<'_, AnyRow> for InHand {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let given = text::time(row, "created_at")?;
        let last_in = text::maybe_time(row, "last_in")?;
        Ok(Self {
            seq: row.try_get("seq")?,
            job: row.try_get("job")?,
            kind: text::from_word(row, "kind")?,
            frame: row.try_get("frame")?,
            worker: text::address(row, "worker")?,
            fence: row.try_get("lease")?,
            failures: text::count(row, "failures")?,
            since: last_in.map_or(given, |last| last.max(given)),
            speed: row.try_get("speed")?,
            pace: Pace {
                frames: text::count(row, "frames")?,
                seconds: row.try_get("seconds")?,
            },
            copied: row.try_get::<i64, _>("copies")? > 0,
        })
    }
}

/// Frames and checks of these jobs that workers hold: those of the oldest leases first, in the order in which their
/// worker renders them.
pub async fn of_jobs(db: &mut AnyConnection, jobs: &BTreeSet<&str>, limit: u32) -> Result<Vec<InHand>, sqlx::Error> {
    // Those that are looked at are picked before anything is joined to them: a job may have ten thousand in hands.
    let mut sql = Statement::new(
        "SELECT t.seq, t.job, t.kind, t.frame, t.worker, t.lease, t.failures, l.created_at, w.speed,
            coalesce(s.frames, 0) AS frames, coalesce(s.seconds, 0.0) AS seconds,
            (SELECT max(d.updated_at) FROM tasks d WHERE d.lease = t.lease AND d.state <> 'leased') AS last_in,
            (SELECT count(*) FROM tasks c WHERE c.copies = t.seq AND c.state = 'leased') AS copies
         FROM (SELECT seq, job, kind, frame, worker, lease, failures FROM tasks
               WHERE state = 'leased' AND kind IN ('audit', 'frame') AND job IN ",
    );
    sql.list(jobs.iter().copied())
        .push(" ORDER BY lease, kind, frame, seq LIMIT ")
        .bind(i64::from(limit))
        .push(
            ") AS t JOIN leases l ON l.fence = t.lease JOIN workers w ON w.address = t.worker
            LEFT JOIN speeds s ON s.job = t.job AND s.worker = t.worker
         ORDER BY t.lease, t.kind, t.frame, t.seq",
        );
    sql.query_as().persistent(jobs.len() == 1).fetch_all(db).await
}
