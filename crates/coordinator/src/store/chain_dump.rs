//! The chain's tables as one text, to compare two databases. For tests.
//!
//! `chain_blocks` is not in it: which hashes are kept depends on when passes ran. Nor is what happened on the way there
//! (`reorgs`, `misses`).

use sqlx::{AnyConnection, Column, Row, TypeInfo, ValueRef};
use std::fmt::Write;

const TABLES: [&str; 6] = [
    "SELECT 'source', chain_id, market, registry, start_block FROM chain_source",
    "SELECT 'event', * FROM chain_events ORDER BY block, tx_index, event_index",
    "SELECT 'job', * FROM chain_jobs ORDER BY id",
    "SELECT 'worker', * FROM chain_workers ORDER BY address",
    "SELECT 'payment', * FROM chain_payments ORDER BY block, tx_index, event_index",
    "SELECT 'claim', * FROM chain_claims ORDER BY block, tx_index, event_index",
];

/// A line for each row, with all its columns.
pub async fn dump(db: &mut AnyConnection) -> Result<String, sqlx::Error> {
    let mut lines = String::new();
    for table in TABLES {
        for row in sqlx::query(table).fetch_all(&mut *db).await? {
            for (place, column) in row.columns().iter().enumerate() {
                let raw = row.try_get_raw(place)?;
                let value = match raw.type_info().name() {
                    _ if raw.is_null() => "-".to_owned(),
                    "INTEGER" | "BIGINT" => row.try_get_unchecked::<i64, _>(place)?.to_string(),
                    _ => row.try_get_unchecked::<String, _>(place)?,
                };
                let _ = write!(lines, "{}={value} ", column.name());
            }
            lines.push('\n');
        }
    }
    Ok(lines)
}
