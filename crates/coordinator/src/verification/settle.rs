//! What follows from an audit, and what becomes of a check that never comes to its end.

use super::{is_open, pictures::Agreement, reputation, unchecked};
use crate::{
    error::{ApiError, ApiResult},
    events::Topics,
    jobs,
    store::{self, WriteTx, jobs::JobRow, tasks::TaskRow},
};
use sqlx::AnyConnection;
use veriframe_core::{
    Address,
    audit::{Verdict, verdict},
};
use veriframe_wire::{
    AddressText, EventData,
    job::{Check, CheckOutcome, TaskStatus},
};

/// For a third render: the audit that disagreed with the frame and waits for the verdict.
pub async fn second_render(db: &mut AnyConnection, audit: &TaskRow) -> ApiResult<Option<TaskRow>> {
    let Some(frame) = audit.audits.filter(|_| audit.round == 2) else {
        return Ok(None);
    };
    let audits = store::tasks::audits_of(db, frame).await?;
    Ok(audits
        .into_iter()
        .rfind(|other| other.round == 1 && other.state == TaskStatus::Submitted))
}

/// `agreements`: of this audit with the frame, and, for a third render, with the second.
pub async fn settle(tx: &mut WriteTx, job: &mut JobRow, audit: &TaskRow, agreements: &[Agreement]) -> ApiResult<()> {
    let frame = frame_of(tx.db(), audit).await?;
    let gone = || ApiError::state("The frame was decided while it was being checked.");
    let (first, with_second) = match agreements {
        [first] => (first, None),
        [first, second] => (first, Some(second)),
        _ => return Err(gone()),
    };
    let second = second_render(tx.db(), audit).await?;
    if second.is_some() != with_second.is_some() {
        return Err(gone());
    }
    let third = with_second.map(|second| (first.agrees, second.agrees));
    let check = check_by(audit, first);
    match (verdict(second.is_none() && first.agrees, third), second) {
        (Verdict::First, _) => {
            confirm(tx, job, &frame, &check).await?;
            pay_audit(tx, job, audit).await
        }
        (Verdict::AskThird, _) => ask_third(tx, job, &frame, audit, check).await,
        (Verdict::FirstBySecondRejected, Some(second)) => {
            confirm(tx, job, &frame, &check).await?;
            pay_audit(tx, job, audit).await?;
            reject(
                tx,
                job,
                &second,
                "The frame and a third render agree; this one does not.",
            )
            .await?;
            let now = tx.now;
            store::tasks::set_state(tx.db(), second.seq, TaskStatus::Failed, now).await?;
            Ok(())
        }
        (Verdict::Second, Some(second)) => {
            reject(tx, job, &frame, "Two other renders agree; this one does not.").await?;
            let check = check_by(audit, with_second.unwrap_or(first));
            replace(tx, job, &frame, &second, &check).await?;
            pay_audit(tx, job, audit).await
        }
        (Verdict::Undecidable, second) => {
            let note = "Three renders disagree with each other: the scene does not render the same way twice.";
            let check = Check {
                note: note.to_owned(),
                ..check
            };
            confirm(tx, job, &frame, &check).await?;
            if let Some(second) = second {
                pay_audit(tx, job, &second).await?;
            }
            pay_if_there_is_room(tx, job, audit).await
        }
        (Verdict::FirstBySecondRejected | Verdict::Second, None) => Err(gone()),
    }
}

async fn frame_of(db: &mut AnyConnection, audit: &TaskRow) -> ApiResult<TaskRow> {
    let seq = audit
        .audits
        .ok_or_else(|| ApiError::internal("an audit without a frame"))?;
    store::tasks::find(db, seq)
        .await?
        .ok_or_else(|| ApiError::internal("an audit of a frame that does not exist"))
}

fn worker_of(task: &TaskRow) -> ApiResult<Address> {
    task.worker
        .ok_or_else(|| ApiError::internal("a task that was handed in has no worker"))
}

fn check_by(audit: &TaskRow, agreement: &Agreement) -> Check {
    Check {
        outcome: agreement.outcome,
        by: audit.worker.map(AddressText),
        audit_cid: audit.result.as_ref().map(|result| result.result_cid.clone()),
        differing: agreement.differing,
        note: String::new(),
    }
}

/// The frame stands as it is; it is paid unless it was before.
async fn confirm(tx: &mut WriteTx, job: &mut JobRow, frame: &TaskRow, check: &Check) -> ApiResult<()> {
    store::tasks::set_check(tx.db(), frame.seq, check).await?;
    if frame.state == TaskStatus::Submitted {
        jobs::pay(tx, job, frame, worker_of(frame)?).await?;
    }
    Ok(())
}

async fn pay_audit(tx: &mut WriteTx, job: &mut JobRow, audit: &TaskRow) -> ApiResult<()> {
    jobs::pay(tx, job, audit, worker_of(audit)?).await
}

/// The third of three renders that all disagree was promised nothing; its worker is paid if the cap allows it.
async fn pay_if_there_is_room(tx: &mut WriteTx, job: &mut JobRow, audit: &TaskRow) -> ApiResult<()> {
    let now = tx.now;
    // Not counted as promised any more, so that the room is what is really left.
    store::tasks::set_state(tx.db(), audit.seq, TaskStatus::Cancelled, now).await?;
    if jobs::room(tx.db(), job).await? >= job.price {
        return pay_audit(tx, job, audit).await;
    }
    Ok(())
}

async fn ask_third(
    tx: &mut WriteTx,
    job: &mut JobRow,
    frame: &TaskRow,
    audit: &TaskRow,
    check: Check,
) -> ApiResult<()> {
    let was_paid = frame.state == TaskStatus::Paid;
    // One of three renders is rejected and not paid, so for a frame that is not paid yet the third costs nothing more.
    if was_paid && jobs::room(tx.db(), job).await? < job.price {
        let check = Check {
            note: "The cap leaves no room for a third render.".to_owned(),
            ..check
        };
        store::tasks::set_check(tx.db(), frame.seq, &check).await?;
        return pay_audit(tx, job, audit).await;
    }
    let check = Check {
        note: "Two renders disagree; a third decides.".to_owned(),
        ..check
    };
    store::tasks::set_check(tx.db(), frame.seq, &check).await?;
    let now = tx.now;
    store::tasks::insert_audit(tx.db(), frame, 2, now).await?;
    jobs::announce(tx, job).await
}

async fn reject(tx: &mut WriteTx, job: &JobRow, task: &TaskRow, reason: &str) -> ApiResult<()> {
    let worker = worker_of(task)?;
    store::tasks::set_failure(tx.db(), task.seq, task.failures + 1, reason).await?;
    let now = tx.now;
    store::failures::insert(tx.db(), task.seq, worker, "rejected", now).await?;
    let data = EventData::TaskRejected {
        job: job.id.clone(),
        task: store::tasks::id_text(task.seq),
        frame: task.frame,
        worker: AddressText(worker),
        reason: reason.to_owned(),
    };
    tx.emit(Topics::job(&job.id, job.creator).and_worker(worker), data)
        .await?;
    reputation::rejected(tx, worker, job, task).await
}

/// The second render takes the frame's place.
async fn replace(
    tx: &mut WriteTx,
    job: &mut JobRow,
    frame: &TaskRow,
    second: &TaskRow,
    check: &Check,
) -> ApiResult<()> {
    let worker = worker_of(second)?;
    let missing = || ApiError::internal("an audit that was handed in has no result");
    let result = second.result.clone().ok_or_else(missing)?;
    store::tasks::set_result(tx.db(), frame.seq, worker, &result).await?;
    store::tasks::set_check(tx.db(), frame.seq, check).await?;
    if frame.state == TaskStatus::Paid {
        // The wrong one had been paid; what was spent stays spent, and the right one is paid as the audit it was.
        return pay_audit(tx, job, second).await;
    }
    let now = tx.now;
    store::tasks::set_state(tx.db(), second.seq, TaskStatus::Cancelled, now).await?;
    let frame = TaskRow {
        worker: Some(worker),
        result: Some(result),
        ..frame.clone()
    };
    jobs::pay(tx, job, &frame, worker).await
}

/// An audit that nobody can render: the frame is taken as it is.
pub async fn give_up(tx: &mut WriteTx, job: &mut JobRow, audit: &TaskRow) -> ApiResult<()> {
    let frame = frame_of(tx.db(), audit).await?;
    if let Some(second) = second_render(tx.db(), audit).await? {
        pay_audit(tx, job, &second).await?;
    }
    let note = "It could not be rendered once more to compare.";
    let check = match frame.check.clone() {
        Some(check) if check.outcome == CheckOutcome::Different => Check {
            note: note.to_owned(),
            ..check
        },
        _ => unchecked(CheckOutcome::Plausible, note),
    };
    confirm(tx, job, &frame, &check).await
}

/// Ends the checks of a frame that its creator accepts. Whoever rendered for one is paid.
pub async fn call_off(tx: &mut WriteTx, job: &mut JobRow, frame: &TaskRow) -> ApiResult<()> {
    let now = tx.now;
    for audit in store::tasks::audits_of(tx.db(), frame.seq)
        .await?
        .iter()
        .filter(|audit| is_open(audit))
    {
        match audit.state {
            TaskStatus::Submitted => pay_audit(tx, job, audit).await?,
            _ => store::tasks::set_state(tx.db(), audit.seq, TaskStatus::Cancelled, now).await?,
        }
    }
    Ok(())
}

/// When a job ends before its checks do: frames that nothing speaks against are paid, so that cancelling is no way to
/// get frames for nothing. One that a second render disagrees with is not.
pub async fn pay_unchecked(tx: &mut WriteTx, job: &mut JobRow) -> ApiResult<()> {
    for frame in store::tasks::submitted_frames(tx.db(), &job.id).await? {
        let disputed = matches!(&frame.check, Some(check) if check.outcome == CheckOutcome::Different);
        if !disputed {
            let check = unchecked(CheckOutcome::Plausible, "The job ended before the check did.");
            confirm(tx, job, &frame, &check).await?;
        }
    }
    Ok(())
}
