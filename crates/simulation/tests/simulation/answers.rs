//! Whether an answer is true: what the coordinator said it did, next to what its database held before and holds after.

use crate::{
    message::{Answer, Request},
    rules::Step,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The first good answer to each idempotent write.
#[derive(Default)]
pub struct Kept(BTreeMap<(String, String), Value>);

impl Kept {
    /// A repetition is answered with the same words.
    pub fn check(&mut self, request: &Request, answer: &Answer) -> Result<bool, String> {
        let (Some(key), true) = (&request.key, answer.is_good()) else {
            return Ok(false);
        };
        let first = self.0.entry((request.caller.clone(), key.clone()));
        match first {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(answer.body.clone());
                Ok(false)
            }
            std::collections::btree_map::Entry::Occupied(entry) if *entry.get() == answer.body => Ok(true),
            std::collections::btree_map::Entry::Occupied(entry) => Err(format!(
                "the repetition of {key} was answered with {} after {}",
                answer.body,
                entry.get()
            )),
        }
    }
}

pub fn check(request: &Request, answer: &Answer, step: &Step<'_>) -> Result<(), String> {
    if answer.status >= 500 {
        return Err(format!("{request:?} was answered with {answer:?}"));
    }
    if !answer.is_good() {
        if step.before != step.after && !matches!(request.action(), "assign" | "refresh" | "authenticate") {
            return Err(format!(
                "{request:?} was refused with {} and changed something",
                answer.code()
            ));
        }
        return Ok(());
    }
    match request.action() {
        "assign" => assigned(request, answer, step),
        "heartbeat" if answer.body["continue"] == true => held(request, step),
        "fail" => held(request, step),
        "complete" => completed(request, answer, step),
        _ => Ok(()),
    }
}

/// The lease of the request was live and the caller's.
fn held(request: &Request, step: &Step<'_>) -> Result<(), String> {
    let lease = request.fence().and_then(|fence| step.before.leases.get(&fence));
    match lease {
        Some(lease) if lease.is_live(step.now) && lease.worker == request.caller => Ok(()),
        _ => Err(format!(
            "a late {} was accepted at {}: {lease:?}",
            request.action(),
            step.now
        )),
    }
}

fn number(id: &Value) -> Option<i64> {
    id.as_str()?.get(1..)?.parse().ok()
}

fn assigned(request: &Request, answer: &Answer, step: &Step<'_>) -> Result<(), String> {
    let lease = &answer.body["lease"];
    let fence = lease["fence"].as_i64().ok_or("a lease without a fence")?;
    let row = step.after.leases.get(&fence);
    if step.before.leases.contains_key(&fence) || row.is_none_or(|row| row.worker != request.caller) {
        return Err(format!("lease {fence} was given to {}: {row:?}", request.caller));
    }
    let tasks = lease["tasks"].as_array().ok_or("a lease without tasks")?;
    for task in tasks {
        let row = number(&task["id"]).and_then(|seq| step.after.tasks.get(&seq));
        if row.is_none_or(|row| row.state != "leased" || row.lease != Some(fence)) {
            return Err(format!("lease {fence} names {task}, which is {row:?}"));
        }
    }
    if tasks.is_empty() {
        Err(format!("lease {fence} is empty"))
    } else {
        Ok(())
    }
}

fn completed(request: &Request, answer: &Answer, step: &Step<'_>) -> Result<(), String> {
    let sent: BTreeMap<Option<i64>, &Value> = request
        .field("results")
        .as_array()
        .into_iter()
        .flatten()
        .map(|result| (number(&result["task"]), &result["result"]["result_cid"]))
        .collect();
    for receipt in answer.body["accepted"].as_array().into_iter().flatten() {
        let seq = number(&receipt["task"]);
        let before = seq
            .and_then(|seq| step.before.tasks.get(&seq))
            .ok_or("a receipt for nothing")?;
        let theirs = before.lease == request.fence() && before.worker.as_ref() == Some(&request.caller);
        let again = theirs
            && matches!(before.state.as_str(), "submitted" | "verified" | "paid")
            && sent.get(&seq).is_some_and(|cid| cid.as_str() == before.cid.as_deref());
        if !again {
            held(request, step)?;
            if !theirs || before.state != "leased" {
                return Err(format!("a result for {seq:?} was accepted: {before:?}"));
            }
        }
    }
    Ok(())
}
