//! Why nothing happens on a job.

use super::{eligibility::why_not, online_since};
use crate::{app::App, error::ApiResult, jobs, store};
use std::collections::HashMap;
use veriframe_core::{
    Address,
    schedule::explain::{self, JobStands, Workers},
};
use veriframe_wire::job::{JobExplanation, JobStatus, UnableWorkers};

pub async fn explain_job(app: &App, job: &str, caller: Address) -> ApiResult<JobExplanation> {
    let mut db = app.store.read().await?;
    let job = jobs::find_within(app, &mut db, job, caller).await?;
    let counts = store::task_counts::of_job(&mut db, &job.id).await?;
    let online = store::workers::online(&mut db, online_since(app)).await?;
    let mut leases: HashMap<Address, u32> = HashMap::new();
    for lease in store::leases::at_work(&mut db).await? {
        *leases.entry(lease.worker).or_default() += 1;
    }
    let mut workers = Workers::default();
    for worker in &online {
        let busy = leases.get(&worker.address).copied().unwrap_or(0);
        let free = worker.capabilities.slots.max(1).saturating_sub(busy);
        workers.count(why_not(worker, &job).as_ref(), free);
    }
    let stands = JobStands {
        ended: jobs::has_ended(job.status),
        paused: job.status == JobStatus::Paused,
        queued: counts.queued(),
        leased: counts.frames.leased + counts.audits.leased,
        copied: counts.copies.leased,
        checking: counts.frames.submitted,
    };
    let reasons = workers.reasons().into_iter().map(|(workers, _, many)| UnableWorkers {
        workers,
        reason: many.to_owned(),
    });
    Ok(JobExplanation {
        reasons: reasons.collect(),
        workers_online: workers.online,
        workers_able: workers.able,
        workers_idle: workers.idle,
        text: explain::explain(stands, workers).to_string(),
    })
}
