//! Table `trust`: a worker's results in a row that a creator's jobs have not seen rejected.

use super::text;
use sqlx::AnyConnection;
use veriframe_core::Address;

pub async fn valid_in_row(db: &mut AnyConnection, worker: Address, creator: Address) -> Result<u32, sqlx::Error> {
    let row = sqlx::query("SELECT valid_in_row FROM trust WHERE worker = $1 AND creator = $2")
        .bind(worker.to_string())
        .bind(creator.to_string())
        .fetch_optional(db)
        .await?;
    row.map_or(Ok(0), |row| text::count(&row, "valid_in_row"))
}

pub async fn one_more(db: &mut AnyConnection, worker: Address, creator: Address) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO trust (worker, creator, valid_in_row) VALUES ($1, $2, 1)
         ON CONFLICT (worker, creator) DO UPDATE SET valid_in_row = trust.valid_in_row + 1",
    )
    .bind(worker.to_string())
    .bind(creator.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// A rejected render costs the trust of every creator.
pub async fn lose(db: &mut AnyConnection, worker: Address) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM trust WHERE worker = $1")
        .bind(worker.to_string())
        .execute(db)
        .await?;
    Ok(())
}
