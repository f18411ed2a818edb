//! `recent_files`: what was opened on the Create page.

use rusqlite::Connection;

/// More are forgotten, oldest first.
const KEPT: u32 = 12;

pub struct RecentRow {
    pub path: String,
    pub opened_at_ms: i64,
}

pub(crate) fn touch(conn: &Connection, path: &str, now_ms: i64) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO recent_files (path, opened_at_ms) VALUES (?1, ?2)
         ON CONFLICT (path) DO UPDATE SET opened_at_ms = excluded.opened_at_ms",
        rusqlite::params![path, now_ms],
    )?;
    conn.execute(
        "DELETE FROM recent_files WHERE path NOT IN (SELECT path FROM recent_files ORDER BY opened_at_ms DESC, path LIMIT ?1)",
        [KEPT],
    )
    .map(drop)
}

/// Newest first.
pub fn all(conn: &Connection) -> rusqlite::Result<Vec<RecentRow>> {
    conn.prepare_cached("SELECT path, opened_at_ms FROM recent_files ORDER BY opened_at_ms DESC, path")?
        .query_map([], |row| {
            Ok(RecentRow {
                path: row.get(0)?,
                opened_at_ms: row.get(1)?,
            })
        })?
        .collect()
}

pub fn forget(conn: &Connection, path: &str) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM recent_files WHERE path = ?1", [path])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay_and_each_is_there_once() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("../../../../migrations/desktop/0002_jobs.sql"))
            .unwrap();
        for n in 0..20 {
            touch(&conn, &format!("/scenes/{n:02}.blend"), n).unwrap();
        }
        touch(&conn, "/scenes/19.blend", 99).unwrap();
        let rows = all(&conn).unwrap();
        assert_eq!(rows.len(), KEPT as usize);
        assert_eq!((rows[0].path.as_str(), rows[0].opened_at_ms), ("/scenes/19.blend", 99));
        forget(&conn, "/scenes/19.blend").unwrap();
        assert_eq!(all(&conn).unwrap()[0].path, "/scenes/18.blend");
    }
}
