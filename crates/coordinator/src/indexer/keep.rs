//! Keeping an event, and what follows from it.

use super::{job_history, meaning, worker_history};
use crate::store::{
    chain_claims, chain_claims::Claim, chain_events, chain_jobs, chain_payments, chain_payments::Payment,
    chain_workers, chain_workers::ChainWorkerRow,
};
use sqlx::AnyConnection;
use std::collections::BTreeSet;
use veriframe_chain::{
    events::{ContractEvent, Contracts, MarketEvent, RegistryEvent},
    node::EmittedEvent,
};
use veriframe_core::Address;

/// Keeps events, each with the time of its block, and what follows from them. They must come in the order of the chain,
/// and not be kept already. Rows of jobs and workers are read and written once, however many of the events change them.
/// Returns the workers that are verified now and were not.
pub(super) async fn events(
    db: &mut AnyConnection,
    contracts: &Contracts,
    told: Vec<(EmittedEvent, u64)>,
) -> Result<Vec<Address>, sqlx::Error> {
    let mut rows = Vec::with_capacity(told.len());
    let mut read = Vec::with_capacity(told.len());
    for (told, timestamp) in told {
        let (row, event) = meaning::row(contracts, told, timestamp);
        rows.push(row);
        read.push(event);
    }
    chain_events::insert(db, &rows).await?;
    let read: Vec<(&EmittedEvent, ContractEvent)> = rows
        .iter()
        .zip(read)
        .filter_map(|(row, event)| Some((&row.told, event?)))
        .collect();
    payments(db, &read).await?;
    jobs(db, &read).await?;
    workers(db, &read).await
}

async fn payments(db: &mut AnyConnection, events: &[(&EmittedEvent, ContractEvent)]) -> Result<(), sqlx::Error> {
    let mut paid = Vec::new();
    let mut claimed = Vec::new();
    for (told, event) in events {
        match event {
            ContractEvent::Market(MarketEvent::Paid { account, amount })
            | ContractEvent::Registry(RegistryEvent::Paid { account, amount }) => paid.push(Payment {
                told,
                account: *account,
                amount: *amount,
            }),
            ContractEvent::Market(MarketEvent::Claimed { job, worker, amount }) => claimed.push(Claim {
                told,
                job: *job,
                worker: *worker,
                amount: *amount,
            }),
            _ => {}
        }
    }
    chain_payments::insert(db, &paid).await?;
    chain_claims::insert(db, &claimed).await
}

async fn jobs(db: &mut AnyConnection, events: &[(&EmittedEvent, ContractEvent)]) -> Result<(), sqlx::Error> {
    let of_jobs = || {
        events.iter().filter_map(|(told, event)| match event {
            ContractEvent::Market(event) => event.job().map(|job| (job, event, *told)),
            _ => None,
        })
    };
    let named: BTreeSet<u64> = of_jobs().map(|(job, ..)| job).collect();
    let mut rows = chain_jobs::find_all(db, &named).await?;
    for (job, event, told) in of_jobs() {
        if let Some(after) = job_history::after(rows.get(&job).cloned(), event, told) {
            rows.insert(job, after);
        }
    }
    chain_jobs::put_all(db, &rows).await
}

async fn workers(
    db: &mut AnyConnection,
    events: &[(&EmittedEvent, ContractEvent)],
) -> Result<Vec<Address>, sqlx::Error> {
    let of_workers = || {
        events.iter().filter_map(|(_, event)| match event {
            ContractEvent::Registry(event) => Some((meaning::worker(event), event)),
            // Roles and pauses are told as they are; no table follows from them.
            ContractEvent::Market(_) | ContractEvent::Governance(_) => None,
        })
    };
    let named: BTreeSet<Address> = of_workers().map(|(worker, _)| worker).collect();
    let mut rows = chain_workers::find_all(db, &named).await?;
    let is_verified = |row: Option<&ChainWorkerRow>| row.is_some_and(|row| row.verified == Some(true));
    let mut verified: BTreeSet<Address> = named
        .iter()
        .copied()
        .filter(|worker| !is_verified(rows.get(worker)))
        .collect();
    for (worker, event) in of_workers() {
        if let Some(after) = worker_history::after(rows.get(&worker).cloned(), event) {
            rows.insert(worker, after);
        }
    }
    chain_workers::put_all(db, &rows).await?;
    verified.retain(|worker| is_verified(rows.get(worker)));
    Ok(verified.into_iter().collect())
}

/// A job's row from all of its events.
pub(super) async fn job_again(db: &mut AnyConnection, contracts: &Contracts, job: u64) -> Result<(), sqlx::Error> {
    let mut row = None;
    for kept in chain_events::of_job(db, job).await? {
        if let Ok(Some(ContractEvent::Market(event))) = ContractEvent::decode(contracts, &kept.told) {
            row = job_history::after(row.clone(), &event, &kept.told).or(row);
        }
    }
    chain_jobs::put(db, job, row).await
}

/// A worker's row from all of its events.
pub(super) async fn worker_again(
    db: &mut AnyConnection,
    contracts: &Contracts,
    worker: Address,
) -> Result<(), sqlx::Error> {
    let mut row = None;
    for kept in chain_events::of_account(db, worker).await? {
        if let Ok(Some(ContractEvent::Registry(event))) = ContractEvent::decode(contracts, &kept.told) {
            row = worker_history::after(row, &event);
        }
    }
    chain_workers::put(db, worker, row).await
}
