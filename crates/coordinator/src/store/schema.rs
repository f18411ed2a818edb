//! Table `_sqlx_migrations`, which the migrator keeps: what version a database has.

use super::{Database, DatabaseError, database::sqlite_url, migrations};
use sqlx::{AnyConnection, Connection as _, Row as _, any::install_default_drivers};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// `None`: nothing was made yet.
    pub found: Option<i64>,
    /// What this program brings a database to.
    pub newest: i64,
}

/// Looks without making or changing anything.
pub async fn look(database: &Database) -> Result<Schema, DatabaseError> {
    install_default_drivers();
    let migrator = match database {
        Database::Sqlite(_) => migrations::of_sqlite(),
        Database::Postgres(_) => migrations::of_postgres(),
    };
    let newest = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    if let Database::Sqlite(path) = database
        && !path.exists()
    {
        return Ok(Schema { found: None, newest });
    }
    let url = match database {
        Database::Sqlite(path) => sqlite_url(path, "rw")?,
        Database::Postgres(url) => url.clone(),
    };
    let mut db = AnyConnection::connect(&url).await?;
    let found = version(&mut db, database).await;
    db.close().await?;
    Ok(Schema { found: found?, newest })
}

async fn version(db: &mut AnyConnection, database: &Database) -> Result<Option<i64>, sqlx::Error> {
    let tables = match database {
        Database::Sqlite(_) => {
            "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'"
        }
        Database::Postgres(_) => {
            "SELECT count(*) AS n FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'"
        }
    };
    let row = sqlx::query(tables).fetch_one(&mut *db).await?;
    if row.try_get::<i64, _>("n")? == 0 {
        return Ok(None);
    }
    let row = sqlx::query("SELECT max(version) AS newest FROM _sqlx_migrations WHERE success")
        .fetch_one(db)
        .await?;
    row.try_get("newest")
}
