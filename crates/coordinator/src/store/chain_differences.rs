//! Table `chain_differences`: where what a contract answers is not what its events say.

use super::chain_column as column;
use sqlx::{FromRow, Row, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_core::Timestamp;

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// `job`, `worker`, `market` or `registry`.
    pub kind: String,
    /// The job's number, the worker's address; empty for a contract.
    pub id: String,
}

/// Two answers to one question; `None` where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of what differs.
    pub field: &'static str,
    /// What follows from the events that are kept.
    pub kept: Option<String>,
    /// What the contract says.
    pub told: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferenceRow {
    pub subject: Subject,
    pub field: String,
    pub kept: Option<String>,
    pub told: Option<String>,
    /// The block at which it was last seen.
    pub block: u64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

impl FromRow<'_, SqliteRow> for DifferenceRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            subject: subject(row)?,
            field: row.try_get("field")?,
            kept: row.try_get("kept")?,
            told: row.try_get("told")?,
            block: column::unsigned(row, "block")?,
            first_seen: Timestamp(row.try_get("first_seen")?),
            last_seen: Timestamp(row.try_get("last_seen")?),
        })
    }
}

fn subject(row: &SqliteRow) -> Result<Subject, sqlx::Error> {
    Ok(Subject {
        kind: row.try_get("subject")?,
        id: row.try_get("id")?,
    })
}

/// What there is of a subject now: what is not among `differences` is gone.
pub async fn put(
    db: &mut SqliteConnection,
    subject: &Subject,
    differences: &[Difference],
    block: u64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM chain_differences WHERE subject = ? AND id = ? AND field NOT IN (SELECT value FROM json_each(?))",
    )
    .bind(&subject.kind)
    .bind(&subject.id)
    .bind(column::list(differences.iter().map(|difference| difference.field))?)
    .execute(&mut *db)
    .await?;
    for difference in differences {
        sqlx::query(
            "INSERT INTO chain_differences (subject, id, field, kept, told, block, first_seen, last_seen)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (subject, id, field) DO UPDATE SET kept = excluded.kept, told = excluded.told,
                 block = excluded.block, last_seen = excluded.last_seen",
        )
        .bind(&subject.kind)
        .bind(&subject.id)
        .bind(difference.field)
        .bind(&difference.kept)
        .bind(&difference.told)
        .bind(column::whole(block))
        .bind(now.0)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// After `after`, by subject and field.
pub async fn page(
    db: &mut SqliteConnection,
    after: Option<(&Subject, &str)>,
    limit: u32,
) -> Result<Vec<DifferenceRow>, sqlx::Error> {
    let (kind, id, field) = after.map_or(("", "", ""), |(subject, field)| (&subject.kind, &subject.id, field));
    sqlx::query_as(
        "SELECT * FROM chain_differences WHERE (subject, id, field) > (?, ?, ?) ORDER BY subject, id, field LIMIT ?",
    )
    .bind(kind)
    .bind(id)
    .bind(field)
    .bind(limit)
    .fetch_all(db)
    .await
}

/// Subjects that differ, the one seen longest ago first.
pub async fn subjects(db: &mut SqliteConnection, limit: u32) -> Result<Vec<Subject>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT subject, id, min(last_seen) AS seen FROM chain_differences GROUP BY subject, id ORDER BY seen LIMIT ?",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(subject).collect()
}

pub async fn count(db: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT count(*) AS n FROM chain_differences")
        .fetch_one(db)
        .await?;
    column::unsigned(&row, "n")
}

/// Those last seen at `block` or above it.
pub async fn delete_from(db: &mut SqliteConnection, block: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_differences WHERE block >= ?")
        .bind(column::whole(block))
        .execute(db)
        .await?;
    Ok(())
}
