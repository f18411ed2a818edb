//! What one look is at: never everything, but everything in its turn.

use super::super::Reading;
use crate::store::{
    chain_differences::{self, Subject},
    chain_jobs, chain_workers,
};
use sqlx::AnyConnection;
use std::collections::BTreeSet;
use veriframe_core::Address;

/// Jobs that may still change, in one look.
const UNFINISHED: u32 = 64;
/// Jobs out of all, by chance.
const SAMPLE: u64 = 16;
const WORKERS: u32 = 32;
/// What differed before, in one look.
const DIFFERENT: u32 = 64;

/// Where the last look ended. It may be lost: then the next one begins at the start.
#[derive(Debug, Default)]
pub struct Rounds {
    job: u64,
    worker: Option<Address>,
}

pub(super) struct Chosen {
    pub jobs: BTreeSet<u64>,
    pub workers: BTreeSet<Address>,
}

pub(super) async fn choose(
    reading: &Reading<'_>,
    db: &mut AnyConnection,
    rounds: &mut Rounds,
) -> Result<Chosen, sqlx::Error> {
    let unfinished = chain_jobs::unfinished(db, rounds.job, UNFINISHED).await?;
    let full = unfinished.len() == UNFINISHED as usize;
    rounds.job = unfinished.last().copied().filter(|_| full).unwrap_or(0);
    let mut jobs: BTreeSet<u64> = unfinished.into_iter().collect();
    if let Some((first, last)) = chain_jobs::span(db).await? {
        // Numbers that nothing is kept of are among them: a job that was missed is found by that.
        let all = (last - first).saturating_add(1);
        if all <= SAMPLE {
            jobs.extend(first..=last);
        } else {
            jobs.extend((0..SAMPLE).map(|_| first + reading.chance.below(all)));
        }
    }
    let page = chain_workers::page(db, rounds.worker, WORKERS).await?;
    let full = page.len() == WORKERS as usize;
    rounds.worker = page.last().copied().filter(|_| full);
    let mut workers: BTreeSet<Address> = page.into_iter().collect();
    for Subject { kind, id } in chain_differences::subjects(db, DIFFERENT).await? {
        match kind.as_str() {
            "job" => jobs.extend(id.parse::<u64>().ok()),
            "worker" => workers.extend(id.parse::<Address>().ok()),
            // The contracts themselves are looked at each time.
            _ => {}
        }
    }
    Ok(Chosen { jobs, workers })
}
