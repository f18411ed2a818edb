//! What must be true of copies: one of a frame, by another worker than its holder's, and each frame by one of the two.

use crate::{
    rules::{Cause, Step},
    snapshot::Task,
};
use std::collections::BTreeMap;

type Verdict = Result<(), String>;

/// A copy begins in the hands of who asked, next to a frame in the hands of somebody else.
pub fn check_new(step: &Step<'_>, seq: i64, copy: &Task, frame: i64) -> Verdict {
    let held = step.after.tasks.get(&frame);
    let of_another = held.is_some_and(|held| {
        held.kind == "frame"
            && held.state == "leased"
            && (&held.job, held.frame) == (&copy.job, copy.frame)
            && held.worker != copy.worker
    });
    let by_caller = step.cause.action() == "assign" && copy.worker.as_deref() == Some(step.cause.caller());
    if copy.kind == "copy" && copy.state == "leased" && of_another && by_caller {
        Ok(())
    } else {
        Err(format!("copy {seq} begins as {copy:?} of {held:?}"))
    }
}

/// At most one copy of a frame is rendered, and only while the frame is not in.
pub fn check(step: &Step<'_>) -> Verdict {
    let tasks = &step.after.tasks;
    let mut live = BTreeMap::new();
    for (seq, copy) in tasks.iter().filter(|(_, task)| task.state == "leased") {
        let Some(frame) = copy.copies else { continue };
        if let Some(other) = live.insert(frame, seq) {
            return Err(format!("task {frame} has the copies {other} and {seq}"));
        }
        let of = tasks.get(&frame);
        if !of.is_some_and(|frame| matches!(frame.state.as_str(), "queued" | "leased") && frame.worker != copy.worker) {
            return Err(format!("copy {seq} is rendered for nothing: {of:?}"));
        }
    }
    Ok(())
}

/// Whether this step is the hand-in, in time, of a copy of the frame: then it is its copier's.
pub fn was_handed_in(step: &Step<'_>, frame: i64) -> bool {
    let Cause::Request(request) = step.cause else {
        return false;
    };
    let named = |seq: i64| {
        let results = request.field("results").as_array();
        results
            .into_iter()
            .flatten()
            .any(|result| result["task"] == format!("t{seq}"))
    };
    let Some(after) = step.after.tasks.get(&frame) else {
        return false;
    };
    let mut copies = step.before.tasks.iter().filter(|(_, task)| task.is_live_copy_of(frame));
    copies.any(|(seq, copy)| {
        let lease = copy.lease.and_then(|fence| step.before.leases.get(&fence));
        request.action() == "complete"
            && named(*seq)
            && request.fence() == copy.lease
            && copy.worker.as_ref() == Some(&request.caller)
            && lease.is_some_and(|lease| lease.is_live(step.now))
            && (&after.worker, after.lease) == (&copy.worker, copy.lease)
            && step.after.tasks.get(seq).is_some_and(|copy| copy.state == "submitted")
    })
}
