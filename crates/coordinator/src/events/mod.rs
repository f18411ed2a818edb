//! The one ordered log, and its live stream.

mod bus;
pub mod socket;
mod topics;

pub use bus::{Bus, BusCounters, Listener, Logged};
pub use topics::{Topic, Topics};
