//! Escrow for render jobs: who may move a job from which state to which, and where its money goes.

pub mod cells;
pub mod events;
pub mod jobs;
pub mod settling;

#[starknet::contract]
pub mod JobMarket {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address};
    use crate::governance::{GovernanceComponent, RoleKind, RoleNames};
    use crate::guard::GuardComponent;
    use crate::interfaces::{
        IJobMarket, IWorkerRegistryDispatcherTrait, Job, JobResult, JobState, Policy,
    };
    use crate::purse::PurseComponent;
    use crate::shares::part_of;
    use crate::{errors, limits, merkle};
    use super::cells::{Payout, Terms};
    use super::events;
    use super::jobs::JobsComponent;
    use super::settling::Settling;

    component!(path: GovernanceComponent, storage: governance, event: GovernanceEvent);
    component!(path: GuardComponent, storage: guard, event: GuardEvent);
    component!(path: PurseComponent, storage: purse, event: PurseEvent);
    component!(path: JobsComponent, storage: jobs, event: JobsEvent);

    #[abi(embed_v0)]
    impl GovernanceImpl = GovernanceComponent::GovernanceImpl<ContractState>;
    impl GovernanceInternal = GovernanceComponent::InternalImpl<ContractState>;
    impl GuardInternal = GuardComponent::InternalImpl<ContractState>;
    impl PurseInternal = PurseComponent::InternalImpl<ContractState>;
    impl JobsInternal = JobsComponent::InternalImpl<ContractState>;

    #[storage]
    pub struct Storage {
        #[substorage(v0)]
        pub(crate) governance: GovernanceComponent::Storage,
        #[substorage(v0)]
        pub(crate) guard: GuardComponent::Storage,
        #[substorage(v0)]
        pub(crate) purse: PurseComponent::Storage,
        #[substorage(v0)]
        pub(crate) jobs: JobsComponent::Storage,
        pub(crate) market_registry: ContractAddress,
        pub(crate) market_bond: u128,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        JobCreated: events::JobCreated,
        JobAssigned: events::JobAssigned,
        ResultCommitted: events::ResultCommitted,
        ResultRevealed: events::ResultRevealed,
        JobCompleted: events::JobCompleted,
        JobChallenged: events::JobChallenged,
        JobResolved: events::JobResolved,
        JobCancelled: events::JobCancelled,
        JobExpired: events::JobExpired,
        Claimed: events::Claimed,
        #[flat]
        GovernanceEvent: GovernanceComponent::Event,
        #[flat]
        GuardEvent: GuardComponent::Event,
        #[flat]
        PurseEvent: PurseComponent::Event,
        #[flat]
        JobsEvent: JobsComponent::Event,
    }

    impl Roles of RoleNames<ContractState> {
        fn kind(role: felt252) -> RoleKind {
            if role == 'scheduler' {
                RoleKind::Many
            } else if role == 'arbiter' || role == 'treasury' {
                RoleKind::One
            } else {
                RoleKind::Unknown
            }
        }
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        owner: ContractAddress,
        token: ContractAddress,
        registry: ContractAddress,
        scheduler: ContractAddress,
        arbiter: ContractAddress,
        treasury: ContractAddress,
        bond: u128,
    ) {
        // Without a bond a dispute would cost nothing, and anybody could hold up everybody.
        assert(bond > 0 && bond < limits::AMOUNT_BOUND, errors::BAD_BOND);
        assert(registry != 0.try_into().unwrap(), errors::ZERO_ADDRESS);
        self.governance.initializer(owner);
        self.governance.change_role('scheduler', scheduler, true);
        self.governance.change_role('arbiter', arbiter, true);
        self.governance.change_role('treasury', treasury, true);
        self.purse.initializer(token);
        self.market_registry.write(registry);
        self.market_bond.write(bond);
    }

    #[abi(embed_v0)]
    impl JobMarketImpl of IJobMarket<ContractState> {
        fn post_job(
            ref self: ContractState,
            spec_commitment: felt252,
            budget: u128,
            deadline: u64,
            policy: Policy,
            spec: Span<felt252>,
        ) -> u64 {
            self.governance.assert_not_paused();
            self.guard.enter();
            check_offer(budget, deadline, policy.challenge_window);
            assert(spec.len() > 0 && spec.len() <= limits::MAX_SPEC, errors::BAD_SPEC_LENGTH);
            assert(poseidon_hash_span(spec) == spec_commitment, errors::WRONG_SPEC_COMMITMENT);
            let Policy { challenge_window, self_assign } = policy;
            let creator = get_caller_address();
            let state = JobState::Open;
            let terms = Terms {
                budget, state, self_assign, direct: false, deadline, ends_at: 0, challenge_window, worker_share: 0,
            };
            let job = self.jobs.add(creator, spec_commitment, terms);
            self
                .emit(
                    events::JobCreated {
                        job, creator, spec_commitment, budget, deadline, challenge_window, self_assign, spec,
                    },
                );
            self.purse.pull(creator, budget);
            self.guard.leave();
            job
        }

        fn cancel(ref self: ContractState, job: u64) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Open, errors::JOB_NOT_OPEN);
            self.assert_creator(job);
            self.jobs.save(job, Terms { state: JobState::Cancelled, ..terms });
            self.refund(job, terms.budget);
            self.emit(events::JobCancelled { job, refund: terms.budget });
            self.guard.leave();
        }

        fn accept(ref self: ContractState, job: u64) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Challengeable, errors::JOB_NOT_CHALLENGEABLE);
            self.assert_creator(job);
            self.complete(job, terms);
            self.guard.leave();
        }

        fn assign(ref self: ContractState, job: u64, worker: ContractAddress) {
            self.governance.assert_not_paused();
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Open, errors::JOB_NOT_OPEN);
            assert(get_block_timestamp() <= terms.deadline, errors::DEADLINE_PASSED);
            let caller = get_caller_address();
            // A scheduler stays one when it names itself: it is trusted to choose, so no stake stands behind it.
            let direct = !self.governance.has_role('scheduler', caller);
            if direct {
                assert(caller == worker, errors::NOT_SCHEDULER);
                assert(terms.self_assign, errors::SELF_ASSIGN_OFF);
            }
            self.jobs.assign_to(job, worker, caller, Terms { state: JobState::Assigned, direct, ..terms });
            self.emit(events::JobAssigned { job, worker, aggregator: caller });
            if direct {
                self.workers().lock(worker, job);
            } else {
                assert(self.workers().is_registered(worker), errors::NOT_REGISTERED);
            }
            self.guard.leave();
        }

        fn commit(ref self: ContractState, job: u64, root_commitment: felt252) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Assigned, errors::JOB_NOT_ASSIGNED);
            let aggregator = self.assert_aggregator(job, terms);
            assert(get_block_timestamp() <= terms.deadline, errors::DEADLINE_PASSED);
            assert(root_commitment != 0, errors::ZERO_COMMITMENT);
            self.jobs.save(job, Terms { state: JobState::Committed, ..terms });
            self.jobs.set_root_commitment(job, root_commitment);
            self.emit(events::ResultCommitted { job, aggregator, root_commitment });
            self.purse.take_deposit(aggregator, self.market_bond.read());
            self.guard.leave();
        }

        fn reveal(
            ref self: ContractState,
            job: u64,
            settlement_root: felt252,
            total_paid: u128,
            results_cid: Span<felt252>,
            salt: felt252,
        ) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Committed, errors::JOB_NOT_COMMITTED);
            let aggregator = self.assert_aggregator(job, terms);
            let now = get_block_timestamp();
            assert(now <= terms.deadline + limits::REVEAL_PERIOD, errors::REVEAL_PERIOD_PASSED);
            assert(results_cid.len() <= limits::MAX_CID, errors::BAD_CID_LENGTH);
            assert(total_paid <= terms.budget, errors::OVER_BUDGET);
            let cid_hash = poseidon_hash_span(results_cid);
            let shown = [job.into(), settlement_root, total_paid.into(), cid_hash, salt, aggregator.into()];
            assert(poseidon_hash_span(shown.span()) == self.jobs.root_commitment(job), errors::WRONG_REVEAL);
            let ends_at = now + terms.challenge_window.into();
            let state = JobState::Challengeable;
            self.jobs.save(job, Terms { state, ends_at, worker_share: limits::WHOLE, ..terms });
            self.jobs.set_settlement_root(job, settlement_root);
            self.jobs.set_payout(job, Payout { total_paid, unclaimed: 0 });
            self.emit(events::ResultRevealed { job, settlement_root, total_paid, ends_at, results_cid });
            self.guard.leave();
        }

        fn challenge(ref self: ContractState, job: u64, bond: u128) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Challengeable, errors::JOB_NOT_CHALLENGEABLE);
            let now = get_block_timestamp();
            assert(now <= terms.ends_at, errors::WINDOW_CLOSED);
            let challenger = get_caller_address();
            assert(challenger != self.jobs.aggregator(job, terms.direct), errors::IS_AGGREGATOR);
            assert(bond == self.market_bond.read(), errors::BAD_BOND);
            let ends_at = now + limits::ARBITER_TIME;
            self.jobs.save(job, Terms { state: JobState::Disputed, ends_at, ..terms });
            self.jobs.set_challenger(job, challenger);
            self.emit(events::JobChallenged { job, challenger, ends_at });
            self.purse.take_deposit(challenger, bond);
            self.guard.leave();
        }

        fn finalise(ref self: ContractState, job: u64) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Challengeable, errors::JOB_NOT_CHALLENGEABLE);
            assert(get_block_timestamp() > terms.ends_at, errors::WINDOW_OPEN);
            self.complete(job, terms);
            self.guard.leave();
        }

        fn expire(ref self: ContractState, job: u64) {
            self.guard.enter();
            let terms = self.jobs.known_terms(job);
            self.assert_expired(terms);
            self.jobs.save(job, Terms { state: JobState::Expired, ..terms });
            self.refund(job, terms.budget);
            let creator = self.jobs.creator(job);
            if terms.state == JobState::Committed {
                self.purse.forfeit(self.market_bond.read(), creator, self.governance.treasury());
            }
            self.emit(events::JobExpired { job, refund: terms.budget });
            if terms.direct {
                self.punish(job, limits::REPUTATION_EXPIRED);
                self.workers().slash(self.jobs.worker(job), job, creator);
            }
            self.guard.leave();
        }

        fn resolve_by_default(ref self: ContractState, job: u64) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Disputed, errors::JOB_NOT_DISPUTED);
            assert(get_block_timestamp() > terms.ends_at, errors::ARBITER_TIME_OPEN);
            let worker_share = limits::WHOLE / 2;
            self.emit(events::JobResolved { job, worker_share, by_default: true });
            self.settle_dispute(job, terms, worker_share);
            self.guard.leave();
        }

        fn claim(
            ref self: ContractState,
            job: u64,
            worker: ContractAddress,
            amount: u128,
            digest: felt252,
            proof: Span<felt252>,
        ) {
            self.guard.enter();
            let terms = self.jobs.terms_in(job, JobState::Finalised, errors::JOB_NOT_FINALISED);
            assert(proof.len() <= limits::MAX_PROOF, errors::PROOF_TOO_LONG);
            let root = merkle::root_of(merkle::leaf(worker, amount, digest), proof);
            assert(root == self.jobs.settlement_root(job), errors::BAD_PROOF);
            assert(!self.jobs.is_claimed(job, worker), errors::ALREADY_CLAIMED);
            let part = part_of(amount, terms.worker_share);
            assert(part > 0, errors::NOTHING_OWED);
            let payout = self.jobs.payout(job);
            assert(part <= payout.unclaimed, errors::OVER_TOTAL);
            self.jobs.set_claimed(job, worker);
            self.jobs.set_payout(job, Payout { unclaimed: payout.unclaimed - part, ..payout });
            self.jobs.leave_escrow(part);
            self.purse.owe(worker, part);
            self.emit(events::Claimed { job, worker, amount: part });
            self.workers().change_reputation(worker, limits::REPUTATION_PAID, job);
            self.guard.leave();
        }

        fn withdraw(ref self: ContractState) {
            self.withdraw_for(get_caller_address());
        }

        fn withdraw_for(ref self: ContractState, account: ContractAddress) {
            self.guard.enter();
            self.purse.withdraw(account);
            self.guard.leave();
        }

        fn resolve(ref self: ContractState, job: u64, worker_share: u16) {
            self.guard.enter();
            self.governance.assert_role('arbiter', errors::NOT_ARBITER);
            let terms = self.jobs.terms_in(job, JobState::Disputed, errors::JOB_NOT_DISPUTED);
            assert(get_block_timestamp() <= terms.ends_at, errors::ARBITER_TIME_PASSED);
            assert(worker_share <= limits::WHOLE, errors::BAD_SHARE);
            self.emit(events::JobResolved { job, worker_share, by_default: false });
            self.settle_dispute(job, terms, worker_share);
            self.guard.leave();
        }

        fn get_job(self: @ContractState, job: u64) -> Job {
            self.jobs.job_view(job)
        }

        fn get_result(self: @ContractState, job: u64) -> JobResult {
            self.jobs.result_view(job)
        }

        fn job_count(self: @ContractState) -> u64 {
            self.jobs.ledger().job_count
        }

        fn owed(self: @ContractState, account: ContractAddress) -> u128 {
            self.purse.owed_to(account)
        }

        fn has_claimed(self: @ContractState, job: u64, worker: ContractAddress) -> bool {
            self.jobs.is_claimed(job, worker)
        }

        fn totals(self: @ContractState) -> (u128, u128, u128) {
            let sums = self.purse.sums();
            (self.jobs.ledger().escrow, sums.owed, sums.deposits)
        }

        fn bond(self: @ContractState) -> u128 {
            self.market_bond.read()
        }

        fn token(self: @ContractState) -> ContractAddress {
            self.purse.token_address()
        }

        fn registry(self: @ContractState) -> ContractAddress {
            self.market_registry.read()
        }
    }

    #[generate_trait]
    impl Rules of RulesTrait {
        fn assert_creator(self: @ContractState, job: u64) {
            assert(get_caller_address() == self.jobs.creator(job), errors::NOT_CREATOR);
        }

        fn assert_aggregator(self: @ContractState, job: u64, terms: Terms) -> ContractAddress {
            let caller = get_caller_address();
            assert(caller == self.jobs.aggregator(job, terms.direct), errors::NOT_AGGREGATOR);
            caller
        }

        fn assert_expired(self: @ContractState, terms: Terms) {
            let now = get_block_timestamp();
            if terms.state == JobState::Committed {
                return assert(now > terms.deadline + limits::REVEAL_PERIOD, errors::REVEAL_PERIOD_OPEN);
            }
            assert(
                terms.state == JobState::Open || terms.state == JobState::Assigned, errors::JOB_NOT_EXPIRABLE,
            );
            assert(now > terms.deadline, errors::DEADLINE_NOT_PASSED);
        }
    }

    fn check_offer(budget: u128, deadline: u64, challenge_window: u32) {
        assert(budget > 0 && budget < limits::AMOUNT_BOUND, errors::BAD_BUDGET);
        let now = get_block_timestamp();
        assert(deadline > now, errors::DEADLINE_PASSED);
        assert(deadline - now <= limits::MAX_AHEAD, errors::DEADLINE_TOO_FAR);
        assert(
            challenge_window >= limits::MIN_WINDOW && challenge_window <= limits::MAX_WINDOW, errors::BAD_WINDOW,
        );
    }
}
