//! Who renders what next: the rules of the scheduler.
//!
//! Work is measured in seconds on a worker of speed 1, so that a frame has one size whoever renders it. All of it is
//! estimates, learned from frames that came in; a wrong estimate costs time and never correctness.

pub mod batch;
pub mod copy;
pub mod explain;
pub mod fit;
pub mod market;
pub mod rank;
pub mod speed;
pub mod split;

pub use batch::{Claim, batch_size};
pub use copy::{Asking, Held, worth_copying};
pub use fit::{Offer, Wants, WhyNot};
pub use market::{Market, Standing};
pub use rank::{JobFacts, Priority, Rank, WorkerFacts, rank};
pub use speed::Pace;
