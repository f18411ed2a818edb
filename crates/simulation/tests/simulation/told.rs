//! What the log of events tells of tasks, and which of it can follow which.

use crate::snapshot::{Event, Snapshot};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The states that each task went through in one step, as the events tell.
pub type Told = BTreeMap<i64, Vec<String>>;

/// Reads the new events: their numbers follow each other, and each is one we know.
pub fn read(events: &[Event], last: i64, paid: &mut BTreeSet<(i64, i64)>, before: &Snapshot) -> Result<Told, String> {
    let mut told = Told::new();
    let mut previous = last;
    for event in events {
        if event.seq != previous + 1 {
            return Err(format!("event {} follows event {previous}", event.seq));
        }
        previous = event.seq;
        let body: Value = serde_json::from_str(&event.body).map_err(|error| format!("event {}: {error}", event.seq))?;
        let data = &body["data"];
        let task = data["task"].as_str().and_then(|id| id[1..].parse::<i64>().ok());
        let state = match body["type"].as_str() {
            Some("task_updated") => data["status"].as_str().unwrap_or_default(),
            Some("task_submitted") => "submitted",
            Some("payout") => "paid",
            _ => continue,
        };
        let task = task.ok_or_else(|| format!("event {} names no task: {body}", event.seq))?;
        let states = told.entry(task).or_default();
        states.push(state.to_owned());
        if body["type"] == "payout" {
            // A new edition begins in a step of its own.
            let edition = before.tasks.get(&task).map_or(0, |task| task.edition);
            if !paid.insert((task, edition)) {
                return Err(format!("edition {edition} of task {task} is paid a second time"));
            }
        }
    }
    Ok(told)
}

/// Whether a task of this kind may go from one state to the other, with an event that tells of it.
pub fn may_become(kind: &str, from: &str, to: &str) -> bool {
    if kind == "copy" {
        return from == to || (from == "leased" && matches!(to, "submitted" | "cancelled" | "failed"));
    }
    from == to
        || matches!(
            (from, to),
            ("queued", "leased")
                | ("leased", "submitted" | "queued" | "failed")
                | ("submitted" | "verified", "paid")
                | ("paid", "queued")
        )
        // By the copy of a frame whose holder is gone.
        || (kind == "frame" && (from, to) == ("queued", "submitted"))
}

/// Changes that the event of another task or of the job implies.
pub fn may_become_untold(from: &str, to: &str) -> bool {
    from == to
        || matches!(
            (from, to),
            ("queued" | "leased" | "submitted" | "verified", "cancelled") | ("submitted", "failed")
        )
}
