//! Table `benchmarks`: the newest score of each device.

use super::DbError;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

pub fn put(conn: &Connection, device: &str, blender: &str, score: u32, run_at_ms: i64) -> Result<(), DbError> {
    conn.execute(
        "INSERT INTO benchmarks (device, blender, score, run_at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (device) DO UPDATE SET blender = excluded.blender, score = excluded.score,
             run_at_ms = excluded.run_at_ms",
        params![device, blender, score, run_at_ms],
    )?;
    Ok(())
}

/// Thousand samples a second, by device.
pub(crate) fn scores(conn: &Connection) -> Result<BTreeMap<String, u32>, DbError> {
    let mut statement = conn.prepare("SELECT device, score FROM benchmarks")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
