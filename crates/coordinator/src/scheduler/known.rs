//! What is known of the workers and jobs of several claims; it follows what is granted meanwhile.

use super::{
    census::{Able, Counted, capacity, slots},
    claim::Claim,
    eligibility::why_not,
};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    jobs,
    store::{self, WriteTx, jobs::JobRow, workers::WorkerRow},
    workers,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};
use veriframe_core::{
    Address,
    schedule::Pace,
    schedule::{self, batch_size},
};
use veriframe_wire::{ErrorCode, admin::Suspension, worker::WorkerStatus};

/// A worker may prepare one lease for each slot while that slot still renders the one before.
const LEASES_PER_SLOT: u32 = 2;

pub struct Known {
    workers: HashMap<Address, WorkerRow>,
    /// Active leases.
    held: HashMap<Address, u32>,
    jobs: HashMap<String, JobRow>,
    /// Tasks that nobody holds.
    queued: HashMap<String, u32>,
    /// Somebody renders a copy of a frame of these jobs.
    pub has_copies: bool,
    paces: HashMap<(String, Address), Pace>,
    census: Arc<Counted>,
    /// Workers that an operator keeps from work.
    suspended: BTreeMap<Address, Suspension>,
}

/// A worker and a job that go together.
#[derive(Clone, Copy)]
pub struct Admitted<'k> {
    pub worker: &'k WorkerRow,
    pub job: &'k JobRow,
}

impl Known {
    pub async fn read(app: &App, tx: &mut WriteTx, claims: &[Claim]) -> ApiResult<Self> {
        let addresses: HashSet<Address> = claims.iter().map(|claim| claim.worker).collect();
        let addresses: Vec<Address> = addresses.into_iter().collect();
        let ids: HashSet<String> = claims.iter().map(|claim| claim.job.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let census = app.census.look(app, tx.db()).await?;
        let workers = workers::all_alive(app, tx, &addresses).await?;
        let jobs = store::jobs::find_all(tx.db(), &ids).await?;
        let counts = store::task_counts::of_jobs(tx.db(), &ids).await?;
        Ok(Self {
            workers: workers.into_iter().map(|worker| (worker.address, worker)).collect(),
            held: store::leases::held_by(tx.db(), &addresses).await?,
            jobs: jobs.into_iter().map(|job| (job.id.clone(), job)).collect(),
            has_copies: counts.values().any(|counts| counts.copies.leased > 0),
            queued: counts.into_iter().map(|(job, counts)| (job, counts.queued())).collect(),
            paces: store::speeds::of(tx.db(), &ids, &addresses).await?,
            census,
            suspended: store::suspensions::all(tx.db()).await?,
        })
    }

    pub fn admit(&self, claim: &Claim) -> ApiResult<Admitted<'_>> {
        let held = self.held.get(&claim.worker).copied().unwrap_or_default();
        let worker = ready(self.workers.get(&claim.worker), held)?;
        if let Some(suspension) = self.suspended.get(&claim.worker) {
            let message = format!("An operator keeps this worker from work: {}", suspension.reason);
            return Err(ApiError::new(ErrorCode::NotEligible, message).hint("Ask whoever runs this coordinator."));
        }
        let job = self.job(&claim.job)?;
        takes(worker, job)?;
        Ok(Admitted { worker, job })
    }

    /// The claim, when it may be served and its worker has a slot without a lease.
    pub fn idle(&self, claim: &Claim) -> Option<Admitted<'_>> {
        let held = self.held.get(&claim.worker).copied().unwrap_or_default();
        let admitted = self.admit(claim).ok()?;
        (held < slots(admitted.worker) && claim.asked != Some(0)).then_some(admitted)
    }

    /// What a frame of the job took this worker so far.
    pub fn seconds_per_frame(&self, admitted: Admitted<'_>) -> Option<f64> {
        let key = (admitted.job.id.clone(), admitted.worker.address);
        self.paces.get(&key).and_then(|pace| pace.seconds_per_frame())
    }

    /// See [`Counted::fastest`].
    pub fn fastest(&self, job: &JobRow, among: impl Fn(Address) -> bool) -> Option<f64> {
        self.census.fastest(job, among)
    }

    pub fn job(&self, id: &str) -> ApiResult<&JobRow> {
        self.jobs.get(id).ok_or_else(|| ApiError::not_found("job"))
    }

    pub fn instance(&self, worker: Address) -> &str {
        self.workers.get(&worker).map_or("", |worker| &worker.instance)
    }

    /// Online workers that could take the job.
    pub fn able(&self, job: &JobRow) -> Arc<Able> {
        self.census.able(job)
    }

    /// As many tasks as the claim would get if there were nobody else.
    pub fn most(&self, admitted: Admitted<'_>, claim: &Claim) -> u32 {
        self.batch(admitted, claim, 1.0)
    }

    /// As many as it gets.
    pub fn wanted(&self, admitted: Admitted<'_>, claim: &Claim) -> u32 {
        let own = capacity(admitted.worker);
        let most = self.most(admitted, claim);
        // Even if everybody could take the job there were enough for all: who really could need not be counted.
        let everybody = self.batch(admitted, claim, own / self.census.capacity.max(own));
        if everybody == most {
            return most;
        }
        self.batch(admitted, claim, own / self.able(admitted.job).capacity.max(own))
    }

    fn batch(&self, admitted: Admitted<'_>, claim: &Claim, share: f64) -> u32 {
        let work = admitted.job.measured.per_frame();
        batch_size(schedule::Claim {
            queued: self.queued.get(&claim.job).copied().unwrap_or_default(),
            measured: self.seconds_per_frame(admitted),
            expected: work.map(|work| work / admitted.worker.speed),
            share,
            asked: claim.asked,
        })
    }

    pub fn granted(&mut self, claim: &Claim, tasks: usize) {
        let tasks = u32::try_from(tasks).unwrap_or(u32::MAX);
        if let Some(queued) = self.queued.get_mut(&claim.job) {
            *queued = queued.saturating_sub(tasks);
        }
        *self.held.entry(claim.worker).or_default() += 1;
    }
}

/// The worker, when it may take one lease more than it holds.
pub fn ready(worker: Option<&WorkerRow>, held: u32) -> ApiResult<&WorkerRow> {
    let refuse = |message: &str, hint| Err(ApiError::new(ErrorCode::NotEligible, message).hint(hint));
    let Some(worker) = worker else {
        return refuse("This account is not registered as a worker.", "Register first.");
    };
    if worker.status == WorkerStatus::Paused {
        return refuse("This worker is paused.", "Set its status to online.");
    }
    if held >= slots(worker) * LEASES_PER_SLOT {
        return refuse(
            "This worker holds as many leases as it has slots for.",
            "Finish one first.",
        );
    }
    Ok(worker)
}

/// Whether the job takes this worker now.
pub fn takes(worker: &WorkerRow, job: &JobRow) -> ApiResult<()> {
    if !jobs::takes_workers(job.status) {
        return Err(ApiError::state("The job takes no workers now."));
    }
    match why_not(worker, job) {
        Some(reason) => Err(ApiError::new(ErrorCode::NotEligible, format!("The job {reason}."))),
        None => Ok(()),
    }
}
