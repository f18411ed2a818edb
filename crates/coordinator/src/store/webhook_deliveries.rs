//! Table `webhook_deliveries`: what was sent to webhooks, or was tried to be.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, Row, any::AnyRow};
use veriframe_core::Timestamp;
use veriframe_wire::{
    Time,
    webhook::{Delivery, DeliveryState},
};

/// How one attempt ended.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub state: DeliveryState,
    /// What the server answered, if it did.
    pub status: Option<u16>,
    pub error: String,
}

/// Writes one more attempt down. Returns how many there were.
pub async fn record(
    db: &mut AnyConnection,
    webhook: &str,
    event: u64,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO webhook_deliveries (webhook, event, state, attempts, status, error, created_at, updated_at)
         VALUES ($1, $2, $3, 1, $4, $5, $6, $6)
         ON CONFLICT (webhook, event) DO UPDATE SET state = $3, attempts = webhook_deliveries.attempts + 1, status = $4,
             error = $5, updated_at = $6",
    )
    .bind(webhook)
    .bind(event.cast_signed())
    .bind(text::word(attempt.state))
    .bind(attempt.status.map(i64::from))
    .bind(&attempt.error)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Attempts so far to deliver an event that is not delivered; 0 when there was none.
pub async fn attempts(db: &mut AnyConnection, webhook: &str, event: u64) -> Result<u32, sqlx::Error> {
    let row =
        sqlx::query("SELECT attempts FROM webhook_deliveries WHERE webhook = $1 AND event = $2 AND state = 'trying'")
            .bind(webhook)
            .bind(event.cast_signed())
            .fetch_optional(db)
            .await?;
    row.map_or(Ok(0), |row| text::count(&row, "attempts"))
}

/// Newest event first, older than `before`.
pub async fn page(
    db: &mut AnyConnection,
    webhook: &str,
    state: Option<DeliveryState>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM webhook_deliveries WHERE webhook = ");
    sql.bind(webhook.to_owned());
    if let Some(before) = before {
        sql.push(" AND event < ")
            .bind(i64::try_from(before).unwrap_or(i64::MAX));
    }
    if let Some(state) = state {
        sql.push(" AND state = ").bind(text::word(state));
    }
    sql.push(" ORDER BY event DESC LIMIT ").bind(i64::from(limit));
    let rows = sql.query().fetch_all(db).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Delivery, sqlx::Error> {
    let status = row.try_get::<Option<i64>, _>("status")?;
    Ok(Delivery {
        event: row.try_get::<i64, _>("event")?.cast_unsigned(),
        state: text::from_word(row, "state")?,
        attempts: text::count(row, "attempts")?,
        status: status.and_then(|status| u16::try_from(status).ok()),
        error: row.try_get("error")?,
        created_at: Time(text::time(row, "created_at")?),
        updated_at: Time(text::time(row, "updated_at")?),
    })
}

/// Forgets the attempts of what was given up, so that it is tried as if it were new. Returns those events, oldest first.
pub async fn revive(db: &mut AnyConnection, webhook: &str, now: Timestamp) -> Result<Vec<u64>, sqlx::Error> {
    let rows = sqlx::query(
        "UPDATE webhook_deliveries SET state = 'trying', attempts = 0, updated_at = $1
         WHERE webhook = $2 AND state = 'dead' RETURNING event",
    )
    .bind(now.0)
    .bind(webhook)
    .fetch_all(db)
    .await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        events.push(row.try_get::<i64, _>("event")?.cast_unsigned());
    }
    events.sort_unstable();
    Ok(events)
}

/// Forgets what was sent after an event; it is sent again.
pub async fn forget_after(db: &mut AnyConnection, webhook: &str, event: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM webhook_deliveries WHERE webhook = $1 AND event > $2")
        .bind(webhook)
        .bind(i64::try_from(event).unwrap_or(i64::MAX))
        .execute(db)
        .await?;
    Ok(())
}

pub async fn delete_of(db: &mut AnyConnection, webhook: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM webhook_deliveries WHERE webhook = $1")
        .bind(webhook)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn delete_delivered(db: &mut AnyConnection, before: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM webhook_deliveries WHERE state = 'delivered' AND updated_at < $1")
        .bind(before.0)
        .execute(db)
        .await?;
    Ok(())
}
