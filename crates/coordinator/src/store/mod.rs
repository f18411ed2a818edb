//! The database: SQLite or PostgreSQL, by one set of queries. One file per table; no SQL anywhere else.

pub mod accounts;
pub mod candidates;
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
mod database;
pub mod escrows;
pub mod events;
pub mod failures;
pub mod idempotency;
pub mod installation;
pub mod job_log;
pub mod jobs;
pub mod leases;
pub mod locks;
mod migrations;
pub mod payouts;
pub mod refresh_tokens;
pub mod reputation_history;
pub mod signed_transactions;
pub mod speeds;
mod statement;
pub mod task_counts;
pub mod tasks;
pub mod text;
pub mod timeline;
mod trouble;
pub mod trust;
pub mod worker_blenders;
pub mod workers;
mod write;

pub use database::{Database, DatabaseError};
pub use trouble::{Trouble, trouble};
pub use write::{Store, WriteTx};
