//! Settings in the database: only what differs from the default is kept, key by key, each with the version of its shape.

use crate::{
    Context,
    db::{self, DbError},
    view::CommandError,
};
use rusqlite::Connection;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Version of the shapes written now. Raise it when one changes, and teach [`migrated`] the step.
const VERSION: u32 = 1;
/// Keys of the settings page begin with this; the rest of the program keeps its values beside them.
const PREFIX: &str = "app.";

pub(super) fn load<T: Serialize + DeserializeOwned>(conn: &Connection, defaults: &T) -> Result<T, DbError> {
    let mut values = as_map(defaults)?;
    for (key, value) in &mut values {
        let stored = db::settings::get::<Value>(conn, &format!("{PREFIX}{key}"))?;
        let Some(stored) = stored.and_then(|(version, stored)| migrated(key, version, stored)) else {
            continue;
        };
        let default = std::mem::replace(value, stored);
        // A value that no longer fits must not take the others with it.
        if !fits::<T>(defaults, key, value)? {
            tracing::warn!(key, "a stored setting cannot be read; its default counts");
            *value = default;
        }
    }
    Ok(serde_json::from_value(Value::Object(values))?)
}

pub(super) fn save<T: Serialize>(conn: &mut Connection, settings: &T, defaults: &T) -> Result<(), DbError> {
    let defaults = as_map(defaults)?;
    let transaction = conn.transaction()?;
    for (key, value) in as_map(settings)? {
        let name = format!("{PREFIX}{key}");
        if defaults.get(&key) == Some(&value) {
            db::settings::remove(&transaction, &name)?;
        } else {
            db::settings::put(&transaction, &name, VERSION, &value)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// One value of the program's own, outside the settings page; `None` when it was never set or cannot be read.
pub(crate) async fn load_value<T>(ctx: &Context, key: &'static str) -> Result<Option<T>, CommandError>
where
    T: DeserializeOwned + Send + 'static,
{
    let stored = ctx.db.call(move |conn| db::settings::get::<T>(conn, key)).await;
    match stored {
        Ok(stored) => Ok(stored.map(|(_, value)| value)),
        Err(DbError::Value(error)) => {
            tracing::warn!(key, %error, "a stored value cannot be read; its default counts");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn save_value<T>(ctx: &Context, key: &'static str, value: T) -> Result<(), CommandError>
where
    T: Serialize + Send + 'static,
{
    Ok(ctx
        .db
        .call(move |conn| db::settings::put(conn, key, VERSION, &value))
        .await?)
}

/// A value of an older version in the shape of today; `None` when there is no way.
fn migrated(_key: &str, version: u32, value: Value) -> Option<Value> {
    // Version 1 is the first. A newer one was written by a newer program and is left in place, unread.
    (version == VERSION).then_some(value)
}

fn fits<T: Serialize + DeserializeOwned>(defaults: &T, key: &str, value: &Value) -> Result<bool, DbError> {
    let mut trial = as_map(defaults)?;
    trial.insert(key.to_owned(), value.clone());
    Ok(serde_json::from_value::<T>(Value::Object(trial)).is_ok())
}

fn as_map<T: Serialize>(value: &T) -> Result<Map<String, Value>, DbError> {
    match serde_json::to_value(value)? {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::Db, settings::defaults, view::ThemeChoice};

    #[test]
    fn only_what_differs_is_kept() {
        let db = Db::in_memory().unwrap();
        db.call_blocking(|conn| {
            let mut settings = defaults();
            settings.theme = ThemeChoice::Dark;
            settings.power_watts = 300;
            save(conn, &settings, &defaults())?;
            assert_eq!(load(conn, &defaults())?, settings);
            assert!(db::settings::get::<Value>(conn, "app.notify_payout")?.is_none());

            settings.power_watts = 0;
            save(conn, &settings, &defaults())?;
            assert!(db::settings::get::<Value>(conn, "app.power_watts")?.is_none());
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn a_broken_value_costs_only_itself() {
        let db = Db::in_memory().unwrap();
        db.call_blocking(|conn| {
            db::settings::put(conn, "app.theme", 1, "purple")?;
            db::settings::put(conn, "app.power_watts", 1, &300)?;
            db::settings::put(conn, "app.save_folder", 99, "/of/a/newer/program")?;
            let settings = load(conn, &defaults())?;
            assert_eq!((settings.theme, settings.power_watts), (ThemeChoice::System, 300));
            assert_eq!(settings.save_folder, "");
            Ok(())
        })
        .unwrap();
    }
}
