//! The jobs as they are kept: where which part of a job is, and how it reads from outside. The rules are the market's.

#[starknet::component]
pub mod JobsComponent {
    use starknet::ContractAddress;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePathEntry, StoragePointerReadAccess,
        StoragePointerWriteAccess,
    };
    use crate::errors;
    use crate::interfaces::{Job, JobResult, JobState, Policy};
    use crate::job_market::cells::{Ledger, Payout, Posted, Terms};

    #[storage]
    pub struct Storage {
        jobs_ledger: Ledger,
        // Written when a job is posted.
        jobs_posted: Map<u64, Posted>,
        // When it is assigned; the aggregator only where it is not the worker itself.
        jobs_worker: Map<u64, ContractAddress>,
        jobs_aggregator: Map<u64, ContractAddress>,
        // At commit, at reveal (two) and at a challenge.
        jobs_root_commitment: Map<u64, felt252>,
        jobs_settlement_root: Map<u64, felt252>,
        jobs_payout: Map<u64, Payout>,
        jobs_challenger: Map<u64, ContractAddress>,
        // At each claim.
        jobs_claimed: Map<(u64, ContractAddress), bool>,
    }

    #[generate_trait]
    pub impl InternalImpl<
        TContractState, +HasComponent<TContractState>, +Drop<TContractState>,
    > of InternalTrait<TContractState> {
        /// The terms of a job that is in `state`; reverts with `error` when it is not.
        fn terms_in(self: @ComponentState<TContractState>, job: u64, state: JobState, error: felt252) -> Terms {
            let terms = self.known_terms(job);
            assert(terms.state == state, error);
            terms
        }

        fn known_terms(self: @ComponentState<TContractState>, job: u64) -> Terms {
            let terms = self.jobs_posted.entry(job).terms.read();
            assert(terms.state != JobState::None, errors::NO_SUCH_JOB);
            terms
        }

        fn save(ref self: ComponentState<TContractState>, job: u64, terms: Terms) {
            self.jobs_posted.entry(job).terms.write(terms);
        }

        /// Counts the job and its budget; its id.
        fn add(
            ref self: ComponentState<TContractState>, creator: ContractAddress, spec_commitment: felt252, terms: Terms,
        ) -> u64 {
            let ledger = self.jobs_ledger.read();
            let job = ledger.job_count + 1;
            self.jobs_ledger.write(Ledger { escrow: ledger.escrow + terms.budget, job_count: job });
            self.jobs_posted.write(job, Posted { creator, terms, spec_commitment });
            job
        }

        fn leave_escrow(ref self: ComponentState<TContractState>, amount: u128) {
            let ledger = self.jobs_ledger.read();
            self.jobs_ledger.write(Ledger { escrow: ledger.escrow - amount, ..ledger });
        }

        fn ledger(self: @ComponentState<TContractState>) -> Ledger {
            self.jobs_ledger.read()
        }

        fn creator(self: @ComponentState<TContractState>, job: u64) -> ContractAddress {
            self.jobs_posted.entry(job).creator.read()
        }

        fn worker(self: @ComponentState<TContractState>, job: u64) -> ContractAddress {
            self.jobs_worker.read(job)
        }

        fn aggregator(self: @ComponentState<TContractState>, job: u64, direct: bool) -> ContractAddress {
            if direct {
                self.jobs_worker.read(job)
            } else {
                self.jobs_aggregator.read(job)
            }
        }

        fn assign_to(
            ref self: ComponentState<TContractState>,
            job: u64,
            worker: ContractAddress,
            aggregator: ContractAddress,
            terms: Terms,
        ) {
            self.jobs_worker.write(job, worker);
            if !terms.direct {
                self.jobs_aggregator.write(job, aggregator);
            }
            self.save(job, terms);
        }

        fn root_commitment(self: @ComponentState<TContractState>, job: u64) -> felt252 {
            self.jobs_root_commitment.read(job)
        }

        fn set_root_commitment(ref self: ComponentState<TContractState>, job: u64, root_commitment: felt252) {
            self.jobs_root_commitment.write(job, root_commitment);
        }

        fn settlement_root(self: @ComponentState<TContractState>, job: u64) -> felt252 {
            self.jobs_settlement_root.read(job)
        }

        fn set_settlement_root(ref self: ComponentState<TContractState>, job: u64, settlement_root: felt252) {
            self.jobs_settlement_root.write(job, settlement_root);
        }

        fn payout(self: @ComponentState<TContractState>, job: u64) -> Payout {
            self.jobs_payout.read(job)
        }

        fn set_payout(ref self: ComponentState<TContractState>, job: u64, payout: Payout) {
            self.jobs_payout.write(job, payout);
        }

        fn challenger(self: @ComponentState<TContractState>, job: u64) -> ContractAddress {
            self.jobs_challenger.read(job)
        }

        fn set_challenger(ref self: ComponentState<TContractState>, job: u64, challenger: ContractAddress) {
            self.jobs_challenger.write(job, challenger);
        }

        fn is_claimed(self: @ComponentState<TContractState>, job: u64, worker: ContractAddress) -> bool {
            self.jobs_claimed.read((job, worker))
        }

        fn set_claimed(ref self: ComponentState<TContractState>, job: u64, worker: ContractAddress) {
            self.jobs_claimed.write((job, worker), true);
        }

        /// All zeros, with the state `None`, where there is no such job.
        fn job_view(self: @ComponentState<TContractState>, job: u64) -> Job {
            let Posted { creator, terms, spec_commitment } = self.jobs_posted.read(job);
            Job {
                creator,
                budget: terms.budget,
                deadline: terms.deadline,
                state: terms.state,
                policy: Policy { challenge_window: terms.challenge_window, self_assign: terms.self_assign },
                spec_commitment,
                worker: self.jobs_worker.read(job),
                aggregator: self.aggregator(job, terms.direct),
            }
        }

        fn result_view(self: @ComponentState<TContractState>, job: u64) -> JobResult {
            let terms = self.jobs_posted.entry(job).terms.read();
            let payout = self.jobs_payout.read(job);
            JobResult {
                root_commitment: self.jobs_root_commitment.read(job),
                settlement_root: self.jobs_settlement_root.read(job),
                total_paid: payout.total_paid,
                ends_at: terms.ends_at,
                challenger: self.jobs_challenger.read(job),
                worker_share: terms.worker_share,
                unclaimed: payout.unclaimed,
            }
        }
    }
}
