//! What belongs to the window and the desktop around it, and knows nothing of jobs.

pub mod dialogs;
pub mod environment;
pub mod events;
pub mod exit;
pub mod explorer;
pub mod folder;
pub mod notify;
pub mod open;
pub mod pictures;
pub mod tray;
pub mod update;
pub mod window;
