//! How domain values stand in columns.

use sqlx::{Row, any::AnyRow};
use std::str::FromStr;
use veriframe_core::{Address, Amount, Timestamp};

/// A column that does not hold what we once wrote there.
#[derive(Debug, thiserror::Error)]
#[error("column {column} holds something unreadable: {reason}")]
pub struct ColumnError {
    column: &'static str,
    reason: String,
}

pub fn broken(column: &'static str, reason: &impl ToString) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(ColumnError {
        column,
        reason: reason.to_string(),
    }))
}

fn parsed<T: FromStr<Err: ToString>>(column: &'static str, text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(|error: T::Err| broken(column, &error))
}

pub fn address(row: &AnyRow, column: &'static str) -> Result<Address, sqlx::Error> {
    parsed(column, row.try_get(column)?)
}

pub fn maybe_address(row: &AnyRow, column: &'static str) -> Result<Option<Address>, sqlx::Error> {
    row.try_get::<Option<&str>, _>(column)?
        .map(|text| parsed(column, text))
        .transpose()
}

pub fn amount(row: &AnyRow, column: &'static str) -> Result<Amount, sqlx::Error> {
    parsed(column, row.try_get(column)?)
}

pub fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp, sqlx::Error> {
    row.try_get(column).map(Timestamp)
}

pub fn maybe_time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp))
}

/// A count or size that cannot be negative.
pub fn count(row: &AnyRow, column: &'static str) -> Result<u32, sqlx::Error> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|error| broken(column, &error))
}

/// A count of days since 1970 as `YYYY-MM-DD`.
pub fn day(row: &AnyRow, column: &'static str) -> Result<String, sqlx::Error> {
    let days = time::Duration::days(row.try_get(column)?);
    let date = time::OffsetDateTime::UNIX_EPOCH.checked_add(days);
    let date = date.ok_or_else(|| broken(column, &"the day is too far away"))?.date();
    Ok(date.to_string())
}

/// Yes or no, which stands as 1 or 0 in both databases.
pub fn flag(row: &AnyRow, column: &'static str) -> Result<bool, sqlx::Error> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

pub fn maybe_flag(row: &AnyRow, column: &'static str) -> Result<Option<bool>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(|flag| flag != 0))
}

/// A wire enum as the word it is in JSON.
pub fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a unit variant is a word in JSON, not {other:?}"),
    }
}

pub fn from_word<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| broken(column, &error))
}

pub fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<T, sqlx::Error> {
    serde_json::from_str(row.try_get(column)?).map_err(|error| broken(column, &error))
}

pub fn maybe_json<T: serde::de::DeserializeOwned>(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, sqlx::Error> {
    row.try_get::<Option<&str>, _>(column)?
        .map(|text| serde_json::from_str(text).map_err(|error| broken(column, &error)))
        .transpose()
}

pub fn to_json<T: serde::Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}
