//! Matching: which worker may take what, in which order, and how much of it.

mod available;
mod census;
mod claim;
mod counter;
mod eligibility;
mod hand_out;
mod known;
mod measured;
mod pick;

pub use available::available;
pub use census::Census;
pub use counter::Counter;
pub use eligibility::{eligible, online_since};
pub use measured::measured_claim;
