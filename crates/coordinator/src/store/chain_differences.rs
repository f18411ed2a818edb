//! Table `chain_differences`: where what a contract answers is not what its events say.

use super::{chain_column as column, statement::Statement};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
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

impl FromRow<'_, AnyRow> for DifferenceRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
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

fn subject(row: &AnyRow) -> Result<Subject, sqlx::Error> {
    Ok(Subject {
        kind: row.try_get("subject")?,
        id: row.try_get("id")?,
    })
}

/// What there is of a subject now: what is not among `differences` is gone.
pub async fn put(
    db: &mut AnyConnection,
    subject: &Subject,
    differences: &[Difference],
    block: u64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut gone = Statement::new("DELETE FROM chain_differences WHERE subject = ");
    gone.bind(&subject.kind).push(" AND id = ").bind(&subject.id);
    if !differences.is_empty() {
        gone.push(" AND field NOT IN ")
            .list(differences.iter().map(|difference| difference.field));
    }
    gone.query().execute(&mut *db).await?;
    for difference in differences {
        sqlx::query(
            "INSERT INTO chain_differences (subject, id, field, kept, told, block, first_seen, last_seen)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
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
    db: &mut AnyConnection,
    after: Option<(&Subject, &str)>,
    limit: u32,
) -> Result<Vec<DifferenceRow>, sqlx::Error> {
    let (kind, id, field) = after.map_or(("", "", ""), |(subject, field)| (&subject.kind, &subject.id, field));
    sqlx::query_as(
        "SELECT * FROM chain_differences WHERE (subject, id, field) > ($1, $2, $3) ORDER BY subject, id, field LIMIT $4",
    )
    .bind(kind)
    .bind(id)
    .bind(field)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await
}

/// Subjects that differ, the one seen longest ago first.
pub async fn subjects(db: &mut AnyConnection, limit: u32) -> Result<Vec<Subject>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT subject, id, min(last_seen) AS seen FROM chain_differences GROUP BY subject, id ORDER BY seen LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(subject).collect()
}

pub async fn count(db: &mut AnyConnection) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT count(*) AS n FROM chain_differences")
        .fetch_one(db)
        .await?;
    column::unsigned(&row, "n")
}

/// Those last seen at `block` or above it.
pub async fn delete_from(db: &mut AnyConnection, block: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chain_differences WHERE block >= $1")
        .bind(column::whole(block))
        .execute(db)
        .await?;
    Ok(())
}
