//! Table `payouts`: what was paid for which render. Its key refuses a second payout.

use super::text;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeMap;
use veriframe_core::{Address, Amount, Timestamp};

pub struct NewPayout<'a> {
    pub task: i64,
    pub edition: i64,
    pub job: &'a str,
    pub worker: Address,
    pub amount: Amount,
    pub seconds: f64,
}

pub async fn insert(db: &mut AnyConnection, payout: NewPayout<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO payouts (task, edition, job, worker, amount, seconds, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(payout.task)
    .bind(payout.edition)
    .bind(payout.job)
    .bind(payout.worker.to_string())
    .bind(payout.amount.to_string())
    .bind(payout.seconds)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Payouts of one worker for one job on one day, all of the same amount.
pub struct Group {
    /// `YYYY-MM-DD` in UTC.
    pub day: String,
    pub job: String,
    pub job_name: String,
    /// Of each.
    pub amount: Amount,
    pub frames: u32,
    pub seconds: f64,
    pub last_at: Timestamp,
}

/// Since `since`, oldest day first. Sums are made by the caller: SQLite's numbers are too small for money.
pub async fn groups(db: &mut AnyConnection, worker: Address, since: Timestamp) -> Result<Vec<Group>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT p.at / 86400000 AS day, p.job, j.name, p.amount, count(*) AS frames,
                sum(p.seconds) AS seconds, max(p.at) AS last_at
         FROM payouts p JOIN jobs j ON j.id = p.job
         WHERE p.worker = $1 AND p.at >= $2
         GROUP BY p.at / 86400000, p.job, j.name, p.amount ORDER BY day, last_at",
    )
    .bind(worker.to_string())
    .bind(since.0)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Group {
                day: text::day(row, "day")?,
                job: row.try_get("job")?,
                job_name: row.try_get("name")?,
                amount: text::amount(row, "amount")?,
                frames: text::count(row, "frames")?,
                seconds: row.try_get("seconds")?,
                last_at: text::time(row, "last_at")?,
            })
        })
        .collect()
}

/// What each worker earned with a job, in the order of their addresses.
pub async fn by_worker(db: &mut AnyConnection, job: &str) -> Result<Vec<(Address, Amount)>, sqlx::Error> {
    let rows = sqlx::query("SELECT worker, amount FROM payouts WHERE job = $1")
        .bind(job)
        .fetch_all(db)
        .await?;
    let mut sums: BTreeMap<Address, Amount> = BTreeMap::new();
    for row in &rows {
        let sum = sums.entry(text::address(row, "worker")?).or_default();
        *sum = sum
            .checked_add(text::amount(row, "amount")?)
            .ok_or_else(|| text::broken("amount", &"the sum does not fit in 128 bits"))?;
    }
    Ok(sums.into_iter().collect())
}

/// Every payout the worker ever got, as pairs of amount and how often.
pub async fn totals(db: &mut AnyConnection, worker: Address) -> Result<Vec<(Amount, u32)>, sqlx::Error> {
    let rows = sqlx::query("SELECT amount, count(*) AS n FROM payouts WHERE worker = $1 GROUP BY amount")
        .bind(worker.to_string())
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((text::amount(row, "amount")?, text::count(row, "n")?)))
        .collect()
}
