//! Table `direct_jobs`: jobs that this worker took by transaction, and how far it is with each.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectStage {
    /// The transaction that takes it may be under way.
    Taking,
    /// It is ours.
    Rendering,
    /// What is to be shown is fixed: committing and revealing.
    Showing,
    /// It is shown: the time for challenges, then the money.
    Waiting,
    Done,
    /// It went to another worker, or expired.
    Lost,
}

const STAGES: [(DirectStage, &str); 6] = [
    (DirectStage::Taking, "taking"),
    (DirectStage::Rendering, "rendering"),
    (DirectStage::Showing, "showing"),
    (DirectStage::Waiting, "waiting"),
    (DirectStage::Done, "done"),
    (DirectStage::Lost, "lost"),
];

impl DirectStage {
    pub fn name(self) -> &'static str {
        let found = STAGES.iter().find(|(stage, _)| *stage == self);
        found.map_or("", |(_, name)| name)
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Lost)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectJobRow {
    pub key: String,
    pub market: String,
    pub job: u64,
    /// JSON.
    pub offer: String,
    pub stage: DirectStage,
    /// JSON; empty until it is fixed, as the next two.
    pub results: String,
    pub results_cid: String,
    pub salt: String,
    pub note: String,
    pub taken_at_ms: i64,
}

const COLUMNS: &str = "key, market, job, offer, stage, results, results_cid, salt, note, taken_at_ms";

fn read(row: &Row<'_>) -> rusqlite::Result<DirectJobRow> {
    let stage: String = row.get(4)?;
    let stage = STAGES.iter().find(|(_, name)| *name == stage);
    let (stage, _) = stage.ok_or(rusqlite::Error::InvalidQuery)?;
    Ok(DirectJobRow {
        key: row.get(0)?,
        market: row.get(1)?,
        job: row.get::<_, i64>(2)?.cast_unsigned(),
        offer: row.get(3)?,
        stage: *stage,
        results: row.get(5)?,
        results_cid: row.get(6)?,
        salt: row.get(7)?,
        note: row.get(8)?,
        taken_at_ms: row.get(9)?,
    })
}

/// Survives a power cut: what it says is looked for after one. A job that is there already stays as it is.
pub fn insert(conn: &Connection, row: &DirectJobRow) -> rusqlite::Result<()> {
    durably(conn, || {
        conn.execute(
            "INSERT OR IGNORE INTO direct_jobs (key, market, job, offer, stage, taken_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![row.key, row.market, row.job.cast_signed(), row.offer, row.stage.name(), row.taken_at_ms],
        )
    })
}

pub(crate) fn set_stage(conn: &Connection, key: &str, stage: DirectStage, note: &str) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE direct_jobs SET stage = ?2, note = ?3 WHERE key = ?1",
        params![key, stage.name(), note],
    )
    .map(drop)
}

/// Fixes what is going to be shown. On the disk when this returns: committed and forgotten, it would cost bond and stake.
pub(crate) fn fix_results(conn: &Connection, key: &str, results: &str, cid: &str, salt: &str) -> rusqlite::Result<()> {
    durably(conn, || {
        conn.execute(
            "UPDATE direct_jobs SET results = ?2, results_cid = ?3, salt = ?4, stage = 'showing'
             WHERE key = ?1 AND results = ''",
            params![key, results, cid, salt],
        )
    })
}

pub fn find(conn: &Connection, key: &str) -> rusqlite::Result<Option<DirectJobRow>> {
    conn.query_row(
        &format!("SELECT {COLUMNS} FROM direct_jobs WHERE key = ?1"),
        [key],
        read,
    )
    .optional()
}

/// Those that are not over, oldest first.
pub fn unfinished(conn: &Connection, market: &str) -> rusqlite::Result<Vec<DirectJobRow>> {
    let mut statement = conn.prepare(&format!(
        "SELECT {COLUMNS} FROM direct_jobs WHERE market = ?1 AND stage NOT IN ('done', 'lost') ORDER BY taken_at_ms, job"
    ))?;
    let rows = statement.query_map([market], read)?;
    rows.collect()
}

fn durably(conn: &Connection, write: impl FnOnce() -> rusqlite::Result<usize>) -> rusqlite::Result<()> {
    conn.pragma_update(None, "synchronous", "FULL")?;
    let written = write();
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    written.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[test]
    fn what_is_to_be_shown_is_fixed_once() {
        let db = Db::in_memory().unwrap();
        let row = DirectJobRow {
            key: "direct-7".into(),
            market: "m".into(),
            job: 7,
            offer: "{}".into(),
            stage: DirectStage::Taking,
            results: String::new(),
            results_cid: String::new(),
            salt: String::new(),
            note: String::new(),
            taken_at_ms: 5,
        };
        db.call_blocking(|conn| {
            insert(conn, &row)?;
            set_stage(conn, &row.key, DirectStage::Rendering, "")?;
            insert(conn, &row)?;
            assert_eq!(find(conn, &row.key)?.unwrap().stage, DirectStage::Rendering);
            fix_results(conn, &row.key, "[1]", "bafy", "0x1")?;
            fix_results(conn, &row.key, "[2]", "other", "0x2")?;
            let found = find(conn, &row.key)?.unwrap();
            assert_eq!(
                (&*found.results, &*found.salt, found.stage),
                ("[1]", "0x1", DirectStage::Showing)
            );
            assert_eq!(unfinished(conn, "m")?.len(), 1);
            set_stage(conn, &row.key, DirectStage::Done, "")?;
            assert_eq!(unfinished(conn, "m")?, []);
            Ok(())
        })
        .unwrap();
    }
}
