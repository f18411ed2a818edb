//! Tables `direct_offers` and `direct_cursors`: jobs that a worker may take by itself, and how far events were read.

use rusqlite::{Connection, OptionalExtension as _, params};

/// The first block that was not read yet; `None` before the first look.
pub(crate) fn next_block(conn: &Connection, market: &str) -> rusqlite::Result<Option<u64>> {
    conn.query_row(
        "SELECT next_block FROM direct_cursors WHERE market = ?1",
        [market],
        |row| row.get::<_, i64>(0),
    )
    .optional()
    .map(|found| found.map(i64::cast_unsigned))
}

/// Adds what a stretch of blocks told, and remembers that they were read: both or neither. `offers` are jobs with their
/// JSON; of a job that is known already, the newer words count.
pub fn add(conn: &mut Connection, market: &str, offers: &[(u64, String)], next_block: u64) -> rusqlite::Result<()> {
    let transaction = conn.transaction()?;
    for (job, offer) in offers {
        transaction.execute(
            "INSERT OR REPLACE INTO direct_offers (market, job, offer) VALUES (?1, ?2, ?3)",
            params![market, job.cast_signed(), offer],
        )?;
    }
    transaction.execute(
        "INSERT OR REPLACE INTO direct_cursors (market, next_block) VALUES (?1, ?2)",
        params![market, next_block.cast_signed()],
    )?;
    transaction.commit()
}

/// The newest jobs with their JSON, at most so many.
pub fn newest(conn: &Connection, market: &str, at_most: u32) -> rusqlite::Result<Vec<(u64, String)>> {
    let mut statement =
        conn.prepare("SELECT job, offer FROM direct_offers WHERE market = ?1 ORDER BY job DESC LIMIT ?2")?;
    let rows = statement.query_map(params![market, at_most], |row| {
        Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
    })?;
    rows.collect()
}

pub fn remove(conn: &Connection, market: &str, jobs: &[u64]) -> rusqlite::Result<()> {
    let mut statement = conn.prepare("DELETE FROM direct_offers WHERE market = ?1 AND job = ?2")?;
    for job in jobs {
        statement.execute(params![market, job.cast_signed()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[test]
    fn offers_and_the_cursor_go_together() {
        let db = Db::in_memory().unwrap();
        db.call_blocking(|conn| {
            assert_eq!(next_block(conn, "m")?, None);
            add(conn, "m", &[(1, "one".into()), (2, "two".into())], 8)?;
            add(conn, "m", &[(2, "anew".into())], 9)?;
            add(conn, "other", &[(3, "three".into())], 4)?;
            assert_eq!(next_block(conn, "m")?, Some(9));
            assert_eq!(newest(conn, "m", 9)?, [(2, "anew".into()), (1, "one".into())]);
            assert_eq!(newest(conn, "m", 1)?, [(2, "anew".into())]);
            remove(conn, "m", &[2, 7])?;
            assert_eq!(newest(conn, "m", 9)?, [(1, "one".into())]);
            Ok(())
        })
        .unwrap();
    }
}
