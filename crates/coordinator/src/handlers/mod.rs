//! One file per action: convert, call one function, convert.

pub mod admin;
pub mod auth;
pub mod content;
pub mod contracts;
pub mod events;
pub mod health;
pub mod jobs;
pub mod ledger;
pub mod paging;
pub mod prices;
pub mod root;
pub mod webhooks;
pub mod workers;
pub mod ws;
