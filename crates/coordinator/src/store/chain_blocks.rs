//! Table `chain_blocks`: the hashes by which a reorganisation is seen.

use super::chain_column as column;
use sqlx::{FromRow, QueryBuilder, Sqlite, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_chain::{
    node::{BlockHead, BlockRef},
    number,
};

struct Stored(BlockRef);

impl FromRow<'_, SqliteRow> for Stored {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self(BlockRef {
            number: column::unsigned(row, "number")?,
            hash: column::felt(row, "hash")?,
        }))
    }
}

/// One that is there already stays.
pub async fn insert(db: &mut SqliteConnection, heads: &[BlockHead]) -> Result<(), sqlx::Error> {
    for heads in heads.chunks(column::ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO chain_blocks (number, hash, parent, timestamp) ");
        sql.push_values(heads, |mut values, head| {
            values
                .push_bind(column::whole(head.at.number))
                .push_bind(number::format(&head.at.hash))
                .push_bind(number::format(&head.parent))
                .push_bind(column::whole(head.timestamp));
        });
        sql.push(" ON CONFLICT (number) DO NOTHING");
        sql.build().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// How far we are: everything up to this block is indexed.
pub async fn newest(db: &mut SqliteConnection) -> Result<Option<BlockRef>, sqlx::Error> {
    let row: Option<Stored> = sqlx::query_as("SELECT number, hash FROM chain_blocks ORDER BY number DESC LIMIT 1")
        .fetch_optional(db)
        .await?;
    Ok(row.map(|Stored(at)| at))
}

/// The newest one below a block.
pub async fn before(db: &mut SqliteConnection, number: u64) -> Result<Option<BlockRef>, sqlx::Error> {
    let row: Option<Stored> =
        sqlx::query_as("SELECT number, hash FROM chain_blocks WHERE number < ? ORDER BY number DESC LIMIT 1")
            .bind(column::whole(number))
            .fetch_optional(db)
            .await?;
    Ok(row.map(|Stored(at)| at))
}

/// All of them, oldest first.
pub async fn all(db: &mut SqliteConnection) -> Result<Vec<BlockRef>, sqlx::Error> {
    let rows: Vec<Stored> = sqlx::query_as("SELECT number, hash FROM chain_blocks ORDER BY number")
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|Stored(at)| at).collect())
}

/// `number` and everything above it.
pub async fn delete_from(db: &mut SqliteConnection, number: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_blocks WHERE number >= ?")
        .bind(column::whole(number))
        .execute(db)
        .await?;
    Ok(())
}

/// All but the newest `kept`.
pub async fn prune(db: &mut SqliteConnection, kept: u32) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM chain_blocks
         WHERE number <= (SELECT number FROM chain_blocks ORDER BY number DESC LIMIT 1 OFFSET ?)",
    )
    .bind(kept)
    .execute(db)
    .await?;
    Ok(())
}
