//! Table `chain_blocks`: the hashes by which a reorganisation is seen.

use super::{chain_column as column, statement::Statement};
use sqlx::{AnyConnection, FromRow, any::AnyRow};
use veriframe_chain::{
    node::{BlockHead, BlockRef},
    number,
};

struct Stored(BlockRef);

impl FromRow<'_, AnyRow> for Stored {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self(BlockRef {
            number: column::unsigned(row, "number")?,
            hash: column::felt(row, "hash")?,
        }))
    }
}

/// One that is there already stays.
pub async fn insert(db: &mut AnyConnection, heads: &[BlockHead]) -> Result<(), sqlx::Error> {
    for heads in heads.chunks(column::ROWS) {
        let mut sql = Statement::new("INSERT INTO chain_blocks (number, hash, parent, timestamp) ");
        sql.rows(heads, |values, head| {
            values
                .bind(column::whole(head.at.number))
                .bind(number::format(&head.at.hash))
                .bind(number::format(&head.parent))
                .bind(column::whole(head.timestamp))
        });
        sql.push(" ON CONFLICT (number) DO NOTHING");
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// How far we are: everything up to this block is indexed.
pub async fn newest(db: &mut AnyConnection) -> Result<Option<BlockRef>, sqlx::Error> {
    let row: Option<Stored> = sqlx::query_as("SELECT number, hash FROM chain_blocks ORDER BY number DESC LIMIT 1")
        .fetch_optional(db)
        .await?;
    Ok(row.map(|Stored(at)| at))
}

/// The newest one below a block.
pub async fn before(db: &mut AnyConnection, number: u64) -> Result<Option<BlockRef>, sqlx::Error> {
    let row: Option<Stored> =
        sqlx::query_as("SELECT number, hash FROM chain_blocks WHERE number < $1 ORDER BY number DESC LIMIT 1")
            .bind(column::whole(number))
            .fetch_optional(db)
            .await?;
    Ok(row.map(|Stored(at)| at))
}

/// All of them, oldest first.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<BlockRef>, sqlx::Error> {
    let rows: Vec<Stored> = sqlx::query_as("SELECT number, hash FROM chain_blocks ORDER BY number")
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|Stored(at)| at).collect())
}

/// `number` and everything above it.
pub async fn delete_from(db: &mut AnyConnection, number: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_blocks WHERE number >= $1")
        .bind(column::whole(number))
        .execute(db)
        .await?;
    Ok(())
}

/// All but the newest `kept`.
pub async fn prune(db: &mut AnyConnection, kept: u32) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM chain_blocks
         WHERE number <= (SELECT number FROM chain_blocks ORDER BY number DESC LIMIT 1 OFFSET $1)",
    )
    .bind(i64::from(kept))
    .execute(db)
    .await?;
    Ok(())
}
