//! Matching: which worker may take what, in which order, and how much of it.

mod available;
mod claim;
mod eligibility;

pub use available::available;
pub use claim::claim;
pub use eligibility::{eligible, online_since};
