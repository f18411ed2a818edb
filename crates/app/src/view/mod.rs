//! What the window shows: one shape a page, ready to print. Only strings, small numbers and enums, so that the
//! generated TypeScript needs no conversion. Money is a decimal string of the smallest unit.

mod create;
mod earnings;
mod error;
mod event;
mod job;
mod price;
mod provide;
mod settings;
mod settlement;
mod status;
mod wallet;

pub use create::*;
pub use earnings::*;
pub use error::*;
pub use event::*;
pub use job::*;
pub use price::*;
pub use provide::*;
pub use settings::*;
pub use settlement::*;
pub use status::*;
pub use wallet::*;
