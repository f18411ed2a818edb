//! Table `installation`: what this database is called.

use sqlx::{AnyConnection, Row};

pub async fn id(db: &mut AnyConnection) -> Result<String, sqlx::Error> {
    sqlx::query("SELECT id FROM installation")
        .fetch_one(db)
        .await?
        .try_get("id")
}
