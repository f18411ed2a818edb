//! How much one side may ask for, so that nobody is kept out by somebody else.
//!
//! Budgets are of this replica and of this computer's clock. Nothing here decides who may do what.

mod admit;
mod asking;
mod budgets;
mod connections;
mod settings;
mod sockets;

pub use admit::admit;
pub use asking::Asking;
pub use budgets::Limiters;
pub use connections::{Connections, Seat};
pub use settings::{Budgets, Limits, Rate};
pub use sockets::Sockets;
