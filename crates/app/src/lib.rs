//! The use cases of VeriFrame, shared by the window and the command line.
//!
//! Invariants: nothing here knows Tauri, and nothing here knows how the coordinator is built; both are reached
//! through what the composition root passes in.

pub mod view;
