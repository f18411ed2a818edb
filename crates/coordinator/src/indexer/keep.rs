//! Keeping an event, and what follows from it.

use super::{job_history, meaning, worker_history};
use crate::store::{chain_claims, chain_events, chain_jobs, chain_payments, chain_workers};
use sqlx::sqlite::SqliteConnection;
use veriframe_chain::{
    events::{ContractEvent, Contracts, MarketEvent, RegistryEvent},
    node::EmittedEvent,
};
use veriframe_core::Address;

/// Events must come in the order of the chain. One that is kept already changes nothing.
pub(super) async fn event(
    db: &mut SqliteConnection,
    contracts: &Contracts,
    told: EmittedEvent,
    timestamp: u64,
) -> Result<(), sqlx::Error> {
    let (row, event) = meaning::row(contracts, told, timestamp);
    if !chain_events::insert(db, &row).await? {
        return Ok(());
    }
    match event {
        Some(ContractEvent::Market(event)) => market(db, &event, &row.told).await,
        Some(ContractEvent::Registry(event)) => registry(db, &event, &row.told).await,
        None => Ok(()),
    }
}

async fn market(db: &mut SqliteConnection, event: &MarketEvent, told: &EmittedEvent) -> Result<(), sqlx::Error> {
    if let MarketEvent::Paid { account, amount } = event {
        chain_payments::insert(db, told, *account, *amount).await?;
    }
    if let MarketEvent::Claimed { job, worker, amount } = event {
        chain_claims::insert(db, told, *job, *worker, *amount).await?;
    }
    let Some(job) = event.job() else { return Ok(()) };
    let before = chain_jobs::find(db, job).await?;
    if let Some(after) = job_history::after(before, event, told) {
        chain_jobs::put(db, job, Some(&after)).await?;
    }
    Ok(())
}

async fn registry(db: &mut SqliteConnection, event: &RegistryEvent, told: &EmittedEvent) -> Result<(), sqlx::Error> {
    if let RegistryEvent::Paid { account, amount } = event {
        chain_payments::insert(db, told, *account, *amount).await?;
    }
    let worker = meaning::worker(event);
    let before = chain_workers::find(db, worker).await?;
    if let Some(after) = worker_history::after(before, event) {
        chain_workers::put(db, worker, Some(&after)).await?;
    }
    Ok(())
}

/// A job's row from all of its events.
pub(super) async fn job_again(db: &mut SqliteConnection, contracts: &Contracts, job: u64) -> Result<(), sqlx::Error> {
    let mut row = None;
    for kept in chain_events::of_job(db, job).await? {
        if let Ok(Some(ContractEvent::Market(event))) = ContractEvent::decode(contracts, &kept.told) {
            row = job_history::after(row.clone(), &event, &kept.told).or(row);
        }
    }
    chain_jobs::put(db, job, row.as_ref()).await
}

/// A worker's row from all of its events.
pub(super) async fn worker_again(
    db: &mut SqliteConnection,
    contracts: &Contracts,
    worker: Address,
) -> Result<(), sqlx::Error> {
    let mut row = None;
    for kept in chain_events::of_account(db, worker).await? {
        if let Ok(Some(ContractEvent::Registry(event))) = ContractEvent::decode(contracts, &kept.told) {
            row = worker_history::after(row, &event);
        }
    }
    chain_workers::put(db, worker, row.as_ref()).await
}
