//! The numbers that bound what anybody can ask of the contracts. Times are in seconds.


pub const MIN_WINDOW: u32 = 60;
pub const MAX_WINDOW: u32 = 2592000; // 30 days
/// How far ahead a deadline can lie.
pub const MAX_AHEAD: u64 = 31622400; // 366 days
/// What an aggregator has after the deadline to show what it committed to.
pub const REVEAL_PERIOD: u64 = 3600;
pub const ARBITER_TIME: u64 = 604800; // 7 days
pub const UNBONDING: u64 = 604800; // 7 days
pub const UPGRADE_DELAY: u64 = 172800; // 48 hours

/// Budgets, bonds and stakes are below this, so that two amounts and a few flags fit into one storage cell. It is more
/// than 10^17 whole tokens of 18 decimals.
pub const AMOUNT_BOUND: u128 = 0x1000000000000000000000000000000; // 2^120

/// Lengths in felts. Whatever is looped over or copied into an event is capped, because its caller is a stranger.
pub const MAX_SPEC: usize = 128;
pub const MAX_CID: usize = 8;
pub const MAX_PROOF: usize = 32;
pub const MAX_PROFILE: usize = 64;

pub const WHOLE: u16 = 10000;

pub const REPUTATION_START: u16 = 500;
pub const REPUTATION_MAX: i32 = 1000;
pub const REPUTATION_PAID: i16 = 5;
pub const REPUTATION_EXPIRED: i16 = -100;
pub const REPUTATION_DISPUTE_LOST: i16 = -200;
