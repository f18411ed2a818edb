//! Putting the parts together: the app, and the coordinator beside it when none was named.
//!
//! The command line and the window both start here, so that they find each other on one home: whoever comes first runs
//! the coordinator, the next one uses it.

pub mod compose;
pub mod config;
pub mod logging;

pub use compose::{ComposeError, Composed, Options, Role};
