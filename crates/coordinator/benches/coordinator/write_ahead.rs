//! How large the write-ahead log becomes.

use crate::{database::TestDatabase, server::Server};
use sqlx::{Connection as _, PgConnection};

pub enum Log<'s> {
    /// Its file keeps the size that it once needed.
    Sqlite(&'s Server),
    /// How much of it stays on the disk is a setting of that server, so what counts is all that was written since then.
    Postgres { url: String, before: f64 },
}

impl<'s> Log<'s> {
    pub async fn of(server: &'s Server, database: Option<&TestDatabase>) -> Self {
        match database {
            None => Self::Sqlite(server),
            Some(database) => {
                let url = database.url();
                let before = written(&url).await;
                Self::Postgres { url, before }
            }
        }
    }

    pub async fn megabytes(&self) -> f64 {
        let bytes = match self {
            Self::Sqlite(server) => server.write_ahead_log(),
            Self::Postgres { url, before } => written(url).await - before,
        };
        bytes / f64::from(1 << 20)
    }
}

/// Bytes in the life of that PostgreSQL.
async fn written(url: &str) -> f64 {
    let mut db = PgConnection::connect(url).await.expect("a database");
    sqlx::query_scalar("SELECT (pg_current_wal_lsn() - '0/0')::float8")
        .fetch_one(&mut db)
        .await
        .expect("a position")
}
