//! Table `events`: the log.

use super::text;
use crate::events::{Logged, Topics};
use sqlx::{AnyConnection, Row, any::AnyRow};
use veriframe_core::Timestamp;
use veriframe_wire::{Event, EventData, Time};

pub async fn insert(
    db: &mut AnyConnection,
    now: Timestamp,
    topics: Topics,
    data: EventData,
) -> Result<Logged, sqlx::Error> {
    let body = text::to_json(&data)?;
    let seq: i64 = sqlx::query_scalar(
        "INSERT INTO events (at, job, creator, worker, market, body) VALUES ($1, $2, $3, $4, $5, $6) RETURNING seq",
    )
    .bind(now.0)
    .bind(&topics.job)
    .bind(topics.creator.map(|address| address.to_string()))
    .bind(topics.worker.map(|address| address.to_string()))
    .bind(i64::from(topics.market))
    .bind(body)
    .fetch_one(db)
    .await?;
    let event = Event {
        seq: Some(seq.cast_unsigned()),
        at: Time(now),
        data,
    };
    Logged::new(&event, topics).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// The next events after `seq`, in order.
pub async fn after(db: &mut AnyConnection, seq: u64, limit: u32) -> Result<Vec<Logged>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM events WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Logged, sqlx::Error> {
    let event = Event {
        seq: Some(row.try_get::<i64, _>("seq")?.cast_unsigned()),
        at: Time(text::time(row, "at")?),
        data: text::json(row, "body")?,
    };
    let topics = Topics {
        job: row.try_get("job")?,
        creator: text::maybe_address(row, "creator")?,
        worker: text::maybe_address(row, "worker")?,
        market: text::flag(row, "market")?,
    };
    Logged::new(&event, topics).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// The number of the last event; 0 in an empty log.
pub async fn newest(db: &mut AnyConnection) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT coalesce(max(seq), 0) AS newest FROM events")
        .fetch_one(db)
        .await?;
    Ok(row.try_get::<i64, _>("newest")?.cast_unsigned())
}
