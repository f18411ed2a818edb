//! Handing in frames.

use super::{
    pictures::{self, Facts, Looked},
    settle, unchecked,
};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    jobs, leases, scheduler,
    store::{self, WriteTx, job_log::NewLine, jobs::JobRow, leases::LeaseRow, tasks::TaskRow},
};
use sqlx::AnyConnection;
use std::collections::HashSet;
use veriframe_core::{Address, audit};
use veriframe_wire::{
    AddressText, EventData,
    job::{CheckOutcome, FrameResult, TaskKind, TaskStatus, VerificationPolicy},
    lease::{CompleteRequest, CompleteResponse, ResultReceipt, TaskResult},
};

const RESULTS_AT_MOST: usize = 1000;

/// One result of the request, looked at.
struct Submission {
    task: i64,
    id: String,
    result: FrameResult,
    log: String,
    /// `None`: this very result was handed in before.
    looked: Option<Looked>,
}

/// Takes finished frames. The lease is asked before the pictures are read, to refuse early, and again in the
/// transaction, where it counts: a worker that is late keeps nothing. The same result again is answered as before.
pub async fn complete(app: &App, caller: Address, job: &str, request: CompleteRequest) -> ApiResult<CompleteResponse> {
    let lease = leases::parse(&request.lease_id, request.fence)?;
    leases::wake(app).await?;
    let submissions = look_at_all(app, caller, job, lease, request).await?;

    let mut tx = app.store.write().await?;
    let mut job = jobs::find_leased(tx.db(), job).await?;
    let now = tx.now;
    store::workers::seen(tx.db(), caller, now).await?;
    let held = leases::held_by(tx.db(), lease, caller, &job.id).await?;
    let mut accepted = Vec::with_capacity(submissions.len());
    for submission in submissions {
        let task = find_task(tx.db(), submission.task, &job).await?;
        if is_recorded(&task, lease, caller, &submission.result) {
            accepted.push(receipt(submission.id, None));
            continue;
        }
        let (Some(looked), Some(held)) = (submission.looked, &held) else {
            return Err(ApiError::lease_lost());
        };
        admits(held, lease.fence, now)?;
        if task.state != TaskStatus::Leased || task.lease != Some(held.fence) {
            return Err(ApiError::lease_lost());
        }
        app.progress.forget(&[task.seq]);
        let refused = match check_first(&job, task.frame, &looked) {
            Err(Implausible(reason)) => {
                leases::task_failed(app, &mut tx, &mut job, &task, caller, &reason, &submission.log).await?;
                Some(reason)
            }
            Ok(facts) => {
                let result = ours(submission.result, facts);
                let task = leases::first_of_two(app, &mut tx, &job, task, &result).await?;
                write_log(&mut tx, &task, caller, &submission.log).await?;
                take(app, &mut tx, &mut job, task, caller, result, facts, &looked).await?;
                None
            }
        };
        accepted.push(receipt(submission.id, refused));
    }
    if let Some(held) = held {
        leases::finish_if_empty(&mut tx, &held).await?;
    }
    jobs::decide(&mut tx, &job.id).await?;
    tx.commit().await?;
    Ok(CompleteResponse { accepted })
}

fn receipt(task: String, refused: Option<String>) -> ResultReceipt {
    ResultReceipt {
        task,
        accepted: refused.is_none(),
        reason: refused.unwrap_or_default(),
    }
}

/// Reads every picture of the request, before the write lock is taken.
async fn look_at_all(
    app: &App,
    caller: Address,
    job: &str,
    lease: leases::Claimed,
    request: CompleteRequest,
) -> ApiResult<Vec<Submission>> {
    let mut names = HashSet::new();
    let count = request.results.len();
    if count == 0 || count > RESULTS_AT_MOST || !request.results.iter().all(|result| names.insert(&result.task)) {
        return Err(ApiError::invalid("Hand in 1 to 1000 results, each for another task."));
    }
    let mut submissions = Vec::with_capacity(count);
    for TaskResult { task: id, mut result } in request.results {
        let seq = store::tasks::parse_id(&id).ok_or_else(|| ApiError::not_found("task"))?;
        check_numbers(&result)?;
        let log = std::mem::take(&mut result.log_tail);
        let mut db = app.store.read().await?;
        let job = jobs::find(&mut db, job).await?;
        let task = find_task(&mut db, seq, &job).await?;
        let recorded = is_recorded(&task, lease, caller, &result);
        if !recorded {
            let held = leases::held_by(&mut db, lease, caller, &job.id).await?;
            admits(&held.ok_or_else(ApiError::lease_lost)?, lease.fence, app.clock.now())?;
        }
        let references = references(&mut db, &task).await?;
        drop(db);
        let looked = if recorded {
            None
        } else {
            let asked = promised_size(&job, task.frame).1;
            Some(pictures::look(app, result.clone(), references, asked).await?)
        };
        submissions.push(Submission {
            task: seq,
            id,
            result,
            log,
            looked,
        });
    }
    Ok(submissions)
}

fn check_numbers(result: &FrameResult) -> ApiResult<()> {
    let seconds_are_sane = result.seconds.is_finite() && (0.0..=1e9).contains(&result.seconds);
    if !seconds_are_sane || result.blender.len() > 64 || result.log_tail.len() > 4 * store::job_log::TAIL_BYTES {
        return Err(ApiError::invalid(
            "A result has a time in seconds, a Blender version and at most 8 KiB of log.",
        ));
    }
    Ok(())
}

/// The earlier renders that an audit is compared with: the frame, then the audit that disagreed with it.
async fn references(db: &mut AnyConnection, task: &TaskRow) -> ApiResult<Vec<FrameResult>> {
    let Some(frame) = task.audits else {
        return Ok(Vec::new());
    };
    let frame = store::tasks::find(db, frame).await?.and_then(|frame| frame.result);
    let second = settle::second_render(db, task).await?.and_then(|second| second.result);
    Ok(frame.into_iter().chain(second).collect())
}

async fn find_task(db: &mut AnyConnection, seq: i64, job: &JobRow) -> ApiResult<TaskRow> {
    store::tasks::find(db, seq)
        .await?
        .filter(|task| task.job == job.id)
        .ok_or_else(|| ApiError::not_found("task"))
}

/// Whether this worker handed in this very file for the task under this lease.
fn is_recorded(task: &TaskRow, lease: leases::Claimed, caller: Address, result: &FrameResult) -> bool {
    task.worker == Some(caller)
        && task.lease == Some(lease.fence.cast_signed())
        && matches!(
            task.state,
            TaskStatus::Submitted | TaskStatus::Verified | TaskStatus::Paid
        )
        && task
            .result
            .as_ref()
            .is_some_and(|kept| kept.result_cid == result.result_cid)
}

fn admits(held: &LeaseRow, fence: u64, now: veriframe_core::Timestamp) -> ApiResult<()> {
    held.holding().admits(fence, now).map_err(|_| ApiError::lease_lost())
}

/// Why the first rule refuses a frame, in a sentence for its creator.
struct Implausible(String);

/// The first rule: it decodes and has the promised size. `number` is that of the frame, or of the piece of a still.
fn check_first<'a>(job: &JobRow, number: i32, looked: &'a Looked) -> Result<&'a Facts, Implausible> {
    let facts = looked.facts.as_ref().map_err(|reason| Implausible(reason.clone()))?;
    let (what, (width, height)) = promised_size(job, number);
    let wrong = |promised: u32, has: u32| promised > 0 && promised != has;
    if wrong(width, facts.width) || wrong(height, facts.height) {
        return Err(Implausible(format!(
            "The {what} has {} x {} pixels, the job asks for {width} x {height}.",
            facts.width, facts.height
        )));
    }
    Ok(facts)
}

/// What it is, and its width and height in pixels; 0 when the job does not say.
fn promised_size(job: &JobRow, number: i32) -> (&'static str, (u32, u32)) {
    let request = &job.request;
    match &request.render.pieces {
        None => ("frame", (request.summary.width, request.summary.height)),
        // The post was refused unless every unit is a piece.
        Some(pieces) => (
            "piece",
            pieces.still(&request.summary).piece_size(number).unwrap_or_default(),
        ),
    }
}

/// The result with what the coordinator measured itself.
fn ours(result: FrameResult, facts: &Facts) -> FrameResult {
    FrameResult {
        pixel_digest: facts.digest.clone(),
        width: facts.width,
        height: facts.height,
        bytes: facts.bytes,
        ..result
    }
}

async fn write_log(tx: &mut WriteTx, task: &TaskRow, worker: Address, text: &str) -> ApiResult<()> {
    if text.is_empty() {
        return Ok(());
    }
    let now = tx.now;
    let line = NewLine {
        job: &task.job,
        task: task.seq,
        frame: task.frame,
        worker,
        failed: false,
        text,
    };
    store::job_log::insert(tx.db(), line, now).await?;
    Ok(())
}

#[expect(
    clippy::too_many_arguments,
    reason = "everything about one render; a struct would only name it twice"
)]
async fn take(
    app: &App,
    tx: &mut WriteTx,
    job: &mut JobRow,
    task: TaskRow,
    worker: Address,
    result: FrameResult,
    facts: &Facts,
    looked: &Looked,
) -> ApiResult<()> {
    let now = tx.now;
    store::tasks::set_result(tx.db(), task.seq, worker, &result).await?;
    store::speeds::add(tx.db(), &job.id, worker, result.seconds).await?;
    scheduler::learn(tx, job, worker, result.seconds).await?;
    store::tasks::set_state(tx.db(), task.seq, TaskStatus::Submitted, now).await?;
    let submitted = EventData::TaskSubmitted {
        job: job.id.clone(),
        task: store::tasks::id_text(task.seq),
        frame: task.frame,
        kind: task.kind,
        worker: AddressText(worker),
    };
    tx.emit(Topics::job(&job.id, job.creator).and_worker(worker), submitted)
        .await?;
    let task = TaskRow {
        worker: Some(worker),
        result: Some(result),
        state: TaskStatus::Submitted,
        ..task
    };
    match task.kind {
        TaskKind::Frame => take_frame(app, tx, job, &task, worker, facts.blank).await,
        TaskKind::Audit => settle::settle(tx, job, &task, &looked.agreements).await,
        TaskKind::Copy => Err(ApiError::internal("a copy is handed in as its frame")),
    }
}

/// Draws whether the frame is rendered a second time; pays it at once when not.
async fn take_frame(
    app: &App,
    tx: &mut WriteTx,
    job: &mut JobRow,
    task: &TaskRow,
    worker: Address,
    blank: bool,
) -> ApiResult<()> {
    let own = job.is_own(worker);
    let valid_in_row = store::trust::valid_in_row(tx.db(), worker, job.creator).await?;
    let wanted = match job.request.verification {
        VerificationPolicy::Every => true,
        VerificationPolicy::None => false,
        // Nobody cheats oneself.
        VerificationPolicy::Adaptive => !own && (blank || app.chance.one_in(audit::one_in(valid_in_row))),
    };
    if !own {
        store::trust::one_more(tx.db(), worker, job.creator).await?;
    }
    if wanted && jobs::room(tx.db(), job).await? >= job.price {
        let now = tx.now;
        store::tasks::insert_audit(tx.db(), task, 1, now).await?;
        let check = unchecked(CheckOutcome::Pending, "");
        store::tasks::set_check(tx.db(), task.seq, &check).await?;
        return jobs::announce(tx, job).await;
    }
    let note = if wanted {
        "The cap leaves no room for a second render."
    } else {
        ""
    };
    let check = unchecked(CheckOutcome::Plausible, note);
    store::tasks::set_check(tx.db(), task.seq, &check).await?;
    jobs::pay(tx, job, task, worker).await
}
