//! The database: SQLite, one writer, many readers. One file per table; no SQL anywhere else.

pub mod accounts;
pub mod challenges;
pub mod events;
pub mod failures;
pub mod idempotency;
pub mod job_log;
pub mod jobs;
pub mod leases;
pub mod payouts;
pub mod refresh_tokens;
pub mod task_counts;
pub mod tasks;
pub mod text;
pub mod timeline;
pub mod trust;
pub mod workers;
mod write;

pub use write::{Store, WriteTx};

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// Every migration, oldest first, inside the binary.
pub(crate) fn migrator() -> Migrator {
    let initial = include_str!("../../../../migrations/coordinator/0001_initial.sql");
    Migrator::with_migrations(vec![Migration::new(
        1,
        "initial".into(),
        MigrationType::Simple,
        initial.into_sql_str(),
        false,
    )])
}
