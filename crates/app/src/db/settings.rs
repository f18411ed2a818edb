//! Table `settings`: what a person changed, as JSON by key.

use super::DbError;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Serialize, de::DeserializeOwned};

/// The stored value with the version of its shape; `None` when it has its default.
pub fn get<T: DeserializeOwned>(conn: &Connection, key: &str) -> Result<Option<(u32, T)>, DbError> {
    let row: Option<(u32, String)> = conn
        .query_row("SELECT version, value FROM settings WHERE key = ?1", [key], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    row.map(|(version, json)| Ok((version, serde_json::from_str(&json)?)))
        .transpose()
}

pub fn put<T: Serialize + ?Sized>(conn: &Connection, key: &str, version: u32, value: &T) -> Result<(), DbError> {
    conn.execute(
        "INSERT INTO settings (key, version, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value",
        params![key, version, serde_json::to_string(value)?],
    )?;
    Ok(())
}

/// Back to the default.
pub fn remove(conn: &Connection, key: &str) -> Result<(), DbError> {
    conn.execute("DELETE FROM settings WHERE key = ?1", [key])?;
    Ok(())
}
