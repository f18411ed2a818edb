//! Table `audit_log`. Rows are added and read; the database refuses anything else.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use veriframe_core::Timestamp;
use veriframe_wire::{
    Time,
    admin::{AuditAction, AuditEntry},
};

/// One line to add.
#[derive(Debug)]
pub struct NewEntry<'a> {
    pub who: &'a str,
    pub action: AuditAction,
    pub target: &'a str,
    pub note: &'a str,
    pub origin: &'a str,
    pub request_id: &'a str,
}

pub async fn insert(db: &mut AnyConnection, entry: &NewEntry<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO audit_log (at, who, action, target, note, origin, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(now.0)
    .bind(entry.who)
    .bind(text::word(entry.action))
    .bind(entry.target)
    .bind(entry.note)
    .bind(entry.origin)
    .bind(entry.request_id)
    .execute(db)
    .await?;
    Ok(())
}

struct AuditRow(AuditEntry);

impl FromRow<'_, AnyRow> for AuditRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self(AuditEntry {
            seq: row.try_get::<i64, _>("seq")?.cast_unsigned(),
            at: Time(text::time(row, "at")?),
            who: row.try_get("who")?,
            action: text::from_word(row, "action")?,
            target: row.try_get("target")?,
            note: row.try_get("note")?,
            origin: row.try_get("origin")?,
            request_id: row.try_get("request_id")?,
        }))
    }
}

/// Newest first, older than `before`.
pub async fn page(
    db: &mut AnyConnection,
    who: Option<&str>,
    action: Option<AuditAction>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditEntry>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM audit_log WHERE seq < ");
    sql.bind(before.unwrap_or(i64::MAX));
    if let Some(who) = who {
        sql.push(" AND who = ").bind(who.to_owned());
    }
    if let Some(action) = action {
        sql.push(" AND action = ").bind(text::word(action));
    }
    sql.push(" ORDER BY seq DESC LIMIT ").bind(i64::from(limit));
    let rows: Vec<AuditRow> = sql.query_as().fetch_all(db).await?;
    Ok(rows.into_iter().map(|AuditRow(entry)| entry).collect())
}
