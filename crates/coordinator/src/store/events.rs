//! Table `events`: the log.

use super::{statement::Statement, text};
use crate::events::{Logged, Topics};
use sqlx::{AnyConnection, Row, any::AnyRow};
use veriframe_core::Timestamp;
use veriframe_wire::{Event, EventData, Time};

/// Writes events down, in this order, in one statement; at most [`super::chain_column::ROWS`] of them.
pub async fn insert(
    db: &mut AnyConnection,
    now: Timestamp,
    told: Vec<(Topics, EventData)>,
) -> Result<Vec<Logged>, sqlx::Error> {
    let bodies = told.iter().map(|(_, data)| text::to_json(data));
    let bodies: Vec<String> = bodies.collect::<Result<_, _>>()?;
    let mut sql = Statement::new("INSERT INTO events (at, job, creator, worker, market, body) ");
    sql.rows(told.iter().zip(bodies), |row, ((topics, _), body)| {
        row.bind(now.0)
            .bind(topics.job.clone())
            .bind(topics.creator.map(|address| address.to_string()))
            .bind(topics.worker.map(|address| address.to_string()))
            .bind(i64::from(topics.market))
            .bind(body)
    });
    sql.push(" RETURNING seq");
    let rows = sql.query().persistent(told.len() == 1).fetch_all(db).await?;
    let seqs = rows.iter().map(|row| row.try_get::<i64, _>("seq"));
    let mut seqs: Vec<i64> = seqs.collect::<Result<_, _>>()?;
    // Numbers are given in the order of the rows; how they come back is nobody's promise.
    seqs.sort_unstable();
    told.into_iter()
        .zip(seqs)
        .map(|((topics, data), seq)| {
            let event = Event {
                seq: Some(seq.cast_unsigned()),
                at: Time(now),
                data,
            };
            Logged::new(&event, topics).map_err(|error| sqlx::Error::Encode(Box::new(error)))
        })
        .collect()
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
