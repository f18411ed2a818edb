//! Table `kept_frames`: the worker's journal of frames that are rendered and not handed in yet.

use super::DbError;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// One frame on this computer. `render` and `facts` are JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRow {
    pub task: String,
    pub job: String,
    pub frame: i32,
    pub asset_cid: String,
    pub render: String,
    /// Name inside the kept folder.
    pub file: String,
    pub facts: String,
    pub kept_at_ms: i64,
}

const COLUMNS: &str = "task, job, frame, asset_cid, render, file, facts, kept_at_ms";

fn read(row: &Row<'_>) -> rusqlite::Result<KeptRow> {
    Ok(KeptRow {
        task: row.get(0)?,
        job: row.get(1)?,
        frame: row.get(2)?,
        asset_cid: row.get(3)?,
        render: row.get(4)?,
        file: row.get(5)?,
        facts: row.get(6)?,
        kept_at_ms: row.get(7)?,
    })
}

/// Replaces what was kept for the task before.
pub fn put(conn: &Connection, row: &KeptRow) -> Result<(), DbError> {
    // The journal must survive a power cut: the frame it names is worth minutes of work.
    conn.pragma_update(None, "synchronous", "FULL")?;
    let written = conn.execute(
        "INSERT OR REPLACE INTO kept_frames (task, job, frame, asset_cid, render, file, facts, kept_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            row.task,
            row.job,
            row.frame,
            row.asset_cid,
            row.render,
            row.file,
            row.facts,
            row.kept_at_ms
        ],
    );
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    written?;
    Ok(())
}

/// The frame kept for this task, if scene and settings are still the same.
pub fn find(
    conn: &Connection,
    job: &str,
    task: &str,
    asset_cid: &str,
    render: &str,
) -> Result<Option<KeptRow>, DbError> {
    Ok(conn
        .query_row(
            &format!(
                "SELECT {COLUMNS} FROM kept_frames WHERE job = ?1 AND task = ?2 AND asset_cid = ?3 AND render = ?4"
            ),
            params![job, task, asset_cid, render],
            read,
        )
        .optional()?)
}

pub fn all(conn: &Connection) -> Result<Vec<KeptRow>, DbError> {
    let mut statement = conn.prepare(&format!("SELECT {COLUMNS} FROM kept_frames ORDER BY job, frame"))?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn count(conn: &Connection) -> Result<u32, DbError> {
    Ok(conn.query_row("SELECT count(*) FROM kept_frames", [], |row| row.get(0))?)
}

pub fn remove(conn: &Connection, job: &str, task: &str) -> Result<(), DbError> {
    conn.execute("DELETE FROM kept_frames WHERE job = ?1 AND task = ?2", [job, task])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    fn row(task: &str, render: &str) -> KeptRow {
        KeptRow {
            task: task.into(),
            job: "job".into(),
            frame: 3,
            asset_cid: "bafy".into(),
            render: render.into(),
            file: format!("{task}.png"),
            facts: "{}".into(),
            kept_at_ms: 5,
        }
    }

    #[test]
    fn a_kept_frame_serves_only_for_the_same_settings() {
        let db = Db::in_memory().unwrap();
        db.call_blocking(|conn| {
            put(conn, &row("t1", "{\"percent\":50}"))?;
            assert_eq!(
                find(conn, "job", "t1", "bafy", "{\"percent\":50}")?,
                Some(row("t1", "{\"percent\":50}"))
            );
            assert_eq!(find(conn, "job", "t1", "bafy", "{\"percent\":100}")?, None);
            assert_eq!(find(conn, "another", "t1", "bafy", "{\"percent\":50}")?, None);
            assert_eq!(find(conn, "job", "t2", "bafy", "{\"percent\":50}")?, None);
            put(conn, &row("t1", "{}"))?;
            assert_eq!(count(conn)?, 1);
            remove(conn, "job", "t1")?;
            assert_eq!(all(conn)?, vec![]);
            Ok(())
        })
        .unwrap();
    }
}
