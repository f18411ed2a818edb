//! The app and its wallet on a real devnet.

mod payments;
mod setup;
mod wallet;
