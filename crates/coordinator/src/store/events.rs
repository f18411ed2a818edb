//! Table `events`: the log.

use super::text;
use crate::events::{Logged, Topics};
use sqlx::{Row, sqlite::SqliteConnection, sqlite::SqliteRow};
use veriframe_core::Timestamp;
use veriframe_wire::{Event, EventData, Time};

pub async fn insert(
    db: &mut SqliteConnection,
    now: Timestamp,
    topics: Topics,
    data: EventData,
) -> Result<Logged, sqlx::Error> {
    let body = text::to_json(&data)?;
    let done = sqlx::query("INSERT INTO events (at, job, creator, worker, market, body) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(now.0)
        .bind(&topics.job)
        .bind(topics.creator.map(|address| address.to_string()))
        .bind(topics.worker.map(|address| address.to_string()))
        .bind(topics.market)
        .bind(body)
        .execute(db)
        .await?;
    let event = Event {
        seq: Some(done.last_insert_rowid().cast_unsigned()),
        at: Time(now),
        data,
    };
    Logged::new(&event, topics).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// The next events after `seq`, in order.
pub async fn after(db: &mut SqliteConnection, seq: u64, limit: u32) -> Result<Vec<Logged>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?")
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<Logged, sqlx::Error> {
    let event = Event {
        seq: Some(row.try_get::<i64, _>("seq")?.cast_unsigned()),
        at: Time(text::time(row, "at")?),
        data: text::json(row, "body")?,
    };
    let topics = Topics {
        job: row.try_get("job")?,
        creator: text::maybe_address(row, "creator")?,
        worker: text::maybe_address(row, "worker")?,
        market: row.try_get("market")?,
    };
    Logged::new(&event, topics).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// The number of the last event; 0 in an empty log.
pub async fn newest(db: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT coalesce(max(seq), 0) AS newest FROM events")
        .fetch_one(db)
        .await?;
    Ok(row.try_get::<i64, _>("newest")?.cast_unsigned())
}
