//! For tests only: temporary homes, a coordinator in the test's own process, a clock that the test winds, pictures,
//! and scenes that real Blender saved.
//!
//! Everything here panics when it fails: a test that cannot be set up has failed.

pub mod clock;
pub mod coordinator;
pub mod frames;
pub mod home;
pub mod pictures;
pub mod program;
pub mod scenes;

pub use clock::ManualClock;
pub use coordinator::TestCoordinator;
pub use home::TempHome;
pub use scenes::{Scene, blender};
