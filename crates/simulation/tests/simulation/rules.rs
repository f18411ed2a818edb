//! What may change in one step: a request, or a tick of the sweeper. Judged by the rows before and after it.

use crate::{
    copies,
    message::Request,
    snapshot::{Snapshot, Task},
    template::LEASE,
    told::{Told, may_become, may_become_untold},
};

/// What the coordinator was doing.
#[derive(Clone, Debug)]
pub enum Cause {
    Request(Request),
    Sweep,
    /// Nothing: it was started, or was down.
    Rest,
}

impl Cause {
    pub fn action(&self) -> &str {
        match self {
            Self::Request(request) => request.action(),
            Self::Sweep => "sweep",
            Self::Rest => "rest",
        }
    }

    pub fn caller(&self) -> &str {
        match self {
            Self::Request(request) => &request.caller,
            _ => "",
        }
    }

    pub fn fence(&self) -> Option<i64> {
        match self {
            Self::Request(request) => request.fence(),
            _ => None,
        }
    }
}

pub struct Step<'a> {
    pub cause: &'a Cause,
    pub now: i64,
    pub before: &'a Snapshot,
    pub after: &'a Snapshot,
    pub told: &'a Told,
}

type Verdict = Result<(), String>;

pub fn check(step: &Step<'_>) -> Verdict {
    for job in step.before.jobs.keys() {
        if !step.after.jobs.contains_key(job) {
            return Err(format!("job {job} is gone"));
        }
    }
    for (seq, before) in &step.before.tasks {
        let after = step.after.tasks.get(seq).ok_or_else(|| format!("task {seq} is gone"))?;
        check_task(step, *seq, before, after)
            .map_err(|error| format!("task {seq}: {error}: {before:?} -> {after:?}"))?;
    }
    for (seq, task) in &step.after.tasks {
        if !step.before.tasks.contains_key(seq) {
            match task.copies {
                Some(frame) => copies::check_new(step, *seq, task, frame)?,
                None if task.state != "queued" => return Err(format!("task {seq} begins as {}", task.state)),
                None => {}
            }
        }
        if task.state == "leased" {
            let lease = task.lease.and_then(|fence| step.after.leases.get(&fence));
            let held = lease.is_some_and(|lease| {
                lease.state == "active" && Some(&lease.worker) == task.worker.as_ref() && lease.job == task.job
            });
            if !held {
                return Err(format!("task {seq} is leased by nobody: {lease:?}"));
            }
        }
    }
    copies::check(step)?;
    check_leases(step)
}

fn check_task(step: &Step<'_>, seq: i64, before: &Task, after: &Task) -> Verdict {
    let none = Vec::new();
    let told = step.told.get(&seq).unwrap_or(&none);
    let mut state = before.state.as_str();
    for next in told {
        if !may_become(&before.kind, state, next) {
            return Err(format!("the events tell {state} -> {next}"));
        }
        state = next;
    }
    if !may_become_untold(state, &after.state) {
        return Err(format!("no event tells {state} -> {}", after.state));
    }
    let by_copy = before.kind == "frame" && copies::was_handed_in(step, seq);
    if before.state == "queued" && told.first().is_some_and(|state| state == "submitted") && !by_copy {
        return Err("nobody held it, and it was handed in".to_owned());
    }
    if before.state == "leased" && !by_copy {
        check_leased(step, before, after, told)?;
    }
    let was_taken = told.iter().any(|state| state == "leased");
    if was_taken && (step.cause.action() != "assign" || after.worker.as_deref() != Some(step.cause.caller())) {
        return Err("somebody else took it".to_owned());
    }
    Ok(())
}

/// Only its holder, in time, may write about a task; only time or its holder takes it away.
fn check_leased(step: &Step<'_>, before: &Task, after: &Task, told: &[String]) -> Verdict {
    let fence = before.lease.ok_or("a leased task without a lease")?;
    let lease = step.before.leases.get(&fence).ok_or("a lease that is not there")?;
    let live = lease.is_live(step.now);
    let by_holder = step.cause.caller() == lease.worker && step.cause.fence() == Some(fence);
    let written = told
        .iter()
        .any(|state| matches!(state.as_str(), "submitted" | "failed"))
        || before.cid != after.cid;
    if written {
        return if live && by_holder && matches!(step.cause.action(), "complete" | "fail") {
            Ok(())
        } else {
            Err(format!("a late write counted at {}: {lease:?}", step.now))
        };
    }
    let taken = told
        .iter()
        .any(|state| matches!(state.as_str(), "queued" | "cancelled"))
        || (after.lease, &after.worker) != (before.lease, &before.worker);
    if !taken || step.after.jobs[&before.job].has_ended() || !live {
        return Ok(());
    }
    let frame_is_in = before
        .copies
        .and_then(|frame| step.after.tasks.get(&frame))
        .is_some_and(|frame| !matches!(frame.state.as_str(), "queued" | "leased"));
    let given_back = by_holder && matches!(step.cause.action(), "fail" | "complete");
    let started_anew = step.cause.action() == "register" && step.cause.caller() == lease.worker;
    if given_back || started_anew || frame_is_in {
        Ok(())
    } else {
        Err(format!("it was taken from a live lease at {}: {lease:?}", step.now))
    }
}

fn check_leases(step: &Step<'_>) -> Verdict {
    let newest = step.before.leases.keys().next_back().copied().unwrap_or_default();
    for (fence, after) in &step.after.leases {
        let Some(before) = step.before.leases.get(fence) else {
            if *fence <= newest || after.state != "active" || step.cause.action() != "assign" {
                return Err(format!("lease {fence} after {newest} begins as {after:?}"));
            }
            continue;
        };
        let wrong = |what: &str| Err(format!("lease {fence} {what} at {}: {before:?} -> {after:?}", step.now));
        if before.state != "active" && before != after {
            return wrong("changed after its end");
        }
        if before.state == "active" && after.state == "expired" && before.expires_at > step.now {
            return wrong("expired too early");
        }
        if before.expires_at != after.expires_at {
            let extended = step.cause.action() == "heartbeat"
                && step.cause.fence() == Some(*fence)
                && step.cause.caller() == before.worker
                && before.is_live(step.now)
                && after.expires_at == step.now + LEASE * 1000;
            if !extended {
                return wrong("was extended");
            }
        }
    }
    if let Some(fence) = step
        .before
        .leases
        .keys()
        .find(|fence| !step.after.leases.contains_key(fence))
    {
        return Err(format!("lease {fence} is gone"));
    }
    Ok(())
}
