//! What travels between VeriFrame's programs: request and response shapes, error codes, events, paths.
//!
//! Invariants: unknown fields in a request are refused; money is a decimal string of the smallest unit;
//! times are RFC 3339 in UTC; an error is a code from a closed list with a sentence for a person.

pub mod account;
pub mod admin;
pub mod auth;
pub mod chain;
pub mod content;
pub mod error;
pub mod event;
pub mod health;
pub mod job;
pub mod lease;
pub mod money;
pub mod page;
pub mod pieces;
pub mod price;
pub mod result_folder;
pub mod results;
mod scalar;
pub mod webhook;
pub mod work;
pub mod worker;

pub use error::{ErrorBody, ErrorCode, ErrorEnvelope};
pub use event::{Event, EventData};
pub use money::Money;
pub use page::{Page, PageQuery};
pub use scalar::{AddressText, AmountText, SceneKeyText, Time};

/// Where the HTTP contract of this version lives.
pub const API_BASE: &str = "/api/v1";
