//! VeriFrame on Starknet: a market in which a job's budget waits until its result stood unchallenged, and a registry of
//! the workers and their stakes. Two contracts, so that a fault in one cannot drain the other.

pub mod errors;
pub mod governance;
pub mod guard;
pub mod interfaces;
pub mod job_market;
pub mod limits;
pub mod merkle;
pub mod packing;
pub mod purse;
pub mod shares;
pub mod testing;
pub mod token;
pub mod worker_registry;
