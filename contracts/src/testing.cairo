//! Tokens that misbehave, for tests of what the contracts do then. Never deployed with the market.

pub mod plain_token;
pub mod reentering_token;
pub mod refusing_token;
