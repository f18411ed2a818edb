//! What follows from events is compared with what the contracts answer, at the block up to which events are kept.
//!
//! A difference is written down, told to whoever asks, and looked at again each time until it is gone. The row that
//! differs is made again from its events at once: when only the row was wrong, the next look finds both equal. What
//! stays is a fault of ours, of the contract's class, or of a node that keeps events from us.

mod choose;
mod compare;
mod run;

pub use choose::Rounds;
pub use run::run;

use super::{PassError, Reading, keep};
use crate::store::{
    chain_blocks, chain_claims,
    chain_differences::{self, Difference, Subject},
    chain_jobs, chain_workers,
};
use choose::{Chosen, choose};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use veriframe_chain::{
    market::Views,
    node::{BlockRef, Pinned},
    number::of_address,
};
use veriframe_core::Amount;

/// Questions to the node at the same time.
const PARALLEL: usize = 8;

type Found = (Subject, Vec<Difference>);

/// One look. [`PassError::Moved`] when the node no longer knows the state at our block, or we went on meanwhile: then
/// nothing was found out. What it found is written down; how many differences there are now.
pub(crate) async fn look(reading: &Reading<'_>, rounds: &mut Rounds) -> Result<u64, PassError> {
    let (at, chosen) = {
        let mut db = reading.store.read().await?;
        let Some(at) = chain_blocks::newest(&mut db).await? else {
            return Ok(0);
        };
        (at, choose(reading, &mut db, rounds).await?)
    };
    let pinned = Pinned { node: reading.node, at };
    let views = Views { node: &pinned };
    let mut found = contracts(reading, views).await?;
    found.extend(jobs(reading, views, &chosen).await?);
    found.extend(workers(reading, views, &chosen).await?);
    reading.still(at).await?;
    write_down(reading, at, found).await
}

async fn contracts(reading: &Reading<'_>, views: Views<'_>) -> Result<Vec<Found>, PassError> {
    let (market, registry) = (
        reading.deployment.contracts.market,
        reading.deployment.contracts.registry,
    );
    let subject = |kind: &str| Subject {
        kind: kind.to_owned(),
        id: String::new(),
    };
    let mut of_market = Vec::new();
    let last = chain_jobs::span(&mut *reading.store.read().await?).await?;
    let last = last.map_or(0, |(_, last)| last);
    let count = views.job_count(market).await?;
    // Jobs before the first block that is indexed may be all there are.
    if last != count && !(last == 0 && reading.deployment.start_block > 0) {
        of_market.push(Difference {
            field: "jobs",
            kept: Some(last.to_string()),
            told: Some(count.to_string()),
        });
    }
    let totals = views.market_totals(market).await?;
    let has = views.balance(views.token(market).await?, market).await?;
    of_market.extend(compare::holdings(&[totals.escrow, totals.owed, totals.bonds], has));
    let totals = views.registry_totals(registry).await?;
    let has = views.balance(views.token(registry).await?, registry).await?;
    let of_registry = compare::holdings(&[totals.stakes, totals.owed], has)
        .into_iter()
        .collect();
    Ok(vec![(subject("market"), of_market), (subject("registry"), of_registry)])
}

async fn jobs(reading: &Reading<'_>, views: Views<'_>, chosen: &Chosen) -> Result<Vec<Found>, PassError> {
    let market = reading.deployment.contracts.market;
    let (rows, claimed) = {
        let mut db = reading.store.read().await?;
        let rows = chain_jobs::find_all(&mut db, &chosen.jobs).await?;
        let mut claimed: Vec<(u64, Option<Amount>)> = Vec::new();
        for job in &chosen.jobs {
            claimed.push((*job, chain_claims::sum(&mut db, *job).await?));
        }
        (rows, claimed)
    };
    let rows = &rows;
    let asked: Vec<_> = claimed
        .into_iter()
        .map(|(job, claimed)| {
            async move {
                let told = views.job(market, job).await?;
                let result = views.result(market, job).await?;
                let subject = Subject {
                    kind: "job".to_owned(),
                    id: job.to_string(),
                };
                Ok::<_, PassError>((subject, compare::job(rows.get(&job), claimed, &told, &result)))
            }
            .boxed()
        })
        .collect();
    stream::iter(asked).buffered(PARALLEL).try_collect().await
}

async fn workers(reading: &Reading<'_>, views: Views<'_>, chosen: &Chosen) -> Result<Vec<Found>, PassError> {
    let registry = reading.deployment.contracts.registry;
    let rows = chain_workers::find_all(&mut *reading.store.read().await?, &chosen.workers).await?;
    let rows = &rows;
    let asked: Vec<_> = chosen
        .workers
        .iter()
        .map(|worker| {
            async move {
                let told = views.worker(registry, of_address(worker)).await?;
                let subject = Subject {
                    kind: "worker".to_owned(),
                    id: worker.to_string(),
                };
                Ok::<_, PassError>((subject, compare::worker(rows.get(worker), &told)))
            }
            .boxed()
        })
        .collect();
    stream::iter(asked).buffered(PARALLEL).try_collect().await
}

async fn write_down(reading: &Reading<'_>, at: BlockRef, found: Vec<Found>) -> Result<u64, PassError> {
    let contracts = &reading.deployment.contracts;
    let mut tx = reading.store.write().await?;
    let now = tx.now;
    // Rows only change together with how far we are.
    if chain_blocks::newest(tx.db()).await? != Some(at) {
        return Err(PassError::Moved);
    }
    for (subject, differences) in found {
        chain_differences::put(tx.db(), &subject, &differences, at.number, now).await?;
        if differences.is_empty() {
            continue;
        }
        tracing::warn!(
            kind = subject.kind,
            id = subject.id,
            fields = differences.len(),
            "the chain says otherwise"
        );
        match subject.kind.as_str() {
            "job" => {
                if let Ok(job) = subject.id.parse() {
                    keep::job_again(tx.db(), contracts, job).await?;
                }
            }
            "worker" => {
                if let Ok(worker) = subject.id.parse() {
                    keep::worker_again(tx.db(), contracts, worker).await?;
                }
            }
            _ => {}
        }
    }
    let left = chain_differences::count(tx.db()).await?;
    tx.commit().await?;
    reading.status.send_modify(|status| {
        status.looks += 1;
        status.differences = left;
    });
    Ok(left)
}
