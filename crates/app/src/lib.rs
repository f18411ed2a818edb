//! The use cases of VeriFrame, shared by the window and the command line.
//!
//! Invariants: nothing here knows Tauri, and nothing here knows how the coordinator is built; both are reached
//! through what the composition root passes in. Use cases are free functions with the context first.

pub mod api;
pub mod chain;
mod context;
pub mod create;
pub mod db;
pub mod earnings;
pub mod error;
mod home;
pub mod jobs;
pub mod keys;
pub mod prices;
pub mod provide;
pub mod settings;
pub mod settlement;
pub mod status;
pub mod store;
pub mod view;
pub mod wallet;

pub use context::{Context, OpenError, OpenOptions};
pub use home::Home;
