//! Table `trust`: a worker's results in a row that a creator's jobs have not seen rejected.

use super::text;
use sqlx::sqlite::SqliteConnection;
use veriframe_core::Address;

pub async fn valid_in_row(db: &mut SqliteConnection, worker: Address, creator: Address) -> Result<u32, sqlx::Error> {
    let row = sqlx::query("SELECT valid_in_row FROM trust WHERE worker = ? AND creator = ?")
        .bind(worker.to_string())
        .bind(creator.to_string())
        .fetch_optional(db)
        .await?;
    row.map_or(Ok(0), |row| text::count(&row, "valid_in_row"))
}

pub async fn one_more(db: &mut SqliteConnection, worker: Address, creator: Address) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO trust (worker, creator, valid_in_row) VALUES (?, ?, 1)
         ON CONFLICT DO UPDATE SET valid_in_row = valid_in_row + 1",
    )
    .bind(worker.to_string())
    .bind(creator.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// A rejected render costs the trust of every creator.
pub async fn lose(db: &mut SqliteConnection, worker: Address) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM trust WHERE worker = ?")
        .bind(worker.to_string())
        .execute(db)
        .await?;
    Ok(())
}
