//! The domain of VeriFrame: jobs, tasks, leases, money, verdicts and prices.
//!
//! Invariant: pure. No input or output, no clock, no chance and no serialisation live here; whoever
//! needs the time or a random number is handed one.

mod address;
pub mod amount;
pub mod audit;
pub mod clock;
mod device;
pub mod failure;
pub mod frames;
pub mod job;
pub mod lease;
pub mod output;
pub mod pieces;
pub mod reputation;
pub mod requirements;
pub mod schedule;

pub use address::Address;
pub use amount::Amount;
pub use clock::{Clock, SystemClock, Timestamp};
pub use device::DeviceKind;
pub use frames::FrameSet;
pub use job::{JobState, TaskKind, TaskState};
pub use output::{Denoise, OutputFormat, RenderSettings};
pub use requirements::{BlenderInfo, BlenderVersion, Engine, Ineligible, Requirements};
