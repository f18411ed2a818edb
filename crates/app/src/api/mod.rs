//! The coordinator as its clients see it: typed requests, signing in, and the stream of events.
//!
//! Invariants: an answer is either the typed value or an [`ApiError`] that says which kind of failure it was; the key
//! signs a sign-in for this coordinator and nothing else; tokens never appear in `Debug` or in a log.

mod account;
mod backoff;
mod call;
mod client;
mod error;
pub mod events;
mod jobs;
mod prices;
mod session;
mod work;

pub use backoff::Backoff;
pub use client::ApiClient;
pub use error::ApiError;
pub use jobs::JobFilter;
pub use session::SessionTokens;
