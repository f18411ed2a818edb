//! The desktop's database: one SQLite file, one connection, a file a table.
//!
//! SQL lives in this folder and nowhere else.

pub mod benchmark;
pub mod blenders;
pub mod direct_jobs;
pub mod direct_offers;
pub mod jobs;
pub mod kept_frames;
pub mod measurements;
mod migrations;
pub mod recent_files;
pub mod settings;
pub mod transactions;

use rusqlite::Connection;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Clones share the connection.
#[derive(Clone)]
pub struct Db {
    connection: Arc<Mutex<Connection>>,
}

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the database was written by a newer VeriFrame (schema {found}, this one knows {known})")]
    TooNew { found: i64, known: i64 },
    #[error("a stored value cannot be read: {0}")]
    Value(#[from] serde_json::Error),
    #[error("the database is closing")]
    Closed,
}

impl Db {
    /// Opens the file, making or migrating it when needed. Blocks for as long as the disk takes.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        Self::prepare(Connection::open(path)?)
    }

    /// For tests.
    pub fn in_memory() -> Result<Self, DbError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, DbError> {
        // Another VeriFrame may stand on the same home: wait for its writes instead of failing.
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        migrations::apply(&mut connection)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Runs `work` with the connection, off the async threads.
    pub async fn call<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.call_blocking(work))
            .await
            .map_err(|_| DbError::Closed)?
    }

    /// The same from a thread that may block.
    pub(crate) fn call_blocking<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        // A panic in another call cannot leave a transaction open: rusqlite rolls back when it unwinds.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_there_after_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("desktop.sqlite");
        let db = Db::open(&path).unwrap();
        db.call(|conn| settings::put(conn, "theme", 1, &"dark")).await.unwrap();
        drop(db);
        let db = Db::open(&path).unwrap();
        let theme: Option<(u32, String)> = db.call(|conn| settings::get(conn, "theme")).await.unwrap();
        assert_eq!(theme, Some((1, "dark".to_owned())));
    }

    #[test]
    fn a_database_of_a_newer_program_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("desktop.sqlite");
        drop(Db::open(&path).unwrap());
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 9999)
            .unwrap();
        assert!(matches!(Db::open(&path), Err(DbError::TooNew { found: 9999, .. })));
    }
}
