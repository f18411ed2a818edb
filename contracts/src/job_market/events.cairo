//! What the market tells. Whatever no later call needs (the specification, the address of the results) is only here and
//! never in storage: a felt of an event costs a hundredth of a cell.

use starknet::ContractAddress;

#[derive(Drop, starknet::Event)]
pub struct JobCreated {
    #[key]
    pub job: u64,
    #[key]
    pub creator: ContractAddress,
    pub spec_commitment: felt252,
    pub budget: u128,
    pub deadline: u64,
    pub challenge_window: u32,
    pub self_assign: bool,
    pub spec: Span<felt252>,
}

#[derive(Drop, starknet::Event)]
pub struct JobAssigned {
    #[key]
    pub job: u64,
    #[key]
    pub worker: ContractAddress,
    pub aggregator: ContractAddress,
}

#[derive(Drop, starknet::Event)]
pub struct ResultCommitted {
    #[key]
    pub job: u64,
    #[key]
    pub aggregator: ContractAddress,
    pub root_commitment: felt252,
}

#[derive(Drop, starknet::Event)]
pub struct ResultRevealed {
    #[key]
    pub job: u64,
    pub settlement_root: felt252,
    pub total_paid: u128,
    /// The last second in which it can be challenged.
    pub ends_at: u64,
    pub results_cid: Span<felt252>,
}

#[derive(Drop, starknet::Event)]
pub struct JobCompleted {
    #[key]
    pub job: u64,
    /// What workers can claim: after the share.
    pub total_paid: u128,
    /// What of the budget is owed to the creator again.
    pub refund: u128,
    pub worker_share: u16,
}

#[derive(Drop, starknet::Event)]
pub struct JobChallenged {
    #[key]
    pub job: u64,
    #[key]
    pub challenger: ContractAddress,
    /// The last second in which the arbiter can decide.
    pub ends_at: u64,
}

#[derive(Drop, starknet::Event)]
pub struct JobResolved {
    #[key]
    pub job: u64,
    pub worker_share: u16,
    pub by_default: bool,
}

#[derive(Drop, starknet::Event)]
pub struct JobCancelled {
    #[key]
    pub job: u64,
    pub refund: u128,
}

#[derive(Drop, starknet::Event)]
pub struct JobExpired {
    #[key]
    pub job: u64,
    pub refund: u128,
}

#[derive(Drop, starknet::Event)]
pub struct Claimed {
    #[key]
    pub job: u64,
    #[key]
    pub worker: ContractAddress,
    /// What became owed: after the share.
    pub amount: u128,
}
