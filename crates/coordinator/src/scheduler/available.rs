//! What a worker can take, best first, and what it cannot and why.

use super::{board::Posted, copies, eligibility::offer};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    store::{self, jobs::JobRow},
    workers,
};
use std::collections::HashMap;
use veriframe_core::{
    Address, Timestamp,
    schedule::{JobFacts, WhyNot, WorkerFacts, rank},
};
use veriframe_wire::{AmountText, ErrorCode, job::AvailableJob};

/// Of all that could be told: what comes after the first `after`, at most `limit`.
#[derive(Clone, Copy)]
pub struct Part {
    pub after: usize,
    pub limit: usize,
}

impl Part {
    fn of<T>(self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        all.skip(self.after).take(self.limit)
    }
}

/// Asking is a sign of life, but need not be written down each time. Seconds.
const SIGN_OF_LIFE_EVERY: i64 = 30;

/// Ranked as [`veriframe_core::schedule::rank`] says; of equals, the oldest first. When nothing that is queued is for
/// it, jobs of which it could copy a frame. With `explain`, those it cannot take follow, each with the reason.
pub async fn available(app: &App, worker: Address, explain: bool, part: Part) -> ApiResult<Vec<AvailableJob>> {
    let mut db = app.store.read().await?;
    let worker = store::workers::find(&mut db, worker).await?.ok_or_else(|| {
        ApiError::new(ErrorCode::NotEligible, "This account is not registered as a worker.").hint("Register first.")
    })?;
    let suspension = store::suspensions::find(&mut db, worker.address).await?;
    drop(db);
    let now = app.clock.now();
    if worker.last_seen_at.plus_seconds(SIGN_OF_LIFE_EVERY) <= now {
        let mut tx = app.store.write().await?;
        workers::alive(&mut tx, worker.address).await?;
        tx.commit().await?;
    }
    let seen = app.board.look(app).await?;
    if let Some(suspension) = suspension {
        let why_not = format!("an operator keeps this worker from work: {}", suspension.reason);
        let told = part.of(seen.jobs.iter().filter(|_| explain));
        return Ok(told
            .map(|posted| view(&posted.job, posted.counts.queued(), Some(why_not.clone())))
            .collect());
    }
    let scenes = app.board.has(worker.address);
    let offer = offer(&worker);
    let (mut fitting, mut others) = (Vec::new(), Vec::new());
    for posted in &seen.jobs {
        let own = posted.job.is_own(worker.address);
        let fits = match &posted.wants {
            Some(wants) => wants.check(&offer, own),
            None => Err(WhyNot::Unreadable),
        };
        match fits {
            Ok(()) => {
                let facts = WorkerFacts {
                    speed: worker.speed,
                    slow: worker.speed < seen.market.usual_speed,
                    own,
                    has_scene: scenes.contains(&posted.job.request.asset_cid),
                };
                fitting.push((rank(&facts_at(posted, now), &facts), posted));
            }
            Err(why_not) if explain => others.push((posted, why_not)),
            Err(_) => {}
        }
    }
    fitting.sort_by(|(one, _), (other, _)| one.best_first(other));
    let mut fitting: Vec<&Posted> = fitting.into_iter().map(|(_, posted)| posted).collect();
    in_their_turns(&mut fitting);
    let copies = if fitting.is_empty() {
        copies::offered(app, &seen, &worker).await?
    } else {
        Vec::new()
    };
    let fitting = fitting
        .into_iter()
        .map(|posted| view(&posted.job, posted.counts.queued(), None));
    let copies = copies.into_iter().map(|shared| view(&shared.job, 0, None));
    let others = others
        .into_iter()
        .map(|(posted, why_not)| view(&posted.job, posted.counts.queued(), Some(why_not.to_string())));
    Ok(part.of(fitting.chain(copies).chain(others)).collect())
}

/// A creator that ordered its jobs gets that order: they trade the places that they have, so that nobody else waits for it.
fn in_their_turns(ranked: &mut [&Posted]) {
    let mut of_creators: HashMap<Address, Vec<usize>> = HashMap::new();
    for (place, posted) in ranked.iter().enumerate() {
        of_creators.entry(posted.job.creator).or_default().push(place);
    }
    for places in of_creators.into_values() {
        let mut jobs: Vec<&Posted> = places.iter().map(|&place| ranked[place]).collect();
        if jobs.iter().any(|posted| posted.job.turn.is_some()) {
            jobs.sort_by_key(|posted| posted.job.turn());
            for (place, posted) in places.into_iter().zip(jobs) {
                ranked[place] = posted;
            }
        }
    }
}

fn facts_at(posted: &Posted, now: Timestamp) -> JobFacts {
    let seconds = |from: Timestamp, to: Timestamp| (to.0 - from.0) as f64 / 1000.0;
    JobFacts {
        age: seconds(posted.job.created_at, now),
        deadline_in: posted.job.deadline.map(|deadline| seconds(now, deadline)),
        ..posted.facts
    }
}

fn view(job: &JobRow, queued: u32, why_not: Option<String>) -> AvailableJob {
    AvailableJob {
        id: job.id.clone(),
        name: job.request.name.clone(),
        queued,
        price_per_frame: AmountText(job.price),
        asset_cid: job.request.asset_cid.clone(),
        why_not,
    }
}
