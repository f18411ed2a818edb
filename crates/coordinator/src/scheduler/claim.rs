//! Taking a lease.

use super::{eligibility::why_not, eligible};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    escrow,
    events::Topics,
    idempotent, jobs, leases,
    store::{self, WriteTx, jobs::JobRow, tasks::TaskRow, workers::WorkerRow},
};
use std::collections::HashSet;
use veriframe_core::{
    Address,
    batch::{Claim, batch_size},
};
use veriframe_wire::{
    AddressText, AmountText, ErrorCode, EventData, Time,
    job::TaskStatus,
    lease::{AssignRequest, AssignResponse, Lease, LeasedTask},
    worker::WorkerStatus,
};

/// A worker may prepare one lease for each slot while that slot still renders the one before.
const LEASES_PER_SLOT: usize = 2;
/// Tasks that are looked at when only ones with a history are left.
const LOOKED_AT: u32 = 200;

/// Gives the worker a batch of the job's tasks.
pub async fn claim(app: &App, caller: Address, job: &str, request: &AssignRequest) -> ApiResult<AssignResponse> {
    if request.worker_address.0 != caller {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "A worker takes work for itself only.",
        ));
    }
    leases::sweep(app).await?;
    let (tx, ..) = fitting(app, caller, job).await?;
    // Not while others wait for the database: the chain may take a while.
    drop(tx);
    escrow::taken(app, job, caller).await?;
    let (mut tx, worker, job) = fitting(app, caller, job).await?;
    let tasks = pick(app, &mut tx, &job, &worker, request.max_tasks).await?;
    if tasks.is_empty() {
        return Err(ApiError::new(
            ErrorCode::AlreadyAssigned,
            "No task of the job is left for this worker.",
        ));
    }
    let lease = hand_out(app, &mut tx, job, &worker, &tasks).await?;
    let answer = AssignResponse { success: true, lease };
    idempotent::commit(tx, answer).await
}

/// A worker and a job that go together.
async fn fitting(app: &App, caller: Address, job: &str) -> ApiResult<(WriteTx, WorkerRow, JobRow)> {
    let mut tx = app.store.write().await?;
    let worker = ready_worker(&mut tx, caller).await?;
    let job = jobs::find(tx.db(), job).await?;
    if !jobs::takes_workers(job.status) {
        return Err(ApiError::state("The job takes no workers now."));
    }
    if let Some(reason) = why_not(&worker, &job) {
        return Err(ApiError::new(ErrorCode::NotEligible, format!("The job {reason}.")));
    }
    Ok((tx, worker, job))
}

async fn ready_worker(tx: &mut WriteTx, caller: Address) -> ApiResult<WorkerRow> {
    let refuse = |message: &str, hint| Err(ApiError::new(ErrorCode::NotEligible, message).hint(hint));
    let Some(worker) = crate::workers::alive(tx, caller).await? else {
        return refuse("This account is not registered as a worker.", "Register first.");
    };
    if worker.status != WorkerStatus::Online {
        return refuse("This worker is paused.", "Set its status to online.");
    }
    let slots = worker.capabilities.slots.max(1) as usize;
    let held = store::leases::active_of_worker(tx.db(), caller).await?;
    if held.len() >= slots * LEASES_PER_SLOT {
        return refuse(
            "This worker holds as many leases as it has slots for.",
            "Finish one first.",
        );
    }
    Ok(worker)
}

async fn pick(
    app: &App,
    tx: &mut WriteTx,
    job: &JobRow,
    worker: &WorkerRow,
    asked: Option<u32>,
) -> ApiResult<Vec<TaskRow>> {
    let able = eligible(app, tx.db(), job).await?;
    let slots = |worker: &WorkerRow| worker.capabilities.slots.max(1);
    let claim = Claim {
        queued: store::task_counts::of_job(tx.db(), &job.id).await?.queued(),
        seconds_per_frame: store::tasks::seconds_per_frame(tx.db(), &job.id, worker.address).await?,
        claimers: able.iter().map(slots).sum::<u32>().max(slots(worker)),
        asked,
    };
    let wanted = batch_size(claim);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let mut tasks = store::tasks::queued(tx.db(), &job.id, Some(worker.address), wanted).await?;
    if tasks.len() < wanted as usize {
        let others: HashSet<Address> = able
            .iter()
            .map(|other| other.address)
            .filter(|&other| other != worker.address)
            .collect();
        for task in store::tasks::queued(tx.db(), &job.id, None, LOOKED_AT).await? {
            if tasks.len() == wanted as usize {
                break;
            }
            let known = tasks.iter().any(|taken| taken.seq == task.seq);
            if !known && nobody_better(tx, &task, &others).await? {
                tasks.push(task);
            }
        }
    }
    Ok(tasks)
}

/// Whether every other worker that could take the task has failed it or rendered what it checks, too.
async fn nobody_better(tx: &mut WriteTx, task: &TaskRow, others: &HashSet<Address>) -> ApiResult<bool> {
    if others.is_empty() {
        return Ok(true);
    }
    let failed = store::failures::of_task(tx.db(), task.seq).await?;
    let mut partial: HashSet<Address> = failed.into_iter().map(|(worker, _)| worker).collect();
    if let Some(frame) = task.audits {
        let frame_worker = store::tasks::find(tx.db(), frame).await?.and_then(|frame| frame.worker);
        let audits = store::tasks::audits_of(tx.db(), frame).await?;
        partial.extend(frame_worker);
        partial.extend(audits.iter().filter_map(|audit| audit.worker));
    }
    Ok(others.is_subset(&partial))
}

async fn hand_out(app: &App, tx: &mut WriteTx, job: JobRow, worker: &WorkerRow, tasks: &[TaskRow]) -> ApiResult<Lease> {
    let now = tx.now;
    let expires_at = now.plus_seconds(i64::from(app.settings.lease_seconds));
    let fence = store::leases::insert(tx.db(), &job.id, worker.address, &worker.instance, expires_at, now).await?;
    let topics = Topics::job(&job.id, job.creator).and_worker(worker.address);
    let numbers: Vec<i64> = tasks.iter().map(|task| task.seq).collect();
    app.progress.forget(&numbers);
    for task in tasks {
        store::tasks::lease(tx.db(), task.seq, fence, worker.address, now).await?;
        let data = EventData::TaskUpdated {
            job: job.id.clone(),
            task: store::tasks::id_text(task.seq),
            frame: task.frame,
            kind: task.kind,
            status: TaskStatus::Leased,
        };
        tx.emit(Topics::job(&job.id, job.creator), data).await?;
    }
    let assigned = EventData::JobAssigned {
        job: job.id.clone(),
        worker: AddressText(worker.address),
        tasks: u32::try_from(tasks.len()).unwrap_or(u32::MAX),
    };
    tx.emit(topics, assigned).await?;
    jobs::decide(tx, &job.id).await?;
    let request = job.request;
    Ok(Lease {
        id: leases::id_text(fence),
        job: job.id,
        job_name: request.name,
        fence: fence.cast_unsigned(),
        expires_at: Time(expires_at),
        tasks: tasks
            .iter()
            .map(|task| LeasedTask {
                id: store::tasks::id_text(task.seq),
                frame: task.frame,
                kind: task.kind,
            })
            .collect(),
        asset_cid: request.asset_cid,
        asset_key: request.asset_key,
        render: request.render,
        summary: request.summary,
        requirements: request.requirements,
        price_per_frame: AmountText(job.price),
        creator: AddressText(job.creator),
    })
}
