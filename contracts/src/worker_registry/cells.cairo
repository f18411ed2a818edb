//! What a worker is in storage: one cell, and a second once some of its stake is locked or on its way out.

use starknet::storage_access::StorePacking;
use crate::packing::{bit, join, split};

const TWO_POW_120: NonZero<u128> = 0x1000000000000000000000000000000;
const TWO_POW_40: NonZero<u128> = 0x10000000000;
const SHIFT_120: felt252 = 0x1000000000000000000000000000000;
const SHIFT_128: felt252 = 0x100000000000000000000000000000000;
const SHIFT_168: felt252 = 0x1000000000000000000000000000000000000000000;

#[derive(Copy, Drop)]
pub struct Standing {
    /// 120 bits. All of it, with what is locked and what is unbonding.
    pub stake: u128,
    pub registered: bool,
    pub verified: bool,
    /// Was registered once: who comes back finds its reputation as it was.
    pub known: bool,
    /// 40 bits.
    pub unbonding_until: u64,
    /// 10 bits.
    pub reputation: u16,
}

pub impl StandingPacking of StorePacking<Standing, felt252> {
    /// In felts, which costs a step where checked integers cost dozens. Nothing runs over: stakes are checked where they
    /// come in.
    fn pack(value: Standing) -> felt252 {
        let flags = bit(value.registered) + 2 * bit(value.verified) + 4 * bit(value.known);
        value.stake.into()
            + flags * SHIFT_120
            + value.unbonding_until.into() * SHIFT_128
            + value.reputation.into() * SHIFT_168
    }

    fn unpack(value: felt252) -> Standing {
        let (low, high) = split(value);
        let (flags, stake) = DivRem::div_rem(low, TWO_POW_120);
        let (reputation, unbonding_until) = DivRem::div_rem(high, TWO_POW_40);
        Standing {
            stake,
            registered: flags % 2 == 1,
            verified: flags / 2 % 2 == 1,
            known: flags / 4 == 1,
            unbonding_until: unbonding_until.try_into().unwrap(),
            reputation: reputation.try_into().unwrap(),
        }
    }
}

/// The parts of a stake that are not free. They never overlap.
#[derive(Copy, Drop)]
pub struct Holds {
    pub locked: u128,
    pub unbonding: u128,
}

pub impl HoldsPacking of StorePacking<Holds, felt252> {
    fn pack(value: Holds) -> felt252 {
        join(value.locked, value.unbonding)
    }

    fn unpack(value: felt252) -> Holds {
        let (locked, unbonding) = split(value);
        Holds { locked, unbonding }
    }
}
