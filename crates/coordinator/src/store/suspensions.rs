//! Table `suspensions`: workers that an operator keeps from taking work.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, Row, any::AnyRow};
use std::collections::BTreeMap;
use veriframe_core::{Address, Timestamp};
use veriframe_wire::{AddressText, Time, admin::Suspension};

pub async fn insert(
    db: &mut AnyConnection,
    worker: Address,
    reason: &str,
    operator: Address,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO suspensions (worker, reason, operator, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (worker) DO UPDATE SET reason = $2, operator = $3, at = $4",
    )
    .bind(worker.to_string())
    .bind(reason)
    .bind(operator.to_string())
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Whether there was one.
pub async fn delete(db: &mut AnyConnection, worker: Address) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM suspensions WHERE worker = $1")
        .bind(worker.to_string())
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn find(db: &mut AnyConnection, worker: Address) -> Result<Option<Suspension>, sqlx::Error> {
    let row = sqlx::query("SELECT reason, operator, at FROM suspensions WHERE worker = $1")
        .bind(worker.to_string())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn find_all(
    db: &mut AnyConnection,
    workers: &[Address],
) -> Result<BTreeMap<Address, Suspension>, sqlx::Error> {
    let mut sql = Statement::new("SELECT worker, reason, operator, at FROM suspensions WHERE worker IN ");
    sql.list(workers.iter().map(Address::to_string));
    let rows = sql.query().persistent(workers.len() == 1).fetch_all(db).await?;
    rows.iter().map(with_worker).collect()
}

pub async fn all(db: &mut AnyConnection) -> Result<BTreeMap<Address, Suspension>, sqlx::Error> {
    let rows = sqlx::query("SELECT worker, reason, operator, at FROM suspensions")
        .fetch_all(db)
        .await?;
    rows.iter().map(with_worker).collect()
}

fn with_worker(row: &AnyRow) -> Result<(Address, Suspension), sqlx::Error> {
    Ok((text::address(row, "worker")?, read(row)?))
}

fn read(row: &AnyRow) -> Result<Suspension, sqlx::Error> {
    Ok(Suspension {
        reason: row.try_get("reason")?,
        operator: AddressText(text::address(row, "operator")?),
        at: Time(text::time(row, "at")?),
    })
}
