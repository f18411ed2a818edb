//! How the open work lies on the workers that are online.

use super::{board::Posted, eligibility::offer};
use crate::{
    error::{ApiError, ApiResult},
    jobs::priority,
    store::{jobs::JobRow, leases::AtWork, task_counts::Counts, workers::WorkerRow},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use veriframe_core::{
    Address, DeviceKind, Requirements, Timestamp,
    schedule::{JobFacts, Market, Offer, Standing, Wants, market::Able, speed::typical},
};

/// How the work lies changes slowly: with many jobs and workers it is weighed every so many seconds only.
const WEIGHED_EVERY: i64 = 10;
const MANY: usize = 10_000;

type Open = (Option<Wants>, Counts, JobRow);

/// What the last weighing found.
#[derive(Clone)]
pub struct MarketSeen {
    at: Timestamp,
    of_jobs: Arc<HashMap<String, Standing>>,
    capacity: f64,
    seconds: f64,
    /// The mean of those online.
    pub usual_speed: f64,
}

pub async fn standings(
    jobs: Vec<Open>,
    workers: Vec<WorkerRow>,
    at_work: Vec<AtWork>,
    last: Option<MarketSeen>,
    now: Timestamp,
) -> ApiResult<(Vec<Posted>, MarketSeen)> {
    // A second of computing with a thousand jobs: not on the threads that answer.
    let work = tokio::task::spawn_blocking(move || {
        let typical = typical(jobs.iter().map(|(.., job)| job.measured));
        let many = jobs.len() * workers.len() > MANY;
        let market = match last {
            Some(last) if many && now < last.at.plus_seconds(WEIGHED_EVERY) => last,
            _ => weigh(&jobs, &workers, typical, now),
        };
        let posted = posted(jobs, &workers, &at_work, &market, typical);
        (posted, market)
    });
    work.await.map_err(|error| ApiError::internal(error.to_string()))
}

fn frame_work(job: &JobRow, typical: f64) -> f64 {
    job.measured.per_frame().unwrap_or(typical)
}

fn to_do(counts: &Counts) -> f64 {
    f64::from(counts.queued() + counts.frames.leased + counts.audits.leased)
}

fn weigh(jobs: &[Open], workers: &[WorkerRow], typical: f64, now: Timestamp) -> MarketSeen {
    let offers: Vec<Offer> = workers.iter().map(offer).collect();
    let speeds: Vec<f64> = workers
        .iter()
        .map(|worker| worker.speed * f64::from(worker.capabilities.slots.max(1)))
        .collect();
    let mut kinds = Kinds::default();
    let able: Vec<(Able, f64)> = jobs
        .iter()
        .map(|(wants, counts, job)| {
            let able = match wants {
                Some(wants) => kinds.able(wants, &offers, |worker| job.is_own(workers[worker].address)),
                None => Able::default(),
            };
            (able, to_do(counts) * frame_work(job, typical))
        })
        .collect();
    let borrowed: Vec<(&Able, f64)> = able.iter().map(|(able, work)| (able, *work)).collect();
    let market = Market::of(&borrowed, &speeds);
    let ids = jobs.iter().map(|(.., job)| job.id.clone());
    let slots: f64 = workers
        .iter()
        .map(|worker| f64::from(worker.capabilities.slots.max(1)))
        .sum();
    MarketSeen {
        at: now,
        of_jobs: Arc::new(ids.zip(market.standings).collect()),
        capacity: market.capacity,
        seconds: market.seconds,
        usual_speed: if slots > 0.0 { market.capacity / slots } else { 0.0 },
    }
}

/// Workers by what jobs need: there are few kinds of needs, but for memory, reputation and price, which are only compared.
#[derive(Default)]
struct Kinds(Vec<(Requirements, BTreeSet<DeviceKind>, Vec<bool>)>);

impl Kinds {
    fn able(&mut self, wants: &Wants, offers: &[Offer], own: impl Fn(usize) -> bool) -> Able {
        let memory = wants.requirements.memory_bytes;
        let kind = Wants {
            requirements: Requirements {
                memory_bytes: 0,
                ..wants.requirements.clone()
            },
            ..wants.clone()
        };
        let known = self
            .0
            .iter()
            .position(|(needs, devices, _)| *needs == kind.requirements && *devices == kind.devices);
        let index = known.unwrap_or_else(|| {
            let fits = offers.iter().map(|offer| kind.check_means(offer).is_ok()).collect();
            self.0.push((kind.requirements, kind.devices, fits));
            self.0.len() - 1
        });
        let fits = &self.0[index].2;
        Able::of(offers.iter().enumerate().map(|(worker, offer)| {
            fits[worker]
                && offer.memory.is_none_or(|has| memory <= has)
                && (own(worker) || wants.check_terms(offer).is_ok())
        }))
    }
}

fn posted(
    jobs: Vec<Open>,
    workers: &[WorkerRow],
    at_work: &[AtWork],
    market: &MarketSeen,
    typical: f64,
) -> Vec<Posted> {
    let speed_of: HashMap<Address, f64> = workers.iter().map(|worker| (worker.address, worker.speed)).collect();
    let mut works_for: HashMap<Address, f64> = HashMap::new();
    for lease in at_work {
        *works_for.entry(lease.creator).or_default() += speed_of.get(&lease.worker).copied().unwrap_or(0.0);
    }
    let mut priorities: HashMap<Address, (f64, f64)> = HashMap::new();
    for (.., job) in &jobs {
        let (sum, count) = priorities.entry(job.creator).or_default();
        *sum += priority(job).weight();
        *count += 1.0;
    }
    let part = market.capacity / (priorities.len().max(1) as f64);
    let pays = |job: &JobRow| job.price.units() as f64 / frame_work(job, typical);
    let mean_pay = jobs.iter().map(|(.., job)| pays(job)).sum::<f64>() / (jobs.len().max(1) as f64);
    jobs.into_iter()
        .map(|(wants, counts, job)| {
            let standing = market.of_jobs.get(&job.id).copied();
            let (sum, count) = priorities.get(&job.creator).copied().unwrap_or((1.0, 1.0));
            let frame_work = frame_work(&job, typical);
            let facts = JobFacts {
                age: 0.0,
                work: to_do(&counts) * frame_work,
                frame_work,
                capacity: standing.map_or(market.capacity, |standing| standing.capacity),
                tightness: standing.map_or(1.0, |standing| standing.seconds / market.seconds),
                priority: priority(&job).weight() * count / sum,
                deadline_in: None,
                // Where nobody pays all pay the same.
                pay: if mean_pay > 0.0 { pays(&job) / mean_pay } else { 1.0 },
                creator_load: works_for.get(&job.creator).copied().unwrap_or(0.0) / part,
                unknown: job.measured.frames == 0 && counts.frames.leased == 0,
            };
            Posted {
                job,
                wants,
                counts,
                facts,
            }
        })
        .collect()
}
