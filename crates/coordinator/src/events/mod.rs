//! The one ordered log, and its live stream.

mod bus;
pub mod socket;
mod topics;

pub use bus::{Bus, BusCounters, Logged};
pub use topics::{Subscription, Topics};
