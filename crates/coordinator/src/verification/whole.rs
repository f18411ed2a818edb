//! Handing in a whole job at once: one folder with a picture for each task that the worker holds.

use super::complete;
use crate::{
    app::App,
    content::{self, blocking},
    error::{ApiError, ApiResult},
    jobs, leases,
    store::{
        self,
        jobs::JobRow,
        tasks::{TaskRow, id_text},
        text,
    },
};
use std::collections::{BTreeMap, HashSet};
use veriframe_core::{Address, output::OutputFormat};
use veriframe_ipfs::{Cid, gateway::ResolveError};
use veriframe_wire::{
    ErrorCode,
    job::{FrameResult, TaskStatus},
    lease::{CompleteRequest, CompleteResponse, TaskResult},
    worker::DeviceKind,
};

/// Every task is taken as if it had come alone under its lease; nothing is taken when a picture is missing.
pub async fn complete_job(app: &App, caller: Address, job: &str, folder: &str) -> ApiResult<CompleteResponse> {
    let mut db = app.store.read().await?;
    let job = jobs::find_leased(&mut db, job).await?;
    let tasks = held(store::tasks::of_worker(&mut db, &job.id, caller).await?);
    if tasks.is_empty() {
        return Err(ApiError::lease_lost());
    }
    let mut by_lease: BTreeMap<i64, Vec<TaskRow>> = BTreeMap::new();
    for task in tasks {
        by_lease.entry(task.lease.unwrap_or_default()).or_default().push(task);
    }
    let mut seconds = BTreeMap::new();
    for (fence, tasks) in &by_lease {
        let lease = store::leases::find(&mut db, *fence)
            .await?
            .ok_or_else(ApiError::lease_lost)?;
        let taken = (app.clock.now().0 - lease.created_at.0) as f64 / 1000.0;
        // What is not told is guessed: they took their lease's time, each the same.
        seconds.insert(*fence, taken.max(0.0) / tasks.len() as f64);
    }
    drop(db);
    content::pin(app, folder).await?;
    let files = files(app, &job, folder, by_lease.values().flatten()).await?;
    let mut accepted = Vec::new();
    for (fence, tasks) in by_lease {
        let results = tasks.iter().map(|task| TaskResult {
            task: id_text(task.seq),
            result: result(&files[&task.seq], seconds[&fence]),
        });
        let request = CompleteRequest {
            lease_id: leases::id_text(fence),
            fence: fence.cast_unsigned(),
            results: results.collect(),
        };
        accepted.extend(complete(app, caller, &job.id, request).await?.accepted);
    }
    Ok(CompleteResponse { accepted })
}

/// What the worker still holds; when that is nothing, what it handed in: the same may come again.
fn held(tasks: Vec<TaskRow>) -> Vec<TaskRow> {
    let (held, mut done): (Vec<_>, Vec<_>) = tasks.into_iter().partition(|task| task.state == TaskStatus::Leased);
    if !held.is_empty() {
        return held;
    }
    // What came as a copy is answered as the copy, not as the frame that took it over.
    let copied: HashSet<i64> = done.iter().filter_map(|task| task.copies).collect();
    done.retain(|task| !copied.contains(&task.seq));
    done
}

/// The picture of each task, by the task's number.
async fn files(
    app: &App,
    job: &JobRow,
    folder: &str,
    tasks: impl Iterator<Item = &TaskRow>,
) -> ApiResult<BTreeMap<i64, Cid>> {
    let root = content::cid(folder)?;
    let format: OutputFormat = text::word(job.request.render.format)
        .parse()
        .map_err(|_| ApiError::internal("a job has a format that core does not know"))?;
    let wanted: Vec<(i64, String)> = tasks.map(|task| (task.seq, format.file_name(task.frame))).collect();
    blocking(app, move |blocks| {
        let find = |(task, name): (i64, String)| match blocks.resolve(&root, &name) {
            Ok(found) => Ok((task, found.target)),
            Err(ResolveError::NoSuchName { .. }) => Err(ApiError::new(
                ErrorCode::ContentMissing,
                format!("The folder has no {name}."),
            )
            .hint("It needs a picture for every task that this worker holds of the job.")),
            Err(error) => Err(error.into()),
        };
        wanted.into_iter().map(find).collect()
    })
    .await
}

/// Width, height, size and digest are measured when it is looked at.
fn result(file: &Cid, seconds: f64) -> FrameResult {
    FrameResult {
        result_cid: file.to_string(),
        pixel_digest: String::new(),
        width: 0,
        height: 0,
        seconds,
        peak_memory: 0,
        blender: String::new(),
        device: DeviceKind::Cpu,
        threads: 0,
        bytes: 0,
        log_tail: String::new(),
    }
}
