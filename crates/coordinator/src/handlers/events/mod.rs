//! What the contracts told. What this coordinator tells goes over the WebSocket.

pub mod differences;
pub mod list;
pub mod stats;
pub mod unprocessed;
