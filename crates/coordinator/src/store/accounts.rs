//! Tables `accounts`, `transfers` and `entries`: the ledger's books, which are only ever written together.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, Row, any::AnyRow};
use veriframe_core::{Amount, Timestamp};
use veriframe_wire::{AmountText, Time, account::EntryKind, admin::Transfer};

/// Balances may be negative for the source of local credits, so the books hold signed numbers.
fn signed(row: &AnyRow, column: &'static str) -> Result<i128, sqlx::Error> {
    let digits: &str = row.try_get(column)?;
    digits.parse().map_err(|error| text::broken(column, &error))
}

/// `None`: there is no such account.
pub async fn balance(db: &mut AnyConnection, account: &str) -> Result<Option<i128>, sqlx::Error> {
    let row = sqlx::query("SELECT balance FROM accounts WHERE id = $1")
        .bind(account)
        .fetch_optional(db)
        .await?;
    row.map(|row| signed(&row, "balance")).transpose()
}

pub async fn set_balance(db: &mut AnyConnection, account: &str, balance: i128) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO accounts (id, balance) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET balance = $2")
        .bind(account)
        .bind(balance.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Why money moved.
#[derive(Clone, Copy, Debug)]
pub struct Reason<'a> {
    pub kind: EntryKind,
    pub job: Option<&'a str>,
    pub frame: Option<i32>,
}

/// Returns the number of the transfer.
pub async fn insert_transfer(
    db: &mut AnyConnection,
    source: &str,
    target: &str,
    amount: Amount,
    reason: Reason<'_>,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO transfers (at, kind, source, target, amount, job, frame) VALUES ($1, $2, $3, $4, $5, $6, $7)
         RETURNING seq",
    )
    .bind(now.0)
    .bind(text::word(reason.kind))
    .bind(source)
    .bind(target)
    .bind(amount.to_string())
    .bind(reason.job)
    .bind(reason.frame)
    .fetch_one(db)
    .await
}

pub async fn insert_entry(
    db: &mut AnyConnection,
    transfer: i64,
    account: &str,
    amount: i128,
    balance: i128,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO entries (transfer, account, amount, balance) VALUES ($1, $2, $3, $4)")
        .bind(transfer)
        .bind(account)
        .bind(amount.to_string())
        .bind(balance.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// One line of an account's history.
pub struct EntryRow {
    pub seq: i64,
    pub at: Timestamp,
    pub kind: EntryKind,
    pub amount: i128,
    pub balance: i128,
    pub job: Option<String>,
    pub job_name: Option<String>,
    pub frame: Option<i32>,
    /// The account at the other end.
    pub other: String,
}

/// Newest first, older than `before`.
pub async fn entries(
    db: &mut AnyConnection,
    account: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<EntryRow>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT e.seq, t.at, t.kind, e.amount, e.balance, t.job, j.name, t.frame,
                CASE WHEN t.source = e.account THEN t.target ELSE t.source END AS other
         FROM entries e JOIN transfers t ON t.seq = e.transfer LEFT JOIN jobs j ON j.id = t.job
         WHERE e.account = $1 AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3",
    )
    .bind(account)
    .bind(before.unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(EntryRow {
                seq: row.try_get("seq")?,
                at: text::time(row, "at")?,
                kind: text::from_word(row, "kind")?,
                amount: signed(row, "amount")?,
                balance: signed(row, "balance")?,
                job: row.try_get("job")?,
                job_name: row.try_get("name")?,
                frame: row.try_get("frame")?,
                other: row.try_get("other")?,
            })
        })
        .collect()
}

/// Every account with its balance. The sums are made by the caller: a database's numbers are too small for money.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<(String, i128)>, sqlx::Error> {
    let rows = sqlx::query("SELECT id, balance FROM accounts ORDER BY id")
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("id")?, signed(row, "balance")?)))
        .collect()
}

/// The balance of each account after its last entry.
pub async fn last_entries(db: &mut AnyConnection) -> Result<Vec<(String, i128)>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT account, balance FROM entries WHERE seq IN (SELECT max(seq) FROM entries GROUP BY account)",
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("account")?, signed(row, "balance")?)))
        .collect()
}

/// Newest first, older than `before`; of one account, if it is named.
pub async fn transfers(
    db: &mut AnyConnection,
    account: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Transfer>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM transfers WHERE seq < ");
    sql.bind(before.unwrap_or(i64::MAX));
    if let Some(account) = account {
        sql.push(" AND seq IN (SELECT transfer FROM entries WHERE account = ")
            .bind(account.to_owned())
            .push(")");
    }
    sql.push(" ORDER BY seq DESC LIMIT ").bind(i64::from(limit));
    let rows = sql.query().fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            Ok(Transfer {
                seq: row.try_get::<i64, _>("seq")?.cast_unsigned(),
                at: Time(text::time(row, "at")?),
                kind: text::from_word(row, "kind")?,
                source: row.try_get("source")?,
                target: row.try_get("target")?,
                amount: AmountText(text::amount(row, "amount")?),
                job: row.try_get("job")?,
                frame: row.try_get("frame")?,
            })
        })
        .collect()
}
