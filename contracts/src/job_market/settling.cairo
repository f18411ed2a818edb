//! Where a job's money goes when it ends.

use starknet::event::EventEmitter;
use starknet::storage::StoragePointerReadAccess;
use crate::governance::GovernanceComponent::InternalImpl as GovernanceInternal;
use crate::interfaces::{IWorkerRegistryDispatcher, IWorkerRegistryDispatcherTrait, JobState};
use crate::limits;
use crate::purse::PurseComponent::InternalImpl as PurseInternal;
use crate::shares::part_of;
use super::JobMarket::ContractState;
use super::cells::{Payout, Terms};
use super::events;
use super::jobs::JobsComponent::InternalImpl as JobsInternal;

#[generate_trait]
pub(crate) impl Settling of SettlingTrait {
    /// A result that nobody challenged.
    fn complete(ref self: ContractState, job: u64, terms: Terms) {
        self.purse.release(self.jobs.aggregator(job, terms.direct), self.market_bond.read());
        self.share_out(job, terms, limits::WHOLE);
        self.unlock(job, terms);
    }

    /// The bonds follow who was right; where neither was wholly, both are given back.
    fn settle_dispute(ref self: ContractState, job: u64, terms: Terms, worker_share: u16) {
        let bond = self.market_bond.read();
        let aggregator = self.jobs.aggregator(job, terms.direct);
        let challenger = self.jobs.challenger(job);
        let treasury = self.governance.treasury();
        if worker_share == limits::WHOLE {
            self.purse.release(aggregator, bond);
            self.purse.forfeit(bond, aggregator, treasury);
        } else if worker_share == 0 {
            self.purse.release(challenger, bond);
            self.purse.forfeit(bond, challenger, treasury);
        } else {
            self.purse.release(aggregator, bond);
            self.purse.release(challenger, bond);
        }
        self.share_out(job, terms, worker_share);
        if worker_share > 0 {
            return self.unlock(job, terms);
        }
        self.punish(job, limits::REPUTATION_DISPUTE_LOST);
        if terms.direct {
            self.workers().slash(self.jobs.worker(job), job, self.jobs.creator(job));
        }
    }

    /// Ends a job: what workers can claim stays in escrow, the rest of the budget is the creator's again.
    fn share_out(ref self: ContractState, job: u64, terms: Terms, worker_share: u16) {
        let payout = self.jobs.payout(job);
        let unclaimed = part_of(payout.total_paid, worker_share);
        let refund = terms.budget - unclaimed;
        self.jobs.save(job, Terms { state: JobState::Finalised, worker_share, ..terms });
        self.jobs.set_payout(job, Payout { unclaimed, ..payout });
        self.refund(job, refund);
        self.emit(events::JobCompleted { job, total_paid: unclaimed, refund, worker_share });
    }

    fn refund(ref self: ContractState, job: u64, amount: u128) {
        self.jobs.leave_escrow(amount);
        self.purse.owe(self.jobs.creator(job), amount);
    }

    fn unlock(self: @ContractState, job: u64, terms: Terms) {
        if terms.direct {
            self.workers().unlock(self.jobs.worker(job), job);
        }
    }

    fn punish(self: @ContractState, job: u64, change: i16) {
        self.workers().change_reputation(self.jobs.worker(job), change, job);
    }

    fn workers(self: @ContractState) -> IWorkerRegistryDispatcher {
        IWorkerRegistryDispatcher { contract_address: self.market_registry.read() }
    }
}
