//! The contracts and their client on a real devnet, one network a test.

mod accounts;
mod clear_no;
mod conserved;
mod delivery;
mod flow;
mod gas;
mod setup;
mod tokens;
mod trust;
