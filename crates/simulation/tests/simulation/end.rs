//! What must be true when everything is well again and all work is done.

use crate::{
    money,
    snapshot::{Database, Snapshot},
    tally::Tally,
};

pub fn check(database: &Database, last: &Snapshot, tally: &mut Tally) -> Result<(), String> {
    money::check(last)?;
    money::check_history(database, last)?;
    for (id, job) in &last.jobs {
        let frames: Vec<_> = last
            .tasks
            .values()
            .filter(|task| task.job == *id && task.kind == "frame")
            .collect();
        let of = |state: &str| frames.iter().filter(|task| task.state == state).count();
        let mut numbers: Vec<i64> = frames.iter().map(|task| task.frame).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if frames.len() != usize::try_from(job.frames).unwrap_or(usize::MAX) || numbers.len() != frames.len() {
            return Err(format!("job {id} has the frames {numbers:?}: {job:?}"));
        }
        let fits = match job.status.as_str() {
            "complete" => of("paid") + of("failed") == frames.len() && of("failed") * 10 <= frames.len(),
            "failed" => of("failed") > 0 && of("paid") + of("failed") + of("cancelled") == frames.len(),
            "cancelled" | "expired" => of("paid") + of("failed") + of("cancelled") == frames.len(),
            _ => false,
        };
        if !fits {
            let states: Vec<&str> = frames.iter().map(|task| task.state.as_str()).collect();
            return Err(format!("job {id} ended with {states:?}: {job:?}"));
        }
        if job.spent + job.refunded != job.cap {
            return Err(format!("job {id} keeps money: {job:?}"));
        }
        tally.count(match job.status.as_str() {
            "complete" => "jobs complete",
            "failed" => "jobs failed",
            "cancelled" => "jobs cancelled",
            _ => "jobs expired",
        });
    }
    for (seq, task) in &last.tasks {
        let copy_was_first = task.copies.is_some() && task.state == "submitted";
        if !copy_was_first && !matches!(task.state.as_str(), "paid" | "failed" | "cancelled") {
            return Err(format!("task {seq} is lost: {task:?}"));
        }
    }
    // A paid task has a payout for its edition, and nothing is paid that was not rendered.
    for (seq, task) in last.tasks.iter().filter(|(_, task)| task.state == "paid") {
        if !last.payouts.contains(&(*seq, task.edition)) {
            return Err(format!("task {seq} is paid without a payout: {task:?}"));
        }
    }
    match last.leases.iter().find(|(_, lease)| lease.state == "active") {
        Some((fence, lease)) => Err(format!("lease {fence} outlived all work: {lease:?}")),
        None => Ok(()),
    }
}
