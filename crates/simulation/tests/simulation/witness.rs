//! Watches every step of the coordinator: what it was asked, what it said, and what its database holds.

use crate::{
    answers::{self, Kept},
    message::Answer,
    money,
    rules::{self, Cause, Step},
    snapshot::{Database, Snapshot},
    tally::Tally,
    told,
};
use std::{collections::BTreeSet, path::Path};

pub struct Witness {
    pub database: Database,
    version: i64,
    pub last: Snapshot,
    kept: Kept,
    /// By the events: which edition of which task.
    paid: BTreeSet<(i64, i64)>,
    /// Callers and keys of writes that may be done and were never answered.
    untold: BTreeSet<(String, Option<String>)>,
}

impl Witness {
    pub fn new(path: &Path) -> Self {
        let database = Database::open(path);
        Self {
            version: database.version(),
            last: database.snapshot(),
            database,
            kept: Kept::default(),
            paid: BTreeSet::new(),
            untold: BTreeSet::new(),
        }
    }

    /// After a crash: everything that was told is there, and of the request in the middle of which it happened, all or nothing.
    pub fn reopen(&mut self, path: &Path, cause: &Cause, now: i64, tally: &mut Tally) -> Result<(), String> {
        self.database = Database::open(path);
        // Another file has another count.
        self.version = -1;
        if let Cause::Request(request) = cause
            && request.key.is_some()
        {
            self.untold.insert((request.caller.clone(), request.key.clone()));
        }
        self.step(cause, now, None, tally)
    }

    pub fn step(&mut self, cause: &Cause, now: i64, answer: Option<&Answer>, tally: &mut Tally) -> Result<(), String> {
        let version = self.database.version();
        let changed = version != self.version;
        let after = if changed {
            self.database.snapshot()
        } else {
            self.last.clone()
        };
        self.version = version;
        let events = if changed {
            self.database.events_after(self.last.last_event)
        } else {
            Vec::new()
        };
        let told = told::read(&events, self.last.last_event, &mut self.paid, &self.last)?;
        let step = Step {
            cause,
            now,
            before: &self.last,
            after: &after,
            told: &told,
        };
        if matches!(cause, Cause::Rest) && after != self.last {
            return Err("something changed while nothing happened".to_owned());
        }
        rules::check(&step)?;
        if changed {
            money::check(&after)?;
        }
        if let (Cause::Request(request), Some(answer)) = (cause, answer) {
            if self.kept.check(request, answer)? {
                tally.count("idempotent writes repeated");
                if after != self.last {
                    return Err(format!("the repetition of {request:?} changed something"));
                }
            } else if !(after == self.last && self.untold.contains(&(request.caller.clone(), request.key.clone()))) {
                answers::check(request, answer, &step)?;
            }
        }
        count(&step, answer, tally);
        tally.add("events", events.len() as u64);
        self.last = after;
        Ok(())
    }
}

fn count(step: &Step<'_>, answer: Option<&Answer>, tally: &mut Tally) {
    let newly = |state: &str| {
        let leases = step.after.leases.iter();
        leases
            .filter(|(fence, lease)| {
                lease.state == state && step.before.leases.get(fence).is_none_or(|before| before.state != state)
            })
            .count() as u64
    };
    tally.add(
        "leases given",
        (step.after.leases.len() - step.before.leases.len()) as u64,
    );
    tally.add("leases expired", newly("expired"));
    tally.add("leases released", newly("released"));
    let copies = step.after.tasks.iter().filter(|(_, task)| task.copies.is_some());
    for (seq, copy) in copies {
        let was = step.before.tasks.get(seq).map(|before| before.state.as_str());
        match (was, copy.state.as_str()) {
            (None, _) => tally.count("copies made"),
            (Some("leased"), "submitted") => tally.count("copies that were first"),
            (Some("leased"), "cancelled" | "failed") => tally.count("copies in vain"),
            _ => {}
        }
    }
    tally.add("payouts", (step.after.payouts.len() - step.before.payouts.len()) as u64);
    tally.add("jobs posted", (step.after.jobs.len() - step.before.jobs.len()) as u64);
    tally.add("tasks", (step.after.tasks.len() - step.before.tasks.len()) as u64);
    if let (Cause::Request(request), Some(answer)) = (step.cause, answer) {
        tally.count("requests answered");
        if answer.code() == "lease_lost" {
            tally.count("stale writes refused");
        }
        if answer.is_good() && request.action() == "complete" {
            tally.count("results accepted");
        }
    }
}
