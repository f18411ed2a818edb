//! The app's way to the chain: where the contracts are, what a payment would cost, and paying exactly once.
//!
//! Invariants: without a deployment and a node none of this is used; nothing is signed before the node was found to be
//! on the right chain with the right contracts on it; one account signs one transaction at a time.

mod access;
mod choice;
mod journal;
mod pay;
mod payment;
mod quote;
mod refused;
mod settle;

pub use access::ChainAccess;
pub(crate) use choice::open;
pub use choice::{CHAIN_VARIABLE, ChainChoice, NODE_VARIABLE};
pub use pay::{is_begun, pay};
pub use payment::{Direction, Payment, What};
pub use quote::{Quote, quote};
pub use refused::{of_deliver, of_node};
pub use settle::settle_waiting;
