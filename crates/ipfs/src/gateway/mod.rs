//! What a trustless gateway answers: which request was made, where its path leads, and which blocks go out in which
//! order.
//!
//! Source: the "Trustless Gateway Specification" of IPFS with IPIP-402 (parts of a tree), IPIP-412 (order and
//! repetitions) and IPIP-523 (the query before the header).

mod plan;
mod request;
mod resolve;

#[cfg(test)]
mod tests;

pub use plan::{Plan, PlanError};
pub use request::{ByteRange, CAR_TYPE, CarOptions, Duplicates, Format, Order, RAW_TYPE, RequestError, Scope};
pub use resolve::{ResolveError, Resolved};
