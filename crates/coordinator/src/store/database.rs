//! Which database, and how connections to it are set up.

use super::migrations;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::{
    AnyPool, Connection as _, Executor as _,
    any::{AnyPoolOptions, install_default_drivers},
    migrate::Migrator,
};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What a file's path keeps in an address.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// Connections that read a SQLite database beside its one writer.
const SQLITE_READERS: u32 = 4;
/// Connections of one replica to a server.
const POSTGRES_READERS: u32 = 8;
const POSTGRES_WRITERS: u32 = 8;

#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file, for one coordinator alone.
    Sqlite(PathBuf),
    /// The address of a server, which may hold a password; several coordinators may share it.
    Postgres(String),
}

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("DATABASE_URL begins with postgres:// or sqlite:")]
    Scheme,
    #[error("the database's path is not Unicode: {0}")]
    Path(PathBuf),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the database cannot be brought to the newest version: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl Database {
    /// From `DATABASE_URL`: `postgres://…`, or `sqlite:` and a path.
    pub fn parse(url: &str) -> Result<Self, DatabaseError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").ok_or(DatabaseError::Scheme)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// Connections that write, and connections that only read.
pub struct Pools {
    pub writers: AnyPool,
    pub readers: AnyPool,
}

impl Pools {
    /// Makes what is missing and brings the database to the newest version.
    pub async fn open(database: &Database) -> Result<Self, DatabaseError> {
        install_default_drivers();
        match database {
            Database::Sqlite(path) => sqlite(path).await,
            Database::Postgres(url) => postgres(url).await,
        }
    }
}

async fn sqlite(path: &Path) -> Result<Pools, DatabaseError> {
    const WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;";
    const READER: &str = "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON;";
    let url = sqlite_url(path, "rwc")?;
    let writers = pool(&url, 1, WRITER, migrations::of_sqlite()).await?;
    let readers = set_up(SQLITE_READERS, READER).connect(&url).await?;
    Ok(Pools { writers, readers })
}

/// The address of a file; `rwc` makes one that is missing, `rw` does not.
pub fn sqlite_url(path: &Path, mode: &str) -> Result<String, DatabaseError> {
    let text = path.to_str().ok_or_else(|| DatabaseError::Path(path.to_owned()))?;
    Ok(format!("sqlite://{}?mode={mode}", utf8_percent_encode(text, PATH)))
}

async fn postgres(url: &str) -> Result<Pools, DatabaseError> {
    const WRITER: &str = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s';";
    const READER: &str = "SET default_transaction_read_only = on; SET statement_timeout = '30s';";
    let writers = pool(url, POSTGRES_WRITERS, WRITER, migrations::of_postgres()).await?;
    let readers = set_up(POSTGRES_READERS, READER).connect(url).await?;
    Ok(Pools { writers, readers })
}

async fn pool(url: &str, connections: u32, first: &'static str, migrator: Migrator) -> Result<AnyPool, DatabaseError> {
    let pool = set_up(connections, first).connect(url).await?;
    migrator.run(&pool).await?;
    Ok(pool)
}

/// A pool whose connections begin with these statements.
fn set_up(connections: u32, first: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        // After a full disk SQLite has undone the transaction by itself, and sqlx, which then fails to undo it, takes the
        // connection to be inside of it for ever. Whoever comes next gets a new one.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(first).await?;
                Ok(())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let database = Database::parse("postgres://me:secret@db/veriframe").unwrap();
        assert!(!format!("{database:?}").contains("secret"));
    }

    #[test]
    fn other_databases_are_refused() {
        assert_eq!(
            Database::parse("sqlite:a b.db").unwrap(),
            Database::Sqlite(PathBuf::from("a b.db"))
        );
        assert!(matches!(Database::parse("mysql://db"), Err(DatabaseError::Scheme)));
    }
}
