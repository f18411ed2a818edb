//! Table `webhooks`.

use super::text;
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::webhook::WebhookSecret;

#[derive(Clone, Debug)]
pub struct WebhookRow {
    /// Order of making; the cursor of lists.
    pub seq: i64,
    pub id: String,
    pub account: Address,
    pub url: String,
    pub topics: Vec<String>,
    pub secret: WebhookSecret,
    /// Every event up to here was delivered, given up, or is none of its topics.
    pub seen: u64,
    pub given_up: u32,
    pub paused: bool,
    pub created_at: Timestamp,
}

impl FromRow<'_, AnyRow> for WebhookRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            id: row.try_get("id")?,
            account: text::address(row, "account")?,
            url: row.try_get("url")?,
            topics: text::json(row, "topics")?,
            secret: WebhookSecret(row.try_get("secret")?),
            seen: row.try_get::<i64, _>("seen")?.cast_unsigned(),
            given_up: text::count(row, "given_up")?,
            paused: text::flag(row, "paused")?,
            created_at: text::time(row, "created_at")?,
        })
    }
}

pub struct NewWebhook<'a> {
    pub id: &'a str,
    pub account: Address,
    pub url: &'a str,
    pub topics: &'a [String],
    pub secret: &'a WebhookSecret,
    pub seen: u64,
}

pub async fn insert(db: &mut AnyConnection, new: NewWebhook<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO webhooks (id, account, url, topics, secret, seen, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.account.to_string())
    .bind(new.url)
    .bind(text::to_json(&new.topics)?)
    .bind(&new.secret.0)
    .bind(new.seen.cast_signed())
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn find(db: &mut AnyConnection, id: &str) -> Result<Option<WebhookRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM webhooks WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await
}

/// Oldest first, after `after`.
pub async fn of_account(
    db: &mut AnyConnection,
    account: Address,
    after: i64,
    limit: u32,
) -> Result<Vec<WebhookRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM webhooks WHERE account = $1 AND seq > $2 ORDER BY seq LIMIT $3")
        .bind(account.to_string())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
}

/// Those that have not seen event `newest`, and are not paused.
pub async fn behind(db: &mut AnyConnection, newest: u64) -> Result<Vec<WebhookRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM webhooks WHERE paused = 0 AND seen < $1 ORDER BY seq")
        .bind(newest.cast_signed())
        .fetch_all(db)
        .await
}

/// Moves on from event `from`; false when somebody else did meanwhile.
pub async fn advance(db: &mut AnyConnection, id: &str, from: u64, to: u64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE webhooks SET seen = $1 WHERE id = $2 AND seen = $3")
        .bind(to.cast_signed())
        .bind(id)
        .bind(from.cast_signed())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts deliveries in a row that were given up; 0 begins again.
pub async fn set_given_up(db: &mut AnyConnection, id: &str, given_up: u32, paused: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE webhooks SET given_up = $1, paused = $2 WHERE id = $3")
        .bind(i64::from(given_up))
        .bind(i64::from(paused))
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// Goes back to an earlier event, and on from there.
pub async fn rewind(db: &mut AnyConnection, id: &str, seen: u64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE webhooks SET seen = $1 WHERE id = $2")
        .bind(seen.cast_signed())
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn delete(db: &mut AnyConnection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM webhooks WHERE id = $1")
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}
