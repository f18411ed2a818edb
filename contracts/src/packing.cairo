//! Two numbers in one felt. A felt holds 251 whole bits, and a new storage cell is most of what a call costs.

use crate::errors;

const TWO_POW_128: felt252 = 0x100000000000000000000000000000000;
const HIGH_BOUND: u128 = 0x8000000000000000000000000000000; // 2^123

/// `high` has to be below 2^123.
pub fn join(low: u128, high: u128) -> felt252 {
    assert(high < HIGH_BOUND, errors::TOTAL_TOO_LARGE);
    low.into() + high.into() * TWO_POW_128
}

/// (low, high).
pub fn split(cell: felt252) -> (u128, u128) {
    let halves: u256 = cell.into();
    (halves.low, halves.high)
}

pub fn bit(flag: bool) -> felt252 {
    if flag {
        1
    } else {
        0
    }
}
