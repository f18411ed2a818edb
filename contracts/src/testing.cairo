//! Tokens and an account that misbehave, for tests of what the contracts and a coordinator do then. Never deployed with
//! the market.

pub mod answering_account;
pub mod plain_token;
pub mod reentering_token;
pub mod refusing_token;
