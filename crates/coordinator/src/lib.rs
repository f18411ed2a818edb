//! The coordinator: matches jobs to workers, holds the escrow, checks frames, and tells what happened.
//!
//! Start it with [`launch_with_listener`]; stop it by cancelling the token, and await [`Running::join`].
//!
//! Invariants:
//! - Money, states, reputation and the events that tell of them change in one transaction; there is one writer.
//! - A write about a task needs a lease that is active, in time and carries the fence (`veriframe_core::lease`).
//! - Work is paid at most once: the primary key of `payouts`.
//! - SQL stands in `store`, one file per table; handlers convert, call one function, convert.
//! - The chain's tables are a copy: the indexer alone writes them, and can make them again.
//! - Never depends on the app; what the two share is in `core` and `wire`.

mod accounts;
mod admin;
mod app;
mod audit;
mod auth;
mod backup;
mod chance;
mod content;
mod counter;
mod docs_page;
mod earnings;
mod error;
mod escrow;
mod events;
mod extract;
mod gateway;
mod handlers;
mod headers;
mod health;
mod idempotent;
mod indexer;
mod jobs;
mod launch;
mod leases;
mod ledger;
mod limits;
mod metrics;
mod openapi;
mod prices;
mod probe;
mod progress;
mod replicas;
mod request_id;
mod results;
mod router;
mod scheduler;
mod serve;
mod settings;
mod stepped;
mod store;
mod sweeper;
mod verification;
mod webhooks;
mod work;
mod workers;

pub use admin::document as admin_openapi;
pub use backup::{BackupError, Manifest as BackupManifest, Places, make as back_up, restore};
pub use escrow::{EscrowSettings, EscrowSettingsError};
pub use indexer::{
    ChainSettings, ChainSettingsError, Deployment, DeploymentError, heads::address as chain_heads_address,
};
pub use launch::{LaunchError, Running, launch_with_listener};
pub use limits::{Budgets, Limits, Rate};
pub use openapi::document as openapi;
pub use probe::{check_chain, check_database};
pub use replicas::redis::{RedisAddress, RedisAddressError};
pub use settings::{Admits, Settings};
#[doc(hidden)]
pub use stepped::Stepped;
pub use store::{Database, DatabaseError, Schema};
