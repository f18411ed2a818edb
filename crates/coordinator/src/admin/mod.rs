//! The operators' side: on a listener of its own, for the accounts that the settings name.

mod books;
mod glance;
mod openapi;
mod page;
mod router;
mod suspend;

pub use books::books;
pub use glance::{overview, queue};
pub use openapi::document;
pub use router::build;
pub use suspend::{lift, suspend};
