//! Brings the database to the present schema. Append only: a released migration is never edited.

use super::DbError;
use rusqlite::{Connection, TransactionBehavior};

/// `user_version` is the number of migrations applied.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../../migrations/desktop/0001_settings_and_worker.sql"),
    include_str!("../../../../migrations/desktop/0002_jobs.sql"),
    include_str!("../../../../migrations/desktop/0003_why_a_draft_failed.sql"),
    include_str!("../../../../migrations/desktop/0004_chain_transactions.sql"),
    include_str!("../../../../migrations/desktop/0005_direct_jobs.sql"),
    include_str!("../../../../migrations/desktop/0006_jobs_taken_up.sql"),
    include_str!("../../../../migrations/desktop/0007_before_the_first_sample.sql"),
];

pub(super) fn apply(connection: &mut Connection) -> Result<(), DbError> {
    // IMMEDIATE: two programs that start on the same home at once migrate one after the other.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(DbError::TooNew { found, known });
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
