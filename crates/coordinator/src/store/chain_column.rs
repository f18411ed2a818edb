//! How the chain's values stand in columns.

use super::text;
use sqlx::{Row, any::AnyRow};
use veriframe_chain::number::{self, Felt};
use veriframe_core::Amount;

/// SQLite's numbers have a sign. What a contract says may be any number; one above 2^63 is as good as never.
pub fn whole(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub fn unsigned(row: &AnyRow, column: &'static str) -> Result<u64, sqlx::Error> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| text::broken(column, &error))
}

pub fn maybe_unsigned(row: &AnyRow, column: &'static str) -> Result<Option<u64>, sqlx::Error> {
    row.try_get::<Option<i64>, _>(column)?
        .map(|value| u64::try_from(value).map_err(|error| text::broken(column, &error)))
        .transpose()
}

/// A number that fits in fewer bits.
pub fn maybe_small<T: TryFrom<u64, Error: ToString>>(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, sqlx::Error> {
    maybe_unsigned(row, column)?
        .map(|value| T::try_from(value).map_err(|error| text::broken(column, &error)))
        .transpose()
}

pub fn felt(row: &AnyRow, column: &'static str) -> Result<Felt, sqlx::Error> {
    number::parse(row.try_get(column)?).map_err(|error| text::broken(column, &error))
}

pub fn maybe_felt(row: &AnyRow, column: &'static str) -> Result<Option<Felt>, sqlx::Error> {
    row.try_get::<Option<&str>, _>(column)?
        .map(|text| number::parse(text).map_err(|error| text::broken(column, &error)))
        .transpose()
}

pub fn maybe_amount(row: &AnyRow, column: &'static str) -> Result<Option<Amount>, sqlx::Error> {
    row.try_get::<Option<&str>, _>(column)?
        .map(|amount| amount.parse().map_err(|error| text::broken(column, &error)))
        .transpose()
}

/// A list of numbers: hexadecimal, with spaces between them.
pub fn felts(row: &AnyRow, column: &'static str) -> Result<Vec<Felt>, sqlx::Error> {
    row.try_get::<&str, _>(column)?
        .split_whitespace()
        .map(|text| number::parse(text).map_err(|error| text::broken(column, &error)))
        .collect()
}

/// Short digits: events are mostly small numbers.
pub fn felts_text(felts: &[Felt]) -> String {
    let words: Vec<String> = felts.iter().map(|felt| format!("{felt:#x}")).collect();
    words.join(" ")
}

/// Rows in one statement: SQLite takes 32,766 values in one, PostgreSQL 65,535, and no table here has more than 20 columns.
pub const ROWS: usize = 1000;
