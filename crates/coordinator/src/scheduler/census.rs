//! Who is online and could take which job, as of a moment ago: near its end a job is shared among them.
//!
//! Counting them anew for each claim would read every worker each time. A second's delay does no harm: it changes
//! how large a batch is, and to whom a task goes that others failed.

use super::{eligibility::why_not, online_since};
use crate::{
    app::App,
    store::{self, jobs::JobRow, workers::WorkerRow},
};
use sqlx::AnyConnection;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};
use veriframe_core::{Address, Timestamp};

/// Milliseconds after which it is taken anew.
const GOOD_FOR: i64 = 1000;
/// Of so many, the fastest of all, the fastest that could take a job is looked for.
const FASTEST_LOOKED_AT: usize = 64;

#[derive(Default)]
pub struct Census(Mutex<Option<Arc<Counted>>>);

pub struct Counted {
    at: Timestamp,
    /// The fastest first.
    workers: Vec<WorkerRow>,
    /// The speeds of all of them.
    pub capacity: f64,
    able: Mutex<HashMap<String, Arc<Able>>>,
    fastest: Mutex<HashMap<String, Option<f64>>>,
}

/// Those that could take a job.
#[derive(Debug, Default)]
pub struct Able {
    pub addresses: HashSet<Address>,
    pub capacity: f64,
}

impl Census {
    /// A worker came, went or changed.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub async fn look(&self, app: &App, db: &mut AnyConnection) -> Result<Arc<Counted>, sqlx::Error> {
        let now = app.clock.now();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(counted) = kept.filter(|counted| (0..GOOD_FOR).contains(&(now.0 - counted.at.0))) {
            return Ok(counted);
        }
        let mut workers = store::workers::online(db, online_since(app)).await?;
        workers.sort_by(|one, other| other.speed.total_cmp(&one.speed));
        let counted = Arc::new(Counted {
            at: now,
            capacity: workers.iter().map(capacity).sum(),
            workers,
            able: Mutex::default(),
            fastest: Mutex::default(),
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&counted));
        Ok(counted)
    }
}

impl Counted {
    /// The speed of the fastest worker that could take the job, among those that are asked for; `None` when the fastest
    /// of all cannot.
    pub fn fastest(&self, job: &JobRow, among: impl Fn(Address) -> bool) -> Option<f64> {
        let mut known = self.fastest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fastest) = known.get(&job.id) {
            return *fastest;
        }
        let mut looked_at = self.workers.iter().take(FASTEST_LOOKED_AT);
        let fastest = looked_at
            .find(|worker| among(worker.address) && why_not(worker, job).is_none())
            .map(|worker| worker.speed);
        known.insert(job.id.clone(), fastest);
        fastest
    }

    pub fn able(&self, job: &JobRow) -> Arc<Able> {
        let mut known = self.able.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(able) = known.get(&job.id) {
            return Arc::clone(able);
        }
        let able: Vec<&WorkerRow> = self
            .workers
            .iter()
            .filter(|worker| why_not(worker, job).is_none())
            .collect();
        let able = Arc::new(Able {
            capacity: able.iter().map(|worker| capacity(worker)).sum(),
            addresses: able.iter().map(|worker| worker.address).collect(),
        });
        known.insert(job.id.clone(), Arc::clone(&able));
        able
    }
}

/// What it does with all its slots, against a worker of speed 1 with one.
pub fn capacity(worker: &WorkerRow) -> f64 {
    worker.speed * f64::from(slots(worker))
}

/// Tasks that the worker renders at a time.
pub fn slots(worker: &WorkerRow) -> u32 {
    worker.capabilities.slots.max(1)
}
