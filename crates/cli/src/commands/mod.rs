//! One file a command: convert, call the use cases, print.

pub mod backup;
pub mod chain;
pub mod cid;
pub mod content;
pub mod doctor;
pub mod estimate;
pub mod inspect;
pub mod jobs;
pub mod operator;
pub mod pack;
pub mod post;
mod posting;
pub mod prices;
mod progress;
pub mod provide;
mod provide_direct;
pub mod render;
pub mod serve;
mod session;
pub mod wallet;
