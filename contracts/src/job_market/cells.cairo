//! What a job is in storage: three cells when it is posted, and one more at each step that cannot do without.

use starknet::ContractAddress;
use starknet::storage_access::StorePacking;
use crate::interfaces::JobState;
use crate::packing::{bit, join, split};

const TWO_POW_120: NonZero<u128> = 0x1000000000000000000000000000000;
const TWO_POW_80: NonZero<u128> = 0x100000000000000000000;
const TWO_POW_40: NonZero<u128> = 0x10000000000;
const TWO_POW_22: NonZero<u128> = 0x400000;

const SHIFT_120: felt252 = 0x1000000000000000000000000000000;
const SHIFT_128: felt252 = 0x100000000000000000000000000000000;
const SHIFT_168: felt252 = 0x1000000000000000000000000000000000000000000;
const SHIFT_208: felt252 = 0x10000000000000000000000000000000000000000000000000000;
const SHIFT_230: felt252 = 0x4000000000000000000000000000000000000000000000000000000000;

/// All of a job that changes and is small: 242 bits. Each step writes this cell anyway, for the state, so what a step
/// learns about time and shares costs no cell of its own.
#[derive(Copy, Drop)]
pub struct Terms {
    /// 120 bits.
    pub budget: u128,
    pub state: JobState,
    pub self_assign: bool,
    /// The worker assigned itself: it is its own aggregator, and its stake is locked.
    pub direct: bool,
    /// 40 bits, as is `ends_at`: enough for the next 34,000 years.
    pub deadline: u64,
    pub ends_at: u64,
    /// 22 bits.
    pub challenge_window: u32,
    /// 14 bits.
    pub worker_share: u16,
}

pub impl TermsPacking of StorePacking<Terms, felt252> {
    /// In felts, which costs a step where checked integers cost dozens. Nothing runs over: every width above is checked
    /// where the number comes in.
    fn pack(value: Terms) -> felt252 {
        let flags = number_of(value.state) + 16 * bit(value.self_assign) + 32 * bit(value.direct);
        value.budget.into()
            + flags * SHIFT_120
            + value.deadline.into() * SHIFT_128
            + value.ends_at.into() * SHIFT_168
            + value.challenge_window.into() * SHIFT_208
            + value.worker_share.into() * SHIFT_230
    }

    fn unpack(value: felt252) -> Terms {
        let (low, high) = split(value);
        let (flags, budget) = DivRem::div_rem(low, TWO_POW_120);
        let (modes, state) = DivRem::div_rem(flags, 16);
        let (lengths, times) = DivRem::div_rem(high, TWO_POW_80);
        let (ends_at, deadline) = DivRem::div_rem(times, TWO_POW_40);
        let (worker_share, challenge_window) = DivRem::div_rem(lengths, TWO_POW_22);
        Terms {
            budget,
            state: state_of(state),
            self_assign: modes % 2 == 1,
            direct: modes / 2 == 1,
            deadline: deadline.try_into().unwrap(),
            ends_at: ends_at.try_into().unwrap(),
            challenge_window: challenge_window.try_into().unwrap(),
            worker_share: worker_share.try_into().unwrap(),
        }
    }
}

/// What is written when a job is posted: three cells, one after the other.
#[derive(Copy, Drop, starknet::Store)]
pub struct Posted {
    pub creator: ContractAddress,
    pub terms: Terms,
    pub spec_commitment: felt252,
}

/// What a result pays and what of it is left, both at most the budget.
#[derive(Copy, Drop)]
pub struct Payout {
    pub total_paid: u128,
    pub unclaimed: u128,
}

pub impl PayoutPacking of StorePacking<Payout, felt252> {
    fn pack(value: Payout) -> felt252 {
        join(value.total_paid, value.unclaimed)
    }

    fn unpack(value: felt252) -> Payout {
        let (total_paid, unclaimed) = split(value);
        Payout { total_paid, unclaimed }
    }
}

/// What `post_job` has to change beside the job: one cell.
#[derive(Copy, Drop)]
pub struct Ledger {
    /// Budgets of jobs that are not over, and what settled jobs have not yet been asked for.
    pub escrow: u128,
    pub job_count: u64,
}

pub impl LedgerPacking of StorePacking<Ledger, felt252> {
    fn pack(value: Ledger) -> felt252 {
        join(value.escrow, value.job_count.into())
    }

    fn unpack(value: felt252) -> Ledger {
        let (escrow, job_count) = split(value);
        Ledger { escrow, job_count: job_count.try_into().unwrap() }
    }
}

/// A cell that was never written is zeros, so `None` has to be 0.
fn number_of(state: JobState) -> felt252 {
    match state {
        JobState::None => 0,
        JobState::Open => 1,
        JobState::Assigned => 2,
        JobState::Committed => 3,
        JobState::Challengeable => 4,
        JobState::Disputed => 5,
        JobState::Finalised => 6,
        JobState::Cancelled => 7,
        JobState::Expired => 8,
    }
}

fn state_of(number: u128) -> JobState {
    match number {
        0 => JobState::None,
        1 => JobState::Open,
        2 => JobState::Assigned,
        3 => JobState::Committed,
        4 => JobState::Challengeable,
        5 => JobState::Disputed,
        6 => JobState::Finalised,
        7 => JobState::Cancelled,
        _ => JobState::Expired,
    }
}
