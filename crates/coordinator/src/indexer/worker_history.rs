//! A worker's row from what was told of it, event by event.

use crate::store::chain_workers::ChainWorkerRow;
use veriframe_chain::events::RegistryEvent;

/// The row after one more event.
pub(super) fn after(row: Option<ChainWorkerRow>, event: &RegistryEvent) -> Option<ChainWorkerRow> {
    let mut next = row.clone().unwrap_or_default();
    match event {
        RegistryEvent::WorkerRegistered { stake, .. } => {
            next.registered = Some(true);
            next.stake = Some(*stake);
        }
        RegistryEvent::WorkerDeregistered { .. } => next.registered = Some(false),
        RegistryEvent::WorkerVerified { verified, .. } => next.verified = Some(*verified),
        RegistryEvent::StakeChanged {
            stake,
            locked,
            unbonding,
            ..
        } => {
            next.stake = Some(*stake);
            next.locked = Some(*locked);
            next.unbonding = Some(*unbonding);
        }
        RegistryEvent::ReputationUpdated { new, .. } => next.reputation = Some(*new),
        // What slashing does to the stake is told by `StakeChanged`; who is paid need not be a worker.
        RegistryEvent::WorkerUpdated { .. } | RegistryEvent::Slashed { .. } | RegistryEvent::Paid { .. } => return row,
    }
    Some(next)
}
