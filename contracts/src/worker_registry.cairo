//! Who renders, what each has at stake, and what the market has seen of it.

pub mod cells;
pub mod events;

#[starknet::contract]
pub mod WorkerRegistry {
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess, StoragePointerWriteAccess,
    };
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address};
    use crate::governance::{GovernanceComponent, RoleKind, RoleNames};
    use crate::guard::GuardComponent;
    use crate::interfaces::{IWorkerRegistry, Worker};
    use crate::purse::PurseComponent;
    use crate::{errors, limits};
    use super::cells::{Holds, Standing};
    use super::events;

    component!(path: GovernanceComponent, storage: governance, event: GovernanceEvent);
    component!(path: GuardComponent, storage: guard, event: GuardEvent);
    component!(path: PurseComponent, storage: purse, event: PurseEvent);

    #[abi(embed_v0)]
    impl GovernanceImpl = GovernanceComponent::GovernanceImpl<ContractState>;
    impl GovernanceInternal = GovernanceComponent::InternalImpl<ContractState>;
    impl GuardInternal = GuardComponent::InternalImpl<ContractState>;
    impl PurseInternal = PurseComponent::InternalImpl<ContractState>;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governance: GovernanceComponent::Storage,
        #[substorage(v0)]
        guard: GuardComponent::Storage,
        #[substorage(v0)]
        purse: PurseComponent::Storage,
        registry_job_stake: u128,
        registry_standing: Map<ContractAddress, Standing>,
        registry_holds: Map<ContractAddress, Holds>,
        registry_locked_for: Map<(ContractAddress, u64), u128>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        WorkerRegistered: events::WorkerRegistered,
        WorkerUpdated: events::WorkerUpdated,
        WorkerDeregistered: events::WorkerDeregistered,
        WorkerVerified: events::WorkerVerified,
        StakeChanged: events::StakeChanged,
        Slashed: events::Slashed,
        ReputationUpdated: events::ReputationUpdated,
        #[flat]
        GovernanceEvent: GovernanceComponent::Event,
        #[flat]
        GuardEvent: GuardComponent::Event,
        #[flat]
        PurseEvent: PurseComponent::Event,
    }

    impl Roles of RoleNames<ContractState> {
        fn kind(role: felt252) -> RoleKind {
            if role == 'market' {
                RoleKind::Once
            } else if role == 'verifier' || role == 'treasury' {
                RoleKind::One
            } else {
                RoleKind::Unknown
            }
        }
    }

    /// The market knows the registry's address from its own constructor, so the owner names it afterwards, once.
    #[constructor]
    fn constructor(
        ref self: ContractState,
        owner: ContractAddress,
        token: ContractAddress,
        verifier: ContractAddress,
        treasury: ContractAddress,
        job_stake: u128,
    ) {
        assert(job_stake < limits::AMOUNT_BOUND, errors::BAD_AMOUNT);
        self.governance.initializer(owner);
        self.governance.change_role('verifier', verifier, true);
        self.governance.change_role('treasury', treasury, true);
        self.purse.initializer(token);
        self.registry_job_stake.write(job_stake);
    }

    #[abi(embed_v0)]
    impl WorkerRegistryImpl of IWorkerRegistry<ContractState> {
        fn register(ref self: ContractState, stake: u128, profile: Span<felt252>) {
            self.governance.assert_not_paused();
            self.guard.enter();
            assert(profile.len() <= limits::MAX_PROFILE, errors::BAD_PROFILE_LENGTH);
            let worker = get_caller_address();
            let before = self.registry_standing.read(worker);
            assert(!before.registered, errors::ALREADY_REGISTERED);
            let reputation = if before.known {
                before.reputation
            } else {
                limits::REPUTATION_START
            };
            let standing = Standing {
                stake: grown(before.stake, stake), registered: true, known: true, reputation, ..before,
            };
            self.emit(events::WorkerRegistered { worker, stake: standing.stake, profile });
            self.save(worker, standing, self.registry_holds.read(worker));
            self.purse.take_deposit(worker, stake);
            self.guard.leave();
        }

        fn update(ref self: ContractState, profile: Span<felt252>) {
            assert(profile.len() <= limits::MAX_PROFILE, errors::BAD_PROFILE_LENGTH);
            let worker = get_caller_address();
            self.assert_registered(worker);
            self.emit(events::WorkerUpdated { worker, profile });
        }

        fn deregister(ref self: ContractState) {
            self.guard.enter();
            let worker = get_caller_address();
            let standing = self.assert_registered(worker);
            let holds = self.registry_holds.read(worker);
            assert(holds.locked == 0, errors::STAKE_LOCKED);
            self.emit(events::WorkerDeregistered { worker });
            if standing.verified {
                // Whoever comes back under this account need not be who was verified.
                self.emit(events::WorkerVerified { worker, verified: false });
            }
            let unbonding_until = get_block_timestamp() + limits::UNBONDING;
            let standing = Standing { registered: false, verified: false, unbonding_until, ..standing };
            self.save(worker, standing, Holds { unbonding: standing.stake, ..holds });
            self.guard.leave();
        }

        fn add_stake(ref self: ContractState, amount: u128) {
            self.guard.enter();
            assert(amount > 0, errors::BAD_AMOUNT);
            let worker = get_caller_address();
            let standing = self.assert_registered(worker);
            let standing = Standing { stake: grown(standing.stake, amount), ..standing };
            self.save(worker, standing, self.registry_holds.read(worker));
            self.purse.take_deposit(worker, amount);
            self.guard.leave();
        }

        fn unstake(ref self: ContractState, amount: u128) {
            self.guard.enter();
            assert(amount > 0, errors::BAD_AMOUNT);
            let worker = get_caller_address();
            let standing = self.registry_standing.read(worker);
            let holds = self.registry_holds.read(worker);
            assert(amount <= free(standing, holds), errors::STAKE_TOO_SMALL);
            let unbonding_until = get_block_timestamp() + limits::UNBONDING;
            let unbonding = holds.unbonding + amount;
            self.save(worker, Standing { unbonding_until, ..standing }, Holds { unbonding, ..holds });
            self.guard.leave();
        }

        fn withdraw_stake(ref self: ContractState) {
            self.guard.enter();
            let worker = get_caller_address();
            let standing = self.registry_standing.read(worker);
            let holds = self.registry_holds.read(worker);
            let amount = holds.unbonding;
            assert(amount > 0, errors::NOTHING_UNBONDING);
            assert(get_block_timestamp() >= standing.unbonding_until, errors::STILL_UNBONDING);
            let standing = Standing { stake: standing.stake - amount, unbonding_until: 0, ..standing };
            self.save(worker, standing, Holds { unbonding: 0, ..holds });
            self.purse.return_deposit(worker, amount);
            self.guard.leave();
        }

        fn withdraw(ref self: ContractState) {
            self.guard.enter();
            self.purse.withdraw(get_caller_address());
            self.guard.leave();
        }

        fn verify(ref self: ContractState, worker: ContractAddress, verified: bool) {
            self.governance.assert_role('verifier', errors::NOT_VERIFIER);
            let standing = self.assert_registered(worker);
            self.registry_standing.write(worker, Standing { verified, ..standing });
            self.emit(events::WorkerVerified { worker, verified });
        }

        fn lock(ref self: ContractState, worker: ContractAddress, job: u64) {
            self.guard.enter();
            self.governance.assert_role('market', errors::NOT_MARKET);
            let standing = self.assert_registered(worker);
            let holds = self.registry_holds.read(worker);
            let amount = self.registry_job_stake.read();
            assert(amount <= free(standing, holds), errors::STAKE_TOO_SMALL);
            assert(self.registry_locked_for.read((worker, job)) == 0, errors::ALREADY_LOCKED);
            self.registry_locked_for.write((worker, job), amount);
            self.save(worker, standing, Holds { locked: holds.locked + amount, ..holds });
            self.guard.leave();
        }

        fn unlock(ref self: ContractState, worker: ContractAddress, job: u64) {
            self.guard.enter();
            self.governance.assert_role('market', errors::NOT_MARKET);
            let holds = self.without_lock(worker, job);
            self.save(worker, self.registry_standing.read(worker), holds);
            self.guard.leave();
        }

        fn slash(ref self: ContractState, worker: ContractAddress, job: u64, injured: ContractAddress) {
            self.guard.enter();
            self.governance.assert_role('market', errors::NOT_MARKET);
            let amount = self.registry_locked_for.read((worker, job));
            let holds = self.without_lock(worker, job);
            let standing = self.registry_standing.read(worker);
            self.purse.forfeit(amount, injured, self.governance.treasury());
            self.emit(events::Slashed { worker, job, amount, injured });
            self.save(worker, Standing { stake: standing.stake - amount, ..standing }, holds);
            self.guard.leave();
        }

        fn change_reputation(ref self: ContractState, worker: ContractAddress, change: i16, job: u64) {
            self.governance.assert_role('market', errors::NOT_MARKET);
            let standing = self.registry_standing.read(worker);
            let old = standing.reputation;
            let new = moved(old, change);
            if !standing.registered || new == old {
                return;
            }
            self.registry_standing.write(worker, Standing { reputation: new, ..standing });
            self.emit(events::ReputationUpdated { worker, job, old, new });
        }

        fn get_worker(self: @ContractState, worker: ContractAddress) -> Worker {
            let Standing {
                stake, registered, verified, known: _, unbonding_until, reputation,
            } = self.registry_standing.read(worker);
            let Holds { locked, unbonding } = self.registry_holds.read(worker);
            Worker { registered, verified, reputation, stake, locked, unbonding, unbonding_until }
        }

        fn is_registered(self: @ContractState, worker: ContractAddress) -> bool {
            self.registry_standing.read(worker).registered
        }

        fn locked_for(self: @ContractState, worker: ContractAddress, job: u64) -> u128 {
            self.registry_locked_for.read((worker, job))
        }

        fn owed(self: @ContractState, account: ContractAddress) -> u128 {
            self.purse.owed_to(account)
        }

        fn totals(self: @ContractState) -> (u128, u128) {
            let sums = self.purse.sums();
            (sums.deposits, sums.owed)
        }

        fn job_stake(self: @ContractState) -> u128 {
            self.registry_job_stake.read()
        }

        fn token(self: @ContractState) -> ContractAddress {
            self.purse.token_address()
        }

        fn market(self: @ContractState) -> ContractAddress {
            self.governance.holder('market')
        }
    }

    #[generate_trait]
    impl Keeping of KeepingTrait {
        fn save(ref self: ContractState, worker: ContractAddress, standing: Standing, holds: Holds) {
            self.registry_standing.write(worker, standing);
            self.registry_holds.write(worker, holds);
            let Standing { stake, unbonding_until, .. } = standing;
            let Holds { locked, unbonding } = holds;
            self.emit(events::StakeChanged { worker, stake, locked, unbonding, unbonding_until });
        }

        /// Forgets what is locked for a job. The caller saves what is left.
        fn without_lock(ref self: ContractState, worker: ContractAddress, job: u64) -> Holds {
            let amount = self.registry_locked_for.read((worker, job));
            self.registry_locked_for.write((worker, job), 0);
            let holds = self.registry_holds.read(worker);
            Holds { locked: holds.locked - amount, ..holds }
        }

        fn assert_registered(self: @ContractState, worker: ContractAddress) -> Standing {
            let standing = self.registry_standing.read(worker);
            assert(standing.registered, errors::NOT_REGISTERED);
            standing
        }
    }

    /// The stake that no job has locked and that is not on its way out.
    fn free(standing: Standing, holds: Holds) -> u128 {
        standing.stake - holds.locked - holds.unbonding
    }

    fn grown(stake: u128, amount: u128) -> u128 {
        assert(amount < limits::AMOUNT_BOUND && stake + amount < limits::AMOUNT_BOUND, errors::BAD_AMOUNT);
        stake + amount
    }

    fn moved(reputation: u16, change: i16) -> u16 {
        let sum: i32 = reputation.into() + change.into();
        if sum < 0 {
            0
        } else if sum > limits::REPUTATION_MAX {
            limits::REPUTATION_MAX.try_into().unwrap()
        } else {
            sum.try_into().unwrap()
        }
    }
}
