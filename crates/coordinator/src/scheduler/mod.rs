//! Matching: which worker may take what, in which order, and how much of it.

mod available;
mod board;
mod census;
mod claim;
mod copies;
mod eligibility;
mod explain;
mod hand_out;
mod hands;
mod known;
mod measured;

mod learn;
mod pick;
mod standings;

pub use available::{Part, available};
pub use board::Board;
pub use census::Census;
pub use claim::Claim;
pub use eligibility::online_since;
pub use measured::measured_claim;

pub use explain::explain_job;
pub use learn::learn;
