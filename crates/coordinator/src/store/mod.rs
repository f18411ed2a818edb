//! The database: SQLite, one writer, many readers. One file per table; no SQL anywhere else.

pub mod accounts;
pub mod chain_blocks;
pub mod chain_claims;
mod chain_column;
pub mod chain_differences;
#[cfg(test)]
pub mod chain_dump;
pub mod chain_events;
pub mod chain_jobs;
pub mod chain_payments;
pub mod chain_source;
pub mod chain_workers;
pub mod challenges;
pub mod escrows;
pub mod events;
pub mod failures;
pub mod idempotency;
pub mod job_log;
pub mod jobs;
pub mod leases;
pub mod payouts;
pub mod refresh_tokens;
pub mod signed_transactions;
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
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        migration(
            1,
            "initial",
            include_str!("../../../../migrations/coordinator/0001_initial.sql"),
        ),
        migration(
            2,
            "chain",
            include_str!("../../../../migrations/coordinator/0002_chain.sql"),
        ),
        migration(
            3,
            "escrow",
            include_str!("../../../../migrations/coordinator/0003_escrow.sql"),
        ),
        migration(
            4,
            "chain_differences",
            include_str!("../../../../migrations/coordinator/0004_chain_differences.sql"),
        ),
    ])
}
