//! Copies of a whole database, and what is in one.

use super::{Database, DatabaseError, database::sqlite_url, schema};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _, any::install_default_drivers};
use std::{collections::BTreeMap, path::Path};

/// Rows by table.
pub type Counts = BTreeMap<String, i64>;

/// What a copy holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub schema: i64,
    pub counts: Counts,
}

/// Writes the file's last committed state into a new one, whoever reads and writes it meanwhile.
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<(), DatabaseError> {
    install_default_drivers();
    let to = to.to_str().ok_or_else(|| DatabaseError::Path(to.to_owned()))?;
    let mut db = AnyConnection::connect(&sqlite_url(from, "rw")?).await?;
    sqlx::query("PRAGMA busy_timeout = 10000").execute(&mut db).await?;
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut db).await?;
    Ok(db.close().await?)
}

/// Reads every page and index of the file.
pub async fn is_sound(path: &Path) -> Result<bool, DatabaseError> {
    install_default_drivers();
    let mut db = AnyConnection::connect(&sqlite_url(path, "rw")?).await?;
    let row = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut db).await?;
    let told: String = row.try_get(0)?;
    db.close().await?;
    Ok(told == "ok")
}

/// `None` in a database that has no version yet.
pub async fn contents(database: &Database) -> Result<Option<Contents>, DatabaseError> {
    let Some(schema) = schema::look(database).await?.found else {
        return Ok(None);
    };
    let url = match database {
        Database::Sqlite(path) => sqlite_url(path, "rw")?,
        Database::Postgres(url) => url.clone(),
    };
    let mut db = AnyConnection::connect(&url).await?;
    let counts = count(&mut db, matches!(database, Database::Postgres(_))).await?;
    db.close().await?;
    Ok(Some(Contents { schema, counts }))
}

async fn count(db: &mut AnyConnection, is_server: bool) -> Result<Counts, sqlx::Error> {
    let tables = if is_server {
        "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    let names: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *db).await?;
    let mut counts = Counts::new();
    for name in names {
        // The names are those of our migrations.
        let n = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM \"{name}\"")))
            .fetch_one(&mut *db)
            .await?;
        counts.insert(name, n);
    }
    Ok(counts)
}

/// One moment of a server's database, held for others to read as long as this lives.
pub struct Moment {
    db: AnyConnection,
    /// By which `pg_dump` finds it.
    pub name: String,
    pub counts: Counts,
}

impl Moment {
    pub async fn hold(url: &str) -> Result<Self, DatabaseError> {
        install_default_drivers();
        let mut db = AnyConnection::connect(url).await?;
        sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut db)
            .await?;
        let name = sqlx::query_scalar("SELECT pg_export_snapshot()")
            .fetch_one(&mut db)
            .await?;
        let counts = count(&mut db, true).await?;
        Ok(Self { db, name, counts })
    }

    pub async fn release(mut self) -> Result<(), DatabaseError> {
        sqlx::query("ROLLBACK").execute(&mut self.db).await?;
        Ok(self.db.close().await?)
    }
}
