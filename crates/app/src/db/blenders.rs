//! Table `blenders`: what each Blender said about itself, valid while its file stays as it is.

use super::DbError;
use rusqlite::{Connection, OptionalExtension as _, params};

/// A file's identity: when any of the three changes, Blender is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub path: String,
    pub modified_ms: i64,
    pub bytes: i64,
}

/// What the probe said: JSON of the installation, or why it cannot be used.
pub type Answer = Result<String, String>;

pub fn get(conn: &Connection, stamp: &Stamp) -> Result<Option<Answer>, DbError> {
    let row: Option<(String, String)> = conn
        .query_row(
            "SELECT installation, error FROM blenders WHERE path = ?1 AND modified_ms = ?2 AND bytes = ?3",
            params![stamp.path, stamp.modified_ms, stamp.bytes],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(row.map(|(installation, error)| if error.is_empty() { Ok(installation) } else { Err(error) }))
}

pub fn put(conn: &Connection, stamp: &Stamp, answer: &Answer) -> Result<(), DbError> {
    let (installation, error) = match answer {
        Ok(installation) => (installation.as_str(), ""),
        Err(error) => ("", error.as_str()),
    };
    conn.execute(
        "INSERT INTO blenders (path, modified_ms, bytes, installation, error) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (path) DO UPDATE SET modified_ms = excluded.modified_ms, bytes = excluded.bytes,
             installation = excluded.installation, error = excluded.error",
        params![stamp.path, stamp.modified_ms, stamp.bytes, installation, error],
    )?;
    Ok(())
}

/// Forgets every answer, so that all are asked again.
pub fn clear(conn: &Connection) -> Result<(), DbError> {
    conn.execute("DELETE FROM blenders", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[test]
    fn an_answer_is_good_until_the_file_changes() {
        let db = Db::in_memory().unwrap();
        db.call_blocking(|conn| {
            let stamp = Stamp {
                path: "/b".into(),
                modified_ms: 1,
                bytes: 2,
            };
            put(conn, &stamp, &Ok("{}".into()))?;
            assert_eq!(get(conn, &stamp)?, Some(Ok("{}".into())));
            assert_eq!(
                get(
                    conn,
                    &Stamp {
                        modified_ms: 2,
                        ..stamp.clone()
                    }
                )?,
                None
            );
            put(conn, &stamp, &Err("no".into()))?;
            assert_eq!(get(conn, &stamp)?, Some(Err("no".into())));
            Ok(())
        })
        .unwrap();
    }
}
