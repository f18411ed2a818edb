//! What the registry tells. What a worker says of itself is only here.

use starknet::ContractAddress;

#[derive(Drop, starknet::Event)]
pub struct WorkerRegistered {
    #[key]
    pub worker: ContractAddress,
    /// All of its stake, with what was still unbonding.
    pub stake: u128,
    pub profile: Span<felt252>,
}

#[derive(Drop, starknet::Event)]
pub struct WorkerUpdated {
    #[key]
    pub worker: ContractAddress,
    pub profile: Span<felt252>,
}

#[derive(Drop, starknet::Event)]
pub struct WorkerDeregistered {
    #[key]
    pub worker: ContractAddress,
}

#[derive(Drop, starknet::Event)]
pub struct WorkerVerified {
    #[key]
    pub worker: ContractAddress,
    pub verified: bool,
}

#[derive(Drop, starknet::Event)]
pub struct StakeChanged {
    #[key]
    pub worker: ContractAddress,
    pub stake: u128,
    pub locked: u128,
    pub unbonding: u128,
    pub unbonding_until: u64,
}

#[derive(Drop, starknet::Event)]
pub struct Slashed {
    #[key]
    pub worker: ContractAddress,
    #[key]
    pub job: u64,
    pub amount: u128,
    pub injured: ContractAddress,
}

#[derive(Drop, starknet::Event)]
pub struct ReputationUpdated {
    #[key]
    pub worker: ContractAddress,
    #[key]
    pub job: u64,
    pub old: u16,
    pub new: u16,
}
