//! In which order a creator's jobs are rendered.

use super::{find_own, has_ended, view::job_view};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    idempotent,
    store::{self, jobs::JobRow},
};
use std::collections::BTreeSet;
use veriframe_core::Address;
use veriframe_wire::{
    EventData,
    job::{OrderJobsRequest, OrderJobsResponse},
};

/// The jobs that are named trade their turns: the first gets the foremost of them, and so on. Nobody else's jobs wait for it.
pub async fn order(app: &App, caller: Address, request: &OrderJobsRequest) -> ApiResult<OrderJobsResponse> {
    let named: BTreeSet<&String> = request.jobs.iter().collect();
    if named.is_empty() || request.jobs.len() > OrderJobsRequest::JOBS_AT_MOST {
        let most = OrderJobsRequest::JOBS_AT_MOST;
        return Err(ApiError::invalid(format!("An order is one of 1 to {most} jobs.")));
    }
    if named.len() < request.jobs.len() {
        return Err(ApiError::invalid("An order names each job once."));
    }
    let mut tx = app.store.write().await?;
    let mut jobs = Vec::with_capacity(request.jobs.len());
    for id in &request.jobs {
        let job = find_own(app, tx.db(), id, caller).await?;
        // Whoever ordered may not know yet that it has ended.
        if !has_ended(job.status) {
            jobs.push(job);
        }
    }
    let mut turns: Vec<i64> = jobs.iter().map(JobRow::turn).collect();
    turns.sort_unstable();
    let mut views = Vec::with_capacity(jobs.len());
    for (job, turn) in jobs.iter_mut().zip(turns) {
        if job.turn != Some(turn) {
            store::jobs::set_turn(tx.db(), &job.id, turn).await?;
            job.turn = Some(turn);
            let moved = EventData::JobUpdated {
                job: job.id.clone(),
                status: job.status,
                note: String::new(),
            };
            tx.emit(Topics::job(&job.id, job.creator), moved).await?;
        }
        views.push(job_view(tx.db(), job).await?);
    }
    idempotent::commit(tx, OrderJobsResponse { jobs: views }).await
}
