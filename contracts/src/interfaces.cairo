//! What the contracts can be asked, and by whom. Amounts are in the token's smallest unit, times in seconds since 1970
//! (block time), job ids count from 1.

use starknet::{ClassHash, ContractAddress};

/// The part of ERC-20 that money needs. Both spellings of a token's functions exist on Starknet; this one is in all.
#[starknet::interface]
pub trait IERC20<T> {
    fn balance_of(self: @T, account: ContractAddress) -> u256;
    fn transfer(ref self: T, recipient: ContractAddress, amount: u256) -> bool;
    fn transfer_from(ref self: T, sender: ContractAddress, recipient: ContractAddress, amount: u256) -> bool;
}

/// Where a job stands.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub enum JobState {
    /// No such job.
    None,
    /// Paid for; nobody has it.
    Open,
    Assigned,
    /// The aggregator has committed to a result that it has not shown.
    Committed,
    /// The result is shown and can be challenged until the window ends.
    Challengeable,
    Disputed,
    /// Amounts can be claimed.
    Finalised,
    Cancelled,
    Expired,
}

/// What the creator chooses when posting.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct Policy {
    /// Seconds in which a shown result can be challenged: MIN_WINDOW to MAX_WINDOW.
    pub challenge_window: u32,
    /// Whether a staked worker may assign the job to itself (direct mode).
    pub self_assign: bool,
}

/// A job as it is in storage.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct Job {
    pub creator: ContractAddress,
    pub budget: u128,
    /// The last second in which a result can be committed.
    pub deadline: u64,
    pub state: JobState,
    pub policy: Policy,
    /// Poseidon over the felts of the specification, which are in the event `JobCreated`.
    pub spec_commitment: felt252,
    /// Zero until assigned. With self-assignment, the worker; else whom the scheduler named.
    pub worker: ContractAddress,
    /// Who commits, reveals and has the bond at stake: in direct mode the worker, else the scheduler that assigned.
    pub aggregator: ContractAddress,
}

/// What is known of a result. Zeros until the step that sets it.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct JobResult {
    pub root_commitment: felt252,
    pub settlement_root: felt252,
    pub total_paid: u128,
    /// The last second of the challenge window, or of the arbiter's time when disputed.
    pub ends_at: u64,
    pub challenger: ContractAddress,
    /// Parts of 10,000 of each amount that workers get: 10,000 unless a dispute ended otherwise.
    pub worker_share: u16,
    /// What claims can still take.
    pub unclaimed: u128,
}

#[starknet::interface]
pub trait IJobMarket<T> {
    // --- creators ---
    /// Pulls `budget` from the caller, who has approved it; the id of the job. `spec` holds 1 to MAX_SPEC felts and goes
    /// into the event; `spec_commitment` must be Poseidon over it (`poseidon_hash_span`).
    fn post_job(
        ref self: T,
        spec_commitment: felt252,
        budget: u128,
        deadline: u64,
        policy: Policy,
        spec: Span<felt252>,
    ) -> u64;
    /// Only while nobody has the job: the budget is owed to the creator again.
    fn cancel(ref self: T, job: u64);
    /// Ends the challenge window early, and finalises.
    fn accept(ref self: T, job: u64);

    // --- the scheduler, or a worker for itself ---
    /// By the scheduler role for any registered worker; by a registered worker for itself where the policy allows it,
    /// which locks its stake for the job.
    fn assign(ref self: T, job: u64, worker: ContractAddress);

    // --- the aggregator of the job ---
    /// `root_commitment` = poseidon_hash_span([job, settlement_root, total_paid, results_cid_hash, salt, aggregator]).
    /// Pulls the bond from the caller.
    fn commit(ref self: T, job: u64, root_commitment: felt252);
    /// Shows what was committed. `results_cid` (up to MAX_CID felts, a CID's text packed 31 bytes a felt) goes into the
    /// event; results_cid_hash above is poseidon_hash_span over it. `total_paid` is at most the budget.
    fn reveal(
        ref self: T,
        job: u64,
        settlement_root: felt252,
        total_paid: u128,
        results_cid: Span<felt252>,
        salt: felt252,
    );

    // --- anybody ---
    /// Inside the window, by anybody but the aggregator: pulls `bond`, which must be the bond of the market.
    fn challenge(ref self: T, job: u64, bond: u128);
    /// After the window.
    fn finalise(ref self: T, job: u64);
    /// After the deadline when nothing was committed, or REVEAL_PERIOD after it when nothing was revealed. The budget is
    /// owed to the creator again; a worker that had assigned itself loses the stake locked for the job, and a committed
    /// bond is forfeited.
    fn expire(ref self: T, job: u64);
    /// When the arbiter let its time pass: both bonds are owed again, workers get half.
    fn resolve_by_default(ref self: T, job: u64);
    /// `leaf` = poseidon_hash_span([worker, amount, digest]); nodes = poseidon_hash_span([smaller, larger]) as integers.
    /// What is owed to `worker` grows by amount * worker_share / 10000. Once for each job and worker.
    fn claim(ref self: T, job: u64, worker: ContractAddress, amount: u128, digest: felt252, proof: Span<felt252>);
    /// Pays all that is owed to the caller, or reverts.
    fn withdraw(ref self: T);
    /// Pays all that is owed to `account` to `account`.
    fn withdraw_for(ref self: T, account: ContractAddress);

    // --- the arbiter ---
    /// `worker_share` in parts of 10,000: 10,000 = the challenger loses its bond, 0 = the aggregator does, between: both
    /// get theirs back. Half of a lost bond goes to the winner, half to the treasury.
    fn resolve(ref self: T, job: u64, worker_share: u16);

    // --- views ---
    fn get_job(self: @T, job: u64) -> Job;
    fn get_result(self: @T, job: u64) -> JobResult;
    fn job_count(self: @T) -> u64;
    fn owed(self: @T, account: ContractAddress) -> u128;
    fn has_claimed(self: @T, job: u64, worker: ContractAddress) -> bool;
    /// (escrow, owed, bonds): their sum is at most the contract's balance, and exactly it unless somebody sent tokens.
    fn totals(self: @T) -> (u128, u128, u128);
    fn bond(self: @T) -> u128;
    fn token(self: @T) -> ContractAddress;
    fn registry(self: @T) -> ContractAddress;
}

/// A worker as it is in storage.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct Worker {
    pub registered: bool,
    pub verified: bool,
    /// 0 to 1000.
    pub reputation: u16,
    pub stake: u128,
    /// The part of the stake that jobs have locked.
    pub locked: u128,
    /// The part of the stake that is on its way out, and when it can be taken.
    pub unbonding: u128,
    pub unbonding_until: u64,
}

#[starknet::interface]
pub trait IWorkerRegistry<T> {
    // --- workers ---
    /// `profile` (up to MAX_PROFILE felts: what the worker says of itself) goes into the event. Pulls `stake`, which may be 0.
    fn register(ref self: T, stake: u128, profile: Span<felt252>);
    fn update(ref self: T, profile: Span<felt252>);
    /// Ends the registration and begins the unbonding of all of the stake; refused while a job has some of it locked.
    fn deregister(ref self: T);
    fn add_stake(ref self: T, amount: u128);
    /// Begins the unbonding of free stake, which no job can lock from then on. A second call starts the delay again.
    fn unstake(ref self: T, amount: u128);
    /// After the delay: pays out what was unbonding.
    fn withdraw_stake(ref self: T);
    /// Pays what slashing has made owed to the caller.
    fn withdraw(ref self: T);

    // --- the verifier ---
    fn verify(ref self: T, worker: ContractAddress, verified: bool);

    // --- the market ---
    /// Locks the stake that self-assignment asks for; refused when the free stake is less.
    fn lock(ref self: T, worker: ContractAddress, job: u64);
    fn unlock(ref self: T, worker: ContractAddress, job: u64);
    /// Takes what was locked for the job: half is owed to `injured`, half to the treasury.
    fn slash(ref self: T, worker: ContractAddress, job: u64, injured: ContractAddress);
    /// Adds to a reputation, within 0 and 1000. Nothing happens for an account that is not registered.
    fn change_reputation(ref self: T, worker: ContractAddress, change: i16, job: u64);

    // --- views ---
    fn get_worker(self: @T, worker: ContractAddress) -> Worker;
    fn is_registered(self: @T, worker: ContractAddress) -> bool;
    fn locked_for(self: @T, worker: ContractAddress, job: u64) -> u128;
    fn owed(self: @T, account: ContractAddress) -> u128;
    /// (stakes, owed).
    fn totals(self: @T) -> (u128, u128);
    /// What self-assignment locks.
    fn job_stake(self: @T) -> u128;
    fn token(self: @T) -> ContractAddress;
    fn market(self: @T) -> ContractAddress;
}

/// What both contracts let their owner do.
#[starknet::interface]
pub trait IGovernance<T> {
    fn owner(self: @T) -> ContractAddress;
    /// The new owner has to accept.
    fn transfer_ownership(ref self: T, new_owner: ContractAddress);
    fn accept_ownership(ref self: T);
    /// Roles by name: 'scheduler', 'arbiter' and 'treasury' of the market, 'verifier', 'treasury' and 'market' of the
    /// registry. 'market' can be set once. Several accounts may be schedulers; the others are one account each, and
    /// `granted` = false takes the role away.
    fn set_role(ref self: T, role: felt252, account: ContractAddress, granted: bool);
    fn has_role(self: @T, role: felt252, account: ContractAddress) -> bool;
    fn pause(ref self: T);
    fn unpause(ref self: T);
    fn is_paused(self: @T) -> bool;
    fn propose_upgrade(ref self: T, class_hash: ClassHash);
    /// 48 hours after the proposal, not before.
    fn execute_upgrade(ref self: T);
    fn cancel_upgrade(ref self: T);
    /// The class that is proposed, and from when it can be executed; zeros when there is none.
    fn proposed_upgrade(self: @T) -> (ClassHash, u64);
}
