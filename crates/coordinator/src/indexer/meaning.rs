//! What an event is read as: its name, and what lists can be narrowed to.

use crate::store::chain_events::ChainEventRow;
use veriframe_chain::{
    events::{ContractEvent, Contracts, MarketEvent, RegistryEvent},
    node::EmittedEvent,
};
use veriframe_core::Address;

/// The row to keep; one that could not be read carries the reason.
pub(super) fn row(contracts: &Contracts, told: EmittedEvent, timestamp: u64) -> (ChainEventRow, Option<ContractEvent>) {
    let (event, name, reason) = match ContractEvent::decode(contracts, &told) {
        Ok(Some(event)) if job(&event).is_some_and(|job| i64::try_from(job).is_err()) => {
            let name = event.name();
            (None, Some(name), Some(format!("{name} has a job that cannot be")))
        }
        Ok(Some(event)) => {
            let name = event.name();
            (Some(event), Some(name), None)
        }
        Ok(None) => (None, None, Some("this program does not know the event".to_owned())),
        Err(error) => (None, Some(error.event), Some(error.to_string())),
    };
    let row = ChainEventRow {
        told,
        timestamp,
        name: name.map(str::to_owned),
        job: event.as_ref().and_then(job),
        account: event.as_ref().and_then(account),
        reason,
    };
    (row, event)
}

fn job(event: &ContractEvent) -> Option<u64> {
    match event {
        ContractEvent::Market(event) => event.job(),
        ContractEvent::Registry(RegistryEvent::Slashed { job, .. } | RegistryEvent::ReputationUpdated { job, .. }) => {
            Some(*job)
        }
        ContractEvent::Registry(_) | ContractEvent::Governance(_) => None,
    }
}

/// Whom it is about: who did it, or who gets something by it.
fn account(event: &ContractEvent) -> Option<Address> {
    match event {
        ContractEvent::Market(event) => match event {
            MarketEvent::JobCreated { creator: account, .. }
            | MarketEvent::JobAssigned { worker: account, .. }
            | MarketEvent::ResultCommitted {
                aggregator: account, ..
            }
            | MarketEvent::JobChallenged {
                challenger: account, ..
            }
            | MarketEvent::Claimed { worker: account, .. }
            | MarketEvent::Paid { account, .. } => Some(*account),
            MarketEvent::ResultRevealed { .. }
            | MarketEvent::JobCompleted { .. }
            | MarketEvent::JobResolved { .. }
            | MarketEvent::JobCancelled { .. }
            | MarketEvent::JobExpired { .. } => None,
        },
        ContractEvent::Registry(event) => Some(worker(event)),
        ContractEvent::Governance(event) => event.account(),
    }
}

/// Whom an event of the registry is about.
pub(super) fn worker(event: &RegistryEvent) -> Address {
    match event {
        RegistryEvent::WorkerRegistered { worker, .. }
        | RegistryEvent::WorkerUpdated { worker, .. }
        | RegistryEvent::WorkerDeregistered { worker }
        | RegistryEvent::WorkerVerified { worker, .. }
        | RegistryEvent::StakeChanged { worker, .. }
        | RegistryEvent::Slashed { worker, .. }
        | RegistryEvent::ReputationUpdated { worker, .. }
        | RegistryEvent::Paid { account: worker, .. } => *worker,
    }
}
